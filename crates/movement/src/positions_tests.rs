//! Taking positions in: what is stored, what is shown, what is told.

use super::*;
use crate::test_bench::{NOW, bench, bench_over, driver, tenant};
use kernel::Position;

fn sample(seconds_ago: u64, latitude: f64) -> Sample {
    let position = Position { latitude, longitude: 9.19 };
    Sample {
        position,
        at: NOW.before(Duration::from_secs(seconds_ago)),
        speed_kmh: Some(70.0),
        heading: None,
        mocked: None,
    }
}

#[tokio::test]
async fn an_older_point_goes_to_the_history_and_replaces_nothing() {
    let bench = bench().await;
    bench.positions.record(tenant(), driver(), &[sample(10, 45.2)], NOW).await.unwrap();
    bench.positions.record(tenant(), driver(), &[sample(60, 45.1)], NOW).await.unwrap();
    assert_eq!(bench.positions.latest(driver(), NOW).unwrap().sample, sample(10, 45.2));
    let history =
        bench.positions.history(driver(), NOW.before(Duration::from_secs(3600)), NOW, 10).await.unwrap();
    assert_eq!(history, [sample(60, 45.1), sample(10, 45.2)]);
    assert_eq!(bench.told.0.lock().as_slice(), [sample(10, 45.2).live(driver())]);
}

#[tokio::test]
async fn of_a_batch_in_any_order_the_newest_is_shown_once() {
    let bench = bench().await;
    let batch = [sample(20, 45.1), sample(5, 45.3), sample(10, 45.2)];
    bench.positions.record(tenant(), driver(), &batch, NOW).await.unwrap();
    assert_eq!(bench.told.0.lock().as_slice(), [sample(5, 45.3).live(driver())]);
    let history =
        bench.positions.history(driver(), NOW.before(Duration::from_secs(60)), NOW, 10).await.unwrap();
    assert_eq!(history.len(), 3);
}

#[tokio::test]
async fn what_comes_twice_is_stored_and_told_once() {
    let bench = bench().await;
    for _ in 0..2 {
        bench.positions.record(tenant(), driver(), &[sample(10, 45.2), sample(5, 45.3)], NOW).await.unwrap();
    }
    let history =
        bench.positions.history(driver(), NOW.before(Duration::from_secs(60)), NOW, 10).await.unwrap();
    assert_eq!((history.len(), bench.told.0.lock().len()), (2, 1));
}

#[tokio::test]
async fn after_a_restart_the_latest_positions_are_known_again() {
    let before = bench().await;
    before.positions.record(tenant(), driver(), &[sample(10, 45.2)], NOW).await.unwrap();
    let after = bench_over(before.telemetry.clone());
    assert_eq!(after.positions.latest(driver(), NOW), None);
    let newest = after.positions.catch_up(NOW.before(Duration::from_secs(60)), NOW).await.unwrap();
    assert_eq!(newest, Some(sample(10, 45.2).at));
    assert_eq!(after.positions.latest(driver(), NOW).unwrap().sample, sample(10, 45.2));
    assert_eq!(after.told.0.lock().as_slice(), [sample(10, 45.2).live(driver())]);
    after.positions.catch_up(NOW.before(Duration::from_secs(60)), NOW).await.unwrap();
    assert_eq!(after.told.0.lock().len(), 1, "what is known is not told again");
}
