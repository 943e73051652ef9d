//! Keys at rest: files for their owner's eyes only, sealed under a secret that lies elsewhere.
//!
//! Nothing here prints, logs or returns a key in a fault; whatever held one in memory is wiped on drop.

mod disk;
mod fault;
mod file;
mod purpose;
mod secret;
mod wrap;

pub use fault::KeyFault;
pub use file::{MAX_CONTENT_LEN, destroy, open, open_32, seal};
pub use purpose::Purpose;
pub use secret::{Derivation, Secret};
pub use wrap::{WrapFault, WrapKey, Wrapped, unwrap, wrap};

pub(crate) use file::is_sealed;
