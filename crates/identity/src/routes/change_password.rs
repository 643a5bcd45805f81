//! `POST /api/v1/auth/password`: a new password; every other session of the user ends.
//!
//! Errors: 401 `login.invalid` for a wrong present password, 429 `login.locked` after ten of them; 403 for API keys;
//! 422 with the field.

use super::{RouteState, login::LoginProblem};
use crate::{own_resource, wire::Secret};
use axum::{extract::State, http::HeaderMap};
use contracts::ports::permissions;
use edge::{Answer, Body, Fields, Problem, Session};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The present password and the next.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    /// The present one.
    #[schema(value_type = String, format = Password, max_length = 256)]
    current_password: Secret,
    /// The next one, 10 to 256 characters.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 256)]
    new_password: Secret,
}

/// That it changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PasswordChanged {
    /// Always `true`.
    pub(crate) changed: bool,
}

/// Change one's password.
///
/// For everybody who is signed in. Every other session ends.
#[utoipa::path(
    post,
    path = "/api/v1/auth/password",
    tag = "identity",
    request_body = PasswordChange,
    responses((status = 200, description = "it changed", body = PasswordChanged)),
)]
pub(crate) async fn change_password(
    State(state): State<RouteState>,
    session: Session,
    headers: HeaderMap,
    Body(change): Body<PasswordChange>,
) -> Result<Answer<PasswordChanged>, LoginProblem> {
    session.authorise(&state.platform, permissions::PERSONAL_UPDATE, &own_resource(&session.caller))?;
    let mut fields = Fields::new();
    change.current_password.check_bound("current_password", &mut fields);
    change.new_password.check_password("new_password", &mut fields);
    fields.finish().map_err(Problem::from)?;
    let kept = state.identity.session_in(&headers);
    let (current, next) = (&change.current_password, &change.new_password);
    match state.identity.change_password(&session.origin, session.caller.user, current, next, kept).await {
        Ok(()) => Ok(Answer::ok(PasswordChanged { changed: true })),
        Err(error) => Err(LoginProblem::of(error, state.platform.runtime.now())),
    }
}

#[cfg(test)]
mod tests {
    use crate::routes::house::{House, PASSWORD, text};
    use contracts::ports::Role;
    use serde_json::json;

    #[tokio::test]
    async fn a_new_password_ends_the_other_sessions_and_keeps_this_one() {
        let house = House::new().await;
        house.user(Role::Shipper, "ada").await;
        let other = text(&house.login("ada").await["access_token"]);
        let this = text(&house.login("ada").await["access_token"]);
        let change =
            |current: &str| json!({ "current_password": current, "new_password": "battery staple horse" });
        let path = "/api/v1/auth/password";
        assert_eq!(house.call("POST", path).bearer(&this).json(&change("wrong horse battery")).await.0, 401);
        let (status, answer) = house.call("POST", path).bearer(&this).json(&change(PASSWORD)).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(house.call("GET", "/api/v1/me").bearer(&this).empty().await.0, 200);
        assert_eq!(house.call("GET", "/api/v1/me").bearer(&other).empty().await.0, 401);
        for (password, expected) in [(PASSWORD, 401), ("battery staple horse", 200)] {
            let body = json!({ "email": "ada@example.com", "password": password });
            assert_eq!(house.call("POST", "/api/v1/auth/login").json(&body).await.0, expected);
        }
    }
}
