//! What the routes of incidents share on the wire.

use crate::agents::{IncidentCause, IncidentTerms};
use contracts::ports::{TrafficEffect, TrafficPlace};
use edge::{
    Fields,
    wire::{WirePosition, check_time},
};
use kernel::{IncidentId, Position, Refusal, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// An incident lies at most so far ahead, and lasts at most so long.
const YEAR: Duration = Duration::from_secs(366 * 24 * 3600);
/// Points of a line lie at most so far apart: between them the way is found on the roads.
const GAP_KM_MAX: f64 = 20.0;

/// What an incident does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WireTrafficEffect {
    /// Nobody gets through.
    Closed,
    /// It is slower: `speed_percent` is left of the usual speed.
    Slowed,
}

/// Why a road is not as usual.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WireIncidentCause {
    /// A crash.
    Accident,
    /// Work on the road.
    Roadworks,
    /// Snow, ice, water, wind.
    Weather,
    /// Too many vehicles.
    Congestion,
    /// A demonstration, a market, a race.
    Event,
    /// Anything else.
    #[default]
    Other,
}

impl From<WireIncidentCause> for IncidentCause {
    fn from(cause: WireIncidentCause) -> Self {
        match cause {
            WireIncidentCause::Accident => Self::Accident,
            WireIncidentCause::Roadworks => Self::Roadworks,
            WireIncidentCause::Weather => Self::Weather,
            WireIncidentCause::Congestion => Self::Congestion,
            WireIncidentCause::Event => Self::Event,
            WireIncidentCause::Other => Self::Other,
        }
    }
}

impl From<IncidentCause> for WireIncidentCause {
    fn from(cause: IncidentCause) -> Self {
        match cause {
            IncidentCause::Accident => Self::Accident,
            IncidentCause::Roadworks => Self::Roadworks,
            IncidentCause::Weather => Self::Weather,
            IncidentCause::Congestion => Self::Congestion,
            IncidentCause::Event => Self::Event,
            IncidentCause::Other => Self::Other,
        }
    }
}

/// An incident as it is reported.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentRequest {
    /// What it does.
    effect: WireTrafficEffect,
    /// What is left of the usual speed, in percent; only for `slowed`.
    #[schema(minimum = 5, maximum = 95)]
    speed_percent: Option<u8>,
    /// One point: the road nearest to it, in both directions, or with `radius_m` all roads around it. Two and more, at
    /// most 20 km apart: the roads along them, in the direction of traffic.
    #[schema(min_items = 1, max_items = 100)]
    points: Vec<WirePosition>,
    /// Metres around the one point.
    #[schema(minimum = 10, maximum = 20_000)]
    radius_m: Option<f64>,
    /// Whether a line is meant in both directions; yes when absent.
    both_directions: Option<bool>,
    /// Why; `other` when absent.
    #[serde(default)]
    cause: WireIncidentCause,
    /// Since when or from when on, at most a year ahead; now when absent.
    #[schema(format = DateTime)]
    from: Option<String>,
    /// Until when, at most a year after `from`; until it is lifted when absent.
    #[schema(format = DateTime)]
    until: Option<String>,
}

impl IncidentRequest {
    /// Looks at every field.
    pub(super) fn check(&self, tenant: TenantId, now: Timestamp) -> Result<IncidentTerms, Refusal> {
        let mut fields = Fields::new();
        let effect = self.effect(&mut fields);
        let place = self.place(&mut fields);
        let from = self.from.as_deref().and_then(|text| check_time(text, "from", &mut fields)).unwrap_or(now);
        let until = self.until.as_deref().and_then(|text| check_time(text, "until", &mut fields));
        fields.require(from <= now.after(YEAR), "from", "too_late", "at most a year ahead");
        if let Some(until) = until {
            let ahead = until > from && until > now;
            fields.require(ahead, "until", "too_early", "must be after `from` and after now");
            fields.require(until <= from.after(YEAR), "until", "too_late", "at most a year after `from`");
        }
        fields.finish()?;
        let place = place.ok_or_else(|| Refusal::field("points", "invalid", "no place"))?;
        Ok(IncidentTerms { tenant, effect, place, cause: self.cause.into(), from, until })
    }

    fn effect(&self, fields: &mut Fields) -> TrafficEffect {
        match (self.effect, self.speed_percent) {
            (WireTrafficEffect::Closed, None) => TrafficEffect::Closed,
            (WireTrafficEffect::Closed, Some(_)) => {
                fields.refuse("speed_percent", "mismatch", "a closed road has no speed");
                TrafficEffect::Closed
            }
            (WireTrafficEffect::Slowed, Some(percent)) => {
                let fits = TrafficEffect::PERCENT.contains(&percent);
                fields.require(fits, "speed_percent", "out_of_range", "must be between 5 and 95");
                TrafficEffect::Slowed { percent }
            }
            (WireTrafficEffect::Slowed, None) => {
                fields.refuse("speed_percent", "required", "a slowed road needs it");
                TrafficEffect::Closed
            }
        }
    }

