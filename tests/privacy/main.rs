//! What each party learns of a run of a real exchange, and what it does not: `table.rs` row by row.
//!
//! Each attack is given the files that its row names, and tries every number of a shrunken space. What it finds is held
//! to what really happened, by equality; and what it must not find the same code finds with the one thing more that the
//! table says makes it: so each of these tests can fail.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "an attack that cannot go on fails"
)]

mod administrators;
mod agency;
mod answers;
mod coalition;
mod database;
mod destroyed;
mod details;
mod disk;
mod index;
mod keys;
mod listener;
mod live;
mod log;
mod network;
mod reading;
mod rights;
mod run;
mod search;
mod secrets;
mod sent;
mod stolen;
mod traces;
mod volumes;

#[path = "../benches/exchange/batches.rs"]
#[allow(dead_code, reason = "a child here is known")]
mod batches;

#[path = "../tests/powerless/hub.rs"]
#[allow(dead_code, reason = "a listener does not lie")]
mod hub;
#[path = "../tests/powerless/office.rs"]
#[allow(dead_code, reason = "a listener forges nothing")]
mod office;
