//! What the watch must know at the start: the geofences, the incidents, the history of ways, the trips that run, and what their trucks
//! did of late.

use super::Watch;
use crate::{
    Positions,
    agents::{GeofenceTerms, Trip},
    geofences::{Fence, Fences},
    views::{
        geofences::{self, GeofenceRow},
        incidents::{self, IncidentRow, incident_of},
        trips::{self, TripRow},
        ways,
    },
};
use kernel::{GeofenceId, TenantId};
use runtime::Runtime;
use std::time::Duration;
use store::StoreError;

const PAGE: i64 = 500;
/// So much of a driver's day says whether a pause is due.
const LOOK_BACK: Duration = Duration::from_secs(11 * 3600);
/// Positions are read in parts of this many.
const POSITIONS_A_READ: u32 = 5_000;

/// Fills the watch from the views and the telemetry. What the positions of the past mean was said then, or is news now.
///
/// # Errors
/// [`StoreError`].
pub async fn warm(watch: &Watch, runtime: &Runtime, positions: &Positions) -> Result<(), StoreError> {
    for (tenant, history) in ways::all(runtime.store()).await? {
        watch.remember(tenant, history);
    }
    let mut after = None;
    loop {
        let rows = geofences::all(runtime.store(), after, PAGE).await?;
        let Some(last) = rows.last().map(|row| row.id) else { break };
        rows.into_iter().for_each(|GeofenceRow { id, terms }| put_fence(&watch.fences, id, terms));
        after = Some(last);
    }
    let mut after = None;
    loop {
        let rows = incidents::all(runtime.store(), after, PAGE).await?;
        let Some(last) = rows.last().map(|row| row.id) else { break };
        for IncidentRow { id, terms, .. } in rows {
            watch.incidents.put(terms.tenant, incident_of(id, terms));
        }
        after = Some(last);
    }
    let mut after = None;
    loop {
        let rows = trips::running(runtime.store(), after, PAGE).await?;
        let Some(last) = rows.last().map(|row| row.id) else { return Ok(()) };
        for row in rows {
            take_over(watch, runtime, positions, &row).await?;
        }
        after = Some(last);
    }
}

/// Puts a geofence among those that are looked at.
pub(super) fn put_fence(fences: &Fences, id: GeofenceId, terms: GeofenceTerms) {
    let tenant: TenantId = terms.tenant;
    if let Some(fence) = Fence::new(id, terms.shape, Duration::from_secs(u64::from(terms.dwell_s))) {
        fences.put(tenant, fence);
    }
}

async fn take_over(
    watch: &Watch,
    runtime: &Runtime,
    positions: &Positions,
    row: &TripRow,
) -> Result<(), StoreError> {
    let Some(log) = runtime.state::<Trip>(row.id).await? else { return Ok(()) };
    let now = runtime.now();
    let mut from = now.before(LOOK_BACK);
    loop {
        let samples = positions.history(row.driver, from, now, POSITIONS_A_READ).await?;
        let Some(last) = samples.last() else { break };
        from = last.at.after(Duration::from_micros(1));
        for sample in &samples {
            // Not yet resumed: this adds up, and says nothing.
            let _silent = watch.seen(row.driver, std::slice::from_ref(sample), sample.at);
        }
    }
    watch.resume(row.tenant, row.id, (*log).clone(), row.status);
    Ok(())
}
