//! `GET /api/v1/facilities/{id}/availability`: when a truck could come.
//!
//! Errors: 403 for a role that sees none, 404 for an unknown or foreign facility, 422 for the query.

use super::span::check_span;
use crate::{
    Facilities,
    agents::Yard,
    wire::{WireDockVehicle, WireDockWork, WireSlot, WireVehicleClass},
};
use axum::extract::State;
use contracts::{
    facility::{DockWork, TruckShape},
    ports::permissions,
    shipment::Window,
};
use edge::{Answer, Fields, PathId, Problem, Search, Session};
use kernel::{FacilityId, Timestamp};
use serde::Deserialize;
use std::{sync::Arc, time::Duration};
use utoipa::IntoParams;

const DAYS_MAX: u64 = 7;
/// Slots of one answer.
const SLOTS_MAX: usize = 1000;

/// What for, and when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AvailabilityQuery {
    /// From when.
    #[param(format = DateTime)]
    from: String,
    /// To when, at most seven days later.
    #[param(format = DateTime)]
    to: String,
    /// What is done.
    #[param(inline)]
    work: WireDockWork,
    /// The truck's class, of the usual size.
    #[param(inline)]
    vehicle: WireVehicleClass,
    /// How long it takes; the facility's usual length when absent.
    #[param(minimum = 15, maximum = 720)]
    minutes: Option<u16>,
}

/// Free slots.
///
/// When a truck of this class could come, from the next slot on; at most 1,000, by their beginning. The answer may be up
/// to 30 seconds old; booking decides. That slots are others now is told on the WebSocket topic `facility:<id>:slots`.
#[utoipa::path(
    get,
    path = "/api/v1/facilities/{id}/availability",
    tag = "facilities",
    params(("id" = String, Path, description = "the facility"), AvailabilityQuery),
    responses((status = 200, description = "free slots", body = edge::Enveloped<Vec<WireSlot>>)),
)]
pub async fn read_availability(
    State(state): State<Facilities>,
    session: Session,
    PathId(id): PathId<FacilityId>,
    Search(query): Search<AvailabilityQuery>,
) -> Result<Answer<Vec<WireSlot>>, Problem> {
    let found = state.found(id).await?;
    session.authorise(&state.platform, permissions::FACILITY_READ, &found.visited_by(&session.caller))?;
    let mut fields = Fields::new();
    let window = check_span(&query.from, &query.to, DAYS_MAX, &mut fields);
    let minutes = query.minutes.unwrap_or(found.yard.arrangement.rules.usual_minutes);
    fields.require((15..=720).contains(&minutes), "minutes", "out_of_range", "must be 15 to 720");
    let truck = WireDockVehicle::usual(query.vehicle).check(&mut fields);
    fields.finish()?;
    let window = window.ok_or_else(Problem::not_found)?;
    let key = (id, format!("{query:?}"));
    let slots = match state.availability.get(&key) {
        Some(kept) => kept,
        None => {
            let now = state.platform.runtime.now();
            let slots = Arc::new(free_slots(&found.yard, &truck, query.work.into(), minutes, window, now));
            state.availability.insert(key, Arc::clone(&slots));
            slots
        }
    };
    Ok(Answer::ok(slots.to_vec()))
}

/// Slots within a window at which at least one dock is free.
fn free_slots(
    yard: &Yard,
    truck: &TruckShape,
    work: DockWork,
    minutes: u16,
    window: Window,
    now: Timestamp,
) -> Vec<WireSlot> {
    let length = Duration::from_secs(60 * u64::from(minutes));
    let step = Duration::from_secs(60 * u64::from(yard.arrangement.rules.slot_minutes));
    let earliest = now.after(Duration::from_secs(60 * u64::from(yard.arrangement.rules.lead_minutes)));
    let mut slots = Vec::new();
    let mut next = window.from.max(earliest);
    while slots.len() < SLOTS_MAX {
        let Some((_, free)) = yard.first_free(truck, work, length, next, window.to, None) else { break };
        if free.to > window.to {
            break;
        }
        slots.push(WireSlot { from: free.from.to_string(), to: free.to.to_string() });
        next = free.from.after(step);
    }
    slots
}
