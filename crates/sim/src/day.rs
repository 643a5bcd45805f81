//! One day under the turned clock: every agent, reactor, timer and effect is the real one, only time is not.

use crate::{
    alarms::{Alarms, Truth},
    audit::Audit,
    cast::{Cast, Deed, Doing, Habits, Noticeboard, Posting, Sighting},
    clerk::{Clerk, Counts},
    country::{Country, FlowsError},
    dice::{self, Dice},
    house::House,
    load::posting_times,
    pace::Pace,
    people::{Census, People},
    report::{Measures, Report},
    ways,
};
use contracts::{
    driver::LivePosition,
    ports::{LiveDriverIndex, Traffic},
};
use kernel::{Clock, Entropy, OrganisationId, TenantId, Timestamp, UserId};
use market::{OnTheWay, PartLoads, ReturnLoads};
use movement::{
    Sample,
    watch::{Noted, Way, order_for, question},
};
use runtime::{CommandError, Observer, Order, Turned, TurnedClock};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};
use store::{PositionRow, Store, StoreError, Telemetry, Vault, Verification};
use tokio::runtime::Handle;

/// Trucks report at state changes and this often; everything of a tick is one commit.
const TICK: Duration = Duration::from_secs(5 * 60);
/// A day that has not ended by then never will.
const LONGEST: Duration = Duration::from_secs(21 * 24 * 3600);
/// Streams of chance: the platform's (ids, thinking times), the people's, the calendar's.
const PLATFORM_CHANCE: u64 = 1;
const PEOPLE_CHANCE: u64 = 2;
const CALENDAR_CHANCE: u64 = 3;
/// Limits of the options.
const SHIPMENTS_MAX: u32 = 1_000_000;
const DRIVERS_MAX: u32 = 100_000;
/// The first instant unless told otherwise: a Monday.
pub const START: Timestamp = Timestamp::from_millis(1_772_409_600_000);

/// What to simulate.
#[derive(Debug, Clone)]
pub struct Options {
    /// A folder with `places.csv`, `roads.csv` and `flows.csv`; the built-in gazetteer without one.
    pub flows: Option<PathBuf>,
    /// ISO 3166-1 alpha-2, or `EU` for all of the gazetteer.
    pub country: String,
    /// Shipments posted in the day, 1 to 1,000,000.
    pub shipments: u32,
    /// Drivers, 1 to 100,000.
    pub drivers: u32,
    /// The same seed and options give the same log.
    pub seed: u64,
    /// The midnight (UTC) at which the day begins.
    pub start: Timestamp,
    /// The share of loaded drives of two hours or more on which something goes wrong, 0 to 1.
    pub faults: f64,
    /// Whether loads on the way back are offered before a trip ends.
    pub return_loads: bool,
    /// Whether loads are offered that a truck under way can carry along.
    pub part_loads: bool,
}

/// Why a simulation could not be run.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// An option is out of its range.
    #[error("--{option}: {reason}")]
    Option {
        /// Its name.
        option: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The flows cannot be used.
    #[error(transparent)]
    Flows(#[from] FlowsError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The platform did not do what it must: a defect.
    #[error("the platform failed: {0}")]
    Platform(String),
}

/// How far a simulation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The simulated instant.
    pub at: Timestamp,
    /// Shipments that are posted.
    pub posted: u64,
    /// Shipments that will have been posted.
    pub shipments: u64,
    /// Of those posted, the ones that are neither paid nor given up.
    pub open: u64,
    /// Events so far.
    pub events: u64,
}

/// Who watches: shows progress and owns the stopwatch. (Time is given, here too.)
pub trait Watch: Send + Sync {
    /// Real time since some fixed instant.
    fn elapsed(&self) -> Duration;
    /// Once a simulated hour.
    fn progress(&self, progress: Progress);
}

/// Where a day is kept.
pub struct Ground {
    /// The log; empty or nobody else's.
    pub store: Store,
    /// Positions.
    pub telemetry: Telemetry,
    /// What people's data is sealed with, 32 bytes: whoever serves the store afterwards needs the same.
    pub master_key: [u8; 32],
}

/// Runs a day until the last payout and checks its promises.
///
/// # Errors
/// [`SimulationError`].
pub async fn simulate(
    options: Options,
    ground: Ground,
    watch: Arc<dyn Watch>,
) -> Result<Report, SimulationError> {
    check(&options)?;
    run(options, ground, watch, 1).await
}

