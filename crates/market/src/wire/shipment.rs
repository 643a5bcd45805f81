//! A shipment as it is shown.

use super::{
    shipment_request::{WireCargo, WireServiceLevel, WireWindow},
    tender::WireTender,
};
use crate::agents::{Booking, Fit, KnownOffer, Selection, Shipment};
use contracts::shipment::{Requested, SelectedBy, Stop};
use edge::wire::WireMoney;
use kernel::{Personal, ShipmentId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// What the vault holds of a shipment; only for callers who may see it.
#[derive(Debug, Clone, Default)]
pub struct Contact {
    /// The pickup's address.
    pub pickup_address: Option<Personal<String>>,
    /// The delivery's address.
    pub delivery_address: Option<Personal<String>>,
    /// Who took the cargo.
    pub recipient: Option<Personal<String>>,
}

impl Contact {
    /// Of a shipment that nobody has delivered yet.
    #[must_use]
    pub fn at(pickup: Option<&str>, delivery: Option<&str>) -> Self {
        let personal = |address: &str| Personal::new(address.to_owned());
        Self {
            pickup_address: pickup.map(personal),
            delivery_address: delivery.map(personal),
            recipient: None,
        }
    }
}

/// One end of the trip. Not printable: an address may be a person's.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct ShownStop {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// For callers who may see it, when one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// When.
    pub window: WireWindow,
}

impl ShownStop {
    fn of(stop: &Stop, address: Option<&Personal<String>>) -> Self {
        Self {
            latitude: stop.position.latitude,
            longitude: stop.position.longitude,
            address: address.map(|address| address.reveal().clone()),
            window: stop.window.into(),
        }
    }
}

/// A selected bid that awaits its confirmation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShownSelection {
    /// The bid.
    pub bid_id: String,
    /// Its driver agent.
    pub driver_id: String,
    /// Its carrier's organisation.
    pub carrier_id: String,
    /// `shipper`, `auto_accept`, `next_rank` or `dispatcher`.
    pub by: &'static str,
    /// Until when it must be confirmed.
    #[schema(format = DateTime)]
    pub confirm_by: String,
}

/// The wire name of who chose.
const fn by_name(by: SelectedBy) -> &'static str {
    match by {
        SelectedBy::Shipper => "shipper",
        SelectedBy::AutoAccept => "auto_accept",
        SelectedBy::NextRank => "next_rank",
        SelectedBy::Dispatcher => "dispatcher",
    }
}

impl From<&Selection> for ShownSelection {
    fn from(selection: &Selection) -> Self {
        Self {
            bid_id: selection.bid.to_string(),
            driver_id: selection.driver.to_string(),
            carrier_id: selection.carrier.to_string(),
            by: by_name(selection.by),
            confirm_by: selection.confirm_by.to_string(),
        }
    }
}

/// A confirmed booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShownBooking {
    /// The bid.
    pub bid_id: String,
    /// The driver agent.
    pub driver_id: String,
    /// The carrier's organisation.
    pub carrier_id: String,
    /// What the shipper pays.
    pub price: WireMoney,
    /// When the driver promised to load.
    #[schema(format = DateTime)]
    pub pickup_at: String,
    /// When the driver promised to deliver.
    #[schema(format = DateTime)]
    pub delivery_at: String,
    /// When it was booked.
    #[schema(format = DateTime)]
    pub booked_at: String,
}

impl From<&Booking> for ShownBooking {
    fn from(booking: &Booking) -> Self {
        Self {
            bid_id: booking.bid.to_string(),
            driver_id: booking.driver.to_string(),
            carrier_id: booking.carrier.to_string(),
            price: booking.price.into(),
            pickup_at: booking.pickup_at.to_string(),
            delivery_at: booking.delivery_at.to_string(),
            booked_at: booking.at.to_string(),
        }
    }
}

/// Proof of delivery.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShownProof {
    /// Who took the cargo, for callers who may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// When.
    #[schema(format = DateTime)]
    pub delivered_at: String,
    /// Whether the delivery window was kept.
    pub on_time: Option<bool>,
    /// The recipient's signature, a document of this shipment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub signature_document_id: Option<String>,
    /// Photos of the cargo where it was handed over, documents of this shipment.
    pub photo_document_ids: Vec<String>,
}

/// How a driver was offered a shipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OfferKind {
    /// To be driven now.
    Load,
    /// To be driven after the present trip, near whose end it is loaded.
    ReturnLoad,
    /// To be carried along on the present trip.
    PartLoad,
}

/// How a driver was offered a shipment, and what it costs beyond the shipment's own way.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ShownOffer {
    /// How.
    pub kind: OfferKind,
    /// A return load: when the truck is expected to be free.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub free_at: Option<String>,
    /// A return load: km without freight from the end of the trip to the pickup.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub approach_km: Option<f64>,
    /// A return load: km without freight more than driving home at once; below 0 when it saves some.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub extra_empty_km: Option<f64>,
    /// A part load: road km more than the stops ahead are driven on without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub extra_km: Option<f64>,
    /// A part load: minutes by which the last stop is left later.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub extra_minutes: Option<u32>,
    /// A return load: what the km without freight cost at 0.95 EUR each; below 0 when they are saved. A part load: what the
    /// detour costs, with loading and unloading.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub extra_cost: Option<WireMoney>,
}

