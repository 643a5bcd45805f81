//! The event log and the views over SQLite or PostgreSQL (design, section 4).
//!
//! Everything that one command or reaction commits is a [`Unit`]; a batch of units is committed in one transaction,
//! synced to disk before it is acknowledged.

mod chain;
mod decode;
mod error;
mod evaluate;
mod event;
mod id_text;
mod migration;
mod postgres;
mod row;
mod sql_text;
mod sqlite;
mod statement;
mod store;
mod tables;
mod telemetry;
mod unit;
mod vault;
mod verify;

pub use error::StoreError;
pub use event::{EventMeta, LogHead, NewEvent, StoredEvent, intern};
pub use row::{Row, Value};
pub use sqlite::DiskFault;
pub use statement::{Statement, Write};
pub use store::{
    DatabaseLoad, EffectRecord, IdempotencyRecord, InvalidStoreUrl, KeptAnswer, Project, QUERY_BUCKETS,
    Reach, Snapshot, Store, StoreCounters, StoreHealth, StoreUrl, TimerRecord, Verification, ViewSchema,
};
pub use telemetry::{
    InvalidRetention, PositionRow, Progress, Retention, Stage, Telemetry, TelemetrySizes, Traffic, Upkeep,
};
pub use unit::{Claim, EffectChange, Outcome, Rejection, TimerChange, Unit};
pub use vault::Vault;
