//! The house rules, as tests: what must never be there is looked for.
//!
//! Fast, and without a network. Each rule is a function from text to complaints, so that beside the test that
//! the project keeps it stands a test that a planted fault is found.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests only"
)]

mod clocks;
mod edges;
mod leakage;
mod leakage_dutch;
mod lexer;
mod requirements;
mod schema;
mod schema_fields;
mod schema_style;
mod sources;
mod terms;
mod terms_dutch;
mod tidy;
mod words;

/// Fails with every complaint at once.
fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}
