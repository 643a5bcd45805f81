//! `POST /api/v1/shipments/{id}/issues`: the driver, or its carrier, says that something went wrong.
//!
//! Errors: 403 for a role that reports none, 404 for an unknown or foreign shipment, 409 `issue.not_booked` before the
//! booking, `issue.too_many`; 422 with the fields.

use crate::{
    Operations,
    agents::{Issue, IssueCommand, IssueReported},
    operations::resource_of,
    routes::list_issues::answered,
    views::issues,
    wire::{WireIssue, WireIssueKind},
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, Body, Fields, PathId, Problem, Session, answer_secret};
use kernel::{DocumentId, IssueId, PersonId, ShipmentId};
use runtime::{Order, Wait};
use serde::Deserialize;
use utoipa::ToSchema;

/// The names of the vault's fields.
pub(super) const DESCRIPTION: &str = "description";
pub(super) const RESOLUTION: &str = "resolution";
/// Characters of what is written.
pub(super) const NOTE_CHARS_MAX: usize = 1000;
const DOCUMENTS_MAX: usize = 20;
const DELAY_MINUTES_MAX: u32 = 30 * 24 * 60;
/// Issues of one shipment.
pub(super) const ISSUES_MAX: i64 = 100;

/// What went wrong.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueReport {
    /// What kind of thing.
    kind: WireIssueKind,
    /// In the reporter's words; kept encrypted.
    #[schema(max_length = 1000)]
    #[serde(default)]
    description: String,
    /// By how many minutes it will be late, as far as known.
    #[schema(minimum = 1, maximum = 43_200, nullable = false)]
    delay_minutes: Option<u32>,
    /// Documents of the shipment that show it.
    #[serde(default)]
    #[schema(max_items = 20)]
    document_ids: Vec<String>,
}

/// Report an issue.
///
/// For the booked driver and its carrier. It appears in the shipment's history and in the queue of operations. What is
/// written is kept encrypted.
#[utoipa::path(
    post,
    path = "/api/v1/shipments/{id}/issues",
    tag = "issues",
    params(("id" = String, Path, description = "the shipment")),
    request_body = IssueReport,
    responses((status = 201, description = "the issue", body = WireIssue)),
)]
pub async fn report_issue(
    State(operations): State<Operations>,
    session: Session,
    PathId(shipment): PathId<ShipmentId>,
    Body(report): Body<IssueReport>,
) -> Result<Answer<WireIssue>, Problem> {
    let parties = operations.parties(shipment).await?;
    session.authorise(&operations.platform, permissions::ISSUE_REPORT, &resource_of(&parties))?;
    if parties.driver.is_none() {
        return Err(Problem::conflict("issue.not_booked", "there is no trip yet"));
    }
    let runtime = &operations.platform.runtime;
    let documents = checked(&operations, shipment, &report).await?;
    if issues::of_shipment(runtime.store(), shipment, ISSUES_MAX).await?.len() as i64 >= ISSUES_MAX {
        return Err(Problem::conflict("issue.too_many", "a shipment has at most 100 issues"));
    }
    let (now, entropy) = (runtime.now(), &**runtime.entropy());
    let (id, note) = (IssueId::generate(now, entropy), PersonId::generate(now, entropy));
    let reported = IssueReported {
        tenant: parties.tenant,
        shipment,
        kind: report.kind.into(),
        delay_minutes: report.delay_minutes,
        note,
        documents,
        reported_by: session.caller.user,
    };
    let description = report.description.trim();
    let (field, secret) = answer_secret(entropy);
    let fields = [(DESCRIPTION, description), (field, secret.as_str())];
    let order = Order::new::<Issue>(id, IssueCommand::Report(Box::new(reported)))
        .write(operations.platform.vault.seal_new(parties.tenant, note, &fields))
        .wait(Wait::Durable);
    let receipt = runtime.submit(&session.origin, order).await?;
    let id = receipt.id::<IssueId>().unwrap_or(id);
    answered(&operations, (shipment, id), Answer::created).await
}

async fn checked(
    operations: &Operations,
    shipment: ShipmentId,
    report: &IssueReport,
) -> Result<Vec<DocumentId>, Problem> {
    let mut fields = Fields::new();
    let within = report.description.chars().count() <= NOTE_CHARS_MAX;
    fields.require(within, "description", "invalid_length", "at most 1000 characters");
    let delay = report.delay_minutes.is_none_or(|minutes| (1..=DELAY_MINUTES_MAX).contains(&minutes));
    fields.require(delay, "delay_minutes", "out_of_range", "must be 1 to 43200");
    let enough = report.document_ids.len() <= DOCUMENTS_MAX;
    fields.require(enough, "document_ids", "too_many", "at most 20 documents");
    let known = papers::views::of_shipment(operations.platform.runtime.store(), shipment).await?;
    let mut documents = Vec::new();
    for (place, text) in report.document_ids.iter().enumerate().take(DOCUMENTS_MAX) {
        let id = text.parse::<DocumentId>().ok().filter(|id| known.iter().any(|row| row.id == *id));
        let field = format!("document_ids[{place}]");
        fields.require(id.is_some(), field, "unknown_document", "is no document of this shipment");
        documents.extend(id);
    }
    fields.finish()?;
    Ok(documents)
}
