//! The payment's rules, one promise a test.

use super::*;
use contracts::ledger::Account;
use kernel::{Currency, RefusalKind, Uuid};
use std::collections::BTreeMap;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A payment that is driven in memory, with the balances of its postings.
#[derive(Default)]
struct Driven {
    payment: Payment,
    /// Seconds since the test began.
    now: u64,
    names: Vec<&'static str>,
    balances: BTreeMap<Account, i64>,
    timers: BTreeMap<(&'static str, String), Timestamp>,
}

fn bid() -> BidId {
    BidId::from_uuid(Uuid::from_u128(11))
}

fn carrier() -> OrganisationId {
    OrganisationId::from_uuid(Uuid::from_u128(13))
}

fn terms() -> PaymentRequest {
    PaymentRequest {
        shipment: ShipmentId::from_uuid(Uuid::from_u128(10)),
        bid: bid(),
        shipper: OrganisationId::from_uuid(Uuid::from_u128(12)),
        carrier: carrier(),
        price: Money::euros(820, 0),
        purpose: PaymentPurpose::Booking,
    }
}

fn request() -> PaymentCommand {
    PaymentCommand::Request(terms())
}

fn held() -> PaymentCommand {
    PaymentCommand::Held { reference: "hold-1".to_owned() }
}

fn done(transfer: Transfer) -> PaymentCommand {
    PaymentCommand::TransferDone { transfer, reference: "moved-1".to_owned() }
}

fn refund(fee: Money) -> PaymentCommand {
    PaymentCommand::Refund { fee: Some(fee) }
}

impl Driven {
    /// After these commands, a second apart, the first of them now.
    fn after(commands: &[PaymentCommand]) -> Self {
        let mut driven = Self::default();
        for (second, command) in (0..).zip(commands) {
            driven.now = second;
            driven.does(command.clone());
        }
        driven
    }

    fn try_does(&mut self, command: &PaymentCommand) -> Result<Vec<&'static str>, Refusal> {
        let now = Timestamp::from_millis(0).after(Duration::from_secs(self.now));
        let events = self.payment.decide(command, now)?;
        let mut names = Vec::new();
        for event in &events {
            self.payment.evolve(event, now);
            for timer in self.payment.timers(event, now) {
                match timer {
                    TimerOp::At { name, key, due } => drop(self.timers.insert((name, key), due)),
                    TimerOp::Cancel { name, key } => drop(self.timers.remove(&(name, key))),
                }
            }
            if let PaymentEvent::Posted(posting) = event {
                for entry in posting.entries() {
                    *self.balances.entry(entry.account).or_default() += entry.amount_minor;
                }
                assert_eq!(self.balances.values().sum::<i64>(), 0);
            }
            names.push(contracts::Event::type_name(event));
        }
        self.names.extend(&names);
        Ok(names)
    }

    fn does(&mut self, command: PaymentCommand) -> Vec<&'static str> {
        self.try_does(&command).unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"))
    }

    fn refused(&mut self, command: PaymentCommand) -> &'static str {
        match self.try_does(&command) {
            Err(refusal) => refusal.code,
            Ok(events) => panic!("{command:?} was not refused: {events:?}"),
        }
    }

    fn balance(&self, account: Account) -> i64 {
        self.balances.get(&account).copied().unwrap_or(0)
    }

    fn turn_to_due(&mut self, name: &'static str, key: &str) -> Option<PaymentCommand> {
        let due = self.timers.remove(&(name, key.to_owned())).expect("the timer stands");
        self.now = u64::try_from(due.millis() / 1000).unwrap();
        Payment::on_timer(name, key)
    }
}

#[test]
fn eight_hundred_and_twenty_euros_go_from_the_shipper_to_the_carrier_and_the_platform() {
    let mut driven = Driven::after(&[request()]);
    assert_eq!(driven.payment.status(), PaymentStatus::Pending);
    driven.does(held());
    assert_eq!(driven.payment.status(), PaymentStatus::Held);
    assert_eq!(driven.balance(Account::Escrow(payment_of(bid()))), -82_000);

    driven.does(PaymentCommand::ScheduleRelease { window: DAY });
    let release = driven.turn_to_due(RELEASE, "").unwrap();
    assert_eq!(driven.now, 24 * 3600);
    assert_eq!(driven.does(release), ["ledger.posted", "payment.transfer_started"]);
    assert_eq!(
        driven.payment.status(),
        PaymentStatus::Releasing,
        "out of escrow, and not released before the gateway confirms"
    );
    assert_eq!(driven.balance(Account::CarrierPayable(carrier())), -69_700);

    assert_eq!(driven.does(done(Transfer::Payout)), ["payment.released", "ledger.posted"]);
    assert_eq!(driven.payment.status(), PaymentStatus::Released);
    assert_eq!(driven.balance(Account::Escrow(payment_of(bid()))), 0);
    assert_eq!(driven.balance(Account::CarrierPayable(carrier())), 0);
    assert_eq!(driven.balance(Account::PlatformCommission), -12_300);
    assert_eq!(driven.balance(Account::GatewayClearing), 12_300);
}

