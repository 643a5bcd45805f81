//! `POST /api/v1/facilities/{id}/appointments`: a slot for a truck.
//!
//! Errors: 403 for a role that books none, 404 for an unknown or foreign facility or shipment, 409 `appointment.taken`
//! (which names the next free slot), `appointment.exists`, `appointment.too_many_holds`, `facility.closed`, 422 with the
//! fields.

use crate::{
    Facilities,
    agents::{How, YardCommand},
    facilities::{Found, away},
    wire::{WireAppointment, WireDockCargo, WireDockVehicle, WireDockWork, is_dock_name},
};
use axum::extract::State;
use contracts::{
    facility::{Booking, CargoCount, yard_of},
    ports::{Role, Scope, ShipmentParties, permissions},
};
use edge::{Answer, Body, Fields, PathId, Problem, Session, wire::check_time};
use kernel::{FacilityId, OrganisationId, ShipmentId};
use runtime::{Order, Wait};
use serde::Deserialize;
use utoipa::ToSchema;

/// A slot that is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppointmentRequest {
    /// When it begins: on the facility's grid, within its hours.
    #[schema(format = DateTime)]
    from: String,
    /// How long it takes; the facility's usual length when absent.
    #[schema(minimum = 15, maximum = 720, nullable = false)]
    minutes: Option<u16>,
    /// What is done.
    work: WireDockWork,
    /// The truck.
    vehicle: WireDockVehicle,
    /// The dock; the one that is wasted least when absent.
    #[schema(min_length = 1, max_length = 20, nullable = false)]
    dock: Option<String>,
    /// The shipment, when it is one of this marketplace that is booked.
    #[schema(nullable = false)]
    shipment_id: Option<String>,
    /// The carrier's organisation, when somebody else books for it.
    #[schema(nullable = false)]
    carrier_id: Option<String>,
    /// From when on the truck could come too: the facility may then move it earlier to close a gap, at least two hours
    /// ahead.
    #[schema(format = DateTime, nullable = false)]
    earliest: Option<String>,
    /// What the papers say; a shipment's own are taken for what is absent.
    #[serde(default)]
    cargo: WireDockCargo,
    /// Only keep the slot until it is confirmed, or until the facility's hold time is over.
    #[serde(default)]
    hold: bool,
}

/// Book an appointment.
///
/// Carriers and drivers book for themselves, operators and the tenant's staff for the carrier that they name or that is
/// booked for the shipment. The answer is the appointment, `held` or `scheduled`.
#[utoipa::path(
    post,
    path = "/api/v1/facilities/{id}/appointments",
    tag = "facilities",
    params(("id" = String, Path, description = "the facility")),
    request_body = AppointmentRequest,
    responses((status = 201, description = "the appointment", body = edge::Enveloped<WireAppointment>)),
)]
pub async fn book_appointment(
    State(state): State<Facilities>,
    session: Session,
    PathId(id): PathId<FacilityId>,
    Body(body): Body<AppointmentRequest>,
) -> Result<Answer<WireAppointment>, Problem> {
    let found = state.found(id).await?;
    session.authorise(&state.platform, permissions::APPOINTMENT_BOOK, &found.visited_by(&session.caller))?;
    let command = checked(&state, &session, &found, &body).await?;
    let YardCommand::Book { booking, .. } = &command else { return Err(Problem::not_found()) };
    let appointment = booking.appointment;
    let order = Order::new::<crate::agents::Yard>(yard_of(id), command).wait(Wait::Durable);
    // Under a repeated key it is the appointment that the first request made: its id is the key's.
    let _receipt = state.platform.runtime.submit(&session.origin, order).await?;
    state.forget_slots(id);
    Ok(Answer::created(state.shown(appointment).await?))
}

