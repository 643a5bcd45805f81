//! `GET /api/v1/shipments/{id}/position`: where the booked truck is.
//!
//! Errors: 404 for an unknown or foreign shipment. While no truck carries it, before the booking and after the delivery,
//! the driver's whereabouts are nobody's business; that, and a truck that has sent nothing yet, is an answer: null.

use crate::{Movement, movement::away, wire::LatestPosition};
use axum::extract::State;
use contracts::ports::{Resource, ShipmentParties, permissions};
use edge::{Answer, PathId, Problem, Session};
use kernel::ShipmentId;

/// Where a shipment's truck is.
///
/// The newest position of the booked driver, for the parties of the shipment, from the booking until the delivery; null
/// before and afterwards, and until the driver has sent one.
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
    let driver = parties.driver.filter(|_| parties.status.is_trip());
    let seen = driver.and_then(|driver| Some((driver, movement.positions.latest(driver, now)?)));
    Ok(Answer::ok(seen.map(|(driver, seen)| LatestPosition::new(driver, &seen.sample, now))))
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
