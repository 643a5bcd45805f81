//! Random commands, repeated and in any order, against a model that only knows where the money lies.

use super::*;
use crate::price_split::{PRICE_MINOR_MAX, PriceSplit};
use contracts::{Event as _, ledger::Account};
use kernel::{Currency, Uuid};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use std::collections::BTreeMap;

fn bid() -> BidId {
    BidId::from_uuid(Uuid::from_u128(1))
}

fn organisation(number: u128) -> OrganisationId {
    OrganisationId::from_uuid(Uuid::from_u128(number))
}

/// The world as an onlooker sees it: who has the money and what has been decided.
#[derive(Debug, Clone)]
struct Onlooker {
    price: Money,
    purpose: PaymentPurpose,
    now: u64,
    requested: bool,
    answer: Option<bool>,
    disputed: bool,
    resolved: Option<Verdict>,
    release_at: Option<u64>,
    wants_back: Option<i64>,
    fate: Fate,
    declined: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Open,
    PayingOut,
    Paid,
    GivingBack { fee: i64 },
    PayingFee { fee: i64 },
    Back { fee: i64 },
}

#[derive(Debug, Clone)]
enum Step {
    Wait(u64),
    Ask(PaymentCommand),
}

impl Onlooker {
    fn split(&self) -> PriceSplit {
        match self.purpose {
            PaymentPurpose::Booking => PriceSplit::of(self.price).unwrap(),
            PaymentPurpose::Detention => PriceSplit::whole(self.price).unwrap(),
        }
    }

    fn escrow(&self) -> Account {
        Account::Escrow(match self.purpose {
            PaymentPurpose::Booking => payment_of(bid()),
            PaymentPurpose::Detention => detention_of(bid()),
        })
    }

    fn is_free(&self) -> bool {
        self.requested && self.answer != Some(false) && self.fate == Fate::Open && self.wants_back.is_none()
    }

    fn give_back(&mut self, fee: i64) {
        match self.answer {
            Some(true) if fee == self.price.minor => self.fate = Fate::PayingFee { fee },
            Some(true) => self.fate = Fate::GivingBack { fee },
            _ => self.wants_back = Some(fee),
        }
    }

    fn pay_when_due(&mut self) {
        let due = self.release_at.is_some_and(|at| at <= self.now);
        if self.is_free() && self.answer == Some(true) && due && !self.disputed {
            self.fate = Fate::PayingOut;
        }
    }

    fn sees(&mut self, command: &PaymentCommand) {
        match command {
            PaymentCommand::Request(_) => self.requested = true,
            PaymentCommand::Held { .. } if self.requested && self.answer.is_none() => {
                self.answer = Some(true);
                match self.wants_back.take() {
                    Some(fee) => self.give_back(fee),
                    None => self.pay_when_due(),
                }
            }
            PaymentCommand::Declined { .. } if self.requested => self.answer = self.answer.or(Some(false)),
            PaymentCommand::ScheduleRelease { window }
                if self.is_free() && self.resolved.is_none() && self.release_at.is_none() =>
            {
                self.release_at = Some(self.now + window.as_secs());
                self.pay_when_due();
            }
            PaymentCommand::Release => self.pay_when_due(),
            PaymentCommand::Refund { fee } if self.is_free() && !self.disputed => {
                let fee = fee.map_or(0, |fee| fee.minor);
                if (0..=self.price.minor).contains(&fee) {
                    self.give_back(fee);
                }
            }
            PaymentCommand::Dispute if self.is_free() => self.disputed = true,
            PaymentCommand::Resolve { verdict } if self.disputed => self.settles(*verdict),
            PaymentCommand::TransferDone { transfer, .. } => self.moves(*transfer),
            PaymentCommand::TransferRefused { transfer, .. } if self.moving() == Some(*transfer) => {
                self.declined = true
            }
            PaymentCommand::RetryTransfer { transfer } if self.moving() == Some(*transfer) => {
                self.declined = false
            }
            _ => {}
        }
    }

    fn settles(&mut self, verdict: Verdict) {
        let back = match verdict {
            Verdict::Split { carrier_part } if !(1..self.price.minor).contains(&carrier_part.minor) => return,
            Verdict::Split { carrier_part } => Some(carrier_part.minor),
            Verdict::Shipper => Some(0),
            Verdict::Carrier => None,
        };
        self.disputed = false;
        self.resolved = Some(verdict);
        match back {
            Some(fee) if self.answer != Some(false) => self.give_back(fee),
            Some(_) => {}
            None => {
                self.release_at = Some(self.now);
                self.pay_when_due();
            }
        }
    }

