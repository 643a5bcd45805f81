//! `GET /api/v1/operations/streams/{stream}`: the stream behind a fact.
//!
//! Errors: 403 for a role that reads no log, 404 for an unknown or foreign stream, 422 for a bad limit.

use super::event_search::WireFact;
use crate::{Operations, views::log};
use axum::extract::{Path, State, rejection::PathRejection};
use contracts::ports::{Resource, permissions};
use edge::{Answer, Fields, Problem, Search, Session};
use serde::Deserialize;
use utoipa::IntoParams;

const LIMIT_MAX: u32 = 1000;

/// Which part of the stream.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// Only after this version.
    #[param(minimum = 0, default = 0)]
    after: Option<i64>,
    /// At most so many.
    #[param(minimum = 1, maximum = 1000, default = 1000)]
    limit: Option<u32>,
}

/// Read a stream.
///
/// Everything that happened to one thing, oldest first. For support, supervisors, auditors and administrators.
#[utoipa::path(
    get,
    path = "/api/v1/operations/streams/{stream}",
    tag = "operations",
    params(("stream" = String, Path, description = "the id of the thing, such as `shp_...`"), StreamQuery),
    responses((status = 200, description = "oldest first", body = Vec<WireFact>)),
)]
pub async fn read_event_stream(
    State(operations): State<Operations>,
    session: Session,
    stream: Result<Path<String>, PathRejection>,
    Search(query): Search<StreamQuery>,
) -> Result<Answer<Vec<WireFact>>, Problem> {
    session.authorise(&operations.platform, permissions::LOG_READ, &Resource::default())?;
    let (after, limit) = (query.after.unwrap_or(0), query.limit.unwrap_or(LIMIT_MAX));
    let mut fields = Fields::new();
    fields.require(after >= 0, "after", "out_of_range", "must be 0 or more");
    fields.require((1..=LIMIT_MAX).contains(&limit), "limit", "out_of_range", "must be 1 to 1000");
    fields.finish()?;
    let Path(stream) = stream.map_err(|_| Problem::not_found())?;
    if stream.contains('\0') {
        return Err(Problem::not_found());
    }
    let store = operations.platform.runtime.store();
    let facts = log::stream(store, session.caller.tenant, &stream, after, i64::from(limit)).await?;
    if facts.is_empty() && after == 0 {
        return Err(Problem::not_found());
    }
    Ok(Answer::ok(facts.into_iter().map(WireFact::of).collect()))
}
