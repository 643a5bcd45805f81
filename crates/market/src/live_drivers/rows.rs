//! One driver as the index keeps it: everything that eligibility asks, in few bytes.

use crate::agents::PARTS_MAX;
use contracts::driver::{
    Committed, DriverProfile, Freed, LivePosition, OperatingHours, Registered, ServiceArea, VehicleType,
};
use kernel::{DriverId, OrganisationId, Position, ShipmentId, TenantId, Timestamp};
use rustc_hash::FxHashMap;

/// Feature names as small numbers.
#[derive(Default)]
pub(super) struct Features(FxHashMap<String, u32>);

impl Features {
    /// The number of a feature that some driver has.
    pub(super) fn known(&self, feature: &str) -> Option<u32> {
        self.0.get(feature).copied()
    }

    fn number(&mut self, feature: &str) -> u32 {
        if let Some(known) = self.known(feature) {
            return known;
        }
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0.insert(feature.to_owned(), next);
        next
    }
}

/// A driver's row.
pub(super) struct Row {
    pub(super) driver: DriverId,
    pub(super) tenant: TenantId,
    pub(super) carrier: OrganisationId,
    /// The version of the stream that the row holds.
    pub(super) version: i64,
    pub(super) base: Position,
    pub(super) live: Option<LivePosition>,
    pub(super) radius_km: f64,
    pub(super) capacity_kg: f64,
    pub(super) capacity_m3: f64,
    pub(super) own_papers_until: Timestamp,
    pub(super) papers_until: Timestamp,
    pub(super) area: Option<Box<ServiceArea>>,
    /// Feature numbers, ascending.
    pub(super) features: Box<[u32]>,
    pub(super) hours: Option<OperatingHours>,
    pub(super) kind: VehicleType,
    pub(super) online: bool,
    /// The shipment it drives.
    pub(super) on: Option<ShipmentId>,
    /// Where that trip ends.
    pub(super) ends_at: Option<Position>,
    /// Whether that shipment is aboard.
    pub(super) loaded: bool,
    /// What it carries along, each with whether it is aboard.
    pub(super) parts: Vec<(ShipmentId, bool)>,
    /// Whether another one is booked to follow.
    pub(super) has_next: bool,
    /// Where that one ends.
    pub(super) next_ends_at: Option<Position>,
    pub(super) suspended: bool,
    pub(super) auto_bid: bool,
    pub(super) expiry_queued: bool,
    /// Where it is filed: the cell and its place in there.
    pub(super) filed: Option<(u32, u32)>,
}

impl Row {
    pub(super) fn new(driver: DriverId, registered: &Registered, features: &mut Features) -> Self {
        let profile = &registered.profile;
        let mut row = Self {
            driver,
            tenant: registered.tenant,
            carrier: registered.carrier,
            version: 0,
            base: profile.base,
            live: None,
            radius_km: 0.0,
            capacity_kg: 0.0,
            capacity_m3: 0.0,
            own_papers_until: profile.licence_valid_until,
            papers_until: profile.licence_valid_until,
            area: None,
            features: Box::default(),
            hours: None,
            kind: profile.vehicle.kind,
            online: false,
            on: None,
            ends_at: None,
            loaded: false,
            parts: Vec::new(),
            has_next: false,
            next_ends_at: None,
            suspended: false,
            auto_bid: false,
            expiry_queued: false,
            filed: None,
        };
        row.declare(profile, features);
        row
    }

    /// Takes what the driver declares.
    pub(super) fn declare(&mut self, profile: &DriverProfile, features: &mut Features) {
        self.base = profile.base;
        self.radius_km = profile.service_radius_km;
        self.capacity_kg = profile.vehicle.capacity_kg;
        self.capacity_m3 = profile.vehicle.capacity_m3;
        self.own_papers_until = profile.licence_valid_until.min(profile.insurance_valid_until);
        self.area = profile.area.map(Box::new);
        let mut numbers: Vec<u32> =
            profile.vehicle.features.iter().map(|name| features.number(name)).collect();
        numbers.sort_unstable();
        self.features = numbers.into_boxed_slice();
        self.hours = profile.hours;
        self.kind = profile.vehicle.kind;
        self.auto_bid = profile.auto_bid;
    }

    /// Where it would set out from: where its trip ends, while it takes loads on the way back; else its live position, else
    /// the base.
    pub(super) fn place(&self) -> Position {
        let here = self.live.map_or(self.base, |seen| seen.position);
        self.ends_at.filter(|_| self.is_returning()).unwrap_or(here)
    }

    /// Where it is and where its trip ends, while it may carry something along.
    pub(super) fn shared_way(&self) -> Option<(Position, Position)> {
        let has_room = self.on.is_some() && !self.has_next && self.parts.len() < PARTS_MAX;
        let here = self.live.map_or(self.base, |seen| seen.position);
        self.ends_at.filter(|_| has_room && self.online && !self.suspended).map(|ends_at| (here, ends_at))
    }

    /// Whether it is on a trip that a further load may follow.
    pub(super) fn is_returning(&self) -> bool {
        self.on.is_some() && self.loaded && self.parts.is_empty() && !self.has_next && self.ends_at.is_some()
    }

    pub(super) fn takes_offers(&self) -> bool {
        self.online && !self.suspended && (self.on.is_none() || self.is_returning())
    }

    pub(super) fn commit(&mut self, committed: &Committed) {
        if !committed.stops.is_empty() {
            self.parts.retain(|(part, _)| *part != committed.shipment);
            self.parts.push((committed.shipment, false));
            self.ends_at = committed.ends_at;
        } else if committed.after.is_some() {
            (self.has_next, self.next_ends_at) = (true, committed.ends_at);
        } else {
            (self.on, self.ends_at, self.loaded) = (Some(committed.shipment), committed.ends_at, false);
        }
    }

    /// A shipment is aboard; whether it is one of its.
    pub(super) fn load(&mut self, shipment: ShipmentId) -> bool {
        if self.on == Some(shipment) {
            self.loaded = true;
            return true;
        }
        let part = self.parts.iter_mut().find(|(part, _)| *part == shipment);
        part.map(|(_, loaded)| *loaded = true).is_some()
    }

    pub(super) fn free(&mut self, freed: &Freed) {
        let part = self.parts.iter().copied().find(|(part, _)| Some(*part) == freed.goes_on);
        if self.on == Some(freed.shipment) {
            self.on = freed.goes_on;
            self.loaded = part.is_some_and(|(_, loaded)| loaded);
            if part.is_none() {
                self.ends_at = self.next_ends_at;
            }
        }
        self.parts.retain(|(part, _)| *part != freed.shipment && Some(*part) != self.on);
        (self.has_next, self.next_ends_at) = (false, None);
    }
}