#[test]
fn the_same_command_twice_does_nothing_the_second_time() {
    let mut driven = Driven::default();
    let journey = [
        request(),
        held(),
        PaymentCommand::ScheduleRelease { window: Duration::from_secs(1) },
        PaymentCommand::Release,
        done(Transfer::Payout),
    ];
    for command in journey {
        driven.now += 1;
        assert!(!driven.does(command.clone()).is_empty(), "{command:?}");
        assert!(driven.does(command.clone()).is_empty(), "{command:?} again");
    }
}

#[test]
fn one_booking_has_one_payment_and_one_set_of_terms() {
    assert_eq!(payment_of(bid()), payment_of(bid()));
    let mut driven = Driven::after(&[request()]);
    let dearer = PaymentCommand::Request(PaymentRequest { price: Money::euros(821, 0), ..terms() });
    assert_eq!(driven.refused(dearer), "payment.other_terms");
}

#[test]
fn nothing_happens_to_a_payment_that_nobody_requested() {
    let refusal = Payment::default().decide(&held(), Timestamp::from_millis(0)).unwrap_err();
    assert_eq!((refusal.kind, refusal.code), (RefusalKind::NotFound, "payment.unknown"));
}

#[test]
fn release_waits_for_a_pending_hold_and_then_for_the_rest_of_the_window() {
    let mut early = Driven::after(&[request(), PaymentCommand::ScheduleRelease { window: DAY }]);
    early.now = 3600;
    assert_eq!(early.does(held()), ["payment.held", "ledger.posted"], "23 hours remain");
    assert_eq!(early.refused(PaymentCommand::Release), "payment.not_due");

    let mut late = Driven::after(&[request(), PaymentCommand::ScheduleRelease { window: DAY }]);
    let release = late.turn_to_due(RELEASE, "").unwrap();
    assert!(late.does(release).is_empty(), "pending blocks release");
    late.now += 60;
    let events = late.does(held());
    assert_eq!(events, ["payment.held", "ledger.posted", "ledger.posted", "payment.transfer_started"]);
}

#[test]
fn without_a_window_the_carrier_is_paid_at_once() {
    let now = PaymentCommand::ScheduleRelease { window: Duration::ZERO };
    let mut driven = Driven::after(&[request(), held()]);
    let paid = ["payment.release_scheduled", "ledger.posted", "payment.transfer_started"];
    assert_eq!(driven.does(now.clone()), paid);
    assert!(driven.timers.is_empty());
    let mut pending = Driven::after(&[request()]);
    assert_eq!(pending.does(now.clone()), ["payment.release_scheduled"]);
    assert_eq!(pending.does(held()).last(), Some(&"payment.transfer_started"));
    let mut disputed = Driven::after(&[request(), held(), PaymentCommand::Dispute]);
    assert_eq!(disputed.does(now), ["payment.release_scheduled"]);
}

#[test]
fn a_slow_gateway_is_told_once() {
    let mut driven = Driven::after(&[request()]);
    let slow = driven.turn_to_due(SLOW, "").unwrap();
    assert_eq!(driven.now, 30);
    assert_eq!(driven.does(slow.clone()), ["payment.delayed"]);
    assert!(driven.does(slow).is_empty());
    driven.does(held());
    assert!(driven.timers.is_empty());

    let mut quick = Driven::after(&[request(), held()]);
    assert!(quick.timers.is_empty(), "an answer takes the timer back");
    assert!(quick.does(PaymentCommand::GatewayDelayed).is_empty());
}