async fn checked(
    state: &Facilities,
    session: &Session,
    found: &Found,
    body: &AppointmentRequest,
) -> Result<YardCommand, Problem> {
    let mut fields = Fields::new();
    let from = check_time(&body.from, "from", &mut fields);
    let minutes = body.minutes.unwrap_or(found.yard.arrangement.rules.usual_minutes);
    fields.require((15..=720).contains(&minutes), "minutes", "out_of_range", "must be 15 to 720");
    let truck = body.vehicle.check(&mut fields);
    let dock = body.dock.as_ref().is_none_or(|name| is_dock_name(name));
    fields.require(dock, "dock", "unknown_dock", "the facility has no such dock");
    let earliest = body.earliest.as_ref().and_then(|text| check_time(text, "earliest", &mut fields));
    let papers = body.cargo.check("cargo", &mut fields);
    let shipment = body.shipment_id.as_ref();
    let shipment =
        shipment.and_then(|text| fields.take("shipment_id", "invalid_id", text.parse::<ShipmentId>()));
    let carrier = body.carrier_id.as_ref();
    let carrier =
        carrier.and_then(|text| fields.take("carrier_id", "invalid_id", text.parse::<OrganisationId>()));
    fields.finish()?;
    let parties = match shipment {
        Some(shipment) => Some(booked_parties(state, session, found, shipment).await?),
        None => None,
    };
    let booking = Booking {
        appointment: session.new_id(&state.platform),
        carrier: carrier_of(state, session, carrier, parties.as_ref()).await?,
        shipment,
        driver: parties.as_ref().and_then(|parties| parties.driver),
        work: body.work.into(),
        truck,
        minutes,
        earliest,
        papers: papers_of(state, shipment, papers).await?,
    };
    let from = from.ok_or_else(Problem::not_found)?;
    let how = if body.hold { How::Hold } else { How::Exactly };
    let dock = body.dock.as_deref().map(Into::into);
    Ok(YardCommand::Book { booking: Box::new(booking), dock, from, how })
}

/// A booked shipment that the caller may bring here: its carrier's, or any of the tenant for the others.
async fn booked_parties(
    state: &Facilities,
    session: &Session,
    found: &Found,
    shipment: ShipmentId,
) -> Result<ShipmentParties, Problem> {
    let parties = state.shipments.parties(shipment).await.map_err(away)?;
    let parties = parties.filter(|parties| parties.tenant == found.site.tenant);
    let parties = parties.ok_or_else(Problem::not_found)?;
    let own = parties.carrier == Some(session.caller.organisation);
    let is_carrier = matches!(session.caller.role, Role::Carrier | Role::Driver);
    if own || (!is_carrier && parties.carrier.is_some()) { Ok(parties) } else { Err(Problem::not_found()) }
}

/// Whose truck comes. Nobody else's word makes an organisation a carrier of this tenant.
async fn carrier_of(
    state: &Facilities,
    session: &Session,
    named: Option<OrganisationId>,
    parties: Option<&ShipmentParties>,
) -> Result<OrganisationId, Problem> {
    let caller = &session.caller;
    if matches!(caller.role, Role::Carrier | Role::Driver) {
        return match named {
            Some(other) if other != caller.organisation => {
                Err(Problem::field("carrier_id", "not_yours", "carriers book for themselves"))
            }
            _ => Ok(caller.organisation),
        };
    }
    let booked = parties.and_then(|parties| parties.carrier);
    match (booked, named) {
        (Some(booked), Some(named)) if booked != named => {
            Err(Problem::field("carrier_id", "not_booked", "another carrier is booked for the shipment"))
        }
        (Some(carrier), _) => Ok(carrier),
        (None, Some(named)) if session.knows_carrier(&state.platform, named).await? => Ok(named),
        (None, Some(_)) => Err(Problem::field("carrier_id", "unknown_carrier", "there is no such carrier")),
        (None, None) if caller.role.scope() == Scope::Organisation => Ok(caller.organisation),
        (None, None) => Err(Problem::field("carrier_id", "missing", "name the carrier or the shipment")),
    }
}

/// What the papers say: what the caller tells, else the shipment's own.
async fn papers_of(
    state: &Facilities,
    shipment: Option<ShipmentId>,
    told: CargoCount,
) -> Result<CargoCount, Problem> {
    let Some(shipment) = shipment else { return Ok(told) };
    let papers = state.shipments.papers(shipment).await.map_err(away)?;
    Ok(match papers {
        Some(papers) => CargoCount {
            weight_kg: told.weight_kg.or(Some(papers.weight_kg)),
            pieces: told.pieces,
            reference: told.reference.or(Some(papers.reference)),
        },
        None => told,
    })
}
