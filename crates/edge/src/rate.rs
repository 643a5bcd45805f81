//! Rate limits: the generic cell rate algorithm, one instant a caller.
//!
//! A caller has a theoretical arrival time: the instant at which all its past requests are worked off at the allowed
//! pace. A request is let in when that instant, moved by one request, lies no further ahead than one period. So a
//! caller may spend a whole period's worth at once and then goes on at the pace. The state is one integer, which is
//! why this is written here instead of taken from a library that brings its own clock: time comes from the given one.

use contracts::ports::Caller;
use kernel::{Actor, ApiKeyId, Clock, Timestamp, UserId};
use parking_lot::Mutex;
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::{
    hash::BuildHasher as _,
    net::{IpAddr, Ipv6Addr},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// The period of all limits (design, section 7: requests a minute).
const PERIOD_MICROS: i64 = 60_000_000;
const SHARDS: usize = 32;
/// At most so many callers a shard are remembered (65,536 in all, below 4 MB); beyond, those who asked least lately are
/// forgotten, which only gives them back what they had spent.
const CALLERS_MAX: usize = 2048;

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Party {
    /// A signed-in user.
    User(UserId),
    /// An API key.
    Key(ApiKeyId),
    /// Everybody without a valid credential at one address: one IPv4 address or one IPv6 /64, which is what a single
    /// customer of a network gets.
    Address(IpAddr),
}

impl Party {
    /// The party of a caller.
    #[must_use]
    pub const fn of(caller: &Caller) -> Self {
        match caller.actor {
            Actor::Key(key) => Self::Key(key),
            Actor::User(_) | Actor::System(_) => Self::User(caller.user),
        }
    }

    /// The party of an address.
    #[must_use]
    pub fn at(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = address.to_bits() & !u128::from(u64::MAX);
                Self::Address(Ipv6Addr::from_bits(network).into())
            }
            address @ IpAddr::V4(_) => Self::Address(address),
        }
    }
}

/// How a request stands to its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Requests a minute.
    pub limit: u32,
    /// How many more are let in at once now.
    pub remaining: u32,
    /// Whole seconds until the full limit is there again.
    pub reset_seconds: u64,
    /// `Some` when the request is not let in: whole seconds until the next one is.
    pub retry_after_seconds: Option<u64>,
}

/// The limits in force, requests a minute; 0 for none. Clones share them, so that they can change while requests are
/// counted.
#[derive(Debug, Clone, Default)]
pub struct RateLimits(Arc<Rates>);

#[derive(Debug, Default)]
struct Rates {
    per_user: AtomicU32,
    per_address: AtomicU32,
}

impl RateLimits {
    /// For a user or key and for an address.
    #[must_use]
    pub fn new(per_user: u32, per_address: u32) -> Self {
        let limits = Self::default();
        limits.set(per_user, per_address);
        limits
    }

    /// Changes both. What callers have spent stays spent.
    pub fn set(&self, per_user: u32, per_address: u32) {
        self.0.per_user.store(per_user, Ordering::Relaxed);
        self.0.per_address.store(per_address, Ordering::Relaxed);
    }

    fn of(&self, party: Party) -> u32 {
        match party {
            Party::User(_) | Party::Key(_) => self.0.per_user.load(Ordering::Relaxed),
            Party::Address(_) => self.0.per_address.load(Ordering::Relaxed),
        }
    }
}

/// Counts requests. Memory is bounded whatever comes.
pub struct Limiter {
    limits: RateLimits,
    clock: Arc<dyn Clock>,
    shards: Vec<Mutex<FxHashMap<Party, i64>>>,
}

