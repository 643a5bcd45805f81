//! `driver:drv_...`: offers, selections and jobs of one driver, for itself, its carrier and the tenant's staff.

use crate::{routes::MarketState, wire::history::pushed};
use contracts::{
    driver::DriverEvent,
    facility::YardEvent,
    ports::{Caller, PortFuture, Verdict, permissions},
    shipment::ShipmentEvent,
    tracking::TripEvent,
};
use edge::{
    Problem,
    ws::{Audience, TopicMessage, TopicSource},
};
use kernel::DriverId;
use runtime::Recorded;

pub(super) struct DriverTopics {
    state: MarketState,
}

impl DriverTopics {
    pub(super) const fn new(state: MarketState) -> Self {
        Self { state }
    }

    async fn audience(&self, caller: &Caller, topic: &str) -> Result<Audience, Problem> {
        let id = topic.strip_prefix("driver:").and_then(|id| id.parse::<DriverId>().ok());
        let found = self.state.driver(id.ok_or_else(Problem::not_found)?).await?;
        match self.state.platform.authenticator.authorise(caller, permissions::AGENT_READ, &found.resource())
        {
            Verdict::Allow => Ok(Audience::ALL),
            Verdict::Deny => Err(Problem::forbidden()),
            Verdict::Hide => Err(Problem::not_found()),
        }
    }
}

/// The driver that a shipment's event is news for.
const fn concerned(event: &ShipmentEvent) -> Option<DriverId> {
    match event {
        ShipmentEvent::BidSelected(selected) => Some(selected.driver),
        ShipmentEvent::BidLapsed(lapsed) => Some(lapsed.driver),
        ShipmentEvent::BookingConfirmed(booking) => Some(booking.driver),
        ShipmentEvent::Cancelled(cancelled) => cancelled.driver,
        ShipmentEvent::RatingSubmitted(rating) => Some(rating.driver),
        _ => None,
    }
}

/// The driver whose dock is another one, or none.
const fn docked(event: &YardEvent) -> Option<DriverId> {
    match event {
        YardEvent::Scheduled(booked) => booked.booking.driver,
        YardEvent::Missing(missing) => missing.booking.driver,
        YardEvent::Rescheduled(moved) => moved.driver,
        YardEvent::Displaced(lost) => lost.driver,
        _ => None,
    }
}

impl TopicSource for DriverTopics {
    fn prefix(&self) -> &'static str {
        "driver"
    }

    fn authorise<'a>(
        &'a self,
        caller: &'a Caller,
        topic: &'a str,
    ) -> PortFuture<'a, Result<Audience, Problem>> {
        Box::pin(self.audience(caller, topic))
    }

    fn messages(&self, event: &Recorded) -> Vec<TopicMessage> {
        let driver = match (event.of::<DriverEvent>(), event.of::<ShipmentEvent>(), event.of::<TripEvent>()) {
            (Some(_), _, _) => event.id::<DriverId>(),
            (None, Some(typed), _) => concerned(typed),
            // Where it is to drive now; the rest of what its positions mean is news to others.
            (None, None, Some(TripEvent::Rerouted(updated))) => Some(updated.driver),
            (None, None, _) => event.of::<YardEvent>().and_then(docked),
        };
        driver
            .map(|driver| TopicMessage::new(format!("driver:{driver}"), pushed(event)))
            .into_iter()
            .collect()
    }
}
