//! `GET /api/v1/public/tracking/{token}`: what a consignee sees, without an account.
//!
//! Errors: 404, the same for an unknown, an expired and a revoked token. It is counted against the limit of its address.

use super::create_share::hash_of;
use crate::{Operations, agents::Share, views::shares, wire::WireCity};
use axum::extract::{Path, State, rejection::PathRejection};
use contracts::{
    Event as _, gazetteer,
    shipment::{ShipmentEvent, ShipmentStatus, Window},
    tracking::StopKind,
};
use edge::{Answer, Problem};
use kernel::{ShipmentId, Timestamp, TypedId as _};
use market::agents::Shipment;
use serde::Serialize;
use store::StoredEvent;
use utoipa::ToSchema;

/// A longer text is no token of ours.
const TOKEN_CHARS: usize = 43;

/// A stop as far as anybody may know it.
#[derive(Serialize, ToSchema)]
pub struct PublicStop {
    /// The nearest city.
    city: WireCity,
    /// The window's begin.
    #[schema(format = DateTime)]
    from: String,
    /// The window's end.
    #[schema(format = DateTime)]
    to: String,
}

/// A step of the way.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublicStep {
    /// What it became.
    status: &'static str,
    /// When.
    #[schema(format = DateTime)]
    at: String,
}

/// Where the truck is.
#[derive(Serialize, ToSchema)]
pub struct PublicPosition {
    /// Degrees north.
    latitude: f64,
    /// Degrees east.
    longitude: f64,
    /// When it was there.
    #[schema(format = DateTime)]
    at: String,
}

/// When the truck should be at the delivery, reckoned from where it is.
#[derive(Serialize, ToSchema)]
pub struct PublicArrival {
    /// The estimate.
    #[schema(format = DateTime)]
    eta: String,
    /// One of ten trucks comes before.
    #[schema(format = DateTime)]
    earliest: String,
    /// One of ten trucks comes after.
    #[schema(format = DateTime)]
    latest: String,
}

/// A shipment as anybody with its link sees it.
#[derive(Serialize, ToSchema)]
pub struct PublicTracking {
    /// The short reference for people.
    #[schema(example = "SHM-MIL-000123")]
    reference: String,
    /// Where it stands.
    status: &'static str,
    /// Where it is loaded.
    pickup: PublicStop,
    /// Where it is delivered.
    delivery: PublicStop,
    /// When the driver promised to deliver, from the booking until the delivery.
    #[schema(format = DateTime)]
    eta: Option<String>,
    /// When it is expected, while it is on its way to the delivery.
    arrival: Option<PublicArrival>,
    /// When it was delivered.
    #[schema(format = DateTime)]
    delivered_at: Option<String>,
    /// The steps so far, oldest first.
    timeline: Vec<PublicStep>,
    /// Where the truck is, only while it is on its way.
    position: Option<PublicPosition>,
    /// Until when the link is good.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Follow a shipment.
///
/// For whoever has a link. It shows the reference, the steps, the cities, and the truck while it is on its way; nothing
/// about people, companies or prices.
#[utoipa::path(
    get,
    path = "/api/v1/public/tracking/{token}",
    tag = "sharing",
    params(("token" = String, Path, description = "the link's token")),
    responses(
        (status = 200, description = "where it is", body = PublicTracking),
        (status = 404, description = "There is no such link, or it is over"),
    ),
    security(()),
)]
pub async fn public_tracking(
    State(operations): State<Operations>,
    token: Result<Path<String>, PathRejection>,
) -> Result<Answer<PublicTracking>, Problem> {
    let Path(token) = token.map_err(|_| Problem::not_found())?;
    if token.len() != TOKEN_CHARS {
        return Err(Problem::not_found());
    }
    let runtime = &operations.platform.runtime;
    let now = runtime.now();
    let id = shares::by_token(runtime.store(), &hash_of(&token)).await?.ok_or_else(Problem::not_found)?;
    let share = runtime.state::<Share>(id).await?.ok_or_else(Problem::not_found)?;
    let good = share.good(now).ok_or_else(Problem::not_found)?;
    let shipment = runtime.state::<Shipment>(good.shipment).await?.ok_or_else(Problem::not_found)?;
    let request = shipment.request.clone().ok_or_else(Problem::not_found)?;
    let events = runtime.store().read_stream(good.shipment.stream(), 0).await?;
    let on_its_way = matches!(shipment.status, ShipmentStatus::EnRoutePickup | ShipmentStatus::InTransit);
    let booking = shipment.booking.as_ref();
    let seen =
        booking.filter(|_| on_its_way).and_then(|booking| operations.positions.latest(booking.driver, now));
    let under_way = shipment.status == ShipmentStatus::Booked || shipment.status.is_trip();
    let stop = |position, window: Window| PublicStop {
        city: gazetteer::nearest(position).into(),
        from: window.from.to_string(),
        to: window.to.to_string(),
    };
    Ok(Answer::ok(PublicTracking {
        reference: request.reference.clone(),
        status: shipment.status.name(),
        pickup: stop(request.pickup.position, request.pickup.window),
        delivery: stop(request.delivery.position, request.delivery.window),
        eta: booking.filter(|_| under_way).map(|booking| booking.delivery_at.to_string()),
        arrival: booking
            .filter(|_| shipment.status == ShipmentStatus::InTransit)
            .and_then(|booking| operations.watch.outlook(booking.driver, good.shipment))
            .filter(|outlook| outlook.stop == StopKind::Delivery)
            .map(|outlook| PublicArrival {
                eta: outlook.eta.at.to_string(),
                earliest: outlook.eta.earliest.to_string(),
                latest: outlook.eta.latest.to_string(),
            }),
        delivered_at: shipment.delivered_at.map(|at| at.to_string()),
        timeline: timeline(good.shipment, &events)?,
        position: seen.map(|seen| PublicPosition {
            latitude: seen.sample.position.latitude,
            longitude: seen.sample.position.longitude,
            at: seen.sample.at.to_string(),
        }),
        expires_at: good.expires_at.to_string(),
    }))
}

/// The steps that anybody may know: posted, booked, the trip, its end.
fn timeline(shipment: ShipmentId, events: &[StoredEvent]) -> Result<Vec<PublicStep>, Problem> {
    let mut steps = Vec::new();
    for event in events {
        let typed = ShipmentEvent::decode(event.type_name, event.schema, &event.payload)
            .map_err(|error| Problem::defect(&format!("{shipment}: {error}")))?;
        if let Some(status) = step(&typed) {
            steps.push(PublicStep { status, at: time_text(event.meta.time) });
        }
    }
    Ok(steps)
}

fn step(event: &ShipmentEvent) -> Option<&'static str> {
    match event {
        ShipmentEvent::Requested(_) => Some(ShipmentStatus::Requested.name()),
        ShipmentEvent::BookingConfirmed(_) => Some(ShipmentStatus::Booked.name()),
        ShipmentEvent::StatusChanged(changed) => Some(changed.to.name()),
        ShipmentEvent::Cancelled(_) => Some(ShipmentStatus::Cancelled.name()),
        _ => None,
    }
}

fn time_text(at: Timestamp) -> String {
    at.to_string()
}
