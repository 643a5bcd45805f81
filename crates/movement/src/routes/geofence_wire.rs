//! What the geofence routes share on the wire.

use crate::{
    agents::GeofenceTerms,
    geofences::{InvalidShape, Shape},
};
use edge::Fields;
use kernel::{GeofenceId, InvalidPosition, Position, Refusal, TenantId};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use utoipa::ToSchema;

const NAME_CHARACTERS: RangeInclusive<usize> = 1..=100;
const DWELL_MINUTES: RangeInclusive<u32> = 1..=1440;
const DWELL_DEFAULT: u32 = 10;

/// A point on the globe.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WirePoint {
    /// Degrees north.
    #[schema(minimum = -90, maximum = 90)]
    latitude: f64,
    /// Degrees east.
    #[schema(minimum = -180, maximum = 180)]
    longitude: f64,
}

/// The kinds of shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum WireShapeKind {
    /// All within `radius_m` of its one point.
    Circle,
    /// All within the closed line of its points.
    Polygon,
    /// All within `radius_m` of the line of its points.
    Corridor,
}

/// A geofence as it is asked for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GeofenceRequest {
    /// What people call it.
    #[schema(min_length = 1, max_length = 100, example = "Depot Lodi")]
    name: String,
    /// What it is.
    kind: WireShapeKind,
    /// One for a circle, 3 to 200 for a polygon, which must not lie on one line, 2 to 200 for a corridor; within 1000 km of the first.
    #[schema(min_items = 1, max_items = 200)]
    points: Vec<WirePoint>,
    /// Metres, for circles and corridors.
    #[schema(minimum = 50, maximum = 100_000)]
    radius_m: Option<f64>,
    /// A truck has stayed when it was in it for so long.
    #[schema(minimum = 1, maximum = 1440, default = 10)]
    dwell_minutes: Option<u32>,
}

/// A geofence.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WireGeofence {
    /// Its id.
    #[schema(pattern = "^gfc_[0-9a-f]{32}$")]
    id: String,
    /// What people call it.
    name: String,
    /// What it is.
    kind: WireShapeKind,
    /// The middle of a circle, the corners of a polygon, the line of a corridor.
    points: Vec<WirePoint>,
    /// Metres, for circles and corridors.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    radius_m: Option<f64>,
    /// A truck has stayed when it was in it for so long.
    dwell_minutes: u32,
}

impl GeofenceRequest {
    /// Looks at every field.
    pub(super) fn check(self, tenant: TenantId) -> Result<GeofenceTerms, Refusal> {
        let mut fields = Fields::new();
        let name = self.name.trim().to_owned();
        let fits = NAME_CHARACTERS.contains(&name.chars().count());
        fields.require(fits, "name", "invalid_length", "must have 1 to 100 characters");
        let minutes = self.dwell_minutes.unwrap_or(DWELL_DEFAULT);
        let in_range = DWELL_MINUTES.contains(&minutes);
        fields.require(in_range, "dwell_minutes", "out_of_range", "must be between 1 and 1440");
        let points =
            self.points.iter().enumerate().map(|(index, point)| point.check(index, &mut fields)).collect();
        let shape = shape(self.kind, points, self.radius_m, &mut fields);
        fields.finish()?;
        let shape = shape.ok_or_else(|| Refusal::field("points", "invalid", "no shape"))?;
        Ok(GeofenceTerms { tenant, name, shape, dwell_s: minutes * 60 })
    }
}

impl WirePoint {
    fn check(self, index: usize, fields: &mut Fields) -> Position {
        let checked = Position::new(self.latitude, self.longitude);
        if let Err(error) = checked {
            let part = match error {
                InvalidPosition::Latitude => "latitude",
                InvalidPosition::Longitude => "longitude",
            };
            fields.refuse(format!("points[{index}].{part}"), "out_of_range", error.to_string());
        }
        checked.unwrap_or(Position { latitude: 0.0, longitude: 0.0 })
    }

