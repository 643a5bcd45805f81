//! Sixty-four carriers at once want the same docks, over the real engine and both stores.

#![expect(clippy::unwrap_used, clippy::panic, reason = "the whole crate is tests")]

#[path = "booking/places.rs"]
mod places;

use contracts::{
    facility::{Booking, CargoCount, DockWork, TruckShape, VehicleClass, yard_of},
    profile::{FacilityEvent, FacilityProfileWritten, FacilityState, FacilityType},
    shipment::Window,
};
use facilities::{
    agents::{How, Yard, YardCommand},
    views::appointments::{AppointmentFilter, of_facility},
};
use kernel::{
    Actor, AppointmentId, FacilityId, OrganisationId, Position, Refusal, RequestId, TenantId, Timestamp,
    TypedId, Uuid,
};
use places::Place;
use runtime::{
    Agent, Assembly, CommandError, Context, Order, Origin, Runtime, RuntimeOptions, SystemClock,
    SystemEntropy, Wait, compare_views,
};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use store::{Store, Verification};

const BOOKERS: u128 = 64;
const DOCKS: u32 = 4;
/// Hours for which they compete; each wants an hour at each of them.
const HOURS: u32 = 6;
const HOUR: Duration = Duration::from_secs(3600);

/// Writes profiles, in place of the market.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Profiles;

impl Agent for Profiles {
    type Id = FacilityId;
    type Command = FacilityProfileWritten;
    type Event = FacilityEvent;
    const KIND: &'static str = "facility";
    const SNAPSHOT: u32 = 1;

    fn decide(
        &self,
        command: &FacilityProfileWritten,
        _now: Timestamp,
    ) -> Result<Vec<FacilityEvent>, Refusal> {
        Ok(vec![command.clone().into()])
    }

    fn evolve(&mut self, _event: &FacilityEvent, _at: Timestamp) {}
}

fn assembly() -> Assembly {
    Assembly::new().with(Context::new().agent::<Profiles>()).with(facilities::context(&Arc::default()))
}

fn facility() -> FacilityId {
    FacilityId::from_uuid(Uuid::from_u128(9))
}

fn origin(number: u128) -> Origin {
    Origin {
        tenant: TenantId::from_uuid(Uuid::from_u128(1)),
        actor: Actor::System("test"),
        correlation: RequestId::from_uuid(Uuid::from_u128(number)),
        idempotency: None,
    }
}

fn profile() -> FacilityProfileWritten {
    FacilityProfileWritten {
        tenant: TenantId::from_uuid(Uuid::from_u128(1)),
        organisation: OrganisationId::from_uuid(Uuid::from_u128(2)),
        reference: "FAC-MIL-W000001".to_owned(),
        facility_type: FacilityType::Warehouse,
        position: Position { latitude: 45.4642, longitude: 9.19 },
        docks: DOCKS,
        state: FacilityState::Operational,
    }
}

fn wanted(carrier: u128, hour: u32) -> Booking {
    Booking {
        appointment: AppointmentId::from_uuid(Uuid::from_u128(carrier * 1000 + u128::from(hour))),
        carrier: OrganisationId::from_uuid(Uuid::from_u128(100 + carrier)),
        shipment: None,
        driver: None,
        work: DockWork::Loading,
        truck: TruckShape {
            class: VehicleClass::BoxTruck,
            length_cm: 1200,
            height_cm: 400,
            needs: Vec::new(),
        },
        minutes: 60,
        earliest: None,
        papers: CargoCount::default(),
    }
}

/// Books at every hour and half an hour later, so that the wishes overlap in two ways; counts what it got.
async fn book_all(runtime: Runtime, carrier: u128, first: Timestamp) -> usize {
    let mut got = 0;
    for hour in 0..HOURS {
        let shift = HOUR / 2 * (carrier % 2) as u32;
        let booking = Box::new(wanted(carrier, hour));
        let (from, how) = (first.after(HOUR * hour + shift), How::Exactly);
        let book = YardCommand::Book { booking, dock: None, from, how };
        let order = Order::new::<Yard>(yard_of(facility()), book).wait(Wait::Durable);
        match runtime.submit(&origin(carrier), order).await {
            Ok(receipt) => got += usize::from(receipt.changed),
            Err(CommandError::Refused(refusal)) => assert_eq!(refusal.code, "appointment.taken"),
            Err(other) => panic!("{other}"),
        }
    }
    got
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_bookers_never_get_one_slot_twice() {
    for place in Place::every("sixty_four_bookers_never_get_one_slot_twice").await {
        let store = Store::open(&place.url).await.unwrap();
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
        let runtime = Runtime::start(assembly(), store.clone(), clock, entropy, RuntimeOptions::default())
            .await
            .unwrap();
        let written = Order::new::<Profiles>(facility(), profile());
        let _receipt = runtime.submit(&origin(1), written).await.unwrap();
        let yard = runtime.state::<Yard>(yard_of(facility())).await.unwrap().unwrap();
        let first = yard.zone().unwrap().grid_up(runtime.now().after(HOUR), 60);

        let bookers: Vec<_> =
            (0..BOOKERS).map(|carrier| tokio::spawn(book_all(runtime.clone(), carrier, first))).collect();
        let mut got = 0;
        for booker in bookers {
            got += booker.await.unwrap();
        }
        nothing_overlaps(&store, first, got).await;
        let yard = runtime.state::<Yard>(yard_of(facility())).await.unwrap().unwrap();
        assert_eq!(yard.appointments.len(), got);
        runtime.stop().await;
        assert!(matches!(store.verify().await.unwrap(), Verification::Whole { .. }));
        assert_eq!(compare_views(&assembly(), &store).await.unwrap(), []);
        drop(store);
        place.remove().await;
    }
}

async fn nothing_overlaps(store: &Store, first: Timestamp, got: usize) {
    let window = Window { from: first, to: first.after(HOUR * (HOURS + 1)) };
    let filter = AppointmentFilter { facility: facility(), window, carrier: None, status: None };
    let (rows, total) = of_facility(store, &filter, 1000, 0).await.unwrap();
    assert_eq!((rows.len(), total), (got, got as u64), "who was told yes stands in the calendar");
    // Each dock has at least an hour in two: a wish is refused only where two others stand.
    assert!(got >= (DOCKS * HOURS) as usize / 2, "{got} of {}", DOCKS * HOURS);
    for (number, one) in rows.iter().enumerate() {
        for other in &rows[number + 1..] {
            let apart = one.window.to <= other.window.from || other.window.to <= one.window.from;
            assert!(apart || one.dock != other.dock, "{one:?}\n{other:?}");
        }
    }
    // And every hour is as full as it can be: no dock was free for somebody who was refused.
    for hour in 0..HOURS {
        let (from, to) = (first.after(HOUR * hour), first.after(HOUR * (hour + 1)));
        let there = rows.iter().filter(|row| row.window.from < to && row.window.to > from);
        let docks: std::collections::BTreeSet<_> = there.map(|row| row.dock.clone()).collect();
        assert_eq!(docks.len(), DOCKS as usize, "hour {hour}");
    }
}
