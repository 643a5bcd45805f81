//! `simulate`: a whole day of freight under a turned clock, and the report of what came of it.

use crate::{
    cli::{SimulateArgs, Switch},
    configuration::{StorePlace, parse_store},
    failure::Failure,
    house::{keys_of, vault_of},
    output::say,
    stopwatch::Stopwatch,
};
use indicatif::{ProgressBar, ProgressStyle};
use kernel::Entropy;
use runtime::SystemEntropy;
use serde::Serialize;
use sim::{Ground, Options, Progress, Report, START, SimulationError, Watch};
use std::{
    fmt,
    io::{IsTerminal as _, stderr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use store::{Store, StoreUrl, Telemetry};

/// Runs the command.
pub async fn run(args: &SimulateArgs) -> Result<(), Failure> {
    let url = args.store.as_deref().map_or(Ok(StoreUrl::Memory), parse_store)?;
    let place = StorePlace::around(args.data.clone(), url);
    let options = Options {
        flows: args.flows.clone(),
        country: args.country.clone(),
        shipments: args.shipments,
        drivers: args.drivers,
        seed: args.seed,
        start: START,
        faults: args.faults,
        return_loads: args.return_loads == Switch::On,
        part_loads: args.part_loads == Switch::On,
    };
    let report = watched(options.clone(), &place).await?;
    if args.compare {
        let memory = StorePlace::around(None, StoreUrl::Memory);
        let otherwise = Options { return_loads: !options.return_loads, ..options.clone() };
        let return_loads = watched(otherwise, &memory).await?;
        let otherwise = Options { part_loads: !options.part_loads, ..options };
        let part_loads = watched(otherwise, &memory).await?;
        let comparison = Sides {
            return_loads: Pair::of(&report, &return_loads, args.return_loads),
            part_loads: Pair::of(&report, &part_loads, args.part_loads),
        };
        print(&Comparison { report: &report, comparison }, args.json)?;
    } else {
        print(&report, args.json)?;
    }
    if report.holds() {
        return Ok(());
    }
    let broken: Vec<&str> =
        report.invariants.iter().filter(|(_, held)| !**held).map(|(name, _)| *name).collect();
    Err(Failure::Invariant(format!("broken: {}", broken.join(", "))))
}

async fn watched(options: Options, place: &StorePlace) -> Result<Report, Failure> {
    let watch = Arc::new(Watcher::new(u64::from(options.shipments)));
    let report = play(options, place, watch.clone()).await;
    watch.finish();
    report
}

/// A day's report, and what loads on the way change in it.
#[derive(Serialize)]
struct Comparison<'a> {
    #[serde(flatten)]
    report: &'a Report,
    /// The figures with and without them.
    comparison: Sides,
}

#[derive(Serialize)]
struct Sides {
    return_loads: Pair,
    part_loads: Pair,
}

#[derive(Serialize)]
struct Pair {
    with: Side,
    without: Side,
}

#[derive(Serialize)]
struct Side {
    empty_km_share: f64,
    empty_km: f64,
    loaded_km: f64,
    /// What was carried by what could have been, over all km.
    load_factor: f64,
    booked: u64,
    delivered: u64,
    on_time_share: f64,
}

impl Side {
    const fn of(report: &Report) -> Self {
        Self {
            empty_km_share: report.empty_km_share,
            empty_km: report.empty_km,
            loaded_km: report.loaded_km,
            load_factor: report.load_factor,
            booked: report.booked,
            delivered: report.delivered,
            on_time_share: report.on_time_share,
        }
    }
}

impl Pair {
    /// `first` is how the report was made.
    const fn of(report: &Report, other: &Report, first: Switch) -> Self {
        let (with, without) = match first {
            Switch::On => (report, other),
            Switch::Off => (other, report),
        };
        Self { with: Side::of(with), without: Side::of(without) }
    }
}

impl fmt::Display for Comparison<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.fmt(f)?;
        let Sides { return_loads, part_loads } = &self.comparison;
        let sides = [
            ("with return loads", &return_loads.with),
            ("without", &return_loads.without),
            ("with part loads", &part_loads.with),
            ("without", &part_loads.without),
        ];
        for (name, side) in sides {
            writeln!(
                f,
                "{name:<20} {:.1} % of {:.0} km empty, {:.1} % of the capacity used, {} delivered, {:.1} % on time",
                side.empty_km_share * 100.0,
                side.empty_km + side.loaded_km,
                side.load_factor * 100.0,
                side.delivered,
                side.on_time_share * 100.0,
            )?;
        }
        Ok(())
    }
}

/// Plays a day on a store, which must be empty.
pub async fn play(options: Options, place: &StorePlace, watch: Arc<dyn Watch>) -> Result<Report, Failure> {
    let store = Store::open(&place.store).await?;
    let head = store.head().await?;
    if head.position > 0 {
        let events = head.position;
        return Err(Failure::Refused(format!(
            "the store already holds {events} events; simulate on an empty one"
        )));
    }
    let telemetry = Telemetry::open(&place.store).await?;
    // With the keys that `serve` takes for this store: a day can be gone on with.
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let keys = keys_of(place, &*entropy)?;
    let _vault = vault_of(&store, &keys, &entropy).await?;
    let ground = Ground { store, telemetry, master_key: keys.master };
    sim::simulate(options, ground, watch).await.map_err(Failure::from)
}

impl From<SimulationError> for Failure {
    fn from(error: SimulationError) -> Self {
        match error {
            SimulationError::Store(error) => Self::Store(error),
            SimulationError::Option { .. } | SimulationError::Flows(_) => {
                Self::Configuration(error.to_string())
            }
            SimulationError::Platform(_) => Self::Invariant(error.to_string()),
        }
    }
}

fn print(report: &(impl Serialize + fmt::Display), json: bool) -> Result<(), Failure> {
    if json {
        let text =
            serde_json::to_string_pretty(report).map_err(|error| Failure::Refused(error.to_string()))?;
        say(text)
    } else {
        say(report.to_string().trim_end())
    }
}

/// Shows how far the day has come: a bar on a terminal, a line every simulated quarter of the day elsewhere. Both go to
/// the standard error stream, so that `--json` stays clean.
pub struct Watcher {
    began: Stopwatch,
    bar: Option<ProgressBar>,
    quarters: AtomicU64,
}

impl Watcher {
    /// A watcher of a day with so many shipments.
    pub fn new(shipments: u64) -> Self {
        let bar = stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(shipments);
            // The template is fixed; if it were wrong, the library's own is used.
            if let Ok(style) = ProgressStyle::with_template("{elapsed_precise} {wide_bar} {msg}") {
                bar.set_style(style);
            }
            bar
        });
        Self { began: Stopwatch::start(), bar, quarters: AtomicU64::new(0) }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Watch for Watcher {
    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn progress(&self, progress: Progress) {
        let ended = progress.posted.saturating_sub(progress.open);
        let line = format!(
            "{}  {} of {} posted, {} open, {} events",
            progress.at, progress.posted, progress.shipments, progress.open, progress.events
        );
        match &self.bar {
            Some(bar) => {
                bar.set_position(ended);
                bar.set_message(line);
            }
            // Progress comes once a simulated hour.
            None if self.quarters.fetch_add(1, Ordering::Relaxed).is_multiple_of(6) => eprintln!("{line}"),
            None => {}
        }
    }
}
