//! What simulated people hear of: the platform's events, as an app's notifications would tell them.

use contracts::{
    driver::DriverEvent,
    shipment::{RankedBid, ShipmentEvent, ShipmentStatus, Stop},
    tracking::TripStop,
};
use kernel::{BidId, DriverId, Money, OrganisationId, ShipmentId};
use parking_lot::Mutex;
use runtime::{Observer, Recorded};
use std::collections::VecDeque;
use tokio::sync::Notify;

/// One thing that happened to a shipment.
#[derive(Debug, Clone)]
pub enum News {
    /// It was posted.
    Posted {
        /// By whom.
        shipper: OrganisationId,
        /// Whether the platform accepts the best bid by itself.
        auto_accept: bool,
        /// Where and when to load.
        pickup: Stop,
        /// Where and when to deliver.
        delivery: Stop,
        /// How heavy it is, in kg.
        weight_kg: f64,
    },
    /// Somebody bid for it.
    Bid {
        /// The bid.
        bid: BidId,
        /// What it asks.
        price: Money,
    },
    /// Its bids were ranked: the window closed, or one was selected.
    Ranked(Vec<RankedBid>),
    /// A bid was selected and awaits its confirmation.
    Selected {
        /// Which.
        bid: BidId,
        /// Its driver.
        driver: DriverId,
    },
    /// A selected or booked bid fell.
    Lapsed {
        /// Its driver.
        driver: DriverId,
    },
    /// A driver has committed itself to it.
    Booked {
        /// Who.
        driver: DriverId,
        /// The stops that it drives to from now on, in order, when it carries this along with others.
        stops: Vec<TripStop>,
    },
    /// It was delivered.
    Delivered {
        /// In its window.
        on_time: bool,
    },
    /// It was cancelled.
    Cancelled {
        /// The driver that was booked.
        driver: Option<DriverId>,
    },
    /// Nobody took it, or it is paid: there is no more to do.
    Over,
}

/// News of one shipment.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Which.
    pub shipment: ShipmentId,
    /// What.
    pub news: News,
}

/// At most so many notices wait; when nobody takes them, the oldest are dropped.
const WAITING_MAX: usize = 1_000_000;

/// Collects notices from the log as they are committed, in order.
#[derive(Debug, Default)]
pub struct Noticeboard {
    notices: Mutex<VecDeque<Notice>>,
    pinned: Notify,
}

impl Noticeboard {
    /// Waits for a notice; at once when one was pinned since the last wait.
    pub async fn wait(&self) {
        self.pinned.notified().await;
    }

    /// Takes the oldest notice.
    pub fn take(&self) -> Option<Notice> {
        self.notices.lock().pop_front()
    }
}

impl Observer for Noticeboard {
    fn committed(&self, event: &Recorded) {
        let Some(notice) = notice(event) else { return };
        let mut notices = self.notices.lock();
        if notices.len() == WAITING_MAX {
            notices.pop_front();
        }
        notices.push_back(notice);
        drop(notices);
        self.pinned.notify_one();
    }
}

fn notice(event: &Recorded) -> Option<Notice> {
    if let (Some(DriverEvent::Committed(committed)), Some(driver)) = (event.of(), event.id()) {
        let news = News::Booked { driver, stops: committed.stops.clone() };
        return Some(Notice { shipment: committed.shipment, news });
    }
    let shipment = event.id()?;
    let news = match event.of::<ShipmentEvent>()? {
        ShipmentEvent::Requested(requested) => News::Posted {
            shipper: requested.shipper,
            auto_accept: requested.preferences.auto_accept,
            pickup: requested.pickup,
            delivery: requested.delivery,
            weight_kg: requested.cargo.weight_kg,
        },
        ShipmentEvent::BidSubmitted(offer) => News::Bid { bid: offer.bid, price: offer.price },
        ShipmentEvent::BidsRanked(ranked) => News::Ranked(ranked.ranking.clone()),
        ShipmentEvent::BidSelected(selected) => News::Selected { bid: selected.bid, driver: selected.driver },
        ShipmentEvent::BidLapsed(lapsed) => News::Lapsed { driver: lapsed.driver },
        ShipmentEvent::Cancelled(cancelled) => News::Cancelled { driver: cancelled.driver },
        ShipmentEvent::MatchFailed(_) => News::Over,
        ShipmentEvent::StatusChanged(changed) => match changed.to {
            ShipmentStatus::Delivered => News::Delivered { on_time: changed.on_time.unwrap_or(false) },
            ShipmentStatus::Completed => News::Over,
            _ => return None,
        },
        _ => return None,
    };
    Some(Notice { shipment, news })
}
