//! A living market over a live runtime whose clock the test turns.

use super::*;
use crate::{dice::source, house::House};
use contracts::shipment::{BidFacts, BidSubmitted};
use edge::{
    Metrics,
    ws::{Audience, Hub, HubOptions},
};
use kernel::{BidId, Clock, Entropy, Money, ShipmentId};
use market::{MarketAccess, agents::ShipmentCommand};
use runtime::{RuntimeOptions, TurnedClock};
use store::{Store, StoreUrl, Telemetry};

struct Bench {
    platform: Platform,
    clock: Arc<TurnedClock>,
    living: Living,
}

fn options() -> LivingOptions {
    LivingOptions {
        tenant: TenantId::from_uuid(kernel::Uuid::from_u128(5)),
        drivers: 12,
        posting_every: Duration::from_secs(20),
        pace: Pace::new(60.0).unwrap(),
        seed: 7,
        opening: 0,
        guests: Guests::default(),
    }
}

async fn bench(store: &Store, telemetry: &Telemetry) -> Bench {
    let clock = Arc::new(TurnedClock::at(START));
    let entropy: Arc<dyn Entropy> = Arc::new(source(7, 9));
    let country = Arc::new(Country::of_gazetteer("IT").unwrap());
    let living = Living::new(options(), Arc::clone(&country));
    let house =
        House::new(country.roads().clone(), clock.clone(), Arc::clone(&entropy), market::OnTheWay::default());
    let assembly = house.assembly([living.observer()]);
    let runtime = Runtime::start(
        assembly,
        store.clone(),
        clock.clone(),
        Arc::clone(&entropy),
        RuntimeOptions::default(),
    )
    .await
    .unwrap();
    let access = Arc::new(MarketAccess::new(runtime.clone()));
    let hub = Hub::new(HubOptions::default(), Metrics::default());
    let positions = Positions::new(telemetry.clone(), house.live_drivers(), access, hub, Audience::ALL);
    let vault = Vault::new(store.clone(), [1; 32], entropy);
    Bench { platform: Platform { runtime, vault, positions }, clock, living }
}

impl Bench {
    fn clerk(&self) -> Clerk {
        Clerk::new(options().tenant, self.platform.vault.clone(), Arc::clone(self.platform.runtime.entropy()))
    }

    async fn must(&self, user: UserId, order: Order) {
        assert!(carry_out(&self.platform, &self.clerk(), user, order).await.unwrap());
    }

    /// Somebody posts, the first driver bids and is booked.
    async fn book(&mut self) -> (ShipmentId, DriverId) {
        let now = self.clock.now();
        self.living.cast.plan_posting(now);
        let doing = self.living.cast.next(now).unwrap();
        let Deed::Post(posting) = &doing.deed else { panic!("{doing:?}") };
        assert!(perform(&self.platform, &self.clerk(), &doing, now).await.unwrap());
        let trucker = self.living.cast.people().truckers[0].clone();
        self.must(trucker.user, Order::new::<Driver>(trucker.id, market::agents::DriverCommand::GoOnline))
            .await;
        let offer = BidSubmitted {
            bid: BidId::generate(now, &**self.platform.runtime.entropy()),
            driver: trucker.id,
            carrier: trucker.carrier,
            price: Money::euros(800, 0),
            pickup_at: posting.pickup.window.from,
            delivery_at: posting.delivery.window.to,
            confidence: 0.9,
            automatic: false,
            facts: BidFacts {
                on_time_rate: 1.0,
                similar_shipments: 0,
                vehicle_year: 2022,
                electric: false,
                rating: 4.0,
                approach_km: 10.0,
            },
        };
        let (shipment, bid, driver) = (posting.shipment, offer.bid, offer.driver);
        self.must(
            trucker.user,
            Order::new::<Shipment>(shipment, ShipmentCommand::SubmitBid(Box::new(offer))),
        )
        .await;
        let confirm =
            Deed::Confirm { shipment, bid, driver, after: None, ends_at: posting.delivery.position };
        for deed in [Deed::Select { shipment, bid }, confirm] {
            let order = self.clerk().order(&Doing { user: doing.user, deed }, Counts::default(), now);
            // A driver that bids by itself may have confirmed already, which is as good.
            carry_out(&self.platform, &self.clerk(), doing.user, order).await.unwrap();
        }
        (shipment, driver)
    }
}

