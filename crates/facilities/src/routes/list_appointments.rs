//! `GET /api/v1/facilities/{id}/appointments`: who comes when.
//!
//! Errors: 403 for a role that sees none, 404 for an unknown or foreign facility, 422 for the query.

use super::span::check_span;
use crate::{
    Facilities,
    agents::Stage,
    views::appointments::{AppointmentFilter, of_facility},
    wire::WireAppointment,
};
use axum::extract::State;
use contracts::ports::{Role, permissions};
use edge::{Answer, Fields, Page, Paged, Pagination, PathId, Problem, Search, Session};
use kernel::FacilityId;
use serde::Deserialize;
use utoipa::IntoParams;

const DAYS_MAX: u64 = 62;

/// Which appointments.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AppointmentsQuery {
    /// Those that touch the time from then.
    #[param(format = DateTime)]
    from: String,
    /// To then, at most 62 days later.
    #[param(format = DateTime)]
    to: String,
    /// Only those that stand there: `held`, `scheduled`, `displaced`, `waiting`, `called`, `in_progress`, `completed`,
    /// `cancelled`, `expired` or `missed`.
    status: Option<String>,
    /// From 1.
    #[param(minimum = 1, maximum = 1_000_000, default = 1)]
    page: Option<u32>,
    /// 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 20)]
    per_page: Option<u32>,
}

/// List appointments.
///
/// The operator and the tenant's staff see all of the facility's, carriers and drivers those of their organisation; by
/// their beginning.
#[utoipa::path(
    get,
    path = "/api/v1/facilities/{id}/appointments",
    tag = "facilities",
    params(("id" = String, Path, description = "the facility"), AppointmentsQuery),
    responses((status = 200, description = "a page of appointments", body = edge::Enveloped<Vec<WireAppointment>>)),
)]
pub async fn list_appointments(
    State(state): State<Facilities>,
    session: Session,
    PathId(id): PathId<FacilityId>,
    Search(query): Search<AppointmentsQuery>,
) -> Result<Paged<WireAppointment>, Problem> {
    let found = state.found(id).await?;
    let caller = &session.caller;
    session.authorise(&state.platform, permissions::APPOINTMENT_READ, &found.visited_by(caller))?;
    let mut fields = Fields::new();
    let window = check_span(&query.from, &query.to, DAYS_MAX, &mut fields);
    let status = query.status.as_ref().and_then(|name| {
        let stage = Stage::ALL.into_iter().find(|stage| stage.name() == name);
        fields.take("status", "invalid_value", stage.ok_or("is no status of an appointment"))
    });
    fields.finish()?;
    let page = Page::of(query.page, query.per_page)?;
    let window = window.ok_or_else(Problem::not_found)?;
    let carrier = matches!(caller.role, Role::Carrier | Role::Driver).then_some(caller.organisation);
    let filter = AppointmentFilter { facility: id, window, carrier, status };
    let store = state.platform.runtime.store();
    let (rows, total) = of_facility(store, &filter, page.limit(), page.offset()).await?;
    let pagination = Pagination { page: page.page, per_page: page.per_page, total };
    Ok(Answer::paged(rows.into_iter().map(|row| state.wire(row)).collect(), pagination))
}
