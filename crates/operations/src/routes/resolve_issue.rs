//! `POST /api/v1/issues/{id}/resolve`: somebody of the brokerage settled it.
//!
//! Errors: 403 for a role that settles none, 404 for an unknown or foreign issue, 422 with the fields.

use super::{
    list_issues::answered,
    report_issue::{NOTE_CHARS_MAX, RESOLUTION},
};
use crate::{
    Operations,
    agents::{Issue, IssueCommand},
    operations::resource_of,
    wire::WireIssue,
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, Body, Fields, PathId, Problem, Session};
use kernel::IssueId;
use runtime::{Order, Wait};
use serde::Deserialize;
use utoipa::ToSchema;

/// How it was settled.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueResolution {
    /// In words, for those who are party to the shipment; kept encrypted.
    #[schema(min_length = 1, max_length = 1000, example = "Another truck took over.")]
    resolution: String,
}

/// Settle an issue.
///
/// For dispatchers, support and supervisors. Settling it again changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/issues/{id}/resolve",
    tag = "issues",
    params(("id" = String, Path, description = "the issue")),
    request_body = IssueResolution,
    responses((status = 200, description = "the issue as it is now", body = WireIssue)),
)]
pub async fn resolve_issue(
    State(operations): State<Operations>,
    session: Session,
    PathId(id): PathId<IssueId>,
    Body(body): Body<IssueResolution>,
) -> Result<Answer<WireIssue>, Problem> {
    let runtime = &operations.platform.runtime;
    let issue = runtime.state::<Issue>(id).await?.ok_or_else(Problem::not_found)?;
    let reported = issue.reported.clone().ok_or_else(Problem::not_found)?;
    let parties = operations.parties(reported.shipment).await?;
    session.authorise(&operations.platform, permissions::ISSUE_RESOLVE, &resource_of(&parties))?;
    let resolution = body.resolution.trim();
    let mut fields = Fields::new();
    let holds = (1..=NOTE_CHARS_MAX).contains(&resolution.chars().count());
    fields.require(holds, "resolution", "invalid_length", "must have 1 to 1000 characters");
    fields.finish()?;
    if !issue.resolved {
        let vault = &operations.platform.vault;
        let notes = vault.seal(reported.tenant, reported.note, &[(RESOLUTION, resolution)]).await?;
        let order = Order::new::<Issue>(id, IssueCommand::Resolve { by: session.caller.user })
            .write(notes)
            .wait(Wait::Durable);
        let _receipt = runtime.submit(&session.origin, order).await?;
    }
    answered(&operations, (reported.shipment, id), Answer::ok).await
}
