//! `plan solve`, in a process of its own.

use crate::child::{autobroker, autobroker_reading, stdout};
use serde_json::{Value, json};

const LILIM: &str = "\
5 10 1
0 0 0 0 0 1000 0 0 0
1 10 0 5 0 900 10 0 2
2 20 0 -5 0 900 10 1 0
3 0 10 5 0 900 10 0 4
4 0 20 -5 0 900 10 3 0
5 0 30 11 0 900 10 0 6
6 0 40 -11 0 900 10 5 0
";

fn solve(format: &str, problem: &str, more: &[&str]) -> std::process::Output {
    let mut arguments = vec!["plan", "solve", "--format", format, "-"];
    arguments.extend(more);
    autobroker_reading(&arguments, problem)
}

#[test]
fn a_benchmark_file_becomes_routes_of_customer_numbers() {
    let plan: Value =
        serde_json::from_str(&stdout(&solve("lilim", LILIM, &["--iterations", "300", "--json"]))).unwrap();
    assert_eq!(plan["vehicles"], 1);
    let mut served: Vec<u64> = plan["routes"][0].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
    assert_eq!(served.len(), 4);
    served.sort_unstable();
    assert_eq!(served, [1, 2, 3, 4]);
    assert!((plan["distance"].as_f64().unwrap() - (40.0 + 20.0 * 2_f64.sqrt())).abs() < 20.0);
    assert_eq!(plan["unassigned"][0]["stops"], json!([5, 6]));
    assert_eq!(plan["unassigned"][0]["reason"], "capacity");
    assert!(plan["first_feasible_ms"].is_number());
}

#[test]
fn the_same_seed_and_steps_print_the_same_routes() {
    let routes = |seed: &str| {
        let output = solve("lilim", LILIM, &["--iterations", "200", "--seed", seed, "--json"]);
        serde_json::from_str::<Value>(&stdout(&output)).unwrap()["routes"].clone()
    };
    assert_eq!(routes("7"), routes("7"));
}

#[test]
fn a_person_sees_a_table_and_what_is_left_out() {
    let output = solve("lilim", LILIM, &["--seconds", "0", "--progress"]);
    let table = stdout(&output);
    assert!(table.starts_with("1 vehicles, distance ") && table.contains("left out: 1"), "{table}");
    assert!(table.contains("larger than every vehicle"), "{table}");
    let progress = String::from_utf8_lossy(&output.stderr);
    assert!(progress.contains("1 vehicles"), "{progress}");
}

#[test]
fn json_has_names_and_timetables() {
    let problem = json!({
        "places": [{ "id": "milan", "lat": 45.46, "lon": 9.19 }, { "id": "rome", "lat": 41.9, "lon": 12.5 }],
        "jobs": [{
            "id": "SHM-1",
            "pickup": { "place": "milan", "service_s": 1800 },
            "delivery": { "place": "rome", "window": { "from_s": 0, "to_s": 90_000 } },
            "load": [1000],
        }],
        "vehicles": [{
            "id": "TRK-1", "start": "milan", "shift": { "from_s": 0, "to_s": 172_800 }, "capacity": [2000], "hours": {},
        }],
    });
    let output = solve("json", &problem.to_string(), &["--iterations", "50", "--json"]);
    let plan: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(plan["routes"], json!([["SHM-1/pickup", "SHM-1/delivery"]]));
    assert_eq!(plan["timetables"][0]["vehicle"], "TRK-1");
    let activities: Vec<&str> =
        plan["timetables"][0]["spans"].as_array().unwrap().iter().map(|span| span["activity"].as_str().unwrap()).collect();
    assert_eq!(activities, ["serve", "drive", "break", "drive", "serve"]);
}

#[test]
fn bad_input_says_where_and_ends_with_its_code() {
    let refused = |format: &str, text: &str, code: i32, what: &str| {
        let output = solve(format, text, &["--json"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(what) && output.stdout.is_empty(), "{said}");
    };
    refused("lilim", "", 1, "it is empty");
    refused("lilim", &LILIM.replace("900 10 0 2", "900 -10 0 2"), 1, "line 3: the service time is -10");
    refused("lilim", &LILIM[..LILIM.find("6 0 40").unwrap()], 1, "belongs to 6, which the file does not have");
    refused("solomon", "C101\n", 1, "the number of vehicles and their capacity are missing");
    refused("json", "{\"places\": [", 1, "line 1");
    refused("json", "{\"places\": [], \"jobs\": [], \"vehicles\": []}", 1, "there is nothing to plan");

    let missing = autobroker(&["plan", "solve", "--format", "lilim", "no/such/file"]);
    assert_eq!(missing.status.code(), Some(2));
    let seconds = autobroker(&["plan", "solve", "--format", "lilim", "--seconds", "-1", "x"]);
    assert_eq!(seconds.status.code(), Some(2));
}
