//! `PATCH /api/v1/users/{id}`: another role, or locked out and back in. Tokens of before are void at once.
//!
//! Errors: 404 for another tenant's; 403 for a wrong role or an API key; 409 `user.role_of_another_kind` for a role that
//! does not fit the user's organisation, `user.erased`, `user.oneself`; 422 for the fields.

use super::RouteState;
use crate::wire::{UserView, WireRole};
use axum::extract::State;
use contracts::ports::{Authenticator as _, Caller, Resource, Role, Verdict, permissions};
use edge::{Answer, Body, PathId, Problem, Session};
use kernel::UserId;
use serde::Deserialize;
use utoipa::ToSchema;

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WireStanding {
    /// It may.
    Active,
    /// It may not.
    Disabled,
}

/// What changes; what is absent stays, null is refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserChanges {
    /// The role, of the same kind of organisation.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false)]
    role: Option<WireRole>,
    /// Whether the account may be used.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false)]
    state: Option<WireStanding>,
}

/// Change a user's role, lock it out or let it back in.
///
/// For administrators; a carrier locks out and lets in the drivers of its own. Nobody changes itself.
#[utoipa::path(
    patch,
    path = "/api/v1/users/{id}",
    tag = "identity",
    params(("id" = String, Path, description = "the user")),
    request_body = UserChanges,
    responses((status = 200, description = "the user as it is now", body = UserView)),
)]
pub(crate) async fn update_user(
    State(state): State<RouteState>,
    session: Session,
    PathId(id): PathId<UserId>,
    Body(changes): Body<UserChanges>,
) -> Result<Answer<UserView>, Problem> {
    let resource = state.identity.resource_of_user(id).await?.ok_or_else(Problem::not_found)?;
    session.authorise(&state.platform, permissions::USER_UPDATE, &resource)?;
    if id == session.caller.user {
        return Err(Problem::conflict("user.oneself", "somebody else must change your role or lock you out"));
    }
    if !changes_any(&state, &session.caller) && !is_own_drivers_standing(&state, id, &changes).await? {
        return Err(Problem::forbidden());
    }
    let active = changes.state.map(|standing| standing == WireStanding::Active);
    state.identity.change_user(&session.origin, id, changes.role.map(Into::into), active).await?;
    Ok(Answer::ok(state.identity.show_user(&session, id).await?))
}

/// Whether the caller may change users of every organisation in its tenant.
fn changes_any(state: &RouteState, caller: &Caller) -> bool {
    let whole_tenant = Resource { tenant: Some(caller.tenant), ..Resource::default() };
    state.identity.authorise(caller, permissions::USER_UPDATE, &whole_tenant) == Verdict::Allow
}

/// All that a carrier may change of the users of its organisation.
async fn is_own_drivers_standing(
    state: &RouteState,
    user: UserId,
    changes: &UserChanges,
) -> Result<bool, Problem> {
    Ok(changes.role.is_none() && state.identity.known_account(user).await?.role == Role::Driver)
}

#[cfg(test)]
mod tests {
    use crate::routes::house::{House, text};
    use contracts::ports::Role;
    use serde_json::json;

    #[tokio::test]
    async fn another_role_voids_the_tokens_of_before() {
        let house = House::new().await;
        let admin = house.token(Role::Admin, "root").await;
        let user = house.user(Role::Broker, "ada").await;
        let before = house.login("ada").await;
        let path = format!("/api/v1/users/{user}");
        let (status, answer) =
            house.call("PATCH", &path).bearer(&admin).json(&json!({ "role": "support" })).await;
        assert_eq!((status, &answer["data"]["role"]), (200, &json!("support")), "{answer}");
        assert_eq!(
            house.call("GET", "/api/v1/me").bearer(&text(&before["access_token"])).empty().await.0,
            401
        );
        let body = json!({ "refresh_token": before["refresh_token"] });
        let (_, after) = house.call("POST", "/api/v1/auth/refresh").json(&body).await;
        let (status, me) =
            house.call("GET", "/api/v1/me").bearer(&text(&after["data"]["access_token"])).empty().await;
        assert_eq!((status, &me["data"]["role"]), (200, &json!("support")));
        assert_eq!(house.call("PATCH", &path).bearer(&admin).json(&json!({ "role": "driver" })).await.0, 409);
        for field in ["role", "state"] {
            let (status, problem) =
                house.call("PATCH", &path).bearer(&admin).json(&json!({ field: null })).await;
            assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{problem}");
        }
    }

