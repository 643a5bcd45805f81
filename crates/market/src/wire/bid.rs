//! Bids as they are made and shown.

use crate::{
    agents::{Bid, BidStatus, Shipment},
    rules::ranking::TOP,
};
use contracts::shipment::{RankedBid, ScoreTerms};
use edge::{
    Fields,
    wire::{WireMoney, check_time},
};
use kernel::{DriverId, Money, Refusal, ShipmentId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A new bid.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBid {
    /// On which shipment.
    #[schema(pattern = "^shp_[0-9a-f]{32}$")]
    pub shipment_id: String,
    /// The driver agent that would drive; a driver's own when absent.
    #[schema(pattern = "^drv_[0-9a-f]{32}$")]
    pub agent_id: Option<String>,
    /// The whole price; the platform's commission is inside.
    pub price: WireMoney,
    /// When it would load.
    #[schema(format = DateTime)]
    pub pickup_at: String,
    /// When it would deliver.
    #[schema(format = DateTime)]
    pub delivery_at: String,
    /// How sure the bidder is to be on time, 0 to 1; its on-time rate when absent.
    #[schema(minimum = 0, maximum = 1)]
    pub confidence: Option<f64>,
}

/// A new bid, checked by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Offered {
    /// On which shipment.
    pub shipment: ShipmentId,
    /// The driver named, if one was.
    pub driver: Option<DriverId>,
    /// The price.
    pub price: Money,
    /// When it would load.
    pub pickup_at: Timestamp,
    /// When it would deliver.
    pub delivery_at: Timestamp,
    /// How sure, when told.
    pub confidence: Option<f64>,
}

impl NewBid {
    /// The domain's terms. What depends on the shipment is checked there.
    ///
    /// # Errors
    /// A refusal that names every bad field.
    pub fn check(&self) -> Result<Offered, Refusal> {
        let mut fields = Fields::new();
        let shipment = fields.take("shipment_id", "invalid_id", self.shipment_id.parse());
        let driver = self.agent_id.as_ref().and_then(|id| fields.take("agent_id", "invalid_id", id.parse()));
        let price = self.price.check("price", &mut fields);
        let pickup_at = check_time(&self.pickup_at, "pickup_at", &mut fields);
        let delivery_at = check_time(&self.delivery_at, "delivery_at", &mut fields);
        if let Some(confidence) = self.confidence {
            super::check_number(confidence, 0.0..=1.0, "confidence", &mut fields);
        }
        fields.finish()?;
        match (shipment, price, pickup_at, delivery_at) {
            (Some(shipment), Some(price), Some(pickup_at), Some(delivery_at)) => {
                Ok(Offered { shipment, driver, price, pickup_at, delivery_at, confidence: self.confidence })
            }
            _ => Err(Refusal::fields(Vec::new())),
        }
    }
}

/// The five terms of a score, each 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct WireTerms {
    /// Weight 0.3: cheapest is 1, dearest 0.
    pub price: f64,
    /// Weight 0.3: mean of pickup and delivery, earliest is 1, latest 0.
    pub time: f64,
    /// Weight 0.2: share of deliveries on time.
    pub reliability: f64,
    /// Weight 0.1: similar shipments over 100, at most 1.
    pub experience: f64,
    /// Weight 0.1: below 5 years 1, below 10 years 0.7, else 0.5.
    pub vehicle: f64,
}

impl From<ScoreTerms> for WireTerms {
    fn from(terms: ScoreTerms) -> Self {
        let ScoreTerms { price, time, reliability, experience, vehicle } = terms;
        Self { price, time, reliability, experience, vehicle }
    }
}

/// A bid.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WireBid {
    /// The bid.
    pub id: String,
    /// The shipment.
    pub shipment_id: String,
    /// Where the shipment stands.
    pub shipment_status: &'static str,
    /// The driver agent.
    pub driver_id: String,
    /// The driver agent's short reference for people; in the list of a shipment's bids.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "DRV-MIL-000017")]
    pub driver_reference: Option<String>,
    /// The carrier's organisation.
    pub carrier_id: String,
    /// What the carrier is called; in the list of a shipment's bids, for its shipper, the carrier itself, and staff that
    /// may read personal data.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Rossi Trasporti")]
    pub carrier_name: Option<String>,
    /// The whole price.
    pub price: WireMoney,
    /// When it would load.
    #[schema(format = DateTime)]
    pub pickup_at: String,
    /// When it would deliver.
    #[schema(format = DateTime)]
    pub delivery_at: String,
    /// How sure the bidder is to be on time, 0 to 1.
    pub confidence: f64,
    /// Whether the driver's agent bid by itself.
    pub automatic: bool,
    /// `open`, `withdrawn`, `selected`, `lapsed` or `booked`.
    pub status: &'static str,
    /// When it came.
    #[schema(format = DateTime)]
    pub submitted_at: String,
    /// While it is selected: until when it must be confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub confirm_by: Option<String>,
    /// 1 is best; absent for a bid that was never ranked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    /// The weighted sum of the terms times the factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// What the score is made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms: Option<WireTerms>,
    /// 1.10 for a preferred carrier, times 1.05 for an electric vehicle when the shipper opted in; else 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<f64>,
    /// Whether it is among the five best, as long as it is neither withdrawn nor fallen.
    pub top: bool,
}

/// The bids of a shipment as they are shown: by rank, then those without one in the order they came. The stored ranking
/// counts once there is one; before, the present one.
#[must_use]
pub fn ranked(id: ShipmentId, shipment: &Shipment, now: Timestamp) -> Vec<WireBid> {
    let present;
    let ranking: &[RankedBid] = match &shipment.ranking {
        Some(stored) => &stored.ranking,
        None => {
            present = shipment.rank_now(now);
            &present
        }
    };
    let line_of = |bid: &Bid| ranking.iter().find(|line| line.bid == bid.offer.bid);
    let mut bids: Vec<WireBid> =
        shipment.bids.iter().map(|bid| shown(id, shipment, bid, line_of(bid))).collect();
    bids.sort_by_key(|bid| bid.rank.unwrap_or(u32::MAX));
    bids
}

fn shown(id: ShipmentId, shipment: &Shipment, bid: &Bid, line: Option<&RankedBid>) -> WireBid {
    let offer = &bid.offer;
    let selection = shipment.selection.filter(|_| bid.status == BidStatus::Selected);
    WireBid {
        id: offer.bid.to_string(),
        shipment_id: id.to_string(),
        shipment_status: shipment.status.name(),
        driver_id: offer.driver.to_string(),
        driver_reference: None,
        carrier_id: offer.carrier.to_string(),
        carrier_name: None,
        price: offer.price.into(),
        pickup_at: offer.pickup_at.to_string(),
        delivery_at: offer.delivery_at.to_string(),
        confidence: offer.confidence,
        automatic: offer.automatic,
        status: bid.status.name(),
        submitted_at: bid.at.to_string(),
        confirm_by: selection.map(|selection| selection.confirm_by.to_string()),
        rank: line.map(|line| line.rank),
        score: line.map(|line| line.score),
        terms: line.map(|line| line.terms.into()),
        factor: line.map(|line| line.factor),
        top: bid.is_standing() && line.is_some_and(|line| line.rank as usize <= TOP),
    }
}
