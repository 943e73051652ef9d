//! The rooms a signal walks through, and the values they speak in.
//!
//! Every room is a pure function from what is known to what changes. This crate reads no clock, opens no
//! file and speaks no protocol; it knows nothing of identities, of gRPC or of an engine.

pub mod alert;
pub mod batch;
pub mod case;
pub mod census;
pub mod clock;
pub mod declaration;
pub mod figures;
#[cfg(feature = "fixture")]
pub mod fixture;
pub mod manifest;
pub mod permit;
pub mod processing;
pub mod rights;
pub mod room;
pub mod taxonomy;
pub mod terms;
pub mod trace;
pub mod value;
