//! What the alert routes share on the wire.

use crate::views::alerts::AlertRow;
use contracts::tracking::AlertKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is wrong with a trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WireAlertKind {
    /// It stands for more than 15 min where it has no business.
    LongStop,
    /// It has made no way for more than 30 min.
    Stuck,
    /// It is more than 5 km off its route.
    OffRoute,
    /// It drives away from where it should go.
    OppositeDirection,
    /// It is faster than 130 km/h.
    Overspeed,
    /// It will be more than 30 min late.
    EtaSlip,
    /// Nothing has been heard of it for 15 min.
    Silence,
    /// It is where it cannot have driven to.
    ImpossibleJump,
    /// Its device's speeds are not those of its positions.
    MockedPosition,
}

impl WireAlertKind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::LongStop => AlertKind::LongStop.name(),
            Self::Stuck => AlertKind::Stuck.name(),
            Self::OffRoute => AlertKind::OffRoute.name(),
            Self::OppositeDirection => AlertKind::OppositeDirection.name(),
            Self::Overspeed => AlertKind::Overspeed.name(),
            Self::EtaSlip => AlertKind::EtaSlip.name(),
            Self::Silence => AlertKind::Silence.name(),
            Self::ImpossibleJump => AlertKind::ImpossibleJump.name(),
            Self::MockedPosition => AlertKind::MockedPosition.name(),
        }
    }
}

/// Where an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum WireAlertState {
    /// Nobody sees to it.
    Open,
    /// Somebody sees to it.
    Acknowledged,
    /// It is right again, or the trip is over.
    Cleared,
    /// Somebody has settled it.
    Closed,
}

impl WireAlertState {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Cleared => "cleared",
            Self::Closed => "closed",
        }
    }
}

/// Something that is or was wrong with a trip.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WireAlert {
    /// Its id.
    #[schema(pattern = "^alr_[0-9a-f]{32}$")]
    pub(super) id: String,
    /// The shipment.
    shipment_id: String,
    /// The driver agent.
    agent_id: String,
    /// What is wrong, such as `long_stop`.
    kind: String,
    /// `open`, `acknowledged`, `cleared` or `closed`.
    state: String,
    /// Minutes (`long_stop`, `stuck`, `silence`, `eta_slip`), km (`off_route`, `opposite_direction`, `impossible_jump`,
    /// `mocked_position`) or km/h (`overspeed`), when it was raised. Where no road is known, `off_route` tells the least km that
    /// it must be off, beside every way of an ordinary detour: several tens of km beside the straight line may be on one.
    figure: f64,
    /// Since when it was so.
    #[schema(format = DateTime)]
    since: String,
    /// When it was raised.
    #[schema(format = DateTime)]
    raised_at: String,
    /// When it was cleared or closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    ended_at: Option<String>,
    /// Who acknowledged or closed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    seen_by: Option<String>,
    /// Degrees north where it was raised, to about 100 m.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    latitude: Option<f64>,
    /// Degrees east.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    longitude: Option<f64>,
}

impl From<AlertRow> for WireAlert {
    fn from(row: AlertRow) -> Self {
        Self {
            id: row.id.to_string(),
            shipment_id: row.shipment.to_string(),
            agent_id: row.driver.to_string(),
            kind: row.kind,
            state: row.state,
            figure: row.figure,
            since: row.since.to_string(),
            raised_at: row.raised_at.to_string(),
            ended_at: row.ended_at.map(|at| at.to_string()),
            seen_by: row.seen_by.map(|user| user.to_string()),
            latitude: row.place.map(|place| place.latitude),
            longitude: row.place.map(|place| place.longitude),
        }
    }
}
