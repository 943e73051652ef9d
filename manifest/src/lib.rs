//! The manifest: verified against the pinned root, then parsed into core values.
//!
//! Nothing of a manifest is read before k distinct administrators are known to have signed its bytes
//! (protocol.md section 3). Knows nothing of a network, and of no clock: whether a manifest has expired,
//! or is older than one seen before, its caller asks.

mod body;
mod field;
pub mod note;
mod open;
mod root;
mod statement;
mod taxonomy;

pub use body::{ConnectionFault, details_key_id};
pub use open::{LoadFault, MAX_BODY_LEN, MAX_DAYS, OpenFault, load, open};
pub use root::{MAX_ADMINISTRATORS, Root, RootFault, StatementFault};
pub use statement::{Statement, sha256};
pub use taxonomy::{Labels, labels, taxonomy, taxonomy_hash};

/// Subject O of the kit's CA. A hub refuses a CA with it unless started with `--danger-example-keys`.
pub const EXAMPLE_CA_ORGANISATION: &str = "samenloop EXAMPLE KEYS - NOT FOR REAL CHILDREN";
