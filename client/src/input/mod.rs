//! What `signal push` reads: CSV or JSON lines, from a file or a stream, in flat memory.
//!
//! Parsed once, into [`Row`]s that cannot be wrong. A refused line never stops the others; a file that is
//! not what it should be is refused before anything of it is sent.

mod column;
mod csv;
mod fault;
mod json;
mod lines;
mod reader;
mod repeats;
mod row;

pub use column::{Column, Fields};
pub use fault::InputFault;
pub use lines::Source;
pub use reader::Reader;
pub use repeats::{Repeat, Repeats};
pub use row::{AcuteRoute, LocalRules, LocalRulesFault, Row, is_reference};

#[cfg(test)]
mod tests;
