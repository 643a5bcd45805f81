//! The payment's public language (design, section 5; annex, section 5).

use crate::{events, ledger::Posting};
use kernel::{BidId, Money, OrganisationId, ShipmentId, Timestamp};
use serde::{Deserialize, Serialize};

/// Where the money of a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// The gateway has not answered yet; it is retried and blocks release, never driving.
    #[default]
    Pending,
    /// In escrow.
    Held,
    /// The escrow is emptied and the gateway is asked to pay the carrier; while it declines, people are asked.
    Releasing,
    /// Paid out to the carrier, less the commission.
    Released,
    /// The escrow is emptied and the gateway is asked to give the money back.
    Refunding,
    /// Given back to the shipper, less a fee where one is due.
    Refunded,
    /// Frozen by a dispute.
    Disputed,
    /// The gateway declined.
    Failed,
}

impl PaymentStatus {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Held,
        Self::Releasing,
        Self::Released,
        Self::Refunding,
        Self::Refunded,
        Self::Disputed,
        Self::Failed,
    ];

    /// The wire and view name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Held => "held",
            Self::Releasing => "releasing",
            Self::Released => "released",
            Self::Refunding => "refunding",
            Self::Refunded => "refunded",
            Self::Disputed => "disputed",
            Self::Failed => "failed",
        }
    }
}

/// A movement of money out of the platform that the gateway is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transfer {
    /// The carrier's part, to the carrier.
    Payout,
    /// The price less a fee, back to the shipper.
    Refund,
    /// The cancellation fee, to the carrier.
    Fee,
}

impl Transfer {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Payout, Self::Refund, Self::Fee];

    /// The wire and view name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Payout => "payout",
            Self::Refund => "refund",
            Self::Fee => "fee",
        }
    }
}

/// What a payment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentPurpose {
    /// The price of a booking.
    #[default]
    Booking,
    /// What a truck waited at its stops beyond the free time, on top of the price and all for the carrier.
    Detention,
}

impl PaymentPurpose {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Booking, Self::Detention];

    /// The wire and view name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Booking => "booking",
            Self::Detention => "detention",
        }
    }

    fn is_booking(&self) -> bool {
        *self == Self::Booking
    }
}

/// One side of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Who pays.
    Shipper,
    /// Who is paid.
    Carrier,
}

impl Party {
    /// The wire and view name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shipper => "shipper",
            Self::Carrier => "carrier",
        }
    }
}

/// A booking asks for its price in escrow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentRequested {
    /// The shipment.
    pub shipment: ShipmentId,
    /// The bid that was booked.
    pub bid: BidId,
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
    /// What for.
    #[serde(default, skip_serializing_if = "PaymentPurpose::is_booking")]
    pub purpose: PaymentPurpose,
}

/// The gateway has not answered for a while; it is still being asked (spec 4, graceful degradation, scenario 2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentDelayed {
    /// The shipment.
    pub shipment: ShipmentId,
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

/// The booking fell while the gateway had not answered: what it may still hold goes back at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RefundRequested {
    /// The shipment.
    pub shipment: ShipmentId,
    /// What the carrier gets of it as a cancellation fee.
    pub fee: Money,
}

/// The gateway is asked to move money out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransferStarted {
    /// The shipment.
    pub shipment: ShipmentId,
    /// Which movement.
    pub transfer: Transfer,
    /// How much.
    pub amount: Money,
    /// With a refund: what stays with the carrier as a cancellation fee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Money>,
    /// To whom.
    pub payee: OrganisationId,
    /// The gateway's reference of the hold that it comes from.
    pub gateway_reference: String,
    /// 1 for the first time.
    pub attempt: u32,
}

/// The gateway refused to move money out; it is asked again a day later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransferDeclined {
    /// The shipment.
    pub shipment: ShipmentId,
    /// Which movement.
    pub transfer: Transfer,
    /// A stable code, such as `account_closed`.
    pub reason: String,
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
    /// The gateway's reference of the payout.
    pub gateway_reference: String,
}

/// The shipper has its money back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentRefunded {
    /// The shipment.
    pub shipment: ShipmentId,
    /// What went back.
    pub refunded: Money,
    /// What the carrier gets as a cancellation fee.
    pub fee: Money,
}

/// The carrier has its cancellation fee.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeePaid {
    /// The shipment.
    pub shipment: ShipmentId,
    /// How much.
    pub fee: Money,
    /// The gateway's reference of the payout.
    pub gateway_reference: String,
}

/// A dispute froze the money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentDisputed {
    /// The shipment.
    pub shipment: ShipmentId,
}

/// The dispute is settled; the money moves accordingly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DisputeResolved {
    /// The shipment.
    pub shipment: ShipmentId,
    /// Who gets the money, or what is left of it when it is split.
    pub in_favour_of: Party,
    /// When it is split: what the carrier gets, without commission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier_part: Option<Money>,
}

