//! The nearest eligible drivers: circles that double, in which only new cells are looked at, until the nearest ones are
//! certain.

use super::{
    Index, LiveDrivers,
    grid::{Entry, Reach, Span},
    rows::Row,
};
use crate::rules::{
    eligibility::{Load, fits, holds, required_features, suits, works_at},
    geometry::{chord2, chord2_of_km, km_of_chord2, unit_vector},
};
use kernel::{DriverId, OrganisationId, Position, TenantId, Timestamp};
use std::{cmp::Ordering, collections::BinaryHeap};

/// The radius of the first circle in km: a quarter of a cell, for where drivers are dense the nearest fifty are nearer than
/// that.
const FIRST_RADIUS_KM: f64 = 7.0;

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Whose market.
    pub tenant: TenantId,
    /// The load.
    pub load: Load<'a>,
    /// The only carrier that is asked, when the tender says so.
    pub only_carrier: Option<OrganisationId>,
    /// Drivers that are left out.
    pub exclude: &'a [DriverId],
    /// At most so many.
    pub limit: usize,
    /// Those who are on a trip and near where it ends, at most so many km away; the free ones when absent.
    pub returning_within_km: Option<f64>,
    /// The present instant.
    pub now: Timestamp,
}

/// A driver that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearby {
    /// Who.
    pub driver: DriverId,
    /// Great-circle km from where it would set out to the pickup; of one that comes by, km by way of both stops.
    pub km: f64,
    /// Whether it bids by itself.
    pub auto_bid: bool,
}

/// A candidate in the heap, whose top is the furthest. Ties go by the id, so that the answer never depends on the order
/// in which drivers were filed.
#[derive(Clone, Copy, PartialEq)]
struct Found {
    chord2: f64,
    driver: DriverId,
    row: u32,
}

impl Eq for Found {}
impl Ord for Found {
    fn cmp(&self, other: &Self) -> Ordering {
        self.chord2.total_cmp(&other.chord2).then(self.driver.cmp(&other.driver))
    }
}
impl PartialOrd for Found {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl LiveDrivers {
    /// The nearest drivers that may carry the load, nearest first, ties by id.
    #[must_use]
    pub fn nearest(&self, wanted: &Wanted<'_>) -> Vec<Nearby> {
        if self.index.read().has_expired(wanted.now) {
            self.index.write().expire(wanted.now, self.live_for, usize::MAX);
        }
        self.index.read().nearest(wanted)
    }

    /// Drivers under way that may carry the load along, those first whose way leads nearest by its stops, ties by id. The
    /// straight lines by way of the pickup may be `detour_km` longer than the one to where the trip ends, those by way
    /// of the delivery twice that, for what lies beyond the end.
    #[must_use]
    pub fn passing(&self, wanted: &Wanted<'_>, detour_km: f64) -> Vec<Nearby> {
        let index = self.index.read();
        let Some(query) = Query::new(&index, wanted) else { return Vec::new() };
        let mut found: Vec<Nearby> = index
            .under_way
            .iter()
            .filter_map(|at| query.passes(index.rows.get(*at as usize)?, detour_km))
            .collect();
        found.sort_by(|a, b| a.km.total_cmp(&b.km).then(a.driver.cmp(&b.driver)));
        found.truncate(wanted.limit);
        found
    }
}

impl Index {
    fn nearest(&self, wanted: &Wanted<'_>) -> Vec<Nearby> {
        let Some(query) = Query::new(self, wanted) else { return Vec::new() };
        let mut heap = BinaryHeap::with_capacity(wanted.limit + 1);
        match wanted.only_carrier {
            Some(carrier) => self.search_carrier(&query, carrier, &mut heap),
            None => self.search_grid(&query, &mut heap),
        }
        let found = heap.into_sorted_vec();
        let nearby = |found: Found| Nearby {
            driver: found.driver,
            km: km_of_chord2(found.chord2),
            auto_bid: self.rows[found.row as usize].auto_bid,
        };
        found.into_iter().map(nearby).collect()
    }

    fn search_carrier(&self, query: &Query<'_>, carrier: OrganisationId, heap: &mut BinaryHeap<Found>) {
        for &row in self.by_carrier.get(&carrier).into_iter().flatten() {
            if self.rows[row as usize].takes_offers() {
                let point = unit_vector(self.rows[row as usize].place());
                self.consider(query, &Entry { point, row }, heap);
            }
        }
    }

    fn search_grid(&self, query: &Query<'_>, heap: &mut BinaryHeap<Found>) {
        let reachable = self.radius_km_max * query.wanted.load.radius_factor;
        let furthest = reachable.min(query.wanted.returning_within_km.unwrap_or(f64::INFINITY));
        let mut radius = FIRST_RADIUS_KM.min(furthest);
        let mut seen: Option<Reach> = None;
        loop {
            let Some(reach) = self.worthwhile(query, radius) else { return self.search_all(query, heap) };
            for band in reach.first_band..=reach.last_band {
                let Some(span) = reach.columns(band) else { return self.search_all(query, heap) };
                let before = seen.filter(|seen| (seen.first_band..=seen.last_band).contains(&band));
                self.search_band(query, band, span, before.and_then(|seen| seen.columns(band)), heap);
            }
            let certain = heap.len() >= query.wanted.limit
                && heap.peek().is_some_and(|worst| worst.chord2 <= chord2_of_km(radius));
            if certain || radius >= furthest {
                return;
            }
            seen = Some(reach);
            radius = (radius * 2.0).min(furthest);
        }
    }

