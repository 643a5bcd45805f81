//! `POST /api/v1/facilities/{id}/issues`: something is wrong at a facility.
//!
//! Errors: 403 for a role that may not, 404 for an unknown or foreign facility, 409 `facility.too_many_issues`, 422 with
//! the fields.

use super::list_issues::{DESCRIPTION, WireFacilityIssue, opened};
use crate::{Facilities, agents::YardCommand, views::issues};
use axum::extract::State;
use contracts::{facility::YardIssueKind, ports::permissions};
use edge::{Answer, Body, Fields, PathId, Problem, Session, answer_secret};
use kernel::{AppointmentId, FacilityId, PersonId};
use serde::Deserialize;
use utoipa::ToSchema;

/// Characters of what is written.
pub(super) const NOTE_CHARS_MAX: usize = 1000;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WireFacilityIssueKind {
    /// The cargo is not what its papers say.
    CargoMismatch,
    /// The cargo is damaged.
    Damage,
    /// Papers are missing.
    Papers,
    /// A dock or its equipment is broken.
    Equipment,
    /// Somebody was endangered.
    Safety,
    /// Anything else.
    Other,
}

impl From<WireFacilityIssueKind> for YardIssueKind {
    fn from(kind: WireFacilityIssueKind) -> Self {
        match kind {
            WireFacilityIssueKind::CargoMismatch => Self::CargoMismatch,
            WireFacilityIssueKind::Damage => Self::Damage,
            WireFacilityIssueKind::Papers => Self::Papers,
            WireFacilityIssueKind::Equipment => Self::Equipment,
            WireFacilityIssueKind::Safety => Self::Safety,
            WireFacilityIssueKind::Other => Self::Other,
        }
    }
}

/// An issue to report.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FacilityIssueReport {
    /// What kind of thing.
    kind: WireFacilityIssueKind,
    /// In the reporter's words; kept encrypted.
    #[schema(max_length = 1000)]
    #[serde(default)]
    description: String,
    /// The appointment that it is about.
    #[schema(nullable = false)]
    appointment_id: Option<String>,
}

/// Report an issue at a facility.
///
/// For the operator. What is written is kept encrypted.
#[utoipa::path(
    post,
    path = "/api/v1/facilities/{id}/issues",
    tag = "facilities",
    params(("id" = String, Path, description = "the facility")),
    request_body = FacilityIssueReport,
    responses((status = 201, description = "the issue", body = edge::Enveloped<WireFacilityIssue>)),
)]
pub async fn report_facility_issue(
    State(state): State<Facilities>,
    session: Session,
    PathId(id): PathId<FacilityId>,
    Body(body): Body<FacilityIssueReport>,
) -> Result<Answer<WireFacilityIssue>, Problem> {
    let found = state.found(id).await?;
    session.authorise(&state.platform, permissions::APPOINTMENT_HANDLE, &found.operated())?;
    let note: PersonId = session.new_id(&state.platform);
    if let Some(reported) = reported(&state, id, note).await? {
        return Ok(reported);
    }
    let mut fields = Fields::new();
    let short = body.description.chars().count() <= NOTE_CHARS_MAX;
    fields.require(short, "description", "invalid_length", "at most 1000 characters");
    let about = body.appointment_id.as_ref();
    let appointment =
        about.and_then(|text| fields.take("appointment_id", "invalid_id", text.parse::<AppointmentId>()));
    if let Some(appointment) = appointment {
        let here = matches!(state.appointment(appointment).await, Ok((row, _)) if row.facility == id);
        fields.require(here, "appointment_id", "unknown_appointment", "is no appointment of this facility");
    }
    fields.finish()?;
    let runtime = &state.platform.runtime;
    let (field, secret) = answer_secret(&**runtime.entropy());
    let texts = [(DESCRIPTION, body.description.trim()), (field, secret.as_str())];
    let sealed = state.platform.vault.seal_new(found.site.tenant, note, &texts);
    let report = YardCommand::Report { kind: body.kind.into(), appointment, note, by: session.caller.user };
    state.ask(&session, id, report, sealed).await?;
    reported(&state, id, note).await?.ok_or_else(Problem::not_found)
}

/// The answer to the report that made a note, when there is one: others may have reported since.
async fn reported(
    state: &Facilities,
    facility: FacilityId,
    note: PersonId,
) -> Result<Option<Answer<WireFacilityIssue>>, Problem> {
    let row = issues::noted(state.platform.runtime.store(), facility, note).await?;
    let issue = opened(state, row.into_iter().collect()).await?.pop();
    Ok(issue.map(|issue| Answer::created(issue).about([note])))
}
