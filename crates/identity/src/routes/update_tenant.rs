//! `PATCH /api/v1/tenant`: the tenant's settings.
//!
//! Errors: 403 for everybody but administrators; 422 for the fields.

use super::{
    RouteState,
    get_tenant::{TenantView, view},
};
use crate::{
    agents::{DISPUTE_WINDOW_SECONDS_MAX, Tenant, TenantCommand},
    wire::WireLocale,
};
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{Answer, Body, Fields, Problem, Session};
use runtime::Order;
use serde::Deserialize;
use utoipa::ToSchema;

/// What changes; what is absent stays, null is refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TenantChanges {
    /// Seconds between delivery and payout, at most 30 days; it holds for deliveries from now on.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false, maximum = 2_592_000, example = 86400)]
    dispute_window_seconds: Option<u32>,
    /// The language of its messages.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false)]
    locale: Option<WireLocale>,
}

/// Change the tenant's settings.
///
/// For administrators.
#[utoipa::path(
    patch,
    path = "/api/v1/tenant",
    tag = "identity",
    request_body = TenantChanges,
    responses((status = 200, description = "the tenant as it is now", body = TenantView)),
)]
pub(crate) async fn update_tenant(
    State(state): State<RouteState>,
    session: Session,
    Body(changes): Body<TenantChanges>,
) -> Result<Answer<TenantView>, Problem> {
    session.authorise(&state.platform, permissions::TENANT_SETTINGS, &Resource::default())?;
    let mut fields = Fields::new();
    let within = changes.dispute_window_seconds.is_none_or(|seconds| seconds <= DISPUTE_WINDOW_SECONDS_MAX);
    fields.require(within, "dispute_window_seconds", "out_of_range", "at most 30 days");
    fields.finish()?;
    let command = TenantCommand::ChangeSettings {
        dispute_window_seconds: changes.dispute_window_seconds,
        locale: changes.locale.map(Into::into),
    };
    let order = Order::new::<Tenant>(session.caller.tenant, command);
    let _receipt = state.platform.runtime.submit(&session.origin, order).await?;
    Ok(Answer::ok(view(&state, &session.caller).await?))
}

#[cfg(test)]
mod tests {
    use crate::routes::house::House;
    use contracts::ports::{DisputeWindows, Role};
    use serde_json::json;
    use std::time::Duration;

    #[tokio::test]
    async fn an_administrator_sets_the_dispute_window_and_everybody_knows_it() {
        let house = House::new().await;
        let admin = house.token(Role::Admin, "root").await;
        let shipper = house.token(Role::Shipper, "ada").await;
        let path = "/api/v1/tenant";
        let (_, before) = house.call("GET", path).bearer(&shipper).empty().await;
        assert_eq!(before["data"]["dispute_window_seconds"], 86400);
        let set = json!({ "dispute_window_seconds": 2, "locale": "it" });
        let (status, answer) = house.call("PATCH", path).bearer(&admin).json(&set).await;
        assert_eq!((status, &answer["data"]["dispute_window_seconds"]), (200, &json!(2)), "{answer}");
        assert_eq!(house.identity.dispute_window(house.tenant), Duration::from_secs(2));
        let (_, after) = house.call("GET", path).bearer(&shipper).empty().await;
        assert_eq!(
            (&after["data"]["dispute_window_seconds"], &after["data"]["locale"]),
            (&json!(2), &json!("it"))
        );
        assert_eq!(house.call("PATCH", path).bearer(&shipper).json(&set).await.0, 403);
        for bad in [
            json!({ "dispute_window_seconds": 2_592_001 }),
            json!({ "dispute_window_seconds": null }),
            json!({ "locale": "tlh" }),
            json!({ "x": 1 }),
        ] {
            assert_eq!(house.call("PATCH", path).bearer(&admin).json(&bad).await.0, 422, "{bad}");
        }
    }
}
