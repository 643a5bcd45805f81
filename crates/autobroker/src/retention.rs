//! How long positions are kept in which form: the options, and the job that does it.

use crate::failure::Failure;
use clap::Args;
use kernel::Clock;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};
use std::{sync::Arc, thread::JoinHandle, time::Duration};
use store::{InvalidRetention, Progress, Retention, Stage, StoreError, Telemetry, Upkeep};
use tokio::sync::watch;

/// Not while a server has other things to begin with.
const FIRST_AFTER: Duration = Duration::from_secs(60);
/// Nothing is due more often than once a day; a store that was away is tried again soon.
const PERIOD: Duration = Duration::from_secs(3600);

/// Options of how long positions are kept.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct RetentionOptions {
    /// Days after which positions are packed into compressed chunks, at most 6 [default: 2].
    #[arg(long, env = "AUTOBROKER_POSITIONS_PACK_DAYS", value_name = "DAYS")]
    pub positions_pack_days: Option<u32>,
    /// Days after which one position a minute is kept, at least 8 [default: 90].
    #[arg(long, env = "AUTOBROKER_POSITIONS_THIN_DAYS", value_name = "DAYS")]
    pub positions_thin_days: Option<u32>,
    /// Days after which only anonymous traffic is kept, at least 31 more than that [default: 1096].
    #[arg(long, env = "AUTOBROKER_POSITIONS_FORGET_DAYS", value_name = "DAYS")]
    pub positions_forget_days: Option<u32>,
}

impl RetentionOptions {
    /// A flag wins over the file, and that over the default.
    ///
    /// # Errors
    /// [`Failure::Configuration`] names the option.
    pub fn decide(&self, file: &Self) -> Result<Retention, Failure> {
        let days = |flag: Option<u32>, file: Option<u32>, default: u32| {
            flag.or(file).unwrap_or(default) * Duration::from_secs(86_400)
        };
        let decided = Retention::new(
            days(self.positions_pack_days, file.positions_pack_days, 2),
            days(self.positions_thin_days, file.positions_thin_days, 90),
            days(self.positions_forget_days, file.positions_forget_days, 1096),
        );
        decided.map_err(|error| {
            let option = match error {
                InvalidRetention::Rows => "positions_pack_days",
                InvalidRetention::Full => "positions_thin_days",
                InvalidRetention::Positions => "positions_forget_days",
            };
            Failure::option(option, format!("--{}: {error}", option.replace('_', "-")))
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    stage: &'static str,
}

/// What the job is counted by.
#[derive(Debug, Clone, Default)]
pub struct UpkeepMeter {
    found: Family<Of, Gauge>,
    done: Family<Of, Gauge>,
    points: Family<Of, Counter>,
    bytes: Family<Of, Counter>,
    failures: Family<Of, Counter>,
}

impl UpkeepMeter {
    /// Makes it visible at `/metrics`.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("telemetry_upkeep_found", "Parts of work the last run found", self.found.clone());
        registry.register("telemetry_upkeep_done", "Parts of work the last run has done", self.done.clone());
        registry.register("telemetry_upkeep_points", "Positions that were worked on", self.points.clone());
        registry.register("telemetry_upkeep_bytes", "Bytes of chunks that were written", self.bytes.clone());
        registry.register("telemetry_upkeep_failures", "Runs that ended early", self.failures.clone());
    }

    fn show(&self, stage: Stage, before: Progress, now: Progress) {
        let of = Of { stage: stage.name() };
        let gauge = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.found.get_or_create(&of).set(gauge(now.found));
        self.done.get_or_create(&of).set(gauge(now.done));
        self.points.get_or_create(&of).inc_by(now.points_in - before.points_in);
        self.bytes.get_or_create(&of).inc_by(now.bytes - before.bytes);
    }

    fn failed(&self, stage: Stage) {
        self.failures.get_or_create(&Of { stage: stage.name() }).inc();
    }
}

/// Does what is due, every hour, on a thread of its own until `stop` turns true: packing computes, and those who take
/// positions in must not wait for it. The thread holds the telemetry open until it ends.
///
/// # Errors
/// [`Failure::Refused`]: the system has no thread left.
pub fn keep_up(
    telemetry: Telemetry,
    retention: Retention,
    clock: Arc<dyn Clock>,
    meter: UpkeepMeter,
    mut stop: watch::Receiver<bool>,
) -> Result<JoinHandle<()>, Failure> {
    let cannot = |error: std::io::Error| Failure::Refused(format!("no thread for the telemetry: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(cannot)?;
    let work = async move {
        let stopped = stop.clone();
        let mut wait = FIRST_AFTER;
        // A sender that is gone stops it too.
        while tokio::time::timeout(wait, stop.wait_for(|stop| *stop)).await.is_err() {
            for stage in Stage::ALL {
                if let Err(error) = run(&telemetry, stage, &retention, &*clock, &meter, &stopped).await {
                    tracing::warn!(%error, stage = stage.name(), "old positions are left for the next time");
                    meter.failed(stage);
                }
            }
            wait = PERIOD;
        }
    };
    let thread = std::thread::Builder::new().name("upkeep".to_owned());
    thread.spawn(move || runtime.block_on(work)).map_err(cannot)
}

async fn run(
    telemetry: &Telemetry,
    stage: Stage,
    retention: &Retention,
    clock: &dyn Clock,
    meter: &UpkeepMeter,
    stopped: &watch::Receiver<bool>,
) -> Result<(), StoreError> {
    let mut upkeep = Upkeep::new(telemetry, stage, retention, clock.now());
    let mut before = upkeep.progress();
    while !*stopped.borrow() && upkeep.step().await? {
        let now = upkeep.progress();
        meter.show(stage, before, now);
        before = now;
        // Whoever waits for the store goes first.
        tokio::task::yield_now().await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_wins_over_the_file_and_wrong_periods_are_named() {
        let none = RetentionOptions::default();
        assert_eq!(none.decide(&none).unwrap(), Retention::default());
        let flag = RetentionOptions { positions_pack_days: Some(1), ..none };
        let file = RetentionOptions { positions_pack_days: Some(7), ..none };
        assert_ne!(flag.decide(&file).unwrap(), Retention::default());
        let text = file.decide(&none).unwrap_err().to_string();
        assert!(text.contains("--positions-pack-days"), "{text}");
    }
}