/// Commits once in so many ticks.
async fn run(
    options: Options,
    ground: Ground,
    watch: Arc<dyn Watch>,
    ticks_a_commit: u64,
) -> Result<Report, SimulationError> {
    let worker = tokio::task::spawn_blocking(move || Day::new(options, ground, watch, ticks_a_commit)?.run());
    worker.await.map_err(|error| SimulationError::Platform(error.to_string()))?
}

fn check(options: &Options) -> Result<(), SimulationError> {
    let range = |option, value: u32, max: u32| {
        let reason = format!("must be between 1 and {max}");
        if (1..=max).contains(&value) { Ok(()) } else { Err(SimulationError::Option { option, reason }) }
    };
    range("shipments", options.shipments, SHIPMENTS_MAX)?;
    range("drivers", options.drivers, DRIVERS_MAX)?;
    let reason = || "must be between 0 and 1".to_owned();
    let is_share = (0.0..=1.0).contains(&options.faults);
    if is_share { Ok(()) } else { Err(SimulationError::Option { option: "faults", reason: reason() }) }
}

/// What the routes would count in the store: numbers of references and a shipper's postings. (The day is within one
/// month.)
#[derive(Default)]
struct Tallies {
    numbers: BTreeMap<String, i64>,
    posted: BTreeMap<OrganisationId, i64>,
}

impl Tallies {
    fn next(&mut self, sequence: &str) -> i64 {
        let number = self.numbers.entry(sequence.to_owned()).or_default();
        *number += 1;
        *number
    }

    fn posting(&mut self, posting: &Posting) -> Counts {
        let number = self.next(&Clerk::sequence_of_shipment(posting));
        let posted = self.posted.entry(posting.shipper).or_default();
        *posted += 1;
        Counts { number, posted_this_month: *posted - 1 }
    }
}

struct Day {
    options: Options,
    turned: Turned,
    clock: Arc<TurnedClock>,
    house: House,
    live: Arc<dyn LiveDriverIndex>,
    cast: Cast,
    clerk: Clerk,
    notices: Arc<Noticeboard>,
    audit: Arc<Audit>,
    alarms: Arc<Alarms>,
    entropy: Arc<dyn Entropy>,
    telemetry: Telemetry,
    tenant: TenantId,
    ahead_minutes: i32,
    rows: Vec<PositionRow>,
    positions: u64,
    tallies: Tallies,
    ticks_a_commit: u64,
    watch: Arc<dyn Watch>,
}

impl Day {
    fn new(
        options: Options,
        ground: Ground,
        watch: Arc<dyn Watch>,
        ticks_a_commit: u64,
    ) -> Result<Self, SimulationError> {
        let Ground { store, telemetry, master_key } = ground;
        let start = options.start;
        let country = Arc::new(country(&options)?);
        let ahead_minutes = country.ahead_of_utc_minutes();
        let Options { shipments, drivers, seed, .. } = options;
        let dice = Dice::new(seed, PEOPLE_CHANCE);
        let census = Census { shipments, drivers, start, shifts: true, ahead_minutes };
        let people = People::draw(census, &country, &dice);
        let habits = Habits { pace: Pace::REAL, shifts: true, faults: options.faults };
        let cast = Cast::new(Arc::clone(&country), people, habits, dice, start);
        let clock = Arc::new(TurnedClock::at(start));
        let entropy: Arc<dyn Entropy> = Arc::new(dice::source(seed, PLATFORM_CHANCE));
        let tenant = TenantId::generate(start, &*entropy);
        let (notices, audit) = (Arc::<Noticeboard>::default(), Arc::<Audit>::default());
        let on_the_way = OnTheWay {
            return_loads: if options.return_loads { ReturnLoads::default() } else { ReturnLoads::OFF },
            part_loads: if options.part_loads { PartLoads::default() } else { PartLoads::OFF },
        };
        let house = House::new(country.roads().clone(), clock.clone(), entropy.clone(), on_the_way);
        let alarms = Arc::<Alarms>::default();
        let observers: [Arc<dyn Observer>; 3] = [notices.clone(), audit.clone(), alarms.clone()];
        let assembly = house.assembly(observers);
        let vault = Vault::new(store.clone(), master_key, entropy.clone());
        let turned = Turned::start(assembly, store, clock.clone(), entropy.clone())?;
        let clerk = Clerk::new(tenant, vault, Arc::clone(&entropy));
        Ok(Self {
            options,
            turned,
            clock,
            live: house.live_drivers(),
            house,
            cast,
            clerk,
            notices,
            audit,
            alarms,
            entropy,
            telemetry,
            tenant,
            ahead_minutes,
            rows: Vec::new(),
            positions: 0,
            tallies: Tallies::default(),
            ticks_a_commit,
            watch,
        })
    }

