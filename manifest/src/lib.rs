//! The manifest: verified against the pinned root, then parsed into core values.
//!
//! Nothing of a manifest is read before k distinct administrators are known to have signed its bytes
//! (protocol.md section 3). Knows nothing of a network, and of no clock: what day it is its caller says.

mod body;
mod book;
mod catalogue;
mod checkpoint;
mod compare;
pub mod declaration;
mod destruction;
mod epoch;
mod field;
pub mod note;
mod open;
mod publication;
mod root;
mod statement;
mod succession;
mod taxonomy;
mod toml_fault;
mod unsound;

pub use body::details_key_id;
pub use book::{Added, Book, BookFault, DetailsKeys};
pub use catalogue::{CodeText, Term, Words, catalogue, code_text, domain_words, life_areas, phases};
pub use checkpoint::{Checkpoint, LogKey};
pub use compare::{
    Change, ConnectionChange, Direction, EpochChange, OrganisationChange, RegionChange, changes,
};
pub use destruction::Destruction;
pub use epoch::{MAX_ACTIVE_DAYS, MAX_OVERLAP_DAYS};
pub use open::{MAX_BODY_LEN, MAX_DAYS, MAX_TERM_DAYS, OpenFault, open};
pub use publication::{Publication, PublicationFault, Signed};
pub use root::{MAX_ADMINISTRATORS, Root, RootFault, StatementFault, SuccessionFault};
pub use statement::{Statement, Subject, sha256};
pub use succession::{EpochOrder, SuccessionOrderFault};
pub use taxonomy::{TAXONOMY_VERSION, taxonomy, taxonomy_hash};
pub use toml_fault::toml_fault;
pub use unsound::{Unsound, UnsoundEpoch};

/// Subject O of the kit's CA. A hub refuses a CA with it unless started with `--danger-example-keys`.
pub const EXAMPLE_CA_ORGANISATION: &str = "samenloop EXAMPLE KEYS - NOT FOR REAL CHILDREN";
