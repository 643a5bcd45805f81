//! From the JSON document to the problem: names become numbers, and what is wrong is named by its field.

use super::problem::{
    HoursDocument, JobDocument, ObjectiveDocument, ProblemDocument, StopDocument, TravelDocument,
    VehicleDocument, WindowDocument,
};
use crate::{
    hours::Hours,
    load::{DIMENSIONS_MAX, LOAD_TOTAL_MAX, Load},
    problem::{
        Fault, Importance, Job, Objective, Preference, Problem, SKILLS_MAX, STOPS_MAX, Stop, Task,
        VEHICLES_MAX, Vehicle, Window,
    },
    travel::{Leg, Travel},
};
use std::collections::HashMap;

/// At most so many places: each stop and each end of a vehicle may have its own.
const PLACES_MAX: usize = STOPS_MAX + 2 * VEHICLES_MAX;
/// Times must be within about three thousand years of their origin.
const SECONDS_MAX: i64 = 100_000_000_000;
/// The largest price.
const MINOR_MAX: u64 = 1_000_000_000_000;
const NAME_LENGTH_MAX: usize = 100;
/// A hostile document does not get an answer larger than itself.
const FAULTS_MAX: usize = 20;

impl ProblemDocument {
    /// The problem that the document describes.
    ///
    /// # Errors
    /// Everything that is wrong with it, by field; at least one fault.
    pub fn resolve(&self) -> Result<Problem, Vec<Fault>> {
        let mut resolver = Resolver::new(self);
        let problem = resolver.problem();
        if resolver.faults.is_empty()
            && let Some(problem) = problem
        {
            let faults = problem.faults();
            return if faults.is_empty() { Ok(problem) } else { Err(faults) };
        }
        Err(resolver.faults)
    }
}

struct Resolver<'a> {
    document: &'a ProblemDocument,
    places: HashMap<&'a str, usize>,
    vehicles: HashMap<&'a str, usize>,
    stop_numbers: HashMap<String, usize>,
    skills: HashMap<&'a str, u32>,
    stops: Vec<Stop>,
    faults: Vec<Fault>,
}

impl<'a> Resolver<'a> {
    fn new(document: &'a ProblemDocument) -> Self {
        Self {
            document,
            places: HashMap::new(),
            vehicles: HashMap::new(),
            stop_numbers: HashMap::new(),
            skills: HashMap::new(),
            stops: Vec::new(),
            faults: Vec::new(),
        }
    }

