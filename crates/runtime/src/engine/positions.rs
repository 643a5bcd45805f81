//! How far each reactor has come, and what it has not answered yet.

use super::{
    core::{Core, platform_cause},
    job::{Job, Work},
    slot::ReactorSlot,
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

    /// Reads where every reactor of this process stands; what it has not answered is read by [`Core::catch_up`].
    pub fn resume(&mut self) -> Result<(), StoreError> {
        self.fed = self.agents.blocking.on(self.agents.store.head())?.position;
        self.load_positions()?;
        for slot in self.reactors.iter_mut().filter(|slot| slot.mine) {
            slot.progress.fall_behind();
        }
        Ok(())
    }

    /// Whether a reactor of this process has not been shown the whole log.
    pub fn is_behind(&self) -> bool {
        self.reactors.iter().any(|slot| slot.mine && slot.progress.behind().is_some())
    }

    /// Shows the reactors that are behind the next page of the log.
    pub fn catch_up(&mut self) -> Result<(), StoreError> {
        let behind = |slot: &ReactorSlot| if slot.mine { slot.progress.behind() } else { None };
        let Some(after) = self.reactors.iter().filter_map(behind).min() else { return Ok(()) };
        let mut events = self.agents.blocking.on(self.agents.store.read_log(after, PAGE))?;
        let is_last = events.len() < PAGE as usize;
        events.retain(|event| event.position <= self.fed);
        let to = events.last().filter(|_| !is_last).map_or(self.fed, |last| last.position);
        for stored in &events {
            let mut asked = self.listening(stored.type_name).to_vec();
            asked.retain(|index| behind(&self.reactors[*index]).is_some_and(|shown| shown < stored.position));
            if asked.is_empty() {
                continue;
            }
            let event = match self.recorded(stored) {
                Ok(event) => event,
                Err(error) => {
                    for index in asked {
                        self.meter.stands_before(self.reactors[index].name, stored.position);
                    }
                    return Err(error);
                }
            };
            for index in asked {
                self.ask(index, &event, None, &tracing::Span::none());
            }
        }
        let fed = self.fed;
        for slot in &mut self.reactors {
            // One that was new when the log's end was read stands beyond it.
            if let Some(shown) = behind(slot).filter(|shown| *shown <= to || *shown >= fed) {
                slot.progress.caught_up(to.max(shown), fed);
                self.meter.came_past(slot.name);
            }
        }
        Ok(())
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

    /// Reactors that have answered at least so many events more than is durable, for a unit that only moves positions;
    /// when somebody waits for their positions, also those with any news.
    pub fn lagging(&self, least: i64, awaited: bool) -> Vec<(usize, i64)> {
        let lags = |slot: &ReactorSlot| {
            let lag = slot.progress.answered(self.fed) - slot.progress.claimed();
            slot.mine && (lag >= least || (awaited && slot.progress.has_news(self.fed)))
        };
        let mut lagging = Vec::new();
        for (index, slot) in self.reactors.iter().enumerate().filter(|(_, slot)| lags(slot)) {
            lagging.push((index, slot.progress.answered(self.fed)));
        }
        lagging
    }

    /// A unit that only moves positions.
    pub fn positions_job(&self, positions: Vec<(usize, i64)>) -> Job {
        Job::new(Work::Positions(positions), platform_cause())
    }
}