    /// The circle's cells, unless looking at everybody is less work.
    fn worthwhile(&self, query: &Query<'_>, radius_km: f64) -> Option<Reach> {
        let reach = Reach::of(query.wanted.load.pickup, radius_km)?;
        let few = radius_km <= FIRST_RADIUS_KM || reach.cells() <= self.grid.occupied().saturating_mul(4);
        few.then_some(reach)
    }

    fn search_all(&self, query: &Query<'_>, heap: &mut BinaryHeap<Found>) {
        heap.clear();
        for entry in self.grid.all() {
            self.consider(query, entry, heap);
        }
    }

    fn search_band(
        &self,
        query: &Query<'_>,
        band: i32,
        span: Span,
        seen: Option<Span>,
        heap: &mut BinaryHeap<Found>,
    ) {
        for column in span.from..=span.to {
            if seen.is_some_and(|seen| (seen.from..=seen.to).contains(&column)) {
                continue;
            }
            for entry in self.grid.cell(band, column) {
                self.consider(query, entry, heap);
            }
        }
    }

    fn consider(&self, query: &Query<'_>, entry: &Entry, heap: &mut BinaryHeap<Found>) {
        let chord2 = chord2(entry.point, query.pickup);
        let full = heap.len() >= query.wanted.limit;
        if full && heap.peek().is_none_or(|worst| chord2 > worst.chord2) {
            return;
        }
        let row = &self.rows[entry.row as usize];
        if query.accepts(row, chord2) {
            heap.push(Found { chord2, driver: row.driver, row: entry.row });
            if heap.len() > query.wanted.limit {
                heap.pop();
            }
        }
    }
}

/// The question, with what is the same for every driver worked out once.
struct Query<'a> {
    wanted: &'a Wanted<'a>,
    pickup: [f64; 3],
    features: Vec<u32>,
}

impl<'a> Query<'a> {
    /// `None` when a feature is asked for that no driver has, or nobody is asked for.
    fn new(index: &Index, wanted: &'a Wanted<'a>) -> Option<Self> {
        if wanted.limit == 0 {
            return None;
        }
        let features: Option<Vec<u32>> =
            required_features(wanted.load.cargo).map(|feature| index.features.known(feature)).collect();
        Some(Self { wanted, pickup: unit_vector(wanted.load.pickup), features: features? })
    }

    /// The rules of [`crate::rules::eligibility`], cheapest first.
    fn accepts(&self, row: &Row, chord2: f64) -> bool {
        row.tenant == self.wanted.tenant
            && row.is_returning() == self.wanted.returning_within_km.is_some()
            && self.in_radius(row, chord2)
            && self.may_carry(row)
    }

    /// A truck that comes by near enough.
    fn passes(&self, row: &Row, detour_km: f64) -> Option<Nearby> {
        let is_asked = self.wanted.only_carrier.is_none_or(|carrier| carrier == row.carrier);
        let (here, end) = row.shared_way().filter(|_| is_asked && row.tenant == self.wanted.tenant)?;
        let straight_km = here.distance_km(end);
        let via = |place: Position| here.distance_km(place) + place.distance_km(end) - straight_km;
        let load = &self.wanted.load;
        let by_pickup = Some(via(load.pickup)).filter(|km| *km <= detour_km)?;
        let by_delivery = Some(via(load.delivery)).filter(|km| *km <= 2.0 * detour_km)?;
        let nearby = Nearby { driver: row.driver, km: by_pickup + by_delivery, auto_bid: row.auto_bid };
        self.may_carry(row).then_some(nearby)
    }

    fn may_carry(&self, row: &Row) -> bool {
        let load = &self.wanted.load;
        fits(row.capacity_kg, row.capacity_m3, load.cargo)
            && row.papers_until >= load.delivery_at
            && suits(row.kind, load.cargo)
            && row.hours.is_none_or(|hours| works_at(hours, load.pickup_at))
            && self.features.iter().all(|feature| row.features.binary_search(feature).is_ok())
            && row.area.as_ref().is_none_or(|area| holds(area, load.pickup, load.delivery))
            && !load.blocked_carriers.contains(&row.carrier)
            && !self.wanted.exclude.contains(&row.driver)
    }

    fn in_radius(&self, row: &Row, chord2: f64) -> bool {
        let km = km_of_chord2(chord2);
        km <= row.radius_km * self.wanted.load.radius_factor
            && self.wanted.returning_within_km.is_none_or(|within| km <= within)
    }
}
