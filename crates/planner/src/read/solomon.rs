//! Solomon's vehicle routing with time windows (Solomon 1987): a name, the fleet, and a line a customer, the depot
//! first: number, x, y, demand, window, service time.

use super::benchmark_text::{Numbers, Row, append, at, fleet, problem, row};
use crate::{
    load::Load,
    problem::{Fault, Importance, Job, Problem, Task},
};

/// Reads an instance. Each customer is a delivery from the depot.
///
/// # Errors
/// The first line that is not understood.
pub fn solomon(text: &str) -> Result<Problem, Fault> {
    let mut size = None;
    let mut rows: Vec<Row> = Vec::new();
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    // The first line is the instance's name; headings have letters, all other lines are numbers.
    let name_line = lines.clone().find(|(_, line)| !line.is_empty()).map(|(number, _)| number);
    for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
        let is_heading = line.starts_with(|first: char| first.is_alphabetic());
        if Some(number) == name_line || is_heading {
            continue;
        }
        let numbers = Numbers::parse(number, line)?;
        if size.is_some() {
            let values = numbers.exactly(7, "customer, x, y, demand, window, service time")?;
            append(&mut rows, row(number, values, 0)?)?;
        } else if let &[vehicles, capacity] = numbers.exactly(2, "vehicles, capacity")? {
            size = Some(fleet(number, vehicles, capacity)?);
        }
    }
    let Some((vehicles, capacity)) = size else {
        return Err(Fault::new(at(1), "the number of vehicles and their capacity are missing"));
    };
    let mut result = problem(&rows, vehicles, capacity)?;
    let job = |row: &Row| Job {
        name: row.number.to_string(),
        task: Task::Deliver(row.number as usize - 1),
        load: Load::one(row.demand),
        skills: 0,
        importance: Importance::Mandatory(1),
        vehicle: None,
    };
    result.jobs = rows[1..].iter().map(job).collect();
    Ok(result)
}
