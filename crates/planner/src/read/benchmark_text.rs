//! What the two benchmark formats share: lines of numbers, and a depot from which all vehicles start.

use crate::{
    load::Load,
    problem::{Fault, Objective, Problem, STOPS_MAX, Stop, VEHICLES_MAX, Vehicle, Window},
    travel::Travel,
};

/// A customer (or the depot) of a benchmark file.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub line: usize,
    pub number: u32,
    pub x: f64,
    pub y: f64,
    pub demand: i32,
    pub window: Window,
    pub service: f64,
}

/// A line of a file, from 1, with its numbers.
pub struct Numbers {
    pub line: usize,
    values: Vec<f64>,
}

impl Numbers {
    /// The numbers of every line that is not blank.
    pub fn of_lines(text: &str) -> impl Iterator<Item = Result<Self, Fault>> + '_ {
        let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
        lines.filter(|(_, line)| !line.is_empty()).map(|(line, text)| Self::parse(line, text))
    }

    pub fn parse(line: usize, text: &str) -> Result<Self, Fault> {
        let number = |word: &str| {
            let value = word.parse::<f64>().ok().filter(|value| value.is_finite());
            value.ok_or_else(|| Fault::new(at(line), format!("`{}` is not a number", short(word))))
        };
        let values = text.split_whitespace().map(number).collect::<Result<_, _>>()?;
        Ok(Self { line, values })
    }

    /// Exactly `count` numbers, which `what` names.
    pub fn exactly(&self, count: usize, what: &str) -> Result<&[f64], Fault> {
        if self.values.len() == count {
            Ok(&self.values)
        } else {
            let message = format!("{} numbers instead of {count} ({what})", self.values.len());
            Err(Fault::new(at(self.line), message))
        }
    }
}

/// The name of a line in faults.
pub fn at(line: usize) -> String {
    format!("line {line}")
}

/// A word of the input, cut so that an answer stays small.
pub fn short(word: &str) -> String {
    word.chars().take(20).collect()
}

/// A whole number within bounds.
pub fn whole(value: f64, from: i64, to: i64, line: usize, what: &str) -> Result<i64, Fault> {
    let fits = value.fract() == 0.0 && value >= from as f64 && value <= to as f64;
    if fits {
        Ok(value as i64)
    } else {
        Err(Fault::new(
            at(line),
            format!("the {what} is {value}; it must be a whole number from {from} to {to}"),
        ))
    }
}

/// The first seven columns of a customer's line.
pub fn row(line: usize, values: &[f64], demand_min: i64) -> Result<Row, Fault> {
    let &[number, x, y, demand, open, close, service, ..] = values else {
        return Err(Fault::new(at(line), "a customer needs seven numbers"));
    };
    if service < 0.0 {
        return Err(Fault::new(at(line), format!("the service time is {service}; it cannot be negative")));
    }
    if open > close {
        return Err(Fault::new(at(line), format!("the window closes at {close} before it opens at {open}")));
    }
    Ok(Row {
        line,
        number: whole(number, 0, i64::from(u32::MAX), line, "customer number")? as u32,
        x,
        y,
        demand: whole(demand, demand_min, 1_000_000_000, line, "demand")? as i32,
        window: Window { from: open, to: close },
        service,
    })
}

/// The fleet of a benchmark: its size and the capacity of each vehicle.
pub fn fleet(line: usize, count: f64, capacity: f64) -> Result<(usize, i32), Fault> {
    let count = whole(count, 1, VEHICLES_MAX as i64, line, "number of vehicles")?;
    let capacity = whole(capacity, 0, 1_000_000_000, line, "capacity")?;
    Ok((count as usize, capacity as i32))
}

/// Adds a customer's row to those before: numbered from 0 without gaps, and not too many.
pub fn append(rows: &mut Vec<Row>, row: Row) -> Result<(), Fault> {
    if row.number as usize != rows.len() {
        let message =
            format!("customer {} follows {} customers; a line is missing or doubled", row.number, rows.len());
        return Err(Fault::new(at(row.line), message));
    }
    if rows.len() > STOPS_MAX {
        return Err(Fault::new(at(row.line), format!("more than {STOPS_MAX} customers")));
    }
    rows.push(row);
    Ok(())
}

/// The problem over rows of which the first is the depot; jobs are added by the format.
pub fn problem(rows: &[Row], vehicles: usize, capacity: i32) -> Result<Problem, Fault> {
    let Some(depot) = rows.first() else { return Err(Fault::new("file", "there is no depot (customer 0)")) };
    if rows.len() < 2 {
        return Err(Fault::new("file", "there are no customers: the file ends after the depot"));
    }
    let stop = |row: &Row| Stop {
        name: row.number.to_string(),
        place: row.number as usize,
        window: row.window,
        service: row.service,
        preference: None,
    };
    let vehicle = |number: usize| Vehicle {
        name: number.to_string(),
        start: Some(0),
        end: Some(0),
        shift: depot.window,
        capacity: Load::one(capacity),
        skills: 0,
        fixed_cost: 0.0,
        distance_cost: 1.0,
        time_cost: 0.0,
        frozen: Vec::new(),
        planned: Vec::new(),
        hours: None,
    };
    Ok(Problem {
        objective: Objective::FewestVehicles,
        travel: Travel::plane(rows.iter().map(|row| (row.x, row.y)).collect()),
        stops: rows[1..].iter().map(stop).collect(),
        jobs: Vec::new(),
        vehicles: (1..=vehicles).map(vehicle).collect(),
    })
}