impl From<&KnownOffer> for ShownOffer {
    fn from(offer: &KnownOffer) -> Self {
        let plain = Self {
            kind: OfferKind::Load,
            free_at: None,
            approach_km: None,
            extra_empty_km: None,
            extra_km: None,
            extra_minutes: None,
            extra_cost: None,
        };
        match &offer.fit {
            Fit::Now => plain,
            Fit::After(load) => Self {
                kind: OfferKind::ReturnLoad,
                free_at: Some(load.free_at.to_string()),
                approach_km: Some(load.approach_km),
                extra_empty_km: Some(load.extra_empty_km),
                extra_cost: Some(load.extra_cost.into()),
                ..plain
            },
            Fit::Along(load) => Self {
                kind: OfferKind::PartLoad,
                extra_km: Some(load.extra_km),
                extra_minutes: Some(load.extra_minutes),
                extra_cost: Some(load.extra_cost.into()),
                ..plain
            },
        }
    }
}

/// A shipment.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct WireShipment {
    /// The shipment.
    pub id: String,
    /// The short reference for people.
    #[schema(example = "SHM-MIL-000123")]
    pub reference: String,
    /// Where it stands.
    pub status: &'static str,
    /// The shipper's organisation.
    pub shipper_id: String,
    /// Where and when it is loaded.
    pub pickup: ShownStop,
    /// Where and when it is delivered.
    pub delivery: ShownStop,
    /// What.
    pub cargo: WireCargo,
    /// How fast.
    pub service_level: WireServiceLevel,
    /// How it is offered.
    pub tender: WireTender,
    /// Whether the best bid is taken without asking when the window closes.
    pub auto_accept: bool,
    /// Road distance from pickup to delivery in km.
    pub road_km: f64,
    /// In a driver's list of offers: how it was offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub offer: Option<ShownOffer>,
    /// How many drivers were offered it.
    pub offers: usize,
    /// How many bids came.
    pub bids: usize,
    /// Whether a dispatcher was asked to find a carrier.
    pub handed_over: bool,
    /// The dispatcher's user, once one took it over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub dispatcher_id: Option<String>,
    /// When the search for a carrier moves on by itself: the bid window closes, the selection or confirmation runs out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub deadline: Option<String>,
    /// The selected bid that awaits its confirmation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection: Option<ShownSelection>,
    /// The booking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking: Option<ShownBooking>,
    /// Proof of delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<ShownProof>,
    /// The shipper's stars, once rated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stars: Option<u8>,
    /// What the shipper owes the carrier for a cancellation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancellation_fee: Option<WireMoney>,
    /// Why no carrier was found: `no_bids`, `nobody_confirmed` or `not_selected`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// When it was posted.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl WireShipment {
    /// A shipment as a caller sees it; without contact for one who may not see addresses and names.
    #[must_use]
    pub fn of(id: ShipmentId, shipment: &Shipment, request: &Requested, contact: &Contact) -> Self {
        Self {
            id: id.to_string(),
            reference: request.reference.clone(),
            status: shipment.status.name(),
            shipper_id: request.shipper.to_string(),
            pickup: ShownStop::of(&request.pickup, contact.pickup_address.as_ref()),
            delivery: ShownStop::of(&request.delivery, contact.delivery_address.as_ref()),
            cargo: (&request.cargo).into(),
            service_level: request.service_level.into(),
            tender: (&request.tender).into(),
            auto_accept: request.preferences.auto_accept,
            road_km: request.road_km,
            offer: None,
            offers: shipment.search.offered.len(),
            bids: shipment.bids.len(),
            handed_over: shipment.search.handed_over,
            dispatcher_id: shipment.dispatcher.map(|dispatcher| dispatcher.to_string()),
            deadline: shipment.deadline().map(|at| at.to_string()),
            selection: shipment.selection.as_ref().map(Into::into),
            booking: shipment.booking.as_ref().map(Into::into),
            proof: shipment.delivered_at.map(|at| proof(shipment, at, contact)),
            stars: shipment.rating.map(|rating| rating.stars),
            cancellation_fee: shipment.cancellation_fee.map(Into::into),
            failure: shipment.failure.as_deref().map(ToOwned::to_owned),
            created_at: shipment.requested_at.unwrap_or(Timestamp::from_micros(0)).to_string(),
        }
    }
}

fn proof(shipment: &Shipment, delivered_at: Timestamp, contact: &Contact) -> ShownProof {
    let documents = shipment.proof_documents.clone().unwrap_or_default();
    ShownProof {
        recipient: contact.recipient.as_ref().map(|recipient| recipient.reveal().clone()),
        delivered_at: delivered_at.to_string(),
        on_time: shipment.on_time,
        signature_document_id: documents.signature.map(|id| id.to_string()),
        photo_document_ids: documents.photos.iter().map(ToString::to_string).collect(),
    }
}
