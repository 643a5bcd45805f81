//! The public tables: every instance within a time, beside the best known solutions.
//!
//! `cargo bench -p planner --bench tables -- --seconds 10 --seeds 1,2,3 [--family lilim|solomon] [--only lr1] [--iterations N] [--csv]`
//!
//! `cargo bench -p planner --bench tables -- --judge ROUTES.csv` judges the routes of others, as `peers.py` prints them.
//!
//! With `--iterations` the time does not count, and the answers are the same on every machine of one kind.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measuring program; it may fail loudly"
)]

use kernel::{Clock, Timestamp};
use planner::{Budget, Control, Nobody, Problem, read, solve};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap())
    }
}

struct Options {
    seconds: f64,
    iterations: Option<u64>,
    seeds: Vec<u64>,
    family: String,
    only: String,
    csv: bool,
    judge: Option<PathBuf>,
}

impl Options {
    fn read() -> Self {
        let mut options = Self {
            seconds: 1.0,
            iterations: None,
            seeds: vec![1],
            family: "lilim".into(),
            only: String::new(),
            csv: false,
            judge: None,
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--seconds" => options.seconds = words.next().unwrap().parse().unwrap(),
                "--iterations" => options.iterations = Some(words.next().unwrap().parse().unwrap()),
                "--seeds" => {
                    options.seeds =
                        words.next().unwrap().split(',').map(|seed| seed.parse().unwrap()).collect();
                }
                "--family" => options.family = words.next().unwrap(),
                "--only" => options.only = words.next().unwrap(),
                "--judge" => options.judge = Some(words.next().unwrap().into()),
                "--csv" => options.csv = true,
                _ => {}
            }
        }
        options
    }
}

/// Instances with their problem, best known vehicles and distance.
fn instances(options: &Options) -> Vec<(String, Problem, usize, f64)> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/vrp"));
    let best: BTreeMap<String, serde_json::Value> = {
        let file = if options.family == "lilim" { "lilim100/BKS.json" } else { "solomon/BKS.json" };
        serde_json::from_str(&std::fs::read_to_string(root.join(file)).unwrap()).unwrap()
    };
    let folder = root.join(if options.family == "lilim" { "lilim100/instances" } else { "solomon" });
    let mut names: Vec<String> =
        best.keys().filter(|name| name.starts_with(&options.only)).cloned().collect();
    names.retain(|name| folder.join(format!("{name}.txt")).exists());
    let read_one = |name: &String| {
        let text = std::fs::read_to_string(folder.join(format!("{name}.txt"))).unwrap();
        let problem = if options.family == "lilim" { read::lilim(&text) } else { read::solomon(&text) };
        let known = &best[name];
        let vehicles = known["solved_with_vehicles"].as_u64().unwrap() as usize;
        let distance = exact_distance(&root, name).unwrap_or(known["best_known_cost"].as_f64().unwrap());
        (name.clone(), problem.unwrap(), vehicles, distance)
    };
    names.iter().map(read_one).collect()
}

/// The best known distance with four decimals, from the name of its solution's file.
fn exact_distance(root: &Path, name: &str) -> Option<f64> {
    let prefix = format!("{name}.");
    std::fs::read_dir(root.join("lilim100/solutions")).ok()?.find_map(|entry| {
        let file = entry.ok()?.file_name().into_string().ok()?;
        let rest = file.strip_prefix(&prefix)?.strip_suffix(".txt")?;
        rest.split_once('_')?.1.parse().ok()
    })
}

/// Judges routes of others by our checker: given as an earlier plan, they are answered as they are, or what does not fit
/// is left out.
fn judge(file: &Path, instances: &[(String, Problem, usize, f64)]) {
    let text = std::fs::read_to_string(file).unwrap();
    let (mut reached, mut gap_sum, mut extra, mut wrong) = (0, 0.0, 0, 0);
    for line in text.lines() {
        let (name, routes) = line.split_once(';').unwrap();
        let Some((_, problem, vehicles, distance)) = instances.iter().find(|instance| instance.0 == name)
        else {
            continue;
        };
        let routes: Vec<&str> = routes.split('|').filter(|route| !route.is_empty()).collect();
        let mut problem = problem.clone();
        for (vehicle, route) in problem.vehicles.iter_mut().zip(&routes) {
            let customers = route.split_whitespace().map(|customer| customer.parse::<usize>().unwrap() - 1);
            vehicle.planned = customers.collect();
        }
        let solved =
            solve(&problem, control(Budget::default(), 1, &AtomicBool::new(false), &mut Nobody)).unwrap();
        let stops: usize = problem.vehicles.iter().map(|vehicle| vehicle.planned.len()).sum();
        if stops != problem.stops.len() || solved.plan.routes.len() != routes.len() {
            wrong += 1;
        } else if routes.len() <= *vehicles {
            reached += 1;
            gap_sum += 100.0 * (solved.plan.distance / distance - 1.0);
        } else {
            extra += routes.len() - vehicles;
        }
    }
    println!(
        "{reached} of {} with the best known vehicles, mean gap there {:.3} %; {extra} vehicles too many on the others; {wrong} without a possible plan",
        instances.len(),
        gap_sum / f64::from(reached.max(1))
    );
}

fn control<'a>(budget: Budget, seed: u64, stop: &'a AtomicBool, watcher: &'a mut Nobody) -> Control<'a> {
    Control { seed, budget, clock: &WallClock, stop, watcher }
}

fn main() {
    let options = Options::read();
    let instances = instances(&options);
    if let Some(file) = &options.judge {
        return judge(file, &instances);
    }
    for seed in &options.seeds {
        let (mut reached, mut gap_sum, mut steps) = (0, 0.0, 0);
        for (name, problem, vehicles, distance) in &instances {
            let budget = match options.iterations {
                Some(_) => Budget { time: None, iterations: options.iterations },
                None => Budget { time: Some(Duration::from_secs_f64(options.seconds)), iterations: None },
            };
            let (stop, mut nobody) = (AtomicBool::new(false), Nobody);
            let solved = solve(problem, control(budget, *seed, &stop, &mut nobody)).unwrap();
            let used = solved.plan.routes.len() + 1000 * solved.plan.left_out.len();
            let gap = 100.0 * (solved.plan.distance / distance - 1.0);
            if used <= *vehicles {
                reached += 1;
                gap_sum += gap;
            }
            steps += solved.iterations;
            let mark = if used > *vehicles { " MORE VEHICLES" } else { "" };
            if options.csv {
                println!("{name},{seed},{used},{vehicles},{:.4},{distance:.4}", solved.plan.distance);
            } else if used != *vehicles || gap > 0.05 {
                println!(
                    "{name:8} {used:3} of {vehicles:3}  {:10.2} of {distance:10.2} {gap:+7.2} %  {:8} steps, instant {:.1} ms{mark}",
                    solved.plan.distance,
                    solved.iterations,
                    solved.instant.as_secs_f64() * 1e3
                );
            }
        }
        println!(
            "seed {seed}: {reached} of {} with the best known vehicles, mean gap there {:.3} %, {} steps/s",
            instances.len(),
            gap_sum / f64::from(reached.max(1)),
            (steps as f64 / options.seconds / instances.len() as f64) as u64
        );
    }
}
