//! `GET /api/v1/facilities/{id}/issues`: what went wrong at a facility.
//!
//! Errors: 403 for a role that sees none, 404 for an unknown or foreign facility.

use crate::{
    Facilities,
    views::issues::{YardIssueRow, of_facility},
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, PathId, Problem, Session};
use kernel::{FacilityId, PersonId};
use serde::Serialize;
use utoipa::ToSchema;

/// The names of the vault's fields.
pub(super) const DESCRIPTION: &str = "description";
pub(super) const RESOLUTION: &str = "resolution";
/// Issues that are shown.
const SHOWN_MAX: i64 = 200;

/// What went wrong at a facility.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WireFacilityIssue {
    /// Its number.
    pub(super) number: i64,
    /// `cargo_mismatch`, `damage`, `papers`, `equipment`, `safety` or `other`.
    kind: String,
    /// `open` or `resolved`.
    state: &'static str,
    /// The appointment that it is about.
    appointment_id: Option<String>,
    /// What its reporter wrote.
    description: Option<String>,
    /// The user who reported it; absent when the facility's own check did.
    reported_by: Option<String>,
    /// When.
    #[schema(format = DateTime)]
    reported_at: String,
    /// How it was settled.
    resolution: Option<String>,
    /// When.
    #[schema(format = DateTime)]
    resolved_at: Option<String>,
}

/// List a facility's issues.
///
/// For the operator and the tenant's staff: open ones first, then the newest; at most 200.
#[utoipa::path(
    get,
    path = "/api/v1/facilities/{id}/issues",
    tag = "facilities",
    params(("id" = String, Path, description = "the facility")),
    responses((status = 200, description = "the issues", body = edge::Enveloped<Vec<WireFacilityIssue>>)),
)]
pub async fn list_facility_issues(
    State(state): State<Facilities>,
    session: Session,
    PathId(id): PathId<FacilityId>,
) -> Result<Answer<Vec<WireFacilityIssue>>, Problem> {
    let found = state.found(id).await?;
    session.authorise(&state.platform, permissions::APPOINTMENT_READ, &found.operated())?;
    Ok(Answer::ok(shown(&state, id).await?))
}

/// The issues with what was written about them.
pub(super) async fn shown(
    state: &Facilities,
    facility: FacilityId,
) -> Result<Vec<WireFacilityIssue>, Problem> {
    let rows = of_facility(state.platform.runtime.store(), facility, SHOWN_MAX).await?;
    opened(state, rows).await
}

/// What rows say, with what was written about them.
pub(super) async fn opened(
    state: &Facilities,
    rows: Vec<YardIssueRow>,
) -> Result<Vec<WireFacilityIssue>, Problem> {
    let persons: Vec<PersonId> = rows.iter().filter_map(|row| row.note).collect();
    let mut opened = state.platform.vault.open_many(&persons).await?.into_iter();
    let mut issues = Vec::new();
    for row in rows {
        let notes = if row.note.is_some() { opened.next().unwrap_or_default() } else { Vec::new() };
        let text = |name: &str| {
            let note = notes.iter().find(|(known, _)| known == name);
            note.map(|(_, text)| text.reveal().clone())
        };
        issues.push(wire(&row, text(DESCRIPTION), text(RESOLUTION)));
    }
    Ok(issues)
}

fn wire(row: &YardIssueRow, description: Option<String>, resolution: Option<String>) -> WireFacilityIssue {
    WireFacilityIssue {
        number: row.number,
        kind: row.kind.clone(),
        state: if row.resolved_at.is_some() { "resolved" } else { "open" },
        appointment_id: row.appointment.map(|id| id.to_string()),
        description,
        reported_by: row.reported_by.map(|id| id.to_string()),
        reported_at: row.reported_at.to_string(),
        resolution,
        resolved_at: row.resolved_at.map(|at| at.to_string()),
    }
}
