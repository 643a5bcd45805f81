//! `GET /api/v1/devices`: the trackers that the caller may see, newest first.
//!
//! Errors: 403 for a role that sees no agents, 422 for the query.

use super::device_wire::WireDevice;
use crate::{
    Movement,
    views::{DeviceFilter, list},
};
use axum::extract::State;
use contracts::ports::{Resource, Scope, permissions};
use edge::{Answer, Fields, Page, Paged, Pagination, Problem, Search, Session};
use kernel::DriverId;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which devices.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DevicesQuery {
    /// Only those of this driver agent.
    #[param(pattern = "^drv_[0-9a-f]{32}$")]
    agent_id: Option<String>,
    /// From 1.
    #[param(minimum = 1, maximum = 1_000_000, default = 1)]
    page: Option<u32>,
    /// 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 20)]
    per_page: Option<u32>,
}

/// List devices.
///
/// Carriers and drivers see those of their organisation, the tenant's staff all.
#[utoipa::path(
    get,
    path = "/api/v1/devices",
    tag = "devices",
    params(DevicesQuery),
    responses((status = 200, description = "a page of devices, newest first", body = edge::Enveloped<Vec<WireDevice>>)),
)]
pub async fn list_devices(
    State(movement): State<Movement>,
    session: Session,
    Search(query): Search<DevicesQuery>,
) -> Result<Paged<WireDevice>, Problem> {
    session.authorise(&movement.platform, permissions::AGENT_READ, &Resource::default())?;
    let mut fields = Fields::new();
    let driver = query
        .agent_id
        .as_ref()
        .and_then(|text| fields.take("agent_id", "invalid_id", text.parse::<DriverId>()));
    fields.finish()?;
    let page = Page::of(query.page, query.per_page)?;
    let caller = &session.caller;
    let carrier = (caller.role.scope() == Scope::Organisation).then_some(caller.organisation);
    let filter = DeviceFilter { tenant: caller.tenant, carrier, driver };
    let (rows, total) = list(movement.platform.runtime.store(), filter, page.limit(), page.offset()).await?;
    let pagination = Pagination { page: page.page, per_page: page.per_page, total };
    Ok(Answer::paged(rows.into_iter().map(WireDevice::from).collect(), pagination))
}
