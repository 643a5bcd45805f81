//! `GET /api/v1/shipments/{id}/position`: where the booked truck is.
//!
//! Errors: 404 for an unknown or foreign shipment. While no truck drives for it, before the booking and after the delivery,
//! and as long as the truck drives for another shipper first, the driver's whereabouts are nobody's business; that, and a truck that has sent nothing yet, is an answer: null. While the
//! database is away: 503 for a position that is older than 60 s.

use crate::{Movement, movement::away, wire::LatestPosition};
use axum::extract::State;
use contracts::ports::{Resource, ShipmentParties, permissions};
use edge::{Answer, PathId, Problem, Session};
use kernel::ShipmentId;
use store::{StoreError, StoreHealth};

/// Where a shipment's truck is.
///
/// The newest position of the booked driver, for the parties of the shipment, from the booking until the delivery; null
/// before and afterwards, and until the driver has sent one. A truck that has another shipment to deliver first, or further
/// stops before the pickup of a part load, is shown once the pickup is its next stop.
#[utoipa::path(
    get,
    path = "/api/v1/shipments/{id}/position",
    tag = "positions",
    params(("id" = String, Path, description = "the shipment")),
    responses((status = 200, description = "the booked driver's newest position, or null", body = edge::Enveloped<Option<LatestPosition>>)),
)]
pub async fn shipment_position(
    State(movement): State<Movement>,
    session: Session,
    PathId(shipment): PathId<ShipmentId>,
) -> Result<Answer<Option<LatestPosition>>, Problem> {
    let parties = movement.shipments.parties(shipment).await.map_err(away)?.ok_or_else(Problem::not_found)?;
    session.authorise(&movement.platform, permissions::SHIPMENT_POSITION, &resource_of(&parties))?;
    let now = movement.platform.runtime.now();
    let driver = parties.driver.filter(|_| parties.status.is_trip() && parties.has_truck);
    let seen = driver.and_then(|driver| Some((driver, movement.positions.latest(driver, now)?)));
    let latest = seen.map(|(driver, seen)| LatestPosition::new(driver, &seen.sample, now));
    let away = matches!(movement.platform.runtime.store().health(), StoreHealth::Disconnected(_));
    Ok(Answer::ok(shown(latest, away)?))
}

/// While the database is away, what other processes take in is not heard of, nor where the truck was sent since: a
/// position is shown for as long as it is live, and no longer.
fn shown(latest: Option<LatestPosition>, away: bool) -> Result<Option<LatestPosition>, StoreError> {
    match latest {
        Some(LatestPosition { live: false, .. }) if away => {
            Err(StoreError::Unavailable("a newer position cannot be known".to_owned()))
        }
        latest => Ok(latest),
    }
}

/// What a shipment is for the policies: its shipper and its booked carrier are parties, its booked driver too.
pub(super) fn resource_of(parties: &ShipmentParties) -> Resource {
    Resource {
        tenant: Some(parties.tenant),
        organisations: std::iter::once(parties.shipper).chain(parties.carrier).collect(),
        users: parties.driver_user.into_iter().collect(),
        driver: parties.driver,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Sample;
    use kernel::{DriverId, Position, Timestamp, TypedId as _, Uuid};

    #[test]
    fn without_a_database_a_position_is_shown_for_sixty_seconds_of_its_own_time() {
        let sample = Sample {
            position: Position { latitude: 45.0, longitude: 9.0 },
            at: Timestamp::from_millis(1_000),
            speed_kmh: None,
            heading: None,
            mocked: None,
        };
        let driver = DriverId::from_uuid(Uuid::from_u128(1));
        let at = |millis| Some(LatestPosition::new(driver, &sample, Timestamp::from_millis(millis)));
        assert!(shown(at(61_000), true).unwrap().unwrap().live);
        assert!(matches!(shown(at(61_001), true), Err(StoreError::Unavailable(_))));
        assert!(!shown(at(61_001), false).unwrap().unwrap().live);
        assert_eq!(shown(None, true).unwrap(), None);
    }
}
