//! From `booked` to `completed`, one step at a time (design, section 8).

use super::Shipment;
use contracts::shipment::{ProofDocuments, ShipmentEvent, ShipmentStatus, StatusChanged};
use kernel::{PersonId, Refusal, Timestamp};

/// The step after a status, on the way that a driver reports.
const fn next_step(status: ShipmentStatus) -> Option<ShipmentStatus> {
    match status {
        ShipmentStatus::Booked => Some(ShipmentStatus::EnRoutePickup),
        ShipmentStatus::EnRoutePickup => Some(ShipmentStatus::Loading),
        ShipmentStatus::Loading => Some(ShipmentStatus::InTransit),
        ShipmentStatus::InTransit => Some(ShipmentStatus::Unloading),
        ShipmentStatus::Unloading => Some(ShipmentStatus::Delivered),
        _ => None,
    }
}

impl Shipment {
    pub(super) fn advance(
        &self,
        to: ShipmentStatus,
        proof: Option<PersonId>,
        documents: Option<&ProofDocuments>,
        now: Timestamp,
    ) -> Result<Vec<ShipmentEvent>, Refusal> {
        let request = self.requested()?;
        if to == self.status && self.booking.is_some() {
            return Ok(Vec::new());
        }
        if next_step(self.status) != Some(to) {
            let detail = next_step(self.status).map_or_else(
                || "no step of the trip follows".to_owned(),
                |next| format!("the next step is `{}`", next.name()),
            );
            return Err(self.wrong_state(&detail));
        }
        let delivered = to == ShipmentStatus::Delivered;
        if delivered && proof.is_none() {
            return Err(Refusal::field("proof.recipient", "required", "a delivery needs its recipient"));
        }
        let changed = StatusChanged {
            from: self.status,
            to,
            driver: self.booking.map(|booking| booking.driver),
            proof: proof.filter(|_| delivered),
            on_time: delivered.then(|| now <= request.delivery.window.to),
            documents: documents.cloned(),
        };
        Ok(vec![changed.into()])
    }

    /// The money was released. A settled dispute ends the same way.
    pub(super) fn complete(&self) -> Result<Vec<ShipmentEvent>, Refusal> {
        self.requested()?;
        match self.status {
            ShipmentStatus::Completed => Ok(Vec::new()),
            ShipmentStatus::Delivered | ShipmentStatus::Disputed => {
                Ok(vec![self.moved(ShipmentStatus::Completed)])
            }
            _ => Err(self.wrong_state("only a delivered shipment can be completed")),
        }
    }

    /// Under way or delivered, until the release (annex, section 1).
    pub(super) fn dispute(&self) -> Result<Vec<ShipmentEvent>, Refusal> {
        self.requested()?;
        match self.status {
            ShipmentStatus::Disputed => Ok(Vec::new()),
            ShipmentStatus::InTransit | ShipmentStatus::Unloading | ShipmentStatus::Delivered => {
                Ok(vec![self.moved(ShipmentStatus::Disputed)])
            }
            _ => Err(self.wrong_state("it can be disputed from `in_transit` until it is completed")),
        }
    }

    fn moved(&self, to: ShipmentStatus) -> ShipmentEvent {
        let driver = self.booking.map(|booking| booking.driver);
        StatusChanged { from: self.status, to, driver, proof: None, on_time: None, documents: None }.into()
    }
}
