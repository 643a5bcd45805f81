//! A reactor's place in the engine: how far it has come, and what it has not answered yet.

use super::job::Job;
use crate::Reactor;
use kernel::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// A reactor and how far it has come.
pub struct ReactorSlot {
    pub reactor: Box<dyn Reactor>,
    pub name: &'static str,
    /// Whether this process runs it.
    pub mine: bool,
    pub progress: Progress<Job>,
}

impl ReactorSlot {
    /// A reactor whose position is not known yet.
    pub fn new(reactor: Box<dyn Reactor>) -> Self {
        let name = reactor.name();
        Self { reactor, name, mine: true, progress: Progress::default() }
    }
}

/// How far a reactor has come. It takes its events in the order of the log: no position moves past an event that is not
/// answered, whatever fails in between.
pub struct Progress<J> {
    durable: i64,
    claimed: i64,
    /// The last event that it was shown.
    heard: i64,
    /// It was shown the log only up to here; the rest is read in pages.
    behind: Option<i64>,
    /// The events that it was shown and that are not answered: queued, waiting here, or staged.
    open: BTreeSet<i64>,
    /// What waits while it rests, by the event's position.
    waiting: BTreeMap<i64, J>,
    rests_until: Option<Timestamp>,
}

impl<J> Default for Progress<J> {
    fn default() -> Self {
        Self {
            durable: 0,
            claimed: 0,
            heard: 0,
            behind: None,
            open: BTreeSet::new(),
            waiting: BTreeMap::new(),
            rests_until: None,
        }
    }
}

impl<J> Progress<J> {
    /// The position that is durable.
    pub const fn durable(&self) -> i64 {
        self.durable
    }

    /// The position that staged units will make durable.
    pub const fn claimed(&self) -> i64 {
        self.claimed
    }

    /// Up to where everything is answered, when the log was shown up to `fed` to those who are not behind.
    pub fn answered(&self, fed: i64) -> i64 {
        let shown = self.behind.unwrap_or(fed).max(self.durable);
        self.open.first().map_or(shown, |first| first - 1)
    }

    /// Whether it has answered an event that it listens to since its position was saved.
    pub fn has_news(&self, fed: i64) -> bool {
        self.heard > self.claimed && self.answered(fed) > self.claimed
    }

    /// It is shown an event; `false` when it has answered it or is about to.
    pub fn show(&mut self, position: i64) -> bool {
        self.heard = self.heard.max(position);
        position > self.durable && self.open.insert(position)
    }

    /// It goes on where it stands durably, with what is to be read from the log; earlier work is forgotten.
    pub fn fall_behind(&mut self) {
        (self.open, self.waiting, self.rests_until) = (BTreeSet::new(), BTreeMap::new(), None);
        (self.claimed, self.behind) = (self.durable, Some(self.durable));
    }

    /// Up to where it was shown the log, when that is not as far as the others.
    pub const fn behind(&self) -> Option<i64> {
        self.behind
    }

    /// It was shown the log up to a position, of which the others were shown all up to `fed`.
    pub fn caught_up(&mut self, to: i64, fed: i64) {
        self.behind = (to < fed).then_some(to);
    }

    /// Whether an event waits for its answer and no staged unit gives it.
    pub fn awaits(&self, position: i64) -> bool {
        position > self.claimed && self.open.contains(&position)
    }

    /// It answered an event with nothing.
    pub fn ignored(&mut self, position: i64) {
        self.open.remove(&position);
    }

    /// A staged unit moves it.
    pub const fn claim(&mut self, to: i64) {
        self.claimed = to;
    }

    /// What was staged is committed or lost.
    pub const fn unclaim(&mut self) {
        self.claimed = self.durable;
    }

    /// It stands there durably.
    pub fn moved(&mut self, to: i64) {
        self.durable = to;
        while self.open.first().is_some_and(|first| *first <= to) {
            self.open.pop_first();
        }
    }

    /// Whether it can take an event now: it does not rest, and every earlier event is answered or staged.
    pub fn is_turn_of(&self, position: i64) -> bool {
        self.rests_until.is_none() && self.open.range(self.claimed + 1..position).next().is_none()
    }

    /// It rests at least until an instant; the event waits with all that come meanwhile. Answers work of the same event
    /// that waited already.
    pub fn rest(&mut self, position: i64, job: J, until: Timestamp) -> Option<J> {
        self.rests_until = self.rests_until.max(Some(until));
        self.waiting.insert(position, job)
    }

