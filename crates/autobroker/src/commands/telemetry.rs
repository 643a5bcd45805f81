//! `telemetry ...`: how the history of positions is stored, and its upkeep by hand beside a running server.

use crate::{
    cli::TelemetryCommand,
    configuration::{OptionsFile, StorePlace},
    failure::Failure,
    output::say,
    stopwatch::Stopwatch,
};
use kernel::Clock as _;
use runtime::SystemClock;
use std::time::Duration;
use store::{Progress, Retention, Stage, StoreUrl, Telemetry, TelemetrySizes, Upkeep};

/// Between two lines of progress.
const REPORT_EVERY: Duration = Duration::from_secs(1);

/// Runs the command.
pub async fn run(command: &TelemetryCommand, file: &OptionsFile) -> Result<(), Failure> {
    let (stages, args): (&[Stage], _) = match command {
        TelemetryCommand::Status { store } => {
            let telemetry = open(&StorePlace::decide(store, file)?.store).await?;
            return show(telemetry.sizes().await?);
        }
        TelemetryCommand::Compact(args) => (&[Stage::Compact], args),
        TelemetryCommand::Thin(args) => (&[Stage::Compact, Stage::Thin], args),
        TelemetryCommand::Forget(args) => (&Stage::ALL, args),
    };
    let retention = args.retention.decide(&file.retention())?;
    let telemetry = open(&StorePlace::decide(&args.store, file)?.store).await?;
    for stage in stages {
        work(&telemetry, *stage, &retention).await?;
    }
    show(telemetry.sizes().await?)
}

async fn open(url: &StoreUrl) -> Result<Telemetry, Failure> {
    if *url == StoreUrl::Memory {
        return Err(Failure::Configuration(
            "a store in memory is gone with its process; name another".to_owned(),
        ));
    }
    Ok(Telemetry::open_beside(url).await?)
}

async fn work(telemetry: &Telemetry, stage: Stage, retention: &Retention) -> Result<(), Failure> {
    let mut upkeep = Upkeep::new(telemetry, stage, retention, SystemClock.now());
    let mut shown = Stopwatch::start();
    while upkeep.step().await? {
        if shown.elapsed() >= REPORT_EVERY {
            shown = Stopwatch::start();
            report(stage, upkeep.progress())?;
        }
    }
    report(stage, upkeep.progress())
}

fn report(stage: Stage, progress: Progress) -> Result<(), Failure> {
    let Progress { done, found, points_in, points_out, bytes, lost } = progress;
    say(format_args!(
        "{}: {done} of {found} done; {points_in} positions read, {points_out} written in {bytes} bytes; {lost} steps lost",
        stage.name()
    ))
}

fn show(sizes: TelemetrySizes) -> Result<(), Failure> {
    let TelemetrySizes { rows, chunks, packed, packed_bytes, thinned, traffic } = sizes;
    say(format_args!("positions as rows:      {rows}"))?;
    say(format_args!("positions in chunks:    {packed} ({thinned} of them one a minute), {chunks} chunks"))?;
    if packed > 0 {
        let each = packed_bytes as f64 / packed as f64;
        say(format_args!("bytes of the chunks:    {packed_bytes}, {each:.2} a position"))?;
    }
    say(format_args!("rows of traffic:        {traffic}"))
}
