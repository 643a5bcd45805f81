//! The payment: the money of one booking, from the shipper's card to the carrier's account (spec 4, payment agent;
//! annex, section 5).
//!
//! pending > held > releasing > released, or refunding > refunded, with disputed in between; failed when the gateway
//! declines. Every movement of money is an
//! event of the payment and a balanced posting in the same decision, so they commit together.

mod decide;
#[cfg(test)]
mod model_tests;
mod postings;
#[cfg(test)]
mod rule_tests;

use contracts::payment::{
    DisputeResolved, Party, PaymentEvent, PaymentPurpose, PaymentRequested, PaymentStatus, Transfer,
};
use kernel::{BidId, Money, OrganisationId, PaymentId, Refusal, ShipmentId, Timestamp, TypedId, Uuid};
use runtime::{Agent, TimerOp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// After so long without the gateway's answer the parties are told that it is slow.
pub const SLOW_AFTER: Duration = Duration::from_secs(30);

/// A refused transfer is tried again after this long.
pub const TRANSFER_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);

/// A transfer is tried so often; after that a person must look.
pub const TRANSFER_ATTEMPTS_MAX: u32 = 30;

const SLOW: &str = "gateway_slow";
const RELEASE: &str = "release";
const RETRY: &str = "retry_transfer";

/// The payment of a booking. A bid belongs to one shipment and is booked at most once, so that the same booking can
/// never make two payments.
#[must_use]
pub fn payment_of(bid: BidId) -> PaymentId {
    PaymentId::from_uuid(bid.uuid())
}

/// The payment of what a booking's truck waited.
#[must_use]
pub fn detention_of(bid: BidId) -> PaymentId {
    let mut bytes = bid.uuid().into_bytes();
    // Bids are of version 7; one of version 8 is nobody else's.
    bytes[6] = 0x80 | (bytes[6] & 0x0f);
    PaymentId::from_uuid(Uuid::from_bytes(bytes))
}

/// Where the money stands while the gateway is asked to move it: the escrow is empty, nobody has it yet. A fee follows a
/// refund that is done.
pub(crate) const fn while_moving(transfer: Transfer) -> PaymentStatus {
    match transfer {
        Transfer::Payout => PaymentStatus::Releasing,
        Transfer::Refund => PaymentStatus::Refunding,
        Transfer::Fee => PaymentStatus::Refunded,
    }
}

/// What a booking says when it asks for its price in escrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentRequest {
    /// The shipment.
    pub shipment: ShipmentId,
    /// The bid that was booked; the payment's id comes of its, see [`payment_of`] and [`detention_of`].
    pub bid: BidId,
    /// Who pays.
    pub shipper: OrganisationId,
    /// Who is paid.
    pub carrier: OrganisationId,
    /// The whole price.
    pub price: Money,
    /// What for.
    pub purpose: PaymentPurpose,
}

/// What a payment can be asked. Every command may come twice; the second time does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentCommand {
    /// A booking wants its price in escrow.
    Request(PaymentRequest),
    /// The gateway holds the price.
    Held {
        /// The gateway's reference.
        reference: String,
    },
    /// The gateway declined for good.
    Declined {
        /// A stable code, such as `card_declined`.
        reason: String,
    },
    /// The gateway has not answered for [`SLOW_AFTER`].
    GatewayDelayed,
    /// Proof of delivery came: the dispute window runs from now.
    ScheduleRelease {
        /// How long.
        window: Duration,
    },
    /// The dispute window ended. Waits while the hold is pending; a dispute stops it.
    Release,
    /// The booking fell: the money goes back, less a fee for the carrier.
    Refund {
        /// The carrier's part, when one is due.
        fee: Option<Money>,
    },
    /// Freezes the money.
    Dispute,
    /// Settles the dispute.
    Resolve {
        /// Who gets the money.
        verdict: Verdict,
    },
    /// The gateway moved the money.
    TransferDone {
        /// Which movement.
        transfer: Transfer,
        /// The gateway's reference.
        reference: String,
    },
    /// The gateway will not move the money.
    TransferRefused {
        /// Which movement.
        transfer: Transfer,
        /// A stable code.
        reason: String,
    },
    /// Asks the gateway again for a transfer that it refused.
    RetryTransfer {
        /// Which movement.
        transfer: Transfer,
    },
}