#[test]
fn a_declined_payment_moves_nothing() {
    let declined = PaymentCommand::Declined { reason: "card_declined".to_owned() };
    let mut driven = Driven::after(&[request(), declined.clone()]);
    assert_eq!(driven.payment.status(), PaymentStatus::Failed);
    assert!(driven.does(declined).is_empty());
    assert!(driven.does(PaymentCommand::Refund { fee: None }).is_empty());
    for command in [
        held(),
        PaymentCommand::ScheduleRelease { window: DAY },
        PaymentCommand::Release,
        PaymentCommand::Dispute,
    ] {
        assert_eq!(driven.refused(command), "payment.failed");
    }
    assert!(driven.balances.is_empty());
}

#[test]
fn a_cancellation_returns_the_price_less_the_fee_and_the_carrier_gets_the_fee() {
    let mut driven = Driven::after(&[request(), held(), refund(Money::euros(164, 0))]);
    assert_eq!(driven.balance(Account::CarrierPayable(carrier())), -16_400);
    let events = driven.does(done(Transfer::Refund));
    assert_eq!(events, ["payment.refunded", "ledger.posted", "payment.transfer_started"]);
    assert_eq!(driven.payment.status(), PaymentStatus::Refunded);
    assert!(driven.does(done(Transfer::Refund)).is_empty());
    assert_eq!(driven.does(done(Transfer::Fee)), ["payment.fee_paid", "ledger.posted"]);
    assert!(driven.does(done(Transfer::Fee)).is_empty());
    assert!(driven.balances.values().all(|balance| *balance == 0));
}

#[test]
fn a_fee_of_the_whole_price_leaves_nothing_to_give_back() {
    let mut driven = Driven::after(&[request(), held()]);
    let events = driven.does(refund(Money::euros(820, 0)));
    assert_eq!(events, ["ledger.posted", "payment.refunded", "payment.transfer_started"]);
    driven.does(done(Transfer::Fee));
    assert!(driven.balances.values().all(|balance| *balance == 0));
}

#[test]
fn a_cancellation_before_the_gateway_answers_gives_back_what_it_then_holds() {
    let mut driven = Driven::after(&[request()]);
    assert_eq!(driven.does(PaymentCommand::Refund { fee: None }), ["payment.refund_requested"]);
    assert!(driven.does(PaymentCommand::Refund { fee: None }).is_empty());
    let events = driven.does(held());
    assert_eq!(events, ["payment.held", "ledger.posted", "ledger.posted", "payment.transfer_started"]);
    driven.does(done(Transfer::Refund));
    assert_eq!(driven.payment.status(), PaymentStatus::Refunded);
    assert!(driven.balances.values().all(|balance| *balance == 0));
}

#[test]
fn a_fee_above_the_price_below_zero_or_in_another_currency_is_refused() {
    let mut driven = Driven::after(&[request(), held()]);
    let yen = Money::new(10, Currency::from_code("JPY").unwrap());
    for fee in [Money::euros(820, 1), Money::euros(0, -1), yen] {
        let refusal = driven.try_does(&refund(fee)).unwrap_err();
        assert_eq!(refusal.fields[0].field, "fee");
    }
}

#[test]
fn what_is_released_is_never_refunded_and_what_is_refunded_never_released() {
    let window = PaymentCommand::ScheduleRelease { window: Duration::from_secs(1) };
    let mut paid = Driven::after(&[request(), held(), window.clone(), PaymentCommand::Release]);
    assert_eq!(
        paid.refused(PaymentCommand::Refund { fee: None }),
        "payment.released",
        "while the payout is under way"
    );
    paid.does(done(Transfer::Payout));
    assert_eq!(paid.refused(PaymentCommand::Refund { fee: None }), "payment.released");
    assert_eq!(paid.refused(PaymentCommand::Dispute), "payment.settled");

    let mut back = Driven::after(&[request(), held(), window, PaymentCommand::Refund { fee: None }]);
    assert_eq!(back.refused(PaymentCommand::Release), "payment.refunded");
    assert_eq!(back.refused(done(Transfer::Payout)), "payment.no_transfer");
    back.does(done(Transfer::Refund));
    assert_eq!(back.refused(PaymentCommand::Release), "payment.refunded");
}

