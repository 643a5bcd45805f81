//! `GET /api/v1/tenant`: the caller's tenant and its settings.

use super::RouteState;
use crate::{agents::Tenant, wire::WireLocale};
use axum::extract::State;
use contracts::ports::{Caller, Resource, permissions};
use edge::{Answer, Problem, Session};
use serde::Serialize;
use utoipa::ToSchema;

/// A tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TenantView {
    /// Its id.
    #[schema(example = "ten_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b")]
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// Seconds between delivery and payout, as they hold now.
    #[schema(example = 86400)]
    pub(crate) dispute_window_seconds: u64,
    /// The language of its messages.
    pub(crate) locale: WireLocale,
}

/// Read one's tenant.
///
/// For everybody who is signed in.
#[utoipa::path(
    get,
    path = "/api/v1/tenant",
    tag = "identity",
    responses((status = 200, description = "the tenant", body = TenantView)),
)]
pub(crate) async fn get_tenant(
    State(state): State<RouteState>,
    session: Session,
) -> Result<Answer<TenantView>, Problem> {
    session.authorise(&state.platform, permissions::TENANT_READ, &Resource::default())?;
    Ok(Answer::ok(view(&state, &session.caller).await?))
}

/// The tenant as it is now.
pub(crate) async fn view(state: &RouteState, caller: &Caller) -> Result<TenantView, Problem> {
    let tenant =
        state.platform.runtime.state::<Tenant>(caller.tenant).await?.ok_or_else(Problem::not_found)?;
    Ok(TenantView {
        id: caller.tenant.to_string(),
        name: tenant.name.clone(),
        dispute_window_seconds: state.identity.window_of(tenant.settings).as_secs(),
        locale: tenant.settings.locale.into(),
    })
}
