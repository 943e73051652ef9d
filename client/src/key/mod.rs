//! Keys of one machine: sealed files, how they are made, and how contributions travel.
//!
//! A key lies in a file for its owner's eyes only, sealed under a secret that lies elsewhere. Nothing here
//! prints, logs or returns a key in a fault; whatever held one in memory is wiped on drop.

mod contribute;
mod declare;
mod disk;
mod enrolment;
mod fault;
mod file;
mod install;
mod new;
mod purpose;
mod secret;
mod status;
pub(crate) mod tls;
mod wrap;

pub use contribute::{ContributeFault, Contributed, contribute, contribution};
pub use declare::declare;
pub use enrolment::{EnrolmentFault, enrolled_wrap_keys};
pub use fault::KeyFault;
pub use file::{MAX_CONTENT_LEN, destroy, open, open_32, seal};
pub use install::{InstallFault, Installation, forget, install};
pub use new::{Made, NewFault, Wanted, make};
pub use purpose::Purpose;
pub use secret::{Derivation, Secret};
pub use status::{AgencyKey, EpochStanding, standings, unbelieved};
pub use tls::uri_of;
pub use wrap::{WrapFault, WrapKey, Wrapped, unwrap, wrap};
