//! A problem as JSON. Times are whole seconds on one clock of the sender's choice (since midnight, since 1970 ...),
//! lengths whole metres, prices whole minor units of one currency.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is to be planned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlanProblem)]
pub struct ProblemDocument {
    /// What a better plan is.
    #[serde(default)]
    pub objective: ObjectiveDocument,
    /// The places that stops and vehicles name.
    #[schema(max_items = 12000)]
    pub places: Vec<PlaceDocument>,
    /// How far and how long it is between them.
    #[serde(default)]
    pub travel: TravelDocument,
    /// What is to be done: 1 to 10,000 stops in all.
    #[schema(min_items = 1, max_items = 10000)]
    pub jobs: Vec<JobDocument>,
    /// Who may do it.
    #[schema(min_items = 1, max_items = 2000)]
    pub vehicles: Vec<VehicleDocument>,
}

/// What a better plan is. Serving what must be served always counts more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PlanObjective)]
pub enum ObjectiveDocument {
    /// The lowest cost.
    #[default]
    Cheapest,
    /// The fewest vehicles, then the lowest cost.
    FewestVehicles,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlanPlace)]
pub struct PlaceDocument {
    /// Its name within this problem.
    #[schema(max_length = 100)]
    pub id: String,
    /// Latitude in degrees; not needed with a matrix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -90, maximum = 90)]
    pub lat: Option<f64>,
    /// Longitude in degrees; not needed with a matrix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -180, maximum = 180)]
    pub lon: Option<f64>,
}

/// How far and how long it is between places.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = PlanTravel)]
pub enum TravelDocument {
    /// Great circles, lengthened by a factor, at one speed.
    GreatCircle {
        /// The factor from the air line to the road.
        #[serde(default = "detour")]
        #[schema(minimum = 1, maximum = 10)]
        detour: f64,
        /// The average speed.
        #[serde(default = "speed_kmh")]
        #[schema(minimum = 1, maximum = 200)]
        speed_kmh: f64,
    },
    /// Given row by row, from each place to each, in the order of `places`.
    Matrix {
        /// Metres.
        distances_m: Vec<Vec<u32>>,
        /// Seconds.
        durations_s: Vec<Vec<u32>>,
    },
}

/// The road is about 1.3 times the air line.
const fn detour() -> f64 {
    1.3
}

const fn speed_kmh() -> f64 {
    70.0
}

impl Default for TravelDocument {
    fn default() -> Self {
        Self::GreatCircle { detour: detour(), speed_kmh: speed_kmh() }
    }
}

/// Something to be done as a whole or not at all. With both stops it is carried from one to the other; with a delivery
/// alone it is on the vehicle when it starts; with a pickup alone it stays on the vehicle until it ends.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlanJob)]
pub struct JobDocument {
    /// Its name within this problem. Its stops are called `ID/pickup` and `ID/delivery`.
    #[schema(max_length = 100)]
    pub id: String,
    /// Where it is fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pickup: Option<StopDocument>,
    /// Where it is brought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<StopDocument>,
    /// What it loads, in each dimension (weight, volume, pallets ...), in units of the sender's choice.
    #[serde(default)]
    #[schema(max_items = 4)]
    pub load: Vec<u32>,
    /// Skills a vehicle must have.
    #[serde(default)]
    pub needs: Vec<String>,
    /// 1 to 10: of jobs that compete for room, the higher wins [default: 1].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 10)]
    pub priority: Option<u8>,
    /// The job is optional: it may be left out for this price, in minor units. Only with the objective `cheapest`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub penalty_minor: Option<u64>,
    /// The only vehicle that may do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vehicle: Option<String>,
    /// It is already on board of `vehicle`, and only the delivery remains.
    #[serde(default)]
    pub on_board: bool,
}

/// A visit to a place.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlanStop)]
pub struct StopDocument {
    /// The place's id.
    pub place: String,
    /// Service must begin within it (a dock appointment, opening hours) [default: any time].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowDocument>,
    /// How long service takes, in seconds.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub service_s: i64,
    /// When service had better begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred: Option<PreferenceDocument>,
}

/// A span of time, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlanWindow)]
pub struct WindowDocument {
    /// The earliest second.
    pub from_s: i64,
    /// The latest second.
    pub to_s: i64,
}

/// A window that may be missed for a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlanPreference)]
pub struct PreferenceDocument {
    /// The earliest second.
    pub from_s: i64,
    /// The latest second.
    pub to_s: i64,
    /// The price of each hour that service begins before or after it, in minor units.
    pub per_hour_minor: u64,
}

/// A vehicle with its driver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlanVehicle)]
pub struct VehicleDocument {
    /// Its name within this problem.
    #[schema(max_length = 100)]
    pub id: String,
    /// The place where it starts [default: its first stop].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// The place where it ends [default: its last stop].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// It starts no earlier and ends no later.
    pub shift: WindowDocument,
    /// The most it carries, in each dimension.
    #[serde(default)]
    #[schema(max_items = 4)]
    pub capacity: Vec<u32>,
    /// What it can do (`reefer`, `adr`, `tail_lift` ...).
    #[serde(default)]
    pub skills: Vec<String>,
    /// The cost of using it at all, in minor units.
    #[serde(default)]
    pub fixed_minor: u64,
    /// The cost of a kilometre, in minor units [default: 100, so that a shorter way is a better one].
    #[serde(default = "per_km_minor")]
    pub per_km_minor: u64,
    /// The cost of an hour between its start and its end, in minor units.
    #[serde(default)]
    pub per_hour_minor: u64,
    /// Stops that are already under way (`JOB/pickup`): they stay first, in this order, even if it is too late.
    #[serde(default)]
    pub frozen: Vec<String>,
    /// The stops of an earlier plan that follow: where the search starts.
    #[serde(default)]
    pub planned: Vec<String>,
    /// The driver's hours bind, by Regulation (EC) No 561/2006.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<HoursDocument>,
}

const fn per_km_minor() -> u64 {
    100
}

/// What the driver has done before the shift begins; all 0 for a rested driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlanHours)]
pub struct HoursDocument {
    /// Driving since the last break of 45 minutes.
    #[serde(default)]
    #[schema(maximum = 16200)]
    pub driven_since_break_s: u32,
    /// Driving since the last daily rest.
    #[serde(default)]
    #[schema(maximum = 32400)]
    pub driven_today_s: u32,
    /// Time since the last daily rest.
    #[serde(default)]
    #[schema(maximum = 46800)]
    pub on_duty_s: u32,
}
