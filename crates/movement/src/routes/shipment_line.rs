//! `GET /api/v1/shipments/{id}/line`: where the booked truck has been with it, for a map.
//!
//! Errors: 404 for an unknown or foreign shipment.

use super::{
    shipment_position::resource_of,
    span::{SPAN_MAX, Span},
};
use crate::{
    Movement, Sample,
    agents::Trip,
    movement::away,
    trips::{Thinned, geojson},
    views::trips::{self, TripRow},
};
use axum::{
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse as _, Response},
};
use contracts::{
    ports::{ShipmentParties, permissions},
    tracking::TripStop,
};
use edge::{PathId, Problem, Session};
use kernel::{DriverId, ShipmentId, Timestamp};

/// No position is left out that is further from the line than this, in metres: finer than a road is wide on a map.
const TOLERANCE_M: f64 = 20.0;
/// A line has at most so many points; a longer one is drawn less exactly, and none is refused.
const POINTS_MAX: usize = 20_000;

/// Draw the way of a shipment's truck.
///
/// A GeoJSON feature for the parties of the shipment: where the booked driver was while its truck drove for it, from the
/// booking or the end of the trip before to the delivery, for at most the last 31 days; of a part load whose pickup came
/// after stops of others, from when it was aboard. Without any position, and before that, its geometry is null.
#[utoipa::path(
    get,
    path = "/api/v1/shipments/{id}/line",
    tag = "positions",
    params(("id" = String, Path, description = "the shipment")),
    responses((status = 200, description = "the line", content((String = "application/geo+json")))),
)]
pub async fn shipment_line(
    State(movement): State<Movement>,
    session: Session,
    PathId(shipment): PathId<ShipmentId>,
) -> Result<Response, Problem> {
    let parties = movement.shipments.parties(shipment).await.map_err(away)?.ok_or_else(Problem::not_found)?;
    session.authorise(&movement.platform, permissions::SHIPMENT_POSITION, &resource_of(&parties))?;
    let since = driven_since(&movement, shipment, &parties).await?;
    let track = match trip_of(&parties, since, movement.platform.runtime.now()) {
        Some((driver, span)) => {
            let mut line = Thinned::new(TOLERANCE_M, POINTS_MAX);
            let take = |part: Vec<Sample>| {
                line.take(&part);
                Ok(())
            };
            movement.each_part(driver, span, take).await?;
            line.samples
        }
        None => Vec::new(),
    };
    Ok(([(CONTENT_TYPE, "application/geo+json")], geojson(&track).to_string()).into_response())
}

/// Since when the booked truck drives for it.
async fn driven_since(
    movement: &Movement,
    shipment: ShipmentId,
    parties: &ShipmentParties,
) -> Result<Option<Timestamp>, Problem> {
    let runtime = &movement.platform.runtime;
    let row = trips::of_shipment(runtime.store(), shipment).await?;
    let Some(row) = row.filter(|row| Some(row.driver) == parties.driver) else { return Ok(None) };
    let trip = runtime.state::<Trip>(row.id).await?;
    let first = trip.as_ref().and_then(|trip| trip.terms.as_ref()?.stops.first().copied());
    Ok(since(first, &row))
}

/// A trip of its own is driven for it from its beginning, which for a load on the way back is the end of the trip before.
/// A part load is driven for when its pickup was the next stop at once, else from when it was aboard: before, the truck drove
/// to stops of others.
fn since(first: Option<TripStop>, row: &TripRow) -> Option<Timestamp> {
    if first.is_none_or(|first| first.shipment == row.shipment) { Some(row.begun_at) } else { row.loaded_at }
}

/// Who carries it and from when to when: before the truck drives for it and after the delivery the driver's whereabouts are
/// nobody's business.
fn trip_of(parties: &ShipmentParties, since: Option<Timestamp>, now: Timestamp) -> Option<(DriverId, Span)> {
    let driver = parties.driver?;
    let to = match (parties.delivered_at, parties.status.is_trip()) {
        (Some(delivered), _) => delivered,
        (None, true) => now,
        // Called off before it was delivered: when, nobody needs to be shown.
        (None, false) => return None,
    };
    let from = since?.max(to.before(SPAN_MAX));
    Some((driver, Span { from, to }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::{shipment::ShipmentStatus, tracking::StopKind};
    use kernel::{OrganisationId, Position, TenantId, TypedId, Uuid};
    use std::time::Duration;

    fn parties(status: ShipmentStatus, delivered_at: Option<Timestamp>) -> ShipmentParties {
        let place = Position { latitude: 45.0, longitude: 9.0 };
        ShipmentParties {
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            shipper: OrganisationId::from_uuid(Uuid::from_u128(2)),
            carrier: Some(OrganisationId::from_uuid(Uuid::from_u128(3))),
            driver: Some(DriverId::from_uuid(Uuid::from_u128(4))),
            driver_user: None,
            has_truck: true,
            delivered_at,
            status,
            pickup: place,
            delivery: place,
        }
    }

    #[test]
    fn the_way_is_shown_from_the_booking_to_the_delivery_and_no_further() {
        let booked = Timestamp::parse("2026-03-01T08:00:00Z").unwrap();
        let delivered = booked.after(Duration::from_secs(3600));
        let now = booked.after(Duration::from_secs(7200));
        let span = |status, delivered_at| {
            trip_of(&parties(status, delivered_at), Some(booked), now).map(|(_, span)| (span.from, span.to))
        };
        assert_eq!(span(ShipmentStatus::InTransit, None), Some((booked, now)));
        assert_eq!(span(ShipmentStatus::Completed, Some(delivered)), Some((booked, delivered)));
        assert_eq!(span(ShipmentStatus::Cancelled, None), None);
        let unbooked = ShipmentParties { driver: None, ..parties(ShipmentStatus::Bidding, None) };
        assert_eq!(trip_of(&unbooked, Some(booked), now), None);
        assert_eq!(trip_of(&parties(ShipmentStatus::Booked, None), None, now), None, "it drives for another");
        let year = booked.after(Duration::from_secs(365 * 86_400));
        let late = trip_of(&parties(ShipmentStatus::InTransit, None), Some(booked), year).unwrap().1;
        assert_eq!(late.from, year.before(SPAN_MAX));
    }

    #[test]
    fn a_part_load_is_shown_when_the_truck_drives_for_it() {
        let at = |hours: u64| Timestamp::from_millis(0).after(Duration::from_secs(hours * 3600));
        let shipment = |number| ShipmentId::from_uuid(Uuid::from_u128(number));
        let mut row = TripRow {
            id: TypedId::from_uuid(Uuid::nil()),
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            shipment: shipment(1),
            driver: DriverId::from_uuid(Uuid::from_u128(4)),
            carrier: OrganisationId::from_uuid(Uuid::from_u128(3)),
            status: ShipmentStatus::Booked,
            begun_at: at(1),
            loaded_at: None,
            ended_at: None,
        };
        let pickup_of = |number| Some(TripStop { shipment: shipment(number), stop: StopKind::Pickup });
        assert_eq!((since(None, &row), since(pickup_of(1), &row)), (Some(at(1)), Some(at(1))));
        assert_eq!(since(pickup_of(2), &row), None);
        row.loaded_at = Some(at(3));
        assert_eq!(since(pickup_of(2), &row), Some(at(3)));
    }
}
