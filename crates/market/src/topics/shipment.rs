//! `shipment:shp_...`: bids for the shipper, the course of the shipment for everybody who has to do with it.

use super::{BOOKED, FOLLOWERS, INVITED, OWNER};
use crate::{routes::MarketState, views::mentions, wire::history::pushed};
use contracts::{
    facility::YardEvent,
    ports::{Caller, PortFuture, Scope, Verdict, permissions},
    shipment::ShipmentEvent,
    tracking::{GeofenceDwelled, GeofenceEntered, GeofenceLeft, TripEvent},
};
use edge::{
    Problem,
    ws::{Audience, TopicMessage, TopicSource},
};
use kernel::{ShipmentId, StreamRef, TypedId};
use runtime::Recorded;
use store::StoreError;

pub(super) struct ShipmentTopics {
    state: MarketState,
}

impl ShipmentTopics {
    pub(super) const fn new(state: MarketState) -> Self {
        Self { state }
    }

    async fn audience(&self, caller: &Caller, topic: &str) -> Result<Audience, Problem> {
        let found = self.state.shipment(shipment_of(topic).ok_or_else(Problem::not_found)?).await?;
        let resource = self.state.resource(&found, caller);
        match self.state.platform.authenticator.authorise(caller, permissions::SHIPMENT_READ, &resource) {
            Verdict::Deny => return Err(Problem::forbidden()),
            Verdict::Hide => return Err(Problem::not_found()),
            Verdict::Allow => {}
        }
        let owner = caller.role.scope() == Scope::Tenant || caller.organisation == found.request.shipper;
        Ok(match &found.shipment.booking {
            _ if owner => OWNER,
            Some(_) => BOOKED,
            None => INVITED,
        })
    }
}

/// Who hears of an event. Bids are between a bidder and the shipper.
const fn hearers(event: &ShipmentEvent) -> Audience {
    match event {
        ShipmentEvent::BidSubmitted(_)
        | ShipmentEvent::BidWithdrawn(_)
        | ShipmentEvent::BidsRanked(_)
        | ShipmentEvent::BidSelected(_)
        | ShipmentEvent::BidLapsed(_)
        | ShipmentEvent::Broadcast(_)
        | ShipmentEvent::HandedOver(_)
        | ShipmentEvent::TakenOver(_) => OWNER,
        ShipmentEvent::BookingConfirmed(_) => FOLLOWERS,
        ShipmentEvent::Requested(_)
        | ShipmentEvent::Amended(_)
        | ShipmentEvent::Retendered(_)
        | ShipmentEvent::RoundDue(_)
        | ShipmentEvent::MatchFailed(_)
        | ShipmentEvent::StatusChanged(_)
        | ShipmentEvent::Cancelled(_)
        | ShipmentEvent::RatingSubmitted(_) => Audience::ALL,
    }
}

/// The shipment that an event of a trip is told to, when it is.
const fn shown_of_trip(event: &TripEvent) -> Option<ShipmentId> {
    Some(match event {
        TripEvent::Begun(_) | TripEvent::Ended(_) => return None,
        TripEvent::Arrived(arrived) => arrived.shipment,
        TripEvent::Dwelled(dwelled) => dwelled.shipment,
        TripEvent::Left(left) => left.shipment,
        TripEvent::Arriving(arriving) => arriving.shipment,
        TripEvent::Delayed(delayed) => delayed.shipment,
        TripEvent::Rerouted(updated) => updated.shipment,
        TripEvent::AlertRaised(raised) => raised.shipment,
        TripEvent::AlertCleared(cleared) => cleared.shipment,
        TripEvent::AlertAcknowledged(seen) => seen.shipment,
        TripEvent::AlertClosed(closed) => closed.shipment,
        TripEvent::FenceEntered(GeofenceEntered(crossed))
        | TripEvent::FenceDwelled(GeofenceDwelled(crossed))
        | TripEvent::FenceLeft(GeofenceLeft(crossed)) => crossed.shipment,
    })
}

/// The shipment whose place at a dock an event is about: its carrier, its driver and its shipper hear of it.
const fn docked(event: &YardEvent) -> Option<ShipmentId> {
    match event {
        YardEvent::Scheduled(booked) => booked.booking.shipment,
        YardEvent::Missing(missing) => missing.booking.shipment,
        YardEvent::Rescheduled(moved) => moved.shipment,
        YardEvent::Displaced(lost) => lost.shipment,
        _ => None,
    }
}

/// The shipment that is told of an event that is not its own.
pub fn told(event: &Recorded) -> Option<ShipmentId> {
    let of_trip = event.of::<TripEvent>().and_then(shown_of_trip);
    of_trip.or_else(|| event.of::<YardEvent>().and_then(docked))
}

fn shipment_of(topic: &str) -> Option<ShipmentId> {
    topic.strip_prefix("shipment:")?.parse().ok()
}

impl TopicSource for ShipmentTopics {
    fn prefix(&self) -> &'static str {
        "shipment"
    }

    fn authorise<'a>(
        &'a self,
        caller: &'a Caller,
        topic: &'a str,
    ) -> PortFuture<'a, Result<Audience, Problem>> {
        Box::pin(self.audience(caller, topic))
    }

    fn messages(&self, event: &Recorded) -> Vec<TopicMessage> {
        if let Some(shipment) = told(event) {
            // Who follows the truck hears what its positions mean, and where it is to dock.
            return vec![TopicMessage::new(format!("shipment:{shipment}"), pushed(event)).only(FOLLOWERS)];
        }
        let Some(typed) = event.of::<ShipmentEvent>() else { return Vec::new() };
        let message = TopicMessage::new(format!("shipment:{}", event.stream), pushed(event));
        vec![message.only(hearers(typed))]
    }

    fn stream(&self, topic: &str) -> Option<StreamRef> {
        shipment_of(topic).map(TypedId::stream)
    }

    fn elsewhere<'a>(
        &'a self,
        topic: &'a str,
        after: i64,
        limit: u32,
    ) -> PortFuture<'a, Result<Vec<i64>, StoreError>> {
        Box::pin(async move {
            let Some(shipment) = shipment_of(topic) else { return Ok(Vec::new()) };
            mentions::after(self.state.platform.runtime.store(), &shipment.to_string(), after, limit).await
        })
    }
}