    fn moving(&self) -> Option<Transfer> {
        match self.fate {
            Fate::PayingOut => Some(Transfer::Payout),
            Fate::GivingBack { .. } => Some(Transfer::Refund),
            Fate::PayingFee { .. } => Some(Transfer::Fee),
            _ => None,
        }
    }

    fn moves(&mut self, transfer: Transfer) {
        if self.moving() == Some(transfer) {
            self.declined = false;
            self.fate = match self.fate {
                Fate::PayingOut => Fate::Paid,
                Fate::GivingBack { fee: 0 } => Fate::Back { fee: 0 },
                Fate::GivingBack { fee } => Fate::PayingFee { fee },
                Fate::PayingFee { fee } => Fate::Back { fee },
                settled => settled,
            };
        }
    }

    /// What each account must show, from where the money lies alone.
    fn balances(&self) -> BTreeMap<Account, i64> {
        let (price, split) = (self.price.minor, self.split());
        let (commission, part) = (split.commission().minor, split.carrier_amount().minor);
        let held = i64::from(self.answer == Some(true));
        let (escrow, payable, refundable, earned, left) = match self.fate {
            Fate::Open => (price * held, 0, 0, 0, price * held),
            Fate::PayingOut => (0, part, 0, commission, price),
            Fate::Paid => (0, 0, 0, commission, commission),
            Fate::GivingBack { fee } => (0, fee, price - fee, 0, price),
            Fate::PayingFee { fee } => (0, fee, 0, 0, fee),
            Fate::Back { .. } => (0, 0, 0, 0, 0),
        };
        BTreeMap::from([
            (Account::GatewayClearing, left),
            (self.escrow(), -escrow),
            (Account::CarrierPayable(organisation(2)), -payable),
            (Account::ShipperRefundable(organisation(3)), -refundable),
            (Account::PlatformCommission, -earned),
        ])
    }

    fn status(&self) -> PaymentStatus {
        match (self.fate, self.answer) {
            (Fate::Paid, _) => PaymentStatus::Released,
            (Fate::Back { .. } | Fate::PayingFee { .. }, _) => PaymentStatus::Refunded,
            (Fate::PayingOut, _) => PaymentStatus::Releasing,
            (Fate::GivingBack { .. }, _) => PaymentStatus::Refunding,
            (_, Some(false)) => PaymentStatus::Failed,
            _ if self.disputed => PaymentStatus::Disputed,
            (_, None) => PaymentStatus::Pending,
            (_, Some(true)) => PaymentStatus::Held,
        }
    }
}

impl ReferenceStateMachine for Onlooker {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        let minor = prop_oneof![1..10_i64, 1..200_000_i64, 1..=PRICE_MINOR_MAX, Just(PRICE_MINOR_MAX)];
        let purpose = prop::sample::select(PaymentPurpose::ALL.to_vec());
        (minor, prop::sample::select(vec!["EUR", "JPY", "KWD"]), purpose)
            .prop_map(|(minor, code, purpose)| Self {
                price: Money::new(minor, Currency::from_code(code).unwrap()),
                purpose,
                now: 0,
                requested: false,
                answer: None,
                disputed: false,
                resolved: None,
                release_at: None,
                wants_back: None,
                fate: Fate::Open,
                declined: false,
            })
            .boxed()
    }

    fn transitions(state: &Self) -> BoxedStrategy<Step> {
        let price = state.price;
        let request = PaymentCommand::Request(PaymentRequest {
            shipment: ShipmentId::from_uuid(Uuid::from_u128(9)),
            bid: bid(),
            shipper: organisation(3),
            carrier: organisation(2),
            price,
            purpose: state.purpose,
        });
        let transfer = prop::sample::select(Transfer::ALL.to_vec());
        let text = |text: &str| text.to_owned();
        let fee = prop_oneof![
            Just(None),
            (0..=price.minor).prop_map(Some),
            Just(Some(price.minor)),
            Just(Some(-1))
        ];
        let part = (0..=price.minor).prop_map(move |minor| Money { minor, ..price });
        let verdict = prop_oneof![
            Just(Verdict::Shipper),
            Just(Verdict::Carrier),
            part.prop_map(|carrier_part| Verdict::Split { carrier_part })
        ];
        let (held, reason, moved) = (text("hold"), text("declined"), text("moved"));
        let command = prop_oneof![
            3 => Just(request),
            3 => Just(PaymentCommand::Held { reference: held }),
            1 => Just(PaymentCommand::Declined { reason: reason.clone() }),
            1 => Just(PaymentCommand::GatewayDelayed),
            2 => prop_oneof![Just(0), 0..100_u64].prop_map(|s| PaymentCommand::ScheduleRelease { window: Duration::from_secs(s) }),
            3 => Just(PaymentCommand::Release),
            1 => fee.prop_map(move |fee| PaymentCommand::Refund { fee: fee.map(|minor| Money { minor, ..price }) }),
            1 => Just(PaymentCommand::Dispute),
            2 => verdict.prop_map(|verdict| PaymentCommand::Resolve { verdict }),
            4 => transfer.clone().prop_map(move |transfer| PaymentCommand::TransferDone { transfer, reference: moved.clone() }),
            1 => transfer.clone().prop_map(move |transfer| PaymentCommand::TransferRefused { transfer, reason: reason.clone() }),
            1 => transfer.prop_map(|transfer| PaymentCommand::RetryTransfer { transfer }),
        ];
        prop_oneof![1 => (0..100_u64).prop_map(Step::Wait), 8 => command.prop_map(Step::Ask)].boxed()
    }

    fn apply(mut state: Self, step: &Step) -> Self {
        match step {
            Step::Wait(seconds) => state.now += seconds,
            Step::Ask(command) => state.sees(command),
        }
        state
    }
}

