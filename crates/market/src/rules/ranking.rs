//! The ranking of bids and automatic acceptance (spec 4, bid ranking; annex, section 2).
//!
//! `0.3 price + 0.3 time + 0.2 on-time + 0.1 experience + 0.1 vehicle`, equal extremes score 1, preferred carriers
//! x 1.10, electric vehicles x 1.05 when the shipper opted in. Prices are only compared here, never computed with.

use super::{calendar::year_and_month, estimates::Estimate};
use contracts::shipment::{BidSubmitted, Preferences, RankedBid, Requested, ScoreTerms};
use kernel::{BidId, OrganisationId, Timestamp};

/// The factor of a preferred carrier.
pub const PREFERRED_FACTOR: f64 = 1.10;
/// The factor of an electric vehicle, when the shipper opted in.
pub const ELECTRIC_FACTOR: f64 = 1.05;
/// So many of a ranking are shown first.
pub const TOP: usize = 5;
const EXPERIENCED_SHIPMENTS: f64 = 100.0;
const STARS_MAX: f64 = 5.0;

/// A bid to be ranked.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// As it came.
    pub offer: &'a BidSubmitted,
    /// When it came; the earlier of two equal bids ranks first.
    pub at: Timestamp,
}

/// The weighted sum of the terms, 0 to 1.
#[must_use]
pub fn weighted(terms: &ScoreTerms) -> f64 {
    0.3 * terms.price
        + 0.3 * terms.time
        + 0.2 * terms.reliability
        + 0.1 * terms.experience
        + 0.1 * terms.vehicle
}

/// Ranks bids, best first. The order does not depend on the order of the input: ties go to the earlier bid, then to the
/// smaller id. A promised time counts as far as it can be kept, see [`Estimate::credible`].
#[must_use]
pub fn rank(candidates: &[Candidate<'_>], request: &Requested, now: Timestamp) -> Vec<RankedBid> {
    let time_of = |candidate: &Candidate<'_>| time_of(candidate, request);
    let prices = Extremes::of(candidates.iter().map(|candidate| candidate.offer.price.minor));
    let times = Extremes::of(candidates.iter().map(time_of));
    let (year, _) = year_and_month(now);
    let mut scored: Vec<(f64, Candidate<'_>, RankedBid)> = candidates
        .iter()
        .map(|candidate| {
            let time = times.closeness(time_of(candidate));
            let line = score(
                candidate.offer,
                prices.closeness(candidate.offer.price.minor),
                time,
                &request.preferences,
                year,
            );
            (line.score, *candidate, line)
        })
        .collect();
    scored.sort_by(|(a, one, _), (b, other, _)| {
        b.total_cmp(a).then(one.at.cmp(&other.at)).then(one.offer.bid.cmp(&other.offer.bid))
    });
    scored.into_iter().zip(1..).map(|((_, _, line), rank)| RankedBid { rank, ..line }).collect()
}

fn score(offer: &BidSubmitted, price: f64, time: f64, preferences: &Preferences, year: i32) -> RankedBid {
    let terms = ScoreTerms {
        price,
        time,
        reliability: offer.facts.on_time_rate.clamp(0.0, 1.0),
        experience: (f64::from(offer.facts.similar_shipments) / EXPERIENCED_SHIPMENTS).min(1.0),
        vehicle: vehicle_term(year - offer.facts.vehicle_year),
    };
    let electric = if preferences.prefer_electric && offer.facts.electric { ELECTRIC_FACTOR } else { 1.0 };
    let factor = preferred_factor(preferences, offer.carrier) * electric;
    RankedBid { bid: offer.bid, rank: 0, score: weighted(&terms) * factor, terms, factor }
}

fn preferred_factor(preferences: &Preferences, carrier: OrganisationId) -> f64 {
    if preferences.preferred_carriers.contains(&carrier) { PREFERRED_FACTOR } else { 1.0 }
}

/// Younger than 5 years 1, than 10 years 0.7, else 0.5.
const fn vehicle_term(age_years: i32) -> f64 {
    match age_years {
        i32::MIN..5 => 1.0,
        5..10 => 0.7,
        10.. => 0.5,
    }
}

/// Twice the mean of the pickup and delivery estimates, in microseconds; doubled, it stays an integer.
fn time_of(candidate: &Candidate<'_>, request: &Requested) -> i64 {
    let credible = Estimate::credible(candidate.offer, request, candidate.at);
    credible.pickup_at.micros().saturating_add(credible.delivery_at.micros())
}

/// The smallest and the largest of all bids.
struct Extremes {
    min: i64,
    max: i64,
}

impl Extremes {
    fn of(values: impl Iterator<Item = i64>) -> Self {
        values.fold(Self { min: i64::MAX, max: i64::MIN }, |seen, value| Self {
            min: seen.min.min(value),
            max: seen.max.max(value),
        })
    }

    /// 1 for the smallest, 0 for the largest, 1 for all when they are equal.
    fn closeness(&self, value: i64) -> f64 {
        if self.max <= self.min {
            return 1.0;
        }
        1.0 - (value - self.min) as f64 / (self.max - self.min) as f64
    }
}

/// The bid that automatic acceptance takes. With a price sensitivity `s` it is the largest of
/// `s x price + (1-s)/2 x time + (1-s)/2 x rating/5`, preferred carriers x 1.1, ties to the better rank; without one,
/// the top rank.
#[must_use]
pub fn accepted<'a>(
    ranking: &[RankedBid],
    preferences: &Preferences,
    find: impl Fn(BidId) -> Option<Candidate<'a>>,
) -> Option<BidId> {
    let Some(sensitivity) = preferences.price_sensitivity else {
        return ranking.first().map(|line| line.bid);
    };
    let rest = (1.0 - sensitivity) / 2.0;
    let mut best: Option<(f64, BidId)> = None;
    for line in ranking {
        let Some(candidate) = find(line.bid) else { continue };
        let rating = candidate.offer.facts.rating / STARS_MAX;
        let value = sensitivity * line.terms.price + rest * line.terms.time + rest * rating;
        let value = value * preferred_factor(preferences, candidate.offer.carrier);
        if best.is_none_or(|(most, _)| value > most) {
            best = Some((value, line.bid));
        }
    }
    best.map(|(_, bid)| bid)
}

#[cfg(test)]
mod tests;
