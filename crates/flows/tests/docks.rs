//! Docks are booked with a booking and given back with it, over the real engine and yards.

#![expect(clippy::unwrap_used, reason = "the whole crate is tests")]

use contracts::{
    facility::{Arrangement, DockWork, SlotRules, yard_of},
    profile::{FacilityProfileWritten, FacilityState, FacilityType},
    shipment::{
        BidFacts, BidSubmitted, Cargo, LapseReason, Preferences, Requested, SelectedBy, ServiceLevel, Stop,
        Tender, Window,
    },
    tracking::{StopKind, trip_of},
};
use facilities::agents::{Appointment, Stage, Yard, YardCommand};
use flows::{BusinessMetrics, appointment_of};
use kernel::{
    Actor, AlertId, BidId, DriverId, FacilityId, Money, OrganisationId, PersonId, Position, RequestId,
    SeededEntropy, ShipmentId, TenantId, Timestamp, TypedId, UserId, Uuid,
};
use market::agents::{CancelledBy, Driver, FacilityCommand, FacilityProfile, Shipment, ShipmentCommand};
use movement::agents::{Finding, Trip, TripCommand};
use runtime::{Agent, Assembly, Context, Order, Origin, Turned, TurnedClock};
use std::{sync::Arc, time::Duration};
use store::{Store, StoreUrl};

const HOUR: Duration = Duration::from_secs(3600);
const MILAN: Position = Position { latitude: 45.4642, longitude: 9.19 };
const ROME: Position = Position { latitude: 41.9028, longitude: 12.4964 };

fn id<I: TypedId>(number: u128) -> I {
    I::from_uuid(Uuid::from_u128(number))
}

fn start() -> Timestamp {
    Timestamp::parse("2026-03-01T08:00:00Z").unwrap()
}

struct Play(Turned);

impl Play {
    /// A brokerage with a facility of one dock at the pickup.
    async fn open() -> (Store, Arc<TurnedClock>) {
        (Store::open(&StoreUrl::Memory).await.unwrap(), Arc::new(TurnedClock::at(start())))
    }

    fn start(store: Store, clock: Arc<TurnedClock>) -> Self {
        let sites = Arc::default();
        let guard = guard::Guard::new(
            "payments",
            guard::Policy::default(),
            Arc::clone(&clock) as _,
            Arc::new(SeededEntropy::new(2)),
        );
        let gateway = adapters::payments::GuardedGateway::new(
            Arc::new(adapters::payments::SandboxGateway::new()),
            guard,
        );
        let agents = Context::new().agent::<Shipment>().agent::<Driver>().agent::<FacilityProfile>();
        let assembly = Assembly::new()
            .with(agents.agent::<Trip>())
            .with(money::context(Arc::new(gateway)))
            .with(facilities::context(&sites))
            .with(flows::context(Arc::new(24 * HOUR), &sites, &BusinessMetrics::new()));
        let mut play = Self(Turned::start(assembly, store, clock, Arc::new(SeededEntropy::new(1))).unwrap());
        play.ask::<FacilityProfile>(id(9), FacilityCommand::Create(Box::new(facility())));
        play.0.commit().unwrap();
        play
    }

    fn ask<A: Agent>(&mut self, id: A::Id, command: A::Command) {
        let origin = Origin {
            tenant: crate::id(2),
            actor: Actor::User(crate::id(4)),
            correlation: crate::id::<RequestId>(5),
            idempotency: None,
        };
        assert!(self.0.submit(&origin, Order::new::<A>(id, command)).unwrap().changed);
        self.0.commit().unwrap();
    }

    fn book(&mut self, number: u128) {
        let shipment = id::<ShipmentId>(1000 + number);
        self.ask::<Shipment>(shipment, ShipmentCommand::Request(Box::new(request(number))));
        self.ask::<Shipment>(shipment, ShipmentCommand::SubmitBid(Box::new(offer(number))));
        let bid = id(2000 + number);
        self.ask::<Shipment>(shipment, ShipmentCommand::Select { bid, by: SelectedBy::Shipper });
        self.ask::<Shipment>(shipment, ShipmentCommand::Confirm { bid });
    }

    /// Something was seen of the truck of a booking.
    fn note(&mut self, number: u128, finding: Finding) {
        let trip = trip_of(id(2000 + number));
        self.ask::<Trip>(trip, TripCommand::Note { finding, alert: id::<AlertId>(7) });
    }

    fn appointment(&mut self, number: u128, work: DockWork) -> Option<Appointment> {
        let yard = self.0.state::<Yard>(yard_of(id::<FacilityId>(9))).unwrap().unwrap();
        yard.appointments.get(appointment_of(id(2000 + number), work)).cloned()
    }
}

fn facility() -> FacilityProfileWritten {
    FacilityProfileWritten {
        tenant: id::<TenantId>(2),
        organisation: id::<OrganisationId>(8),
        reference: "FAC-MIL-W000001".to_owned(),
        facility_type: FacilityType::Warehouse,
        position: MILAN,
        docks: 1,
        state: FacilityState::Operational,
    }
}

fn offer(number: u128) -> BidSubmitted {
    BidSubmitted {
        bid: id::<BidId>(2000 + number),
        driver: id::<DriverId>(20),
        carrier: id::<OrganisationId>(30),
        price: Money::euros(820, 0),
        pickup_at: start().after(HOUR * 25),
        delivery_at: start().after(HOUR * 35),
        confidence: 0.9,
        automatic: false,
        facts: BidFacts {
            on_time_rate: 0.9,
            similar_shipments: 10,
            vehicle_year: 2024,
            electric: false,
            rating: 4.5,
            approach_km: 10.0,
        },
    }
}

