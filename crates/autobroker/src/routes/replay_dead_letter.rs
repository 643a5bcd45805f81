//! `POST /api/v1/effects/dead-letters/{id}/replay`: try a call again that was given up.
//!
//! Errors: 403 unless the role may, 404 for what is not a dead letter of the tenant.

use super::Operations;
use crate::dead_letters::DEAD_LETTERS_MAX;
use axum::extract::{RawPathParams, State};
use contracts::ports::{Resource, permissions};
use edge::{Answer, NoBody, Problem, Session};
use serde::Serialize;
use utoipa::ToSchema;

/// A call that is tried again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Replayed {
    /// Its id.
    id: String,
}

/// Replay a dead letter.
///
/// The call is made again with the same idempotency key; if it fails again, it comes back to the list.
#[utoipa::path(
    post,
    path = "/api/v1/effects/dead-letters/{id}/replay",
    tag = "operations",
    params(("id" = String, Path, description = "the dead letter's id")),
    responses((status = 200, description = "it is tried again", body = Replayed)),
)]
pub async fn replay_dead_letter(
    State(operations): State<Operations>,
    session: Session,
    params: RawPathParams,
    NoBody: NoBody,
) -> Result<Answer<Replayed>, Problem> {
    session.authorise(&operations.platform, permissions::EFFECTS_REPLAY, &Resource::default())?;
    let id = params.iter().find_map(|(key, value)| (key == "id").then(|| value.to_owned()));
    let id = id.ok_or_else(Problem::not_found)?;
    let runtime = &operations.platform.runtime;
    let letters = runtime.store().dead_letters(session.caller.tenant, DEAD_LETTERS_MAX).await?;
    if !letters.iter().any(|letter| letter.id == id) {
        return Err(Problem::not_found());
    }
    runtime.replay(&id).await?;
    Ok(Answer::ok(Replayed { id }))
}
