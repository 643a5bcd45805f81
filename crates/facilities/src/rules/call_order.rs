//! Who of the waiting trucks is called to a dock next.
//!
//! Priority: trucks that came in time for their appointment go before those that came late, by the beginning of their
//! appointment, then by their arrival. Fairness: whoever has waited for an hour beyond its appointment goes before all
//! who have not, the longest waiting first, so that nobody waits for ever.

use kernel::Timestamp;
use std::time::Duration;

/// Arrivals up to this long after the appointment's beginning count as in time; later it is missed.
pub const IN_TIME: Duration = Duration::from_secs(15 * 60);
/// Waiting beyond this overrides everything.
const PATIENCE: Duration = Duration::from_secs(3600);

/// A truck that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// When its appointment began or begins.
    pub planned: Timestamp,
    /// When it came.
    pub arrived: Timestamp,
}

/// The place in the queue; smaller goes first.
#[must_use]
pub fn place(waiting: Waiting, now: Timestamp) -> (u8, Timestamp, Timestamp) {
    let waits_since = waiting.planned.max(waiting.arrived);
    if now.since(waits_since) >= PATIENCE {
        return (0, waits_since, waiting.arrived);
    }
    let late = waiting.arrived > waiting.planned.after(IN_TIME);
    (1 + u8::from(late), waiting.planned, waiting.arrived)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(minute: i64) -> Timestamp {
        Timestamp::from_millis(minute * 60_000)
    }

    #[test]
    fn in_time_goes_before_late_and_patience_ends() {
        let punctual = Waiting { planned: minute(600), arrived: minute(595) };
        let early = Waiting { planned: minute(630), arrived: minute(590) };
        let late = Waiting { planned: minute(560), arrived: minute(598) };
        let mut queue = [late, early, punctual];
        queue.sort_by_key(|waiting| place(*waiting, minute(600)));
        assert_eq!(queue, [punctual, early, late]);
        queue.sort_by_key(|waiting| place(*waiting, minute(658)));
        assert_eq!(queue[0], late, "it has waited for an hour");
    }
}
