//! The event log and the views over SQLite or PostgreSQL (design, section 4).
//!
//! Everything that one command or reaction commits is a [`Unit`]; a batch of units is committed in one transaction,
//! synced to disk before it is acknowledged.

mod error;
mod event;
mod row;
mod statement;
mod store;
mod telemetry;
mod unit;
mod vault;

pub use error::StoreError;
pub use event::{EventMeta, LogHead, NewEvent, StoredEvent, intern};
pub use row::{Row, Value};
pub use statement::{Statement, Write};
pub use store::{
    EffectRecord, IdempotencyRecord, Reach, Snapshot, Store, StoreCounters, StoreHealth, StoreUrl, TimerRecord,
    Verification, ViewSchema,
};
pub use telemetry::{PositionRow, Telemetry};
pub use vault::Vault;
pub use unit::{Claim, EffectChange, Outcome, Rejection, TimerChange, Unit};
