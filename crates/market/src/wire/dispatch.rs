//! What a dispatcher asks for by hand.

use super::{bid::Offered, check_number, tender::WireTender};
use crate::agents::NewRound;
use edge::{
    Fields,
    wire::{WireMoney, check_time},
};
use kernel::{DriverId, Money, Refusal, ShipmentId, Timestamp};
use serde::Deserialize;
use utoipa::ToSchema;

/// Radii are widened at most so many times.
const RADIUS_FACTOR_MAX: f64 = 5.0;

/// A shipment is tendered again; what is absent stays as it is.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Retender {
    /// How it is offered.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false)]
    pub tender: Option<WireTender>,
    /// The factor on every driver's service radius; 1 when absent.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false, minimum = 1, maximum = 5, example = 2)]
    pub radius_factor: Option<f64>,
    /// Whether the best bid is taken without asking when the window closes.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false)]
    pub auto_accept: Option<bool>,
}

impl Retender {
    /// The domain's terms.
    ///
    /// # Errors
    /// A refusal that names every bad field.
    pub fn check(&self) -> Result<NewRound, Refusal> {
        let mut fields = Fields::new();
        let tender = self.tender.as_ref().and_then(|tender| tender.check(&mut fields));
        let radius_factor = self.radius_factor.unwrap_or(1.0);
        check_number(radius_factor, 1.0..=RADIUS_FACTOR_MAX, "radius_factor", &mut fields);
        fields.finish()?;
        Ok(NewRound { tender, radius_factor, auto_accept: self.auto_accept })
    }
}

/// A shipment is given to a driver.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// The driver agent that is to drive.
    #[schema(pattern = "^drv_[0-9a-f]{32}$")]
    pub agent_id: String,
    /// The price that was agreed; the platform's commission is inside.
    pub price: WireMoney,
    /// When it is to load; as soon as the truck can be there when absent.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false, format = DateTime)]
    pub pickup_at: Option<String>,
    /// When it is to deliver; as the distance lets expect when absent.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false, format = DateTime)]
    pub delivery_at: Option<String>,
}

/// An assignment, checked by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assigned {
    /// To whom.
    pub driver: DriverId,
    /// The price.
    pub price: Money,
    /// When it is to load, when told.
    pub pickup_at: Option<Timestamp>,
    /// When it is to deliver, when told.
    pub delivery_at: Option<Timestamp>,
}

impl Assignment {
    /// The domain's terms. What depends on the shipment is checked there.
    ///
    /// # Errors
    /// A refusal that names every bad field.
    pub fn check(&self) -> Result<Assigned, Refusal> {
        let mut fields = Fields::new();
        let driver = fields.take("agent_id", "invalid_id", self.agent_id.parse());
        let price = self.price.check("price", &mut fields);
        let mut time = |text: &Option<String>, field| {
            text.as_deref().and_then(|text| check_time(text, field, &mut fields))
        };
        let (pickup_at, delivery_at) =
            (time(&self.pickup_at, "pickup_at"), time(&self.delivery_at, "delivery_at"));
        fields.finish()?;
        match (driver, price) {
            (Some(driver), Some(price)) => Ok(Assigned { driver, price, pickup_at, delivery_at }),
            _ => Err(Refusal::fields(Vec::new())),
        }
    }
}

impl Assigned {
    /// The bid that it means, with the times that are expected where none were told.
    #[must_use]
    pub fn offered(&self, shipment: ShipmentId, pickup_at: Timestamp, delivery_at: Timestamp) -> Offered {
        Offered {
            shipment,
            driver: Some(self.driver),
            price: self.price,
            pickup_at: self.pickup_at.unwrap_or(pickup_at),
            delivery_at: self.delivery_at.unwrap_or(delivery_at),
            confidence: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_round_names_its_fields() {
        let body =
            serde_json::json!({ "radius_factor": 0.5, "tender": { "mode": "direct", "carrier": "org_1" } });
        let again: Retender = serde_json::from_value(body).unwrap();
        let refusal = again.check().unwrap_err();
        let named: Vec<_> = refusal.fields.iter().map(|bad| bad.field.as_ref()).collect();
        assert_eq!(named, ["tender.carrier", "radius_factor"]);
        let plain = NewRound { tender: None, radius_factor: 1.0, auto_accept: None };
        assert_eq!(Retender::default().check().unwrap(), plain);
        assert!(serde_json::from_str::<Retender>(r#"{"tender":null}"#).is_err(), "null is no tender");
    }
}
