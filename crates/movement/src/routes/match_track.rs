//! `POST /api/v1/routes/match`: the roads that a track was driven on.
//!
//! Errors: 422 for a bad field or too many positions, 503 when no planner can answer now.

use super::route_wire::{Told, WireRouteVehicle, away, may_plan};
use crate::Movement;
use axum::extract::State;
use contracts::ports::{MatchedTrack, MatchedWay, TrackRequest};
use edge::{Answer, Body, Fields, Problem, Session, wire::WirePosition};
use kernel::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const POSITIONS_MAX: usize = 1_000;

/// A track.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrackQuestion {
    /// Its positions, in the order of time.
    #[schema(min_items = 2, max_items = 1000)]
    positions: Vec<WirePosition>,
    /// Who drove; `truck40` when absent.
    #[serde(default)]
    vehicle: WireRouteVehicle,
}

impl TrackQuestion {
    fn check(&self) -> Result<TrackRequest, Refusal> {
        let mut fields = Fields::new();
        let fits = (2..=POSITIONS_MAX).contains(&self.positions.len());
        fields.require(fits, "positions", "invalid_length", "must have 2 to 1000 positions");
        let all = self.positions.iter().take(POSITIONS_MAX).enumerate();
        let all = all.filter_map(|(index, at)| at.check(&format!("positions[{index}]"), &mut fields));
        let positions = all.collect();
        fields.finish()?;
        Ok(TrackRequest { positions, vehicle: self.vehicle.into() })
    }
}

/// Where a position was on a road.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WireMatchedPlace {
    /// The place on the road.
    at: WirePosition,
    /// How far the position is from it, in metres.
    away_m: f64,
}

/// The way between two positions that follow each other.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WireMatchedWay {
    /// The number of the earlier one, from 0.
    from: usize,
    /// Metres.
    distance_m: f64,
    /// Seconds that are usual for it.
    duration_s: f64,
    /// Points as [latitude, longitude].
    geometry: Vec<[f64; 2]>,
}

impl From<MatchedWay> for WireMatchedWay {
    fn from(way: MatchedWay) -> Self {
        let MatchedWay { from, distance_m, duration_s, geometry } = way;
        let geometry = geometry.iter().map(|at| [at.latitude, at.longitude]).collect();
        Self { from, distance_m, duration_s, geometry }
    }
}

/// A track on roads.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WireMatchedTrack {
    /// For each position its place on a road; null where no road is within 60 m.
    places: Vec<Option<WireMatchedPlace>>,
    /// The ways between them; where the track has a gap there is none.
    ways: Vec<WireMatchedWay>,
    /// `roads` for a road graph; `great_circle` where no graph knows the land, and nothing is matched.
    source: &'static str,
    /// Whom the data's licence wants named where it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    attribution: Option<String>,
}

impl From<MatchedTrack> for WireMatchedTrack {
    fn from(track: MatchedTrack) -> Self {
        let Told { source, attribution, .. } = Told::of(track.source);
        let place = |found: Option<_>| {
            found.map(|(at, away_m)| WireMatchedPlace { at: WirePosition::from(at), away_m })
        };
        Self {
            places: track.places.into_iter().map(place).collect(),
            ways: track.ways.into_iter().map(WireMatchedWay::from).collect(),
            source,
            attribution,
        }
    }
}

/// Find the roads of a track.
///
/// For everybody who is signed in: up to 1000 positions with the noise of a receiver are laid on the roads that were most
/// likely driven.
#[utoipa::path(
    post,
    path = "/api/v1/routes/match",
    tag = "routes",
    request_body = TrackQuestion,
    responses((status = 200, description = "the track on roads", body = edge::Enveloped<WireMatchedTrack>)),
)]
pub async fn match_track(
    State(movement): State<Movement>,
    session: Session,
    Body(body): Body<TrackQuestion>,
) -> Result<Answer<WireMatchedTrack>, Problem> {
    may_plan(&movement, &session)?;
    let matched = movement.planner.matched(body.check()?).await.map_err(away)?;
    Ok(Answer::ok(matched.into()))
}
