//! `POST /api/v1/shipments/estimate`: what a shipment would cost, without posting it.
//!
//! Errors: 403 for a role that posts none, 422 for a bad field.

use super::{
    shipment_create::{check_invited, preferences_of},
    state::MarketState,
};
use crate::{
    rules::{
        economics::{BidInputs, Quote, quote},
        estimates::{TRIP_KM_PER_HOUR, driving_time},
    },
    wire::{
        estimate::{ShipmentEstimate, shown},
        shipment_request::NewShipment,
    },
};
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{Answer, Body, Problem, Session};
use kernel::{MoneyError, Refusal};

/// An acceptance rate at which an agent asks what it always asks, and one at which it asks less.
const CONTENT: f64 = 1.0;
const HUNGRY: f64 = 0.0;

/// Estimate a shipment.
///
/// A price now, by the rules that agents bid by, with its parts. The body is that of a new shipment and is checked as one;
/// nothing is posted and nothing is kept.
#[utoipa::path(
    post,
    path = "/api/v1/shipments/estimate",
    tag = "shipments",
    request_body = NewShipment,
    responses((status = 200, description = "the estimate", body = edge::Enveloped<ShipmentEstimate>)),
)]
pub(super) async fn estimate_shipment(
    State(state): State<MarketState>,
    session: Session,
    Body(body): Body<NewShipment>,
) -> Result<Answer<ShipmentEstimate>, Problem> {
    session.authorise(&state.platform, permissions::SHIPMENT_CREATE, &Resource::default())?;
    let asked = body.check(state.platform.runtime.now())?;
    check_invited(&state, &session, &asked.tender).await?;
    let preferences = preferences_of(&state, session.caller.organisation).await?;
    let road_km = state.market.roads.distance_km(asked.pickup.position, asked.delivery.position);
    let volume_discount_permille = preferences.volume_discount_permille;
    let asks = |acceptance_rate, round| {
        let cargo_value = asked.cargo.value;
        quote(&BidInputs {
            road_km,
            acceptance_rate,
            cargo_value,
            volume_discount_permille,
            round,
            on_the_way: false,
        })
    };
    let quotes = (asks(CONTENT, 1), asks(HUNGRY, 1), asks(CONTENT, 2));
    let (expected, lowest, highest) = all(quotes).map_err(|_| too_far())?;
    let estimate = ShipmentEstimate {
        road_km,
        driving_minutes: driving_time(road_km, TRIP_KM_PER_HOUR).as_secs().div_ceil(60),
        expected: expected.price.into(),
        lowest: lowest.price.into(),
        highest: highest.price.into(),
        parts: shown(&expected),
        volume_discount_permille,
    };
    Ok(Answer::ok(estimate))
}

type Quoted = Result<Quote, MoneyError>;

fn all((one, other, third): (Quoted, Quoted, Quoted)) -> Result<(Quote, Quote, Quote), MoneyError> {
    Ok((one?, other?, third?))
}

fn too_far() -> Refusal {
    Refusal::field("delivery", "out_of_range", "no price can be worked out for this distance")
}
