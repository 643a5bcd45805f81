//! `GET /api/v1/shipments/{id}/alerts`: what is or was wrong with a shipment's trip.
//!
//! Errors: 403 for a role that sees no histories, 404 for an unknown or foreign shipment, 422 for a bad page.

use super::{alert_wire::WireAlert, shipment_position::resource_of};
use crate::{
    Movement,
    movement::away,
    views::alerts::{AlertFilter, list},
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, Page, Paged, Pagination, PathId, Problem, Search, Session};
use kernel::ShipmentId;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ShipmentAlertsQuery {
    /// From 1.
    #[param(minimum = 1, maximum = 1_000_000, default = 1)]
    page: Option<u32>,
    /// 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 20)]
    per_page: Option<u32>,
}

/// List a shipment's alerts.
///
/// For the shipper, the booked carrier and its drivers, and the tenant's staff; newest first.
#[utoipa::path(
    get,
    path = "/api/v1/shipments/{id}/alerts",
    tag = "alerts",
    params(("id" = String, Path, description = "the shipment"), ShipmentAlertsQuery),
    responses((status = 200, description = "a page of alerts, newest first", body = edge::Enveloped<Vec<WireAlert>>)),
)]
pub async fn shipment_alerts(
    State(movement): State<Movement>,
    session: Session,
    PathId(shipment): PathId<ShipmentId>,
    Search(query): Search<ShipmentAlertsQuery>,
) -> Result<Paged<WireAlert>, Problem> {
    let parties = movement.shipments.parties(shipment).await.map_err(away)?.ok_or_else(Problem::not_found)?;
    session.authorise(&movement.platform, permissions::SHIPMENT_EVENTS, &resource_of(&parties))?;
    let page = Page::of(query.page, query.per_page)?;
    let filter = AlertFilter { tenant: parties.tenant, shipment: Some(shipment), state: None, kind: None };
    let (rows, total) = list(movement.platform.runtime.store(), filter, page.limit(), page.offset()).await?;
    let pagination = Pagination { page: page.page, per_page: page.per_page, total };
    Ok(Answer::paged(rows.into_iter().map(WireAlert::from).collect(), pagination))
}
