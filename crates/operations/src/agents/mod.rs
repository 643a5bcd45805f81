//! The agents of operations.

mod issue;
#[cfg(test)]
mod recorded;
mod share;

pub use issue::{Issue, IssueCommand, IssueEvent, IssueKind, IssueReported};
pub use share::{Share, ShareCommand, ShareCreated, ShareEvent};
