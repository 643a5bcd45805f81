//! How far each reactor has come, and what it has not answered yet.

use super::{
    core::{Core, platform_cause},
    job::{Job, Work},
};
use store::StoreError;

/// Events read at once.
const PAGE: u32 = 1000;

impl Core {
    /// Where every reactor stands. One without a position begins at the log's present end and says so in the store:
    /// it must not act on what was done before it existed.
    pub fn load_positions(&mut self) -> Result<(), StoreError> {
        let positions = self.agents.blocking.on(self.agents.store.reactor_positions())?;
        let head = self.agents.blocking.on(self.agents.store.head())?.position;
        let mut fresh = Vec::new();
        for slot in &mut self.reactors {
            let known = positions.iter().find(|(name, _)| name == slot.name).map(|(_, position)| *position);
            slot.progress.moved(known.unwrap_or(head));
            slot.progress.unclaim();
            if known.is_none() {
                fresh.push(store::Claim::Position { reactor: slot.name, from: 0, to: head });
            }
        }
        for claim in fresh {
            let unit = store::Unit { claims: vec![claim], ..store::Unit::default() };
            // Losing only means that another process wrote the row first.
            let _outcomes = self.agents.blocking.on(self.agents.store.commit(&[unit]))?;
        }
        Ok(())
    }

    /// Shows the reactors of this process the events that they have not answered, up to `end` (0: the log's end).
    pub fn feed_backlog(&mut self, end: i64) -> Result<(), StoreError> {
        let lags = self.reactors.iter().filter(|slot| slot.mine).map(|slot| slot.progress.durable()).min();
        let Some(mut after) = lags else { return Ok(()) };
        loop {
            let events = self.agents.blocking.on(self.agents.store.read_log(after, PAGE))?;
            let Some(last) = events.last().map(|event| event.position) else { return Ok(()) };
            for stored in &events {
                if end > 0 && stored.position > end {
                    return Ok(());
                }
                let event = self.recorded(stored)?;
                self.feed_reactors(&event, None, &tracing::Span::none());
            }
            after = last;
        }
    }

    /// Takes up the effects that the store holds as due and nobody has begun.
    pub fn sweep_effects(&mut self, now: kernel::Timestamp) -> Result<(), StoreError> {
        self.effects.sweep(&self.agents.store, &self.agents.blocking, now)
    }

    /// Notes the positions that a committed unit moved.
    pub fn positions_durable(&mut self, unit: &store::Unit) {
        for claim in &unit.claims {
            if let store::Claim::Position { reactor, to, .. } = claim {
                for slot in self.reactors.iter_mut().filter(|slot| slot.name == *reactor) {
                    slot.progress.moved(*to);
                }
            }
        }
    }

    /// Reactors that have answered at least so many events more than is durable, for a unit that only moves positions.
    pub fn lagging(&self, least: i64) -> Vec<(usize, i64)> {
        let mine = self.reactors.iter().enumerate().filter(|(_, slot)| slot.mine);
        mine.map(|(index, slot)| (index, slot.progress.answered()))
            .filter(|(index, answered)| answered - self.reactors[*index].progress.claimed() >= least)
            .collect()
    }

    /// A unit that only moves positions.
    pub fn positions_job(&self, positions: Vec<(usize, i64)>) -> Job {
        Job::new(Work::Positions(positions), platform_cause())
    }
}
