//! `POST /api/v1/appointments/{id}/check-in`: the truck is at the gate, its cargo is compared with its papers.
//!
//! Errors: 403 for a role that may not, 404 for an unknown or foreign appointment, 409 `appointment.not_confirmed`,
//! `appointment.too_early`, `appointment.ended`, 422 with the fields.

use crate::{
    Facilities,
    agents::YardCommand,
    wire::{WireAppointment, WireDockCargo},
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, Body, Fields, PathId, Problem, Session};
use kernel::AppointmentId;
use serde::Deserialize;
use utoipa::ToSchema;

/// What was found at the gate.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GateCheck {
    /// What was counted; what is absent is not compared.
    #[serde(default)]
    cargo: WireDockCargo,
}

/// Check a truck in.
///
/// For the operator; again changes nothing. What was booked, what the consignment note says that was brought for the
/// shipment, and what was counted are compared: in what they differ (the weight by more than 3 %, the number of pieces, the
/// reference) is named and reported as an issue. When a dock is free, the truck is called there at once
/// (`called`), else it waits (`waiting`).
#[utoipa::path(
    post,
    path = "/api/v1/appointments/{id}/check-in",
    tag = "facilities",
    params(("id" = String, Path, description = "the appointment")),
    request_body = GateCheck,
    responses((status = 200, description = "the appointment", body = edge::Enveloped<WireAppointment>)),
)]
pub async fn check_in(
    State(state): State<Facilities>,
    session: Session,
    PathId(id): PathId<AppointmentId>,
    Body(body): Body<GateCheck>,
) -> Result<Answer<WireAppointment>, Problem> {
    let (row, found) = state.appointment(id).await?;
    session.authorise(&state.platform, permissions::APPOINTMENT_HANDLE, &found.operated())?;
    let mut fields = Fields::new();
    let counted = body.cargo.check("cargo", &mut fields);
    fields.finish()?;
    let consignment = state.consignment(row.shipment).await?;
    let check_in = YardCommand::CheckIn { appointment: id, counted, consignment };
    state.ask(&session, row.facility, check_in, Vec::new()).await?;
    Ok(Answer::ok(state.shown(id).await?))
}
