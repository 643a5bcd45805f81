//! A shipment's history as it is shown: what each reader may know, in the API's own words for times and money.

use contracts::{
    DecodeError, Event as _,
    shipment::ShipmentEvent,
    tracking::{TripEvent, trip_of},
};
use edge::wire::WireMoney;
use kernel::{BidId, Currency, Money, OrganisationId, Timestamp, TripId};
use runtime::Recorded;
use rustc_hash::FxHashSet;
use serde::Serialize;
use serde_json::Value;
use store::StoredEvent;
use utoipa::ToSchema;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct HistoryEvent {
    /// Its place in the whole log.
    pub position: i64,
    /// Its place in its stream, the shipment's or its trip's, from 1.
    pub version: i64,
    /// What, such as `booking.confirmed`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// When.
    #[schema(format = DateTime)]
    pub time: String,
    /// Who or what caused it: a user, a key, or a part of the platform.
    pub actor: String,
    /// The particulars.
    #[schema(value_type = Object)]
    pub data: Value,
}

/// Whose eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// The shipper's and the staff's: everything.
    Whole,
    /// A carrier's: the shipment's own course and its own bids.
    Carrier(OrganisationId),
}

/// What only the shipper and the platform need: whom it prefers, who else was asked, where the vault keeps its names.
const INWARD: [&str; 4] = ["preferences", "drivers", "contact", "requested_by"];

impl Reader {
    /// The trips whose events belong to the shipment's history for this reader: a carrier's are its own.
    ///
    /// # Errors
    /// [`DecodeError`] for an event that this version cannot read.
    pub fn trips(self, stored: &[StoredEvent]) -> Result<Vec<TripId>, DecodeError> {
        let mut trips = Vec::new();
        for event in stored.iter().filter(|event| event.type_name == "booking.confirmed") {
            let typed = ShipmentEvent::decode(event.type_name, event.schema, &event.payload)?;
            let ShipmentEvent::BookingConfirmed(booking) = typed else { continue };
            if self == Self::Whole || self == Self::Carrier(booking.carrier) {
                trips.push(trip_of(booking.bid));
            }
        }
        Ok(trips)
    }

    /// What a trip's positions meant, as this reader may know it.
    ///
    /// # Errors
    /// [`DecodeError`] for an event that this version cannot read.
    pub fn shown_of_trip(self, stored: &[StoredEvent]) -> Result<Vec<HistoryEvent>, DecodeError> {
        let mut shown = Vec::with_capacity(stored.len());
        for event in stored {
            // Begin and end say nothing that the shipment's own events do not say.
            match TripEvent::decode(event.type_name, event.schema, &event.payload)? {
                TripEvent::Begun(_) | TripEvent::Ended(_) => {}
                _ => shown.push(self.history_event(event)?),
            }
        }
        Ok(shown)
    }

    /// The events that this reader may know.
    ///
    /// # Errors
    /// [`DecodeError`] for an event that this version cannot read.
    pub fn shown(self, stored: &[StoredEvent]) -> Result<Vec<HistoryEvent>, DecodeError> {
        let mut own = FxHashSet::default();
        let mut shown = Vec::with_capacity(stored.len());
        for event in stored {
            let typed = ShipmentEvent::decode(event.type_name, event.schema, &event.payload)?;
            if self.may_know(&typed, &mut own) {
                shown.push(self.history_event(event)?);
            }
        }
        Ok(shown)
    }

    fn may_know(self, event: &ShipmentEvent, own: &mut FxHashSet<BidId>) -> bool {
        let Self::Carrier(organisation) = self else { return true };
        match event {
            ShipmentEvent::BidSubmitted(bid) => {
                let is_own = bid.carrier == organisation;
                if is_own {
                    own.insert(bid.bid);
                }
                is_own
            }
            ShipmentEvent::BidWithdrawn(bid) => own.contains(&bid.bid),
            ShipmentEvent::BidSelected(bid) => own.contains(&bid.bid),
            ShipmentEvent::BidLapsed(bid) => own.contains(&bid.bid),
            ShipmentEvent::BookingConfirmed(booking) => own.contains(&booking.bid),
            ShipmentEvent::BidsRanked(_) | ShipmentEvent::HandedOver(_) | ShipmentEvent::TakenOver(_) => {
                false
            }
            ShipmentEvent::Requested(_)
            | ShipmentEvent::Amended(_)
            | ShipmentEvent::Retendered(_)
            | ShipmentEvent::Broadcast(_)
            | ShipmentEvent::RoundDue(_)
            | ShipmentEvent::MatchFailed(_)
            | ShipmentEvent::StatusChanged(_)
            | ShipmentEvent::Cancelled(_)
            | ShipmentEvent::RatingSubmitted(_) => true,
        }
    }

    fn history_event(self, event: &StoredEvent) -> Result<HistoryEvent, DecodeError> {
        let failed = |error| DecodeError::Payload(event.type_name.to_owned(), error);
        let mut data: Value = serde_json::from_str(&event.payload).map_err(failed)?;
        if let (Self::Carrier(_), Some(members)) = (self, data.as_object_mut()) {
            for name in INWARD {
                members.remove(name);
            }
        }
        readable(&mut data);
        Ok(HistoryEvent {
            position: event.position,
            version: event.version,
            kind: event.type_name,
            time: event.meta.time.to_string(),
            actor: event.meta.actor.to_string(),
            data,
        })
    }
}

/// An event as it is pushed to those who follow its stream: what, on which stream, when, and the particulars without
/// what only the platform needs.
#[must_use]
pub fn pushed(event: &Recorded) -> Value {
    let mut data: Value = serde_json::from_str(&event.payload).unwrap_or(Value::Null);
    if let Some(members) = data.as_object_mut() {
        for name in INWARD {
            members.remove(name);
        }
    }
    readable(&mut data);
    serde_json::json!({
        "type": event.type_name,
        "subject": event.stream.to_string(),
        "time": event.time().to_string(),
        "data": data,
    })
}

/// The members that hold instants when they are numbers.
const TIMES: [&str; 13] = [
    "from",
    "to",
    "at",
    "since",
    "eta",
    "planned_at",
    "pickup_at",
    "delivery_at",
    "confirm_by",
    "bid_at",
    "free_at",
    "licence_valid_until",
    "insurance_valid_until",
];

/// Times become RFC 3339 texts and money decimal amounts, as everywhere in the API.
fn readable(value: &mut Value) {
    match value {
        Value::Array(entries) => entries.iter_mut().for_each(readable),
        Value::Object(members) => {
            if let Some(money) = money_of(members) {
                let wire = WireMoney::from(money);
                *value = serde_json::json!({ "amount": wire.amount, "currency": wire.currency });
                return;
            }
            for (name, member) in members {
                match member.as_i64().filter(|_| TIMES.contains(&name.as_str())) {
                    Some(micros) => *member = Value::String(Timestamp::from_micros(micros).to_string()),
                    None => readable(member),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn money_of(members: &serde_json::Map<String, Value>) -> Option<Money> {
    let minor = members.get("minor")?.as_i64()?;
    let currency = Currency::from_code(members.get("currency")?.as_str()?)?;
    (members.len() == 2).then(|| Money::new(minor, currency))
}

#[cfg(test)]
mod tests;
