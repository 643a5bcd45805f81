//! `POST /api/v1/auth/refresh`: the next pair of tokens.
//!
//! Errors: 401 `token.invalid`, `session.expired` or `session.ended`. Showing a refresh token a second time ends the
//! session: somebody holds a copy.

use super::RouteState;
use crate::wire::{Secret, Tokens};
use axum::extract::State;
use edge::{Answer, Body, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

/// The refresh token of the last login or refresh.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshRequest {
    /// Good once.
    #[schema(value_type = String, format = Password, max_length = 256)]
    refresh_token: Secret,
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
    Body(request): Body<RefreshRequest>,
) -> Result<Answer<Tokens>, Problem> {
    Ok(Answer::ok(state.identity.refresh(&request.refresh_token).await?))
}

#[cfg(test)]
mod tests {
    use crate::routes::house::{House, text};
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