impl Limiter {
    /// Over limits.
    #[must_use]
    pub fn new(limits: RateLimits, clock: Arc<dyn Clock>) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { limits, clock, shards }
    }

    /// Whether there is a limit for a party.
    #[must_use]
    pub fn is_limited(&self, party: Party) -> bool {
        self.limits.of(party) > 0
    }

    /// Counts one request; `None` when there is no limit for this party.
    #[must_use]
    pub fn count(&self, party: Party) -> Option<Standing> {
        self.count_as(party, 1)
    }

    /// Counts one request that weighs as much as several, which is let in whole or not at all and then spends nothing;
    /// one that weighs more than the limit never is.
    #[must_use]
    pub fn count_as(&self, party: Party, requests: u32) -> Option<Standing> {
        let limit = self.limits.of(party);
        if limit == 0 {
            return None;
        }
        let now = self.clock.now();
        let index = FxBuildHasher.hash_one(party) as usize % SHARDS;
        let mut shard = self.shards[index].lock();
        if shard.len() >= CALLERS_MAX && !shard.contains_key(&party) {
            forget(&mut shard, now);
        }
        let arrival = shard.entry(party).or_insert(0);
        let (next, standing) = admit(*arrival, now, limit, requests);
        *arrival = next;
        Some(standing)
    }
}

/// Decides one request: the new theoretical arrival time and how the caller stands.
fn admit(arrival: i64, now: Timestamp, limit: u32, requests: u32) -> (i64, Standing) {
    let now = now.micros();
    let pace = (PERIOD_MICROS / i64::from(limit)).max(1);
    // Never further ahead than a period: a clock that was set back must not lock anybody out.
    let arrival = arrival.clamp(now, now.saturating_add(PERIOD_MICROS));
    let next = arrival.saturating_add(pace.saturating_mul(requests.into()));
    let over = next - now.saturating_add(PERIOD_MICROS);
    let (kept, retry_after_seconds) = if over > 0 { (arrival, Some(seconds(over))) } else { (next, None) };
    let ahead = kept - now;
    let remaining = u32::try_from((PERIOD_MICROS - ahead) / pace).unwrap_or(0);
    (
        kept,
        Standing {
            limit,
            remaining: remaining.min(limit),
            reset_seconds: seconds(ahead),
            retry_after_seconds,
        },
    )
}

/// Whole seconds, rounded up.
fn seconds(micros: i64) -> u64 {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0)).as_micros().div_ceil(1_000_000) as u64
}

