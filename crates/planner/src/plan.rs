//! What a search answers: routes with their timetables, and a reason for every job that is left out.

/// What a vehicle does for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// On the way to the next stop, or to the end.
    Drive,
    /// A break of the driver.
    Break,
    /// A daily rest of the driver.
    Rest,
    /// Waiting for a window to open.
    Wait,
    /// Service at a stop, as an index into the problem's stops.
    Serve(usize),
}

/// An activity with its times. Those of a route follow one another without gaps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// What is done.
    pub activity: Activity,
    /// When it begins.
    pub from: f64,
    /// When it ends.
    pub to: f64,
}

/// The route of one vehicle.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedRoute {
    /// The vehicle, as an index into the problem's vehicles.
    pub vehicle: usize,
    /// The stops in order, as indices into the problem's stops.
    pub stops: Vec<usize>,
    /// Everything it does from its start to its end.
    pub timetable: Vec<Span>,
    /// The length of the way.
    pub distance: f64,
    /// Fixed cost, way, time and missed preferences.
    pub cost: f64,
}

/// Why a job is not in the plan.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// No vehicle has the skills it needs (or its only vehicle lacks them).
    Skills,
    /// It is larger than every vehicle that has the skills.
    Capacity,
    /// Even a vehicle that does nothing else cannot be there in time, or not back before its shift ends.
    TimeWindow,
    /// Even a vehicle that does nothing else cannot be there in time within the driver's hours.
    DriverHours,
    /// Serving it would cost more than leaving it out; the cheapest way that was found.
    NotWorthIt {
        /// What serving it would add to the cost.
        cost: f64,
    },
    /// It fits a vehicle that is already full or busy, and no other is free. Found by search: not a proof.
    NoRoom,
}

impl Reason {
    /// A stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Skills => "skills",
            Self::Capacity => "capacity",
            Self::TimeWindow => "time_window",
            Self::DriverHours => "driver_hours",
            Self::NotWorthIt { .. } => "not_worth_it",
            Self::NoRoom => "no_room",
        }
    }

    /// One sentence for a person.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Skills => "No vehicle that may do it has the skills it needs.".to_owned(),
            Self::Capacity => "It is larger than every vehicle that may do it.".to_owned(),
            Self::TimeWindow => {
                "No vehicle can meet its time windows and end its shift in time, even with nothing else to do.".to_owned()
            }
            Self::DriverHours => "No driver can meet its time windows within the driving and rest times.".to_owned(),
            Self::NotWorthIt { cost } => {
                format!("Serving it would cost {cost:.2} more than the plan, which exceeds its penalty.")
            }
            Self::NoRoom => {
                "Every vehicle that could do it is full or busy at that time; the search found no room.".to_owned()
            }
        }
    }
}

/// A job that is not in the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOut {
    /// The job, as an index into the problem's jobs.
    pub job: usize,
    /// Why.
    pub reason: Reason,
}

/// A whole plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// One for each vehicle that is used.
    pub routes: Vec<PlannedRoute>,
    /// Jobs without a vehicle.
    pub left_out: Vec<LeftOut>,
    /// The length of all ways.
    pub distance: f64,
    /// The cost of all routes and the penalties of optional jobs that are left out.
    pub cost: f64,
}
