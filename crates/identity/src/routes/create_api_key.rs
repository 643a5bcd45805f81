//! `POST /api/v1/api-keys`: a key for the caller's software. The secret is shown in this answer alone.
//!
//! Errors: 403 for API keys; 409 `api_key.too_many` for the 51st; 422 for a role or scope beyond the caller's own and
//! for the other fields.

use super::RouteState;
use crate::{
    keys::NewKey,
    own_resource,
    wire::{WireRole, check_name},
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, Body, Fields, Problem, Session, wire::check_time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the key may.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyRequest {
    /// What its owner calls it.
    #[schema(min_length = 1, max_length = 200, example = "warehouse software")]
    name: String,
    /// The role it acts in; the caller's own when absent, and never one that may more.
    role: Option<WireRole>,
    /// The permissions it is limited to; all of the role's when absent.
    #[schema(min_items = 1, max_items = 64, example = json!(["shipment:create", "shipment:read"]))]
    scopes: Option<Vec<String>>,
    /// Until when it is good; a year from now when absent, at most two.
    #[schema(format = DateTime, example = "2027-12-31T00:00:00Z")]
    expires_at: Option<String>,
}

/// A key with its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedKey {
    /// Its id.
    #[schema(example = "key_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b")]
    pub(crate) id: String,
    /// To be sent as `X-Api-Key: ...`; not shown again.
    #[schema(example = "abk_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b_...")]
    pub(crate) key: String,
    /// The name its owner gave it.
    pub(crate) name: String,
    /// The role it acts in.
    pub(crate) role: WireRole,
    /// What it is limited to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scopes: Option<Vec<String>>,
    /// Until when it is good.
    #[schema(format = DateTime)]
    pub(crate) expires_at: String,
}

/// Make an API key.
///
/// For everybody who is signed in; not for API keys.
#[utoipa::path(
    post,
    path = "/api/v1/api-keys",
    tag = "identity",
    request_body = KeyRequest,
    responses((status = 201, description = "the key with its secret", body = CreatedKey)),
)]
pub(crate) async fn create_api_key(
    State(state): State<RouteState>,
    session: Session,
    Body(request): Body<KeyRequest>,
) -> Result<Answer<CreatedKey>, Problem> {
    let caller = &session.caller;
    session.authorise(&state.platform, permissions::API_KEY_CREATE, &own_resource(caller))?;
    let mut fields = Fields::new();
    let name = check_name(&request.name, "name", &mut fields);
    let expires_at =
        request.expires_at.as_deref().and_then(|text| check_time(text, "expires_at", &mut fields));
    fields.finish()?;
    let role = request.role.map_or(caller.role, Into::into);
    let new = NewKey { name, role, scopes: request.scopes, expires_at };
    let (key, person) = state.identity.create_key(&session.origin, caller, new).await?;
    Ok(Answer::created(key).about([person]).secret())
}

#[cfg(test)]
mod tests {
    use crate::routes::house::{House, text};
    use contracts::ports::Role;
    use serde_json::{Value, json};

    const KEYS: &str = "/api/v1/api-keys";

    async fn me_by_key(house: &House, key: &Value) -> u16 {
        house.call("GET", "/api/v1/me").header("x-api-key", key.as_str().unwrap()).empty().await.0
    }

    #[tokio::test]
    async fn a_key_acts_for_its_maker_until_it_is_revoked() {
        let house = House::new().await;
        let ada = house.token(Role::Shipper, "ada").await;
        let (status, answer) =
            house.call("POST", KEYS).bearer(&ada).json(&json!({ "name": "scanner" })).await;
        assert_eq!((status, &answer["data"]["role"]), (201, &json!("shipper")), "{answer}");
        let key = &answer["data"]["key"];
        for _ in 0..2 {
            assert_eq!(me_by_key(&house, key).await, 200);
        }
        let wrong = json!(format!("{}x", &text(key)[..text(key).len() - 1]));
        assert_eq!(me_by_key(&house, &wrong).await, 401);
        let (_, list) = house.call("GET", KEYS).bearer(&ada).empty().await;
        assert_eq!((&list["data"][0]["name"], list["data"][0].get("key")), (&json!("scanner"), None));
        let path = format!("{KEYS}/{}", text(&answer["data"]["id"]));
        assert_eq!(house.call("DELETE", &path).bearer(&ada).empty().await.0, 200);
        assert_eq!(me_by_key(&house, key).await, 401);
        let log: String = house.log().await.iter().map(|event| event.payload.to_string()).collect();
        assert!(!log.contains("scanner") && !log.contains(&text(key)));
    }

