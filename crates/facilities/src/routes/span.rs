//! A span of time in a query.

use contracts::shipment::Window;
use edge::{Fields, wire::check_time};
use std::time::Duration;

/// The window of `from` and `to`, or notes what is wrong; at most so many days long.
pub(super) fn check_span(from: &str, to: &str, days_max: u64, fields: &mut Fields) -> Option<Window> {
    let from = check_time(from, "from", fields);
    let to = check_time(to, "to", fields);
    let window = Window { from: from?, to: to? };
    fields.require(window.from < window.to, "to", "reversed", "must be after `from`");
    let within = window.to.since(window.from) <= Duration::from_secs(days_max * 86_400);
    fields.require(within, "to", "too_far", format!("must be at most {days_max} days after `from`"));
    Some(window)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_runs_forward_and_ends() {
        let named = |from: &str, to: &str| {
            let mut fields = Fields::new();
            let _window = check_span(from, to, 7, &mut fields);
            fields.finish().err().map(|refusal| refusal.fields[0].code.to_string())
        };
        assert_eq!(named("2026-03-01T00:00:00Z", "2026-03-08T00:00:00Z"), None);
        assert_eq!(named("2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z").unwrap(), "reversed");
        assert_eq!(named("2026-03-01T00:00:00Z", "2026-03-08T00:00:01Z").unwrap(), "too_far");
        assert_eq!(named("yesterday", "2026-03-08T00:00:01Z").unwrap(), "invalid_time");
    }
}
