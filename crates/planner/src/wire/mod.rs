//! The JSON of problems and plans, as clients send and see it (`docs/guides/plan-format.md`).

mod plan;
mod problem;
mod resolve;

pub use plan::{PlanDocument, SpanDocument, StopName, TimetableDocument, UnassignedDocument};
pub use problem::{
    HoursDocument, JobDocument, ObjectiveDocument, PlaceDocument, PreferenceDocument, ProblemDocument,
    StopDocument, TravelDocument, VehicleDocument, WindowDocument,
};