    #[tokio::test]
    async fn a_key_may_no_more_than_its_scopes_and_makes_no_keys() {
        let house = House::new().await;
        let admin = house.token(Role::Admin, "admin").await;
        house.user(Role::Shipper, "ada").await;
        let body = json!({ "name": "reader", "role": "support", "scopes": ["user:read"] });
        let (_, answer) = house.call("POST", KEYS).bearer(&admin).json(&body).await;
        let key = text(&answer["data"]["key"]);
        let call = |method, path| house.call(method, path).header("x-api-key", &key);
        let (status, users) = call("GET", "/api/v1/users").empty().await;
        let ada = users["data"].as_array().unwrap().iter().find(|user| user["role"] == "shipper").unwrap();
        assert_eq!((status, ada.get("name")), (200, None), "{users}");
        assert_eq!(call("GET", "/api/v1/tenant").empty().await.0, 403);
        assert_eq!(call("POST", KEYS).json(&json!({ "name": "child" })).await.0, 403);
    }

    #[tokio::test]
    async fn what_goes_beyond_the_maker_is_refused() {
        let house = House::new().await;
        let ada = house.token(Role::Shipper, "ada").await;
        for (body, field) in [
            (json!({ "name": "x", "role": "admin" }), "role"),
            (json!({ "name": "x", "scopes": ["ledger:read"] }), "scopes[0]"),
            (json!({ "name": "x", "scopes": ["shipment:read", "shipment:read"] }), "scopes[1]"),
            (json!({ "name": "x", "scopes": [] }), "scopes"),
            (json!({ "name": "x", "expires_at": "2020-01-01T00:00:00Z" }), "expires_at"),
            (json!({ "name": "x", "expires_at": "2030-01-01T00:00:00Z" }), "expires_at"),
            (json!({ "name": "" }), "name"),
        ] {
            let (status, problem) = house.call("POST", KEYS).bearer(&ada).json(&body).await;
            assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{body}");
        }
    }

    #[tokio::test]
    async fn a_repeated_request_is_answered_again_without_being_kept_in_the_clear() {
        let house = House::new().await;
        let ada = house.token(Role::Shipper, "ada").await;
        let post = |name: &str| {
            let body = json!({ "name": name });
            let call = house.call("POST", KEYS).bearer(&ada).header("idempotency-key", "once");
            async move { call.json(&body).await }
        };
        let (first, second) = (post("scanner").await, post("scanner").await);
        assert_eq!((first.0, second.0), (201, 201));
        assert_eq!(first.1, second.1);
        assert_eq!(post("another").await.0, 409);
        assert_eq!(house.types().await.iter().filter(|name| **name == "api_key.created").count(), 1);
    }

    #[tokio::test]
    async fn a_key_expires() {
        let house = House::new().await;
        let ada = house.token(Role::Shipper, "ada").await;
        let body = json!({ "name": "x", "expires_at": "2026-03-01T09:00:00Z" });
        let (_, answer) = house.call("POST", KEYS).bearer(&ada).json(&body).await;
        assert_eq!(me_by_key(&house, &answer["data"]["key"]).await, 200);
        house.wait(3600);
        assert_eq!(me_by_key(&house, &answer["data"]["key"]).await, 401);
    }

    #[tokio::test]
    async fn there_is_an_end_to_keys() {
        let house = House::new().await;
        let ada = house.token(Role::Shipper, "ada").await;
        for _ in 0..50 {
            assert_eq!(house.call("POST", KEYS).bearer(&ada).json(&json!({ "name": "x" })).await.0, 201);
        }
        let (status, problem) = house.call("POST", KEYS).bearer(&ada).json(&json!({ "name": "x" })).await;
        assert_eq!((status, &problem["code"]), (409, &json!("api_key.too_many")));
    }
}