    fn run(mut self) -> Result<Report, SimulationError> {
        let began = self.watch.elapsed();
        self.register()?;
        self.plan();
        self.live()?;
        let wall = self.watch.elapsed().saturating_sub(began);
        self.report(wall)
    }

    /// Everybody signs up at the first instant.
    fn register(&mut self) -> Result<(), SimulationError> {
        let people = self.cast.people().clone();
        for shipper in &people.shippers {
            self.must(shipper.user, self.clerk.register_shipper(shipper))?;
        }
        for carrier in &people.carriers {
            self.must(carrier.user, self.clerk.register_carrier(carrier))?;
        }
        for trucker in &people.truckers {
            let number = self.tallies.next(&Clerk::sequence_of_driver(trucker));
            self.must(trucker.user, self.clerk.register_driver(trucker, number))?;
        }
        Ok(())
    }

    fn must(&mut self, user: UserId, order: Order) -> Result<(), SimulationError> {
        let origin = self.clerk.origin(user, self.clock.now());
        match self.turned.submit(&origin, order) {
            Ok(_) => Ok(()),
            Err(CommandError::Store(error)) => Err(error.into()),
            Err(error) => Err(SimulationError::Platform(error.to_string())),
        }
    }

    fn plan(&mut self) {
        let Options { shipments, start, seed, .. } = self.options;
        let dice = Dice::new(seed, CALENDAR_CHANCE);
        for time in posting_times(shipments, start, self.ahead_minutes, &dice) {
            self.cast.plan_posting(time.max(start));
        }
        self.cast.plan_duty(start);
    }

