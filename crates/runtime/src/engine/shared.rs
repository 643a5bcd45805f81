//! Several processes over one database: leases, the log's tail, stale agents (design, section 4).

use super::{core::Core, roots::Roots};
use kernel::{Entropy, Timestamp};
use std::{
    collections::{BTreeMap, VecDeque},
    ops::Range,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use store::StoreError;

/// How long a lease lasts; it is renewed at a third of it.
const LEASE: Duration = Duration::from_secs(9);
/// How often the log's tail is read when nothing else happens.
const POLL: Duration = Duration::from_millis(20);
/// What failed is tried again after this.
const PAUSE: Duration = Duration::from_millis(250);
/// How far ahead the timers' owner looks.
const HORIZON: Duration = Duration::from_secs(5);
/// What follows the log, in metrics and on the health page.
const TAIL: &str = "log";
/// The lease of the timer and effect sweep.
const SWEEP: &str = "timers";
const PAGE: u32 = 1000;

/// What a process among several must remember.
pub struct Shared {
    owner: String,
    renewed: Option<Timestamp>,
    swept: Timestamp,
    /// After a failure nothing is looked at until then.
    paused_until: Timestamp,
    sweeps: bool,
    /// Orders that wait for an event of theirs to be fed.
    roots: BTreeMap<i64, u64>,
    /// Positions that this process has committed and not yet come across in the tail, ascending.
    own: VecDeque<Range<i64>>,
    /// Orders that wait for another process's reactor to pass a position.
    foreign: Vec<(u64, usize, i64)>,
}

impl Shared {
    /// A process with a name of its own.
    pub fn new(entropy: &dyn Entropy, now: Timestamp) -> Self {
        Self {
            owner: kernel::uuid_v7(now, entropy).simple().to_string(),
            renewed: None,
            swept: Timestamp::from_micros(0),
            paused_until: now,
            sweeps: false,
            roots: BTreeMap::new(),
            own: VecDeque::new(),
            foreign: Vec::new(),
        }
    }

    /// How often the tail is read.
    pub const fn poll_period(&self) -> Duration {
        POLL
    }

    /// Follows the log from its present end and takes what leases are free.
    pub fn join(&mut self, core: &mut Core) -> Result<(), StoreError> {
        for slot in &mut core.reactors {
            slot.mine = false;
        }
        core.resume()?;
        self.renew(core, core.now())
    }

    /// This process has committed events; the order that they belong to waits until they have been fed.
    pub fn expect(&mut self, roots: &mut Roots, root: Option<u64>, first: i64, events: usize) {
        let positions = first..first + i64::try_from(events).unwrap_or(0);
        if !positions.is_empty() {
            self.own.push_back(positions.clone());
        }
        let Some(root) = root else { return };
        for position in positions {
            roots.follow(Some(root));
            self.roots.insert(position, root);
        }
    }

    /// Leases, tail, foreign reactors, timers: all that has to be looked at now and then.
    pub fn keep_up(&mut self, core: &mut Core, now: Timestamp) -> Result<(), StoreError> {
        if now < self.paused_until {
            return Ok(());
        }
        let kept_up = self.look_around(core, now);
        match kept_up {
            Ok(()) => core.meter.followed.store(now.micros(), Ordering::Relaxed),
            Err(_) => self.paused_until = now.after(PAUSE),
        }
        kept_up
    }

    fn look_around(&mut self, core: &mut Core, now: Timestamp) -> Result<(), StoreError> {
        if self.renewed.is_none_or(|renewed| now.since(renewed) >= LEASE / 3) {
            self.renew(core, now)?;
        }
        self.read_tail(core)?;
        self.check_foreign(core)?;
        if self.sweeps && now.since(self.swept) >= Duration::from_secs(1) {
            self.swept = now;
            self.sweep(core, now)?;
        }
        Ok(())
    }

    fn read_tail(&mut self, core: &mut Core) -> Result<(), StoreError> {
        loop {
            let events = core.agents.blocking.on(core.agents.store.read_log(core.fed, PAGE))?;
            let full = events.len() == PAGE as usize;
            for stored in events {
                core.agents.cache.forget_behind(stored.stream, stored.version);
                let mut event = core.agents.kinds.recorded(&stored).inspect_err(|_| {
                    core.meter.stands_before(TAIL, stored.position);
                })?;
                event.own = self.has_committed(stored.position);
                let event = Arc::new(event);
                let root = self.roots.remove(&stored.position);
                core.feed(&event, root, &tracing::Span::none());
                if let Some(root) = root {
                    self.await_foreign(core, root, event.type_name, event.position);
                    core.roots.over(Some(root));
                }
            }
            core.meter.came_past(TAIL);
            if !full {
                return Ok(());
            }
        }
    }

    /// Whether an event of the tail is this process's own. One whose commit was answered too late counts as another's.
    fn has_committed(&mut self, position: i64) -> bool {
        while self.own.front().is_some_and(|own| own.end <= position) {
            self.own.pop_front();
        }
        self.own.front().is_some_and(|own| own.contains(&position))
    }

    fn await_foreign(&mut self, core: &mut Core, root: u64, type_name: &str, position: i64) {
        for reactor in core.listening(type_name).to_vec() {
            if !core.reactors[reactor].mine {
                core.roots.follow(Some(root));
                self.foreign.push((root, reactor, position));
            }
        }
    }

    fn check_foreign(&mut self, core: &mut Core) -> Result<(), StoreError> {
        if self.foreign.is_empty() {
            return Ok(());
        }
        let positions = core.agents.blocking.on(core.agents.store.reactor_positions())?;
        let passed = |name: &str, position: i64| positions.iter().any(|(n, at)| n == name && *at >= position);
        for (root, reactor, position) in std::mem::take(&mut self.foreign) {
            if passed(core.reactors[reactor].name, position) || !core.roots.is_open(root) {
                core.roots.over(Some(root));
            } else {
                self.foreign.push((root, reactor, position));
            }
        }
        Ok(())
    }

    /// Takes or renews every lease that can be had; a reactor that is newly ours goes on where it stood.
    fn renew(&mut self, core: &mut Core, now: Timestamp) -> Result<(), StoreError> {
        self.renewed = Some(now);
        let mut gained = Vec::new();
        for index in 0..core.reactors.len() {
            let name = core.reactors[index].name;
            let mine = core.agents.blocking.on(core.agents.store.lease(name, &self.owner, now, LEASE))?;
            if mine && !core.reactors[index].mine {
                gained.push(index);
            } else {
                core.reactors[index].mine = mine;
            }
        }
        self.sweeps = core.agents.blocking.on(core.agents.store.lease(SWEEP, &self.owner, now, LEASE))?;
        if !self.sweeps {
            core.timers.load(Vec::new(), Some(now));
        }
        if !gained.is_empty() {
            core.load_positions()?;
        }
        for index in gained {
            core.reactors[index].mine = true;
            core.reactors[index].progress.fall_behind();
        }
        Ok(())
    }

    fn sweep(&mut self, core: &mut Core, now: Timestamp) -> Result<(), StoreError> {
        let horizon = now.after(HORIZON);
        let timers = core.agents.blocking.on(core.agents.store.timers_due(horizon, 100_000))?;
        core.timers.load(timers, Some(horizon));
        core.sweep_effects(now)
    }

    /// Whether this process looks after what is due in the store.
    pub const fn sweeps(&self) -> bool {
        self.sweeps
    }

    /// Gives the leases back at once, so that another process need not wait for them to run out.
    pub fn leave(&self, core: &Core) {
        let names = core.reactors.iter().map(|slot| slot.name).chain([SWEEP]);
        for name in names {
            let given = core.agents.store.lease(name, &self.owner, core.now(), Duration::ZERO);
            if let Err(error) = core.agents.blocking.on(given) {
                tracing::warn!(%error, lease = name, "a lease could not be given back");
            }
        }
    }
}
