//! The index of live drivers: the nearest eligible ones to a pickup, out of a hundred thousand, without touching the
//! store (design, sections 3 and 8).
//!
//! It lives in memory, fed by committed driver events, by positions as they arrive, and at the start by the drivers'
//! view. Only drivers that take offers are filed in the grid: free ones at their live position while it is fresh, else at
//! their base; loaded ones, who take loads on the way back, where their trip ends. Trucks under way that may carry
//! something along are all looked at: the best one may be far away and come by.

mod grid;
mod rows;
mod search;
mod warm;

#[cfg(test)]
mod tests;

use contracts::{
    driver::{DriverEvent, LivePosition},
    ports::LiveDriverIndex,
    profile::{CarrierEvent, CarrierProfileWritten},
    shipment::{ShipmentEvent, ShipmentStatus},
};
use grid::Grid;
use kernel::{DriverId, OrganisationId, Position, ShipmentId, Timestamp};
use parking_lot::RwLock;
use rows::{Features, Row};
use runtime::{Observer, Recorded};
use rustc_hash::FxHashMap;
use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
    sync::Arc,
    time::Duration,
};

pub use search::{Nearby, Wanted};
pub use warm::WarmDriver;

/// A position counts as live for this long (spec 4 caches it for 60 s); then the driver counts from its base again.
pub const LIVE_FOR: Duration = Duration::from_secs(60);

/// Stale positions that each new one clears away, so that a search never finds many at once.
const CLEARED_PER_MOVE: usize = 4;

/// The index; share it in an `Arc`.
pub struct LiveDrivers {
    index: RwLock<Index>,
    live_for: Duration,
}

#[derive(Default)]
struct Index {
    rows: Vec<Row>,
    by_id: FxHashMap<DriverId, u32>,
    by_carrier: FxHashMap<OrganisationId, Vec<u32>>,
    /// Until when each carrier's own papers last, for carriers that have shown theirs.
    carrier_papers: FxHashMap<OrganisationId, Timestamp>,
    features: Features,
    grid: Grid,
    /// Rows of trucks under way that may carry something along.
    under_way: BTreeSet<u32>,
    /// Which rows to look at when their position may have grown stale; at most one entry a row.
    expiries: BinaryHeap<Reverse<(Timestamp, u32)>>,
    /// The largest service radius seen, in km: no search needs to look further.
    radius_km_max: f64,
    /// Events of drivers that are not known yet; emptied by warming.
    early: Vec<(DriverId, i64, Arc<DriverEvent>)>,
    warmed: bool,
}

impl Default for LiveDrivers {
    fn default() -> Self {
        Self::new(LIVE_FOR)
    }
}

impl LiveDrivers {
    /// An empty index whose positions count as live for this long.
    #[must_use]
    pub fn new(live_for: Duration) -> Self {
        Self { index: RwLock::default(), live_for }
    }

    /// A driver's live position, if it is fresh.
    #[must_use]
    pub fn live_position(&self, driver: DriverId, now: Timestamp) -> Option<Position> {
        let index = self.index.read();
        let row = &index.rows[*index.by_id.get(&driver)? as usize];
        row.live.filter(|seen| now <= seen.at.after(self.live_for)).map(|seen| seen.position)
    }

    /// The carrier of a driver.
    #[must_use]
    pub fn carrier_of(&self, driver: DriverId) -> Option<OrganisationId> {
        let index = self.index.read();
        Some(index.rows[*index.by_id.get(&driver)? as usize].carrier)
    }

    /// Until when a carrier's own papers last, if it has shown them.
    #[must_use]
    pub fn carrier_papers_until(&self, carrier: OrganisationId) -> Option<Timestamp> {
        self.index.read().carrier_papers.get(&carrier).copied()
    }

    /// How many drivers are known, and how many of them take offers.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let index = self.index.read();
        (index.rows.len(), index.grid.len())
    }

    /// Takes an event of a driver's stream. Events that the row already holds are ignored, so that warming and the log
    /// may overlap.
    pub fn apply(&self, driver: DriverId, version: i64, event: &DriverEvent) {
        self.index.write().apply(driver, version, event);
    }

    /// A driver has a shipment aboard: loads on the way back may be offered to it.
    pub fn loaded(&self, driver: DriverId, shipment: ShipmentId) {
        self.index.write().loaded(driver, shipment);
    }

    /// Takes a carrier's papers.
    pub fn apply_papers(&self, papers: &CarrierProfileWritten) {
        let until = papers.licence_valid_until.min(papers.insurance_valid_until);
        self.index.write().set_papers(papers.organisation, until);
    }
}

impl LiveDriverIndex for LiveDrivers {
    fn moved(&self, seen: LivePosition, now: Timestamp) {
        let mut index = self.index.write();
        index.moved(seen, self.live_for);
        index.expire(now, self.live_for, CLEARED_PER_MOVE);
    }
}

