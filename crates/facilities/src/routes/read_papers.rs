//! `GET /api/v1/appointments/{id}/papers`: what the cargo should be, for whoever counts it at the gate.
//!
//! Errors: 403 for a role that may not, 404 for an unknown or foreign appointment, 409 `appointment.ended`.

use crate::{Facilities, wire::WireStatedCargo};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, PathId, Problem, Session};
use kernel::AppointmentId;
use serde::Serialize;
use utoipa::ToSchema;

/// What is said of a cargo.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WirePapers {
    /// By the booking.
    booked: WireStatedCargo,
    /// By the newest consignment note that was brought for the shipment; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    consignment: Option<WireStatedCargo>,
}

/// Read an appointment's papers.
///
/// For the operator, while the appointment lasts: what a check-in will be compared with.
#[utoipa::path(
    get,
    path = "/api/v1/appointments/{id}/papers",
    tag = "facilities",
    params(("id" = String, Path, description = "the appointment")),
    responses((status = 200, description = "what the papers say", body = edge::Enveloped<WirePapers>)),
)]
pub async fn read_papers(
    State(state): State<Facilities>,
    session: Session,
    PathId(id): PathId<AppointmentId>,
) -> Result<Answer<WirePapers>, Problem> {
    let (row, found) = state.appointment(id).await?;
    session.authorise(&state.platform, permissions::APPOINTMENT_HANDLE, &found.operated())?;
    let known = found.yard.appointments.get(id);
    let known = known.ok_or_else(|| Problem::conflict("appointment.ended", "the appointment has ended"))?;
    let consignment = state.consignment(row.shipment).await?;
    let booked = WireStatedCargo::from(known.booking.papers.clone());
    Ok(Answer::ok(WirePapers { booked, consignment: consignment.map(Into::into) }))
}
