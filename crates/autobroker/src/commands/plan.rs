//! `plan solve`: a problem from a file, its plan on the standard output.

use crate::{
    cli::{PlanFormat, PlanSolveArgs},
    failure::Failure,
    output::say,
};
use planner::{
    Budget, Control, Fault, Plan, PlanError, Problem, Progress, Solved, Watcher, read, solve as search,
    wire::{PlanDocument, StopName},
};
use runtime::SystemClock;
use std::{
    io::Read as _,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// A larger problem than this is not read.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// How long the search lasts when nothing is said.
const SECONDS_DEFAULT: f64 = 10.0;
/// Reports of progress come no closer together.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// Solves the problem of a file and prints the plan.
pub async fn solve(args: PlanSolveArgs) -> Result<(), Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let (flag, json, seed) = (Arc::clone(&stop), args.json, args.seed);
    let mut work = tokio::task::spawn_blocking(move || answer(&args, &flag));
    let answered = tokio::select! {
        answered = &mut work => answered,
        _ = tokio::signal::ctrl_c() => {
            stop.store(true, Ordering::Relaxed);
            work.await
        }
    };
    let (problem, solved) =
        answered.map_err(|error| Failure::Refused(format!("the search broke off: {error}")))??;
    let document = PlanDocument::new(&problem, &solved, seed);
    if json {
        let text =
            serde_json::to_string_pretty(&document).map_err(|error| Failure::Refused(error.to_string()))?;
        return say(text);
    }
    say(table(&document))
}

fn answer(args: &PlanSolveArgs, stop: &AtomicBool) -> Result<(Problem, Solved), Failure> {
    let text = read_text(&args.file)?;
    let problem = match args.format {
        PlanFormat::Lilim => read::lilim(&text).map_err(|fault| vec![fault]),
        PlanFormat::Solomon => read::solomon(&text).map_err(|fault| vec![fault]),
        PlanFormat::Json => read::json(&text),
    };
    let problem = problem.map_err(|faults| refused(&args.file, &faults))?;
    let seconds = args.seconds.or_else(|| args.iterations.is_none().then_some(SECONDS_DEFAULT));
    let mut reporter = Reporter { wanted: args.progress, last: None };
    let control = Control {
        seed: args.seed,
        budget: Budget { time: seconds.map(Duration::from_secs_f64), iterations: args.iterations },
        clock: &SystemClock,
        stop,
        watcher: &mut reporter,
    };
    match search(&problem, control) {
        Ok(solved) => Ok((problem, solved)),
        Err(PlanError::Faulty(faults)) => Err(refused(&args.file, &faults)),
        Err(error @ PlanError::Rejected(_)) => Err(Failure::Invariant(error.to_string())),
    }
}

fn read_text(file: &Path) -> Result<String, Failure> {
    let unreadable =
        |error: std::io::Error| Failure::Configuration(format!("{} cannot be read: {error}", file.display()));
    let mut source: Box<dyn std::io::Read> = if file.as_os_str() == "-" {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(std::fs::File::open(file).map_err(unreadable)?)
    };
    let mut bytes = Vec::new();
    source.by_ref().take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(Failure::Refused(format!("{}: larger than {FILE_BYTES_MAX} bytes", file.display())));
    }
    String::from_utf8(bytes)
        .map_err(|_| Failure::Refused(format!("{}: it is not UTF-8 text", file.display())))
}

fn refused(file: &Path, faults: &[Fault]) -> Failure {
    let lines: Vec<String> = faults.iter().map(|fault| format!("{}: {fault}", file.display())).collect();
    Failure::Refused(lines.join("\n"))
}

/// Says every better plan on the standard error stream, if wanted.
struct Reporter {
    wanted: bool,
    last: Option<Duration>,
}

impl Watcher for Reporter {
    fn improved(&mut self, progress: &Progress, _: &dyn Fn() -> Plan) {
        let soon = self.last.is_some_and(|last| progress.elapsed < last + PROGRESS_EVERY);
        if self.wanted && !soon {
            self.last = Some(progress.elapsed);
            eprintln!(
                "{:8.3} s  {:9} steps  {:4} vehicles  distance {:12.2}  cost {:14.2}  {} left out",
                progress.elapsed.as_secs_f64(),
                progress.iterations,
                progress.vehicles,
                progress.distance,
                progress.cost,
                progress.left_out
            );
        }
    }
}

/// The plan for a person's eyes.
fn table(plan: &PlanDocument) -> String {
    let mut lines = vec![
        format!(
            "{} vehicles, distance {:.2}, cost {:.2}; {} steps, checked",
            plan.vehicles, plan.distance, plan.cost, plan.iterations
        ),
        String::new(),
        format!(
            "{:<20} {:>6} {:>14} {:>12} {:>12}  stops in order",
            "vehicle", "stops", "distance", "from", "to"
        ),
    ];
    for (route, timetable) in plan.routes.iter().zip(&plan.timetables) {
        let time = |span: Option<&planner::wire::SpanDocument>, end: bool| {
            span.map_or(0.0, |span| if end { span.to } else { span.from })
        };
        lines.push(format!(
            "{:<20} {:>6} {:>14.2} {:>12.1} {:>12.1}  {}",
            timetable.vehicle,
            route.len(),
            timetable.distance,
            time(timetable.spans.first(), false),
            time(timetable.spans.last(), true),
            names(route)
        ));
    }
    if !plan.unassigned.is_empty() {
        lines.push(String::new());
        lines.push(format!("left out: {}", plan.unassigned.len()));
    }
    for out in &plan.unassigned {
        lines.push(format!("{:<20} {:<14} {}", out.job, out.reason, out.message));
    }
    lines.join("\n")
}

fn names(stops: &[StopName]) -> String {
    let name = |stop: &StopName| match stop {
        StopName::Number(number) => number.to_string(),
        StopName::Name(name) => name.clone(),
    };
    stops.iter().map(name).collect::<Vec<_>>().join(" ")
}