#[test]
fn a_dispute_freezes_the_money_until_it_is_settled() {
    let window = PaymentCommand::ScheduleRelease { window: DAY };
    let frozen = [request(), held(), window, PaymentCommand::Dispute];
    let mut driven = Driven::after(&frozen);
    assert_eq!(driven.payment.status(), PaymentStatus::Disputed);
    driven.now = 30 * 3600;
    assert_eq!(driven.refused(PaymentCommand::Release), "payment.disputed");
    assert_eq!(driven.refused(PaymentCommand::Refund { fee: None }), "payment.disputed");
    let events = driven.does(PaymentCommand::Resolve { verdict: Verdict::Carrier });
    assert_eq!(events, ["payment.dispute_resolved", "ledger.posted", "payment.transfer_started"]);

    let mut driven = Driven::after(&frozen);
    driven.does(PaymentCommand::Resolve { verdict: Verdict::Shipper });
    driven.does(done(Transfer::Refund));
    assert_eq!(driven.payment.status(), PaymentStatus::Refunded);
    assert_eq!(driven.refused(PaymentCommand::Resolve { verdict: Verdict::Carrier }), "payment.not_disputed");
    assert!(driven.does(PaymentCommand::Resolve { verdict: Verdict::Shipper }).is_empty());
}

#[test]
fn a_split_gives_each_side_its_part_and_the_platform_nothing() {
    let split = |euros, cents| PaymentCommand::Resolve {
        verdict: Verdict::Split { carrier_part: Money::euros(euros, cents) },
    };
    let mut driven = Driven::after(&[request(), held(), PaymentCommand::Dispute]);
    for all_or_nothing in [split(0, 0), split(820, 0), split(900, 0), split(0, -1)] {
        let refusal = driven.try_does(&all_or_nothing).unwrap_err();
        assert_eq!(refusal.fields[0].field, "carrier_part.amount");
    }
    let events = driven.does(split(300, 0));
    assert_eq!(events, ["payment.dispute_resolved", "ledger.posted", "payment.transfer_started"]);
    assert_eq!(driven.payment.status(), PaymentStatus::Refunding);
    assert_eq!(driven.balance(Account::CarrierPayable(carrier())), -30_000);
    driven.does(done(Transfer::Refund));
    driven.does(done(Transfer::Fee));
    assert_eq!(driven.payment.status(), PaymentStatus::Refunded);
    assert!(driven.balances.values().all(|balance| *balance == 0), "{:?}", driven.balances);
    assert!(driven.does(split(300, 0)).is_empty());
    assert_eq!(driven.refused(split(299, 0)), "payment.not_disputed");
}

#[test]
fn a_dispute_settled_before_the_hold_is_answered_takes_effect_with_the_answer() {
    let settled = |verdict| {
        let mut driven =
            Driven::after(&[request(), PaymentCommand::Dispute, PaymentCommand::Resolve { verdict }]);
        assert_eq!(driven.payment.status(), PaymentStatus::Pending);
        driven.does(held());
        driven.payment.course
    };
    assert!(matches!(settled(Verdict::Carrier), Course::Moving { transfer: Transfer::Payout, .. }));
    assert!(matches!(settled(Verdict::Shipper), Course::Moving { transfer: Transfer::Refund, .. }));
}

#[test]
fn a_refused_payout_is_tried_again_each_day_and_not_for_ever() {
    let window = PaymentCommand::ScheduleRelease { window: Duration::from_secs(1) };
    let mut driven = Driven::after(&[request(), held(), window, PaymentCommand::Release]);
    let refused =
        PaymentCommand::TransferRefused { transfer: Transfer::Payout, reason: "account_closed".to_owned() };
    for attempt in 1..TRANSFER_ATTEMPTS_MAX {
        assert_eq!(driven.does(refused.clone()), ["payment.transfer_declined"]);
        assert!(driven.does(refused.clone()).is_empty());
        let before = driven.now;
        let retry = driven.turn_to_due(RETRY, "payout").unwrap();
        assert_eq!(driven.now - before, 24 * 3600, "attempt {attempt}");
        assert_eq!(driven.does(retry), ["payment.transfer_started"], "no second posting");
    }
    driven.does(refused);
    assert!(!driven.timers.keys().any(|(name, _)| *name == RETRY));
    assert_eq!(driven.balance(Account::CarrierPayable(carrier())), -69_700, "still owed");
    assert_eq!(driven.payment.status(), PaymentStatus::Releasing, "the escrow is empty");
    assert_eq!(driven.payment.declined_transfer(), Some(Transfer::Payout));
    let by_hand = PaymentCommand::RetryTransfer { transfer: Transfer::Payout };
    assert_eq!(driven.does(by_hand), ["payment.transfer_started"]);
    driven.does(done(Transfer::Payout));
    assert_eq!(driven.payment.status(), PaymentStatus::Released);
}
