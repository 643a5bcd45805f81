//! `PATCH /api/v1/me`: one's own name and phone number.
//!
//! Errors: 409 `account.exists` when the phone has another account; 403 for API keys; 422 with the fields.

use super::{RouteState, get_me::Me};
use crate::{
    own_resource,
    wire::{check_name, check_phone},
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, Body, Fields, Problem, Session};
use serde::Deserialize;
use utoipa::ToSchema;

/// What changes; what is absent stays, null is refused.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MyChanges {
    /// The name.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    name: Option<String>,
    /// The phone number, international; from now on it signs in.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false, max_length = 64, example = "+390212345678")]
    phone: Option<String>,
}

/// Change one's name or phone number.
///
/// For everybody who is signed in.
#[utoipa::path(
    patch,
    path = "/api/v1/me",
    tag = "identity",
    request_body = MyChanges,
    responses((status = 200, description = "the caller as it is now", body = Me)),
)]
pub(crate) async fn update_me(
    State(state): State<RouteState>,
    session: Session,
    Body(changes): Body<MyChanges>,
) -> Result<Answer<Me>, Problem> {
    session.authorise(&state.platform, permissions::PERSONAL_UPDATE, &own_resource(&session.caller))?;
    let mut fields = Fields::new();
    let name = changes.name.as_deref().map(|name| check_name(name, "name", &mut fields));
    let phone = check_phone(changes.phone.as_deref(), &mut fields);
    fields.finish()?;
    let user = session.caller.user;
    state.identity.change_profile(&session.origin, user, name, phone).await?;
    Ok(Answer::ok(state.identity.me(user).await?))
}

#[cfg(test)]
mod tests {
    use crate::routes::house::{House, PASSWORD};
    use contracts::ports::Role;
    use serde_json::json;

    #[tokio::test]
    async fn a_new_phone_signs_in_and_the_old_one_is_free() {
        let house = House::new().await;
        let (ada, bob) = (house.token(Role::Shipper, "ada").await, house.token(Role::Shipper, "bob").await);
        let set = |phone: &str| json!({ "phone": phone });
        let me = "/api/v1/me";
        for phone in ["+390212345678", "+390212345679"] {
            let (status, answer) = house.call("PATCH", me).bearer(&ada).json(&set(phone)).await;
            assert_eq!((status, &answer["data"]["phone"]), (200, &json!(phone)), "{answer}");
            let login = json!({ "phone": phone, "password": PASSWORD });
            assert_eq!(house.call("POST", "/api/v1/auth/login").json(&login).await.0, 200);
        }
        assert_eq!(house.call("PATCH", me).bearer(&bob).json(&set("+390212345679")).await.0, 409);
        assert_eq!(house.call("PATCH", me).bearer(&bob).json(&set("+390212345678")).await.0, 200);
        let (_, answer) = house.call("PATCH", me).bearer(&bob).json(&json!({ "name": "Bob B." })).await;
        assert_eq!(
            (&answer["data"]["name"], &answer["data"]["phone"]),
            (&json!("Bob B."), &json!("+390212345678"))
        );
        assert_eq!(house.call("PATCH", me).bearer(&bob).json(&json!({ "role": "admin" })).await.0, 422);
    }

    #[tokio::test]
    async fn null_is_refused_by_name_and_changes_nothing() {
        let house = House::new().await;
        let ada = house.token(Role::Shipper, "ada").await;
        for field in ["name", "phone"] {
            let mut change = json!({ "name": "Ada L.", "phone": "+390212345678" });
            change[field] = json!(null);
            let (status, problem) = house.call("PATCH", "/api/v1/me").bearer(&ada).json(&change).await;
            assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{problem}");
        }
        let (_, me) = house.call("GET", "/api/v1/me").bearer(&ada).empty().await;
        assert_ne!(me["data"]["name"], "Ada L.");
        assert_eq!(me["data"]["phone"], json!(null));
    }
}
