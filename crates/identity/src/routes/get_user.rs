//! `GET /api/v1/users/{id}`: one user. Whoever is shown the name of another is written down.
//!
//! Errors: 404 for another tenant's or one that the caller may not know of; 403 for a wrong role.

use super::RouteState;
use crate::wire::UserView;
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, PathId, Problem, Session};
use kernel::UserId;

/// Read a user.
///
/// For staff, and for carriers their own. The name needs `personal:read` and is recorded.
#[utoipa::path(
    get,
    path = "/api/v1/users/{id}",
    tag = "identity",
    params(("id" = String, Path, description = "the user")),
    responses((status = 200, description = "the user", body = UserView)),
)]
pub(crate) async fn get_user(
    State(state): State<RouteState>,
    session: Session,
    PathId(id): PathId<UserId>,
) -> Result<Answer<UserView>, Problem> {
    let resource = state.identity.resource_of_user(id).await?.ok_or_else(Problem::not_found)?;
    session.authorise(&state.platform, permissions::USER_READ, &resource)?;
    Ok(Answer::ok(state.identity.show_user(&session, id).await?))
}
