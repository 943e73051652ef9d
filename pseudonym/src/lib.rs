//! From an identifier to a pseudonym, at the agency and nowhere else.
//!
//! Only senders may depend on this crate: the hub cannot make a pseudonym because it cannot reach the code
//! that does. An [`Identifier`] goes in, a [`Place`](samenloop_core::value::Place) comes out, and nothing in
//! between leaves the process, is printed, or outlives its use. `docs/protocol.md` has the bytes.

pub mod contribution;
mod epoch_key;
mod identifier;
mod keyed;
mod reference_key;

pub use epoch_key::EpochKey;
pub use identifier::{BSN, Identifier, IdentifierFault, ONDERWIJSNUMMER, V_NUMBER};
pub use reference_key::ReferenceKey;
