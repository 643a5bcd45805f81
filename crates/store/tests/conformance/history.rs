//! Telemetry: history that grows old is packed, thinned and at last only counted, and reads the same until it is thinned.

use crate::{
    database::{Database, on_every_store},
    samples::{at, tenant},
};
use kernel::{DriverId, Entropy, Position, SeededEntropy, TenantId, Timestamp, TypedId, Uuid};
use std::time::Duration;
use store::{InvalidRetention, PositionRow, Progress, Retention, Stage, Telemetry, Upkeep};

on_every_store!(
    packed_history_reads_as_before,
    late_positions_join_what_is_packed,
    a_work_that_ends_after_any_step_loses_and_doubles_nothing,
    two_workers_at_once_lose_and_double_nothing,
    readers_and_writers_go_on_while_history_is_packed,
    old_history_has_one_position_a_minute,
    the_oldest_history_is_only_counted_and_names_nobody,
);

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

fn driver(number: u128) -> DriverId {
    DriverId::from_uuid(Uuid::from_u128(number))
}

fn row(number: u128, micros: i64, noise: u32) -> PositionRow {
    let noise = i64::from(noise);
    let position = Position {
        latitude: (450_000_000 + micros / 10_000 + noise) as f64 / 1e7,
        longitude: (91_900_000 - noise) as f64 / 1e7,
    };
    PositionRow {
        tenant: tenant(),
        driver: driver(number),
        at: Timestamp::from_micros(at(0).micros() + micros),
        position,
        speed_kmh: (noise % 7 != 0).then_some(noise as f64 / 1e3),
        heading: (noise % 5 != 0).then_some((noise % 360) as f64),
    }
}

/// Tracks of three days: dense, sparse, and one with a single position.
fn tracks(entropy: &SeededEntropy) -> Vec<PositionRow> {
    let mut rows = Vec::new();
    for (number, step) in [(1, 20), (2, 900), (3, 3 * DAY)] {
        let mut seconds = -2 * HOUR;
        while seconds < 3 * DAY {
            let micros = seconds * 1_000_000 + i64::from(entropy.below(900_000));
            rows.push(row(number, micros, entropy.below(400)));
            seconds += step;
        }
    }
    rows
}

async fn filled(database: &Database, rows: &[PositionRow]) -> Telemetry {
    let telemetry = Telemetry::open(&database.url()).await.unwrap();
    for part in rows.chunks(10_000) {
        telemetry.append(part.to_vec()).await.unwrap();
    }
    telemetry
}

async fn run(telemetry: &Telemetry, stage: Stage, now: Timestamp) -> Progress {
    let mut upkeep = Upkeep::new(telemetry, stage, &Retention::default(), now);
    while upkeep.step().await.unwrap() {}
    upkeep.progress()
}

async fn whole(telemetry: &Telemetry, number: u128) -> Vec<PositionRow> {
    telemetry.history(driver(number), at(-DAY), at(2000 * DAY), 100_000).await.unwrap()
}

fn of(rows: &[PositionRow], number: u128) -> Vec<PositionRow> {
    let mut rows: Vec<_> = rows.iter().copied().filter(|row| row.driver == driver(number)).collect();
    rows.sort_by_key(|row| row.at);
    rows
}

async fn packed_history_reads_as_before(database: &Database) {
    let entropy = SeededEntropy::new(3);
    let rows = tracks(&entropy);
    let telemetry = filled(database, &rows).await;
    // Two days are rows; of what was there on the fourth day the first two days and a bit are packed.
    let progress = run(&telemetry, Stage::Compact, at(4 * DAY)).await;
    let sizes = telemetry.sizes().await.unwrap();
    assert!(sizes.packed > 0 && sizes.rows > 0, "{sizes:?}");
    assert_eq!(sizes.rows + sizes.packed, rows.len() as u64);
    assert_eq!((progress.points_in, progress.points_out), (sizes.packed, sizes.packed));
    assert_eq!((progress.done, progress.found, progress.lost, progress.bytes), (3, 3, 0, sizes.packed_bytes));
    for number in 1..=4 {
        let all = of(&rows, number);
        assert_eq!(whole(&telemetry, number).await, all);
        for _ in 0..20 {
            let second = |entropy: &SeededEntropy| i64::from(entropy.below(80 * 3600)) - 3 * HOUR;
            let (from, to, limit) = (at(second(&entropy)), at(second(&entropy)), 1 + entropy.below(4000));
            let expected: Vec<_> = all
                .iter()
                .copied()
                .filter(|row| row.at >= from && row.at < to)
                .take(limit as usize)
                .collect();
            assert_eq!(telemetry.history(driver(number), from, to, limit).await.unwrap(), expected);
        }
    }
    assert_eq!(telemetry.latest(at(-DAY)).await.unwrap().len(), 3, "the newest are known as before");
    assert_eq!(run(&telemetry, Stage::Compact, at(4 * DAY)).await, Progress::default(), "once is enough");
    run(&telemetry, Stage::Compact, at(30 * DAY)).await;
    assert_eq!(telemetry.sizes().await.unwrap().rows, 0);
    assert_eq!(whole(&telemetry, 1).await, of(&rows, 1));
}

