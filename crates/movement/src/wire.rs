//! What the position routes take and give.

use crate::{sample::Sample, watch::Outlook};
use edge::{
    Fields,
    wire::{check_position, check_time},
};
use kernel::{DriverId, Position, Refusal, ShipmentId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;
use utoipa::ToSchema;

/// A position is `live` this long after its time: spec 4 keeps it in the cache for 60 s.
const LIVE_FOR: Duration = Duration::from_secs(60);

/// A position that a driver's device reports.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportedPosition {
    /// Degrees north.
    #[schema(minimum = -90, maximum = 90, example = 45.4642)]
    pub latitude: f64,
    /// Degrees east.
    #[schema(minimum = -180, maximum = 180, example = 9.19)]
    pub longitude: f64,
    /// Degrees from north, 0 to below 360.
    #[schema(minimum = 0, exclusive_maximum = 360)]
    pub heading: Option<f64>,
    /// km/h.
    #[schema(minimum = 0, maximum = 1000)]
    pub speed_kmh: Option<f64>,
    /// Whether the device says that the position is made up (a mock location of its system). It raises an alert, which
    /// lasts until a position says `false`. Leave it out when the device cannot tell.
    pub mocked: Option<bool>,
    /// When it was there; now when absent. At most 5 minutes ahead and 7 days ago.
    #[schema(format = DateTime)]
    pub at: Option<String>,
}

impl ReportedPosition {
    /// The domain's sample.
    ///
    /// # Errors
    /// A refusal that names every bad field.
    pub fn check(&self, now: Timestamp) -> Result<Sample, Refusal> {
        let mut fields = Fields::new();
        let position = check_position(self.latitude, self.longitude, "", &mut fields);
        let at = match &self.at {
            Some(text) => check_time(text, "at", &mut fields),
            None => Some(now),
        };
        fields.finish()?;
        let (Some(position), Some(at)) = (position, at) else { return Err(Refusal::fields(Vec::new())) };
        let Self { speed_kmh, heading, mocked, .. } = *self;
        let sample = Sample { position, at, speed_kmh, heading, mocked };
        sample.check(now)?;
        Ok(sample)
    }
}

/// Where a driver was.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WireSample {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Degrees from north, when known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub heading: Option<f64>,
    /// km/h, when known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub speed_kmh: Option<f64>,
    /// When it was there.
    #[schema(format = DateTime)]
    pub at: String,
}

impl From<&Sample> for WireSample {
    fn from(sample: &Sample) -> Self {
        let Position { latitude, longitude } = sample.position;
        Self {
            latitude,
            longitude,
            heading: sample.heading,
            speed_kmh: sample.speed_kmh,
            at: sample.at.to_string(),
        }
    }
}

/// A driver's newest position.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LatestPosition {
    /// The driver agent.
    #[schema(value_type = String)]
    pub driver_id: DriverId,
    /// Where and when.
    #[serde(flatten)]
    pub sample: WireSample,
    /// Whether it is at most 60 s old.
    pub live: bool,
}

impl LatestPosition {
    pub(crate) fn new(driver_id: DriverId, sample: &Sample, now: Timestamp) -> Self {
        Self { driver_id, sample: sample.into(), live: now.since(sample.at) <= LIVE_FOR }
    }
}

/// An arrival that is expected.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WireArrival {
    /// `pickup` or `delivery`.
    stop: &'static str,
    /// The estimate.
    #[schema(format = DateTime)]
    eta: String,
    /// One of ten trucks comes before.
    #[schema(format = DateTime)]
    earliest: String,
    /// One of ten trucks comes after.
    #[schema(format = DateTime)]
    latest: String,
    /// Km to go.
    distance_km: f64,
    /// `road` along a planned road, `estimate` by great circle x 1.3.
    distance_by: &'static str,
    /// How old the position is that it rests on.
    #[schema(format = DateTime)]
    seen_at: String,
    /// The route server is away: its roads and traffic are of then, and the estimate may be off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    as_of: Option<String>,
    /// Seconds later than planned; 0 when it is in time.
    late_by_seconds: u64,
}

