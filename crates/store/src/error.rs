//! What can go wrong between us and the disk or the database.

/// Errors of the store. None of their texts holds personal data or a statement's parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached; it is tried again. 503 at the edge, `db: disconnected` in health.
    #[error("the database is away: {0}")]
    Unavailable(String),
    /// No space or a failed sync: nothing was acknowledged, reads go on (design, section 4).
    #[error("the store is read-only: {0}")]
    ReadOnly(String),
    /// A statement, a row or a stored value is not what this version expects. A defect, never retried.
    #[error("the store answered something unexpected: {0}")]
    Defect(String),
    /// The store cannot be opened as asked.
    #[error("the store cannot be opened: {0}")]
    Open(String),
}
