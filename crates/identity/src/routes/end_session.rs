//! `DELETE /api/v1/sessions/{id}`: ends a session; its access tokens are void at once.
//!
//! Errors: 404 for an unknown one or another's that the caller may not know of; 403 for a wrong role or an API key.

use super::{RouteState, logout::EndedSession};
use crate::agents::{EndReason, Session as SessionAgent};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, NoBody, PathId, Problem, Session};
use kernel::SessionId;

/// End a session.
///
/// One's own; support and administrators end those of others.
#[utoipa::path(
    delete,
    path = "/api/v1/sessions/{id}",
    tag = "identity",
    params(("id" = String, Path, description = "the session")),
    responses((status = 200, description = "the session that ended", body = EndedSession)),
)]
pub(crate) async fn end_session(
    State(state): State<RouteState>,
    session: Session,
    PathId(id): PathId<SessionId>,
    NoBody: NoBody,
) -> Result<Answer<EndedSession>, Problem> {
    let found = state.platform.runtime.state::<SessionAgent>(id).await?;
    let owner = found.and_then(|found| found.user).ok_or_else(Problem::not_found)?;
    let resource = state.identity.resource_of_user(owner).await?.ok_or_else(Problem::not_found)?;
    session.authorise(&state.platform, permissions::SESSION_REVOKE, &resource)?;
    let reason = if owner == session.caller.user { EndReason::Logout } else { EndReason::Admin };
    state.identity.end_session(&session.origin, id, reason).await?;
    Ok(Answer::ok(EndedSession::of(id)))
}

#[cfg(test)]
mod tests {
    use crate::routes::house::{House, text};
    use contracts::ports::Role;
    use serde_json::json;

    #[tokio::test]
    async fn one_ends_ones_own_session_and_support_anothers() {
        let house = House::new().await;
        house.user(Role::Shipper, "ada").await;
        let support = house.token(Role::Support, "support").await;
        let stranger = house.token(Role::Carrier, "stranger").await;
        for (ender, expected) in [(None, 200), (Some(&stranger), 404), (Some(&support), 200)] {
            let ada = text(&house.login("ada").await["access_token"]);
            let (_, answer) = house.call("GET", "/api/v1/sessions").bearer(&ada).empty().await;
            let path = format!("/api/v1/sessions/{}", answer["data"][0]["id"].as_str().unwrap());
            let ender = ender.unwrap_or(&ada);
            let (status, answer) = house.call("DELETE", &path).bearer(ender).empty().await;
            assert_eq!(status, expected, "{answer}");
            let after = house.call("GET", "/api/v1/me").bearer(&ada).empty().await.0;
            assert_eq!(after, if expected == 200 { 401 } else { 200 });
        }
        let reasons: Vec<String> = house
            .log()
            .await
            .iter()
            .filter(|event| event.type_name == "session.revoked")
            .map(|event| {
                serde_json::from_str::<serde_json::Value>(&event.payload).unwrap()["reason"].to_string()
            })
            .collect();
        assert_eq!(reasons, [json!("logout").to_string(), json!("admin").to_string()]);
    }
}
