//! Li and Lim's pickups and deliveries with time windows (Li, Lim 2001), as published with the SINTEF tables.
//!
//! The first line: vehicles, capacity, speed (not used: one unit of length takes one of time). Then a line a customer,
//! the depot first: number, x, y, demand, window, service time, and the number of its pickup and of its delivery, of
//! which one is 0.

use super::benchmark_text::{Numbers, Row, append, at, fleet, problem, row, whole};
use crate::{
    load::Load,
    problem::{Fault, Importance, Job, Problem, Task},
};

/// Reads an instance. Each pickup with its delivery becomes one job, named `PICKUP-DELIVERY`.
///
/// # Errors
/// The first line that is not understood, or a customer without its counterpart (a truncated file).
pub fn lilim(text: &str) -> Result<Problem, Fault> {
    let mut lines = Numbers::of_lines(text);
    let head = lines.next().unwrap_or_else(|| Err(Fault::new("file", "it is empty")))?;
    let &[vehicles, capacity, _speed] = head.exactly(3, "vehicles, capacity, speed")? else {
        return Err(Fault::new(at(head.line), "three numbers are needed"));
    };
    let (vehicles, capacity) = fleet(head.line, vehicles, capacity)?;
    let mut rows: Vec<Row> = Vec::new();
    let mut partners: Vec<(usize, usize)> = Vec::new();
    for line in lines {
        let line = line?;
        let values = line.exactly(9, "customer, x, y, demand, window, service time, pickup, delivery")?;
        append(&mut rows, row(line.line, values, -1_000_000_000)?)?;
        let partner = |value: f64, what: &str| {
            whole(value, 0, i64::from(u32::MAX), line.line, what).map(|number| number as usize)
        };
        partners.push((partner(values[7], "pickup")?, partner(values[8], "delivery")?));
    }
    let mut result = problem(&rows, vehicles, capacity)?;
    result.jobs = jobs(&rows, &partners)?;
    Ok(result)
}

fn jobs(rows: &[Row], partners: &[(usize, usize)]) -> Result<Vec<Job>, Fault> {
    let mut jobs = Vec::with_capacity(rows.len() / 2);
    for (row, (pickup, delivery)) in rows.iter().zip(partners).skip(1) {
        let fault = |message: String| Err(Fault::new(at(row.line), message));
        let number = row.number as usize;
        let counterpart = match (*pickup, *delivery) {
            (0, delivery) if delivery > 0 => delivery,
            (pickup, 0) if pickup > 0 => pickup,
            _ => return fault("a customer needs a pickup or a delivery, and not both".to_owned()),
        };
        let Some(other) = rows.get(counterpart).filter(|_| counterpart != number) else {
            return fault(format!(
                "customer {number} belongs to {counterpart}, which the file does not have"
            ));
        };
        let mutual = if *pickup == 0 { (number, 0) } else { (0, number) };
        if partners[counterpart] != mutual {
            return fault(format!("customers {number} and {counterpart} do not name one another"));
        }
        if *pickup > 0 {
            continue;
        }
        if row.demand < 0 || row.demand != -other.demand {
            return fault(format!("{} is picked up, but {} delivered", row.demand, -other.demand));
        }
        jobs.push(Job {
            name: format!("{number}-{counterpart}"),
            task: Task::Carry { pickup: number - 1, delivery: counterpart - 1 },
            load: Load::one(row.demand),
            skills: 0,
            importance: Importance::Mandatory(1),
            vehicle: None,
        });
    }
    Ok(jobs)
}
