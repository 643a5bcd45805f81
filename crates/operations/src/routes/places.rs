//! `GET /api/v1/places`: cities by what somebody types.
//!
//! Errors: 422 for an empty or long text or a bad limit.

use crate::Operations;
use axum::extract::State;
use contracts::{
    gazetteer::{self, City},
    ports::{Resource, permissions},
};
use edge::{Answer, Fields, Problem, Search, Session};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

const LIMIT_DEFAULT: usize = 10;
const LIMIT_MAX: usize = 50;
const TEXT_MAX: usize = 100;

/// What is typed.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PlacesQuery {
    /// The beginning of a name or a code, with or without accents and capitals.
    #[param(min_length = 1, max_length = 100, example = "mil")]
    q: String,
    /// At most so many.
    #[param(minimum = 1, maximum = 50, default = 10)]
    limit: Option<usize>,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WirePlace {
    /// Three capitals, unique.
    #[schema(example = "MIL")]
    code: &'static str,
    /// Its name in English.
    #[schema(example = "Milan")]
    name: &'static str,
    /// Its name where it lies.
    #[schema(example = "Milano")]
    local_name: &'static str,
    /// ISO 3166-1 alpha-2.
    #[schema(example = "IT")]
    country: &'static str,
    /// Degrees north.
    latitude: f64,
    /// Degrees east.
    longitude: f64,
}

impl From<&City> for WirePlace {
    fn from(city: &City) -> Self {
        Self {
            code: city.code,
            name: city.name,
            local_name: gazetteer::local_name(city),
            country: city.country,
            latitude: city.latitude,
            longitude: city.longitude,
        }
    }
}

/// Search places.
///
/// For everybody who is signed in: the cities of the gazetteer whose English or local name, or a word of it, begins with
/// what was typed.
#[utoipa::path(
    get,
    path = "/api/v1/places",
    tag = "places",
    params(PlacesQuery),
    responses((status = 200, description = "the best first", body = Vec<WirePlace>)),
)]
pub async fn search_places(
    State(operations): State<Operations>,
    session: Session,
    Search(query): Search<PlacesQuery>,
) -> Result<Answer<Vec<WirePlace>>, Problem> {
    session.authorise(&operations.platform, permissions::TENANT_READ, &Resource::default())?;
    let limit = query.limit.unwrap_or(LIMIT_DEFAULT);
    let mut fields = Fields::new();
    let length = query.q.trim().chars().count();
    fields.require((1..=TEXT_MAX).contains(&length), "q", "invalid_length", "must have 1 to 100 characters");
    fields.require((1..=LIMIT_MAX).contains(&limit), "limit", "out_of_range", "must be 1 to 50");
    fields.finish()?;
    Ok(Answer::ok(gazetteer::search(&query.q, limit).into_iter().map(WirePlace::from).collect()))
}
