//! The circuit breaker: a pure state machine over given instants.

use crate::BreakerPolicy;
use kernel::Timestamp;

/// The numbers that are published (annex, section 7: 0 closed, 1 half-open, 2 open).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum BreakerState {
    /// Calls pass.
    Closed = 0,
    /// A few calls probe whether the vendor is back.
    HalfOpen = 1,
    /// No call passes.
    Open = 2,
}

impl BreakerState {
    /// The name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half_open",
            Self::Open => "open",
        }
    }
}

/// How a permitted call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The vendor answered, be it with a refusal.
    Success,
    /// It did not, or said that it cannot.
    Failure,
    /// Nothing was learnt: the caller went away.
    Unknown,
}

/// Leave to make one call. It belongs to the phase in which it was given: a result that comes after the phase has
/// changed says nothing about the vendor of today and is ignored.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "hand it back with how the call ended"]
pub struct Permit {
    era: u64,
}

/// No call may be made before this instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// When to ask again.
    pub until: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Closed { failures: u32 },
    Open { since: Timestamp },
    HalfOpen { running: u32, successes: u32 },
}

/// One breaker.
#[derive(Debug, Clone)]
pub struct Breaker {
    policy: BreakerPolicy,
    phase: Phase,
    era: u64,
    opened: u64,
    changed_at: Option<Timestamp>,
}

impl Breaker {
    /// A closed breaker.
    #[must_use]
    pub const fn new(policy: BreakerPolicy) -> Self {
        Self { policy, phase: Phase::Closed { failures: 0 }, era: 0, opened: 0, changed_at: None }
    }

    /// Asks for leave to call.
    ///
    /// # Errors
    /// [`Refused`] while it is open, or half-open with all probes running.
    pub fn admit(&mut self, now: Timestamp) -> Result<Permit, Refused> {
        if self.open_until().is_some_and(|until| now >= until) {
            self.turn(Phase::HalfOpen { running: 0, successes: 0 }, now);
        }
        match &mut self.phase {
            Phase::Closed { .. } => Ok(Permit { era: self.era }),
            Phase::Open { since } => Err(Refused { until: since.after(self.policy.open_for) }),
            Phase::HalfOpen { running, .. } if *running < self.policy.probes => {
                *running += 1;
                Ok(Permit { era: self.era })
            }
            Phase::HalfOpen { .. } => Err(Refused { until: now }),
        }
    }

    /// Takes back a permit with how the call ended.
    pub fn record(&mut self, permit: Permit, ended: Ended, now: Timestamp) {
        if permit.era != self.era {
            return;
        }
        match &mut self.phase {
            Phase::Closed { failures } => match ended {
                Ended::Success => *failures = 0,
                Ended::Failure => {
                    *failures += 1;
                    if *failures >= self.policy.failures {
                        self.open(now);
                    }
                }
                Ended::Unknown => {}
            },
            Phase::HalfOpen { running, successes } => {
                *running = running.saturating_sub(1);
                match ended {
                    Ended::Success => {
                        *successes += 1;
                        if *successes >= self.policy.successes {
                            self.turn(Phase::Closed { failures: 0 }, now);
                        }
                    }
                    Ended::Failure => self.open(now),
                    Ended::Unknown => {}
                }
            }
            // No permit is given while it is open, and opening it made all earlier ones stale.
            Phase::Open { .. } => {}
        }
    }

    /// Judges by other limits from now on. An open one stays open for the new time, counted from when it opened.
    pub const fn configure(&mut self, policy: BreakerPolicy) {
        self.policy = policy;
    }

    /// Closes it, whatever it was.
    pub fn reset(&mut self, now: Timestamp) {
        self.turn(Phase::Closed { failures: 0 }, now);
    }

    /// The published state. An open breaker whose time is over is half-open from the next call on.
    #[must_use]
    pub const fn state(&self) -> BreakerState {
        match self.phase {
            Phase::Closed { .. } => BreakerState::Closed,
            Phase::HalfOpen { .. } => BreakerState::HalfOpen,
            Phase::Open { .. } => BreakerState::Open,
        }
    }

