//! What decides in this context.

mod device;
mod geofence;
mod incident;
mod trip;

pub use device::{Device, DeviceCommand, DeviceEvent, DeviceTerms};
pub use geofence::{Geofence, GeofenceCommand, GeofenceEvent, GeofenceTerms};
pub use incident::{Incident, IncidentCause, IncidentCommand, IncidentEvent, IncidentTerms};
pub use trip::{DELAY_STEP, Finding, OpenAlert, StopLog, Trip, TripCommand};
