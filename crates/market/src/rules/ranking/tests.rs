use super::*;
use crate::fixtures::{HOUR, facts, id, morning, offer, requested};
use contracts::shipment::BidFacts;
use kernel::Money;
use proptest::prelude::*;
use std::time::Duration;

fn candidates(offers: &[BidSubmitted]) -> Vec<Candidate<'_>> {
    offers.iter().map(|offer| Candidate { offer, at: morning() }).collect()
}

fn ranked(offers: &[BidSubmitted], preferences: &Preferences) -> Vec<RankedBid> {
    rank(&candidates(offers), &request(preferences), morning())
}

fn request(preferences: &Preferences) -> Requested {
    Requested { preferences: preferences.clone(), ..requested() }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12
}

#[test]
fn one_bid_has_the_best_price_and_time() {
    let ranking = ranked(&[offer(1, 820)], &Preferences::default());
    let terms = ScoreTerms { price: 1.0, time: 1.0, reliability: 0.9, experience: 0.5, vehicle: 1.0 };
    assert_eq!((ranking[0].rank, ranking[0].terms), (1, terms));
    // 0.3 + 0.3 + 0.18 + 0.05 + 0.1
    assert!(close(ranking[0].score, 0.93), "{}", ranking[0].score);
}

#[test]
fn the_terms_are_those_of_the_specification() {
    let cheap = offer(1, 700);
    let middle = BidSubmitted {
        delivery_at: offer(2, 0).delivery_at.after(2 * HOUR),
        facts: BidFacts { similar_shipments: 250, vehicle_year: 2020, ..facts() },
        ..offer(2, 775)
    };
    let dear = BidSubmitted {
        delivery_at: offer(3, 0).delivery_at.after(4 * HOUR),
        facts: BidFacts { on_time_rate: 1.0, vehicle_year: 2016, ..facts() },
        ..offer(3, 1000)
    };
    let ranking = ranked(&[dear, middle, cheap], &Preferences::default());
    let terms: Vec<_> = ranking.iter().map(|line| (line.bid, line.terms)).collect();
    assert_eq!(terms[0].0, id(101));
    assert_eq!(
        terms[1].1,
        ScoreTerms { price: 0.75, time: 0.5, reliability: 0.9, experience: 1.0, vehicle: 0.7 }
    );
    assert_eq!(
        terms[2].1,
        ScoreTerms { price: 0.0, time: 0.0, reliability: 1.0, experience: 0.5, vehicle: 0.5 }
    );
}

#[test]
fn who_promises_the_impossible_gains_nothing() {
    let honest = offer(1, 820);
    let soon = morning().after(Duration::from_secs(36));
    let dreamt =
        BidSubmitted { pickup_at: soon, delivery_at: soon.after(Duration::from_secs(36)), ..offer(2, 820) };
    // As fast as anybody can be from the window's beginning: 620 km at 100 km/h.
    let fastest = BidSubmitted {
        pickup_at: morning().after(HOUR),
        delivery_at: morning().after(HOUR + Duration::from_secs(22_320)),
        ..offer(3, 820)
    };
    let ranking = ranked(&[honest, dreamt, fastest], &Preferences::default());
    let times: Vec<_> = ranking.iter().map(|line| (line.bid, line.terms.time)).collect();
    assert_eq!(times, [(id(102), 1.0), (id(103), 1.0), (id(101), 0.0)]);
}

#[test]
fn preferred_carriers_and_electric_vehicles_count_more() {
    let electric = BidSubmitted { facts: BidFacts { electric: true, ..facts() }, ..offer(1, 820) };
    let preferences = |prefer_electric| Preferences {
        prefer_electric,
        preferred_carriers: vec![id(301)],
        ..Preferences::default()
    };
    let factor = |preferences: &Preferences| ranked(std::slice::from_ref(&electric), preferences)[0].factor;
    assert!(close(factor(&preferences(true)), 1.155));
    assert!(close(factor(&preferences(false)), 1.10), "electric counts only when the shipper opted in");
    assert!(close(factor(&Preferences::default()), 1.0));
}

#[test]
fn equal_bids_rank_by_arrival_then_by_id() {
    let (one, two, three) = (offer(1, 820), offer(2, 820), offer(3, 820));
    let late = morning().after(Duration::from_secs(1));
    let candidates = [
        Candidate { offer: &one, at: late },
        Candidate { offer: &three, at: morning() },
        Candidate { offer: &two, at: morning() },
    ];
    let order: Vec<_> = rank(&candidates, &requested(), morning()).iter().map(|line| line.bid).collect();
    assert_eq!(order, [id(102), id(103), id(101)]);
}