async fn late_positions_join_what_is_packed(database: &Database) {
    let entropy = SeededEntropy::new(4);
    let (early, late): (Vec<_>, Vec<_>) =
        tracks(&entropy).into_iter().partition(|row| row.at.micros() % 5 != 0);
    let telemetry = filled(database, &early).await;
    run(&telemetry, Stage::Compact, at(30 * DAY)).await;
    let chunks = telemetry.sizes().await.unwrap().chunks;
    telemetry.append(late.clone()).await.unwrap();
    // The same instant at another place, after the first is packed: the first is kept.
    let moved =
        |row: &PositionRow| PositionRow { position: Position { latitude: 1.0, longitude: 1.0 }, ..*row };
    telemetry.append(early.iter().step_by(50).map(moved).collect()).await.unwrap();
    let all: Vec<_> = early.into_iter().chain(late).collect();
    for number in 1..=3 {
        assert_eq!(whole(&telemetry, number).await, of(&all, number), "while they are rows");
    }
    run(&telemetry, Stage::Compact, at(30 * DAY)).await;
    let sizes = telemetry.sizes().await.unwrap();
    assert_eq!((sizes.rows, sizes.packed), (0, all.len() as u64));
    assert!(sizes.chunks <= chunks + 4, "late positions make no chunks of their own: {chunks}, {sizes:?}");
    for number in 1..=3 {
        assert_eq!(whole(&telemetry, number).await, of(&all, number), "when they are packed");
    }
}

async fn a_work_that_ends_after_any_step_loses_and_doubles_nothing(database: &Database) {
    let rows = tracks(&SeededEntropy::new(5));
    let telemetry = filled(database, &rows).await;
    let mut steps = 0;
    for stage in Stage::ALL {
        let now = if stage == Stage::Compact { at(30 * DAY) } else { at(20 * DAY) };
        loop {
            // As many steps as were taken before, and one more: then begin anew.
            let mut upkeep = Upkeep::new(&telemetry, stage, &Retention::default(), now);
            let mut is_left = true;
            for _ in 0..=steps % 4 {
                is_left = upkeep.step().await.unwrap();
            }
            steps += 1;
            for number in 1..=3 {
                assert_eq!(whole(&telemetry, number).await, of(&rows, number), "after {steps} beginnings");
            }
            if !is_left {
                break;
            }
        }
    }
    assert_eq!(telemetry.sizes().await.unwrap().packed, rows.len() as u64);
}

async fn two_workers_at_once_lose_and_double_nothing(database: &Database) {
    let rows = tracks(&SeededEntropy::new(6));
    let telemetry = filled(database, &rows).await;
    let work = |telemetry: Telemetry| async move { run(&telemetry, Stage::Compact, at(30 * DAY)).await };
    let (one, other) =
        tokio::join!(tokio::spawn(work(telemetry.clone())), tokio::spawn(work(telemetry.clone())));
    assert_eq!(one.unwrap().points_out + other.unwrap().points_out, rows.len() as u64);
    // Who was too slow three times left the driver to the other.
    assert_eq!(telemetry.sizes().await.unwrap().packed, rows.len() as u64);
    for number in 1..=3 {
        assert_eq!(whole(&telemetry, number).await, of(&rows, number));
    }
}

async fn readers_and_writers_go_on_while_history_is_packed(database: &Database) {
    let (early, late): (Vec<_>, Vec<_>) =
        tracks(&SeededEntropy::new(7)).into_iter().partition(|row| row.at.micros() % 3 != 0);
    let telemetry = filled(database, &early).await;
    let packing = {
        let telemetry = telemetry.clone();
        tokio::spawn(async move { run(&telemetry, Stage::Compact, at(30 * DAY)).await })
    };
    let mut acknowledged = early;
    for part in late.chunks(200) {
        telemetry.append(part.to_vec()).await.unwrap();
        acknowledged.extend(part);
        assert_eq!(whole(&telemetry, 1).await, of(&acknowledged, 1), "what is acknowledged is read at once");
    }
    packing.await.unwrap();
    run(&telemetry, Stage::Compact, at(30 * DAY)).await;
    assert_eq!(telemetry.sizes().await.unwrap().packed, acknowledged.len() as u64);
    for number in 1..=3 {
        assert_eq!(whole(&telemetry, number).await, of(&acknowledged, number));
    }
}

