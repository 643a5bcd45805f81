//! `POST /api/v1/facilities/{id}/issues/resolve`: an issue is settled.
//!
//! Errors: 403 for a role that may not, 404 for an unknown or foreign facility or issue, 422 with the fields.

use super::{
    list_issues::{RESOLUTION, WireFacilityIssue, shown},
    report_issue::NOTE_CHARS_MAX,
};
use crate::{Facilities, agents::YardCommand, views::issues::of_facility};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, Body, Fields, PathId, Problem, Session};
use kernel::FacilityId;
use serde::Deserialize;
use utoipa::ToSchema;

/// Open issues, at most; a settled one that lies deeper is not written about again.
const LOOKED_AT_MAX: i64 = 600;

/// How it was settled.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FacilityIssueResolution {
    /// The issue.
    #[schema(minimum = 1)]
    number: u32,
    /// In words; kept encrypted.
    #[schema(min_length = 1, max_length = 1000)]
    resolution: String,
}

/// Settle an issue of a facility.
///
/// For the operator; again changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/facilities/{id}/issues/resolve",
    tag = "facilities",
    params(("id" = String, Path, description = "the facility")),
    request_body = FacilityIssueResolution,
    responses((status = 200, description = "the issue", body = edge::Enveloped<WireFacilityIssue>)),
)]
pub async fn resolve_facility_issue(
    State(state): State<Facilities>,
    session: Session,
    PathId(id): PathId<FacilityId>,
    Body(body): Body<FacilityIssueResolution>,
) -> Result<Answer<WireFacilityIssue>, Problem> {
    let found = state.found(id).await?;
    session.authorise(&state.platform, permissions::APPOINTMENT_HANDLE, &found.operated())?;
    let mut fields = Fields::new();
    let resolution = body.resolution.trim();
    let holds = (1..=NOTE_CHARS_MAX).contains(&resolution.chars().count());
    fields.require(holds, "resolution", "invalid_length", "must have 1 to 1000 characters");
    fields.finish()?;
    let number = i64::from(body.number);
    let rows = of_facility(state.platform.runtime.store(), id, LOOKED_AT_MAX).await?;
    let row = rows.iter().find(|row| row.number == number);
    let open = row.filter(|row| row.resolved_at.is_none());
    let note = row.and_then(|row| row.note);
    let sealed = match open.and_then(|row| row.note) {
        Some(note) => {
            let vault = &state.platform.vault;
            vault.seal(found.site.tenant, note, &[(RESOLUTION, resolution)]).await?
        }
        None => Vec::new(),
    };
    let resolve = YardCommand::Resolve { issue: body.number, by: session.caller.user };
    state.ask(&session, id, resolve, sealed).await?;
    let issue = shown(&state, id).await?.into_iter().find(|issue| issue.number == number);
    issue.map(|issue| Answer::ok(issue).about(note)).ok_or_else(Problem::not_found)
}
