//! `GET /api/v1/shipments/{id}/line`: where the booked truck has been with it, for a map.
//!
//! Errors: 404 for an unknown or foreign shipment.

use super::{
    shipment_position::resource_of,
    span::{SPAN_MAX, Span},
};
use crate::{
    Movement,
    movement::away,
    trips::{geojson, simplify},
};
use axum::{
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse as _, Response},
};
use contracts::ports::{ShipmentParties, permissions};
use edge::{PathId, Problem, Session};
use kernel::{DriverId, ShipmentId, Timestamp};

/// No position is left out that is further from the line than this, in metres: finer than a road is wide on a map.
const TOLERANCE_M: f64 = 20.0;

/// Draw the way of a shipment's truck.
///
/// A GeoJSON feature for the parties of the shipment: where the booked driver was from the booking to the delivery, for at
/// most its last 31 days. Without any position, and before the booking, its geometry is null.
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
    let track = match trip_of(&parties, movement.platform.runtime.now()) {
        Some((driver, span)) => movement.whole_track(driver, span).await?,
        None => Vec::new(),
    };
    let line = simplify(&track, TOLERANCE_M);
    Ok(([(CONTENT_TYPE, "application/geo+json")], geojson(&line).to_string()).into_response())
}

/// Who carries it and from when to when: before the booking and after the delivery the driver's whereabouts are nobody's
/// business.
fn trip_of(parties: &ShipmentParties, now: Timestamp) -> Option<(DriverId, Span)> {
    let driver = parties.driver?;
    let to = match (parties.delivered_at, parties.status.is_trip()) {
        (Some(delivered), _) => delivered,
        (None, true) => now,
        // Called off before it was delivered: when, nobody needs to be shown.
        (None, false) => return None,
    };
    let from = parties.booked_at?.max(to.before(SPAN_MAX));
    Some((driver, Span { from, to }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::shipment::ShipmentStatus;
    use kernel::{OrganisationId, Position, TenantId, TypedId as _, Uuid};
    use std::time::Duration;

    fn parties(
        status: ShipmentStatus,
        booked_at: Timestamp,
        delivered_at: Option<Timestamp>,
    ) -> ShipmentParties {
        let place = Position { latitude: 45.0, longitude: 9.0 };
        ShipmentParties {
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            shipper: OrganisationId::from_uuid(Uuid::from_u128(2)),
            carrier: Some(OrganisationId::from_uuid(Uuid::from_u128(3))),
            driver: Some(DriverId::from_uuid(Uuid::from_u128(4))),
            driver_user: None,
            booked_at: Some(booked_at),
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
            trip_of(&parties(status, booked, delivered_at), now).map(|(_, span)| (span.from, span.to))
        };
        assert_eq!(span(ShipmentStatus::InTransit, None), Some((booked, now)));
        assert_eq!(span(ShipmentStatus::Completed, Some(delivered)), Some((booked, delivered)));
        assert_eq!(span(ShipmentStatus::Cancelled, None), None);
        let unbooked = ShipmentParties { driver: None, ..parties(ShipmentStatus::Bidding, booked, None) };
        assert_eq!(trip_of(&unbooked, now), None);
        let year = booked.after(Duration::from_secs(365 * 86_400));
        let late = trip_of(&parties(ShipmentStatus::InTransit, booked, None), year).unwrap().1;
        assert_eq!(late.from, year.before(SPAN_MAX));
    }
}
