//! The end of a key on one machine: overwritten, removed, and stated with a signature (P-11, P-33).

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use samenloop_core::clock::Clock;
use samenloop_core::manifest::EpochState;
use samenloop_core::value::Epoch;
use samenloop_manifest::declaration::Said;

use super::FollowFault;
use crate::config::Config;
use crate::key::{KeyFault, declare, forget};
use crate::membership::Membership;

/// How the key of an epoch ended on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It is destroyed now, and stated.
    Now,
    /// It was destroyed and stated before.
    Before,
    /// Nothing of it was ever here.
    NothingHere,
}

/// What a connection holds of an epoch: an agency the epoch's key and a wrap key, an administrator a contribution.
struct Held {
    keys: Vec<PathBuf>,
    statement: PathBuf,
}

impl Held {
    fn of(config: &Config, epoch: Epoch) -> Option<Self> {
        if let Some(files) = config.agency() {
            let keys = vec![files.epoch_key(epoch), files.wrap_key(epoch)];
            return Some(Self { keys, statement: files.statement(epoch) });
        }
        let files = config.administrator()?;
        Some(Self { keys: vec![files.contribution(epoch)], statement: files.statement(epoch) })
    }
}

/// The key files of an epoch that are on this machine.
#[must_use]
pub fn keys_to_end(config: &Config, epoch: Epoch) -> Vec<PathBuf> {
    let held = Held::of(config, epoch);
    held.into_iter().flat_map(|it| it.keys).filter(|it| it.exists()).collect()
}

/// Whether the newest manifest says that nobody needs the key of an epoch any more.
///
/// # Errors
/// [`FollowFault::InUse`]; also for an epoch that the manifest does not know, as it may be one to come.
pub fn may_end(membership: &Membership, epoch: Epoch) -> Result<(), FollowFault> {
    let entry = membership.newest().epochs().iter().find(|it| it.epoch == epoch);
    let is_over = entry.is_some_and(|it| it.state == EpochState::Retired || it.state.is_gone());
    if is_over { Ok(()) } else { Err(FollowFault::InUse(epoch)) }
}

/// Destroys what this connection holds of an epoch, and leaves a signed statement. Whoever calls knows that it is over.
///
/// # Errors
/// [`FollowFault`]; given again it goes on where it stopped.
pub(super) fn end(membership: &Membership, epoch: Epoch, clock: &dyn Clock) -> Result<Ended, FollowFault> {
    let Some(held) = Held::of(membership.config(), epoch) else { return Ok(Ended::NothingHere) };
    // Signed first under another name: a crash after the key is gone must not leave it unstated.
    let unsaid = held.statement.with_extension("part");
    let is_stated = held.statement.exists();
    if !is_stated && held.keys.iter().any(|it| it.exists()) {
        write_statement(membership, epoch, &unsaid, clock)?;
    }
    let mut was_here = false;
    for key in &held.keys {
        was_here |= forget(key)?;
    }
    if unsaid.exists() {
        let unwritable = |fault: std::io::Error| KeyFault::Unwritable {
            path: held.statement.clone(),
            cause: fault.kind(),
        };
        std::fs::rename(&unsaid, &held.statement).map_err(unwritable)?;
        return Ok(Ended::Now);
    }
    Ok(match (was_here, is_stated) {
        (true, _) => Ended::Now,
        (false, true) => Ended::Before,
        (false, false) => Ended::NothingHere,
    })
}

/// Text, certificate key and signature of a declaration, each after the other.
fn write_statement(
    membership: &Membership,
    epoch: Epoch,
    path: &Path,
    clock: &dyn Clock,
) -> Result<(), FollowFault> {
    let origin = membership.book().root().origin();
    let declaration = declare(membership.config(), origin, epoch, Said::Destroyed, clock.today())?;
    let text = String::from_utf8_lossy(declaration.text()).into_owned();
    let text = format!(
        "{text}\n{}\n{}\n",
        STANDARD.encode(declaration.certificate_key()),
        STANDARD.encode(declaration.signature())
    );
    std::fs::write(path, text)
        .map_err(|fault| KeyFault::Unwritable { path: path.to_owned(), cause: fault.kind() }.into())
}
