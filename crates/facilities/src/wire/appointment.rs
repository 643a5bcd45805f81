//! Appointments.

use crate::views::appointments::AppointmentRow;
use contracts::{facility::CargoCount, ports::ExpectedArrival};
use edge::Fields;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the papers of a cargo say, or what was counted of it; what is absent is not compared.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireDockCargo {
    /// Its weight in kg.
    #[schema(minimum = 0, maximum = 100_000, nullable = false)]
    weight_kg: Option<f64>,
    /// Pieces.
    #[schema(minimum = 0, maximum = 1_000_000, nullable = false)]
    pieces: Option<u32>,
    /// The reference on its papers; a shipment's or an order's, never a person's name.
    #[schema(min_length = 1, max_length = 40, pattern = "^[A-Za-z0-9/._-]{1,40}$", nullable = false)]
    reference: Option<String>,
}

/// What is said of a cargo; what is absent is not said.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct WireStatedCargo {
    /// Its weight in kg.
    weight_kg: Option<f64>,
    /// Pieces.
    pieces: Option<u32>,
    /// The reference on its papers.
    reference: Option<String>,
}

impl From<CargoCount> for WireStatedCargo {
    fn from(stated: CargoCount) -> Self {
        Self { weight_kg: stated.weight_kg, pieces: stated.pieces, reference: stated.reference }
    }
}

const WEIGHT_KG_MAX: f64 = 100_000.0;
const PIECES_MAX: u32 = 1_000_000;

impl WireDockCargo {
    /// The domain's count, with every wrong field noted under `{field}.`.
    pub(crate) fn check(&self, field: &str, fields: &mut Fields) -> CargoCount {
        let weight = self.weight_kg.is_none_or(|kg| (0.0..=WEIGHT_KG_MAX).contains(&kg));
        fields.require(weight, format!("{field}.weight_kg"), "out_of_range", "must be 0 to 100000");
        let pieces = self.pieces.is_none_or(|pieces| pieces <= PIECES_MAX);
        fields.require(pieces, format!("{field}.pieces"), "out_of_range", "must be 0 to 1000000");
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
        let plain = |text: &String| (1..=40).contains(&text.len()) && text.chars().all(known);
        let reference = self.reference.as_ref().is_none_or(plain);
        let detail = "1 to 40 letters, digits, slashes, dots, dashes";
        fields.require(reference, format!("{field}.reference"), "invalid_reference", detail);
        CargoCount { weight_kg: self.weight_kg, pieces: self.pieces, reference: self.reference.clone() }
    }
}

/// A time at which a truck could come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct WireSlot {
    /// From when.
    #[schema(format = DateTime)]
    pub(crate) from: String,
    /// To when.
    #[schema(format = DateTime)]
    pub(crate) to: String,
}

/// When a truck that drives here will arrive, by its newest positions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct WireExpectedTruck {
    /// The estimate.
    #[schema(format = DateTime)]
    eta: String,
    /// One of ten trucks comes before.
    #[schema(format = DateTime)]
    earliest: String,
    /// One of ten trucks comes after.
    #[schema(format = DateTime)]
    latest: String,
    /// How old the position is that it rests on.
    #[schema(format = DateTime)]
    seen_at: String,
}

impl From<ExpectedArrival> for WireExpectedTruck {
    fn from(expected: ExpectedArrival) -> Self {
        Self {
            eta: expected.at.to_string(),
            earliest: expected.earliest.to_string(),
            latest: expected.latest.to_string(),
            seen_at: expected.seen_at.to_string(),
        }
    }
}

/// A truck's appointment at a dock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct WireAppointment {
    /// Its id.
    #[schema(example = "apt_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b")]
    pub(crate) id: String,
    /// The facility.
    facility_id: String,
    /// The carrier's organisation.
    carrier_id: String,
    /// The shipment, when it is one of this marketplace.
    shipment_id: Option<String>,
    /// The driver agent, when known.
    agent_id: Option<String>,
    /// `loading` or `unloading`.
    work: String,
    /// `held`, `scheduled`, `displaced`, `waiting`, `called`, `in_progress`, `completed`, `cancelled`, `expired` or
    /// `missed`.
    status: String,
    /// The dock; none while it has no place.
    dock: Option<String>,
    /// From when the dock is taken.
    #[schema(format = DateTime)]
    from: String,
    /// To when.
    #[schema(format = DateTime)]
    to: String,
    /// Until when it is kept without a confirmation.
    #[schema(format = DateTime)]
    hold_until: Option<String>,
    /// When the truck was last said to arrive: what the appointment was moved by.
    #[schema(format = DateTime)]
    eta: Option<String>,
    /// When it will arrive by its newest positions; absent before it drives here and once it has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expected: Option<WireExpectedTruck>,
    /// When it arrived.
    #[schema(format = DateTime)]
    arrived_at: Option<String>,
    /// When work began.
    #[schema(format = DateTime)]
    started_at: Option<String>,
    /// When it was done.
    #[schema(format = DateTime)]
    finished_at: Option<String>,
    /// In what the cargo differs from its papers: `weight`, `pieces`, `reference`.
    differs: Vec<String>,
    /// By how many seconds the facility began late, when by more than 30 minutes.
    late_by_s: Option<i64>,
    /// Since when its stay is charged.
    #[schema(format = DateTime)]
    detained_at: Option<String>,
    /// For how many minutes it was charged.
    detention_minutes: Option<i64>,
}

impl WireAppointment {
    /// An appointment with what is expected of its truck.
    pub(crate) fn of(row: AppointmentRow, expected: Option<ExpectedArrival>) -> Self {
        let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
        Self {
            id: row.id.to_string(),
            facility_id: row.facility.to_string(),
            carrier_id: row.carrier.to_string(),
            shipment_id: row.shipment.map(|id| id.to_string()),
            agent_id: row.driver.map(|id| id.to_string()),
            work: row.work,
            status: row.status,
            dock: row.dock,
            from: row.window.from.to_string(),
            to: row.window.to.to_string(),
            hold_until: time(row.hold_until),
            eta: time(row.eta),
            expected: expected.map(Into::into),
            arrived_at: time(row.arrived_at),
            started_at: time(row.started_at),
            finished_at: time(row.finished_at),
            differs: row.differs.unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
            late_by_s: row.late_by_s,
            detained_at: time(row.detained_at),
            detention_minutes: row.detention_minutes,
        }
    }
}
