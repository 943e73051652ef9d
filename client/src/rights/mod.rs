//! Rights of the child and its guardian: an agency seals a request to the contact point, which asks the hub, and writes
//! the letter (V-30, V-31).

mod closing;
mod identifiers;
mod letter;
mod request;
mod words;

pub use identifiers::{IdentifiersFault, read_identifiers};
pub use letter::{Answer, Letter};
pub use request::{OpenFault, Opened, SealedRequest, open, seal};
pub use words::{days_left, kind_of, state_of};