    fn place(&self, fields: &mut Fields) -> Option<TrafficPlace> {
        let most = *TrafficPlace::POINTS.end();
        if self.points.is_empty() || self.points.len() > most {
            fields.refuse("points", "invalid_length", "must have 1 to 100 points");
            return None;
        }
        let checked = self.points.iter().enumerate();
        let checked = checked.map(|(index, point)| point.check(&format!("points[{index}]"), fields));
        let points: Vec<Position> = checked.collect::<Vec<_>>().into_iter().collect::<Option<_>>()?;
        match (&points[..], self.radius_m) {
            ([at], None) => Some(TrafficPlace::Point { at: *at }),
            ([centre], Some(radius_m)) => {
                let fits = TrafficPlace::RADIUS_M.contains(&radius_m);
                fields.require(fits, "radius_m", "out_of_range", "must be between 10 and 20000");
                Some(TrafficPlace::Area { centre: *centre, radius_m })
            }
            (_, Some(_)) => {
                fields.refuse("radius_m", "mismatch", "only one point has a radius");
                None
            }
            (line, None) => {
                let wide = line.windows(2).position(|pair| pair[0].distance_km(pair[1]) > GAP_KM_MAX);
                if let Some(index) = wide {
                    fields.refuse(format!("points[{}]", index + 1), "too_far", "more than 20 km further");
                }
                Some(TrafficPlace::Line { points, both: self.both_directions.unwrap_or(true) })
            }
        }
    }
}

/// An incident.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WireIncident {
    /// Its id.
    #[schema(pattern = "^inc_[0-9a-f]{32}$")]
    id: String,
    /// What it does.
    effect: WireTrafficEffect,
    /// What is left of the usual speed, in percent; of a slowdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    speed_percent: Option<u8>,
    /// The point, the line, or the middle of the circle.
    points: Vec<WirePosition>,
    /// Metres around the one point.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    radius_m: Option<f64>,
    /// Whether both directions are meant.
    both_directions: bool,
    /// Why.
    cause: WireIncidentCause,
    /// Since when.
    #[schema(format = DateTime)]
    from: String,
    /// Until when; absent when nobody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    until: Option<String>,
}

impl WireIncident {
    pub(super) fn of(id: IncidentId, terms: &IncidentTerms) -> Self {
        let (effect, speed_percent) = match terms.effect {
            TrafficEffect::Closed => (WireTrafficEffect::Closed, None),
            TrafficEffect::Slowed { percent } => (WireTrafficEffect::Slowed, Some(percent)),
        };
        let (radius_m, both_directions) = match terms.place {
            TrafficPlace::Point { .. } => (None, true),
            TrafficPlace::Line { both, .. } => (None, both),
            TrafficPlace::Area { radius_m, .. } => (Some(radius_m), true),
        };
        Self {
            id: id.to_string(),
            effect,
            speed_percent,
            points: terms.place.points().iter().copied().map(WirePosition::from).collect(),
            radius_m,
            both_directions,
            cause: terms.cause.into(),
            from: terms.from.to_string(),
            until: terms.until.map(|until| until.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{TypedId, Uuid};
    use serde_json::{Value, json};

    const NOW: Timestamp = Timestamp::from_millis(1_772_352_000_000);

    fn check(request: Value) -> Result<IncidentTerms, Refusal> {
        let request: IncidentRequest = serde_json::from_value(request).unwrap();
        request.check(TenantId::from_uuid(Uuid::from_u128(1)), NOW)
    }

    fn bad(request: Value) -> Vec<String> {
        let refusal = check(request).err();
        refusal.map_or_else(Vec::new, |refusal| {
            refusal.fields.iter().map(|field| format!("{}:{}", field.field, field.code)).collect()
        })
    }

    fn point(latitude: f64, longitude: f64) -> Value {
        json!({ "latitude": latitude, "longitude": longitude })
    }

    #[test]
    fn every_bad_field_is_named() {
        let at = |latitude| point(latitude, 9.0);
        let all = json!({ "effect": "slowed", "points": [at(91.0)], "until": "2020-01-01T00:00:00Z" });
        assert_eq!(
            bad(all),
            ["speed_percent:required", "points[0].latitude:out_of_range", "until:too_early"]
        );
        let closed = json!({ "effect": "closed", "speed_percent": 50, "points": [], "from": "soon" });
        assert_eq!(bad(closed), ["speed_percent:mismatch", "points:invalid_length", "from:invalid_time"]);
        let line = json!({ "effect": "slowed", "speed_percent": 4, "points": [at(45.0), at(45.3)] });
        assert_eq!(bad(line), ["speed_percent:out_of_range", "points[1]:too_far"]);
        let circle = json!({ "effect": "closed", "points": [at(45.0), at(45.1)], "radius_m": 500 });
        assert_eq!(bad(circle), ["radius_m:mismatch"]);
        let wide = json!({ "effect": "closed", "points": [at(45.0)], "radius_m": 1e9, "from": "2030-01-01T00:00:00Z" });
        assert_eq!(bad(wide), ["radius_m:out_of_range", "from:too_late"]);
    }

    #[test]
    fn what_was_reported_is_shown_again() {
        let line = [point(45.0, 9.0), point(45.1, 9.0)];
        let until = "2026-03-01T12:00:00Z";
        let asked = json!({ "effect": "slowed", "speed_percent": 40, "points": line, "both_directions": false,
            "cause": "roadworks", "until": until });
        let terms = check(asked).unwrap();
        let shown = WireIncident::of(IncidentId::from_uuid(Uuid::from_u128(2)), &terms);
        let shown = serde_json::to_value(shown).unwrap();
        for (field, value) in [
            ("effect", json!("slowed")),
            ("speed_percent", json!(40)),
            ("points", json!(line)),
            ("both_directions", json!(false)),
            ("cause", json!("roadworks")),
            ("from", json!(NOW.to_string())),
        ] {
            assert_eq!(shown[field], value, "{field}");
        }
        assert_eq!(terms.until, Timestamp::parse(until).ok());
    }
}
