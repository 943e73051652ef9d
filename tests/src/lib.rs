//! What the end-to-end tests and the demo share: the real programs, a kit of their own, and a hub process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it is"
)]

pub mod ceremony;
mod child;
mod desk;
mod disk;
mod exchange;
mod hex;
mod office;
mod programs;
mod python;
mod relay;

pub use child::bsn;
pub use desk::{Desk, Page, Visitor, encoded};
pub use disk::{copy, files};
pub use exchange::{Answer, Exchange, Running, day, done, refused, this_month};
pub use hex::hex;
pub use office::{rewrite, until, without_connection};
pub use programs::{Programs, leaky_hub, programs};
pub use python::{failures_of_log, interop, is_there, python, skipped};
pub use relay::{Passed, Relay};
