//! `GET /api/v1/shipments/{id}/eta`: when the truck will be where, and how long it was kept there.
//!
//! Errors: 404 for an unknown or foreign shipment, and for one that was never booked.

use super::shipment_position::resource_of;
use crate::{
    Movement,
    agents::{StopLog, Trip},
    geofences::{DAY_PAID_MINUTES, FREE_MINUTES, STOP_PAID_MINUTES},
    movement::away,
    views::trips,
    wire::WireArrival,
};
use axum::extract::State;
use contracts::{ports::permissions, tracking::StopKind};
use edge::{Answer, PathId, Problem, Session, wire::WireMoney};
use kernel::{Currency, Money, ShipmentId};
use serde::Serialize;
use utoipa::ToSchema;

/// What is expected of a trip and what happened at its stops.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WireEta {
    /// When it will be at its next stop; absent while it is at one, before it was seen, and after the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<WireArrival>,
    /// Pickup and delivery.
    stops: Vec<ExpectedStop>,
}

/// A stop.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExpectedStop {
    /// `pickup` or `delivery`.
    stop: &'static str,
    /// When the carrier promised to be there.
    #[schema(format = DateTime)]
    planned_at: String,
    /// When it came within 500 m.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    arrived_at: Option<String>,
    /// When it was further than 1 km away again, or delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    left_at: Option<String>,
    /// Minutes that it was kept within the window; of a visit that is over.
    detention_minutes: u32,
    /// Minutes of each visit that nobody pays for.
    free_minutes: u32,
    /// Minutes that are paid of each 24 hours of a visit, at most.
    day_paid_minutes_max: u32,
    /// Minutes that are paid of all visits to the stop, at most.
    paid_minutes_max: u32,
    /// What the rest costs, within these limits.
    detention: WireMoney,
}

/// Tell when a shipment's truck will arrive.
///
/// For the parties of the shipment, from the booking on. Distance left by the speed observed, the plan and the tenant's
/// trips before, with the pauses that the rules on driving times ask for; eight of ten trucks should come between
/// `earliest` and `latest`.
#[utoipa::path(
    get,
    path = "/api/v1/shipments/{id}/eta",
    tag = "positions",
    params(("id" = String, Path, description = "the shipment")),
    responses((status = 200, description = "what is expected and what happened", body = edge::Enveloped<WireEta>)),
)]
pub async fn shipment_eta(
    State(movement): State<Movement>,
    session: Session,
    PathId(shipment): PathId<ShipmentId>,
) -> Result<Answer<WireEta>, Problem> {
    let parties = movement.shipments.parties(shipment).await.map_err(away)?.ok_or_else(Problem::not_found)?;
    session.authorise(&movement.platform, permissions::SHIPMENT_POSITION, &resource_of(&parties))?;
    let runtime = &movement.platform.runtime;
    let row = trips::of_shipment(runtime.store(), shipment).await?.ok_or_else(Problem::not_found)?;
    let trip = runtime.state::<Trip>(row.id).await?.ok_or_else(Problem::not_found)?;
    let outlook = movement.watch.outlook(row.driver, shipment);
    let stops = StopKind::ALL.into_iter().filter_map(|stop| stop_of(&trip, stop)).collect();
    Ok(Answer::ok(WireEta { next: outlook.as_ref().map(WireArrival::from), stops }))
}

fn stop_of(trip: &Trip, stop: StopKind) -> Option<ExpectedStop> {
    let planned_at = trip.planned(stop)?.planned_at.to_string();
    let StopLog { arrived_at, left_at, detention_minutes, detention_minor, .. } = *trip.stop(stop);
    Some(ExpectedStop {
        stop: stop.name(),
        planned_at,
        arrived_at: arrived_at.map(|at| at.to_string()),
        left_at: left_at.map(|at| at.to_string()),
        detention_minutes,
        free_minutes: FREE_MINUTES,
        day_paid_minutes_max: DAY_PAID_MINUTES,
        paid_minutes_max: STOP_PAID_MINUTES,
        detention: WireMoney::from(Money::new(detention_minor, Currency::EUR)),
    })
}