/// Makes room: first those who have worked off everything, then the half that is nearest to it.
fn forget(shard: &mut FxHashMap<Party, i64>, now: Timestamp) {
    shard.retain(|_, arrival| *arrival > now.micros());
    if shard.len() < CALLERS_MAX {
        return;
    }
    let mut arrivals: Vec<i64> = shard.values().copied().collect();
    let middle = arrivals.len() / 2;
    let (_, median, _) = arrivals.select_nth_unstable(middle);
    let median = *median;
    shard.retain(|_, arrival| *arrival > median);
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{TypedId, Uuid};
    use proptest::prelude::*;
    use runtime::TurnedClock;

    fn limiter(per_user: u32, per_address: u32) -> (Limiter, Arc<TurnedClock>) {
        let clock = Arc::new(TurnedClock::at(Timestamp::from_millis(1_000_000)));
        (Limiter::new(RateLimits::new(per_user, per_address), Arc::clone(&clock) as _), clock)
    }

    fn user(n: u128) -> Party {
        Party::User(UserId::from_uuid(Uuid::from_u128(n)))
    }

    fn turn(clock: &TurnedClock, duration: Duration) {
        clock.turn_to(clock.now().after(duration));
    }

    #[test]
    fn a_full_minute_may_come_at_once_and_then_the_pace_holds() {
        let (limiter, clock) = limiter(0, 100);
        let party = Party::at("203.0.113.7".parse().unwrap());
        for n in 0..100 {
            let standing = limiter.count(party).unwrap();
            assert_eq!((standing.retry_after_seconds, standing.remaining), (None, 99 - n));
        }
        let standing = limiter.count(party).unwrap();
        let refused = Standing { limit: 100, remaining: 0, reset_seconds: 60, retry_after_seconds: Some(1) };
        assert_eq!(standing, refused);
        turn(&clock, Duration::from_millis(600));
        assert_eq!(limiter.count(party).unwrap().retry_after_seconds, None);
        assert!(limiter.count(party).unwrap().retry_after_seconds.is_some());
        turn(&clock, Duration::from_secs(60));
        assert_eq!(limiter.count(party).unwrap().remaining, 99);
    }

    #[test]
    fn parties_do_not_share_and_zero_is_no_limit() {
        let (limiter, _) = limiter(1, 0);
        assert_eq!(limiter.count(user(1)).unwrap().retry_after_seconds, None);
        assert_eq!(limiter.count(user(2)).unwrap().retry_after_seconds, None);
        assert!(limiter.count(user(1)).unwrap().retry_after_seconds.is_some());
        assert_eq!(limiter.count(Party::at("203.0.113.7".parse().unwrap())), None);
    }

    #[test]
    fn a_heavy_request_is_let_in_whole_or_spends_nothing() {
        let (limiter, clock) = limiter(10, 0);
        assert_eq!(limiter.count_as(user(1), 7).unwrap().remaining, 3);
        let refused = limiter.count_as(user(1), 4).unwrap();
        assert_eq!((refused.retry_after_seconds, refused.remaining), (Some(6), 3));
        assert_eq!(limiter.count_as(user(1), 3).unwrap().retry_after_seconds, None);
        turn(&clock, Duration::from_secs(3600));
        assert!(limiter.count_as(user(1), 11).unwrap().retry_after_seconds.is_some());
    }

    #[test]
    fn a_network_of_addresses_is_one_party() {
        let at = |text: &str| Party::at(text.parse().unwrap());
        assert_eq!(at("2001:db8::1"), at("2001:db8::ffff:1"));
        assert_ne!(at("2001:db8::1"), at("2001:db8:0:1::1"));
        assert_eq!(at("::ffff:203.0.113.7"), at("203.0.113.7"));
        assert_ne!(at("203.0.113.7"), at("203.0.113.8"));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out_for_longer_than_a_minute() {
        let late = Timestamp::from_millis(1_000_000_000);
        let (arrival, _) = admit(0, late, 10, 1);
        let (_, standing) = admit(arrival, Timestamp::from_millis(0), 10, 1);
        assert!(standing.reset_seconds <= 60 && standing.retry_after_seconds.is_none_or(|wait| wait <= 6));
    }

    #[test]
    fn memory_is_bounded_and_the_busiest_are_remembered() {
        let (limiter, _) = limiter(2, 0);
        let busy = user(u128::MAX);
        let _ = (limiter.count(busy), limiter.count(busy));
        for n in 0..200_000 {
            let _ = limiter.count(user(n));
        }
        let held: usize = limiter.shards.iter().map(|shard| shard.lock().len()).sum();
        assert!(held <= SHARDS * CALLERS_MAX, "{held}");
        assert!(limiter.count(busy).unwrap().retry_after_seconds.is_some());
    }

    proptest! {
        /// In no stretch of a minute, wherever it begins, are more than two minutes' worth let in; and never more than
        /// the limit at one instant.
        #[test]
        fn no_minute_lets_in_more_than_the_burst_and_the_pace(gaps in proptest::collection::vec(0_u64..200_000, 1..600), limit in 1_u32..100) {
            let (limiter, clock) = limiter(limit, 0);
            let mut let_in = Vec::new();
            for gap in gaps {
                turn(&clock, Duration::from_micros(gap));
                if limiter.count(user(1)).unwrap().retry_after_seconds.is_none() {
                    let_in.push(clock.now().micros());
                }
            }
            for (first, time) in let_in.iter().enumerate() {
                let within = let_in[first..].iter().take_while(|other| **other < time + PERIOD_MICROS).count();
                prop_assert!(within <= 2 * limit as usize);
                let at_once = let_in[first..].iter().take_while(|other| *other == time).count();
                prop_assert!(at_once <= limit as usize);
            }
        }
    }
}
