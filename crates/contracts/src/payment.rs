//! The payment's public language (design, section 5; annex, section 5).

use crate::events;
use kernel::{Money, OrganisationId, ShipmentId, Timestamp};
use serde::{Deserialize, Serialize};

/// Where the money of a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// The gateway has not answered yet; it is retried and blocks release, never driving.
    Pending,
    /// In escrow.
    Held,
    /// Paid out to the carrier, less the commission.
    Released,
    /// Given back to the shipper, less a fee where one is due.
    Refunded,
    /// Frozen by a dispute.
    Disputed,
    /// The gateway declined.
    Failed,
}

impl PaymentStatus {
    /// The wire and view name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Held => "held",
            Self::Released => "released",
            Self::Refunded => "refunded",
            Self::Disputed => "disputed",
            Self::Failed => "failed",
        }
    }
}

/// A booking asks for its price in escrow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentRequested {
    /// The shipment.
    pub shipment: ShipmentId,
    /// Who pays.
    pub shipper: OrganisationId,
    /// Who is paid.
    pub carrier: OrganisationId,
    /// The whole price.
    pub amount: Money,
    /// The platform's part, inside the price.
    pub commission: Money,
    /// The carrier's part: amount less commission.
    pub carrier_amount: Money,
}

/// The gateway holds the price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentHeld {
    /// The shipment.
    pub shipment: ShipmentId,
    /// The gateway's reference.
    pub gateway_reference: String,
}

/// The gateway declined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentFailed {
    /// The shipment.
    pub shipment: ShipmentId,
    /// A stable code, such as `card_declined`.
    pub reason: String,
}

/// Proof of delivery came: the dispute window runs until `release_at`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReleaseScheduled {
    /// The shipment.
    pub shipment: ShipmentId,
    /// When the money is released unless disputed.
    pub release_at: Timestamp,
}

/// The carrier is paid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentReleased {
    /// The shipment.
    pub shipment: ShipmentId,
    /// The carrier's part.
    pub carrier_amount: Money,
    /// The platform's part.
    pub commission: Money,
}

/// The shipper has its money back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentRefunded {
    /// The shipment.
    pub shipment: ShipmentId,
    /// What went back.
    pub refunded: Money,
    /// What the carrier got as a cancellation fee.
    pub fee: Money,
}

/// A dispute froze the money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentDisputed {
    /// The shipment.
    pub shipment: ShipmentId,
}

events! {
    /// Everything that happens to a payment.
    pub enum PaymentEvent(schema 1) {
        /// Asked of the gateway.
        "payment.requested" => Requested(PaymentRequested),
        /// In escrow.
        "payment.held" => Held(PaymentHeld),
        /// Declined.
        "payment.failed" => Failed(PaymentFailed),
        /// The dispute window runs.
        "payment.release_scheduled" => ReleaseScheduled(ReleaseScheduled),
        /// Paid out.
        "payment.released" => Released(PaymentReleased),
        /// Given back.
        "payment.refunded" => Refunded(PaymentRefunded),
        /// Frozen.
        "payment.disputed" => Disputed(PaymentDisputed),
    }
}
