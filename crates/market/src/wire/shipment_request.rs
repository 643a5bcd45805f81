//! What a shipper asks for.

use super::{check_name, check_names, check_number, check_text, tender::WireTender};
use crate::rules::economics::CURRENCY;
use contracts::shipment::{Amended, Cargo, ServiceLevel, Stop, Tender, Window};
use edge::{
    Fields,
    wire::{WireMoney, check_position, check_time},
};
use kernel::{Refusal, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// The heaviest load in kg.
const WEIGHT_KG_MAX: f64 = 60_000.0;
/// The lightest load in kg: a gram.
const WEIGHT_KG_MIN: f64 = 0.001;
/// The largest load in m3.
const VOLUME_M3_MAX: f64 = 200.0;
/// Characters of an address at most.
const ADDRESS_MAX: usize = 200;
/// Nobody asks further ahead than this.
const AHEAD_MAX: Duration = Duration::from_secs(366 * 24 * 3600);
/// A window may have begun so long ago, for what was asked for while somebody filled the form in.
const BEGUN_MAX: Duration = Duration::from_secs(15 * 60);
/// The smallest load in m3: a litre.
const VOLUME_M3_MIN: f64 = 0.001;
/// The most valuable load.
const VALUE_MINOR_MAX: i64 = 10_000_000_000;

/// A time window, both ends included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WireWindow {
    /// Earliest.
    #[schema(format = DateTime, example = "2026-03-02T08:00:00Z")]
    pub from: String,
    /// Latest.
    #[schema(format = DateTime, example = "2026-03-02T12:00:00Z")]
    pub to: String,
}

impl WireWindow {
    fn check(&self, field: &str, now: Timestamp, fields: &mut Fields) -> Option<Window> {
        let from = check_time(&self.from, &format!("{field}.from"), fields);
        let to = check_time(&self.to, &format!("{field}.to"), fields);
        let window = Window { from: from?, to: to? };
        let end = format!("{field}.to");
        if window.to < window.from {
            fields.refuse(end, "reversed", "the window ends before it starts");
        } else if window.to < now {
            fields.refuse(end, "in_past", "the window has passed");
        } else if window.from < now.before(BEGUN_MAX) {
            fields.refuse(format!("{field}.from"), "in_past", "the window must begin now or later");
        } else if window.to > now.after(AHEAD_MAX) {
            fields.refuse(end, "out_of_range", "the window must end within a year");
        }
        Some(window)
    }
}

impl From<Window> for WireWindow {
    fn from(window: Window) -> Self {
        Self { from: window.from.to_string(), to: window.to.to_string() }
    }
}

/// One end of the trip. Not printable: an address may be a person's.
#[derive(Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WireStop {
    /// Degrees north.
    #[schema(minimum = -90, maximum = 90, example = 45.4642)]
    pub latitude: f64,
    /// Degrees east.
    #[schema(minimum = -180, maximum = 180, example = 9.19)]
    pub longitude: f64,
    /// For the driver to find it; kept encrypted.
    #[schema(max_length = 200, example = "Milano")]
    pub address: Option<String>,
    /// When.
    pub window: WireWindow,
}

impl WireStop {
    fn check(&self, field: &str, now: Timestamp, fields: &mut Fields) -> Option<Stop> {
        let position = check_position(self.latitude, self.longitude, field, fields);
        let window = self.window.check(&format!("{field}.window"), now, fields);
        if let Some(address) = &self.address {
            check_text(address, ADDRESS_MAX, format!("{field}.address"), fields);
        }
        Some(Stop { position: position?, window: window? })
    }
}

/// What is carried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WireCargo {
    /// Weight in kg.
    #[schema(minimum = 0.001, maximum = 60_000, example = 8000)]
    pub weight_kg: f64,
    /// Volume in m3; absent when it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0.001, maximum = 200, example = 30)]
    pub volume_m3: Option<f64>,
    /// `general` when absent; `refrigerated` needs such a vehicle, `hazmat` the feature `adr`.
    #[serde(default = "general")]
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,49}$", example = "general")]
    pub kind: String,
    /// Features that the vehicle must have, such as `lift_gate`.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub requires: Vec<String>,
    /// Declared value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<WireMoney>,
}

