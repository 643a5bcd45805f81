//! The part of a track that a question is about.

use edge::{Fields, wire::check_time};
use kernel::Timestamp;
use std::time::Duration;

/// A track covers at most so much.
pub(super) const SPAN_MAX: Duration = Duration::from_secs(31 * 24 * 3600);
/// Without `from`, the track covers this much before `to`.
pub(super) const SPAN_DEFAULT: Duration = Duration::from_secs(24 * 3600);

/// From one instant (included) to another (excluded).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Span {
    /// Reads `from` and `to`; what is wrong is noted.
    pub(super) fn check(from: Option<&str>, to: Option<&str>, now: Timestamp, fields: &mut Fields) -> Self {
        let from = from.and_then(|text| check_time(text, "from", fields));
        let to = to.and_then(|text| check_time(text, "to", fields)).unwrap_or(now);
        let from = from.unwrap_or(to.before(SPAN_DEFAULT));
        fields.require(from <= to, "from", "reversed", "must not be after `to`");
        fields.require(to.since(from) <= SPAN_MAX, "from", "too_long", "a track covers at most 31 days");
        Self { from, to }
    }
}
