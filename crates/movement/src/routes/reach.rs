//! `POST /api/v1/routes/isochrone`: what can be reached from a place.
//!
//! Errors: 422 for a bad field, 503 when no planner can answer now.

use super::route_wire::{Told, WireReckoned, WireRouteVehicle, away, may_plan};
use crate::Movement;
use axum::extract::State;
use contracts::ports::{AreaLimit, AreaRequest, RouteArea, Traffic};
use edge::{
    Answer, Body, Fields, Problem, Session,
    wire::{WirePosition, check_time},
};
use kernel::{Position, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const MINUTES_MAX: u16 = 240;
const KILOMETRES_MAX: u16 = 400;

/// A question for an area: `minutes` or `kilometres`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AreaQuestion {
    /// From where.
    from: WirePosition,
    /// Who drives; `truck40` when absent.
    #[serde(default)]
    vehicle: WireRouteVehicle,
    /// So many minutes at the wheel.
    #[schema(minimum = 1, maximum = 240)]
    minutes: Option<u16>,
    /// Or so many kilometres.
    #[schema(minimum = 1, maximum = 400)]
    kilometres: Option<u16>,
    /// When one sets out: then the speeds of that hour count, and what is closed or forbidden then. Without it the usual
    /// times do.
    #[schema(format = DateTime)]
    departure: Option<String>,
}

impl AreaQuestion {
    fn check(&self, traffic: Traffic) -> Result<AreaRequest, Refusal> {
        let mut fields = Fields::new();
        let from = self.from.check("from", &mut fields);
        let limit = match (self.minutes, self.kilometres) {
            (Some(minutes), None) => {
                let fits = (1..=MINUTES_MAX).contains(&minutes);
                fields.require(fits, "minutes", "out_of_range", "must be between 1 and 240");
                AreaLimit::Minutes(minutes)
            }
            (None, Some(kilometres)) => {
                let fits = (1..=KILOMETRES_MAX).contains(&kilometres);
                fields.require(fits, "kilometres", "out_of_range", "must be between 1 and 400");
                AreaLimit::Kilometres(kilometres)
            }
            (None, None) | (Some(_), Some(_)) => {
                fields.refuse("minutes", "mismatch", "either `minutes` or `kilometres` is needed");
                AreaLimit::Minutes(1)
            }
        };
        let departure = self.departure.as_deref();
        let departure = departure.and_then(|text| check_time(text, "departure", &mut fields));
        fields.finish()?;
        let from = from.ok_or_else(|| Refusal::fields(Vec::new()))?;
        Ok(AreaRequest { from, vehicle: self.vehicle.into(), limit, traffic, departure })
    }
}

/// What can be reached.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WireReach {
    /// Closed rings of points as [latitude, longitude]: outer ones counter-clockwise, holes clockwise. Right to half a
    /// 240th of the area's longer side.
    rings: Vec<Vec<[f64; 2]>>,
    /// `roads` for a road graph, `great_circle` for an estimate, a circle.
    source: &'static str,
    /// Whom the data's licence wants named where it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    attribution: Option<String>,
    /// Which traffic it reckons with.
    traffic: WireReckoned,
}

impl From<RouteArea> for WireReach {
    fn from(area: RouteArea) -> Self {
        let Told { source, attribution, .. } = Told::of(area.source);
        let pair = |at: &Position| [at.latitude, at.longitude];
        let rings = area.rings.iter().map(|ring| ring.iter().map(pair).collect()).collect();
        Self { rings, source, attribution, traffic: area.traffic.into() }
    }
}

/// Draw what can be reached.
///
/// For everybody who is signed in: the area within a time or a distance of a place. Closures and slowdowns that the tenant's
/// people have reported count as they do in a route; `traffic` says which.
#[utoipa::path(
    post,
    path = "/api/v1/routes/isochrone",
    tag = "routes",
    request_body = AreaQuestion,
    responses((status = 200, description = "the area", body = edge::Enveloped<WireReach>)),
)]
pub async fn reach(
    State(movement): State<Movement>,
    session: Session,
    Body(body): Body<AreaQuestion>,
) -> Result<Answer<WireReach>, Problem> {
    may_plan(&movement, &session)?;
    let now = movement.platform.runtime.now();
    let request = body.check(movement.watch.incidents().in_force(session.caller.tenant, now))?;
    let area = movement.planner.area(request).await.map_err(away)?;
    Ok(Answer::ok(area.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn exactly_one_limit_within_its_range_is_needed() {
        let bad = |more: Value| {
            let mut question = json!({ "from": { "latitude": 45.0, "longitude": 9.0 } });
            question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let question: AreaQuestion = serde_json::from_value(question).unwrap();
            let fields =
                question.check(Traffic::default()).err().map_or_else(Vec::new, |refusal| refusal.fields);
            fields.into_iter().map(|field| format!("{}:{}", field.field, field.code)).collect::<Vec<_>>()
        };
        assert_eq!(bad(json!({})), ["minutes:mismatch"]);
        assert_eq!(bad(json!({ "minutes": 5, "kilometres": 5 })), ["minutes:mismatch"]);
        assert_eq!(bad(json!({ "minutes": 241 })), ["minutes:out_of_range"]);
        assert_eq!(bad(json!({ "kilometres": 0 })), ["kilometres:out_of_range"]);
        assert!(bad(json!({ "kilometres": 400 })).is_empty());
    }
}
