//! From the booking to the payout, over the real engine, views and stores.

#![expect(clippy::unwrap_used, reason = "the whole crate is tests")]

#[path = "settlement/brokerage.rs"]
mod brokerage;
#[path = "../../facilities/tests/booking/places.rs"]
mod places;

use brokerage::{Brokerage, WINDOW, assembly, bid, carrier, shipment, shipper, tenant};
use contracts::{payment::PaymentStatus, shipment::ShipmentStatus};
use flows::BusinessMetrics;
use kernel::{Money, OrganisationId, ShipmentId, Timestamp, TypedId, Uuid};
use market::agents::{CancelledBy, ShipmentCommand};
use money::{
    agents::payment::payment_of,
    views::{
        ledger,
        payments::{self, PaymentFilter, PaymentRow},
    },
};
use places::Place;
use runtime::{TurnedClock, compare_views};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use store::{Store, Verification};

/// The shipments of the play.
const PAID: u128 = 1;
const DECLINED: u128 = 2;
const CANCELLED: u128 = 3;
const IN_ESCROW: u128 = 4;

#[tokio::test]
async fn the_views_say_what_happened_to_the_money() {
    for place in Place::every("the_views_say_what_happened_to_the_money").await {
        let store = Store::open(&place.url).await.unwrap();
        let metrics = BusinessMetrics::new();
        let (for_engine, counted) = (store.clone(), metrics.clone());
        tokio::task::spawn_blocking(move || play(for_engine, &counted)).await.unwrap();
        every_payment_stands_where_it_should(&store).await;
        lists_show_what_is_asked_for(&store).await;
        the_ledger_balances(&store).await;
        the_log_is_whole_and_the_views_equal_a_rebuild(&store, &metrics).await;
        drop(store);
        place.remove().await;
    }
}

fn play(store: Store, metrics: &BusinessMetrics) {
    let mut brokerage = Brokerage::open(store, metrics);
    brokerage.book(PAID, Money::euros(820, 0));
    brokerage.deliver(PAID);
    brokerage.book(DECLINED, Money::euros(4000, 2));
    assert_eq!(brokerage.status(DECLINED), ShipmentStatus::Requested, "the booking fell");
    brokerage.book(CANCELLED, Money::euros(800, 0));
    brokerage.ask(CANCELLED, ShipmentCommand::Advance { to: ShipmentStatus::EnRoutePickup, proof: None });
    brokerage.ask(CANCELLED, ShipmentCommand::Cancel { by: CancelledBy::Shipper });
    brokerage.turn(WINDOW - Duration::from_secs(1));
    assert_eq!(brokerage.status(PAID), ShipmentStatus::Delivered);
    brokerage.turn(Duration::from_secs(1));
    assert_eq!(brokerage.status(PAID), ShipmentStatus::Completed);
    brokerage.book(IN_ESCROW, Money::euros(1000, 0));
    brokerage.commit();
}

fn all() -> PaymentFilter {
    PaymentFilter { tenant: tenant(), organisation: None, shipment: None, status: None }
}

async fn numbers(store: &Store, filter: PaymentFilter) -> Vec<ShipmentId> {
    let (rows, total) = payments::list(store, &filter, 100, 0).await.unwrap();
    assert_eq!(rows.len() as u64, total);
    rows.into_iter().map(|row| row.shipment).collect()
}

async fn row(store: &Store, number: u128) -> PaymentRow {
    payments::find(store, payment_of(bid(number))).await.unwrap().unwrap()
}

async fn every_payment_stands_where_it_should(store: &Store) {
    let paid = row(store, PAID).await;
    assert_eq!((paid.status, paid.transfer, paid.reason), (PaymentStatus::Released, None, None));
    assert_eq!((paid.amount, paid.commission, paid.carrier_amount), eur(820, 123, 697));
    assert_eq!(paid.release_at.unwrap().since(paid.held_at.unwrap()), WINDOW);
    assert_eq!((paid.shipment, paid.shipper, paid.carrier), (shipment(PAID), shipper(), carrier()));

    let declined = row(store, DECLINED).await;
    assert_eq!(declined.status, PaymentStatus::Failed);
    assert_eq!(declined.reason.as_deref(), Some("card_declined"));
    assert_eq!(declined.held_at, None);

    let cancelled = row(store, CANCELLED).await;
    assert_eq!((cancelled.status, cancelled.transfer), (PaymentStatus::Refunded, None));
    assert_eq!((cancelled.refunded, cancelled.fee), (Money::euros(400, 0), Money::euros(400, 0)));

    let in_escrow = row(store, IN_ESCROW).await;
    assert_eq!((in_escrow.status, in_escrow.release_at), (PaymentStatus::Held, None));
}