    /// Failures in a row, while it is closed; the limit otherwise.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        match self.phase {
            Phase::Closed { failures } => failures,
            _ => self.policy.failures,
        }
    }

    /// How often it opened.
    #[must_use]
    pub const fn times_opened(&self) -> u64 {
        self.opened
    }

    /// When it last changed its state; `None` when it never did.
    #[must_use]
    pub const fn changed_at(&self) -> Option<Timestamp> {
        self.changed_at
    }

    /// Until when it refuses; `None` unless it is open.
    #[must_use]
    pub fn open_until(&self) -> Option<Timestamp> {
        match self.phase {
            Phase::Open { since } => Some(since.after(self.policy.open_for)),
            _ => None,
        }
    }

    fn open(&mut self, now: Timestamp) {
        self.opened += 1;
        self.turn(Phase::Open { since: now }, now);
    }

    fn turn(&mut self, phase: Phase, now: Timestamp) {
        self.phase = phase;
        self.era += 1;
        self.changed_at = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn fail(breaker: &mut Breaker, now: Timestamp) {
        let permit = breaker.admit(now).unwrap();
        breaker.record(permit, Ended::Failure, now);
    }

    #[test]
    fn five_failures_open_it_for_thirty_seconds_and_two_good_probes_close_it() {
        let mut breaker = Breaker::new(BreakerPolicy::default());
        for _ in 0..5 {
            assert_eq!(breaker.state(), BreakerState::Closed);
            fail(&mut breaker, at(0));
        }
        assert_eq!(breaker.state() as u8, 2);
        assert_eq!(breaker.admit(at(29)), Err(Refused { until: at(30) }));
        let probes: Vec<_> = (0..3).map(|_| breaker.admit(at(30)).unwrap()).collect();
        assert_eq!(breaker.state() as u8, 1);
        assert!(breaker.admit(at(30)).is_err(), "a fourth probe");
        for probe in probes.into_iter().take(2) {
            breaker.record(probe, Ended::Success, at(31));
        }
        assert_eq!(breaker.state() as u8, 0);
        assert_eq!(breaker.times_opened(), 1);
    }

    #[test]
    fn a_failed_probe_opens_it_again() {
        let mut breaker = Breaker::new(BreakerPolicy { failures: 1, ..BreakerPolicy::default() });
        fail(&mut breaker, at(0));
        fail(&mut breaker, at(30));
        assert_eq!((breaker.state(), breaker.open_until()), (BreakerState::Open, Some(at(60))));
    }

    #[test]
    fn another_open_time_holds_for_one_that_is_open_already() {
        let policy = BreakerPolicy { failures: 1, ..BreakerPolicy::default() };
        for (seconds, refused) in [(5, None), (120, Some(at(120)))] {
            let mut breaker = Breaker::new(policy);
            fail(&mut breaker, at(0));
            breaker.configure(BreakerPolicy { open_for: Duration::from_secs(seconds), ..policy });
            let until = breaker.admit(at(30)).err().map(|refused| refused.until);
            assert_eq!(until, refused, "{seconds} s instead of 30, asked after 30");
        }
    }

    #[test]
    fn a_success_between_failures_starts_the_count_again() {
        let mut breaker = Breaker::new(BreakerPolicy::default());
        for _ in 0..20 {
            for _ in 0..4 {
                fail(&mut breaker, at(0));
            }
            let permit = breaker.admit(at(0)).unwrap();
            breaker.record(permit, Ended::Success, at(0));
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[test]
    fn a_cancelled_probe_frees_its_place() {
        let mut breaker = Breaker::new(BreakerPolicy { failures: 1, probes: 1, ..BreakerPolicy::default() });
        fail(&mut breaker, at(0));
        let probe = breaker.admit(at(30)).unwrap();
        breaker.record(probe, Ended::Unknown, at(30));
        assert!(breaker.admit(at(30)).is_ok());
    }

    #[derive(Debug, Clone)]
    enum Step {
        Admit,
        End(usize, Ended),
        Wait(u64),
        Reset,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let ended = prop_oneof![Just(Ended::Success), Just(Ended::Failure), Just(Ended::Unknown)];
        let step = prop_oneof![
            5 => Just(Step::Admit),
            5 => (any::<usize>(), ended).prop_map(|(index, ended)| Step::End(index, ended)),
            2 => (0_u64..40).prop_map(Step::Wait),
            1 => Just(Step::Reset),
        ];
        proptest::collection::vec(step, 0..300)
    }

    proptest! {
        /// Whatever happens in whatever order: nothing passes while it is open, probes are bounded, it opens only on a
        /// failure and closes only on successes or a reset, and late results change nothing.
        #[test]
        fn it_keeps_its_promises(steps in steps(), failures in 1_u32..6, probes in 1_u32..4, successes in 1_u32..4) {
            let policy = BreakerPolicy { failures, open_for: Duration::from_secs(30), probes, successes };
            let mut breaker = Breaker::new(policy);
            let (mut now, mut era, mut permits) = (at(0), 0_u64, Vec::<(Permit, u64)>::new());
            let (mut in_a_row, mut good_probes) = (0, 0);
            for step in steps {
                let before = breaker.state();
                match step {
                    Step::Wait(seconds) => now = now.after(Duration::from_secs(seconds)),
                    Step::Reset => { breaker.reset(now); (era, in_a_row) = (era + 1, 0); }
                    Step::Admit => {
                        let due = breaker.open_until();
                        let running = permits.iter().filter(|(_, of)| *of == era).count();
                        match breaker.admit(now) {
                            Ok(permit) => {
                                prop_assert!(due.is_none_or(|until| now >= until), "passed while open");
                                if before == BreakerState::Open { (era, good_probes) = (era + 1, 0); }
                                if before == BreakerState::HalfOpen { prop_assert!(running < probes as usize); }
                                permits.push((permit, era));
                            }
                            Err(refused) => match before {
                                BreakerState::Closed => prop_assert!(false, "a closed breaker refused"),
                                BreakerState::Open => prop_assert!(Some(refused.until) == due && now < refused.until),
                                BreakerState::HalfOpen => prop_assert_eq!(running, probes as usize),
                            },
                        }
                    }
                    Step::End(index, ended) if !permits.is_empty() => {
                        let (permit, of) = permits.swap_remove(index % permits.len());
                        let counts = of == era;
                        breaker.record(permit, ended, now);
                        let expected = match (before, ended) {
                            _ if !counts => before,
                            (BreakerState::Closed, Ended::Success) => { in_a_row = 0; before }
                            (BreakerState::Closed, Ended::Failure) => {
                                in_a_row += 1;
                                if in_a_row == failures { BreakerState::Open } else { before }
                            }
                            (BreakerState::HalfOpen, Ended::Failure) => BreakerState::Open,
                            (BreakerState::HalfOpen, Ended::Success) => {
                                good_probes += 1;
                                if good_probes == successes { BreakerState::Closed } else { before }
                            }
                            _ => before,
                        };
                        prop_assert_eq!(breaker.state(), expected);
                        if expected != before { (era, in_a_row) = (era + 1, 0); }
                    }
                    Step::End(..) => {}
                }
            }
        }
    }
}
