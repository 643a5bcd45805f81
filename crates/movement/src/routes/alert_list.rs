//! `GET /api/v1/alerts`: what is or was wrong with the tenant's trips.
//!
//! Errors: 403 for a role that sees none of it, 422 for a bad filter or page.

use super::alert_wire::{WireAlert, WireAlertKind, WireAlertState};
use crate::{
    Movement,
    views::alerts::{AlertFilter, list},
};
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{Answer, Fields, Page, Paged, Pagination, Problem, Search, Session};
use kernel::ShipmentId;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which alerts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AlertsQuery {
    /// Only in this state.
    #[param(inline)]
    state: Option<WireAlertState>,
    /// Only of this kind.
    #[param(inline)]
    kind: Option<WireAlertKind>,
    /// Only of this shipment.
    #[param(pattern = "^shp_[0-9a-f]{32}$")]
    shipment_id: Option<String>,
    /// From 1.
    #[param(minimum = 1, maximum = 1_000_000, default = 1)]
    page: Option<u32>,
    /// 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 20)]
    per_page: Option<u32>,
}

/// List alerts.
///
/// For the tenant's staff, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/alerts",
    tag = "alerts",
    params(AlertsQuery),
    responses((status = 200, description = "a page of alerts, newest first", body = edge::Enveloped<Vec<WireAlert>>)),
)]
pub async fn list_alerts(
    State(movement): State<Movement>,
    session: Session,
    Search(query): Search<AlertsQuery>,
) -> Result<Paged<WireAlert>, Problem> {
    session.authorise(&movement.platform, permissions::OPERATIONS_READ, &Resource::default())?;
    let mut fields = Fields::new();
    let shipment = query
        .shipment_id
        .as_ref()
        .and_then(|text| fields.take("shipment_id", "invalid_id", text.parse::<ShipmentId>()));
    fields.finish()?;
    let page = Page::of(query.page, query.per_page)?;
    let filter = AlertFilter {
        tenant: session.caller.tenant,
        shipment,
        state: query.state.map(WireAlertState::name),
        kind: query.kind.map(WireAlertKind::name),
    };
    let (rows, total) = list(movement.platform.runtime.store(), filter, page.limit(), page.offset()).await?;
    let pagination = Pagination { page: page.page, per_page: page.per_page, total };
    Ok(Answer::paged(rows.into_iter().map(WireAlert::from).collect(), pagination))
}
