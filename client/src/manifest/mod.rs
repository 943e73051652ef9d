//! What administrators do with the manifest: draft it, check it, read what it changes, sign it, publish it.
//!
//! Everything here judges as a [`Book`](samenloop_manifest::Book) does, before anything is signed or sent. A draft is
//! the text that people read; nothing here rewrites what it does not change.

mod draft;
mod epoch;
mod expiry;
mod fault;
mod place;
mod publish;
pub(crate) mod review;
mod roots;
mod show;
mod sign;
pub(crate) mod toml_text;

use std::path::{Path, PathBuf};

pub use draft::{Draft, DraftFault, new_draft};
pub use epoch::{Bench, CommitmentFault, Edited, EpochFault, MAX_BURN_HOURS, OVERLAP_DAYS};
pub use expiry::{clock_warning, expiry_warning};
pub use place::line_of;
pub use publish::{PublishFault, assemble, publication_path, taken};
pub use review::{Review, Sentence};
pub use roots::root_changes;
pub use show::{shown, shown_as_json};
pub use sign::{Own, SignFault, Signatures, own_key, sign, signatures};

/// The beginning of a hash or public key, for people to compare: 16 hexadecimal digits in groups of four.
#[must_use]
pub fn fingerprint(bytes: &[u8; 32]) -> String {
    let pairs: Vec<_> = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    pairs.chunks(2).map(<[String]>::concat).collect::<Vec<_>>().join(" ")
}

/// The file of signatures beside a draft: its name and `.note`.
#[must_use]
pub fn note_path(draft: &Path) -> PathBuf {
    let mut name = draft.as_os_str().to_owned();
    name.push(".note");
    PathBuf::from(name)
}
