//! `GET /api/v1/effects/dead-letters`: calls to the outside that failed for good.
//!
//! Errors: 403 unless the role may see them, 422 for a bad limit.

use super::Operations;
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{Answer, Fields, Problem, Search, Session};
use serde::{Deserialize, Serialize};
use store::EffectRecord;
use utoipa::{IntoParams, ToSchema};

const LIMIT_DEFAULT: u32 = 50;
const LIMIT_MAX: u32 = 100;

/// How many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeadLettersQuery {
    /// At most so many, 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
}

/// A call that failed for good.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeadLetter {
    /// Its id, which is also the idempotency key that the outside was given.
    id: String,
    /// Which call, such as `payment.hold`.
    kind: String,
    /// How often it was tried.
    attempts: i64,
    /// The position of the event that caused it.
    causation: i64,
    /// Why the last attempt failed.
    error: String,
}

impl From<EffectRecord> for DeadLetter {
    fn from(record: EffectRecord) -> Self {
        let EffectRecord { id, kind, attempts, causation, error, .. } = record;
        Self { id, kind, attempts, causation, error }
    }
}

/// List dead letters.
///
/// The tenant's calls to the outside that were given up, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/effects/dead-letters",
    tag = "operations",
    params(DeadLettersQuery),
    responses((status = 200, description = "newest first", body = Vec<DeadLetter>)),
)]
pub async fn list_dead_letters(
    State(operations): State<Operations>,
    session: Session,
    Search(query): Search<DeadLettersQuery>,
) -> Result<Answer<Vec<DeadLetter>>, Problem> {
    session.authorise(&operations.platform, permissions::EFFECTS_READ, &Resource::default())?;
    let limit = query.limit.unwrap_or(LIMIT_DEFAULT);
    let mut fields = Fields::new();
    fields.require((1..=LIMIT_MAX).contains(&limit), "limit", "out_of_range", "must be between 1 and 100");
    fields.finish()?;
    let letters = operations.platform.runtime.store().dead_letters(session.caller.tenant, limit).await?;
    Ok(Answer::ok(letters.into_iter().map(DeadLetter::from).collect()))
}
