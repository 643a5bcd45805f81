//! `GET /api/v1/plans`: the plans of the last hour.
//!
//! Errors: 403 for a role that plans nothing, 422 for a bad page.

use crate::{Dispatch, wire::WirePlanLine};
use axum::extract::State;
use contracts::ports::{Resource, Verdict, permissions};
use edge::{Answer, Page, Paged, Pagination, Problem, Search, Session};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which page.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PlansQuery {
    /// From 1.
    #[param(minimum = 1, maximum = 1_000_000, default = 1)]
    page: Option<u32>,
    /// 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 20)]
    per_page: Option<u32>,
}

/// List plans.
///
/// The newest first: those of the tenant for its staff, its own for a carrier. They are kept for an hour.
#[utoipa::path(
    get,
    path = "/api/v1/plans",
    tag = "plans",
    params(PlansQuery),
    responses((status = 200, description = "the plans", body = edge::Enveloped<Vec<WirePlanLine>>)),
)]
pub async fn list_plans(
    State(dispatch): State<Dispatch>,
    session: Session,
    Search(query): Search<PlansQuery>,
) -> Result<Paged<WirePlanLine>, Problem> {
    session.authorise(&dispatch.platform, permissions::PLAN_READ, &Resource::default())?;
    let page = Page::of(query.page, query.per_page)?;
    let authenticator = &dispatch.platform.authenticator;
    let sees = |resource: &Resource| {
        authenticator.authorise(&session.caller, permissions::PLAN_READ, resource) == Verdict::Allow
    };
    let now = dispatch.platform.runtime.now();
    let all = dispatch.searches.list(now, |search| sees(&search.resource()));
    let first = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let lines = all.iter().skip(first).take(page.per_page as usize);
    let lines: Vec<WirePlanLine> = lines.map(|search| WirePlanLine::of(search)).collect();
    let pagination = Pagination { page: page.page, per_page: page.per_page, total: all.len() as u64 };
    Ok(Answer::paged(lines, pagination))
}
