//! `roads import` and `roads generate`: write a graph.

use super::{
    GenerateArgs, ImportArgs, failure,
    memory::Memory,
    stages::{GoneOn, Stages},
};
use crate::{failure::Failure, output::say, stopwatch::Stopwatch};
use indicatif::{ProgressBar, ProgressStyle};
use roads::{Graph, Imported, KEPT_WISHES, Router, hierarchy::Hierarchy};
use serde_json::json;
use std::path::Path;

/// Runs `roads import`.
pub fn run(args: &ImportArgs) -> Result<(), Failure> {
    let stages = Stages::of(&args.file, args.country, &args.out)?;
    let watch = Stopwatch::start();
    let (imported, mut gone_on) = match stages.roads() {
        Some(kept) => (kept, GoneOn::Roads),
        None => {
            let imported = read(&args.file, args.country)?;
            stages.keep_roads(&imported)?;
            (imported, GoneOn::Begun)
        }
    };
    let read_s = watch.elapsed().as_secs_f64();
    if !args.json {
        // From here on it can be ended and gone on with: who watches must know.
        let how = if gone_on == GoneOn::Begun { "read" } else { "roads were read before; opened" };
        say(format_args!("{how} in {read_s:.2} s"))?;
    }
    let preparing = Stopwatch::start();
    let bar = ordering_bar(&imported.graph);
    let (hierarchy, from) = stages.contract(&imported.graph, &mut |done| bar.set_position(done as u64))?;
    bar.finish_and_clear();
    if gone_on == GoneOn::Roads {
        gone_on = from;
    }
    let prepared_s = preparing.elapsed().as_secs_f64();
    let left_out = imported.left_out;
    let bytes_read = imported.bytes;
    let router = Router::new(imported.graph, hierarchy);
    roads::file::write_prepared(&args.out, &router, &KEPT_WISHES).map_err(failure)?;
    stages.clear();
    let (graph, hierarchy) = (router.graph(), router.hierarchy());
    let restrictions = graph.parts().restrictions.len();
    let memory = Memory::now(graph.edge_count(), hierarchy.arc_count());
    if args.json {
        let answer = json!({
            "graph": args.out, "junctions": graph.node_count(), "edges": graph.edge_count(),
            "restrictions": restrictions, "restrictions_left_out": left_out.restrictions,
            "roads_cut": left_out.cut_roads, "bytes_read": bytes_read, "read_s": read_s,
            "prepared_s": prepared_s, "shortcuts": hierarchy.arc_count(), "gone_on_from": gone_on.code(),
            "memory_peak_bytes": memory.peak, "memory_budget_bytes": memory.budget, "memory_kept": memory.kept(),
            "attribution": graph.parts().attribution,
        });
        return say(answer);
    }
    say(format_args!(
        "{}: {} junctions, {} edges, {restrictions} forbidden turns",
        args.out.display(),
        graph.node_count(),
        graph.edge_count(),
    ))?;
    say(format_args!("prepared in {prepared_s:.2} s; {memory}"))?;
    if left_out.restrictions > 0 {
        say(format_args!(
            "left out: {} turn restrictions whose roads do not meet in the file",
            left_out.restrictions
        ))?;
    }
    if left_out.cut_roads > 0 {
        say(format_args!("cut: {} roads with nodes outside the file", left_out.cut_roads))?;
    }
    say(&graph.parts().attribution)
}

/// A bar on a terminal, over the pieces of road that have their place in the order.
fn ordering_bar(graph: &Graph) -> ProgressBar {
    let bar = ProgressBar::new(graph.segment_count() as u64);
    bar.set_style(
        ProgressStyle::with_template("ordering {bar:40} {pos}/{len}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar
}

/// Reads a file or a folder, with a bar on a terminal.
pub fn read(file: &Path, country: Option<[u8; 2]>) -> Result<Imported, Failure> {
    if file.is_dir() {
        return roads::read_region(file).map_err(failure);
    }
    let bar = ProgressBar::new(0);
    bar.set_style(
        ProgressStyle::with_template("{msg:>8} {bar:40} {bytes}/{total_bytes} {bytes_per_sec}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let imported = roads::import(file, country, &mut |progress| {
        bar.set_length(progress.total);
        bar.set_position(progress.done);
        bar.set_message(progress.phase);
    });
    bar.finish_and_clear();
    imported.map_err(failure)
}

fn contract(graph: &Graph) -> Result<Hierarchy, Failure> {
    Hierarchy::of(graph).map_err(|wrong| Failure::Refused(wrong.to_string()))
}

/// Runs `roads generate`.
pub fn generate(args: &GenerateArgs) -> Result<(), Failure> {
    let graph = roads::synthetic::generate(args.edges, args.seed);
    let graph = graph.map_err(|wrong| Failure::Refused(wrong.to_string()))?;
    let watch = Stopwatch::start();
    let hierarchy = contract(&graph)?;
    let prepared_s = watch.elapsed().as_secs_f64();
    let router = Router::new(graph, hierarchy);
    roads::file::write_prepared(&args.out, &router, &KEPT_WISHES).map_err(failure)?;
    let (graph, hierarchy) = (router.graph(), router.hierarchy());
    say(format_args!(
        "{}: {} edges, prepared in {prepared_s:.1} s with {} shortcuts; {}",
        args.out.display(),
        graph.edge_count(),
        hierarchy.arc_count(),
        Memory::now(graph.edge_count(), hierarchy.arc_count())
    ))
}
