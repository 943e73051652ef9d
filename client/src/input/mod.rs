//! What `signal push` reads: CSV or JSON lines, from a file or a stream, in flat memory.
//!
//! Parsed once, into [`Row`]s that cannot be wrong. A refused line never stops the others; a file that is
//! not what it should be is refused before anything of it is sent.

mod cell;
mod column;
mod csv;
mod encoding;
mod fault;
mod json;
mod known;
mod lines;
mod month;
mod number;
mod reader;
mod repeats;
mod row;

pub use cell::is_reference;
pub use column::{Column, Fields};
pub use encoding::Encoding;
pub use fault::InputFault;
pub use known::Known;
pub use lines::Source;
pub(crate) use lines::spreadsheet_lock;
pub(crate) use month::day;
pub use reader::Reader;
pub use repeats::{Repeat, Repeats};
pub use row::{AcuteRoute, LocalRules, LocalRulesFault, Row};

#[cfg(test)]
mod tests;
