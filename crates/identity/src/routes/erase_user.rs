//! `DELETE /api/v1/users/{id}`: forgets a person. The key of its data is deleted, its logins are free again, its
//! sessions and API keys end; what it did stays in the log under ids that mean nobody any more (GDPR, Art. 17).
//!
//! Errors: 404 for another tenant's; 403 for a wrong role or an API key; 409 `user.oneself`.

use super::RouteState;
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, NoBody, PathId, Problem, Session};
use kernel::UserId;
use serde::Serialize;
use utoipa::ToSchema;

/// A user whose person was forgotten.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErasedUser {
    /// Its id.
    #[schema(example = "usr_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b")]
    pub(crate) id: String,
    /// Always `erased`.
    pub(crate) state: &'static str,
}

/// Erase a person.
///
/// For administrators. It cannot be undone.
#[utoipa::path(
    delete,
    path = "/api/v1/users/{id}",
    tag = "identity",
    params(("id" = String, Path, description = "the user")),
    responses((status = 200, description = "the user whose person was forgotten", body = ErasedUser)),
)]
pub(crate) async fn erase_user(
    State(state): State<RouteState>,
    session: Session,
    PathId(id): PathId<UserId>,
    NoBody: NoBody,
) -> Result<Answer<ErasedUser>, Problem> {
    let resource = state.identity.resource_of_user(id).await?.ok_or_else(Problem::not_found)?;
    session.authorise(&state.platform, permissions::PERSONAL_ERASE, &resource)?;
    if id == session.caller.user {
        return Err(Problem::conflict("user.oneself", "another administrator must erase you"));
    }
    state.identity.erase_user(&session.origin, id).await?;
    Ok(Answer::ok(ErasedUser { id: id.to_string(), state: "erased" }))
}

#[cfg(test)]
mod tests {
    use crate::routes::house::{House, PASSWORD, text};
    use contracts::ports::Role;
    use serde_json::json;

    #[tokio::test]
    async fn a_forgotten_person_is_nobody_and_its_e_mail_is_free() {
        let house = House::new().await;
        let admin = house.token(Role::Admin, "root").await;
        let user = house.user(Role::Shipper, "ada").await;
        let access = text(&house.login("ada").await["access_token"]);
        let path = format!("/api/v1/users/{user}");
        let support = house.token(Role::Support, "support").await;
        assert_eq!(house.call("DELETE", &path).bearer(&support).empty().await.0, 403);
        for _ in 0..2 {
            let (status, answer) = house.call("DELETE", &path).bearer(&admin).empty().await;
            assert_eq!((status, &answer["data"]["state"]), (200, &json!("erased")), "{answer}");
        }
        assert_eq!(house.call("GET", "/api/v1/me").bearer(&access).empty().await.0, 401);
        let (status, seen) = house.call("GET", &path).bearer(&admin).empty().await;
        assert_eq!((status, seen["data"].get("name"), &seen["data"]["state"]), (200, None, &json!("erased")));
        let login = json!({ "email": "ada@example.com", "password": PASSWORD });
        assert_eq!(house.call("POST", "/api/v1/auth/login").json(&login).await.0, 401);
        assert_ne!(house.user(Role::Shipper, "ada").await, user);
        house.login("ada").await;
        assert_eq!(house.types().await.iter().filter(|name| **name == "personal_data.erased").count(), 1);
    }
}
