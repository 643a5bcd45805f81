//! `POST /api/v1/auth/logout`: ends the session of the refresh token in the body, of the one in the cookie or, without a body, of the access
//! token in the header. Its access tokens are void at once.
//!
//! Errors: 401 without a genuine token of either kind.

use super::{RouteState, cookie};
use crate::{
    agents::EndReason,
    wire::{Secret, SessionForm},
};
use axum::{
    body::HttpBody as _,
    extract::{FromRequest as _, FromRequestParts as _, Request, State},
    http::HeaderMap,
};
use edge::{Answer, Body, Problem, Session};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which session ends.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogoutRequest {
    /// Its refresh token; without one the session of the access token ends.
    #[schema(value_type = Option<String>, format = Password, max_length = 256)]
    refresh_token: Option<Secret>,
    /// `cookie` when the refresh token is in the cookie, which is then taken away.
    #[schema(nullable = false)]
    session: Option<SessionForm>,
}

/// A session that ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EndedSession {
    /// Its id.
    #[schema(example = "ses_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b")]
    pub(crate) id: String,
    /// Always `revoked`.
    pub(crate) state: &'static str,
}

impl EndedSession {
    pub(crate) fn of(id: kernel::SessionId) -> Self {
        Self { id: id.to_string(), state: "revoked" }
    }
}

/// Sign out.
///
/// For everybody who is signed in.
#[utoipa::path(
    post,
    path = "/api/v1/auth/logout",
    tag = "identity",
    request_body = Option<LogoutRequest>,
    responses((status = 200, description = "the session that ended", body = EndedSession)),
)]
pub(crate) async fn logout(
    State(state): State<RouteState>,
    request: Request,
) -> Result<(HeaderMap, Answer<EndedSession>), Problem> {
    let (mut parts, body) = request.into_parts();
    let shown = if body.is_end_stream() {
        None
    } else {
        let request = Request::from_parts(parts.clone(), body);
        let Body(logout) = Body::<LogoutRequest>::from_request(request, &state).await?;
        let named = logout.refresh_token.is_some() || logout.session == Some(SessionForm::Cookie);
        let token = named.then(|| cookie::shown(logout.refresh_token, logout.session, &parts.headers));
        token.transpose()?.map(|token| (token, logout.session))
    };
    if let Some((shown, form)) = shown {
        let ended = EndedSession::of(state.identity.logout_with(&shown).await?);
        let headers = if form == Some(SessionForm::Cookie) { cookie::cleared() } else { HeaderMap::new() };
        return Ok((headers, Answer::ok(ended)));
    }
    let session = Session::from_request_parts(&mut parts, &state).await?;
    let no_session =
        || Problem::unauthorised("token.missing", "an API key has no session; revoke the key instead");
    let id = state.identity.session_in(&parts.headers).ok_or_else(no_session)?;
    state.identity.end_session(&session.origin, id, EndReason::Logout).await?;
    Ok((HeaderMap::new(), Answer::ok(EndedSession::of(id))))
}

#[cfg(test)]
mod tests {
    use crate::routes::house::{House, text};
    use contracts::ports::Role;
    use serde_json::json;

    #[tokio::test]
    async fn a_logout_by_either_token_voids_both() {
        let house = House::new().await;
        house.user(Role::Shipper, "ada").await;
        for by_refresh_token in [false, true] {
            let tokens = house.login("ada").await;
            let access = text(&tokens["access_token"]);
            let call = house.call("POST", "/api/v1/auth/logout");
            let (status, answer) = if by_refresh_token {
                call.json(&json!({ "refresh_token": tokens["refresh_token"] })).await
            } else {
                call.bearer(&access).empty().await
            };
            assert_eq!((status, &answer["data"]["state"]), (200, &json!("revoked")), "{answer}");
            assert_eq!(house.call("GET", "/api/v1/me").bearer(&access).empty().await.0, 401);
            let body = json!({ "refresh_token": tokens["refresh_token"] });
            assert_eq!(house.call("POST", "/api/v1/auth/refresh").json(&body).await.0, 401);
        }
    }

    #[tokio::test]
    async fn a_cookie_is_taken_away() {
        let house = House::new().await;
        house.user(Role::Shipper, "ada").await;
        let tokens = house.login("ada").await;
        let pair = format!("autobroker_session={}", text(&tokens["refresh_token"]));
        let call = house.call("POST", "/api/v1/auth/logout").header("cookie", &pair);
        let (status, headers, answer) = call.json_whole(&json!({ "session": "cookie" })).await;
        assert_eq!((status, &answer["data"]["state"]), (200, &json!("revoked")));
        assert!(headers["set-cookie"].to_str().unwrap().starts_with("autobroker_session=; "));
        let without = house.call("POST", "/api/v1/auth/logout").json(&json!({ "session": "cookie" })).await;
        assert_eq!(without.0, 401);
    }

    #[tokio::test]
    async fn nobody_is_signed_out_by_nothing() {
        let house = House::new().await;
        assert_eq!(house.call("POST", "/api/v1/auth/logout").empty().await.0, 401);
        assert_eq!(house.call("POST", "/api/v1/auth/logout").json(&json!({})).await.0, 401);
        let bad = json!({ "refresh_token": "abr_forged" });
        assert_eq!(house.call("POST", "/api/v1/auth/logout").json(&bad).await.0, 401);
        assert_eq!(house.call("POST", "/api/v1/auth/logout").json(&json!({ "x": 1 })).await.0, 422);
    }
}
