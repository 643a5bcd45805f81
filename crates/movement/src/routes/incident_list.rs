//! `GET /api/v1/traffic/incidents`: what is closed and slow.
//!
//! Errors: 403 for a role that sees none, 422 for a page out of range.

use super::incident_wire::WireIncident;
use crate::{Movement, views::incidents::list};
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{Answer, Page, Paged, Pagination, Problem, Search, Session};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IncidentsQuery {
    /// From 1.
    #[param(minimum = 1, maximum = 1_000_000, default = 1)]
    page: Option<u32>,
    /// 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 20)]
    per_page: Option<u32>,
}

/// An incident with who reported it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WireReportedIncident {
    /// What it is.
    incident: WireIncident,
    /// The user or API key that reported it.
    reported_by: String,
    /// When.
    #[schema(format = DateTime)]
    reported_at: String,
}

/// List incidents.
///
/// Of the tenant, the latest first, those of the future included and those that are over not. For its staff, carriers and
/// drivers.
#[utoipa::path(
    get,
    path = "/api/v1/traffic/incidents",
    tag = "routes",
    params(IncidentsQuery),
    responses((status = 200, description = "a page of incidents", body = edge::Enveloped<Vec<WireReportedIncident>>)),
)]
pub async fn list_incidents(
    State(movement): State<Movement>,
    session: Session,
    Search(query): Search<IncidentsQuery>,
) -> Result<Paged<WireReportedIncident>, Problem> {
    session.authorise(&movement.platform, permissions::TRAFFIC_READ, &Resource::default())?;
    let page = Page::of(query.page, query.per_page)?;
    let store = movement.platform.runtime.store();
    let (rows, total) = list(store, session.caller.tenant, page.limit(), page.offset()).await?;
    let shown = rows.into_iter().map(|row| WireReportedIncident {
        incident: WireIncident::of(row.id, &row.terms),
        reported_by: row.reported_by,
        reported_at: row.reported_at.to_string(),
    });
    let pagination = Pagination { page: page.page, per_page: page.per_page, total };
    Ok(Answer::paged(shown.collect(), pagination))
}