/// The agent with everything that its events have moved so far.
#[derive(Default)]
struct Ledger {
    payment: Payment,
    now: u64,
    balances: BTreeMap<Account, i64>,
    paid_out: u32,
    given_back: u32,
    log: Vec<(String, String, Timestamp)>,
}

impl Ledger {
    fn asks(&mut self, command: &PaymentCommand) -> bool {
        let now = Timestamp::from_millis(0).after(Duration::from_secs(self.now));
        let Ok(events) = self.payment.decide(command, now) else { return false };
        for event in &events {
            self.payment.evolve(event, now);
            self.count(event);
            self.log.push((event.type_name().to_owned(), event.encode().unwrap(), now));
            assert_eq!(self.balances.values().sum::<i64>(), 0, "after every event the accounts sum to zero");
        }
        !events.is_empty()
    }

    fn count(&mut self, event: &PaymentEvent) {
        match event {
            PaymentEvent::Posted(posting) => {
                for entry in posting.entries() {
                    *self.balances.entry(entry.account).or_default() += entry.amount_minor;
                }
            }
            PaymentEvent::Released(_) => self.paid_out += 1,
            PaymentEvent::Refunded(_) => self.given_back += 1,
            PaymentEvent::Requested(requested) => {
                assert_eq!(requested.commission.plus(requested.carrier_amount), Ok(requested.amount));
            }
            _ => {}
        }
    }

    fn replayed(&self) -> Payment {
        let mut payment = Payment::default();
        for (name, payload, at) in &self.log {
            payment.evolve(&PaymentEvent::decode(name, PaymentEvent::SCHEMA, payload).unwrap(), *at);
        }
        payment
    }
}

struct MoneyIsConserved;

impl StateMachineTest for MoneyIsConserved {
    type SystemUnderTest = Ledger;
    type Reference = Onlooker;

    fn init_test(_: &Onlooker) -> Ledger {
        Ledger::default()
    }

    fn apply(mut ledger: Ledger, _: &Onlooker, step: Step) -> Ledger {
        match step {
            Step::Wait(seconds) => ledger.now += seconds,
            Step::Ask(command) => {
                ledger.asks(&command);
                assert!(!ledger.asks(&command), "the second {command:?} did something");
            }
        }
        ledger
    }

    fn check_invariants(ledger: &Ledger, onlooker: &Onlooker) {
        assert!(ledger.paid_out + ledger.given_back <= 1, "never paid twice, never paid and refunded");
        for (account, expected) in onlooker.balances() {
            let balance = ledger.balances.get(&account).copied().unwrap_or(0);
            assert_eq!(balance, expected, "{account}");
        }
        assert_eq!(ledger.payment.status(), onlooker.status());
        let declined = matches!(ledger.payment.course, Course::Moving { declined: true, .. });
        assert_eq!(declined, onlooker.declined, "a refused transfer waits to be tried again");
        let snapshot = serde_json::to_string(&ledger.payment).unwrap();
        assert_eq!(serde_json::from_str::<Payment>(&snapshot).unwrap(), ledger.payment);
    }

    fn teardown(ledger: Ledger, _: Onlooker) {
        assert_eq!(ledger.replayed(), ledger.payment, "the log alone tells the state");
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn money_is_conserved_whatever_is_asked(sequential 1..60 => MoneyIsConserved);
}
