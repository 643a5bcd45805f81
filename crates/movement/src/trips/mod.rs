//! What a track says when it is looked at as a whole: the report of a trip, a line for a map, files for others. Pure.

mod formats;
mod replay;
mod report;
mod simplify;
mod utilisation;

pub use formats::{geojson, gpx, report_csv};
pub use replay::{Frame, frames, play_ms};
pub use report::{Leg, LegKind, Report, Reporter, report};
pub use simplify::{Thinned, simplify};
pub use utilisation::Utilisation;
