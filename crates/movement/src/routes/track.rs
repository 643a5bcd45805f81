//! `GET /api/v1/agents/{id}/positions`: where a driver was.
//!
//! Errors: 404 for an unknown or foreign driver, 422 for a bad or reversed span.

use super::span::Span;
use crate::{Movement, movement::resource_of, wire::WireSample};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, Fields, PathId, Problem, Search, Session};
use kernel::{DriverId, Refusal, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

const LIMIT_MAX: u32 = 10_000;
const LIMIT_DEFAULT: u32 = 1_000;

/// Which part of the track.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TrackQuery {
    /// From this instant on; 24 hours before `to` when absent.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Before this instant; now when absent.
    #[param(format = DateTime)]
    to: Option<String>,
    /// At most so many positions.
    #[param(minimum = 1, maximum = 10_000, default = 1_000)]
    limit: Option<u32>,
}

/// A part of a driver's track.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Track {
    /// Oldest first.
    positions: Vec<WireSample>,
    /// Ask again with this `from` for the rest; absent when this was all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    next_from: Option<String>,
}

/// Where a driver was.
///
/// For the driver itself, its carrier and the tenant's staff.
#[utoipa::path(
    get,
    path = "/api/v1/agents/{id}/positions",
    tag = "positions",
    params(("id" = String, Path, description = "the driver agent"), TrackQuery),
    responses((status = 200, description = "a part of the track", body = edge::Enveloped<Track>)),
)]
pub async fn track(
    State(movement): State<Movement>,
    session: Session,
    PathId(driver): PathId<DriverId>,
    Search(query): Search<TrackQuery>,
) -> Result<Answer<Track>, Problem> {
    let owner = movement.owner(driver).await?;
    session.authorise(&movement.platform, permissions::AGENT_READ, &resource_of(driver, &owner))?;
    let part = query.check(movement.platform.runtime.now())?;
    // One more than asked tells whether there is a rest, and where it begins.
    let mut samples =
        movement.positions.history(driver, part.span.from, part.span.to, part.limit + 1).await?;
    let next_from = samples.get(part.limit as usize).map(|next| next.at.to_string());
    samples.truncate(part.limit as usize);
    Ok(Answer::ok(Track { positions: samples.iter().map(WireSample::from).collect(), next_from }))
}

#[derive(Debug, PartialEq, Eq)]
struct Part {
    span: Span,
    limit: u32,
}

impl TrackQuery {
    fn check(&self, now: Timestamp) -> Result<Part, Refusal> {
        let mut fields = Fields::new();
        let span = Span::check(self.from.as_deref(), self.to.as_deref(), now, &mut fields);
        let limit = self.limit.unwrap_or(LIMIT_DEFAULT);
        fields.require(
            (1..=LIMIT_MAX).contains(&limit),
            "limit",
            "out_of_range",
            "must be between 1 and 10000",
        );
        fields.finish()?;
        Ok(Part { span, limit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::span::SPAN_DEFAULT;

    const NOW: Timestamp = Timestamp::from_millis(1_772_352_000_000);

    fn query(from: Option<&str>, to: Option<&str>, limit: Option<u32>) -> Result<Part, Vec<String>> {
        let query = TrackQuery { from: from.map(str::to_owned), to: to.map(str::to_owned), limit };
        query
            .check(NOW)
            .map_err(|refusal| refusal.fields.iter().map(|field| field.field.to_string()).collect())
    }

    #[test]
    fn the_last_day_is_the_default() {
        assert_eq!(
            query(None, None, None),
            Ok(Part { span: Span { from: NOW.before(SPAN_DEFAULT), to: NOW }, limit: 1_000 })
        );
    }

    #[test]
    fn bad_spans_are_refused_by_name() {
        assert_eq!(query(Some("2026-03-01T08:00:01Z"), None, None), Err(vec!["from".to_owned()]));
        assert_eq!(query(Some("2026-01-01T00:00:00Z"), None, None), Err(vec!["from".to_owned()]));
        assert_eq!(
            query(Some("x"), Some("y"), Some(0)),
            Err(vec!["from".to_owned(), "to".to_owned(), "limit".to_owned()])
        );
        assert_eq!(query(None, None, Some(10_001)), Err(vec!["limit".to_owned()]));
    }
}