/// How a dispute is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// The carrier is paid as agreed, less the commission.
    Carrier,
    /// The shipper gets everything back.
    Shipper,
    /// The carrier gets a part, the shipper the rest; the platform takes no commission.
    Split {
        /// More than nothing, less than the price.
        carrier_part: Money,
    },
}

impl From<&DisputeResolved> for Verdict {
    fn from(event: &DisputeResolved) -> Self {
        match (event.in_favour_of, event.carrier_part) {
            (_, Some(carrier_part)) => Self::Split { carrier_part },
            (Party::Carrier, None) => Self::Carrier,
            (Party::Shipper, None) => Self::Shipper,
        }
    }
}

/// Whether the gateway has the money.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Hold {
    /// Not answered yet.
    #[default]
    Waiting,
    /// Yes, under this reference.
    Held(String),
    /// No.
    Declined,
}

/// What the money is on its way to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Course {
    /// Nothing is decided.
    #[default]
    Open,
    /// Back to the shipper as soon as it is held.
    RefundWanted { fee: Money },
    /// The gateway is asked to move it.
    Moving { transfer: Transfer, amount: Money, fee: Option<Money>, attempt: u32, declined: bool },
    /// With the carrier.
    Released,
    /// With the shipper.
    Refunded,
}

/// The money of one booking.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    pub(crate) terms: Option<Terms>,
    pub(crate) hold: Hold,
    pub(crate) course: Course,
    pub(crate) disputed: bool,
    pub(crate) resolved: Option<Verdict>,
    pub(crate) delayed: bool,
    pub(crate) release_at: Option<Timestamp>,
}

/// What was agreed; it never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The shipment.
    pub shipment: ShipmentId,
    /// The booked bid.
    pub bid: BidId,
    /// Who pays.
    pub shipper: OrganisationId,
    /// Who is paid.
    pub carrier: OrganisationId,
    /// The whole price.
    pub amount: Money,
    /// The platform's part.
    pub commission: Money,
    /// The carrier's part.
    pub carrier_amount: Money,
    /// What for.
    #[serde(default)]
    pub purpose: PaymentPurpose,
}

impl From<&PaymentRequested> for Terms {
    fn from(event: &PaymentRequested) -> Self {
        Self {
            shipment: event.shipment,
            bid: event.bid,
            shipper: event.shipper,
            carrier: event.carrier,
            amount: event.amount,
            commission: event.commission,
            carrier_amount: event.carrier_amount,
            purpose: event.purpose,
        }
    }
}

impl Payment {
    /// Where the money stands.
    #[must_use]
    pub fn status(&self) -> PaymentStatus {
        match (&self.course, &self.hold) {
            (Course::Released, _) => PaymentStatus::Released,
            (Course::Refunded, _) => PaymentStatus::Refunded,
            (Course::Moving { transfer, .. }, _) => while_moving(*transfer),
            (_, Hold::Declined) => PaymentStatus::Failed,
            _ if self.disputed => PaymentStatus::Disputed,
            (_, Hold::Waiting) => PaymentStatus::Pending,
            (_, Hold::Held(_)) => PaymentStatus::Held,
        }
    }

    /// The movement that the gateway declined and that a person may ask for again.
    #[must_use]
    pub const fn declined_transfer(&self) -> Option<Transfer> {
        match self.course {
            Course::Moving { transfer, declined: true, .. } => Some(transfer),
            _ => None,
        }
    }

    /// Whether a dispute is open.
    #[must_use]
    pub const fn is_disputed(&self) -> bool {
        self.disputed
    }

    /// Whether a dispute was settled.
    #[must_use]
    pub const fn is_resolved(&self) -> bool {
        self.resolved.is_some()
    }

    /// What was agreed; `None` before the request.
    #[must_use]
    pub const fn terms(&self) -> Option<&Terms> {
        self.terms.as_ref()
    }

    /// When the money is released unless disputed; `None` before delivery.
    #[must_use]
    pub const fn release_at(&self) -> Option<Timestamp> {
        self.release_at
    }

