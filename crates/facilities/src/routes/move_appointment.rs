//! `POST /api/v1/appointments/{id}/move`: to another time or dock.
//!
//! Errors: 403 for a role that may not, 404 for an unknown or foreign appointment, 409 `appointment.taken` (which names
//! the next free slot), `appointment.arrived`, `appointment.ended`, 422 with the fields.

use crate::{
    Facilities,
    agents::YardCommand,
    wire::{WireAppointment, is_dock_name},
};
use axum::extract::State;
use contracts::{
    facility::MoveReason,
    ports::{Role, permissions},
};
use edge::{Answer, Body, Fields, PathId, Problem, Session, wire::check_time};
use kernel::AppointmentId;
use serde::Deserialize;
use utoipa::ToSchema;

/// Where to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppointmentMove {
    /// When it begins: on the facility's grid, within its hours.
    #[schema(format = DateTime)]
    from: String,
    /// The dock; the one that is wasted least when absent.
    #[schema(min_length = 1, max_length = 20, nullable = false)]
    dock: Option<String>,
}

/// Move an appointment.
///
/// For its carrier and the operator, before the truck has come. To where it is changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/appointments/{id}/move",
    tag = "facilities",
    params(("id" = String, Path, description = "the appointment")),
    request_body = AppointmentMove,
    responses((status = 200, description = "the appointment", body = edge::Enveloped<WireAppointment>)),
)]
pub async fn move_appointment(
    State(state): State<Facilities>,
    session: Session,
    PathId(id): PathId<AppointmentId>,
    Body(body): Body<AppointmentMove>,
) -> Result<Answer<WireAppointment>, Problem> {
    let (row, found) = state.appointment(id).await?;
    session.authorise(&state.platform, permissions::APPOINTMENT_BOOK, &found.shared(&row))?;
    let mut fields = Fields::new();
    let from = check_time(&body.from, "from", &mut fields);
    let dock = body.dock.as_ref().is_none_or(|name| is_dock_name(name));
    fields.require(dock, "dock", "unknown_dock", "the facility has no such dock");
    fields.finish()?;
    let carrier = matches!(session.caller.role, Role::Carrier | Role::Driver);
    let to = YardCommand::Move {
        appointment: id,
        from: from.ok_or_else(Problem::not_found)?,
        dock: body.dock.as_deref().map(Into::into),
        reason: if carrier { MoveReason::Carrier } else { MoveReason::Facility },
    };
    state.ask(&session, row.facility, to, Vec::new()).await?;
    Ok(Answer::ok(state.shown(id).await?))
}
