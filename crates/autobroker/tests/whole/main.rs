//! What crosses contexts, through the front door: servers in this process or in one of their own, over memory, SQLite
//! and PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do what its helpers check"
)]

mod api;
mod audit;
mod bad_input;
mod brokerage;
mod child;
mod command_line;
mod crash;
mod database_away;
mod disputes;
mod docks;
mod documents;
mod idempotency;
mod logs;
mod matrix;
mod operations_desk;
mod pages;
mod part_loads;
mod places;
mod plans;
mod prices;
mod processes;
mod reload;
mod repeated;
mod rerouting;
mod road_graphs;
mod sockets;
mod statements;
mod strangers;
mod tls;
mod tours;
mod traces;
mod tracker_crash;
mod trackers;
mod walk;
mod watched_trips;
