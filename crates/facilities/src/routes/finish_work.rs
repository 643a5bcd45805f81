//! `POST /api/v1/appointments/{id}/finish`: work is done and the dock is free.
//!
//! Errors: 403 for a role that may not, 404 for an unknown or foreign appointment, 409 `appointment.not_started`, `appointment.ended`.

use crate::{Facilities, agents::YardCommand, wire::WireAppointment};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, PathId, Problem, Session};
use kernel::AppointmentId;

/// Finish work.
///
/// For the operator; again changes nothing. The next truck of the queue is called. The answer says for how many minutes the
/// truck was kept beyond what is free of charge.
#[utoipa::path(
    post,
    path = "/api/v1/appointments/{id}/finish",
    tag = "facilities",
    params(("id" = String, Path, description = "the appointment")),
    responses((status = 200, description = "the appointment", body = edge::Enveloped<WireAppointment>)),
)]
pub async fn finish_work(
    State(state): State<Facilities>,
    session: Session,
    PathId(id): PathId<AppointmentId>,
) -> Result<Answer<WireAppointment>, Problem> {
    let (row, found) = state.appointment(id).await?;
    session.authorise(&state.platform, permissions::APPOINTMENT_HANDLE, &found.operated())?;
    state.ask(&session, row.facility, YardCommand::Finish(id), Vec::new()).await?;
    Ok(Answer::ok(state.shown(id).await?))
}
