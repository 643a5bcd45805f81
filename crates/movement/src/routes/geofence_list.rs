//! `GET /api/v1/geofences`: the tenant's geofences by name.
//!
//! Errors: 403 for a role that sees none, 422 for a bad page.

use super::geofence_wire::WireGeofence;
use crate::{Movement, views::geofences::list};
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{Answer, Page, Paged, Pagination, Problem, Search, Session};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GeofencesQuery {
    /// From 1.
    #[param(minimum = 1, maximum = 1_000_000, default = 1)]
    page: Option<u32>,
    /// 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 20)]
    per_page: Option<u32>,
}

/// List geofences.
///
/// For the tenant's staff.
#[utoipa::path(
    get,
    path = "/api/v1/geofences",
    tag = "geofences",
    params(GeofencesQuery),
    responses((status = 200, description = "a page of geofences, by name", body = edge::Enveloped<Vec<WireGeofence>>)),
)]
pub async fn list_geofences(
    State(movement): State<Movement>,
    session: Session,
    Search(query): Search<GeofencesQuery>,
) -> Result<Paged<WireGeofence>, Problem> {
    session.authorise(&movement.platform, permissions::GEOFENCE_READ, &Resource::default())?;
    let page = Page::of(query.page, query.per_page)?;
    let store = movement.platform.runtime.store();
    let (rows, total) = list(store, session.caller.tenant, page.limit(), page.offset()).await?;
    let fences = rows.iter().map(|row| WireGeofence::of(row.id, &row.terms)).collect();
    Ok(Answer::paged(fences, Pagination { page: page.page, per_page: page.per_page, total }))
}
