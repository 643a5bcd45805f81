//! `GET /api/v1/sessions`: the open sessions of the caller, or of another user for those who may.
//!
//! Errors: 403 or 404 for another's; 422 for the query.

use super::RouteState;
use crate::{own_resource, views};
use axum::{extract::State, http::HeaderMap};
use contracts::ports::permissions;
use edge::{Answer, Page, Paged, Pagination, Problem, Search, Session};
use kernel::UserId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Whose, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SessionsQuery {
    /// Whose; the caller's when absent.
    user_id: Option<String>,
    /// From 1.
    #[param(minimum = 1)]
    page: Option<u32>,
    /// 20 unless told, at most 100.
    #[param(minimum = 1, maximum = 100)]
    per_page: Option<u32>,
}

/// One open session.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionView {
    /// Its id.
    #[schema(example = "ses_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b")]
    pub(crate) id: String,
    /// When it was opened.
    #[schema(format = DateTime)]
    pub(crate) opened_at: String,
    /// When it was refreshed last.
    #[schema(format = DateTime)]
    pub(crate) refreshed_at: String,
    /// When it expires unless it is refreshed.
    #[schema(format = DateTime)]
    pub(crate) expires_at: String,
    /// Whether this request came in it.
    pub(crate) current: bool,
}

/// List open sessions.
///
/// One's own; support, auditors and administrators see those of others with `user_id`.
#[utoipa::path(
    get,
    path = "/api/v1/sessions",
    tag = "identity",
    params(SessionsQuery),
    responses((status = 200, description = "open sessions, newest first", body = Vec<SessionView>)),
)]
pub(crate) async fn list_sessions(
    State(state): State<RouteState>,
    session: Session,
    headers: HeaderMap,
    Search(query): Search<SessionsQuery>,
) -> Result<Paged<SessionView>, Problem> {
    let page = Page::of(query.page, query.per_page)?;
    let user = match &query.user_id {
        None => {
            session.authorise(&state.platform, permissions::SESSION_READ, &own_resource(&session.caller))?;
            session.caller.user
        }
        Some(text) => {
            let user: UserId = text.parse().map_err(|error: kernel::InvalidId| {
                Problem::field("user_id", "invalid_value", error.to_string())
            })?;
            let resource = state.identity.resource_of_user(user).await?.ok_or_else(Problem::not_found)?;
            session.authorise(&state.platform, permissions::SESSION_READ, &resource)?;
            user
        }
    };
    let runtime = &state.platform.runtime;
    let (rows, total) = views::open_sessions(runtime.store(), user, runtime.now(), page.into()).await?;
    let current = state.identity.session_in(&headers);
    let sessions = rows.into_iter().map(|row| SessionView {
        id: row.id.to_string(),
        opened_at: row.opened_at.to_string(),
        refreshed_at: row.refreshed_at.to_string(),
        expires_at: row.expires_at.to_string(),
        current: current == Some(row.id),
    });
    Ok(Answer::paged(sessions.collect(), Pagination { page: page.page, per_page: page.per_page, total }))
}

#[cfg(test)]
mod tests {
    use crate::routes::house::{House, text};
    use contracts::ports::Role;

    #[tokio::test]
    async fn one_sees_ones_own_sessions_and_staff_those_of_others() {
        let house = House::new().await;
        let user = house.user(Role::Shipper, "ada").await;
        house.login("ada").await;
        let ada = text(&house.login("ada").await["access_token"]);
        let (status, answer) = house.call("GET", "/api/v1/sessions").bearer(&ada).empty().await;
        let sessions = answer["data"].as_array().unwrap();
        assert_eq!((status, sessions.len(), &answer["meta"]["pagination"]["total"]), (200, 2, &2.into()));
        assert_eq!(sessions.iter().filter(|session| session["current"] == true).count(), 1);
        let others = format!("/api/v1/sessions?user_id={user}");
        for (role, expected) in [
            (Role::Broker, 403),
            (Role::Support, 200),
            (Role::Auditor, 200),
            (Role::Admin, 200),
            (Role::Carrier, 404),
        ] {
            let token = house.token(role, role.name()).await;
            assert_eq!(
                house.call("GET", &others).bearer(&token).empty().await.0,
                expected,
                "{}",
                role.name()
            );
        }
        assert_eq!(house.call("GET", "/api/v1/sessions?user_id=x").bearer(&ada).empty().await.0, 422);
        assert_eq!(house.call("GET", "/api/v1/sessions?page=0").bearer(&ada).empty().await.0, 422);
    }
}