fn general() -> String {
    "general".to_owned()
}

impl WireCargo {
    fn check(&self, fields: &mut Fields) -> Option<Cargo> {
        check_number(self.weight_kg, WEIGHT_KG_MIN..=WEIGHT_KG_MAX, "cargo.weight_kg", fields);
        if let Some(volume) = self.volume_m3 {
            check_number(volume, VOLUME_M3_MIN..=VOLUME_M3_MAX, "cargo.volume_m3", fields);
        }
        check_name(&self.kind, "cargo.kind", fields);
        check_names(&self.requires, "cargo.requires", fields);
        let value = match &self.value {
            None => None,
            Some(wire) => {
                let value = wire.check("cargo.value", fields)?;
                let same = value.currency == CURRENCY;
                fields.require(
                    same,
                    "cargo.value.currency",
                    "currency_mismatch",
                    format!("values are in {CURRENCY}"),
                );
                let holds = (0..=VALUE_MINOR_MAX).contains(&value.minor);
                fields.require(holds, "cargo.value.amount", "out_of_range", "must be 0 to 100000000");
                Some(value)
            }
        };
        Some(Cargo {
            weight_kg: self.weight_kg,
            volume_m3: self.volume_m3.unwrap_or(0.0),
            kind: self.kind.clone(),
            requires: self.requires.clone(),
            value,
        })
    }
}

impl From<&Cargo> for WireCargo {
    fn from(cargo: &Cargo) -> Self {
        Self {
            weight_kg: cargo.weight_kg,
            volume_m3: Some(cargo.volume_m3).filter(|volume| *volume > 0.0),
            kind: cargo.kind.clone(),
            requires: cargo.requires.clone(),
            value: cargo.value.map(Into::into),
        }
    }
}

/// How fast and how gently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WireServiceLevel {
    /// The ordinary service.
    Standard,
    /// As fast as the road allows.
    Express,
    /// The vehicle carries nothing else.
    Dedicated,
}

impl From<WireServiceLevel> for ServiceLevel {
    fn from(level: WireServiceLevel) -> Self {
        match level {
            WireServiceLevel::Standard => Self::Standard,
            WireServiceLevel::Express => Self::Express,
            WireServiceLevel::Dedicated => Self::Dedicated,
        }
    }
}

impl From<ServiceLevel> for WireServiceLevel {
    fn from(level: ServiceLevel) -> Self {
        match level {
            ServiceLevel::Standard => Self::Standard,
            ServiceLevel::Express => Self::Express,
            ServiceLevel::Dedicated => Self::Dedicated,
        }
    }
}

/// A new shipment.
#[derive(Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewShipment {
    /// Where and when to load.
    pub pickup: WireStop,
    /// Where and when to deliver.
    pub delivery: WireStop,
    /// What.
    pub cargo: WireCargo,
    /// How fast; `standard` when absent.
    pub service_level: Option<WireServiceLevel>,
    /// How it is offered; a broadcast when absent.
    pub tender: Option<WireTender>,
    /// Take the best bid without asking when the window closes; as the shipper's profile says when absent.
    pub auto_accept: Option<bool>,
}

/// A new shipment, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Where and when to load.
    pub pickup: Stop,
    /// Where and when to deliver.
    pub delivery: Stop,
    /// What.
    pub cargo: Cargo,
    /// How fast.
    pub service_level: ServiceLevel,
    /// How it is offered.
    pub tender: Tender,
}