    /// Until when it rests.
    pub const fn rests_until(&self) -> Option<Timestamp> {
        self.rests_until
    }

    /// What waited, in order, when it has rested long enough.
    pub fn wake(&mut self, now: Timestamp) -> BTreeMap<i64, J> {
        if self.rests_until.is_none_or(|until| until > now) {
            return BTreeMap::new();
        }
        self.rests_until = None;
        std::mem::take(&mut self.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    /// One thing that happens to a reactor.
    #[derive(Debug, Clone)]
    enum Step {
        Show,
        /// The first job in the queue comes; what becomes of it.
        Take(Fate),
        Commit,
        Lose,
        /// The first staged unit loses alone, the others after it with it.
        Reject,
        Wake,
    }

    #[derive(Debug, Clone, Copy)]
    enum Fate {
        Stages,
        Ignores,
        Fails,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            3 => Just(Step::Show),
            3 => Just(Step::Take(Fate::Stages)),
            1 => Just(Step::Take(Fate::Ignores)),
            1 => Just(Step::Take(Fate::Fails)),
            1 => Just(Step::Commit),
            1 => Just(Step::Lose),
            1 => Just(Step::Reject),
            2 => Just(Step::Wake),
        ];
        prop::collection::vec(step, 1..200)
    }

    /// What the engine does with a reactor's work, and nothing else of it.
    #[derive(Default)]
    struct Model {
        progress: Progress<i64>,
        queue: VecDeque<i64>,
        staged: Vec<i64>,
        answered: Vec<i64>,
        acted: Vec<i64>,
        last: i64,
        now: i64,
    }

    impl Model {
        fn rest(&mut self, position: i64, micros: i64) {
            let until = Timestamp::from_micros(self.now + micros);
            assert_eq!(self.progress.rest(position, position, until), None);
        }

        fn take(&mut self, fate: Fate) {
            let Some(position) = self.queue.pop_front() else { return };
            if !self.progress.is_turn_of(position) {
                return self.rest(position, 0);
            }
            match fate {
                Fate::Fails => self.rest(position, 2),
                Fate::Ignores => {
                    self.progress.ignored(position);
                    self.answered.push(position);
                }
                Fate::Stages => {
                    self.progress.claim(position);
                    self.staged.push(position);
                }
            }
        }

        fn step(&mut self, step: &Step) {
            match step {
                Step::Show => {
                    self.last += 1;
                    assert!(self.progress.show(self.last));
                    self.queue.push_back(self.last);
                }
                Step::Take(fate) => self.take(*fate),
                Step::Commit => {
                    for position in std::mem::take(&mut self.staged) {
                        self.progress.moved(position);
                        self.answered.push(position);
                        self.acted.push(position);
                    }
                    self.progress.unclaim();
                }
                Step::Lose => {
                    self.progress.unclaim();
                    for position in std::mem::take(&mut self.staged) {
                        self.rest(position, 2);
                    }
                }
                Step::Reject => {
                    self.progress.unclaim();
                    for position in std::mem::take(&mut self.staged).into_iter().rev() {
                        self.queue.push_front(position);
                    }
                }
                Step::Wake => {
                    self.now += 1;
                    let woken = self.progress.wake(Timestamp::from_micros(self.now));
                    for position in woken.into_values().rev() {
                        self.queue.push_front(position);
                    }
                }
            }
        }

        /// No position is ever saved past an event without an answer.
        fn check(&self) {
            let answered = self.progress.answered(self.last);
            for position in 1..=answered {
                assert!(self.answered.contains(&position), "{position} was passed over at {answered}");
            }
        }
    }

    proptest! {
        #[test]
        fn every_event_is_answered_once_and_none_is_passed_over(steps in steps()) {
            let mut model = Model::default();
            for step in &steps {
                model.step(step);
                model.check();
            }
            // Once nothing fails any more, everything is answered, and what acted did so in order.
            for _ in 0..5 {
                model.step(&Step::Wake);
                while !model.queue.is_empty() {
                    model.step(&Step::Take(Fate::Stages));
                }
                model.step(&Step::Commit);
            }
            prop_assert!(model.acted.is_sorted());
            model.answered.sort_unstable();
            prop_assert_eq!(&model.answered, &(1..=model.last).collect::<Vec<_>>());
            prop_assert_eq!(model.progress.answered(model.last), model.last);
        }
    }
}
