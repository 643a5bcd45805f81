//! `DELETE /api/v1/api-keys/{id}`: the key is void at once.
//!
//! Errors: 404 for an unknown one or another's that the caller may not know of; 403 for a wrong role.

use super::RouteState;
use crate::agents::ApiKey;
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, NoBody, PathId, Problem, Session};
use kernel::ApiKeyId;
use serde::Serialize;
use utoipa::ToSchema;

/// A key that is void.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RevokedKey {
    /// Its id.
    #[schema(example = "key_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b")]
    pub(crate) id: String,
    /// Always `revoked`.
    pub(crate) state: &'static str,
}

/// Revoke an API key.
///
/// One's own; administrators revoke those of others.
#[utoipa::path(
    delete,
    path = "/api/v1/api-keys/{id}",
    tag = "identity",
    params(("id" = String, Path, description = "the key")),
    responses((status = 200, description = "the key that is void", body = RevokedKey)),
)]
pub(crate) async fn revoke_api_key(
    State(state): State<RouteState>,
    session: Session,
    PathId(id): PathId<ApiKeyId>,
    NoBody: NoBody,
) -> Result<Answer<RevokedKey>, Problem> {
    let found = state.platform.runtime.state::<ApiKey>(id).await?;
    let owner =
        found.and_then(|key| key.terms.as_ref().map(|terms| terms.user)).ok_or_else(Problem::not_found)?;
    let resource = state.identity.resource_of_user(owner).await?.ok_or_else(Problem::not_found)?;
    session.authorise(&state.platform, permissions::API_KEY_REVOKE, &resource)?;
    state.identity.revoke_key(&session.origin, id).await?;
    Ok(Answer::ok(RevokedKey { id: id.to_string(), state: "revoked" }))
}
