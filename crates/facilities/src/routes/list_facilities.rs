//! `GET /api/v1/facilities`: where trucks can be loaded and unloaded.
//!
//! Errors: 403 for a role that sees none, 422 for the query.

use crate::{Facilities, views::facilities, wire::WireFacility};
use axum::extract::State;
use contracts::ports::{Resource, Role, permissions};
use edge::{Answer, Page, Paged, Pagination, Problem, Search, Session};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which facilities.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FacilitiesQuery {
    /// From 1.
    #[param(minimum = 1, maximum = 1_000_000, default = 1)]
    page: Option<u32>,
    /// 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 20)]
    per_page: Option<u32>,
}

/// List facilities.
///
/// An operator sees its own, carriers, drivers and the tenant's staff all of the tenant, by their references. A facility
/// is made with `POST /api/v1/agents`; its docks, numbered, are there at once.
#[utoipa::path(
    get,
    path = "/api/v1/facilities",
    tag = "facilities",
    params(FacilitiesQuery),
    responses((status = 200, description = "a page of facilities", body = edge::Enveloped<Vec<WireFacility>>)),
)]
pub async fn list_facilities(
    State(state): State<Facilities>,
    session: Session,
    Search(query): Search<FacilitiesQuery>,
) -> Result<Paged<WireFacility>, Problem> {
    session.authorise(&state.platform, permissions::FACILITY_READ, &Resource::default())?;
    let page = Page::of(query.page, query.per_page)?;
    let caller = &session.caller;
    let operator = (caller.role == Role::Facility).then_some(caller.organisation);
    let store = state.platform.runtime.store();
    let (rows, total) = facilities::list(store, caller.tenant, operator, page.limit(), page.offset()).await?;
    let pagination = Pagination { page: page.page, per_page: page.per_page, total };
    Ok(Answer::paged(rows.into_iter().map(WireFacility::from).collect(), pagination))
}