#[test]
fn automatic_acceptance_follows_the_price_sensitivity() {
    // Cheap but late and badly rated against dear, early and well rated.
    let cheap = BidSubmitted {
        delivery_at: offer(1, 0).delivery_at.after(4 * HOUR),
        facts: BidFacts { rating: 3.0, ..facts() },
        ..offer(1, 700)
    };
    let good = BidSubmitted { facts: BidFacts { rating: 5.0, ..facts() }, ..offer(2, 900) };
    let offers = [cheap, good];
    let take = |price_sensitivity, preferred: &[u128]| {
        let preferred_carriers = preferred.iter().map(|number| id(*number)).collect();
        let preferences = Preferences { price_sensitivity, preferred_carriers, ..Preferences::default() };
        let ranking = ranked(&offers, &preferences);
        let find = |bid| candidates(&offers).into_iter().find(|candidate| candidate.offer.bid == bid);
        accepted(&ranking, &preferences, find).unwrap()
    };
    assert_eq!(take(Some(1.0), &[]), id(101), "only the price matters");
    assert_eq!(take(Some(0.0), &[]), id(102), "the price does not matter");
    // cheap: 0.59 + 0.205 x 0.6 = 0.713; good: 0.205 + 0.205 = 0.41
    assert_eq!(take(Some(0.59), &[]), id(101));
    // cheap: 0.43 + 0.285 x 0.6 = 0.601; good: 0.57, preferred 0.627
    assert_eq!(take(Some(0.43), &[]), id(101));
    assert_eq!(take(Some(0.43), &[302]), id(102));
    let preferences = Preferences::default();
    assert_eq!(take(None, &[]), ranked(&offers, &preferences)[0].bid, "unset: the top rank");
    assert_eq!(accepted(&[], &preferences, |_| None), None);
}

prop_compose! {
    fn any_offer(number: u128)(
        euros in 60_i64..5000, pickup in 0_u64..48, trip in 1_u64..48, on_time_rate in 0.0..=1.0_f64,
        similar_shipments in 0_u32..300, vehicle_year in 1990_i32..=2027, electric: bool, rating in 1.0..=5.0_f64,
        carrier in 300_u128..304,
    ) -> BidSubmitted {
        let pickup_at = morning().after(u32::try_from(pickup).unwrap() * HOUR);
        BidSubmitted {
            price: Money::euros(euros, 0),
            carrier: id(carrier),
            pickup_at,
            delivery_at: pickup_at.after(u32::try_from(trip).unwrap() * HOUR),
            facts: BidFacts { on_time_rate, similar_shipments, vehicle_year, electric, rating, approach_km: 0.0 },
            ..offer(number, 0)
        }
    }
}

fn any_offers() -> impl Strategy<Value = Vec<BidSubmitted>> {
    (1_u128..20).prop_flat_map(|count| (0..count).map(any_offer).collect::<Vec<_>>())
}

fn any_preferences() -> impl Strategy<Value = Preferences> {
    (any::<bool>(), proptest::collection::vec(300_u128..304, 0..3)).prop_map(
        |(prefer_electric, preferred)| Preferences {
            prefer_electric,
            preferred_carriers: preferred.into_iter().map(id).collect(),
            ..Preferences::default()
        },
    )
}

proptest! {
    #[test]
    fn terms_lie_between_0_and_1_and_make_the_score(offers in any_offers(), preferences in any_preferences()) {
        for line in ranked(&offers, &preferences) {
            let ScoreTerms { price, time, reliability, experience, vehicle } = line.terms;
            for term in [price, time, reliability, experience, vehicle] {
                prop_assert!((0.0..=1.0).contains(&term), "{term}");
            }
            let sum = 0.3 * price + 0.3 * time + 0.2 * reliability + 0.1 * experience + 0.1 * vehicle;
            prop_assert!(close(line.score, sum * line.factor));
            prop_assert!((1.0..=1.155 + 1e-12).contains(&line.factor));
        }
    }

    #[test]
    fn ranks_count_up_by_falling_score_and_name_every_bid_once(offers in any_offers(), preferences in any_preferences()) {
        let ranking = ranked(&offers, &preferences);
        let ranks: Vec<_> = ranking.iter().map(|line| line.rank as usize).collect();
        prop_assert_eq!(ranks, (1..=offers.len()).collect::<Vec<_>>());
        prop_assert!(ranking.windows(2).all(|pair| pair[0].score >= pair[1].score));
        let mut bids: Vec<_> = ranking.iter().map(|line| line.bid).collect();
        bids.sort_unstable();
        bids.dedup();
        prop_assert_eq!(bids.len(), offers.len());
    }

    #[test]
    fn the_order_of_arrival_in_memory_changes_nothing(
        (offers, shuffled) in any_offers().prop_flat_map(|offers| (Just(offers.clone()), Just(offers).prop_shuffle())),
        preferences in any_preferences(),
    ) {
        prop_assert_eq!(ranked(&offers, &preferences), ranked(&shuffled, &preferences));
    }

    #[test]
    fn the_cheapest_and_earliest_wins_among_equals(mut offers in any_offers(), winner in any::<prop::sample::Index>()) {
        let winner = winner.index(offers.len());
        for offer in &mut offers {
            offer.facts = facts();
        }
        offers[winner].price = Money::euros(59, 0);
        offers[winner].pickup_at = morning();
        offers[winner].delivery_at = morning().after(Duration::from_secs(60));
        let ranking = ranked(&offers, &Preferences::default());
        prop_assert_eq!(ranking[0].bid, offers[winner].bid);
    }
}