events! {
    /// Everything that happens to a payment.
    pub enum PaymentEvent(schema 1) {
        /// Asked of the gateway.
        "payment.requested" => Requested(PaymentRequested),
        /// The gateway is slow.
        "payment.delayed" => Delayed(PaymentDelayed),
        /// In escrow.
        "payment.held" => Held(PaymentHeld),
        /// Declined.
        "payment.failed" => Failed(PaymentFailed),
        /// The dispute window runs.
        "payment.release_scheduled" => ReleaseScheduled(ReleaseScheduled),
        /// To be given back as soon as it is held.
        "payment.refund_requested" => RefundRequested(RefundRequested),
        /// The gateway is asked to move money out.
        "payment.transfer_started" => TransferStarted(TransferStarted),
        /// The gateway refused to.
        "payment.transfer_declined" => TransferDeclined(TransferDeclined),
        /// Paid out.
        "payment.released" => Released(PaymentReleased),
        /// Given back.
        "payment.refunded" => Refunded(PaymentRefunded),
        /// The cancellation fee is paid.
        "payment.fee_paid" => FeePaid(FeePaid),
        /// Frozen.
        "payment.disputed" => Disputed(PaymentDisputed),
        /// The dispute is settled.
        "payment.dispute_resolved" => DisputeResolved(DisputeResolved),
        /// Money moved between accounts.
        "ledger.posted" => Posted(Posting),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Event;

    /// One recorded payload of each event, as written by schema 1. Never change a line: a log somewhere holds it.
    const RECORDED: [(&str, &str); 14] = [
        (
            "payment.requested",
            r#"{"shipment":"shp_00000000000000000000000000000001","bid":"bid_00000000000000000000000000000002","shipper":"org_00000000000000000000000000000003","carrier":"org_00000000000000000000000000000004","amount":{"minor":82000,"currency":"EUR"},"commission":{"minor":12300,"currency":"EUR"},"carrier_amount":{"minor":69700,"currency":"EUR"}}"#,
        ),
        ("payment.delayed", r#"{"shipment":"shp_00000000000000000000000000000001"}"#),
        (
            "payment.held",
            r#"{"shipment":"shp_00000000000000000000000000000001","gateway_reference":"sbx_hold_82000_EUR_00000000000000aa"}"#,
        ),
        ("payment.failed", r#"{"shipment":"shp_00000000000000000000000000000001","reason":"card_declined"}"#),
        (
            "payment.release_scheduled",
            r#"{"shipment":"shp_00000000000000000000000000000001","release_at":1772438400000000}"#,
        ),
        (
            "payment.refund_requested",
            r#"{"shipment":"shp_00000000000000000000000000000001","fee":{"minor":0,"currency":"EUR"}}"#,
        ),
        (
            "payment.transfer_started",
            r#"{"shipment":"shp_00000000000000000000000000000001","transfer":"refund","amount":{"minor":41000,"currency":"EUR"},"fee":{"minor":41000,"currency":"EUR"},"payee":"org_00000000000000000000000000000003","gateway_reference":"sbx_hold_82000_EUR_00000000000000aa","attempt":1}"#,
        ),
        (
            "payment.transfer_declined",
            r#"{"shipment":"shp_00000000000000000000000000000001","transfer":"payout","reason":"account_closed"}"#,
        ),
        (
            "payment.released",
            r#"{"shipment":"shp_00000000000000000000000000000001","carrier_amount":{"minor":69700,"currency":"EUR"},"commission":{"minor":12300,"currency":"EUR"},"gateway_reference":"sbx_payout_00000000000000ab"}"#,
        ),
        (
            "payment.refunded",
            r#"{"shipment":"shp_00000000000000000000000000000001","refunded":{"minor":41000,"currency":"EUR"},"fee":{"minor":41000,"currency":"EUR"}}"#,
        ),
        (
            "payment.fee_paid",
            r#"{"shipment":"shp_00000000000000000000000000000001","fee":{"minor":41000,"currency":"EUR"},"gateway_reference":"sbx_payout_00000000000000ac"}"#,
        ),
        ("payment.disputed", r#"{"shipment":"shp_00000000000000000000000000000001"}"#),
        (
            "payment.dispute_resolved",
            r#"{"shipment":"shp_00000000000000000000000000000001","in_favour_of":"carrier"}"#,
        ),
        (
            "ledger.posted",
            r#"{"reason":"earned","currency":"EUR","entries":[{"account":"escrow:pay_00000000000000000000000000000002","amount_minor":82000},{"account":"carrier_payable:org_00000000000000000000000000000004","amount_minor":-69700},{"account":"platform_commission","amount_minor":-12300}]}"#,
        ),
    ];

    #[test]
    fn every_recorded_payload_can_be_read_and_is_written_the_same_today() {
        assert_eq!(RECORDED.map(|(name, _)| name), PaymentEvent::TYPES);
        for (name, payload) in RECORDED {
            let event = PaymentEvent::decode(name, 1, payload).unwrap();
            assert_eq!((event.type_name(), event.encode().unwrap().as_str()), (name, payload));
        }
    }
}
