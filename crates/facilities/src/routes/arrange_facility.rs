//! `PATCH /api/v1/facilities/{id}`: time zone, opening hours and rules.
//!
//! Errors: 403 for a role that sets none, 404 for an unknown or foreign facility, 422 with the fields.

use crate::{
    Facilities,
    agents::YardCommand,
    wire::{WireDay, WireFacilityDetail, WireRules},
};
use axum::extract::State;
use contracts::{facility::Arrangement, ports::permissions};
use edge::{Answer, Body, Fields, PathId, Problem, Session};
use kernel::FacilityId;
use serde::Deserialize;
use utoipa::ToSchema;

/// What is to be changed; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrangementFields {
    /// An IANA name.
    #[schema(min_length = 1, max_length = 40, example = "Europe/Rome", nullable = false)]
    time_zone: Option<String>,
    /// The open spans of each weekday, Monday first.
    #[schema(min_items = 7, max_items = 7, nullable = false)]
    hours: Option<Vec<WireDay>>,
    /// The rules, all of them.
    #[schema(nullable = false)]
    rules: Option<WireRules>,
}

/// Set hours and rules.
///
/// For the operator. Appointments that would lie outside the new hours are moved, or lose their place and are named by the
/// yard as displaced; none is lost.
#[utoipa::path(
    patch,
    path = "/api/v1/facilities/{id}",
    tag = "facilities",
    params(("id" = String, Path, description = "the facility")),
    request_body = ArrangementFields,
    responses((status = 200, description = "the facility", body = edge::Enveloped<WireFacilityDetail>)),
)]
pub async fn arrange_facility(
    State(state): State<Facilities>,
    session: Session,
    PathId(id): PathId<FacilityId>,
    Body(body): Body<ArrangementFields>,
) -> Result<Answer<WireFacilityDetail>, Problem> {
    let found = state.found(id).await?;
    session.authorise(&state.platform, permissions::FACILITY_MANAGE, &found.operated())?;
    let arrangement = checked(&body, &found.yard.arrangement)?;
    state.ask(&session, id, YardCommand::Arrange(Box::new(arrangement)), Vec::new()).await?;
    Ok(Answer::ok(WireFacilityDetail::of(&state.found(id).await?)))
}

fn checked(body: &ArrangementFields, known: &Arrangement) -> Result<Arrangement, Problem> {
    let mut fields = Fields::new();
    let hours = body.hours.as_ref().map(|days| {
        fields.require(days.len() == 7, "hours", "invalid_length", "must have seven days, Monday first");
        days.iter().enumerate().take(7).map(|(day, spans)| spans.check(day, &mut fields)).collect()
    });
    let rules = body.rules.map(|rules| rules.check(&mut fields));
    fields.finish()?;
    Ok(Arrangement {
        zone: body.time_zone.clone().unwrap_or_else(|| known.zone.clone()),
        hours: hours.unwrap_or_else(|| known.hours.clone()),
        rules: rules.unwrap_or(known.rules),
    })
}