async fn stopped(bench: Bench) {
    let (_, stop) = watch::channel(true);
    bench.living.live(bench.platform.clone(), stop).await.unwrap();
    bench.platform.runtime.stop().await;
}

#[tokio::test]
async fn the_same_people_sign_up_once_whatever_the_restarts() {
    let store = Store::open(&StoreUrl::Memory).await.unwrap();
    let telemetry = Telemetry::open(&StoreUrl::Memory).await.unwrap();
    stopped(bench(&store, &telemetry).await).await;
    let events = store.head().await.unwrap().position;
    assert!(events >= 12, "{events} events");
    stopped(bench(&store, &telemetry).await).await;
    assert_eq!(store.head().await.unwrap().position, events);
}

fn guest(number: u128) -> Guest {
    let uuid = kernel::Uuid::from_u128(number);
    Guest { user: UserId::from_uuid(uuid), organisation: OrganisationId::from_uuid(uuid) }
}

#[tokio::test]
async fn guests_own_freight_and_a_fleet_and_a_truck_that_waits_for_its_driver() {
    let store = Store::open(&StoreUrl::Memory).await.unwrap();
    let telemetry = Telemetry::open(&StoreUrl::Memory).await.unwrap();
    let mut bench = bench(&store, &telemetry).await;
    let [shipper, carrier, driver, facility] = [1, 2, 3, 4].map(|number| Some(guest(number)));
    let guests = Guests { shipper, carrier, driver, facility };
    let options = LivingOptions { guests, ..options() };
    bench.living = Living::new(options, Arc::new(Country::of_gazetteer("IT").unwrap()));
    let people = bench.living.cast.people();
    assert_eq!(people.shippers[0].organisation, guest(1).organisation);
    let fleet = people.truckers.iter().filter(|trucker| trucker.carrier == guest(2).organisation).count();
    assert!(fleet > 0);
    bench.living.register(&bench.platform, &bench.clerk()).await.unwrap();
    let truck: DriverId = DriverId::from_uuid(guest(3).user.uuid());
    let driver = bench.platform.runtime.state::<Driver>(truck).await.unwrap().unwrap();
    let registered = driver.registered.as_ref().unwrap();
    assert!(!driver.online && !registered.profile.auto_bid);
    let site = bench.platform.runtime.state::<FacilityProfile>(Clerk::site_of(guest(4).user)).await.unwrap();
    let site = site.unwrap().written.clone().unwrap();
    assert_eq!((site.position, site.organisation), (registered.profile.base, guest(4).organisation));
    let user = guest(3).user.to_string();
    let own = bench.platform.runtime.store().claim_owner("driver_of_user", &user);
    assert_eq!(own.await.unwrap(), Some(truck.to_string()), "its driver's page finds it");
    bench.platform.runtime.stop().await;
}

#[tokio::test]
async fn after_a_restart_a_driver_goes_on_with_its_trip() {
    let store = Store::open(&StoreUrl::Memory).await.unwrap();
    let telemetry = Telemetry::open(&StoreUrl::Memory).await.unwrap();
    let mut before = bench(&store, &telemetry).await;
    before.living.register(&before.platform, &before.clerk()).await.unwrap();
    let (shipment, driver) = before.book().await;
    let booked = before.platform.runtime.state::<Driver>(driver).await.unwrap().unwrap();
    assert_eq!(booked.committed, Some(shipment));
    before.platform.runtime.stop().await;

    let mut after = bench(&store, &telemetry).await;
    after.living.resume(&after.platform).await.unwrap();
    let soon = after.clock.now().after(Duration::from_secs(3600));
    let doing = after.living.cast.next(soon).unwrap();
    let Deed::Advance { shipment: resumed, to } = doing.deed else { panic!("{doing:?}") };
    assert_eq!((resumed, to), (shipment, contracts::shipment::ShipmentStatus::EnRoutePickup));
    after.platform.runtime.stop().await;
}
