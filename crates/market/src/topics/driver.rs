//! `driver:drv_...`: offers, selections and jobs of one driver, for itself, its carrier and the tenant's staff.

use crate::{routes::MarketState, views::mentions, wire::history::pushed};
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
use kernel::{DriverId, StreamRef, TypedId};
use runtime::Recorded;
use store::StoreError;

pub(super) struct DriverTopics {
    state: MarketState,
}

impl DriverTopics {
    pub(super) const fn new(state: MarketState) -> Self {
        Self { state }
    }

    async fn audience(&self, caller: &Caller, topic: &str) -> Result<Audience, Problem> {
        let found = self.state.driver(driver_of(topic).ok_or_else(Problem::not_found)?).await?;
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

/// The driver that is told of an event that is not its own.
pub fn told(event: &Recorded) -> Option<DriverId> {
    match (event.of::<ShipmentEvent>(), event.of::<TripEvent>()) {
        (Some(typed), _) => concerned(typed),
        // Where it is to drive now; the rest of what its positions mean is news to others.
        (None, Some(TripEvent::Rerouted(updated))) => Some(updated.driver),
        (None, _) => event.of::<YardEvent>().and_then(docked),
    }
}

fn driver_of(topic: &str) -> Option<DriverId> {
    topic.strip_prefix("driver:")?.parse().ok()
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
        let own = event.of::<DriverEvent>().and_then(|_| event.id::<DriverId>());
        own.or_else(|| told(event))
            .map(|driver| TopicMessage::new(format!("driver:{driver}"), pushed(event)))
            .into_iter()
            .collect()
    }

    fn stream(&self, topic: &str) -> Option<StreamRef> {
        driver_of(topic).map(TypedId::stream)
    }

    fn elsewhere<'a>(
        &'a self,
        topic: &'a str,
        after: i64,
        limit: u32,
    ) -> PortFuture<'a, Result<Vec<i64>, StoreError>> {
        Box::pin(async move {
            let Some(driver) = driver_of(topic) else { return Ok(Vec::new()) };
            mentions::after(self.state.platform.runtime.store(), &driver.to_string(), after, limit).await
        })
    }
}
