//! The whole market under a turned clock: real store, real engine, agents that bid by themselves.

use crate::{
    agents::{Driver, DriverCommand, Fit, Shipment, ShipmentCommand, Turn},
    fixtures::{HOUR, MILAN, ROME, id, morning, offer, registered, requested, seconds},
    market::{Market, MarketOptions, context},
};
use contracts::{
    ports::GreatCircleRoads,
    shipment::{LapseReason, Requested, SelectedBy, ShipmentStatus, Tender, Window},
    tracking::{StopKind, TripStop},
};
use kernel::{Actor, BidId, DriverId, Money, Position, RequestId, SeededEntropy, ShipmentId, Timestamp};
use runtime::{Assembly, CommandError, Order, Origin, Receipt, Turned, TurnedClock, compare_views};
use std::sync::Arc;
use store::{Store, StoreUrl};

struct House {
    turned: Turned,
    market: Market,
}

impl House {
    fn origin() -> Origin {
        let correlation: RequestId = id(8);
        Origin { tenant: id(1), actor: Actor::System("test"), correlation, idempotency: None }
    }

    fn submit(&mut self, order: Order) -> Result<Receipt, CommandError> {
        self.turned.submit(&Self::origin(), order)
    }

    fn tell(&mut self, shipment: u128, command: ShipmentCommand) {
        let receipt = self.submit(Order::new::<Shipment>(id(shipment), command)).unwrap();
        assert!(receipt.changed);
    }

    /// A driver of its own carrier that is online at a place.
    fn driver(&mut self, number: u128, auto_bid: bool, km_away: f64) {
        let mut registered = registered(300 + number);
        registered.profile.auto_bid = auto_bid;
        registered.profile.base.longitude = MILAN.longitude + km_away / 78.0;
        let register = DriverCommand::Register(Box::new(registered));
        let driver: DriverId = id(200 + number);
        for command in [register, DriverCommand::GoOnline] {
            let _ = self.submit(Order::new::<Driver>(driver, command)).unwrap();
        }
    }

    fn post(&mut self, number: u128, change: impl FnOnce(&mut Requested)) {
        let mut request = Requested { contact: id(900 + number), ..requested() };
        change(&mut request);
        self.tell(number, ShipmentCommand::Request(Box::new(request)));
    }

    fn turn(&mut self, seconds_from_start: u64) {
        self.turned.turn_to(morning().after(seconds(seconds_from_start))).unwrap();
    }

    fn shipment(&mut self, number: u128) -> Arc<Shipment> {
        self.turned.state::<Shipment>(id(number)).unwrap().unwrap()
    }

    fn driver_state(&mut self, number: u128) -> Arc<Driver> {
        self.turned.state::<Driver>(id(200 + number)).unwrap().unwrap()
    }

    fn deliver(&mut self, number: u128) {
        for to in [
            ShipmentStatus::EnRoutePickup,
            ShipmentStatus::Loading,
            ShipmentStatus::InTransit,
            ShipmentStatus::Unloading,
            ShipmentStatus::Delivered,
        ] {
            let proof = (to == ShipmentStatus::Delivered).then(|| id(6));
            self.tell(number, ShipmentCommand::Advance { to, proof });
        }
    }
}

fn commit(shipment: u128, bid: u128, after: Option<u128>) -> DriverCommand {
    let turn = after.map_or(Turn::Now, |after: u128| Turn::After(id(after)));
    DriverCommand::Commit { shipment: id(shipment), bid: id(bid), turn, ends_at: ROME }
}

fn assembly(market: &Market) -> Assembly {
    Assembly::new().with(context(market))
}

