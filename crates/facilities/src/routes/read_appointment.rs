//! `GET /api/v1/appointments/{id}`: one appointment.
//!
//! Errors: 403 for a role that sees none, 404 for an unknown or foreign appointment.

use crate::{Facilities, wire::WireAppointment};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, PathId, Problem, Session};
use kernel::AppointmentId;

/// Read an appointment.
///
/// For its carrier, the operator and the tenant's staff.
#[utoipa::path(
    get,
    path = "/api/v1/appointments/{id}",
    tag = "facilities",
    params(("id" = String, Path, description = "the appointment")),
    responses((status = 200, description = "the appointment", body = edge::Enveloped<WireAppointment>)),
)]
pub async fn read_appointment(
    State(state): State<Facilities>,
    session: Session,
    PathId(id): PathId<AppointmentId>,
) -> Result<Answer<WireAppointment>, Problem> {
    let (row, found) = state.appointment(id).await?;
    session.authorise(&state.platform, permissions::APPOINTMENT_READ, &found.shared(&row))?;
    Ok(Answer::ok(state.wire(row)))
}
