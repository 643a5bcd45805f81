//! `POST /api/v1/appointments/{id}/start`: the truck stands at its dock and work begins.
//!
//! Errors: 403 for a role that may not, 404 for an unknown or foreign appointment, 409 `appointment.no_dock`, `appointment.not_here`, `appointment.ended`.

use crate::{Facilities, agents::YardCommand, wire::WireAppointment};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, PathId, Problem, Session};
use kernel::AppointmentId;

/// Begin work.
///
/// For the operator, when the truck was called; again changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/appointments/{id}/start",
    tag = "facilities",
    params(("id" = String, Path, description = "the appointment")),
    responses((status = 200, description = "the appointment", body = edge::Enveloped<WireAppointment>)),
)]
pub async fn start_work(
    State(state): State<Facilities>,
    session: Session,
    PathId(id): PathId<AppointmentId>,
) -> Result<Answer<WireAppointment>, Problem> {
    let (row, found) = state.appointment(id).await?;
    session.authorise(&state.platform, permissions::APPOINTMENT_HANDLE, &found.operated())?;
    state.ask(&session, row.facility, YardCommand::Start(id), Vec::new()).await?;
    Ok(Answer::ok(state.shown(id).await?))
}
