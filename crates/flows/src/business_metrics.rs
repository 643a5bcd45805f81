//! The business metrics of spec 4 ("Monitoring and Observability"), counted from committed events.

use contracts::{
    facility::{ReleaseReason, YardEvent},
    payment::PaymentEvent,
    shipment::{LapseReason, ServiceLevel, ShipmentEvent, ShipmentStatus},
};
use kernel::ShipmentId;
use parking_lot::Mutex;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};
use runtime::{Observer, Recorded};
use std::{collections::HashMap, sync::Arc};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByServiceLevel {
    service_level: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByOutcome {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByPunctuality {
    on_time: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByStatus {
    status: &'static str,
}

/// Counters of what this process has committed since it started, so that several processes on one store can be added up;
/// clones share them.
///
/// - `shipments_created_total{service_level}`
/// - `bids_submitted_total{outcome}`: a bid counts when its outcome is known: `accepted` when it is booked, `timeout`
///   when it was selected and not confirmed in time, `withdrawn`, `rejected` when another one drove or nobody did
/// - `deliveries_completed_total{on_time}`
/// - `payment_transactions_total{status}`: a payment counts once for each status it reaches
/// - `dock_appointments_total{outcome}`: `booked`, and how they ended: `completed`, `cancelled`, `expired`, `missed`;
///   `moved` and `displaced` by the facility's agent or a person
/// - `dock_delays_total`: punctual trucks that a facility kept waiting for more than 30 min
#[derive(Clone, Default)]
pub struct BusinessMetrics(Arc<Inner>);

#[derive(Default)]
struct Inner {
    shipments: Family<ByServiceLevel, Counter>,
    bids: Family<ByOutcome, Counter>,
    deliveries: Family<ByPunctuality, Counter>,
    payments: Family<ByStatus, Counter>,
    appointments: Family<ByOutcome, Counter>,
    dock_delays: Counter,
    /// Bids whose outcome is open, by shipment. An entry lives as long as its shipment is open.
    open_bids: Mutex<HashMap<ShipmentId, u64>>,
}

impl BusinessMetrics {
    /// All at zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds them to a registry, which appends `_total` to the names.
    pub fn register(&self, registry: &mut Registry) {
        let inner = &self.0;
        registry.register("shipments_created", "Shipments posted", inner.shipments.clone());
        registry.register("bids_submitted", "Bids by how they ended", inner.bids.clone());
        registry.register("deliveries_completed", "Deliveries with proof", inner.deliveries.clone());
        registry.register(
            "payment_transactions",
            "Payments by the status they reached",
            inner.payments.clone(),
        );
        registry.register(
            "dock_appointments",
            "Appointments at docks by what became of them",
            inner.appointments.clone(),
        );
        registry.register(
            "dock_delays",
            "Punctual trucks that a facility kept waiting",
            inner.dock_delays.clone(),
        );
    }

    /// An event of a shipment; open bids are kept track of whoever committed it.
    fn shipment(&self, id: ShipmentId, event: &ShipmentEvent, own: bool) {
        let ended = self.bids_ended(id, event);
        if !own {
            return;
        }
        if let Some((outcome, bids)) = ended {
            self.0.bids.get_or_create(&ByOutcome { outcome }).inc_by(bids);
        }
        match event {
            ShipmentEvent::Requested(requested) => {
                let service_level = level_name(requested.service_level);
                self.0.shipments.get_or_create(&ByServiceLevel { service_level }).inc();
            }
            ShipmentEvent::StatusChanged(changed) if changed.to == ShipmentStatus::Delivered => {
                let on_time = if changed.on_time == Some(true) { "true" } else { "false" };
                self.0.deliveries.get_or_create(&ByPunctuality { on_time }).inc();
            }
            _ => {}
        }
    }

    /// How many bids have come to an end with an event, and to which.
    fn bids_ended(&self, id: ShipmentId, event: &ShipmentEvent) -> Option<(&'static str, u64)> {
        match event {
            ShipmentEvent::BidSubmitted(_) => {
                *self.0.open_bids.lock().entry(id).or_default() += 1;
                None
            }
            ShipmentEvent::BidWithdrawn(_) => self.bid_ended(id, "withdrawn"),
            ShipmentEvent::BookingConfirmed(_) => self.bid_ended(id, "accepted"),
            ShipmentEvent::BidLapsed(lapsed) => match lapsed.reason {
                LapseReason::NotConfirmed => self.bid_ended(id, "timeout"),
                LapseReason::Withdrawn => self.bid_ended(id, "withdrawn"),
                LapseReason::DriverTaken => self.bid_ended(id, "rejected"),
                // It was booked: counted as accepted.
                LapseReason::CarrierCancelled | LapseReason::PaymentFailed => None,
            },
            ShipmentEvent::StatusChanged(changed) if changed.to == ShipmentStatus::Delivered => {
                self.no_more_bids(id)
            }
            ShipmentEvent::MatchFailed(_) | ShipmentEvent::Cancelled(_) => self.no_more_bids(id),
            _ => None,
        }
    }

    fn bid_ended(&self, id: ShipmentId, outcome: &'static str) -> Option<(&'static str, u64)> {
        if let Some(open) = self.0.open_bids.lock().get_mut(&id) {
            *open = open.saturating_sub(1);
        }
        Some((outcome, 1))
    }

    fn no_more_bids(&self, id: ShipmentId) -> Option<(&'static str, u64)> {
        let rest = self.0.open_bids.lock().remove(&id)?;
        Some(("rejected", rest)).filter(|(_, rest)| *rest > 0)
    }

    fn payment(&self, event: &PaymentEvent) {
        let status = match event {
            PaymentEvent::Requested(_) => "pending",
            PaymentEvent::Held(_) => "held",
            PaymentEvent::Failed(_) => "failed",
            PaymentEvent::Released(_) => "released",
            PaymentEvent::Refunded(_) => "refunded",
            PaymentEvent::Disputed(_) => "disputed",
            _ => return,
        };
        self.0.payments.get_or_create(&ByStatus { status }).inc();
    }
}

impl BusinessMetrics {
    fn yard(&self, event: &YardEvent) {
        let outcome = match event {
            YardEvent::Scheduled(_) => "booked",
            YardEvent::Rescheduled(_) => "moved",
            YardEvent::Displaced(_) => "displaced",
            YardEvent::Missing(_) => "missing",
            YardEvent::Completed(_) => "completed",
            YardEvent::Released(released) => match released.reason {
                ReleaseReason::Cancelled => "cancelled",
                ReleaseReason::Expired => "expired",
                ReleaseReason::Missed => "missed",
            },
            YardEvent::Delayed(_) => {
                self.0.dock_delays.inc();
                return;
            }
            _ => return,
        };
        self.0.appointments.get_or_create(&ByOutcome { outcome }).inc();
    }
}

impl Observer for BusinessMetrics {
    fn committed(&self, event: &Recorded) {
        if let (Some(id), Some(happened)) = (event.id(), event.of()) {
            self.shipment(id, happened, event.is_own());
        } else if !event.is_own() {
            // The process that committed it counts it.
        } else if let Some(happened) = event.of() {
            self.payment(happened);
        } else if let Some(happened) = event.of() {
            self.yard(happened);
        }
    }
}

const fn level_name(level: ServiceLevel) -> &'static str {
    match level {
        ServiceLevel::Standard => "standard",
        ServiceLevel::Express => "express",
        ServiceLevel::Dedicated => "dedicated",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::{
        facility::{DockDisplaced, DockReleased, MoveReason},
        payment::{PaymentDisputed, PaymentFailed},
        shipment::{BidLapsed, BidWithdrawn, MatchFailed, StatusChanged, WithdrawReason},
    };
    use kernel::{AppointmentId, BidId, DriverId, TypedId, Uuid};

    fn text(metrics: &BusinessMetrics) -> String {
        let mut registry = Registry::default();
        metrics.register(&mut registry);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        text
    }

    fn lapsed(reason: LapseReason) -> ShipmentEvent {
        let (bid, driver) = (BidId::from_uuid(Uuid::from_u128(1)), DriverId::from_uuid(Uuid::from_u128(2)));
        BidLapsed { bid, driver, reason }.into()
    }

    fn delivered(on_time: bool) -> ShipmentEvent {
        let (from, to) = (ShipmentStatus::Unloading, ShipmentStatus::Delivered);
        StatusChanged { from, to, driver: None, proof: None, on_time: Some(on_time), documents: None }.into()
    }

    #[test]
    fn bids_count_when_their_outcome_is_known() {
        let metrics = BusinessMetrics::new();
        let shipment = ShipmentId::from_uuid(Uuid::from_u128(3));
        metrics.0.open_bids.lock().insert(shipment, 5);
        let withdrawn =
            BidWithdrawn { bid: BidId::from_uuid(Uuid::from_u128(1)), reason: WithdrawReason::Bidder };
        metrics.shipment(shipment, &withdrawn.into(), true);
        metrics.shipment(shipment, &lapsed(LapseReason::NotConfirmed), true);
        metrics.shipment(shipment, &lapsed(LapseReason::CarrierCancelled), true);
        metrics.shipment(shipment, &MatchFailed { reason: "nobody_confirmed".to_owned() }.into(), true);
        let text = text(&metrics);
        for line in [
            r#"bids_submitted_total{outcome="withdrawn"} 1"#,
            r#"bids_submitted_total{outcome="timeout"} 1"#,
            r#"bids_submitted_total{outcome="rejected"} 3"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert!(metrics.0.open_bids.lock().is_empty());
    }

    #[test]
    fn what_another_process_committed_is_counted_there() {
        let metrics = BusinessMetrics::new();
        let shipment = ShipmentId::from_uuid(Uuid::from_u128(3));
        metrics.0.open_bids.lock().insert(shipment, 3);
        metrics.shipment(shipment, &lapsed(LapseReason::NotConfirmed), false);
        metrics.shipment(shipment, &delivered(true), true);
        let text = text(&metrics);
        let line = r#"bids_submitted_total{outcome="rejected"} 2"#;
        assert!(text.lines().any(|found| found == line) && !text.contains("timeout"), "{text}");
    }

    #[test]
    fn appointments_are_counted_by_what_became_of_them() {
        let metrics = BusinessMetrics::new();
        let appointment = AppointmentId::from_uuid(Uuid::from_u128(4));
        metrics.yard(&DockReleased { appointment, reason: ReleaseReason::Missed }.into());
        metrics.yard(
            &DockDisplaced { appointment, shipment: None, driver: None, reason: MoveReason::Closure }.into(),
        );
        let text = text(&metrics);
        for line in [
            r#"dock_appointments_total{outcome="missed"} 1"#,
            r#"dock_appointments_total{outcome="displaced"} 1"#,
            "dock_delays_total 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }

    #[test]
    fn deliveries_and_payments_are_counted_under_the_names_of_the_specification() {
        let metrics = BusinessMetrics::new();
        let shipment = ShipmentId::from_uuid(Uuid::from_u128(3));
        metrics.shipment(shipment, &delivered(true), true);
        metrics.shipment(shipment, &delivered(false), true);
        metrics.shipment(shipment, &delivered(true), true);
        metrics.payment(&PaymentDisputed { shipment }.into());
        metrics.payment(&PaymentFailed { shipment, reason: "card_declined".to_owned() }.into());
        let text = text(&metrics);
        for line in [
            r#"deliveries_completed_total{on_time="true"} 2"#,
            r#"deliveries_completed_total{on_time="false"} 1"#,
            r#"payment_transactions_total{status="disputed"} 1"#,
            r#"payment_transactions_total{status="failed"} 1"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
