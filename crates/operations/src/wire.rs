//! What the API says about issues and links.

use crate::{
    agents::IssueKind,
    views::{issues::IssueRow, shares::ShareRow},
};
use contracts::gazetteer::City;
use kernel::{Personal, ShipmentId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WireIssueKind {
    /// It will be late.
    Delay,
    /// The truck broke down.
    Breakdown,
    /// An accident.
    Accident,
    /// Something was stolen.
    Theft,
    /// The cargo is damaged, or not what was agreed.
    Cargo,
    /// Nobody there, the gate closed, the address wrong.
    Access,
    /// Anything else.
    Other,
}

impl From<WireIssueKind> for IssueKind {
    fn from(kind: WireIssueKind) -> Self {
        match kind {
            WireIssueKind::Delay => Self::Delay,
            WireIssueKind::Breakdown => Self::Breakdown,
            WireIssueKind::Accident => Self::Accident,
            WireIssueKind::Theft => Self::Theft,
            WireIssueKind::Cargo => Self::Cargo,
            WireIssueKind::Access => Self::Access,
            WireIssueKind::Other => Self::Other,
        }
    }
}

/// What was written about an issue.
#[derive(Clone, Default)]
pub(crate) struct Notes {
    pub(crate) description: Option<Personal<String>>,
    pub(crate) resolution: Option<Personal<String>>,
}

/// An issue of a trip.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WireIssue {
    /// Its id.
    #[schema(example = "iss_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b")]
    pub id: String,
    /// The shipment.
    pub shipment_id: String,
    /// `delay`, `breakdown`, `accident`, `theft`, `cargo`, `access` or `other`.
    pub kind: String,
    /// `open` or `resolved`.
    pub state: &'static str,
    /// What its reporter wrote.
    pub description: Option<String>,
    /// By how many minutes it will be late, as far as known.
    pub delay_minutes: Option<i64>,
    /// Documents of the shipment that show it.
    pub document_ids: Vec<String>,
    /// The user who reported it.
    pub reported_by: String,
    /// When.
    #[schema(format = DateTime)]
    pub reported_at: String,
    /// How it was settled.
    pub resolution: Option<String>,
    /// The user who settled it.
    pub resolved_by: Option<String>,
    /// When.
    #[schema(format = DateTime)]
    pub resolved_at: Option<String>,
}

impl WireIssue {
    pub(crate) fn of(row: IssueRow, notes: &Notes) -> Self {
        let text = |note: &Option<Personal<String>>| note.as_ref().map(|note| note.reveal().clone());
        Self {
            id: row.id.to_string(),
            shipment_id: row.shipment.to_string(),
            kind: row.kind,
            state: if row.open { "open" } else { "resolved" },
            description: text(&notes.description),
            delay_minutes: row.delay_minutes,
            document_ids: row.documents.iter().map(ToString::to_string).collect(),
            reported_by: row.reported_by.to_string(),
            reported_at: row.reported_at.to_string(),
            resolution: text(&notes.resolution),
            resolved_by: row.resolved_by.map(|user| user.to_string()),
            resolved_at: row.resolved_at.map(|at| at.to_string()),
        }
    }
}

/// A link by which a shipment is followed without an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WireShare {
    /// Its id.
    #[schema(example = "shr_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b")]
    pub id: String,
    /// The shipment.
    pub shipment_id: String,
    /// `active`, `expired` or `revoked`.
    pub state: &'static str,
    /// The user who made it.
    pub created_by: String,
    /// When.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Until when it is good.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

impl WireShare {
    pub(crate) fn of(shipment: ShipmentId, row: &ShareRow, now: Timestamp) -> Self {
        let state = match (row.revoked, now < row.expires_at) {
            (true, _) => "revoked",
            (false, true) => "active",
            (false, false) => "expired",
        };
        Self {
            id: row.id.to_string(),
            shipment_id: shipment.to_string(),
            state,
            created_by: row.created_by.to_string(),
            created_at: row.created_at.to_string(),
            expires_at: row.expires_at.to_string(),
        }
    }
}

/// A city of the gazetteer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WireCity {
    /// Three capitals, unique.
    #[schema(example = "MIL")]
    pub code: &'static str,
    /// Its name in English.
    #[schema(example = "Milan")]
    pub name: &'static str,
    /// ISO 3166-1 alpha-2.
    #[schema(example = "IT")]
    pub country: &'static str,
}

impl From<&City> for WireCity {
    fn from(city: &City) -> Self {
        Self { code: city.code, name: city.name, country: city.country }
    }
}
