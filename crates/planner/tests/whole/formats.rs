//! The three formats and what hostile input gets.

use crate::samples::{HOUR, italy, job, vehicle};
use planner::{Fault, Problem, STOPS_MAX, Task, read, wire::WindowDocument};
use proptest::prelude::*;

const LILIM: &str =
    "25 200 1\n0 40 50 0 0 1236 0 0 0\n1 45 68 10 912 967 90 0 2\n2 45 70 -10 825 870 90 1 0\n";
const SOLOMON: &str = "C101\n\nVEHICLE\nNUMBER     CAPACITY\n  25         200\n\nCUSTOMER\nCUST NO.  XCOORD. YCOORD. DEMAND READY DUE SERVICE\n\n 0 40 50 0 0 1236 0\n 1 45 68 10 912 967 90\n";

fn lilim_fault(text: &str) -> String {
    read::lilim(text).unwrap_err().to_string()
}

#[test]
fn a_small_lilim_file_is_read() {
    let problem = read::lilim(LILIM).unwrap();
    assert_eq!((problem.jobs.len(), problem.stops.len(), problem.vehicles.len()), (1, 2, 25));
    assert_eq!(problem.jobs[0].task, Task::Carry { pickup: 0, delivery: 1 });
    assert_eq!(problem.stops[1].name, "2");
}

#[test]
fn lilim_faults_name_the_line() {
    assert_eq!(lilim_fault(""), "file: it is empty");
    assert!(lilim_fault("25 200 1\n").contains("no depot"));
    assert!(lilim_fault("25 200 1\n0 40 50 0 0 1236 0 0 0\n").contains("no customers"));
    assert!(lilim_fault("25 200\n").starts_with("line 1: 2 numbers instead of 3"));
    assert!(
        lilim_fault(&LILIM.replace("912 967 90", "912 967 -90"))
            .starts_with("line 3: the service time is -90")
    );
    assert!(
        lilim_fault(&LILIM.replace("912 967", "967 912")).contains("closes at 912 before it opens at 967")
    );
    assert!(lilim_fault(&LILIM.replace("45 68", "45 north")).contains("`north` is not a number"));
    assert!(lilim_fault(&LILIM.replace("45 68", "45 NaN")).contains("`NaN` is not a number"));
    assert!(lilim_fault(&LILIM.replace("-10", "-11")).contains("10 is picked up, but 11 delivered"));
    assert!(lilim_fault(&LILIM.replace("90 0 2", "90 0 0")).contains("a pickup or a delivery"));
    assert!(lilim_fault(&LILIM.replace("\n2 45", "\n3 45")).contains("a line is missing or doubled"));
    assert!(lilim_fault(&LILIM.replace("25 200", "-25 200")).contains("number of vehicles"));
    assert!(lilim_fault(&LILIM.replace("25 200", "25 2e10")).contains("capacity"));
}

#[test]
fn a_lilim_file_that_is_cut_off_names_the_missing_customer() {
    let cut = &LILIM[..LILIM.find("2 45 70").unwrap()];
    assert!(lilim_fault(cut).contains("customer 1 belongs to 2, which the file does not have"));
}

#[test]
fn a_small_solomon_file_is_read_and_faults_name_the_line() {
    let problem = read::solomon(SOLOMON).unwrap();
    assert_eq!((problem.jobs.len(), problem.vehicles.len()), (1, 25));
    let fault = |text: &str| read::solomon(text).unwrap_err().to_string();
    assert!(fault("").contains("missing"));
    assert!(fault(&SOLOMON.replace(" 90\n", " -90\n")).starts_with("line 11: the service time is -90"));
    assert!(fault(&SOLOMON.replace("967 90", "967")).starts_with("line 11: 6 numbers instead of 7"));
    assert!(fault(&SOLOMON[..SOLOMON.find(" 1 45").unwrap()]).contains("no customers"));
}

fn json_faults(change: impl FnOnce(&mut planner::wire::ProblemDocument)) -> Vec<String> {
    let mut document = italy(vec![job("a", "milan", "rome")], vec![vehicle("t", "milan")]);
    change(&mut document);
    let text = serde_json::to_string(&document).unwrap();
    read::json(&text).err().unwrap_or_default().iter().map(Fault::to_string).collect()
}

