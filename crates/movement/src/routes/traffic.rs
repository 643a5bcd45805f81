//! `GET /api/v1/traffic`: how much and how fast was driven around a place, of tracks that are long gone.
//!
//! Errors: 403 for a role that sees none of it, 422 for a place off the globe.

use crate::Movement;
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{Answer, Fields, Problem, Search, Session, wire::check_position};
use kernel::Refusal;
use serde::{Deserialize, Serialize};
use store::Traffic;
use utoipa::{IntoParams, ToSchema};

/// Around which place.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TrafficQuery {
    /// Degrees north.
    #[param(minimum = -90, maximum = 90, example = 45.4642)]
    latitude: f64,
    /// Degrees east.
    #[param(minimum = -180, maximum = 180, example = 9.19)]
    longitude: f64,
}

/// What was driven in a cell of 0.1 degrees at an hour of the day.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WireTraffic {
    /// The cell's southern edge, degrees north.
    south: f64,
    /// The cell's western edge, degrees east.
    west: f64,
    /// 0 to 23, UTC.
    hour: i64,
    /// Minutes in which a vehicle was there, of all vehicles together.
    vehicle_minutes: i64,
    /// The most different vehicles that were there within 30 days, at least 5.
    vehicles: i64,
    /// Their average speed, as far as their devices told one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    average_kmh: Option<f64>,
}

impl From<&Traffic> for WireTraffic {
    fn from(traffic: &Traffic) -> Self {
        let tenths = |value: f64| (value * 10.0).round() / 10.0;
        let average = traffic.speed_sum_kmh / traffic.speeds as f64;
        Self {
            south: traffic.cell_latitude as f64 / 10.0,
            west: traffic.cell_longitude as f64 / 10.0,
            hour: traffic.hour,
            vehicle_minutes: traffic.minutes,
            vehicles: traffic.vehicles,
            average_kmh: (traffic.speeds > 0).then(|| tenths(average)),
        }
    }
}

/// Tell how much and how fast was driven around a place.
///
/// For the tenant's staff: the cells within 0.5 degrees, by cell and hour of the day. Tracks are counted when they are given
/// up (after 36 months, unless the installation says otherwise) and name nobody: a cell that fewer than five vehicles
/// crossed in an hour of the day of 30 days is left out.
#[utoipa::path(
    get,
    path = "/api/v1/traffic",
    tag = "positions",
    params(TrafficQuery),
    responses((status = 200, description = "cells and hours, from south to north", body = edge::Enveloped<Vec<WireTraffic>>)),
)]
pub async fn traffic(
    State(movement): State<Movement>,
    session: Session,
    Search(query): Search<TrafficQuery>,
) -> Result<Answer<Vec<WireTraffic>>, Problem> {
    session.authorise(&movement.platform, permissions::OPERATIONS_READ, &Resource::default())?;
    let mut fields = Fields::new();
    let place = check_position(query.latitude, query.longitude, "", &mut fields);
    fields.finish()?;
    let Some(place) = place else { return Err(Refusal::fields(Vec::new()).into()) };
    let known = movement.positions.traffic_around(session.caller.tenant, place).await?;
    Ok(Answer::ok(known.iter().map(WireTraffic::from).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_says_how_fast_it_was_if_anybody_said_so() {
        let traffic = Traffic {
            cell_latitude: 454,
            cell_longitude: -1,
            hour: 8,
            minutes: 60,
            vehicles: 5,
            speeds: 3,
            speed_sum_kmh: 200.0,
        };
        let told = WireTraffic::from(&traffic);
        assert_eq!((told.south, told.west, told.average_kmh), (45.4, -0.1, Some(66.7)));
        let silent = Traffic { speeds: 0, speed_sum_kmh: 0.0, ..traffic };
        assert_eq!(WireTraffic::from(&silent).average_kmh, None);
    }
}