impl From<&Outlook> for WireArrival {
    fn from(outlook: &Outlook) -> Self {
        Self {
            stop: outlook.stop.name(),
            eta: outlook.eta.at.to_string(),
            earliest: outlook.eta.earliest.to_string(),
            latest: outlook.eta.latest.to_string(),
            distance_km: (outlook.left_km * 10.0).round() / 10.0,
            distance_by: if outlook.by_road { "road" } else { "estimate" },
            seen_at: outlook.seen_at.to_string(),
            as_of: outlook.as_of.map(|at| at.to_string()),
            late_by_seconds: outlook.eta.at.since(outlook.planned_at).as_secs(),
        }
    }
}

/// What subscribers of a shipment are told when its truck moves, in the shape of the market's messages; the name is
/// spec 4's. With it comes when the truck is now expected at its next stop, as long as that can be told.
pub(crate) fn location_updated(
    shipment: ShipmentId,
    driver: DriverId,
    sample: &Sample,
    outlook: Option<&Outlook>,
) -> Value {
    let mut data = json!({
        "driver_id": driver,
        "latitude": sample.position.latitude,
        "longitude": sample.position.longitude,
        "at": sample.at.to_string(),
    });
    for (name, value) in [("heading", sample.heading), ("speed_kmh", sample.speed_kmh)] {
        if let Some(value) = value {
            data[name] = json!(value);
        }
    }
    if let Some(outlook) = outlook {
        data["next"] = json!(WireArrival::from(outlook));
    }
    json!({ "type": "location.updated", "subject": shipment, "time": sample.at.to_string(), "data": data })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_772_352_000_000);

    fn reported(json: &str) -> Result<Sample, Vec<String>> {
        let reported: ReportedPosition = serde_json::from_str(json).unwrap();
        reported
            .check(NOW)
            .map_err(|refusal| refusal.fields.iter().map(|field| field.field.to_string()).collect())
    }

    #[test]
    fn a_position_without_a_time_is_of_now() {
        let sample = reported(r#"{"latitude":45.4642,"longitude":9.19}"#).unwrap();
        assert_eq!((sample.at, sample.heading, sample.speed_kmh), (NOW, None, None));
    }

    #[test]
    fn every_bad_field_is_named() {
        let bad = r#"{"latitude":91,"longitude":9.19,"at":"yesterday"}"#;
        assert_eq!(reported(bad).unwrap_err(), ["latitude", "at"]);
        assert_eq!(reported(r#"{"latitude":1,"longitude":1,"heading":360}"#).unwrap_err(), ["heading"]);
        assert_eq!(reported(r#"{"latitude":1,"longitude":1,"speed_kmh":-1}"#).unwrap_err(), ["speed_kmh"]);
        assert_eq!(
            reported(r#"{"latitude":1,"longitude":1,"at":"2026-03-01T08:05:01Z"}"#).unwrap_err(),
            ["at"]
        );
        assert_eq!(
            reported(r#"{"latitude":1,"longitude":1,"at":"2026-02-22T07:59:59Z"}"#).unwrap_err(),
            ["at"]
        );
    }

    #[test]
    fn unknown_fields_are_refused() {
        assert!(
            serde_json::from_str::<ReportedPosition>(r#"{"latitude":1,"longitude":1,"altitude":1}"#).is_err()
        );
    }

    #[test]
    fn a_message_says_what_is_known() {
        let (shipment, driver) =
            ("shp_000000000000000000000000000000ab", "drv_000000000000000000000000000000aa");
        let sample = reported(r#"{"latitude":1,"longitude":2,"speed_kmh":70}"#).unwrap();
        let message = location_updated(shipment.parse().unwrap(), driver.parse().unwrap(), &sample, None);
        let data = json!({
            "driver_id": driver, "latitude": 1.0, "longitude": 2.0, "at": "2026-03-01T08:00:00Z", "speed_kmh": 70.0,
        });
        let whole = json!({
            "type": "location.updated", "subject": shipment, "time": "2026-03-01T08:00:00Z", "data": data,
        });
        assert_eq!(message, whole);
    }

    #[test]
    fn a_position_is_live_for_a_minute() {
        let driver: DriverId = "drv_000000000000000000000000000000aa".parse().unwrap();
        let sample = reported(r#"{"latitude":1,"longitude":2}"#).unwrap();
        assert!(LatestPosition::new(driver, &sample, NOW.after(LIVE_FOR)).live);
        assert!(!LatestPosition::new(driver, &sample, NOW.after(LIVE_FOR + Duration::from_millis(1))).live);
    }
}