    const fn of(position: Position) -> Self {
        Self { latitude: position.latitude, longitude: position.longitude }
    }
}

fn shape(
    kind: WireShapeKind,
    points: Vec<Position>,
    radius_m: Option<f64>,
    fields: &mut Fields,
) -> Option<Shape> {
    let needs_radius = kind != WireShapeKind::Polygon;
    fields.require(
        needs_radius == radius_m.is_some(),
        "radius_m",
        "mismatch",
        if needs_radius { "a circle and a corridor need it" } else { "a polygon has none" },
    );
    let radius_m = if needs_radius { radius_m? } else { 0.0 };
    let shape = match (kind, points.first()) {
        (WireShapeKind::Circle, Some(centre)) if points.len() == 1 => {
            Shape::Circle { centre: *centre, radius_m }
        }
        (WireShapeKind::Circle, _) => {
            fields.refuse("points", "invalid_length", "a circle has one point");
            return None;
        }
        (WireShapeKind::Polygon, _) => Shape::Polygon { points },
        (WireShapeKind::Corridor, _) => Shape::Corridor { points, width_m: radius_m },
    };
    if let Err(error) = shape.check() {
        let (field, code) = match error {
            InvalidShape::Metres => ("radius_m", "out_of_range"),
            InvalidShape::Points(_) => ("points", "invalid_length"),
            InvalidShape::Span => ("points", "too_large"),
            InvalidShape::Crossing => ("points", "crossing"),
            InvalidShape::Flat => ("points", "no_area"),
        };
        fields.refuse(field, code, error.to_string());
        return None;
    }
    Some(shape)
}

impl WireGeofence {
    pub(super) fn of(id: GeofenceId, terms: &GeofenceTerms) -> Self {
        let (kind, points, radius_m): (_, &[Position], _) = match &terms.shape {
            Shape::Circle { centre, radius_m } => {
                (WireShapeKind::Circle, std::slice::from_ref(centre), Some(*radius_m))
            }
            Shape::Polygon { points } => (WireShapeKind::Polygon, points, None),
            Shape::Corridor { points, width_m } => (WireShapeKind::Corridor, points, Some(*width_m)),
        };
        Self {
            id: id.to_string(),
            name: terms.name.clone(),
            kind,
            points: points.iter().copied().map(WirePoint::of).collect(),
            radius_m,
            dwell_minutes: terms.dwell_s / 60,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{TypedId, Uuid};

    fn bad(request: serde_json::Value) -> Vec<String> {
        let request: GeofenceRequest = serde_json::from_value(request).unwrap();
        let refusal = request.check(TenantId::from_uuid(Uuid::from_u128(1))).err();
        refusal.map_or_else(Vec::new, |refusal| {
            refusal.fields.iter().map(|field| format!("{}:{}", field.field, field.code)).collect()
        })
    }

    #[test]
    fn every_bad_field_is_named() {
        let point = |latitude: f64, longitude: f64| serde_json::json!({ "latitude": latitude, "longitude": longitude });
        let good = serde_json::json!({ "name": "Depot", "kind": "circle", "points": [point(45.0, 9.0)], "radius_m": 500 });
        assert!(bad(good).is_empty());
        let three = serde_json::json!({ "name": " ", "kind": "circle", "points": [point(91.0, 9.0)], "radius_m": 5, "dwell_minutes": 0 });
        assert_eq!(
            bad(three),
            [
                "name:invalid_length",
                "dwell_minutes:out_of_range",
                "points[0].latitude:out_of_range",
                "radius_m:out_of_range"
            ]
        );
        let two = serde_json::json!({ "name": "x", "kind": "polygon", "points": [point(0.0, 0.0)], "radius_m": 500 });
        assert_eq!(bad(two), ["radius_m:mismatch", "points:invalid_length"]);
        let many = serde_json::json!({ "name": "x", "kind": "circle", "points": [], "radius_m": 500 });
        assert_eq!(bad(many), ["points:invalid_length"]);
    }
}
