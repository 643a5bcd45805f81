//! Orders that wait until what follows from them has settled.

use super::job::Reply;
use crate::order::{CommandError, Receipt};
use kernel::Timestamp;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use tokio::runtime::Handle;

/// So many answers are given at once on the engine's own thread; more are given by one task, because waking a caller
/// costs as much as deciding its order.
const ANSWERED_HERE: usize = 4;

/// What callers are told at the end of the round.
#[derive(Default)]
pub struct Answers(Vec<(Reply, Result<Receipt, CommandError>)>);

impl Answers {
    /// A caller's answer.
    pub fn send(&mut self, reply: Reply, answer: Result<Receipt, CommandError>) {
        self.0.push((reply, answer));
    }

    /// Gives them here and now.
    pub fn give(&mut self) {
        give(self.0.drain(..));
    }

    /// Gives them without keeping the engine.
    pub fn give_beside(&mut self, runtime: &Handle) {
        if self.0.len() <= ANSWERED_HERE {
            return self.give();
        }
        let answers = std::mem::take(&mut self.0);
        runtime.spawn(async move { give(answers) });
    }
}

fn give(answers: impl IntoIterator<Item = (Reply, Result<Receipt, CommandError>)>) {
    for (reply, answer) in answers {
        let _gone = reply.send(answer);
    }
}

struct Root {
    reply: Reply,
    /// What it came to, and when it is answered at the latest.
    durable: Option<(Receipt, Timestamp)>,
    open: u32,
}

/// All waiting orders.
#[derive(Default)]
pub struct Roots {
    next: u64,
    open: FxHashMap<u64, Root>,
    /// Those that are durable, by when they are answered at the latest.
    deadlines: BTreeSet<(Timestamp, u64)>,
    /// What is certain and not said yet.
    pub answers: Answers,
}

impl Roots {
    /// Forgets those that wait; what is certain is still said.
    pub fn forget(&mut self) {
        self.open.clear();
        self.deadlines.clear();
    }

    /// A new waiting order with one open piece of work: itself.
    pub fn open(&mut self, reply: Reply) -> u64 {
        self.next += 1;
        self.open.insert(self.next, Root { reply, durable: None, open: 1 });
        self.next
    }

    /// The order is durable; it is answered when settled or at the deadline.
    pub fn durable(&mut self, id: u64, receipt: Receipt, deadline: Timestamp) {
        if let Some(root) = self.open.get_mut(&id) {
            root.durable = Some((receipt, deadline));
            self.deadlines.insert((deadline, id));
        }
    }

    /// One more piece of work follows.
    pub fn follow(&mut self, root: Option<u64>) {
        if let Some(root) = root.and_then(|root| self.open.get_mut(&root)) {
            root.open += 1;
        }
    }

    /// A piece of work is over; the last one answers.
    pub fn over(&mut self, root: Option<u64>) {
        let Some(id) = root else { return };
        let Some(root) = self.open.get_mut(&id) else { return };
        root.open = root.open.saturating_sub(1);
        if root.open == 0 {
            self.answer(id);
        }
    }

    /// The order failed.
    pub fn fail(&mut self, root: u64, error: CommandError) {
        if let Some(root) = self.open.remove(&root) {
            self.answers.send(root.reply, Err(error));
        }
    }

    /// Answers those that have waited long enough.
    pub fn expire(&mut self, now: Timestamp) {
        while let Some((_, id)) = self.deadlines.first().copied().filter(|(deadline, _)| *deadline <= now) {
            self.answer(id);
        }
    }

    /// Whether an order still waits.
    pub fn is_open(&self, root: u64) -> bool {
        self.open.contains_key(&root)
    }

    /// The earliest deadline.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    fn answer(&mut self, id: u64) {
        let Some(root) = self.open.remove(&id) else { return };
        if let Some((receipt, deadline)) = root.durable {
            self.deadlines.remove(&(deadline, id));
            self.answers.send(root.reply, Ok(receipt));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{StreamRef, Uuid};
    use tokio::sync::oneshot;

    fn receipt() -> Receipt {
        let stream = StreamRef { prefix: "shp", id: Uuid::nil() };
        Receipt { position: 1, changed: true, stream, repeated: false, version: 1 }
    }

    #[test]
    fn the_last_piece_of_work_answers() {
        let mut roots = Roots::default();
        let (reply, mut answer) = oneshot::channel();
        let root = roots.open(reply);
        roots.durable(root, receipt(), Timestamp::from_micros(10));
        roots.follow(Some(root));
        roots.over(Some(root));
        roots.answers.give();
        assert!(answer.try_recv().is_err());
        roots.over(Some(root));
        roots.answers.give();
        assert!(answer.try_recv().unwrap().is_ok());
    }

    #[test]
    fn a_slow_follower_does_not_hold_the_answer_for_ever() {
        let mut roots = Roots::default();
        let (reply, mut answer) = oneshot::channel();
        let root = roots.open(reply);
        roots.durable(root, receipt(), Timestamp::from_micros(10));
        roots.expire(Timestamp::from_micros(9));
        roots.answers.give();
        assert!(answer.try_recv().is_err());
        roots.expire(Timestamp::from_micros(10));
        roots.answers.give();
        assert!(answer.try_recv().unwrap().is_ok());
    }
}
