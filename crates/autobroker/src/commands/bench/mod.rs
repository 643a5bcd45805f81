//! `bench`: each figure of the project's speed and size beside its budget.

mod agents_memory;
mod authorisation;
mod bare_writes;
mod child_server;
mod dock_bookings;
mod durable_commands;
pub mod figure;
mod fleet;
mod http_requests;
mod idle_process;
mod italian_day;
mod nearest_drivers;
pub mod parcel;
mod people;
mod position_batches;
mod position_fanout;
mod position_history;
mod socket_client;
mod tracker_frames;

use crate::{cli::BenchArgs, failure::Failure, output::say};
use figure::Figure;
use std::path::Path;

/// The groups, in the order in which they are measured.
const GROUPS: [&str; 16] = [
    "memory",
    "commands",
    "http",
    "authorisation",
    "nearest",
    "docks",
    "process",
    "sockets",
    "tracking.frames",
    "tracking.batches",
    "tracking.sockets",
    "tracking.fanout",
    "tracking.history",
    "tracking.compaction",
    "tracking.nearest",
    "day",
];

/// Runs the command.
pub async fn run(args: &BenchArgs) -> Result<(), Failure> {
    if let Some(folder) = &args.wake {
        return say(agents_memory::wake(folder).await?);
    }
    let groups = chosen(&args.only)?;
    let cannot = |error: std::io::Error| Failure::Refused(format!("no folder to measure in: {error}"));
    let folder = match &args.folder {
        Some(folder) => tempfile::tempdir_in(folder),
        None => tempfile::tempdir(),
    };
    let folder = folder.map_err(cannot)?;
    let binary = match &args.binary {
        Some(binary) => binary.clone(),
        None => std::env::current_exe().map_err(cannot)?,
    };
    if cfg!(debug_assertions) {
        say("This is a debug build: the figures say little. Use a release build.")?;
    }
    let mut missed = 0;
    for group in groups {
        for figure in measure(group, &binary, folder.path(), args).await? {
            missed += u32::from(!figure.kept());
            say(&figure)?;
        }
    }
    say(format_args!("{missed} over budget"))
}

fn chosen(only: &[String]) -> Result<Vec<&'static str>, Failure> {
    let means = |name: &str, group: &str| {
        group.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    if let Some(unknown) = only.iter().find(|name| !GROUPS.iter().any(|group| means(name, group))) {
        let known = GROUPS.join(", ");
        return Err(Failure::Configuration(format!("--only `{unknown}` is no group; there are {known}")));
    }
    Ok(GROUPS
        .into_iter()
        .filter(|group| only.is_empty() || only.iter().any(|name| means(name, group)))
        .collect())
}

async fn measure(
    group: &str,
    binary: &Path,
    folder: &Path,
    args: &BenchArgs,
) -> Result<Vec<Figure>, Failure> {
    match group {
        "memory" => agents_memory::measure(binary, folder).await,
        "commands" => durable_commands::measure(folder).await,
        "http" => http_requests::measure(binary, folder).await,
        "authorisation" => authorisation::measure(folder).await,
        "nearest" => nearest_drivers::measure(),
        "docks" => dock_bookings::measure(folder).await,
        "process" => idle_process::measure(binary, folder).await,
        "sockets" => idle_process::measure_sockets(binary, folder).await,
        "tracking.frames" => tracker_frames::measure(binary, folder).await,
        "tracking.batches" => position_batches::measure(binary, folder).await,
        "tracking.sockets" => idle_process::measure_many_sockets(binary, folder, args.idle_sockets).await,
        "tracking.fanout" => position_fanout::measure(binary, folder).await,
        "tracking.history" => position_history::measure_history(folder, args.points).await,
        "tracking.compaction" => position_history::measure_compaction(folder, args.compact_points).await,
        "tracking.nearest" => nearest_drivers::measure_moving(args.live_drivers),
        _ => match &args.flows {
            Some(flows) => italian_day::measure(flows, folder, args.postgres.as_deref()).await,
            None => say("Italian day: not measured without --flows").map(|()| Vec::new()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_chosen_by_name_in_their_own_order() {
        assert_eq!(chosen(&[]).unwrap(), GROUPS);
        assert_eq!(chosen(&["http".to_owned(), "memory".to_owned()]).unwrap(), ["memory", "http"]);
        assert_eq!(chosen(&["tracking".to_owned()]).unwrap().len(), 7);
        assert_eq!(chosen(&["tracking.fanout".to_owned()]).unwrap(), ["tracking.fanout"]);
        assert!(chosen(&["track".to_owned()]).is_err());
        assert!(
            matches!(chosen(&["speed".to_owned()]), Err(Failure::Configuration(text)) if text.contains("sockets"))
        );
    }
}
