//! A brokerage under a turned clock: real shipments, payments, sagas, views and store.

use adapters::payments::{GuardedGateway, SandboxGateway};
use contracts::shipment::{
    BidFacts, BidSubmitted, Cargo, Preferences, Requested, SelectedBy, ServiceLevel, ShipmentStatus, Stop,
    Tender, Window,
};
use flows::BusinessMetrics;
use guard::{Guard, Policy};
use kernel::{
    Actor, BidId, DriverId, Money, OrganisationId, PersonId, Position, RequestId, SeededEntropy, ShipmentId,
    TenantId, Timestamp, TypedId, UserId, Uuid,
};
use market::agents::{Driver, FacilityProfile, Shipment, ShipmentCommand};
use runtime::{Assembly, Context, Order, Origin, Turned, TurnedClock};
use std::{sync::Arc, time::Duration};
use store::Store;

const HOUR: Duration = Duration::from_secs(3600);

/// The dispute window.
pub const WINDOW: Duration = Duration::from_secs(24 * 3600);

/// The one tenant.
pub fn tenant() -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(2))
}

/// The shipper of every shipment.
pub fn shipper() -> OrganisationId {
    OrganisationId::from_uuid(Uuid::from_u128(3))
}

/// The carrier of every shipment.
pub fn carrier() -> OrganisationId {
    OrganisationId::from_uuid(Uuid::from_u128(30))
}

/// A shipment by number.
pub fn shipment(number: u128) -> ShipmentId {
    ShipmentId::from_uuid(Uuid::from_u128(1000 + number))
}

/// The bid of a shipment.
pub fn bid(number: u128) -> BidId {
    BidId::from_uuid(Uuid::from_u128(2000 + number))
}

fn start() -> Timestamp {
    Timestamp::parse("2026-03-01T08:00:00Z").unwrap()
}

fn origin() -> Origin {
    Origin {
        tenant: tenant(),
        actor: Actor::User(UserId::from_uuid(Uuid::from_u128(4))),
        correlation: RequestId::from_uuid(Uuid::from_u128(5)),
        idempotency: None,
    }
}

/// What is assembled; the same for running and for rebuilding the views.
pub fn assembly(clock: &Arc<TurnedClock>, metrics: &BusinessMetrics) -> Assembly {
    let guard =
        Guard::new("payments", Policy::default(), Arc::clone(clock) as _, Arc::new(SeededEntropy::new(2)));
    let gateway = GuardedGateway::new(Arc::new(SandboxGateway::new()), guard);
    let sites = Arc::default();
    Assembly::new()
        .with(Context::new().agent::<Shipment>().agent::<Driver>().agent::<FacilityProfile>())
        .with(money::context(Arc::new(gateway)))
        .with(facilities::context(&sites))
        .with(flows::context(Arc::new(WINDOW), &sites, metrics))
}

/// The brokerage.
pub struct Brokerage {
    turned: Turned,
    now: Timestamp,
}

impl Brokerage {
    /// Opens it over a store, on a blocking thread.
    pub fn open(store: Store, metrics: &BusinessMetrics) -> Self {
        let clock = Arc::new(TurnedClock::at(start()));
        let assembly = assembly(&clock, metrics);
        let turned = Turned::start(assembly, store, clock, Arc::new(SeededEntropy::new(1))).unwrap();
        Self { turned, now: start() }
    }

    /// Time passes.
    pub fn turn(&mut self, by: Duration) {
        self.now = self.now.after(by);
        self.turned.turn_to(self.now).unwrap();
    }

    /// Everything so far becomes durable.
    pub fn commit(&mut self) {
        self.turned.commit().unwrap();
    }

    /// A person's command.
    pub fn ask(&mut self, number: u128, command: ShipmentCommand) {
        let order = Order::new::<Shipment>(shipment(number), command);
        assert!(self.turned.submit(&origin(), order).unwrap().changed);
    }

    /// Where a shipment stands.
    pub fn status(&mut self, number: u128) -> ShipmentStatus {
        self.turned.state::<Shipment>(shipment(number)).unwrap().unwrap().status
    }

    /// A shipment is posted, bid for, selected and confirmed.
    pub fn book(&mut self, number: u128, price: Money) {
        self.ask(number, ShipmentCommand::Request(Box::new(request(number))));
        self.ask(number, ShipmentCommand::SubmitBid(Box::new(offer(number, price))));
        self.ask(number, ShipmentCommand::Select { bid: bid(number), by: SelectedBy::Shipper });
        self.ask(number, ShipmentCommand::Confirm { bid: bid(number) });
    }

    /// The trip, to the proof of delivery.
    pub fn deliver(&mut self, number: u128) {
        use ShipmentStatus::{Delivered, EnRoutePickup, InTransit, Loading, Unloading};
        for to in [EnRoutePickup, Loading, InTransit, Unloading, Delivered] {
            let proof = (to == Delivered).then(|| PersonId::from_uuid(Uuid::from_u128(6)));
            self.ask(number, ShipmentCommand::Advance { to, proof });
        }
    }
}

fn offer(number: u128, price: Money) -> BidSubmitted {
    BidSubmitted {
        bid: bid(number),
        driver: DriverId::from_uuid(Uuid::from_u128(20)),
        carrier: carrier(),
        price,
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
    let stop = |latitude, longitude, from, to| Stop {
        position: Position { latitude, longitude },
        window: Window { from: start().after(HOUR * from), to: start().after(HOUR * to) },
    };
    Requested {
        tenant: tenant(),
        reference: format!("SHM-MIL-{number:06}"),
        shipper: shipper(),
        requested_by: UserId::from_uuid(Uuid::from_u128(4)),
        contact: PersonId::from_uuid(Uuid::from_u128(5)),
        pickup: stop(45.4642, 9.19, 24, 28),
        delivery: stop(41.9028, 12.4964, 34, 40),
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