    /// From event to event until the last shipment is paid or given up.
    fn live(&mut self) -> Result<(), SimulationError> {
        let mut tick = self.options.start.after(TICK);
        let last = self.options.start.after(LONGEST);
        while self.cast.is_busy() {
            let next = [self.cast.next_wake(), self.turned.next_due()].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= last) else { break };
            while next > tick {
                self.close_tick(tick)?;
                tick = tick.after(TICK);
            }
            self.turned.turn_to(next)?;
            self.act(next)?;
        }
        self.close_tick(self.clock.now())?;
        self.turned.commit()?;
        Ok(())
    }

    /// Lets people hear the news and do what is due, until nobody wants anything more at this instant.
    fn act(&mut self, now: Timestamp) -> Result<(), SimulationError> {
        loop {
            while let Some(notice) = self.notices.take() {
                self.cast.hear(&notice, now);
            }
            self.report_positions(now)?;
            let Some(doing) = self.cast.next(now) else { return Ok(()) };
            let accepted = self.carry_out(&doing, now)?;
            while let Some(notice) = self.notices.take() {
                self.cast.hear(&notice, now);
            }
            self.cast.done(&doing.deed, accepted, now);
        }
    }

    /// Whether the platform accepted it. People err, so a refusal is an answer like another.
    fn carry_out(&mut self, doing: &Doing, now: Timestamp) -> Result<bool, SimulationError> {
        let counts = match &doing.deed {
            Deed::Post(posting) => self.tallies.posting(posting),
            _ => Counts::default(),
        };
        let order = self.clerk.order(doing, counts, now);
        match self.turned.submit(&self.clerk.origin(doing.user, now), order) {
            Ok(_) => Ok(true),
            Err(CommandError::Refused(refusal)) => {
                tracing::debug!(code = refusal.code, "refused");
                Ok(false)
            }
            Err(CommandError::Store(error)) => Err(error.into()),
            Err(error) => Err(SimulationError::Platform(error.to_string())),
        }
    }

    /// What the trucks' devices say: the index and the watch know it at once, the history with the tick.
    fn report_positions(&mut self, now: Timestamp) -> Result<(), SimulationError> {
        let mut noted = Vec::new();
        for sighting in self.cast.take_sightings() {
            let Sighting { driver, at, position, speed_kmh, heading } = sighting;
            self.live.moved(LivePosition { driver, position, at }, at);
            let row = PositionRow {
                tenant: self.tenant,
                driver,
                at,
                position,
                speed_kmh: Some(speed_kmh),
                heading,
            };
            self.rows.push(row);
            let sample = Sample { position, at, speed_kmh: Some(speed_kmh), heading, mocked: None };
            noted.extend(self.house.watch().seen(driver, &[sample], now));
        }
        for wanted in self.house.watch().wanted_ways(usize::MAX) {
            if let Some(way) =
                Way::of(&ways::plan(self.house.roads(), &question(&wanted, Traffic::default(), now)))
            {
                self.house.watch().give_way(&wanted, way, Traffic::default(), now);
            }
        }
        self.take_down(noted, now)
    }

    /// Carries what the watch found into the log.
    fn take_down(&mut self, noted: Vec<Noted>, now: Timestamp) -> Result<(), SimulationError> {
        for noted in noted {
            let (origin, order) = order_for(noted, now, &*self.entropy);
            if let Err(error) = self.turned.submit(&origin, order) {
                return Err(SimulationError::Platform(error.to_string()));
            }
        }
        Ok(())
    }

    /// What is expected of every running trip, to be held against what comes.
    fn foretell(&self) {
        for (shipment, driver) in self.alarms.running() {
            if let Some(outlook) = self.house.watch().outlook(driver, shipment) {
                self.alarms.foretold(shipment, outlook);
            }
        }
    }

    fn close_tick(&mut self, tick: Timestamp) -> Result<(), SimulationError> {
        self.turned.turn_to(tick)?;
        self.cast.look_around(tick);
        self.report_positions(tick)?;
        self.take_down(self.house.watch().sweep(tick), tick)?;
        self.foretell();
        let rows = std::mem::take(&mut self.rows);
        if !rows.is_empty() {
            self.positions += rows.len() as u64;
            Handle::current().block_on(self.telemetry.append(rows))?;
        }
        let since = tick.since(self.options.start);
        if (since.as_secs() / TICK.as_secs()).is_multiple_of(self.ticks_a_commit) {
            self.turned.commit()?;
        }
        if since.as_secs().is_multiple_of(3600) {
            self.show_progress(tick);
        }
        Ok(())
    }

    fn show_progress(&self, at: Timestamp) {
        let (posted, events) = self.audit.figures(|figures| (figures.count(|_| true), figures.events()));
        let open = self.cast.open_shipments() as u64;
        self.watch.progress(Progress {
            at,
            posted,
            shipments: u64::from(self.options.shipments),
            open,
            events,
        });
    }

    fn report(self, wall: Duration) -> Result<Report, SimulationError> {
        let handle = Handle::current();
        let store = self.turned.store();
        let verification = handle.block_on(store.verify())?;
        let differences = handle.block_on(runtime::compare_views(&self.house.assembly([]), store))?;
        for (view, difference) in &differences {
            tracing::error!(view, difference, "a view differs from its rebuild");
        }
        let head = handle.block_on(store.head())?;
        let measures = Measures {
            odometer: self.cast.odometer(),
            positions: self.positions,
            simulated: self.clock.now().since(self.options.start),
            wall,
        };
        Ok(self.audit.figures(|figures| {
            let invariants = BTreeMap::from([
                ("money_conserved", figures.money_is_conserved()),
                ("no_shipment_lost", figures.no_shipment_is_lost()),
                ("none_booked_twice", figures.none_is_booked_twice()),
                ("none_overloaded", figures.none_is_overloaded()),
                ("streams_whole", matches!(verification, Verification::Whole { .. })),
                ("views_equal_rebuild", differences.is_empty()),
            ]);
            let watched =
                self.alarms.report(Truth { faults: self.cast.faults(), arrivals: self.cast.arrivals() });
            Report::new(figures, measures, watched, head.hash, invariants)
        }))
    }
}

fn country(options: &Options) -> Result<Country, FlowsError> {
    match &options.flows {
        Some(dir) => Country::read(dir, &options.country),
        None => Country::of_gazetteer(&options.country),
    }
}

#[cfg(test)]
#[path = "day_tests.rs"]
mod tests;
