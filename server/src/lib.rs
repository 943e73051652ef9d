//! The hub: takes signals over mutual TLS, files them on the tick, tells coordinators.
//!
//! Doors, a clock and a worker around the rooms of `samenloop-core` and a store. Cannot make a pseudonym:
//! the crate that derives one is not among its dependencies. Holds no epoch key (P-14).

mod acceptor;
mod alerts;
mod archive;
pub mod audit;
mod beat;
pub mod certificate;
pub mod clock;
mod command;
pub mod config;
mod destruction;
mod directory;
mod door;
mod figures;
mod follow_up;
mod hub;
mod intake;
mod key_file;
mod keys;
mod manifests;
pub mod outgoing;
pub mod papers;
mod processing;
mod quota;
pub mod receipt;
mod refusal;
mod related;
mod rendering;
mod rights;
mod seat;
mod share;
mod shutdown;
mod signals;
mod sweeper;
pub mod tls;
mod window;
mod worker;

pub use archive::Archive;
pub use command::{Command, run};
pub use hub::{HubParts, MAX_REQUEST_LEN, RunningHub, StartFault};
pub use key_file::KeyFileFault;
pub use outgoing::Outgoing;
pub use processing::{CollectorAddress, ProcessingLogs};
pub use seat::Seat;
pub use shutdown::Limits;
