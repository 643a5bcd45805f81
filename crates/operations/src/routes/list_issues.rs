//! `GET /api/v1/shipments/{id}/issues`: what went wrong on a trip, newest first.
//!
//! Errors: 403 for a role that reads none, 404 for an unknown or foreign shipment.

use super::report_issue::{DESCRIPTION, ISSUES_MAX, RESOLUTION};
use crate::{
    Operations,
    operations::resource_of,
    views::issues::{self, IssueRow},
    wire::{Notes, WireIssue},
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, PathId, Problem, Session};
use kernel::{IssueId, PersonId, ShipmentId};

/// List a shipment's issues.
///
/// For the shipper, the booked carrier and its drivers, and the tenant's staff; newest first, all of them (at most 100).
#[utoipa::path(
    get,
    path = "/api/v1/shipments/{id}/issues",
    tag = "issues",
    params(("id" = String, Path, description = "the shipment")),
    responses((status = 200, description = "newest first", body = Vec<WireIssue>)),
)]
pub async fn list_issues(
    State(operations): State<Operations>,
    session: Session,
    PathId(shipment): PathId<ShipmentId>,
) -> Result<Answer<Vec<WireIssue>>, Problem> {
    let parties = operations.parties(shipment).await?;
    session.authorise(&operations.platform, permissions::ISSUE_READ, &resource_of(&parties))?;
    Ok(Answer::ok(shown(&operations, shipment).await?))
}

/// An issue of a shipment as an answer about its note, which is therefore kept sealed.
pub(super) async fn answered(
    operations: &Operations,
    (shipment, id): (ShipmentId, IssueId),
    answer: fn(WireIssue) -> Answer<WireIssue>,
) -> Result<Answer<WireIssue>, Problem> {
    let rows = issues::of_shipment(operations.platform.runtime.store(), shipment, ISSUES_MAX).await?;
    let row = rows.into_iter().find(|row| row.id == id).ok_or_else(Problem::not_found)?;
    let note = row.note;
    let issue = opened(operations, vec![row]).await?.pop().ok_or_else(Problem::not_found)?;
    Ok(answer(issue).about([note]))
}

/// The issues of a shipment with what was written about them.
async fn shown(operations: &Operations, shipment: ShipmentId) -> Result<Vec<WireIssue>, Problem> {
    let rows = issues::of_shipment(operations.platform.runtime.store(), shipment, ISSUES_MAX).await?;
    opened(operations, rows).await
}

async fn opened(operations: &Operations, rows: Vec<IssueRow>) -> Result<Vec<WireIssue>, Problem> {
    let persons: Vec<PersonId> = rows.iter().map(|row| row.note).collect();
    let opened = operations.platform.vault.open_many(&persons).await?;
    let notes = opened.into_iter().map(|fields| {
        fields.into_iter().fold(Notes::default(), |notes, (name, text)| match name.as_str() {
            DESCRIPTION => Notes { description: Some(text), ..notes },
            RESOLUTION => Notes { resolution: Some(text), ..notes },
            _ => notes,
        })
    });
    Ok(rows.into_iter().zip(notes).map(|(row, notes)| WireIssue::of(row, &notes)).collect())
}
