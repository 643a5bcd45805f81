//! `GET /api/v1/shipments/{id}/events`: everything that happened to a shipment.
//!
//! Errors: 403 for a role that sees no histories, 404 for an unknown or foreign shipment, 422 for a bad page.

use super::state::MarketState;
use crate::wire::history::{HistoryEvent, Reader};
use axum::extract::State;
use contracts::ports::{Scope, permissions};
use edge::{Answer, Page, Paged, Pagination, PathId, Problem, Search, Session};
use kernel::{ShipmentId, TypedId};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which page.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EventsQuery {
    /// From 1.
    #[param(minimum = 1, maximum = 1_000_000, default = 1)]
    page: Option<u32>,
    /// 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 20)]
    per_page: Option<u32>,
}

/// List what happened to a shipment.
///
/// Oldest first, with what the truck's positions meant: arrivals, delays, alerts. The shipper and the tenant's staff see everything; a carrier sees the shipment's own course and its own
/// bids, never those of others.
#[utoipa::path(
    get,
    path = "/api/v1/shipments/{id}/events",
    tag = "shipments",
    params(("id" = String, Path, description = "the shipment"), EventsQuery),
    responses((status = 200, description = "a page of events, oldest first", body = edge::Enveloped<Vec<HistoryEvent>>)),
)]
pub(super) async fn list_events(
    State(state): State<MarketState>,
    session: Session,
    PathId(id): PathId<ShipmentId>,
    Search(query): Search<EventsQuery>,
) -> Result<Paged<HistoryEvent>, Problem> {
    let found = state.shipment(id).await?;
    let resource = state.resource(&found, &session.caller);
    session.authorise(&state.platform, permissions::SHIPMENT_EVENTS, &resource)?;
    let page = Page::of(query.page, query.per_page)?;
    let caller = &session.caller;
    let outsider = caller.role.scope() == Scope::Organisation && caller.organisation != found.request.shipper;
    let reader = if outsider { Reader::Carrier(caller.organisation) } else { Reader::Whole };
    let stored = state.platform.runtime.store().read_stream(id.stream(), 0).await?;
    let mut shown = reader.shown(&stored).map_err(|error| Problem::defect(&error))?;
    for trip in reader.trips(&stored).map_err(|error| Problem::defect(&error))? {
        let stored = state.platform.runtime.store().read_stream(trip.stream(), 0).await?;
        shown.extend(reader.shown_of_trip(&stored).map_err(|error| Problem::defect(&error))?);
    }
    shown.sort_by_key(|event| event.position);
    let total = shown.len() as u64;
    let skip = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let events = shown.into_iter().skip(skip).take(page.per_page as usize).collect();
    Ok(Answer::paged(events, Pagination { page: page.page, per_page: page.per_page, total }))
}
