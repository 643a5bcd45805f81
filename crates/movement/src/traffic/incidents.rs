//! The incidents of all tenants in memory, for whoever plans a way.

use contracts::ports::{Incident, Traffic};
use kernel::{IncidentId, TenantId, Timestamp};
use parking_lot::RwLock;
use std::{collections::HashMap, sync::Arc};

/// The incidents by tenant. A tenant has at most [`Incidents::TENANT_MAX`], which the routes see to.
#[derive(Debug, Default)]
pub struct Incidents {
    of: RwLock<HashMap<TenantId, Vec<Arc<Incident>>>>,
}

impl Incidents {
    /// So many incidents a tenant may have that are not over: all of them are looked at for every way.
    pub const TENANT_MAX: u64 = 1_000;

    /// Adds an incident, once.
    pub fn put(&self, tenant: TenantId, incident: Incident) {
        let mut of = self.of.write();
        let incidents = of.entry(tenant).or_default();
        if incidents.iter().all(|known| known.id != incident.id) {
            incidents.push(Arc::new(incident));
        }
    }

    /// Takes an incident away.
    pub fn remove(&self, tenant: TenantId, id: IncidentId) {
        if let Some(incidents) = self.of.write().get_mut(&tenant) {
            incidents.retain(|known| known.id != id);
        }
    }

    /// What hinders a tenant's traffic at an instant.
    #[must_use]
    pub fn in_force(&self, tenant: TenantId, instant: Timestamp) -> Traffic {
        let of = self.of.read();
        let incidents = of.get(&tenant).map_or(&[][..], Vec::as_slice);
        Traffic::of(incidents.iter().filter(|incident| incident.holds_at(instant)).cloned())
    }

    /// How many there are of all tenants, those of the future included.
    #[must_use]
    pub fn count(&self) -> usize {
        self.of.read().values().map(Vec::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::ports::{TrafficEffect, TrafficPlace};
    use kernel::{Position, TypedId, Uuid};
    use std::time::Duration;

    #[test]
    fn each_tenant_has_what_is_in_force_now() {
        let start = Timestamp::from_millis(1_000_000);
        let tenant = |number| TenantId::from_uuid(Uuid::from_u128(number));
        let incident = |number: u128, from: Timestamp| Incident {
            id: IncidentId::from_uuid(Uuid::from_u128(number)),
            effect: TrafficEffect::Closed,
            place: TrafficPlace::Point { at: Position { latitude: 45.0, longitude: 9.0 } },
            from,
            until: None,
        };
        let incidents = Incidents::default();
        incidents.put(tenant(1), incident(1, start));
        incidents.put(tenant(1), incident(1, start));
        incidents.put(tenant(1), incident(2, start.after(Duration::from_secs(60))));
        incidents.put(tenant(2), incident(3, start));
        let in_force = |at| incidents.in_force(tenant(1), at).incidents().len();
        assert_eq!([in_force(start), in_force(start.after(Duration::from_secs(60)))], [1, 2]);
        assert_eq!(incidents.count(), 3);
        incidents.remove(tenant(1), IncidentId::from_uuid(Uuid::from_u128(1)));
        assert_eq!(in_force(start), 0);
        assert!(incidents.in_force(tenant(9), start).is_free());
    }
}