/// Runs a day on a fresh store and then compares every view with a rebuild from the log.
async fn day(play: impl FnOnce(&mut House) + Send + 'static) -> Store {
    let store = Store::open(&StoreUrl::Memory).await.unwrap();
    let market = Market::new(Arc::new(GreatCircleRoads), MarketOptions::default());
    let (played, parts) = (store.clone(), market.clone());
    tokio::task::spawn_blocking(move || {
        let clock = Arc::new(TurnedClock::at(morning()));
        let entropy = Arc::new(SeededEntropy::new(7));
        let turned = Turned::start(assembly(&parts), played, clock, entropy).unwrap();
        let mut house = House { turned, market: parts };
        play(&mut house);
        house.turned.commit().unwrap();
    })
    .await
    .unwrap();
    assert_eq!(compare_views(&assembly(&market), &store).await.unwrap(), [], "views equal a rebuild");
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_bid_and_confirm_by_themselves_until_the_payout() {
    let store = day(|house| {
        for number in 1..=4 {
            house.driver(number, true, 5.0 * number as f64);
        }
        house.driver(9, false, 1.0);
        house.post(1, |request| request.preferences.auto_accept = true);
        let shipment = house.shipment(1);
        assert_eq!((shipment.search.offered.len(), shipment.status), (5, ShipmentStatus::Requested));
        assert_eq!(
            house.driver_state(9).offers.iter().map(|offer| offer.shipment).collect::<Vec<_>>(),
            [id::<ShipmentId>(1)],
            "a person is offered it as well"
        );
        house.turn(119);
        let shipment = house.shipment(1);
        assert!(!shipment.bids.is_empty());
        for bid in &shipment.bids {
            assert_eq!(bid.offer.price, Money::euros(724, 80), "620 km cost 604, and 1.20 of that");
            assert!((30..=120).contains(&bid.at.since(morning()).as_secs()), "between half a minute and two");
            assert!(bid.offer.automatic && (0.0..=1.0).contains(&bid.offer.confidence));
        }
        house.turn(120);
        let shipment = house.shipment(1);
        assert_eq!(shipment.status, ShipmentStatus::Booked, "closed, accepted and confirmed at two minutes");
        let booking = shipment.booking.unwrap();
        let nearest = shipment.bids.iter().min_by_key(|bid| bid.offer.pickup_at).unwrap();
        assert_eq!(booking.pickup_at, nearest.offer.pickup_at);
        let driver = house.turned.state::<Driver>(booking.driver).unwrap().unwrap();
        assert_eq!(driver.committed, Some(id(1)));
        house.deliver(1);
        house.tell(1, ShipmentCommand::Rate { stars: 5 });
        house.tell(1, ShipmentCommand::Complete);
        let driver = house.turned.state::<Driver>(booking.driver).unwrap().unwrap();
        assert_eq!((driver.committed, driver.deliveries, driver.on_time, driver.ratings), (None, 1, 1, 1));
        assert_eq!(driver.delivered_kinds["general"], 1);
    })
    .await;
    let (ids, total) = crate::views::drivers::list(
        &store,
        &crate::views::drivers::DriverFilter { tenant: id(1), carrier: None, online: Some(true) },
        edge::Page::of(None, None).unwrap(),
    )
    .await
    .unwrap();
    assert_eq!((ids.len(), total), (5, 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_driver_is_never_booked_twice() {
    day(|house| {
        house.driver(1, false, 5.0);
        house.driver(2, false, 6.0);
        for shipment in [1, 2] {
            house.post(shipment, |_| {});
            for number in [1, 2] {
                let bid = contracts::shipment::BidSubmitted {
                    bid: id::<BidId>(shipment * 1000 + number),
                    ..offer(number, 700 + i64::try_from(number).unwrap())
                };
                house.tell(shipment, ShipmentCommand::SubmitBid(Box::new(bid)));
            }
            house.tell(
                shipment,
                ShipmentCommand::Select { bid: id(shipment * 1000 + 1), by: SelectedBy::Shipper },
            );
        }
        let confirm = |shipment: u128, number: u128| {
            Order::new::<Shipment>(
                id(shipment),
                ShipmentCommand::Confirm { bid: id(shipment * 1000 + number) },
            )
            .and::<Driver>(id(200 + number), commit(shipment, shipment * 1000 + number, None))
        };
        assert!(house.submit(confirm(1, 1)).unwrap().changed);
        let Err(CommandError::Refused(refusal)) = house.submit(confirm(2, 1)) else { panic!("it is taken") };
        assert_eq!(refusal.code, "driver.taken");
        assert_eq!(house.shipment(2).status, ShipmentStatus::Selected, "both or none");
        house.tell(2, ShipmentCommand::Lapse { bid: id(2001), reason: LapseReason::DriverTaken });
        assert_eq!(house.shipment(2).selection.unwrap().bid, id(2002), "the next rank is selected");
        assert!(house.submit(confirm(2, 2)).unwrap().changed);
        assert!(!house.submit(confirm(2, 2)).unwrap().changed, "again changes nothing");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selected_driver_that_is_taken_falls_at_once() {
    day(|house| {
        house.driver(1, false, 5.0);
        for shipment in [1, 2] {
            house.post(shipment, |_| {});
            let bid = contracts::shipment::BidSubmitted { bid: id(shipment * 1000), ..offer(1, 700) };
            house.tell(shipment, ShipmentCommand::SubmitBid(Box::new(bid)));
        }
        let _ = house.submit(Order::new::<Driver>(id(201), commit(1, 1000, None))).unwrap();
        house.tell(2, ShipmentCommand::Select { bid: id(2000), by: SelectedBy::Shipper });
        let shipment = house.shipment(2);
        assert_eq!((shipment.status, shipment.selection), (ShipmentStatus::Requested, None));
        assert_eq!(shipment.search.round, 2, "others are asked");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_is_booked_withdraws_its_other_bids() {
    day(|house| {
        house.driver(1, true, 5.0);
        house.post(1, |request| request.preferences.auto_accept = true);
        house.post(2, |_| {});
        house.turn(299);
        assert_eq!(house.shipment(2).open_bids().count(), 1);
        house.turn(300);
        assert_eq!(house.driver_state(1).committed, Some(id(1)));
        let left = house.shipment(2);
        assert_eq!((left.open_bids().count(), left.status), (0, ShipmentStatus::Requested));
    })
    .await;
}

/// From Rome to Milan, for a truck that is in Rome in the afternoon.
fn back_home(request: &mut Requested) {
    std::mem::swap(&mut request.pickup.position, &mut request.delivery.position);
    let window = |from, to| Window { from: morning().after(from * HOUR), to: morning().after(to * HOUR) };
    (request.pickup.window, request.delivery.window) = (window(12, 20), window(20, 60));
    request.preferences.auto_accept = true;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_home_is_offered_bid_and_booked_before_the_trip_ends() {
    let store = day(|house| {
        house.driver(1, true, 5.0);
        house.post(1, |request| request.preferences.auto_accept = true);
        house.turn(300);
        house.post(2, back_home);
        assert!(house.driver_state(1).offers.iter().all(|offer| offer.shipment == id(1)), "not loaded yet");
        for to in [ShipmentStatus::EnRoutePickup, ShipmentStatus::Loading, ShipmentStatus::InTransit] {
            house.tell(1, ShipmentCommand::Advance { to, proof: None });
        }
        house.post(3, back_home);
        let offer = house.driver_state(1).offers.last().cloned().unwrap();
        let Fit::After(load) = offer.fit else { panic!("{offer:?}") };
        assert_eq!((offer.shipment, load.after), (id(3), id(1)));
        assert!(load.extra_empty_km < -500.0, "it saves the way home: {load:?}");
        house.turn(700);
        let driver = house.driver_state(1);
        assert_eq!((driver.committed, driver.next.map(|next| next.shipment)), (Some(id(1)), Some(id(3))));
        let next = house.shipment(3).booking.unwrap();
        assert!(next.pickup_at >= morning().after(13 * HOUR), "after the delivery of the first");
        // 604.00 x 1.20 x 0.95
        assert_eq!(next.price, Money::euros(688, 56));
        for to in [ShipmentStatus::Unloading, ShipmentStatus::Delivered] {
            let proof = (to == ShipmentStatus::Delivered).then(|| id(6));
            house.tell(1, ShipmentCommand::Advance { to, proof });
        }
        assert_eq!((house.driver_state(1).committed, house.driver_state(1).next), (Some(id(3)), None));
        house.deliver(3);
        let driver = house.driver_state(1);
        assert_eq!((driver.committed, driver.deliveries), (None, 2));
    })
    .await;
    let warmed = crate::views::drivers::all(&store).await.unwrap();
    assert_eq!(warmed[0].on, None);
}

const BOLOGNA: Position = Position { latitude: 44.4949, longitude: 11.3426 };
const FLORENCE: Position = Position { latitude: 43.7696, longitude: 11.2558 };

/// 2 t from Bologna to Florence, on the way from Milan to Rome.
fn on_the_way(request: &mut Requested) {
    (request.pickup.position, request.delivery.position) = (BOLOGNA, FLORENCE);
    let window = |to| Window { from: morning(), to: morning().after(to * HOUR) };
    (request.pickup.window, request.delivery.window) = (window(20), window(30));
    (request.cargo.weight_kg, request.cargo.volume_m3) = (2000.0, 8.0);
    request.road_km = BOLOGNA.assumed_road_km(FLORENCE);
    request.preferences.auto_accept = true;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_load_is_offered_bid_and_booked_and_ends_by_itself() {
    let store = day(|house| {
        house.driver(1, true, 5.0);
        house.post(1, |request| request.preferences.auto_accept = true);
        house.turn(300);
        house.post(2, on_the_way);
        let offer = house.driver_state(1).offers.last().cloned().unwrap();
        let Fit::Along(load) = offer.fit else { panic!("{offer:?}") };
        assert_eq!((offer.shipment, load.along), (id(2), id(1)));
        assert!(load.extra_km > 20.0 && load.extra_km < 80.0 && load.extra_minutes > 100, "{load:?}");
        assert!(load.extra_cost.minor > 5_000, "{load:?}");
        house.turn(700);
        let driver = house.driver_state(1);
        assert_eq!(driver.committed, Some(id(1)));
        assert_eq!(driver.parts.iter().map(|part| part.shipment).collect::<Vec<_>>(), [id(2)]);
        let stop = |number, stop| TripStop { shipment: id(number), stop };
        let order = [
            stop(1, StopKind::Pickup),
            stop(2, StopKind::Pickup),
            stop(2, StopKind::Delivery),
            stop(1, StopKind::Delivery),
        ];
        assert_eq!(driver.stops.as_slice(), order);
        house.post(3, |request| {
            on_the_way(request);
            (request.cargo.weight_kg, request.cargo.volume_m3) = (150.0, 2.0);
        });
        let offer = house.driver_state(1).offers.last().cloned().unwrap();
        assert!(matches!(offer.fit, Fit::Along(_)) && offer.shipment == id(3), "a third: {offer:?}");
        house.post(4, on_the_way);
        assert!(house.shipment(4).search.offered.is_empty(), "8 t, 2 t and 2 t are too many");
        for to in [ShipmentStatus::EnRoutePickup, ShipmentStatus::Loading, ShipmentStatus::InTransit] {
            house.tell(1, ShipmentCommand::Advance { to, proof: None });
        }
        house.deliver(2);
        let driver = house.driver_state(1);
        assert_eq!((driver.committed, driver.deliveries), (Some(id(1)), 1));
        house.tell(3, ShipmentCommand::Cancel { by: crate::agents::CancelledBy::Shipper });
        let driver = house.driver_state(1);
        assert!(driver.parts.is_empty() && driver.stops.is_empty(), "alone again: {driver:?}");
        for to in [ShipmentStatus::Unloading, ShipmentStatus::Delivered] {
            let proof = (to == ShipmentStatus::Delivered).then(|| id(6));
            house.tell(1, ShipmentCommand::Advance { to, proof });
        }
        assert_eq!(house.driver_state(1).committed, None);
    })
    .await;
    let warmed = crate::views::drivers::all(&store).await.unwrap();
    assert_eq!(warmed[0].on, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_that_is_delivered_leaves_the_others_aboard() {
    day(|house| {
        house.driver(1, true, 5.0);
        house.post(1, |request| request.preferences.auto_accept = true);
        house.turn(300);
        // Beyond Rome's delivery nothing is loaded, but this is unloaded after it.
        house.post(2, |request| {
            on_the_way(request);
            request.delivery.position = Position { latitude: 41.85, longitude: 12.6 };
            request.delivery.window.to = morning().after(36 * HOUR);
            request.road_km = BOLOGNA.assumed_road_km(request.delivery.position);
        });
        house.turn(700);
        assert_eq!(house.driver_state(1).stops.len(), 4);
        for number in [1, 2] {
            for to in [ShipmentStatus::EnRoutePickup, ShipmentStatus::Loading, ShipmentStatus::InTransit] {
                house.tell(number, ShipmentCommand::Advance { to, proof: None });
            }
        }
        for to in [ShipmentStatus::Unloading, ShipmentStatus::Delivered] {
            let proof = (to == ShipmentStatus::Delivered).then(|| id(6));
            house.tell(1, ShipmentCommand::Advance { to, proof });
        }
        let driver = house.driver_state(1);
        assert_eq!((driver.committed, driver.committed_by.is_some()), (Some(id(2)), true));
        assert!(driver.parts.is_empty() && driver.stops.is_empty());
        house.post(3, |request| {
            back_home(request);
            request.pickup.window.to = morning().after(40 * HOUR);
        });
        let offer = house.driver_state(1).offers.last().cloned().unwrap();
        assert!(matches!(offer.fit, Fit::After(load) if load.after == id(2)), "{offer:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_loads_home_are_never_both_booked() {
    day(|house| {
        house.driver(1, true, 5.0);
        house.post(1, |request| request.preferences.auto_accept = true);
        house.turn(300);
        for to in [ShipmentStatus::EnRoutePickup, ShipmentStatus::Loading, ShipmentStatus::InTransit] {
            house.tell(1, ShipmentCommand::Advance { to, proof: None });
        }
        house.post(2, back_home);
        house.post(3, back_home);
        house.turn(899);
        let booked = [2, 3].map(|number| house.shipment(number).booking.is_some());
        assert_eq!(booked.iter().filter(|booked| **booked).count(), 1, "{booked:?}");
        let next = house.driver_state(1).next.unwrap().shipment;
        let other = if next == id(2) { 3 } else { 2 };
        assert_eq!(house.shipment(other).open_bids().count(), 0, "its other bid is withdrawn");
        house.tell(
            if other == 3 { 2 } else { 3 },
            ShipmentCommand::Cancel { by: crate::agents::CancelledBy::Shipper },
        );
        assert_eq!((house.driver_state(1).committed, house.driver_state(1).next), (Some(id(1)), None));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wider_round_finds_a_driver_further_away_at_a_higher_price() {
    day(|house| {
        house.driver(1, true, 400.0);
        house.post(1, |_| {});
        assert!(house.shipment(1).search.offered.is_empty(), "400 km are beyond its 300");
        house.turn(299);
        assert_eq!(house.shipment(1).search.round, 1);
        house.turn(300 + 120);
        let shipment = house.shipment(1);
        assert_eq!((shipment.search.round, shipment.bids.len()), (2, 1), "1.5 x 300 km reach it");
        assert_eq!(shipment.bids[0].offer.price, Money::euros(797, 28), "a tenth more in the second round");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amendment_asks_anew_at_the_same_price() {
    day(|house| {
        house.driver(1, true, 5.0);
        house.post(1, |_| {});
        let tender = contracts::shipment::Amended { tender: Some(Tender::Broadcast), ..Default::default() };
        house.tell(1, ShipmentCommand::Amend(Box::new(tender)));
        house.turn(120);
        let shipment = house.shipment(1);
        assert_eq!((shipment.search.round, shipment.bids.len()), (2, 1));
        assert_eq!(shipment.bids[0].offer.price, Money::euros(724, 80), "nobody was silent");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waterfall_offers_to_one_carrier_after_the_other() {
    day(|house| {
        for number in 1..=3 {
            house.driver(number, number == 2, 5.0);
        }
        house.post(1, |request| {
            request.tender = Tender::Waterfall { carriers: vec![id(301), id(302)], step_seconds: 150 };
        });
        assert_eq!(house.shipment(1).search.offered.as_slice(), [id::<DriverId>(201)]);
        house.turn(150);
        assert_eq!(house.shipment(1).search.offered.as_slice(), [201, 202].map(id::<DriverId>));
        house.turn(300);
        let shipment = house.shipment(1);
        assert_eq!((shipment.bids.len(), shipment.bids[0].offer.carrier), (1, id(302)));
        assert!(shipment.search.closed_at.is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_and_a_booking_given_back_free_the_driver() {
    day(|house| {
        house.driver(1, true, 5.0);
        house.driver(2, true, 6.0);
        house.post(1, |request| request.preferences.auto_accept = true);
        house.turn(300);
        let first = house.shipment(1).booking.unwrap();
        house.tell(1, ShipmentCommand::WithdrawBid { bid: first.bid });
        let second = house.shipment(1).booking.expect("the next rank confirms by itself");
        assert_ne!(first.driver, second.driver);
        let committed =
            |house: &mut House, driver| house.turned.state::<Driver>(driver).unwrap().unwrap().committed;
        assert_eq!(committed(house, first.driver), None);
        assert_eq!(committed(house, second.driver), Some(id(1)));
        house.tell(1, ShipmentCommand::Cancel { by: crate::agents::CancelledBy::Shipper });
        assert_eq!(committed(house, second.driver), None);
        assert_eq!(house.market.drivers.counts(), (2, 2), "both take offers again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_sorted_and_counted() {
    let store = day(|house| {
        house.driver(1, false, 5.0);
        for number in 1..=3_u128 {
            house.post(number, |request| {
                request.pickup.window.from = morning().after(u32::try_from(4 - number).unwrap() * HOUR);
                if number == 3 {
                    request.shipper = id(77);
                    request.pickup.position = ROME;
                }
            });
            house.turn(u64::try_from(number).unwrap());
        }
        house.tell(2, ShipmentCommand::SubmitBid(Box::new(offer(1, 820))));
    })
    .await;
    use crate::views::shipments::{ShipmentFilter, Side, Sort, list};
    let all = ShipmentFilter {
        tenant: id(1),
        side: Side::Tenant,
        status: None,
        from: None,
        to: None,
        near: None,
        sort: Sort::Newest,
    };
    let page = |number| edge::Page::of(Some(number), Some(2)).unwrap();
    let ids = |numbers: &[u128]| numbers.iter().map(|number| id(*number)).collect::<Vec<ShipmentId>>();
    assert_eq!(list(&store, &all, page(1)).await.unwrap(), (ids(&[3, 2]), 3));
    assert_eq!(list(&store, &all, page(2)).await.unwrap(), (ids(&[1]), 3));
    for (filter, expected) in [
        (ShipmentFilter { sort: Sort::Oldest, ..all.clone() }, vec![1, 2]),
        (ShipmentFilter { sort: Sort::Pickup, ..all.clone() }, vec![3, 2]),
        (ShipmentFilter { side: Side::Shipper(id(77)), ..all.clone() }, vec![3]),
        (ShipmentFilter { side: Side::Carrier(id(301)), ..all.clone() }, vec![2]),
        (ShipmentFilter { side: Side::Carrier(id(302)), ..all.clone() }, vec![]),
        (ShipmentFilter { status: Some(ShipmentStatus::Bidding), ..all.clone() }, vec![2]),
        (ShipmentFilter { near: Some((ROME, 50.0)), ..all.clone() }, vec![3]),
        (ShipmentFilter { from: Some(morning().after(2 * HOUR)), ..all.clone() }, vec![2, 1]),
        (ShipmentFilter { to: Some(morning().after(HOUR)), ..all.clone() }, vec![3]),
        (ShipmentFilter { tenant: id(2), ..all.clone() }, vec![]),
    ] {
        assert_eq!(list(&store, &filter, page(1)).await.unwrap().0, ids(&expected), "{filter:?}");
    }
    let posted = crate::views::volumes::posted(&store, id(2), morning()).await.unwrap();
    let before = Timestamp::from_micros(0);
    assert_eq!((posted, crate::views::volumes::posted(&store, id(2), before).await.unwrap()), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_index_is_warmed_to_what_the_living_one_knows() {
    let store = day(|house| {
        for number in 1..=3 {
            house.driver(number, true, 5.0);
        }
        let _ = house.submit(Order::new::<Driver>(id(202), DriverCommand::GoOffline)).unwrap();
        let _ = house.submit(Order::new::<Driver>(id(203), commit(9, 9000, None))).unwrap();
        assert_eq!(house.market.drivers.counts(), (3, 1));
    })
    .await;
    let market = Market::new(Arc::new(GreatCircleRoads), MarketOptions::default());
    market.warm(&store).await.unwrap();
    assert_eq!(market.drivers.counts(), (3, 1));
    assert_eq!(market.drivers.carrier_of(id(201)), Some(id(301)));
}