impl NewShipment {
    /// The domain's terms.
    ///
    /// # Errors
    /// A refusal that names every bad field.
    pub fn check(&self, now: Timestamp) -> Result<Asked, Refusal> {
        let mut fields = Fields::new();
        let pickup = self.pickup.check("pickup", now, &mut fields);
        let delivery = self.delivery.check("delivery", now, &mut fields);
        let cargo = self.cargo.check(&mut fields);
        let tender = self.tender.clone().unwrap_or_default().check(&mut fields);
        if let (Some(pickup), Some(delivery)) = (&pickup, &delivery) {
            check_order(pickup, delivery, &mut fields);
        }
        fields.finish()?;
        match (pickup, delivery, cargo, tender) {
            (Some(pickup), Some(delivery), Some(cargo), Some(tender)) => {
                let service_level = self.service_level.map(Into::into).unwrap_or_default();
                Ok(Asked { pickup, delivery, cargo, service_level, tender })
            }
            _ => Err(Refusal::fields(Vec::new())),
        }
    }
}

/// The delivery must be able to come after the pickup.
fn check_order(pickup: &Stop, delivery: &Stop, fields: &mut Fields) {
    let holds = delivery.window.to > pickup.window.from;
    fields.require(holds, "delivery.window.to", "before_pickup", "the delivery must come after the pickup");
}

/// Changes of a shipment before its first bid; what is absent stays, null is refused.
#[derive(Clone, PartialEq, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShipmentChanges {
    /// Where and when to load.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false)]
    pub pickup: Option<WireStop>,
    /// Where and when to deliver.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false)]
    pub delivery: Option<WireStop>,
    /// What.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false)]
    pub cargo: Option<WireCargo>,
    /// How fast.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false)]
    pub service_level: Option<WireServiceLevel>,
    /// How it is offered.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false)]
    pub tender: Option<WireTender>,
    /// Whether the best bid is taken without asking.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false)]
    pub auto_accept: Option<bool>,
}

impl ShipmentChanges {
    /// The domain's amendment of a shipment that has these stops; the road distance is left to the caller.
    ///
    /// # Errors
    /// A refusal that names every bad field.
    pub fn check(&self, present: (&Stop, &Stop), now: Timestamp) -> Result<Amended, Refusal> {
        let mut fields = Fields::new();
        let pickup = self.pickup.as_ref().and_then(|stop| stop.check("pickup", now, &mut fields));
        let delivery = self.delivery.as_ref().and_then(|stop| stop.check("delivery", now, &mut fields));
        let cargo = self.cargo.as_ref().and_then(|cargo| cargo.check(&mut fields));
        let tender = self.tender.as_ref().and_then(|tender| tender.check(&mut fields));
        check_order(
            pickup.as_ref().unwrap_or(present.0),
            delivery.as_ref().unwrap_or(present.1),
            &mut fields,
        );
        fields.finish()?;
        Ok(Amended {
            pickup,
            delivery,
            cargo,
            service_level: self.service_level.map(Into::into),
            tender,
            auto_accept: self.auto_accept,
            road_km: None,
        })
    }
}

/// The next step of a trip.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NextStatus {
    /// One step on.
    pub status: TripStatus,
    /// With `delivered`: who took it.
    pub proof: Option<WireProof>,
}

/// The steps of a trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TripStatus {
    /// On the way to the pickup.
    EnRoutePickup,
    /// Loading.
    Loading,
    /// On the road with the cargo.
    InTransit,
    /// Unloading.
    Unloading,
    /// Delivered, with proof.
    Delivered,
}

/// Who took the cargo.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WireProof {
    /// Whoever received it; kept encrypted.
    #[schema(min_length = 1, max_length = 200, example = "Front desk")]
    pub recipient: String,
    /// The recipient's signature: a document of this shipment, of the kind `signature`.
    #[schema(nullable = false, pattern = "^doc_[0-9a-f]{32}$")]
    pub signature_document_id: Option<String>,
    /// Photos of the cargo where it was handed over: documents of this shipment.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub photo_document_ids: Vec<String>,
}

impl std::fmt::Debug for WireProof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WireProof(***)")
    }
}

/// A rating.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRating {
    /// 1 to 5.
    #[schema(minimum = 1, maximum = 5)]
    pub stars: u8,
}

#[cfg(test)]
mod tests;