async fn old_history_has_one_position_a_minute(database: &Database) {
    let rows = tracks(&SeededEntropy::new(8));
    let telemetry = filled(database, &rows).await;
    run(&telemetry, Stage::Compact, at(30 * DAY)).await;
    assert_eq!(
        run(&telemetry, Stage::Thin, at(90 * DAY)).await.points_in,
        of(&rows, 1)
            .iter()
            .chain(&of(&rows, 2))
            .chain(&of(&rows, 3))
            .filter(|row| row.at < midnight(0))
            .count() as u64
    );
    let progress = run(&telemetry, Stage::Thin, at(94 * DAY)).await;
    assert_eq!(progress.lost, 0);
    let mut expected = of(&rows, 1);
    expected.dedup_by_key(|row| row.at.micros().div_euclid(60_000_000));
    assert!(expected.len() * 2 < of(&rows, 1).len());
    assert_eq!(whole(&telemetry, 1).await, expected);
    assert_eq!(whole(&telemetry, 2).await, of(&rows, 2), "one each 15 minutes stays");
    let sizes = telemetry.sizes().await.unwrap();
    assert_eq!(sizes.thinned, sizes.packed);
    assert_eq!(run(&telemetry, Stage::Thin, at(94 * DAY)).await, Progress::default(), "once is enough");
}

/// The beginning of a day; the samples begin at 08:00.
fn midnight(day: i64) -> Timestamp {
    Timestamp::from_micros(at(day * DAY).micros().div_euclid(86_400_000_000) * 86_400_000_000)
}

async fn the_oldest_history_is_only_counted_and_names_nobody(database: &Database) {
    // Ten minutes of six vehicles at one place, of one at another, and of six of another tenant.
    let other = TenantId::from_uuid(Uuid::from_u128(77));
    let mut rows = Vec::new();
    for number in 1..=13_u128 {
        for minute in 0..10 {
            let mut row = row(number, minute * 60_000_000, 30);
            row.position = Position { latitude: if number == 7 { 44.85 } else { 45.05 }, longitude: -0.05 };
            row.speed_kmh = Some(60.0);
            row.tenant = if number > 7 { other } else { tenant() };
            rows.push(row);
        }
    }
    let telemetry = filled(database, &rows).await;
    let old = at(1200 * DAY);
    for _ in 0..2 {
        for stage in Stage::ALL {
            // Ended after each step and begun again: what is counted is counted once.
            let mut steps = 1;
            while Upkeep::new(&telemetry, stage, &Retention::default(), old).step().await.unwrap()
                && steps < 40
            {
                let mut upkeep = Upkeep::new(&telemetry, stage, &Retention::default(), old);
                for _ in 0..steps {
                    upkeep.step().await.unwrap();
                }
                steps += 1;
            }
        }
    }
    for (tenant, vehicles) in [(tenant(), 6), (other, 6)] {
        let traffic =
            telemetry.traffic_around(tenant, Position { latitude: 45.05, longitude: -0.05 }).await.unwrap();
        assert_eq!(traffic.len(), 1, "a single vehicle's place is not told: {traffic:?}");
        assert_eq!((traffic[0].cell_latitude, traffic[0].cell_longitude, traffic[0].hour), (450, -1, 8));
        assert_eq!((traffic[0].vehicles, traffic[0].minutes, traffic[0].speeds), (vehicles, 60, 60));
        assert!((traffic[0].speed_sum_kmh - 3600.0).abs() < 1e-6);
    }
    let sizes = telemetry.sizes().await.unwrap();
    assert_eq!((sizes.rows, sizes.chunks, sizes.traffic), (0, 0, 2));
    assert_eq!(telemetry.latest(at(-DAY)).await.unwrap(), [], "where somebody was last is forgotten too");
}

#[test]
fn periods_that_contradict_each_other_are_refused() {
    let days = |days: u64| Duration::from_secs(days * 86_400);
    let retention = |rows, full, positions| Retention::new(days(rows), days(full), days(positions));
    assert_eq!(retention(2, 90, 1096), Ok(Retention::default()));
    assert_eq!(retention(7, 90, 1096), Err(InvalidRetention::Rows));
    assert_eq!(retention(6, 7, 1096), Err(InvalidRetention::Full));
    assert_eq!(retention(6, 90, 120), Err(InvalidRetention::Positions));
}
