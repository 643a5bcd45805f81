//! The geofences of all tenants in memory, for the judge.

use super::Shape;
use kernel::{GeofenceId, Position, TenantId};
use parking_lot::RwLock;
use std::{collections::HashMap, sync::Arc, time::Duration};

/// Who was in a fence is out of it this far from it.
const OUT_M: f64 = 100.0;

/// Of latitude, at least.
const KM_A_DEGREE: f64 = 111.0;

/// A fence as the judge needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fence {
    /// Which one.
    pub id: GeofenceId,
    /// How long one must be in it to have stayed.
    pub dwell: Duration,
    shape: Shape,
    anchor: Position,
    reach_km: f64,
}

impl Fence {
    /// Of a shape that was checked; `None` of one without a point.
    #[must_use]
    pub fn new(id: GeofenceId, shape: Shape, dwell: Duration) -> Option<Self> {
        let (anchor, reach_km) = (shape.anchor()?, shape.reach_km());
        Some(Self { id, dwell, shape, anchor, reach_km })
    }

    /// Whether a place is in it; a little outside counts for who was in it.
    #[must_use]
    pub fn holds(&self, place: Position, was_in: bool) -> bool {
        let allowed_m = if was_in { OUT_M } else { 0.0 };
        let reach_km = self.reach_km + allowed_m / 1000.0;
        // Most fences are far to the north or south, which a subtraction says.
        let north_km = (self.anchor.latitude - place.latitude).abs() * KM_A_DEGREE;
        north_km <= reach_km
            && self.anchor.distance_km(place) <= reach_km
            && self.shape.distance_m(place) <= allowed_m
    }
}

/// The fences by tenant. A tenant has at most [`Fences::TENANT_MAX`], which the routes see to.
#[derive(Debug, Default)]
pub struct Fences {
    of: RwLock<HashMap<TenantId, Arc<Vec<Fence>>>>,
}

impl Fences {
    /// So many fences a tenant may have: all of them are looked at for every position.
    pub const TENANT_MAX: u64 = 500;

    /// Adds a fence or puts it in the place of the one with its id.
    pub fn put(&self, tenant: TenantId, fence: Fence) {
        self.change(tenant, |fences| {
            fences.retain(|known| known.id != fence.id);
            fences.push(fence);
        });
    }

    /// Takes a fence away.
    pub fn remove(&self, tenant: TenantId, id: GeofenceId) {
        self.change(tenant, |fences| fences.retain(|known| known.id != id));
    }

    fn change(&self, tenant: TenantId, change: impl FnOnce(&mut Vec<Fence>)) {
        let mut of = self.of.write();
        change(Arc::make_mut(of.entry(tenant).or_default()));
    }

    /// All fences of a tenant.
    #[must_use]
    pub fn of(&self, tenant: TenantId) -> Option<Arc<Vec<Fence>>> {
        self.of.read().get(&tenant).map(Arc::clone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{TypedId, Uuid};

    #[test]
    fn who_is_in_stays_in_until_it_is_clearly_out() {
        let centre = Position { latitude: 45.0, longitude: 9.0 };
        let id = GeofenceId::from_uuid(Uuid::from_u128(1));
        let fence =
            Fence::new(id, Shape::Circle { centre, radius_m: 500.0 }, Duration::from_secs(60)).unwrap();
        let north = |metres: f64| Position { latitude: 45.0 + metres / 111_195.0, longitude: 9.0 };
        assert!(fence.holds(north(490.0), false) && !fence.holds(north(550.0), false));
        assert!(fence.holds(north(550.0), true) && !fence.holds(north(620.0), true));
        let tenant = TenantId::from_uuid(Uuid::from_u128(2));
        let fences = Fences::default();
        fences.put(tenant, fence.clone());
        fences.put(tenant, fence);
        assert_eq!(fences.of(tenant).unwrap().len(), 1);
        fences.remove(tenant, id);
        assert!(fences.of(tenant).unwrap().is_empty());
    }
}
