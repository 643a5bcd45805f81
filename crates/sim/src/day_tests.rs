//! Small days, whole: from the first posting to the last payout.

use super::*;
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
    Options { flows: None, country: "IT".to_owned(), shipments: 60, drivers: 20, seed, start: START }
}

async fn run(options: Options, url: &StoreUrl) -> Report {
    let store = Store::open(url).await.unwrap();
    let telemetry = Telemetry::open(url).await.unwrap();
    simulate(options, store, telemetry, Arc::new(Blind)).await.unwrap()
}

#[tokio::test]
async fn a_small_day_keeps_every_promise() {
    let report = run(options(7), &StoreUrl::Memory).await;
    println!("{report}");
    assert!(report.holds(), "{report}");
    assert_eq!(report.shipments, 60);
    assert!(report.booked >= 20, "{report}");
    assert_eq!((report.delivered, report.paid_out), (report.booked, report.booked), "{report}");
}
