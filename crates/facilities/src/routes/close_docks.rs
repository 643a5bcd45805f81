//! `POST /api/v1/facilities/{id}/closures`: docks are closed for a time.
//!
//! Errors: 403 for a role that sets none, 404 for an unknown or foreign facility, 409 `facility.too_many_closures`, 422
//! with the fields.

use super::span::check_span;
use crate::{
    Facilities,
    agents::YardCommand,
    wire::{WireFacilityDetail, is_dock_name},
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, Body, Fields, PathId, Problem, Session};
use kernel::FacilityId;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

const DOCKS_MAX: usize = 2000;

/// Why docks are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClosureReason {
    /// Something is repaired.
    Maintenance,
    /// Nobody works that day.
    Holiday,
    /// Too few people.
    Staff,
    /// Something happened.
    Incident,
    /// Anything else.
    Other,
}

impl ClosureReason {
    const fn name(self) -> &'static str {
        match self {
            Self::Maintenance => "maintenance",
            Self::Holiday => "holiday",
            Self::Staff => "staff",
            Self::Incident => "incident",
            Self::Other => "other",
        }
    }
}

/// A closure.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosureFields {
    /// Which docks; all of them when absent or empty.
    #[serde(default)]
    #[schema(max_items = 2000)]
    docks: Vec<String>,
    /// From when.
    #[schema(format = DateTime)]
    from: String,
    /// To when, at most 400 days later.
    #[schema(format = DateTime)]
    to: String,
    /// Why.
    reason: ClosureReason,
}

/// Close docks for a time.
///
/// For the operator. Appointments there are moved to other docks or times, or lose their place and are named by the yard
/// as displaced; none is lost. Trucks that already stand at a dock are finished.
#[utoipa::path(
    post,
    path = "/api/v1/facilities/{id}/closures",
    tag = "facilities",
    params(("id" = String, Path, description = "the facility")),
    request_body = ClosureFields,
    responses((status = 201, description = "the facility", body = edge::Enveloped<WireFacilityDetail>)),
)]
pub async fn close_docks(
    State(state): State<Facilities>,
    session: Session,
    PathId(id): PathId<FacilityId>,
    Body(body): Body<ClosureFields>,
) -> Result<Answer<WireFacilityDetail>, Problem> {
    let found = state.found(id).await?;
    session.authorise(&state.platform, permissions::FACILITY_MANAGE, &found.operated())?;
    let mut fields = Fields::new();
    let window = check_span(&body.from, &body.to, 400, &mut fields);
    fields.require(body.docks.len() <= DOCKS_MAX, "docks", "too_many", "at most 2000 docks");
    let named = body.docks.iter().all(|name| is_dock_name(name));
    fields.require(named, "docks", "unknown_dock", "the facility has no such dock");
    fields.finish()?;
    let window = window.ok_or_else(Problem::not_found)?;
    let docks: Vec<Arc<str>> = body.docks.iter().map(|name| name.as_str().into()).collect();
    let close = YardCommand::Close { docks, window, reason: body.reason.name().to_owned() };
    state.ask(&session, id, close, Vec::new()).await?;
    Ok(Answer::created(WireFacilityDetail::of(&state.found(id).await?)))
}