impl Observer for LiveDrivers {
    fn committed(&self, event: &Recorded) {
        if let (Some(typed), Some(driver)) = (event.of::<DriverEvent>(), event.id()) {
            self.apply(driver, event.version, typed);
        } else if let Some(CarrierEvent::Written(papers)) = event.of() {
            self.apply_papers(papers);
        } else if let (Some(ShipmentEvent::StatusChanged(changed)), Some(shipment)) = (event.of(), event.id())
            && let (ShipmentStatus::InTransit, Some(driver)) = (changed.to, changed.driver)
        {
            self.loaded(driver, shipment);
        }
    }
}

impl Index {
    fn apply(&mut self, driver: DriverId, version: i64, event: &DriverEvent) {
        if let DriverEvent::Registered(registered) = event {
            if !self.by_id.contains_key(&driver) {
                let row = Row::new(driver, registered, &mut self.features);
                self.insert(row, version);
            }
            return;
        }
        let Some(&at) = self.by_id.get(&driver) else {
            if !self.warmed {
                self.early.push((driver, version, Arc::new(event.clone())));
            }
            return;
        };
        let row = &mut self.rows[at as usize];
        if version <= row.version {
            return;
        }
        row.version = version;
        match event {
            DriverEvent::ProfileChanged(changed) => row.declare(&changed.profile, &mut self.features),
            DriverEvent::PresenceChanged(changed) => row.online = changed.online,
            DriverEvent::Committed(committed) => row.commit(committed),
            DriverEvent::Freed(freed) => row.free(freed),
            DriverEvent::Suspended(_) => row.suspended = true,
            DriverEvent::Reinstated(_) => row.suspended = false,
            DriverEvent::Registered(_)
            | DriverEvent::Offered(_)
            | DriverEvent::BidDue(_)
            | DriverEvent::BidMade(_)
            | DriverEvent::Rated(_)
            | DriverEvent::TierRaised(_) => return,
        }
        self.refresh(at);
    }

    fn loaded(&mut self, driver: DriverId, shipment: ShipmentId) {
        let Some(&at) = self.by_id.get(&driver) else { return };
        let row = &mut self.rows[at as usize];
        if row.load(shipment) {
            self.refresh(at);
        }
    }

    fn insert(&mut self, mut row: Row, version: i64) {
        row.version = version;
        let at = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        self.by_id.insert(row.driver, at);
        self.by_carrier.entry(row.carrier).or_default().push(at);
        self.rows.push(row);
        self.refresh(at);
    }

    /// Brings what is derived from a row up to date: its papers, the widest radius, its place in the grid.
    fn refresh(&mut self, at: u32) {
        let row = &mut self.rows[at as usize];
        let carrier = self.carrier_papers.get(&row.carrier).copied();
        row.papers_until = carrier.map_or(row.own_papers_until, |until| until.min(row.own_papers_until));
        self.radius_km_max = self.radius_km_max.max(row.radius_km);
        let place = row.place();
        let filed = row.takes_offers().then_some(place);
        if row.shared_way().is_some() {
            self.under_way.insert(at);
        } else {
            self.under_way.remove(&at);
        }
        self.grid.file(&mut self.rows, at, filed);
    }

    fn set_papers(&mut self, carrier: OrganisationId, until: Timestamp) {
        self.carrier_papers.insert(carrier, until);
        for at in self.by_carrier.get(&carrier).cloned().unwrap_or_default() {
            self.refresh(at);
        }
    }

    fn moved(&mut self, seen: LivePosition, live_for: Duration) {
        let Some(&at) = self.by_id.get(&seen.driver) else { return };
        let row = &mut self.rows[at as usize];
        if row.live.is_some_and(|known| known.at >= seen.at) {
            return;
        }
        row.live = Some(seen);
        if !row.expiry_queued {
            row.expiry_queued = true;
            self.expiries.push(Reverse((seen.at.after(live_for), at)));
        }
        self.refresh(at);
    }

    /// Whether a position may have grown stale by now.
    fn has_expired(&self, now: Timestamp) -> bool {
        self.expiries.peek().is_some_and(|Reverse((due, _))| *due < now)
    }

    /// Files drivers whose position grew stale at their base again, at most so many.
    fn expire(&mut self, now: Timestamp, live_for: Duration, at_most: usize) {
        for _ in 0..at_most {
            if !self.has_expired(now) {
                return;
            }
            let Some(Reverse((_, at))) = self.expiries.pop() else { return };
            let row = &mut self.rows[at as usize];
            let due = row.live.map(|seen| seen.at.after(live_for));
            match due {
                // It moved since: look again when the newer position grows stale.
                Some(due) if due >= now => self.expiries.push(Reverse((due, at))),
                _ => {
                    row.live = None;
                    row.expiry_queued = false;
                    self.refresh(at);
                }
            }
        }
    }
}
