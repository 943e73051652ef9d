//! Writes a throw-away kit with which samenloop runs on one machine, for synthetic children only.
//!
//! Everything in it is drawn anew each time, save the children of the sample files, who do not exist.
//! Nothing of a kit is ever committed.

mod authority;
mod calendar;
mod directory;
mod kit;
mod papers;
mod parties;
mod samples;

pub use authority::{Authority, CERTIFICATE_DAYS, End, Issued, Request};
pub use kit::{Kit, KitFault, key_of, write_kit};
pub use samenloop_client::key::uri_of;
