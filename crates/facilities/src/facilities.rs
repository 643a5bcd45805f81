//! What the routes of facilities share.

use crate::{
    agents::{Yard, YardCommand},
    arrivals,
    views::appointments::{self, AppointmentRow},
    wire::{WireAppointment, WireSlot},
};
use axum::extract::FromRef;
use contracts::{
    facility::{CargoCount, yard_of},
    ports::{
        ArrivalForecast, Caller, CargoPapers, MarketUnavailable, PapersUnavailable, Resource, Role,
        ShipmentAccess,
    },
    profile::FacilityProfileWritten,
};
use edge::{Platform, Problem, Session};
use kernel::{AppointmentId, FacilityId, ShipmentId};
use moka::sync::Cache;
use runtime::{Order, Wait};
use std::{sync::Arc, time::Duration};
use store::{StoreError, Write};

/// How long free slots may be answered from memory (annex, section 4: dock availability 30 s).
const AVAILABILITY_KEPT: Duration = Duration::from_secs(30);
const AVAILABILITIES_MAX: u64 = 10_000;

/// A question for free slots, and its answer.
pub(crate) type Availability = Cache<(FacilityId, String), Arc<Vec<WireSlot>>>;

/// The state of the routes of facilities.
#[derive(Clone)]
pub struct Facilities {
    /// What every route can reach.
    pub platform: Platform,
    /// Who has to do with a shipment.
    pub shipments: Arc<dyn ShipmentAccess>,
    /// When trucks will arrive.
    pub forecast: Arc<dyn ArrivalForecast>,
    /// What consignment notes say.
    pub papers: Arc<dyn CargoPapers>,
    pub(crate) availability: Availability,
}

impl FromRef<Facilities> for Platform {
    fn from_ref(facilities: &Facilities) -> Self {
        facilities.platform.clone()
    }
}

/// A yard with its facility.
pub(crate) struct Found {
    pub(crate) id: FacilityId,
    pub(crate) yard: Arc<Yard>,
    pub(crate) site: Arc<FacilityProfileWritten>,
}

impl Facilities {
    /// With nothing in memory.
    #[must_use]
    pub fn new(
        platform: Platform,
        shipments: Arc<dyn ShipmentAccess>,
        forecast: Arc<dyn ArrivalForecast>,
        papers: Arc<dyn CargoPapers>,
    ) -> Self {
        Self { platform, shipments, forecast, papers, availability: availability() }
    }

    /// Who has just changed a facility's calendar sees it: its free slots are worked out anew.
    pub(crate) fn forget_slots(&self, facility: FacilityId) {
        forget(&self.availability, facility);
    }

    /// A facility; 404 when there is none.
    pub(crate) async fn found(&self, id: FacilityId) -> Result<Found, Problem> {
        let yard = self.platform.runtime.state::<Yard>(yard_of(id)).await?.ok_or_else(Problem::not_found)?;
        let site = yard.site.clone().ok_or_else(Problem::not_found)?;
        Ok(Found { id, yard, site })
    }

    /// An appointment with its facility; 404 when there is none.
    pub(crate) async fn appointment(&self, id: AppointmentId) -> Result<(AppointmentRow, Found), Problem> {
        let row = appointments::find(self.platform.runtime.store(), id).await?;
        let row = row.ok_or_else(Problem::not_found)?;
        let found = self.found(row.facility).await?;
        Ok((row, found))
    }

    /// Asks a yard.
    pub(crate) async fn ask(
        &self,
        session: &Session,
        facility: FacilityId,
        command: YardCommand,
        writes: Vec<Write>,
    ) -> Result<(), Problem> {
        let order = Order::new::<Yard>(yard_of(facility), command).write(writes).wait(Wait::Durable);
        let _receipt = self.platform.runtime.submit(&session.origin, order).await?;
        self.forget_slots(facility);
        Ok(())
    }

    /// What the consignment note of an appointment's shipment says.
    pub(crate) async fn consignment(
        &self,
        shipment: Option<ShipmentId>,
    ) -> Result<Option<CargoCount>, Problem> {
        let Some(shipment) = shipment else { return Ok(None) };
        let away = |error: PapersUnavailable| StoreError::Unavailable(error.to_string());
        Ok(self.papers.consignment(shipment).await.map_err(away)?)
    }

    /// An appointment as it is now.
    pub(crate) async fn shown(&self, id: AppointmentId) -> Result<WireAppointment, Problem> {
        let row = appointments::find(self.platform.runtime.store(), id).await?;
        Ok(self.wire(row.ok_or_else(Problem::not_found)?))
    }

    /// A row with what is expected of its truck.
    pub(crate) fn wire(&self, row: AppointmentRow) -> WireAppointment {
        let expected = arrivals::of_row(&*self.forecast, &row);
        WireAppointment::of(row, expected)
    }
}

impl Found {
    /// What it is to those who run it.
    pub(crate) fn operated(&self) -> Resource {
        let organisations = vec![self.site.organisation];
        Resource { tenant: Some(self.site.tenant), organisations, ..Resource::default() }
    }

    /// What it is to those who come with trucks: every carrier of the tenant may.
    pub(crate) fn visited_by(&self, caller: &Caller) -> Resource {
        let mut resource = self.operated();
        if matches!(caller.role, Role::Carrier | Role::Driver) {
            resource.organisations.push(caller.organisation);
        }
        resource
    }

    /// What one of its appointments is to the two who share it.
    pub(crate) fn shared(&self, row: &AppointmentRow) -> Resource {
        let mut resource = self.operated();
        resource.organisations.push(row.carrier);
        resource
    }
}

pub(crate) fn away(error: MarketUnavailable) -> Problem {
    StoreError::Unavailable(error.to_string()).into()
}

/// Answers about free slots, none yet.
fn availability() -> Availability {
    let kept = Cache::builder().max_capacity(AVAILABILITIES_MAX).time_to_live(AVAILABILITY_KEPT);
    kept.support_invalidation_closures().build()
}

fn forget(kept: &Availability, facility: FacilityId) {
    if kept.invalidate_entries_if(move |(of, _), _| *of == facility).is_err() {
        kept.invalidate_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{TypedId as _, Uuid};

    #[test]
    fn free_slots_are_kept_for_half_a_minute_and_until_their_facility_changes() {
        let kept = availability();
        assert_eq!(kept.policy().time_to_live(), Some(Duration::from_secs(30)));
        let key = |number| (FacilityId::from_uuid(Uuid::from_u128(number)), "work=loading".to_owned());
        for number in [1, 2] {
            kept.insert(key(number), Arc::default());
        }
        assert!(kept.get(&key(1)).is_some());
        forget(&kept, key(1).0);
        assert!(kept.get(&key(1)).is_none() && kept.get(&key(2)).is_some(), "only that facility's");
    }
}
