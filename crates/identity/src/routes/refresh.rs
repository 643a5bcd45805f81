//! `POST /api/v1/auth/refresh`: the next pair of tokens.
//!
//! Errors: 401 `token.invalid`, `session.expired` or `session.ended`. Showing a refresh token a second time ends the
//! session: somebody holds a copy. Only two tabs that share a cookie may show theirs twice within ten seconds; 401
//! `session.exchanged` tells one that was overtaken by a third to ask again.

use super::{RouteState, cookie};
use crate::wire::{Secret, SessionForm, Tokens};
use axum::{extract::State, http::HeaderMap};
use edge::{Answer, Body, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

/// The refresh token of the last login or refresh: here, or in the browser's cookie.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshRequest {
    /// Good once.
    #[schema(value_type = Option<String>, nullable = false, format = Password, max_length = 256)]
    refresh_token: Option<Secret>,
    /// `cookie` when the token is in the cookie; the next one goes there too.
    #[schema(nullable = false)]
    session: Option<SessionForm>,
}

/// Exchange a refresh token.
///
/// For everybody who holds one. Each is good once.
#[utoipa::path(
    post,
    path = "/api/v1/auth/refresh",
    tag = "identity",
    request_body = RefreshRequest,
    responses((status = 200, description = "the next pair of tokens", body = Tokens)),
    security(()),
)]
pub(crate) async fn refresh(
    State(state): State<RouteState>,
    sent: HeaderMap,
    Body(request): Body<RefreshRequest>,
) -> Result<(HeaderMap, Answer<Tokens>), (HeaderMap, Problem)> {
    let form = request.session.unwrap_or_default();
    let refused = |problem: Problem| {
        let over = form == SessionForm::Cookie
            && problem.status == axum::http::StatusCode::UNAUTHORIZED
            && problem.code != "session.exchanged";
        (if over { cookie::cleared() } else { HeaderMap::new() }, problem)
    };
    let shown = cookie::shown(request.refresh_token, request.session, &sent).map_err(refused)?;
    let tokens = state.identity.refresh(&shown).await.map_err(|error| refused(error.into()))?;
    let (headers, tokens) = cookie::placed(tokens, form);
    Ok((headers, Answer::ok(tokens)))
}

#[cfg(test)]
mod tests {
    use crate::routes::house::{House, PASSWORD, text};
    use contracts::ports::Role;
    use serde_json::{Value, json};

    async fn refresh(house: &House, token: &Value) -> (u16, Value) {
        house.call("POST", "/api/v1/auth/refresh").json(&json!({ "refresh_token": token })).await
    }

    async fn me(house: &House, tokens: &Value) -> u16 {
        house.call("GET", "/api/v1/me").bearer(&text(&tokens["access_token"])).empty().await.0
    }

    #[tokio::test]
    async fn a_refresh_gives_the_next_pair_and_an_old_token_ends_the_family() {
        let house = House::new().await;
        house.user(Role::Shipper, "ada").await;
        let first = house.login("ada").await;
        assert_eq!((&first["expires_in"], &first["refresh_expires_in"]), (&json!(900), &json!(604_800)));
        let (status, answer) = refresh(&house, &first["refresh_token"]).await;
        let second = answer["data"].clone();
        assert_eq!((status, me(&house, &second).await), (200, 200));
        assert_ne!(first["refresh_token"], second["refresh_token"]);
        let (status, problem) = refresh(&house, &first["refresh_token"]).await;
        assert_eq!((status, &problem["code"]), (401, &json!("session.ended")));
        for tokens in [&first, &second] {
            assert_eq!(me(&house, tokens).await, 401);
        }
        assert_eq!(refresh(&house, &second["refresh_token"]).await.0, 401);
        let revoked =
            house.log().await.into_iter().find(|event| event.type_name == "session.revoked").unwrap();
        assert_eq!(&*revoked.payload, r#"{"reason":"reuse"}"#);
    }

    #[tokio::test]
    async fn a_browser_keeps_its_session_in_a_cookie_that_its_tabs_share() {
        let house = House::new().await;
        house.user(Role::Shipper, "ada").await;
        let login = json!({ "email": "ada@example.com", "password": PASSWORD, "session": "cookie" });
        let (status, headers, answer) = house.call("POST", "/api/v1/auth/login").json_whole(&login).await;
        assert_eq!((status, answer["data"].get("refresh_token")), (200, None), "{answer}");
        let first = headers["set-cookie"].to_str().unwrap().to_owned();
        assert!(first.ends_with("; Path=/api/v1/auth; Max-Age=604800; HttpOnly; SameSite=Strict"), "{first}");
        let tab = async |cookie: &str| {
            let pair = cookie.split(';').next().unwrap().to_owned();
            let call = house.call("POST", "/api/v1/auth/refresh").header("cookie", &pair);
            call.json_whole(&json!({ "session": "cookie" })).await
        };
        let (one, other) = (tab(&first).await, tab(&first).await);
        assert_eq!((one.0, other.0), (200, 200));
        assert_eq!(one.1["set-cookie"], other.1["set-cookie"], "both tabs keep the same next token");
        assert_eq!(me(&house, &one.2["data"]).await, 200);
        let next = one.1["set-cookie"].to_str().unwrap().to_owned();
        assert_eq!(tab(&next).await.0, 200);
        let (status, headers, problem) = tab(&first).await;
        assert_eq!((status, &problem["code"]), (401, &json!("session.ended")), "two exchanges ago");
        assert!(headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
        assert_eq!(me(&house, &one.2["data"]).await, 401);
    }

    #[tokio::test]
    async fn a_cookie_alone_refreshes_nothing() {
        let house = House::new().await;
        house.user(Role::Shipper, "ada").await;
        let tokens = house.login("ada").await;
        let pair = format!("autobroker_session={}", text(&tokens["refresh_token"]));
        let call = || house.call("POST", "/api/v1/auth/refresh").header("cookie", &pair);
        assert_eq!(call().json(&json!({})).await.0, 422);
        // What a form of another site could send without being asked first is no JSON.
        assert_eq!(call().header("content-type", "text/plain").empty().await.0, 415);
    }

    #[tokio::test]
    async fn a_forged_token_ends_nothing() {
        let house = House::new().await;
        house.user(Role::Shipper, "ada").await;
        let tokens = house.login("ada").await;
        let genuine = text(&tokens["refresh_token"]);
        let mut forged = genuine.clone();
        forged.replace_range(40..41, if &genuine[40..41] == "A" { "B" } else { "A" });
        for bad in [forged.as_str(), "", "abr_", "x", &genuine[..genuine.len() - 1]] {
            assert_eq!(refresh(&house, &json!(bad)).await.0, 401, "{bad}");
        }
        assert_eq!(refresh(&house, &json!(genuine)).await.0, 200);
    }

    #[tokio::test]
    async fn access_lasts_fifteen_minutes_and_a_refresh_token_seven_days() {
        let house = House::new().await;
        house.user(Role::Shipper, "ada").await;
        let tokens = house.login("ada").await;
        house.wait(899);
        assert_eq!(me(&house, &tokens).await, 200);
        house.wait(1);
        assert_eq!(me(&house, &tokens).await, 401);
        house.wait(7 * 24 * 3600);
        let (status, problem) = refresh(&house, &tokens["refresh_token"]).await;
        assert_eq!((status, &problem["code"]), (401, &json!("session.expired")));
    }
}
