//! What is planned, in order of time; plans of one instant keep the order in which they were made.

use kernel::Timestamp;
use std::collections::BTreeMap;

/// Plans by their time.
#[derive(Debug)]
pub struct Agenda<P> {
    plans: BTreeMap<(Timestamp, u64), P>,
    made: u64,
}

impl<P> Agenda<P> {
    /// Nothing planned.
    #[must_use]
    pub const fn new() -> Self {
        Self { plans: BTreeMap::new(), made: 0 }
    }

    /// Plans something.
    pub fn at(&mut self, time: Timestamp, plan: P) {
        self.plans.insert((time, self.made), plan);
        self.made += 1;
    }

    /// When the next plan is due.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        self.plans.first_key_value().map(|((time, _), _)| *time)
    }

    /// Takes the earliest plan that is due, with its time.
    pub fn take_due(&mut self, now: Timestamp) -> Option<P> {
        let first = self.plans.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_come_in_order_of_time_then_of_making() {
        let mut agenda = Agenda::new();
        for (time, plan) in [(20, 'c'), (10, 'a'), (10, 'b'), (30, 'd')] {
            agenda.at(Timestamp::from_micros(time), plan);
        }
        let mut taken = Vec::new();
        while let Some(plan) = agenda.take_due(Timestamp::from_micros(20)) {
            taken.push(plan);
        }
        assert_eq!((taken, agenda.next()), (vec!['a', 'b', 'c'], Some(Timestamp::from_micros(30))));
    }
}
