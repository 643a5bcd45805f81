//! `GET /api/v1/operations/lanes`: what was driven from city to city.
//!
//! Errors: 403 for a role that sees none, 422 for an unknown city.

use crate::{Operations, views::lanes, wire::WireCity};
use axum::extract::State;
use contracts::{
    gazetteer::{CITIES, City},
    ports::{Resource, permissions},
};
use edge::{Answer, Fields, Problem, Search, Session, wire::WireMoney};
use kernel::{Currency, Money};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

const LIMIT_DEFAULT: u32 = 100;
const LIMIT_MAX: u32 = 500;

/// Which lanes.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LanesQuery {
    /// Only from this city, by its code.
    #[param(pattern = "^[A-Z]{3}$", example = "MIL")]
    from: Option<String>,
    /// Only to this city, by its code.
    #[param(pattern = "^[A-Z]{3}$", example = "ROM")]
    to: Option<String>,
    /// At most so many.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u32>,
}

/// What was driven from one city to another, in one currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct WireLane {
    /// The nearest city of the pickups.
    from: WireCity,
    /// The nearest city of the deliveries.
    to: WireCity,
    /// Completed shipments.
    shipments: i64,
    /// Their mean price.
    average_price: WireMoney,
    /// Their mean price for a kilometre of road.
    average_per_km: WireMoney,
    /// The lowest price.
    lowest_price: WireMoney,
    /// The highest price.
    highest_price: WireMoney,
    /// Their mean road distance.
    average_km: f64,
    /// The part that kept its delivery window, 0 to 1.
    on_time_rate: f64,
    /// When the last one was completed.
    #[schema(format = DateTime)]
    last_at: String,
}

fn city(code: &str) -> Option<&'static City> {
    CITIES.iter().find(|city| city.code == code)
}

/// Rounds to a whole minor unit; a mean is a figure for people, it moves no money.
fn mean(sum: i64, count: f64, currency: Currency) -> WireMoney {
    let minor = if count > 0.0 { (sum as f64 / count).round() } else { 0.0 };
    Money::new(minor as i64, currency).into()
}

impl WireLane {
    fn of(lane: &lanes::Lane) -> Option<Self> {
        let currency = Currency::from_code(&lane.currency)?;
        let count = lane.shipments as f64;
        Some(Self {
            from: city(&lane.from_code)?.into(),
            to: city(&lane.to_code)?.into(),
            shipments: lane.shipments,
            average_price: mean(lane.price_minor, count, currency),
            average_per_km: mean(lane.price_minor, lane.road_km, currency),
            lowest_price: Money::new(lane.price_range_minor.0, currency).into(),
            highest_price: Money::new(lane.price_range_minor.1, currency).into(),
            average_km: (lane.road_km / count * 10.0).round() / 10.0,
            on_time_rate: lane.on_time as f64 / count,
            last_at: lane.last_at.to_string(),
        })
    }
}

/// List lanes.
///
/// For the tenant's staff: completed shipments from city to city, the busiest lanes first.
#[utoipa::path(
    get,
    path = "/api/v1/operations/lanes",
    tag = "operations",
    params(LanesQuery),
    responses((status = 200, description = "the busiest first", body = Vec<WireLane>)),
)]
pub async fn list_lanes(
    State(operations): State<Operations>,
    session: Session,
    Search(query): Search<LanesQuery>,
) -> Result<Answer<Vec<WireLane>>, Problem> {
    session.authorise(&operations.platform, permissions::OPERATIONS_READ, &Resource::default())?;
    let limit = query.limit.unwrap_or(LIMIT_DEFAULT);
    let mut fields = Fields::new();
    for (name, code) in [("from", &query.from), ("to", &query.to)] {
        let known = code.as_ref().is_none_or(|code| city(code).is_some());
        fields.require(known, name, "unknown_city", "is no city of the gazetteer");
    }
    fields.require((1..=LIMIT_MAX).contains(&limit), "limit", "out_of_range", "must be 1 to 500");
    fields.finish()?;
    let (from, to) = (query.from.unwrap_or_default(), query.to.unwrap_or_default());
    let store = operations.platform.runtime.store();
    let lanes = lanes::lanes(store, session.caller.tenant, &from, &to, i64::from(limit)).await?;
    Ok(Answer::ok(lanes.iter().filter_map(WireLane::of).collect()))
}
