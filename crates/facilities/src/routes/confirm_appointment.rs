//! `POST /api/v1/appointments/{id}/confirm`: a held slot becomes an appointment.
//!
//! Errors: 403 for a role that may not, 404 for an unknown or foreign appointment, 409 `appointment.expired`, `appointment.displaced`, `appointment.ended`.

use crate::{Facilities, agents::YardCommand, wire::WireAppointment};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, PathId, Problem, Session};
use kernel::AppointmentId;

/// Confirm an appointment.
///
/// Again changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/appointments/{id}/confirm",
    tag = "facilities",
    params(("id" = String, Path, description = "the appointment")),
    responses((status = 200, description = "the appointment", body = edge::Enveloped<WireAppointment>)),
)]
pub async fn confirm_appointment(
    State(state): State<Facilities>,
    session: Session,
    PathId(id): PathId<AppointmentId>,
) -> Result<Answer<WireAppointment>, Problem> {
    let (row, found) = state.appointment(id).await?;
    session.authorise(&state.platform, permissions::APPOINTMENT_BOOK, &found.shared(&row))?;
    state.ask(&session, row.facility, YardCommand::Confirm(id), Vec::new()).await?;
    Ok(Answer::ok(state.shown(id).await?))
}
