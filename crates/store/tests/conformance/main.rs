//! One suite for every store: the same bodies run in memory, on SQLite files and on PostgreSQL.
//!
//! PostgreSQL is found through `AUTOBROKER_TEST_POSTGRES`, a server's URL; each test makes and drops its own database.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod agreement;
mod claims;
mod crash;
mod database;
mod disk;
mod history;
mod history_crash;
mod outage;
mod personal;
mod positions;
mod samples;
mod streams;
mod tampering;
mod views;
mod writers;
