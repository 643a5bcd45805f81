//! Small days, whole: from the first posting to the last payout.

use super::*;
use rust_decimal::Decimal;
use store::StoreUrl;

/// Nobody watches, no time passes.
struct Blind;

impl Watch for Blind {
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn progress(&self, _: Progress) {}
}

fn options(seed: u64) -> Options {
    Options {
        flows: None,
        country: "IT".to_owned(),
        shipments: 60,
        drivers: 20,
        seed,
        start: START,
        faults: 0.0,
        return_loads: true,
        part_loads: true,
    }
}

async fn day(seed: u64, url: &StoreUrl, ticks_a_commit: u64) -> Report {
    run(options(seed), ground(url).await, Arc::new(Blind), ticks_a_commit).await.unwrap()
}

async fn ground(url: &StoreUrl) -> Ground {
    let (store, telemetry) = (Store::open(url).await, Telemetry::open(url).await);
    Ground { store: store.unwrap(), telemetry: telemetry.unwrap(), master_key: [5; 32] }
}

#[tokio::test]
async fn a_small_day_keeps_every_promise() {
    let report = day(7, &StoreUrl::Memory, 1).await;
    assert!(report.holds(), "{report}");
    assert_eq!(report.shipments, 60);
    assert!(report.booked >= 20, "{report}");
    assert_eq!(report.paid_out, report.delivered, "{report}");
    assert!(report.delivered + report.cancelled >= report.booked, "{report}");
    assert_eq!(report.delivered + report.expired + report.cancelled, report.shipments, "{report}");
    assert!(report.on_time_share > 0.5 && report.empty_km_share < 0.6, "{report}");
    // 15 % of the whole price is what 85 % of it leaves.
    let (paid, commission) = (report.paid.amount, report.commission.amount);
    let share = commission / (paid + commission);
    assert!((share - Decimal::new(15, 2)).abs() < Decimal::new(1, 4), "{share}");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_day_in_memory_on_disk_and_in_every_batch() {
    let first = day(7, &StoreUrl::Memory, 1).await;
    let folder = tempfile::tempdir().unwrap();
    let on_disk = day(7, &StoreUrl::Sqlite(folder.path().to_owned()), 1).await;
    assert_eq!(on_disk, first);
    assert_eq!(day(7, &StoreUrl::Memory, 12).await, first);
}

#[tokio::test]
async fn loads_on_the_way_back_are_an_option_of_their_own() {
    let with = day(7, &StoreUrl::Memory, 1).await;
    assert!(with.return_loads > 0, "{with}");
    let options = Options { return_loads: false, ..options(7) };
    let without = run(options, ground(&StoreUrl::Memory).await, Arc::new(Blind), 1).await.unwrap();
    assert!(without.holds(), "{without}");
    assert_eq!(without.return_loads, 0);
    assert_ne!(without.log_hash, with.log_hash);
}

#[tokio::test]
async fn part_loads_are_an_option_of_their_own() {
    let busy = Options { shipments: 250, drivers: 30, ..options(7) };
    let with = run(busy.clone(), ground(&StoreUrl::Memory).await, Arc::new(Blind), 1).await.unwrap();
    assert!(with.part_loads > 0 && with.holds(), "{with}");
    let options = Options { part_loads: false, ..busy };
    let without = run(options, ground(&StoreUrl::Memory).await, Arc::new(Blind), 1).await.unwrap();
    assert!(without.holds(), "{without}");
    assert_eq!(without.part_loads, 0);
    assert!(with.load_factor > without.load_factor, "{with}\n{without}");
}

/// Two shipments of this day are loaded at one place, one after the other, before one truck sets out.
#[tokio::test]
async fn who_loads_twice_at_one_place_drives_both() {
    let options = Options { shipments: 200, drivers: 60, ..options(2) };
    let report = run(options, ground(&StoreUrl::Memory).await, Arc::new(Blind), 1).await.unwrap();
    assert!(report.part_loads > 0 && report.holds(), "{report}");
}

#[tokio::test]
async fn another_seed_gives_another_day() {
    let (first, second) = (day(7, &StoreUrl::Memory, 1).await, day(8, &StoreUrl::Memory, 1).await);
    assert_ne!(first.log_hash, second.log_hash);
    assert!(second.holds(), "{second}");
}

#[tokio::test]
async fn what_cannot_be_simulated_is_refused_by_the_options_name() {
    let refused = async |options| {
        let report = simulate(options, ground(&StoreUrl::Memory).await, Arc::new(Blind)).await;
        report.err().unwrap().to_string()
    };
    let nothing = refused(Options { shipments: 0, ..options(1) }).await;
    assert_eq!(nothing, "--shipments: must be between 1 and 1000000");
    let everybody = refused(Options { drivers: 100_001, ..options(1) }).await;
    assert_eq!(everybody, "--drivers: must be between 1 and 100000");
    let nowhere = refused(Options { country: "XX".to_owned(), ..options(1) }).await;
    assert!(nowhere.starts_with("--country XX: there is no freight"), "{nowhere}");
    let folder = Options { flows: Some("/nowhere".into()), ..options(1) };
    assert!(refused(folder).await.contains("/nowhere/places.csv cannot be read"));
}
