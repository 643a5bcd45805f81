//! `GET /api/v1/agents/{id}/performance`: what a driver has done and earned.
//!
//! Errors: 403 for a role that sees no payments, 404 for an unknown or foreign driver, 422 for a bad span.

use super::scorecards::rate;
use crate::{Operations, views::reports};
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{
    Answer, Fields, PathId, Problem, Search, Session,
    wire::{WireMoney, check_time},
};
use kernel::{Currency, DriverId, Money, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::StoreError;
use utoipa::{IntoParams, ToSchema};

const SPAN_DEFAULT: Duration = Duration::from_secs(31 * 86_400);

/// Which bookings count as earned.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PerformanceQuery {
    /// Bookings from this instant on; 31 days before `to` when absent.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Bookings before this instant; now when absent.
    #[param(format = DateTime)]
    to: Option<String>,
}

/// What trips earned in one currency.
#[derive(Debug, Serialize, ToSchema)]
pub struct WireEarned {
    /// The carrier's parts.
    amount: WireMoney,
    /// The mean for a kilometre of road.
    per_km: WireMoney,
    /// Trips.
    trips: i64,
    /// Their road distances in km.
    road_km: f64,
}

/// What a driver has done and earned.
#[derive(Debug, Serialize, ToSchema)]
pub struct Performance {
    /// The driver agent.
    driver_id: String,
    /// For people.
    reference: String,
    /// Deliveries, ever.
    deliveries: i64,
    /// The part that kept its window, 0 to 1; null before the first delivery.
    on_time_rate: Option<f64>,
    /// Mean stars, 1 to 5; null before the first rating.
    rating: Option<f64>,
    /// Ratings, ever.
    ratings: i64,
    /// Bids, ever.
    bids: i64,
    /// The part of its bids that was booked, 0 to 1; null before the first bid.
    success_rate: Option<f64>,
    /// Whether it is of the gold tier.
    gold: bool,
    /// Whether it may not bid.
    suspended: bool,
    /// The first instant of the span.
    #[schema(format = DateTime)]
    from: String,
    /// The instant after its last.
    #[schema(format = DateTime)]
    to: String,
    /// Paid out, of bookings in the span; one a currency.
    paid: Vec<WireEarned>,
    /// In escrow, of bookings in the span; one a currency.
    outstanding: Vec<WireEarned>,
}

fn wire(earned: reports::Earned) -> WireEarned {
    let currency = Currency::from_code(&earned.currency).unwrap_or(Currency::EUR);
    // A mean is a figure for people; it moves no money.
    let per_km = if earned.road_km > 0.0 { (earned.minor as f64 / earned.road_km).round() as i64 } else { 0 };
    WireEarned {
        amount: Money::new(earned.minor, currency).into(),
        per_km: Money::new(per_km, currency).into(),
        trips: earned.trips,
        road_km: (earned.road_km * 10.0).round() / 10.0,
    }
}

impl PerformanceQuery {
    fn check(&self, now: Timestamp) -> Result<(Timestamp, Timestamp), Problem> {
        let mut fields = Fields::new();
        let to =
            self.to.as_deref().map_or(Some(now), |text| check_time(text, "to", &mut fields)).unwrap_or(now);
        let from = self.from.as_deref().and_then(|text| check_time(text, "from", &mut fields));
        let from = from.unwrap_or(to.before(SPAN_DEFAULT));
        fields.require(from <= to, "from", "reversed", "must not be after `to`");
        fields.finish()?;
        Ok((from, to))
    }
}

/// Read a driver's performance.
///
/// For the driver itself, its carrier and the tenant's staff.
#[utoipa::path(
    get,
    path = "/api/v1/agents/{id}/performance",
    tag = "agents",
    params(("id" = String, Path, description = "the driver agent"), PerformanceQuery),
    responses((status = 200, description = "its record, and what it earned in the span", body = Performance)),
)]
pub async fn read_performance(
    State(operations): State<Operations>,
    session: Session,
    PathId(driver): PathId<DriverId>,
    Search(query): Search<PerformanceQuery>,
) -> Result<Answer<Performance>, Problem> {
    let owner = operations.shipments.driver_owner(driver).await;
    let owner = owner.map_err(|error| Problem::from(StoreError::Unavailable(error.to_string())))?;
    let owner = owner.ok_or_else(Problem::not_found)?;
    let resource = Resource {
        tenant: Some(owner.tenant),
        organisations: vec![owner.carrier],
        users: owner.user.into_iter().collect(),
        driver: Some(driver),
    };
    session.authorise(&operations.platform, permissions::AGENT_READ, &resource)?;
    session.authorise(&operations.platform, permissions::PAYMENT_READ, &resource)?;
    let span = query.check(operations.platform.runtime.now())?;
    let store = operations.platform.runtime.store();
    let record = reports::driver(store, driver).await?.ok_or_else(Problem::not_found)?;
    let paid = reports::earned(store, driver, "released", span).await?;
    let outstanding = reports::earned(store, driver, "held", span).await?;
    Ok(Answer::ok(Performance {
        driver_id: driver.to_string(),
        reference: record.reference,
        deliveries: record.deliveries[0],
        on_time_rate: rate(record.deliveries[1], record.deliveries[0]),
        rating: rate(record.ratings[1], record.ratings[0]),
        ratings: record.ratings[0],
        bids: record.bids[0],
        success_rate: rate(record.bids[1], record.bids[0]),
        gold: record.gold,
        suspended: record.suspended,
        from: span.0.to_string(),
        to: span.1.to_string(),
        paid: paid.into_iter().map(wire).collect(),
        outstanding: outstanding.into_iter().map(wire).collect(),
    }))
}
