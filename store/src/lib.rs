//! The [`Store`] seam and its engines.
//!
//! One contract, one suite (`conformance`), one walk through the rooms (`filing`); an engine only keeps
//! things. Knows nothing of the network, of certificates or of identities.

mod backup;
mod codec;
#[cfg(feature = "conformance")]
pub mod conformance;
mod filing;
mod index;
mod intake;
mod letter;
mod log;
pub mod memory;
mod outlasting;
mod processing;
mod rights;
mod seal;
mod seam;
mod secrets;
mod segment;
pub mod sled;
mod slots;
mod standing;
mod tally;

pub use backup::{Backup, Contents};
pub use letter::{Fate, Letter, LetterId};
pub use log::{AuditLog, Logged, Noted, Opening};
pub use outlasting::Outlasted;
pub use rights::{Erased, RightsDeed, RightsStep};
pub use seam::{Counter, Deed, Fault, Filed, News, Rebuilt, Scope, Standing, Step, Store, Swept, Tick};
pub use secrets::{FileSecrets, Purpose, Secret, Secrets};
