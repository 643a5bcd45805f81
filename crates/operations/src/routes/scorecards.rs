//! `GET /api/v1/operations/scorecards`: what carriers have done.
//!
//! Errors: 403 for a role that sees none, 422 for a bad page.

use crate::{Operations, views::reports};
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{Answer, Page, Paged, Pagination, Problem, Search, Session};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which page.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ScorecardsQuery {
    /// From 1.
    #[param(minimum = 1, maximum = 1_000_000, default = 1)]
    page: Option<u32>,
    /// 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 20)]
    per_page: Option<u32>,
}

/// What a carrier has done.
#[derive(Debug, Serialize, ToSchema)]
pub struct Scorecard {
    /// The carrier's organisation.
    organisation_id: String,
    /// Its drivers.
    drivers: i64,
    /// Those that take offers now.
    drivers_online: i64,
    /// Those that may not bid.
    drivers_suspended: i64,
    /// Deliveries.
    deliveries: i64,
    /// The part that kept its window, 0 to 1; null before the first delivery.
    on_time_rate: Option<f64>,
    /// Mean stars, 1 to 5; null before the first rating.
    rating: Option<f64>,
    /// Ratings.
    ratings: i64,
    /// Bids.
    bids: i64,
    /// The part of its selected bids that it confirmed, 0 to 1; null before the first selection.
    acceptance_rate: Option<f64>,
    /// Booked shipments that were cancelled.
    cancelled: i64,
    /// Until when its papers last, when it has shown some.
    #[schema(format = DateTime)]
    papers_valid_until: Option<String>,
}

/// `part` of `whole`, 0 to 1; nothing of nothing.
pub(super) fn rate(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl From<reports::CarrierRecord> for Scorecard {
    fn from(record: reports::CarrierRecord) -> Self {
        let [drivers, drivers_online, drivers_suspended] = record.drivers;
        let [bids, booked, lapsed] = record.bids;
        Self {
            organisation_id: record.carrier.to_string(),
            drivers,
            drivers_online,
            drivers_suspended,
            deliveries: record.deliveries[0],
            on_time_rate: rate(record.deliveries[1], record.deliveries[0]),
            rating: rate(record.ratings[1], record.ratings[0]),
            ratings: record.ratings[0],
            bids,
            acceptance_rate: rate(booked, booked + lapsed),
            cancelled: record.cancelled,
            papers_valid_until: record.papers_until.map(|until| until.to_string()),
        }
    }
}

/// List carriers' records.
///
/// For the tenant's staff; those with the most deliveries first.
#[utoipa::path(
    get,
    path = "/api/v1/operations/scorecards",
    tag = "operations",
    params(ScorecardsQuery),
    responses((status = 200, description = "a page, most deliveries first", body = Vec<Scorecard>)),
)]
pub async fn list_scorecards(
    State(operations): State<Operations>,
    session: Session,
    Search(query): Search<ScorecardsQuery>,
) -> Result<Paged<Scorecard>, Problem> {
    session.authorise(&operations.platform, permissions::OPERATIONS_READ, &Resource::default())?;
    let page = Page::of(query.page, query.per_page)?;
    let store = operations.platform.runtime.store();
    let (records, total) =
        reports::carriers(store, session.caller.tenant, page.limit(), page.offset()).await?;
    let pagination = Pagination { page: page.page, per_page: page.per_page, total };
    Ok(Answer::paged(records.into_iter().map(Scorecard::from).collect(), pagination))
}
