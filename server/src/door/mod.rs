//! The door: a request is parsed once, into values that cannot be wrong, and its caller looked up.
//!
//! Nothing further in parses again, reads a certificate or believes a request about who sent it.

mod act;
mod batch;
mod caller;
mod rights;

pub(crate) use act::{Number, act, answer, number};
pub(crate) use batch::{DoorLine, ParsedBatch, parse};
pub(crate) use caller::{Peer, check_manifest, named_manifest, peer_of};
pub(crate) use rights::{asked, decided, request_id};