fn request(number: u128) -> Requested {
    let stop = |position, from, to| Stop {
        position,
        window: Window { from: start().after(HOUR * from), to: start().after(HOUR * to) },
    };
    Requested {
        tenant: id::<TenantId>(2),
        reference: format!("SHM-MIL-{number:06}"),
        shipper: id::<OrganisationId>(3),
        requested_by: id::<UserId>(4),
        contact: id::<PersonId>(5),
        pickup: stop(MILAN, 24, 28),
        delivery: stop(ROME, 34, 40),
        cargo: Cargo {
            weight_kg: 8000.0,
            volume_m3: 30.0,
            kind: "general".to_owned(),
            requires: Vec::new(),
            value: None,
        },
        service_level: ServiceLevel::Standard,
        tender: Tender::Broadcast,
        preferences: Preferences::default(),
        road_km: 570.0,
    }
}

/// Plays on a blocking thread, where the engine may wait for its store.
async fn play(scenario: impl FnOnce(&mut Play) + Send + 'static) {
    let (store, clock) = Play::open().await;
    let played = tokio::task::spawn_blocking(move || scenario(&mut Play::start(store, clock)));
    played.await.unwrap();
}

#[tokio::test]
async fn a_booking_has_a_dock_where_a_facility_is_known() {
    play(|play| {
        play.book(1);
        let booked = play.appointment(1, DockWork::Loading).unwrap();
        assert_eq!((booked.stage, booked.window.from), (Stage::Scheduled, start().after(HOUR * 25)));
        assert_eq!(booked.booking.papers.reference.as_deref(), Some("SHM-MIL-000001"));
        assert!(play.appointment(1, DockWork::Unloading).is_none(), "nobody knows a facility in Rome");
        play.book(2);
        let second = play.appointment(2, DockWork::Loading).unwrap();
        assert_eq!(second.window.from, start().after(HOUR * 26), "the one dock is taken for an hour");
    })
    .await;
}

#[tokio::test]
async fn a_booking_that_finds_no_dock_is_not_forgotten() {
    play(|play| {
        let window = Window { from: start().after(HOUR), to: start().after(HOUR * 24 * 10) };
        let close = YardCommand::Close { docks: Vec::new(), window, reason: "strike".to_owned() };
        play.ask::<Yard>(yard_of(id(9)), close);
        play.book(1);
        let wanted = play.appointment(1, DockWork::Loading).unwrap();
        assert_eq!((wanted.stage, wanted.dock), (Stage::Displaced, None));
        assert_eq!(wanted.window.from, start().after(HOUR * 25), "when it was wanted");
        play.ask::<Yard>(yard_of(id(9)), YardCommand::Reopen { closure: 1 });
        assert_eq!(play.appointment(1, DockWork::Loading).unwrap().stage, Stage::Scheduled);
        play.ask::<Shipment>(id(1001), ShipmentCommand::Cancel { by: CancelledBy::Shipper });
        assert!(play.appointment(1, DockWork::Loading).is_none(), "it falls with its booking");
    })
    .await;
}

#[tokio::test]
async fn what_falls_gives_its_dock_back() {
    play(|play| {
        play.book(1);
        play.ask::<Shipment>(id(1001), ShipmentCommand::Cancel { by: CancelledBy::Shipper });
        assert!(play.appointment(1, DockWork::Loading).is_none());
        play.book(2);
        assert_eq!(play.appointment(2, DockWork::Loading).unwrap().window.from, start().after(HOUR * 25));
        let lapse = ShipmentCommand::Lapse { bid: id(2002), reason: LapseReason::PaymentFailed };
        play.ask::<Shipment>(id(1002), lapse);
        assert!(play.appointment(2, DockWork::Loading).is_none());
    })
    .await;
}

#[tokio::test]
async fn an_appointment_is_as_long_as_the_facility_says() {
    play(|play| {
        let rules = SlotRules { usual_minutes: 90, ..SlotRules::default() };
        let slow = Arrangement { rules, ..Arrangement::default() };
        play.ask::<Yard>(yard_of(id(9)), YardCommand::Arrange(Box::new(slow)));
        play.book(1);
        let Window { from, to } = play.appointment(1, DockWork::Loading).unwrap().window;
        assert_eq!(to.since(from), Duration::from_secs(90 * 60));
    })
    .await;
}

#[tokio::test]
async fn a_truck_that_will_be_late_has_its_dock_moved() {
    play(|play| {
        play.book(1);
        play.book(2);
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        let late = |stop, eta| Finding::Late { stop, eta, at: start() };
        play.note(1, late(StopKind::Delivery, start().after(HOUR * 35 + minutes(50))));
        let untouched = play.appointment(1, DockWork::Loading).unwrap();
        assert_eq!((untouched.eta, untouched.window.from), (None, start().after(HOUR * 25)));
        let eta = start().after(HOUR * 25 + minutes(50));
        play.note(1, late(StopKind::Pickup, eta));
        let moved = play.appointment(1, DockWork::Loading).unwrap();
        assert_eq!(
            (moved.eta, moved.window.from),
            (Some(eta), start().after(HOUR * 27)),
            "behind the second truck"
        );
        let near = start().after(HOUR * 26 + minutes(5));
        play.note(2, Finding::Arriving { stop: StopKind::Pickup, eta: near, at: start() });
        let kept = play.appointment(2, DockWork::Loading).unwrap();
        assert_eq!((kept.eta, kept.window.from), (Some(near), start().after(HOUR * 26)), "it is in time");
    })
    .await;
}