    /// Whether the window has ended and nothing stands in the way but, maybe, the hold.
    fn is_release_due(&self, now: Timestamp) -> bool {
        self.course == Course::Open && !self.disputed && self.release_at.is_some_and(|due| due <= now)
    }
}

impl Agent for Payment {
    type Id = PaymentId;
    type Command = PaymentCommand;
    type Event = PaymentEvent;
    const KIND: &'static str = "payment";
    const SNAPSHOT: u32 = 2;

    fn decide(&self, command: &PaymentCommand, now: Timestamp) -> Result<Vec<PaymentEvent>, Refusal> {
        decide::decide(self, command, now)
    }

    fn evolve(&mut self, event: &PaymentEvent, at: Timestamp) {
        match event {
            PaymentEvent::Requested(requested) => self.terms = Some(Terms::from(requested)),
            PaymentEvent::Delayed(_) => self.delayed = true,
            PaymentEvent::Held(held) => self.hold = Hold::Held(held.gateway_reference.clone()),
            PaymentEvent::Failed(_) => self.hold = Hold::Declined,
            PaymentEvent::ReleaseScheduled(scheduled) => self.release_at = Some(scheduled.release_at),
            PaymentEvent::RefundRequested(requested) => {
                self.course = Course::RefundWanted { fee: requested.fee }
            }
            PaymentEvent::TransferStarted(started) => {
                self.course = Course::Moving {
                    transfer: started.transfer,
                    amount: started.amount,
                    fee: started.fee,
                    attempt: started.attempt,
                    declined: false,
                };
            }
            PaymentEvent::TransferDeclined(_) => {
                if let Course::Moving { declined, .. } = &mut self.course {
                    *declined = true;
                }
            }
            PaymentEvent::Released(_) => self.course = Course::Released,
            PaymentEvent::Refunded(_) | PaymentEvent::FeePaid(_) => self.course = Course::Refunded,
            PaymentEvent::Disputed(_) => self.disputed = true,
            PaymentEvent::DisputeResolved(resolved) => self.settle(resolved.into(), at),
            // Balances are a view; the payment itself knows what it holds from its own events.
            PaymentEvent::Posted(_) => {}
        }
    }

    fn timers(&self, event: &PaymentEvent, at: Timestamp) -> Vec<TimerOp> {
        match event {
            PaymentEvent::Requested(_) => vec![TimerOp::after(SLOW, at, SLOW_AFTER)],
            PaymentEvent::Held(_) | PaymentEvent::Failed(_) => vec![TimerOp::cancel(SLOW)],
            // Without a window there is nothing to wait for: the decision or the hold's answer releases.
            PaymentEvent::ReleaseScheduled(scheduled) if scheduled.release_at > at => {
                vec![TimerOp::At { name: RELEASE, key: String::new(), due: scheduled.release_at }]
            }
            PaymentEvent::TransferDeclined(declined) if self.may_retry() => {
                let key = declined.transfer.name().to_owned();
                vec![TimerOp::At { name: RETRY, key, due: at.after(TRANSFER_RETRY_AFTER) }]
            }
            _ => Vec::new(),
        }
    }

    fn on_timer(name: &str, key: &str) -> Option<PaymentCommand> {
        match name {
            SLOW => Some(PaymentCommand::GatewayDelayed),
            RELEASE => Some(PaymentCommand::Release),
            RETRY => {
                let transfer = Transfer::ALL.into_iter().find(|transfer| transfer.name() == key)?;
                Some(PaymentCommand::RetryTransfer { transfer })
            }
            _ => None,
        }
    }

    fn state_name(&self) -> &'static str {
        self.status().name()
    }
}

impl Payment {
    const fn may_retry(&self) -> bool {
        matches!(self.course, Course::Moving { attempt, .. } if attempt < TRANSFER_ATTEMPTS_MAX)
    }

    fn settle(&mut self, verdict: Verdict, at: Timestamp) {
        self.disputed = false;
        self.resolved = Some(verdict);
        // The carrier has waited long enough: what is still pending is paid out as soon as it is held.
        if verdict == Verdict::Carrier {
            self.release_at = Some(at);
        }
    }
}