    #[tokio::test]
    async fn who_is_locked_out_has_no_token_key_or_login_left() {
        let house = House::new().await;
        let admin = house.token(Role::Admin, "root").await;
        let user = house.user(Role::Shipper, "ada").await;
        let tokens = house.login("ada").await;
        let access = text(&tokens["access_token"]);
        let (_, key) =
            house.call("POST", "/api/v1/api-keys").bearer(&access).json(&json!({ "name": "x" })).await;
        let key = text(&key["data"]["key"]);
        assert_eq!(house.call("GET", "/api/v1/me").header("x-api-key", &key).empty().await.0, 200);
        let path = format!("/api/v1/users/{user}");
        let (status, _) =
            house.call("PATCH", &path).bearer(&admin).json(&json!({ "state": "disabled" })).await;
        assert_eq!(status, 200);
        assert_eq!(house.call("GET", "/api/v1/me").bearer(&access).empty().await.0, 401);
        assert_eq!(house.call("GET", "/api/v1/me").header("x-api-key", &key).empty().await.0, 401);
        let body = json!({ "refresh_token": tokens["refresh_token"] });
        assert_eq!(house.call("POST", "/api/v1/auth/refresh").json(&body).await.0, 401);
        let login = json!({ "email": "ada@example.com", "password": crate::routes::house::PASSWORD });
        assert_eq!(house.call("POST", "/api/v1/auth/login").json(&login).await.0, 401);
        house.call("PATCH", &path).bearer(&admin).json(&json!({ "state": "active" })).await;
        assert_eq!(house.call("POST", "/api/v1/auth/login").json(&login).await.0, 200);
    }

    #[tokio::test]
    async fn nobody_changes_itself_or_another_tenants_user() {
        let house = House::new().await;
        let ada = house.user(Role::Shipper, "ada").await;
        let admin = house.user(Role::Admin, "root").await;
        let token = text(&house.login("root").await["access_token"]);
        let change = json!({ "state": "disabled" });
        let itself = format!("/api/v1/users/{admin}");
        assert_eq!(house.call("PATCH", &itself).bearer(&token).json(&change).await.0, 409);
        let second = house.identity.create_tenant("Second").await.unwrap();
        let house = house.in_tenant(second);
        let foreign = house.token(Role::Admin, "second").await;
        let path = format!("/api/v1/users/{ada}");
        for method in ["GET", "DELETE"] {
            assert_eq!(house.call(method, &path).bearer(&foreign).empty().await.0, 404, "{method}");
        }
        assert_eq!(house.call("PATCH", &path).bearer(&foreign).json(&change).await.0, 404);
    }

    #[tokio::test]
    async fn a_carrier_locks_out_its_own_drivers_and_changes_nothing_else() {
        let house = House::new().await;
        let carrier = house.token(Role::Carrier, "carrier").await;
        let new = json!({ "role": "driver", "name": "dan", "email": "dan@example.com",
                          "password": crate::routes::house::PASSWORD });
        let (_, created) = house.call("POST", "/api/v1/users").bearer(&carrier).json(&new).await;
        let driver = format!("/api/v1/users/{}", text(&created["data"]["id"]));
        let stranger = format!("/api/v1/users/{}", house.user(Role::Driver, "stranger").await);
        let (lock, promote) = (json!({ "state": "disabled" }), json!({ "role": "carrier" }));
        let (status, answer) = house.call("PATCH", &driver).bearer(&carrier).json(&lock).await;
        assert_eq!((status, &answer["data"]["state"]), (200, &json!("disabled")), "{answer}");
        assert_eq!(house.call("PATCH", &driver).bearer(&carrier).json(&promote).await.0, 403);
        assert_eq!(house.call("PATCH", &stranger).bearer(&carrier).json(&lock).await.0, 404);
        let colleague =
            house.call("GET", "/api/v1/me").bearer(&carrier).empty().await.1["data"]["id"].clone();
        let own = format!("/api/v1/users/{}", text(&colleague));
        assert_eq!(house.call("PATCH", &own).bearer(&carrier).json(&lock).await.0, 409);
    }
}