const fn eur(amount: i64, commission: i64, carrier_amount: i64) -> (Money, Money, Money) {
    (Money::euros(amount, 0), Money::euros(commission, 0), Money::euros(carrier_amount, 0))
}

async fn lists_show_what_is_asked_for(store: &Store) {
    assert_eq!(numbers(store, all()).await[0], shipment(IN_ESCROW), "newest first");
    assert_eq!(numbers(store, all()).await.len(), 4);
    let of_shipment = PaymentFilter { shipment: Some(shipment(PAID)), ..all() };
    assert_eq!(numbers(store, of_shipment).await, [shipment(PAID)]);
    let held = PaymentFilter { status: Some(PaymentStatus::Held), ..all() };
    assert_eq!(numbers(store, held).await, [shipment(IN_ESCROW)]);
    let stranger = OrganisationId::from_uuid(Uuid::from_u128(77));
    for (organisation, seen) in [(shipper(), 4), (carrier(), 4), (stranger, 0)] {
        let own = PaymentFilter { organisation: Some(organisation), ..all() };
        assert_eq!(numbers(store, own).await.len(), seen);
        let own_of_shipment = PaymentFilter { shipment: Some(shipment(PAID)), ..own };
        assert_eq!(numbers(store, own_of_shipment).await.len(), seen.min(1));
    }
    let elsewhere = PaymentFilter { tenant: TypedId::from_uuid(Uuid::from_u128(99)), ..of_shipment };
    assert_eq!(numbers(store, elsewhere).await, []);
    let (second_page, total) = payments::list(store, &all(), 3, 3).await.unwrap();
    assert_eq!((second_page.len(), total), (1, 4));
}

async fn the_ledger_balances(store: &Store) {
    let lines = ledger::trial_balance(store, tenant()).await.unwrap();
    let of = |kind: &str| {
        let line = lines.iter().find(|line| line.kind == kind).unwrap();
        (line.debit.minor, line.credit.minor)
    };
    // With the gateway: the commission of 123.00 and the 1,000.00 in escrow.
    assert_eq!(of("gateway_clearing"), (112_300, 0));
    assert_eq!((of("escrow"), of("platform_commission")), ((0, 100_000), (0, 12_300)));
    assert_eq!((of("carrier_payable"), of("shipper_refundable")), ((0, 0), (0, 0)));
    assert_eq!(lines.iter().map(|line| line.debit.minor - line.credit.minor).sum::<i64>(), 0);

    let (entries, total) = ledger::postings(store, tenant(), None, 100, 0).await.unwrap();
    assert_eq!(entries.len() as u64, total);
    let mut sums: BTreeMap<_, i64> = BTreeMap::new();
    for entry in &entries {
        *sums.entry((entry.payment, entry.version)).or_default() += entry.amount.minor;
    }
    assert!(sums.values().all(|sum| *sum == 0), "{sums:?}");
    let payment = payment_of(bid(PAID));
    let (of_payment, _) = ledger::postings(store, tenant(), Some(payment), 100, 0).await.unwrap();
    let reasons: Vec<_> = of_payment.iter().map(|entry| entry.reason.as_str()).collect();
    assert_eq!(reasons, ["paid_out", "paid_out", "earned", "earned", "earned", "held", "held"]);

    let (escrow, _) = ledger::accounts(store, tenant(), "escrow", "", 100, 0).await.unwrap();
    let open: Vec<_> = escrow.into_iter().filter(|account| account.balance.minor != 0).collect();
    assert_eq!((open.len(), open[0].owner.clone()), (1, payment_of(bid(IN_ESCROW)).to_string()));
    let owner = carrier().to_string();
    let (owed, total) = ledger::accounts(store, tenant(), "", &owner, 100, 0).await.unwrap();
    assert_eq!((total, owed[0].kind.as_str(), owed[0].balance.minor), (1, "carrier_payable", 0));
}

async fn the_log_is_whole_and_the_views_equal_a_rebuild(store: &Store, metrics: &BusinessMetrics) {
    assert!(matches!(store.verify().await.unwrap(), Verification::Whole { .. }));
    let clock = Arc::new(TurnedClock::at(Timestamp::from_millis(0)));
    let assembly = assembly(&clock, metrics);
    assert_eq!(compare_views(&assembly, store).await.unwrap(), []);
    let refused = store.statements_prepare(assembly.every_statement()).await;
    assert!(refused.is_empty(), "{refused:?}");
    let mut registry = prometheus_client::registry::Registry::default();
    metrics.register(&mut registry);
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
    for line in [
        r#"shipments_created_total{service_level="standard"} 4"#,
        r#"bids_submitted_total{outcome="accepted"} 4"#,
        r#"payment_transactions_total{status="released"} 1"#,
        r#"payment_transactions_total{status="held"} 3"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}
