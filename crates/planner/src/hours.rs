//! Driving and rest times of Regulation (EC) No 561/2006, as far as one plan of a few days needs them.

/// The rules for one driver, in the problem's unit of time, and what the driver has done before the plan begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hours {
    /// Driving after which a break is due.
    pub drive_between_breaks_max: f64,
    /// The length of a break.
    pub break_min: f64,
    /// Driving between two daily rests.
    pub drive_a_day_max: f64,
    /// The length of a daily rest.
    pub rest_min: f64,
    /// From the end of one daily rest to the start of the next: 24 hours less the rest.
    pub day_max: f64,
    /// Driving since the last break, when the vehicle starts.
    pub driven_since_break: f64,
    /// Driving since the last daily rest, when the vehicle starts.
    pub driven_today: f64,
    /// Time since the last daily rest, when the vehicle starts.
    pub on_duty: f64,
}

impl Hours {
    /// The regulation in seconds, for a rested driver: 45 minutes after 4.5 h at the wheel (Article 7), 9 h a day
    /// (Article 6), 11 h of rest within each 24 h (Article 8). The exceptions (10 h twice a week, reduced and split
    /// rests) are not used.
    #[must_use]
    pub const fn eu561() -> Self {
        const HOUR_S: f64 = 3600.0;
        Self {
            drive_between_breaks_max: 4.5 * HOUR_S,
            break_min: 0.75 * HOUR_S,
            drive_a_day_max: 9.0 * HOUR_S,
            rest_min: 11.0 * HOUR_S,
            day_max: 13.0 * HOUR_S,
            driven_since_break: 0.0,
            driven_today: 0.0,
            on_duty: 0.0,
        }
    }

    pub(crate) fn is_sound(&self) -> bool {
        let all = [
            self.drive_between_breaks_max,
            self.break_min,
            self.drive_a_day_max,
            self.rest_min,
            self.day_max,
            self.driven_since_break,
            self.driven_today,
            self.on_duty,
        ];
        all.iter().all(|value| value.is_finite() && *value >= 0.0)
            && self.drive_between_breaks_max > 0.0
            && self.drive_a_day_max > 0.0
            && self.break_min > 0.0
            && self.rest_min >= self.break_min
            && self.day_max > 0.0
    }
}