    fn fault(&mut self, field: impl Into<String>, message: impl Into<String>) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(Fault::new(field, message));
        }
    }

    fn problem(&mut self) -> Option<Problem> {
        if !self.is_of_bearable_size() {
            return None;
        }
        let document = self.document;
        let place_names = document.places.iter().map(|place| place.id.as_str());
        self.places = self.number("places", place_names);
        self.vehicles = self.number("vehicles", document.vehicles.iter().map(|vehicle| vehicle.id.as_str()));
        self.number("jobs", document.jobs.iter().map(|job| job.id.as_str()));
        let travel = self.travel()?;
        let jobs: Vec<Option<Job>> =
            document.jobs.iter().enumerate().map(|(index, job)| self.job(index, job)).collect();
        let vehicles = document
            .vehicles
            .iter()
            .enumerate()
            .map(|(index, vehicle)| self.vehicle(index, vehicle))
            .collect();
        Some(Problem {
            objective: match document.objective {
                ObjectiveDocument::Cheapest => Objective::Cheapest,
                ObjectiveDocument::FewestVehicles => Objective::FewestVehicles,
            },
            travel,
            stops: std::mem::take(&mut self.stops),
            jobs: jobs.into_iter().collect::<Option<_>>()?,
            vehicles,
        })
    }

    fn is_of_bearable_size(&mut self) -> bool {
        let document = self.document;
        let stops: usize = document
            .jobs
            .iter()
            .map(|job| usize::from(job.pickup.is_some()) + usize::from(job.delivery.is_some()))
            .sum();
        if document.places.len() > PLACES_MAX {
            self.fault("places", format!("{} places; at most {PLACES_MAX}", document.places.len()));
        }
        if document.vehicles.len() > VEHICLES_MAX {
            self.fault("vehicles", format!("{} vehicles; at most {VEHICLES_MAX}", document.vehicles.len()));
        }
        if stops > STOPS_MAX || document.jobs.len() > STOPS_MAX {
            self.fault("jobs", format!("{stops} stops; at most {STOPS_MAX} can be planned at once"));
        }
        if document.jobs.is_empty() {
            self.fault("jobs", "there is nothing to plan: no stop at all");
        }
        if document.vehicles.is_empty() {
            self.fault("vehicles", "there is no vehicle");
        }
        self.faults.is_empty()
    }

    /// Numbers names from 0 and complains about empty, long and doubled ones.
    fn number(&mut self, list: &str, names: impl Iterator<Item = &'a str>) -> HashMap<&'a str, usize> {
        let mut numbers = HashMap::new();
        for (index, name) in names.enumerate() {
            let field = format!("{list}[{index}].id");
            if name.is_empty() || name.len() > NAME_LENGTH_MAX {
                self.fault(field, format!("an id has 1 to {NAME_LENGTH_MAX} characters"));
            } else if let Some(first) = numbers.insert(name, index) {
                self.fault(field, format!("{list}[{first}] has the same id"));
            }
        }
        numbers
    }

    fn travel(&mut self) -> Option<Travel> {
        match &self.document.travel {
            TravelDocument::GreatCircle { detour, speed_kmh } => self.great_circles(*detour, *speed_kmh),
            TravelDocument::Matrix { distances_m, durations_s } => self.matrix(distances_m, durations_s),
        }
    }

    fn great_circles(&mut self, detour: f64, speed_kmh: f64) -> Option<Travel> {
        if !(1.0..=10.0).contains(&detour) {
            self.fault("travel.detour", "the factor must be 1 to 10");
        }
        if !(1.0..=200.0).contains(&speed_kmh) {
            self.fault("travel.speed_kmh", "the speed must be 1 to 200 km/h");
        }
        let mut points = Vec::with_capacity(self.document.places.len());
        for (index, place) in self.document.places.iter().enumerate() {
            match (place.lat, place.lon) {
                (Some(lat), Some(lon)) if lat.abs() <= 90.0 && lon.abs() <= 180.0 => points.push((lat, lon)),
                (Some(_), Some(_)) => self.fault(format!("places[{index}]"), "the position is not on Earth"),
                _ => {
                    self.fault(format!("places[{index}]"), "lat and lon are needed unless there is a matrix")
                }
            }
        }
        self.faults.is_empty().then(|| Travel::sphere(points, detour, speed_kmh / 3.6))
    }

    fn matrix(&mut self, distances: &[Vec<u32>], durations: &[Vec<u32>]) -> Option<Travel> {
        let places = self.document.places.len();
        for (rows, field) in [(distances, "travel.distances_m"), (durations, "travel.durations_s")] {
            if rows.len() != places || rows.iter().any(|row| row.len() != places) {
                self.fault(
                    field,
                    format!("{places} rows of {places} numbers are needed, one for each place"),
                );
            }
        }
        if !self.faults.is_empty() {
            return None;
        }
        let pairs = distances.iter().flatten().zip(durations.iter().flatten());
        let legs =
            pairs.map(|(metres, seconds)| Leg { distance: f64::from(*metres), time: f64::from(*seconds) });
        Travel::given(places, legs.collect())
    }

    fn place(&mut self, field: &str, name: &str) -> usize {
        self.places.get(name).copied().unwrap_or_else(|| {
            self.fault(field, format!("there is no place `{}`", cut(name)));
            0
        })
    }

    fn seconds(&mut self, field: &str, seconds: i64) -> f64 {
        if seconds.abs() > SECONDS_MAX {
            self.fault(field, format!("at most {SECONDS_MAX} seconds"));
        }
        seconds as f64
    }

    fn minor(&mut self, field: &str, minor: u64) -> f64 {
        if minor > MINOR_MAX {
            self.fault(field, format!("at most {MINOR_MAX} minor units"));
        }
        minor as f64
    }

    fn window(&mut self, field: &str, window: WindowDocument) -> Window {
        let window =
            Window { from: self.seconds(field, window.from_s), to: self.seconds(field, window.to_s) };
        if window.from > window.to {
            self.fault(field, format!("it closes at {} before it opens at {}", window.to, window.from));
        }
        window
    }

    fn load(&mut self, field: &str, amounts: &[u32]) -> Load {
        let mut load = Load::default();
        if amounts.len() > DIMENSIONS_MAX {
            self.fault(field, format!("at most {DIMENSIONS_MAX} dimensions"));
        }
        for (slot, amount) in load.0.iter_mut().zip(amounts) {
            match i32::try_from(*amount).ok().filter(|amount| i64::from(*amount) <= LOAD_TOTAL_MAX) {
                Some(amount) => *slot = amount,
                None => self.fault(field, format!("at most {LOAD_TOTAL_MAX} units; use larger ones")),
            }
        }
        load
    }

    /// Each skill is a bit.
    fn skills(&mut self, field: &str, names: &'a [String]) -> u64 {
        let mut bits = 0;
        for name in names {
            let next = self.skills.len() as u32;
            let bit = *self.skills.entry(name).or_insert(next);
            if bit as usize >= SKILLS_MAX {
                self.fault(field, format!("more than {SKILLS_MAX} different skills"));
                return bits;
            }
            bits |= 1 << bit;
        }
        bits
    }

    fn stop(&mut self, field: &str, name: String, stop: &StopDocument) -> usize {
        let any_time = WindowDocument { from_s: -SECONDS_MAX, to_s: SECONDS_MAX };
        let window_field = format!("{field}.window");
        if !(0..=SECONDS_MAX).contains(&stop.service_s) {
            let message = format!("the service time is {}; it cannot be negative", stop.service_s);
            self.fault(format!("{field}.service_s"), message);
        }
        let preferred_field = format!("{field}.preferred");
        let preference = stop.preferred.map(|preferred| Preference {
            window: self
                .window(&preferred_field, WindowDocument { from_s: preferred.from_s, to_s: preferred.to_s }),
            price: self.minor(&preferred_field, preferred.per_hour_minor) / 3600.0,
        });
        let resolved = Stop {
            place: self.place(&format!("{field}.place"), &stop.place),
            window: self.window(&window_field, stop.window.unwrap_or(any_time)),
            service: stop.service_s as f64,
            preference,
            name: name.clone(),
        };
        let number = self.stops.len();
        self.stops.push(resolved);
        if self.stop_numbers.insert(name, number).is_some() {
            self.fault(field, "another stop has the same name");
        }
        number
    }

    fn job(&mut self, index: usize, job: &'a JobDocument) -> Option<Job> {
        let field = format!("jobs[{index}]");
        let mut stop = |half: &str, stop: &Option<StopDocument>| {
            let stop = stop.as_ref()?;
            Some(self.stop(&format!("{field}.{half}"), format!("{}/{half}", job.id), stop))
        };
        let (pickup, delivery) = (stop("pickup", &job.pickup), stop("delivery", &job.delivery));
        let task = match (pickup, delivery, job.on_board) {
            (Some(pickup), Some(delivery), false) => Task::Carry { pickup, delivery },
            (None, Some(delivery), false) => Task::Deliver(delivery),
            (Some(pickup), None, false) => Task::Collect(pickup),
            (None, Some(delivery), true) => Task::Unload(delivery),
            (Some(_), _, true) => {
                self.fault(format!("{field}.on_board"), "what is on board has no pickup");
                return None;
            }
            (None, None, _) => {
                self.fault(&field, "a job needs a pickup, a delivery or both");
                return None;
            }
        };
        if job.on_board && job.vehicle.is_none() {
            self.fault(format!("{field}.vehicle"), "what is on board needs the vehicle it is on");
        }
        let vehicle = job.vehicle.as_ref().map(|name| {
            self.vehicles.get(name.as_str()).copied().unwrap_or_else(|| {
                self.fault(format!("{field}.vehicle"), format!("there is no vehicle `{}`", cut(name)));
                0
            })
        });
        Some(Job {
            name: job.id.clone(),
            task,
            load: self.load(&format!("{field}.load"), &job.load),
            skills: self.skills(&format!("{field}.needs"), &job.needs),
            importance: self.importance(&field, job),
            vehicle,
        })
    }

    fn importance(&mut self, field: &str, job: &JobDocument) -> Importance {
        let priority = job.priority.unwrap_or(1);
        if !(1..=10).contains(&priority) {
            self.fault(format!("{field}.priority"), "the priority must be 1 to 10");
        }
        match job.penalty_minor {
            Some(_) if job.priority.is_some() => {
                self.fault(field, "a job has a priority or a penalty, not both");
                Importance::Mandatory(1)
            }
            Some(_) if self.document.objective == ObjectiveDocument::FewestVehicles => {
                let message =
                    "a penalty needs the objective `cheapest`: fewest vehicles would leave the job out";
                self.fault(format!("{field}.penalty_minor"), message);
                Importance::Mandatory(1)
            }
            Some(penalty) => Importance::Optional(self.minor(&format!("{field}.penalty_minor"), penalty)),
            None => Importance::Mandatory(priority),
        }
    }

    fn vehicle(&mut self, index: usize, vehicle: &'a VehicleDocument) -> Vehicle {
        let field = format!("vehicles[{index}]");
        let mut end_of = |half: &str, place: &Option<String>| {
            place.as_ref().map(|name| self.place(&format!("{field}.{half}"), name))
        };
        let (start, end) = (end_of("start", &vehicle.start), end_of("end", &vehicle.end));
        Vehicle {
            name: vehicle.id.clone(),
            start,
            end,
            shift: self.window(&format!("{field}.shift"), vehicle.shift),
            capacity: self.load(&format!("{field}.capacity"), &vehicle.capacity),
            skills: self.skills(&format!("{field}.skills"), &vehicle.skills),
            fixed_cost: self.minor(&format!("{field}.fixed_minor"), vehicle.fixed_minor),
            distance_cost: self.minor(&format!("{field}.per_km_minor"), vehicle.per_km_minor) / 1000.0,
            time_cost: self.minor(&format!("{field}.per_hour_minor"), vehicle.per_hour_minor) / 3600.0,
            frozen: self.named_stops(&format!("{field}.frozen"), &vehicle.frozen),
            planned: self.named_stops(&format!("{field}.planned"), &vehicle.planned),
            hours: vehicle.hours.map(|hours| self.hours(&format!("{field}.hours"), hours)),
        }
    }

    fn named_stops(&mut self, field: &str, names: &[String]) -> Vec<usize> {
        let mut stops = Vec::with_capacity(names.len());
        for (index, name) in names.iter().enumerate() {
            match self.stop_numbers.get(name) {
                Some(stop) => stops.push(*stop),
                None => {
                    let message = format!(
                        "there is no stop `{}`; stops are called JOB/pickup or JOB/delivery",
                        cut(name)
                    );
                    self.fault(format!("{field}[{index}]"), message);
                }
            }
        }
        stops
    }

    fn hours(&mut self, field: &str, done: HoursDocument) -> Hours {
        let rules = Hours::eu561();
        let hours = Hours {
            driven_since_break: f64::from(done.driven_since_break_s),
            driven_today: f64::from(done.driven_today_s),
            on_duty: f64::from(done.on_duty_s),
            ..rules
        };
        let legal = hours.driven_since_break <= rules.drive_between_breaks_max
            && hours.driven_today <= rules.drive_a_day_max
            && hours.on_duty <= rules.day_max;
        if !legal {
            self.fault(
                field,
                "the driver is already beyond 4.5 h without a break, 9 h a day or 13 h on duty",
            );
        }
        hours
    }
}

/// A name from the document, cut so that an answer stays small.
fn cut(name: &str) -> String {
    name.chars().take(NAME_LENGTH_MAX).collect()
}
