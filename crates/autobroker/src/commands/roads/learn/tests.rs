//! What is learned from a store is worth something: drives on simulated days become trips and positions of a real store, the
//! command learns from those, and drives of days held back are foretold better than by the usual speeds.

use super::{
    super::eta::{Drive, Errors, FIRST_DAY, WISH, drive},
    learn,
};
use contracts::{
    shipment::Window,
    tracking::{PlannedStop, TripBegun, TripEnd},
};
use kernel::{
    Actor, DriverId, Position, RequestId, SeededEntropy, ShipmentId, TenantId, Timestamp, TripId, TypedId,
    UserId, Uuid,
};
use movement::{
    agents::{Trip, TripCommand},
    watch::Watch,
};
use roads::{Live, Router, synthetic, synthetic::Dice};
use runtime::{Assembly, Order, Origin, Turned, TurnedClock};
use std::sync::Arc;
use store::{PositionRow, Store, StoreUrl, Telemetry};

const DAYS: u32 = 8;
const HELD_BACK: u32 = 2;
const DRIVES: u32 = 60;

fn id<I: TypedId>(number: u128) -> I {
    I::from_uuid(Uuid::from_u128(number))
}

fn terms(number: u128, drive: &Drive) -> TripBegun {
    let ended = drive.began.after(drive.took);
    let stop = |at: Position, planned_at: Timestamp| PlannedStop {
        position: at,
        window: Window { from: planned_at, to: planned_at },
        planned_at,
    };
    TripBegun {
        shipment: id::<ShipmentId>(10_000 + number),
        driver: id::<DriverId>(20_000 + number),
        carrier: id(3),
        shipper: id(4),
        pickup: stop(drive.route.from.point.into(), drive.began),
        delivery: stop(drive.route.to.point.into(), ended),
        stops: Vec::new(),
        vehicle: None,
    }
}

/// Drives the trips through their agents, each event at its own instant.
fn log_trips(store: &Store, drives: &[Drive]) {
    let clock = Arc::new(TurnedClock::at(FIRST_DAY));
    let assembly = Assembly::new().with(movement::context(&Arc::new(Watch::default())));
    let mut turned = Turned::start(assembly, store.clone(), clock, Arc::new(SeededEntropy::new(1))).unwrap();
    let begin = |number: usize, drive: &Drive| {
        (drive.began, number, TripCommand::Begin(Box::new(terms(number as u128, drive))))
    };
    let end = |number: usize, drive: &Drive| {
        (drive.began.after(drive.took), number, TripCommand::End(TripEnd::Delivered))
    };
    let both =
        drives.iter().enumerate().flat_map(|(number, drive)| [begin(number, drive), end(number, drive)]);
    let mut commands: Vec<_> = both.collect();
    commands.sort_by_key(|(at, number, _)| (*at, *number));
    for (at, number, command) in commands {
        turned.turn_to(at).unwrap();
        let origin = Origin {
            tenant: id::<TenantId>(2),
            actor: Actor::User(id::<UserId>(5)),
            correlation: id::<RequestId>(6),
            idempotency: None,
        };
        let trip = id::<TripId>(1 + number as u128);
        assert!(turned.submit(&origin, Order::new::<Trip>(trip, command)).unwrap().changed);
        turned.commit().unwrap();
    }
}

async fn log_positions(telemetry: &Telemetry, drives: &[Drive]) {
    for (number, drive) in drives.iter().enumerate() {
        let row = |(point, at): &(roads::geometry::Point, Timestamp)| PositionRow {
            tenant: id::<TenantId>(2),
            driver: id::<DriverId>(20_000 + number as u128),
            at: *at,
            position: (*point).into(),
            speed_kmh: None,
            heading: None,
        };
        telemetry.append(drive.track.iter().map(row).collect()).await.unwrap();
    }
}

#[tokio::test]
async fn trips_of_a_real_store_foretell_the_days_held_back() {
    let router = Router::contracted(synthetic::generate(10_000, 3).unwrap()).unwrap();
    let mut dice = Dice::new(7);
    let mut of_days = |days: std::ops::Range<u32>| -> Vec<Drive> {
        let one = |day| {
            let better = 0.95 + f64::from(dice.below(100)) / 1000.0;
            let drives: Vec<Drive> =
                (0..DRIVES).filter_map(|_| drive(&router, &mut dice, day, better)).collect();
            drives
        };
        days.flat_map(one).collect()
    };
    let (driven, held_back) = (of_days(0..DAYS), of_days(DAYS..DAYS + HELD_BACK));
    let folder = tempfile::tempdir().unwrap();
    let url = StoreUrl::Sqlite(folder.path().to_owned());
    let store = Store::open(&url).await.unwrap();
    let telemetry = Telemetry::open(&url).await.unwrap();
    log_positions(&telemetry, &driven).await;
    let (log, driven) = (store.clone(), Arc::new(driven));
    let trips = Arc::clone(&driven);
    tokio::task::spawn_blocking(move || log_trips(&log, &trips)).await.unwrap();
    let learned = learn(&router, &store, &telemetry, FIRST_DAY).await.unwrap();
    assert_eq!(learned.trips, driven.len(), "each trip says something");
    let (mut usual, mut foretold) = (Errors::default(), Errors::default());
    for Drive { route, began, took, .. } in &held_back {
        usual.add(route.effort.time_ms, *took);
        let timed = learned.speeds.timed(router.graph(), &WISH.vehicle, &Live::default(), *began, route);
        foretold.add(timed.effort.time_ms, *took);
    }
    let (usual, foretold) = (usual.summary(), foretold.summary());
    println!("{} trips learned, {} held back", driven.len(), held_back.len());
    println!("usual speeds:   {usual}\nlearned speeds: {foretold}");
    let of = |summary: &serde_json::Value, figure: &str| summary[figure].as_f64().unwrap();
    assert!(of(&foretold, "error_p50_minutes") < 0.6 * of(&usual, "error_p50_minutes"));
    assert!(of(&foretold, "within_10_min_share") >= of(&usual, "within_10_min_share").max(0.8));
    let none = learn(&router, &store, &telemetry, Timestamp::from_micros(i64::MAX / 2)).await.unwrap();
    assert_eq!((none.trips, none.parts), (0, 0), "older trips are not asked for");
}
