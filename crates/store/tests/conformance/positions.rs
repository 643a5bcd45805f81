//! Telemetry: positions, their history and the newest of each driver.

use crate::{
    database::{Database, on_every_durable_store, on_every_store},
    samples::{at, tenant},
};
use kernel::{DriverId, Position, TypedId, Uuid};
use store::{PositionRow, StoreError, Telemetry};

on_every_store!(
    history_is_ordered_bounded_and_without_repetition,
    the_newest_position_of_each_driver_is_known,
    many_tasks_append_at_once,
    too_many_rows_at_once_are_refused,
);

on_every_durable_store!(positions_are_there_after_a_restart);

fn driver(number: u128) -> DriverId {
    DriverId::from_uuid(Uuid::from_u128(number))
}

fn row(number: u128, seconds: i64) -> PositionRow {
    PositionRow {
        tenant: tenant(),
        driver: driver(number),
        at: at(seconds),
        position: Position::new((450_000_000 + 10 * seconds) as f64 / 1e7, 9.19).unwrap(),
        speed_kmh: (seconds % 2 == 0).then_some(72.5),
        heading: (seconds % 3 == 0).then_some(270.0),
    }
}

const DAY: i64 = 86_400;

async fn open(database: &Database) -> Telemetry {
    Telemetry::open(&database.url()).await.unwrap()
}

async fn history_is_ordered_bounded_and_without_repetition(database: &Database) {
    let telemetry = open(database).await;
    telemetry.append(vec![row(1, 30), row(1, 10), row(2, 15), row(1, 20)]).await.unwrap();
    let moved = PositionRow { position: Position::new(1.0, 1.0).unwrap(), ..row(1, 20) };
    telemetry.append(vec![moved, row(1, DAY), row(1, 5 * DAY)]).await.unwrap();
    let read = telemetry.history(driver(1), at(10), at(30), 100).await.unwrap();
    assert_eq!(read, [row(1, 10), row(1, 20)]);
    let read = telemetry.history(driver(1), at(0), at(100 * DAY), 4).await.unwrap();
    assert_eq!(read, [row(1, 10), row(1, 20), row(1, 30), row(1, DAY)]);
    assert_eq!(telemetry.history(driver(3), at(0), at(100 * DAY), 4).await.unwrap(), []);
    telemetry.append(Vec::new()).await.unwrap();
}

async fn the_newest_position_of_each_driver_is_known(database: &Database) {
    let telemetry = open(database).await;
    telemetry.append(vec![row(1, 10), row(1, 30), row(2, 20)]).await.unwrap();
    // A late one does not turn it back.
    telemetry.append(vec![row(1, 20)]).await.unwrap();
    assert_eq!(telemetry.latest(at(0)).await.unwrap(), [row(1, 30), row(2, 20)]);
    assert_eq!(telemetry.latest(at(25)).await.unwrap(), [row(1, 30)]);
    assert_eq!(telemetry.latest(at(31)).await.unwrap(), []);
}

async fn many_tasks_append_at_once(database: &Database) {
    let telemetry = open(database).await;
    let tasks: Vec<_> = (0..50)
        .map(|number| {
            let telemetry = telemetry.clone();
            tokio::spawn(async move {
                for second in 0..20 {
                    telemetry.append(vec![row(number, second)]).await.unwrap();
                    let read =
                        telemetry.history(driver(number), at(second), at(second + 1), 1).await.unwrap();
                    assert_eq!(read, [row(number, second)]);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(telemetry.latest(at(0)).await.unwrap().len(), 50);
}

async fn too_many_rows_at_once_are_refused(database: &Database) {
    let telemetry = open(database).await;
    let rows = |count| (0..count).map(|second| row(1, second)).collect::<Vec<_>>();
    assert!(matches!(telemetry.append(rows(10_001)).await, Err(StoreError::Defect(_))));
    telemetry.append(rows(10_000)).await.unwrap();
    assert_eq!(telemetry.history(driver(1), at(0), at(DAY), 20_000).await.unwrap().len(), 10_000);
}

async fn positions_are_there_after_a_restart(database: &Database) {
    let telemetry = open(database).await;
    telemetry.append(vec![row(1, 10)]).await.unwrap();
    drop(telemetry);
    let telemetry = open(database).await;
    assert_eq!(telemetry.latest(at(0)).await.unwrap(), [row(1, 10)]);
}
