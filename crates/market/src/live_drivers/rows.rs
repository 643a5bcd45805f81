//! One driver as the index keeps it: everything that eligibility asks, in few bytes.

use contracts::driver::{DriverProfile, LivePosition, OperatingHours, Registered, ServiceArea, VehicleType};
use kernel::{DriverId, OrganisationId, Position, TenantId, Timestamp};
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
    pub(super) busy: bool,
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
            busy: false,
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

    /// The live position, else the base.
    pub(super) fn place(&self) -> Position {
        self.live.map_or(self.base, |seen| seen.position)
    }

    pub(super) const fn takes_offers(&self) -> bool {
        self.online && !self.busy && !self.suspended
    }
}