#[test]
fn json_faults_name_the_field() {
    assert_eq!(json_faults(|_| {}), [""; 0]);
    assert_eq!(json_faults(|d| d.jobs.clear()), ["jobs: there is nothing to plan: no stop at all"]);
    assert_eq!(json_faults(|d| d.vehicles.clear()), ["vehicles: there is no vehicle"]);
    assert_eq!(
        json_faults(|d| d.jobs[0].pickup.as_mut().unwrap().service_s = -5),
        ["jobs[0].pickup.service_s: the service time is -5; it cannot be negative"]
    );
    assert_eq!(
        json_faults(|d| d.jobs[0].delivery.as_mut().unwrap().place = "oslo".into()),
        ["jobs[0].delivery.place: there is no place `oslo`"]
    );
    assert_eq!(
        json_faults(|d| d.vehicles[0].shift = WindowDocument { from_s: HOUR, to_s: 0 }),
        ["vehicles[0].shift: it closes at 0 before it opens at 3600"]
    );
    assert_eq!(json_faults(|d| d.jobs.push(d.jobs[0].clone())), ["jobs[1].id: jobs[0] has the same id"]);
    assert_eq!(json_faults(|d| d.places[0].lat = Some(91.0)), ["places[0]: the position is not on Earth"]);
    assert_eq!(
        json_faults(|d| d.vehicles[0].frozen = vec!["b/pickup".into()]),
        ["vehicles[0].frozen[0]: there is no stop `b/pickup`; stops are called JOB/pickup or JOB/delivery"]
    );
    assert_eq!(
        json_faults(|d| d.vehicles[0].frozen = vec!["a/delivery".into()]),
        ["vehicle t: stop a/delivery is frozen before its pickup"]
    );
    assert_eq!(
        json_faults(|d| d.jobs[0].load = vec![2_000_000_000]),
        ["jobs[0].load: at most 1000000000 units; use larger ones"]
    );
    assert!(json_faults(|d| d.jobs[0].on_board = true)[0].contains("what is on board has no pickup"));
    assert!(
        json_faults(|d| (d.jobs[0].pickup, d.jobs[0].delivery) = (None, None))[0]
            .contains("a pickup, a delivery or both")
    );
    assert!(
        json_faults(|d| d.jobs[0].needs = (0..65).map(|n| n.to_string()).collect())[0]
            .contains("64 different skills")
    );
}

#[test]
fn an_unknown_field_is_not_ignored() {
    let faults = read::json("{\"places\": [], \"jobs\": [], \"vehicles\": [], \"vehicle\": []}").unwrap_err();
    assert!(faults[0].to_string().contains("unknown field `vehicle`"), "{faults:?}");
}

#[test]
fn a_matrix_of_the_wrong_size_is_refused() {
    let faults = json_faults(|d| {
        d.travel = planner::wire::TravelDocument::Matrix {
            distances_m: vec![vec![0; 5]; 4],
            durations_s: vec![vec![0; 5]; 5],
        };
    });
    assert_eq!(faults, ["travel.distances_m: 5 rows of 5 numbers are needed, one for each place"]);
}

#[test]
fn ten_thousand_stops_are_the_limit() {
    let with = |jobs: usize| -> Result<Problem, Vec<Fault>> {
        let jobs = (0..jobs).map(|n| job(&n.to_string(), "milan", "rome")).collect();
        italy(jobs, vec![vehicle("t", "milan")]).resolve()
    };
    assert_eq!(with(STOPS_MAX / 2).unwrap().stops.len(), STOPS_MAX);
    let faults = with(STOPS_MAX / 2 + 1).unwrap_err();
    assert_eq!(faults[0].to_string(), "jobs: 10002 stops; at most 10000 can be planned at once");
}

proptest! {
    #[test]
    fn a_file_cut_anywhere_is_read_or_refused(cut in 0..LILIM.len().max(SOLOMON.len())) {
        if let Some(text) = LILIM.get(..cut) {
            prop_assert!(read::lilim(text).is_err() || cut + 8 > LILIM.len());
        }
        if let Some(text) = SOLOMON.get(..cut) {
            prop_assert!(read::solomon(text).is_err() || cut + 4 > SOLOMON.len());
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        let _ = read::lilim(&text);
        let _ = read::solomon(&text);
        let _ = read::json(&text);
    }

    #[test]
    fn any_numbers_are_read_or_refused(rows in proptest::collection::vec(proptest::collection::vec(any::<f64>(), 0..10), 0..8)) {
        let line = |row: &Vec<f64>| row.iter().map(|value| format!("{value:e}")).collect::<Vec<_>>().join(" ");
        let text = rows.iter().map(line).collect::<Vec<_>>().join("\n");
        for problem in [read::lilim(&text), read::solomon(&text)].into_iter().flatten() {
            prop_assert!(problem.faults().is_empty() || !problem.faults()[0].message.is_empty());
        }
    }

    #[test]
    fn a_lilim_file_with_one_number_changed_is_read_or_refused(word in 0_usize..30, value in any::<i64>()) {
        let mut words: Vec<String> = LILIM.split_inclusive(char::is_whitespace).map(str::to_owned).collect();
        let index = word % words.len();
        let space = words[index].pop().unwrap();
        words[index] = format!("{value}{space}");
        let _ = read::lilim(&words.concat());
    }
}
