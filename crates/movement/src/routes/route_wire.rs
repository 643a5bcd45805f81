//! What the routes about roads share on the wire.

use crate::Movement;
use contracts::ports::{Reckoned, Resource, RouteSource, RouteVehicle, RoutesUnavailable, permissions};
use edge::{Problem, Session};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who drives.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WireRouteVehicle {
    /// A car.
    Car,
    /// A van of 3.5 t.
    Van,
    /// A rigid truck of 12 t.
    Truck12,
    /// A tractor and semitrailer of 40 t.
    #[default]
    #[serde(alias = "truck")]
    Truck40,
}

impl From<WireRouteVehicle> for RouteVehicle {
    fn from(vehicle: WireRouteVehicle) -> Self {
        match vehicle {
            WireRouteVehicle::Car => Self::Car,
            WireRouteVehicle::Van => Self::Van,
            WireRouteVehicle::Truck12 => Self::Truck12,
            WireRouteVehicle::Truck40 => Self::Truck40,
        }
    }
}

/// The traffic that an answer reckons with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WireReckoned {
    /// The closures and slowdowns of `/api/v1/traffic/incidents` that are on roads of the answer's `source`. Estimates and
    /// other people's servers reckon with none.
    incidents: Vec<String>,
    /// The hour whose learned speeds and rules count; absent for usual times and what is legal at any hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    departure: Option<String>,
}

impl From<Reckoned> for WireReckoned {
    fn from(traffic: Reckoned) -> Self {
        let incidents = traffic.incidents.iter().map(ToString::to_string).collect();
        Self { incidents, departure: traffic.departure.map(|at| at.to_string()) }
    }
}

/// Where an answer comes from, as it is told.
pub struct Told {
    /// `roads`, `great_circle` or a vendor's name.
    pub source: &'static str,
    /// Whom the data's licence wants named.
    pub attribution: Option<String>,
    /// Of when the answer is, when it is not of now.
    pub as_of: Option<String>,
}

impl Told {
    /// Of a source.
    pub fn of(source: RouteSource) -> Self {
        match source {
            RouteSource::Roads { attribution } => {
                Self { source: "roads", attribution: Some(attribution), as_of: None }
            }
            RouteSource::Vendor { name, attribution, as_of } => {
                let as_of = as_of.map(|at| at.to_string());
                Self { source: name, attribution: Some(attribution), as_of }
            }
            RouteSource::GreatCircle => Self { source: "great_circle", attribution: None, as_of: None },
        }
    }
}

/// Whether the caller may ask for ways.
///
/// # Errors
/// 403 for a role that may not.
pub fn may_plan(movement: &Movement, session: &Session) -> Result<(), Problem> {
    session.authorise(&movement.platform, permissions::ROUTE_PLAN, &Resource::default())
}

/// 503: no planner can answer now.
pub fn away(error: RoutesUnavailable) -> Problem {
    Problem::unavailable("routes.unavailable", &error.to_string())
}
