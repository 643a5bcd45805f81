//! Position frames over the WebSocket: a driver's user reports for its own driver agent.

use crate::{Positions, frames, movement::resource_of};
use bytes::Bytes;
use contracts::ports::{
    Authenticator, Caller, DriverOwner, MarketUnavailable, PortFuture, ShipmentAccess, Verdict, permissions,
};
use edge::ws::BinaryHandler;
use kernel::{Clock, DriverId, UserId};
use moka::sync::Cache;
use std::{sync::Arc, time::Duration};

/// So many users' drivers are remembered.
const REMEMBERED_MAX: u64 = 100_000;
/// A driver agent that changes hands is noticed after this.
const REMEMBERED_FOR: Duration = Duration::from_secs(60);

/// Takes the binary frames of all sockets.
pub struct PositionFrames {
    positions: Positions,
    shipments: Arc<dyn ShipmentAccess>,
    authenticator: Arc<dyn Authenticator>,
    clock: Arc<dyn Clock>,
    /// A device sends every few seconds; whose it is need not be asked each time.
    drivers: Cache<UserId, (DriverId, DriverOwner)>,
}

impl PositionFrames {
    /// Over the positions and whoever knows the drivers and their rights.
    #[must_use]
    pub fn new(
        positions: Positions,
        shipments: Arc<dyn ShipmentAccess>,
        authenticator: Arc<dyn Authenticator>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let drivers = Cache::builder().max_capacity(REMEMBERED_MAX).time_to_live(REMEMBERED_FOR).build();
        Self { positions, shipments, authenticator, clock, drivers }
    }

    /// The answer to a frame; `None` when nothing is durable and the device must send it again.
    async fn answer(&self, caller: &Caller, bytes: &[u8]) -> Option<Bytes> {
        let Ok(known) = self.driver_of(caller).await else { return None };
        let Some((driver, owner)) = known else { return Some(refusal(bytes, frames::REFUSED_NO_DRIVER)) };
        let resource = resource_of(driver, &owner);
        if self.authenticator.authorise(caller, permissions::AGENT_POSITION, &resource) != Verdict::Allow {
            return Some(refusal(bytes, frames::REFUSED_NO_DRIVER));
        }
        let now = self.clock.now();
        let frame = match frames::decode(bytes, now) {
            Ok(frame) => frame,
            Err(error) => {
                tracing::debug!(%driver, code = error.code(), "a position frame was refused");
                return Some(refusal(bytes, error.number()));
            }
        };
        let last = frame.last_sequence();
        if let Err(error) = self.positions.record(owner.tenant, driver, &frame.into_samples(), now).await {
            tracing::warn!(%driver, %error, "positions could not be stored");
            return None;
        }
        Some(Bytes::copy_from_slice(&frames::acknowledgement(last)))
    }

    async fn driver_of(&self, caller: &Caller) -> Result<Option<(DriverId, DriverOwner)>, MarketUnavailable> {
        if let Some(known) = self.drivers.get(&caller.user) {
            return Ok(Some(known));
        }
        let Some(driver) = self.shipments.driver_of_user(caller.user).await? else { return Ok(None) };
        let Some(owner) = self.shipments.driver_owner(driver).await? else { return Ok(None) };
        self.drivers.insert(caller.user, (driver, owner.clone()));
        Ok(Some((driver, owner)))
    }
}

fn refusal(frame: &[u8], code: u8) -> Bytes {
    Bytes::copy_from_slice(&frames::refusal(frame, code))
}

impl BinaryHandler for PositionFrames {
    fn handle<'a>(&'a self, caller: &'a Caller, frame: Bytes) -> PortFuture<'a, Option<Bytes>> {
        Box::pin(async move { self.answer(caller, &frame).await })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Sample,
        frames::{Frame, Record, encode},
        test_bench::{Bench, Market, NOW, StoppedClock, bench, driver, tenant},
    };
    use contracts::ports::{AuthenticationError, Credential, Permission, Resource, Role};
    use kernel::{Actor, OrganisationId, Position, TypedId, Uuid};

    /// Allows what a driver does for itself.
    struct OwnOnly;

    impl Authenticator for OwnOnly {
        fn authenticate<'a>(
            &'a self,
            _: Credential<'a>,
        ) -> PortFuture<'a, Result<Caller, AuthenticationError>> {
            Box::pin(std::future::ready(Err(AuthenticationError::Invalid)))
        }

        fn authorise(&self, caller: &Caller, permission: Permission, resource: &Resource) -> Verdict {
            let own = permission == permissions::AGENT_POSITION && resource.users.contains(&caller.user);
            if own { Verdict::Allow } else { Verdict::Hide }
        }
    }

    fn caller(user: u128) -> Caller {
        let user = UserId::from_uuid(Uuid::from_u128(user));
        let organisation = OrganisationId::from_uuid(Uuid::from_u128(9));
        Caller { actor: Actor::User(user), user, tenant: tenant(), organisation, role: Role::Driver }
    }

    fn frames_over(bench: &Bench, owner: u128) -> PositionFrames {
        let market = Market {
            user: UserId::from_uuid(Uuid::from_u128(7)),
            owner: UserId::from_uuid(Uuid::from_u128(owner)),
        };
        PositionFrames::new(
            bench.positions.clone(),
            Arc::new(market),
            Arc::new(OwnOnly),
            Arc::new(StoppedClock(NOW)),
        )
    }

    fn frame(sequence: u32, count: u64) -> Vec<u8> {
        let sample = |age| Sample {
            position: Position { latitude: 45.0, longitude: 9.0 },
            at: NOW.before(Duration::from_secs(age)),
            speed_kmh: None,
            heading: None,
            mocked: None,
        };
        let records = (sequence..)
            .zip((0..count).rev().map(sample))
            .map(|(sequence, sample)| Record { sequence, sample })
            .collect();
        encode(&Frame { records }).unwrap()
    }

    async fn stored(bench: &Bench) -> usize {
        let day = Duration::from_secs(86_400);
        bench.positions.history(driver(), NOW.before(day), NOW.after(day), 1000).await.unwrap().len()
    }

    #[tokio::test]
    async fn a_frame_is_acknowledged_when_it_is_stored_and_again_when_it_is_repeated() {
        let bench = bench().await;
        let frames = frames_over(&bench, 7);
        for _ in 0..2 {
            let answer = frames.handle(&caller(7), frame(40, 3).into()).await.unwrap();
            assert_eq!(answer[..], frames::acknowledgement(42));
        }
        assert_eq!(stored(&bench).await, 3);
    }

    #[tokio::test]
    async fn a_bad_record_refuses_the_whole_frame() {
        let bench = bench().await;
        let mut bytes = frame(40, 3);
        bytes[8..12].copy_from_slice(&i32::MAX.to_le_bytes());
        let answer = frames_over(&bench, 7).handle(&caller(7), bytes.into()).await.unwrap();
        assert_eq!(answer[..], [1, 130, 40, 0, 0, 0, 5]);
        assert_eq!((stored(&bench).await, bench.positions.latest(driver(), NOW)), (0, None));
    }

    #[tokio::test]
    async fn who_is_no_driver_or_not_this_one_is_refused() {
        let bench = bench().await;
        for (frames, caller) in [(frames_over(&bench, 7), caller(8)), (frames_over(&bench, 6), caller(7))] {
            let answer = frames.handle(&caller, frame(1, 1).into()).await.unwrap();
            assert_eq!(answer[..], [1, 130, 1, 0, 0, 0, frames::REFUSED_NO_DRIVER]);
        }
        assert_eq!(stored(&bench).await, 0);
    }
}
