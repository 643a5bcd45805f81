//! `GET /api/v1/agents/{id}/replay`: a driver's track as frames for a player, at any speed, part by part.
//!
//! Errors: 404 for an unknown or foreign driver, 422 for a bad or reversed span or a speed off its range.

use super::span::Span;
use crate::{
    Movement,
    movement::resource_of,
    trips::{Frame, frames, play_ms},
    wire::WireSample,
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, Fields, PathId, Problem, Search, Session};
use kernel::DriverId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Stored positions that one part looks at: five and a half hours at one each second.
const POSITIONS_MAX: u32 = 20_000;
const SPEED_DEFAULT: f64 = 60.0;
const SPEEDS: std::ops::RangeInclusive<f64> = 0.1..=10_000.0;

/// Which part of the track, and how fast.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReplayQuery {
    /// From this instant on; 24 hours before `to` when absent. At most 31 days.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Before this instant; now when absent.
    #[param(format = DateTime)]
    to: Option<String>,
    /// So many seconds of the trip pass in one second of play.
    #[param(minimum = 0.1, maximum = 10_000, default = 60)]
    speed: Option<f64>,
}

/// A part of a replay.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Replay {
    /// So many seconds of the trip pass in one second of play.
    speed: f64,
    /// Oldest first; at most ten a second of play.
    frames: Vec<WireFrame>,
    /// How long this part plays, in milliseconds: the next part begins then.
    plays_ms: u64,
    /// Ask again with this `from`, and the same `to` and `speed`, for the next part; absent when this was the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    next_from: Option<String>,
}

/// A position and when to show it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WireFrame {
    /// Milliseconds of play after the beginning of this part.
    play_ms: u64,
    /// Where and when.
    #[serde(flatten)]
    sample: WireSample,
}

impl From<&Frame> for WireFrame {
    fn from(frame: &Frame) -> Self {
        Self { play_ms: frame.play_ms, sample: (&frame.sample).into() }
    }
}

/// Replay a track.
///
/// For the driver itself, its carrier and the tenant's staff. The answer is one part of the track with the moment of play
/// at which each position is shown; a player asks for the next part while it plays this one. Any age of the history can
/// be replayed; what is older than 90 days has one position a minute.
#[utoipa::path(
    get,
    path = "/api/v1/agents/{id}/replay",
    tag = "positions",
    params(("id" = String, Path, description = "the driver agent"), ReplayQuery),
    responses((status = 200, description = "a part of the replay", body = edge::Enveloped<Replay>)),
)]
pub async fn replay(
    State(movement): State<Movement>,
    session: Session,
    PathId(driver): PathId<DriverId>,
    Search(query): Search<ReplayQuery>,
) -> Result<Answer<Replay>, Problem> {
    let owner = movement.owner(driver).await?;
    session.authorise(&movement.platform, permissions::AGENT_READ, &resource_of(driver, &owner))?;
    let mut fields = Fields::new();
    let now = movement.platform.runtime.now();
    let span = Span::check(query.from.as_deref(), query.to.as_deref(), now, &mut fields);
    let speed = query.speed.unwrap_or(SPEED_DEFAULT);
    fields.require(SPEEDS.contains(&speed), "speed", "out_of_range", "must be between 0.1 and 10000");
    fields.finish()?;
    // One more than is shown tells whether there is a next part, and where it begins.
    let mut samples = movement.positions.history(driver, span.from, span.to, POSITIONS_MAX + 1).await?;
    let next = samples.get(POSITIONS_MAX as usize).map(|next| next.at);
    samples.truncate(POSITIONS_MAX as usize);
    Ok(Answer::ok(Replay {
        speed,
        frames: frames(&samples, span.from, speed).iter().map(WireFrame::from).collect(),
        plays_ms: play_ms(span.from, next.unwrap_or(span.to), speed) as u64,
        next_from: next.map(|next| next.to_string()),
    }))
}
