//! The key of an epoch on an agency's machine: from a wrap key to the epoch key, and to its end (P-11, P-13).

use std::path::{Path, PathBuf};

use samenloop_core::manifest::{EpochMaking, Manifest};
use samenloop_core::value::{ConnectionId, Epoch};
use samenloop_pseudonym::contribution::{Contribution, ContributionFault, epoch_key};

use super::disk::make_directory;
use super::new::random;
use super::{KeyFault, Purpose, Secret, WrapKey, Wrapped, destroy, open_32, seal, unwrap};
use crate::config::AgencyFiles;
use crate::language::{Language, Say};

/// Why the key of an epoch is not installed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum InstallFault {
    /// A key file or the secret.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// The wraps in the manifest are to a key that this machine does not have.
    #[error("epoch {epoch}: the wraps in the manifest are not to the wrap key {path}", path = path.display())]
    OtherWrapKey {
        /// The epoch.
        epoch: Epoch,
        /// The wrap key of this machine.
        path: PathBuf,
    },
    /// A wrap does not open.
    #[error("epoch {epoch}: the wrap of administrator {administrator} does not open")]
    Closed {
        /// The epoch.
        epoch: Epoch,
        /// Whose wrap it is.
        administrator: ConnectionId,
    },
    /// A contribution is another than the one committed to (P-13).
    #[error("epoch {epoch}: what administrator {administrator} wrapped is not what the manifest commits to")]
    Commitment {
        /// The epoch.
        epoch: Epoch,
        /// Whose contribution it is.
        administrator: ConnectionId,
    },
    /// The contributions make no key.
    #[error("epoch {epoch}: {fault}")]
    Contributions {
        /// The epoch.
        epoch: Epoch,
        /// What is wrong.
        fault: ContributionFault,
    },
}

impl Say for InstallFault {
    fn say(&self, language: Language) -> String {
        match (self, language) {
            (Self::Key(fault), _) => fault.say(language),
            (_, Language::En) => format!("{self}. Nothing was installed. Tell the administrators."),
            (Self::OtherWrapKey { epoch, path }, Language::Nl) => format!(
                "Sleutelperiode {epoch}: de sleutelbeheerders hebben ingepakt voor een andere sleutel dan {}. Er is niets geïnstalleerd. Vraag hen om opnieuw in te pakken.",
                path.display()
            ),
            (Self::Closed { epoch, administrator }, Language::Nl) => format!(
                "Sleutelperiode {epoch}: wat sleutelbeheerder {administrator} heeft ingepakt, gaat niet open. Er is niets geïnstalleerd. Waarschuw de sleutelbeheerders."
            ),
            (Self::Commitment { epoch, administrator }, Language::Nl) => format!(
                "Sleutelperiode {epoch}: wat sleutelbeheerder {administrator} heeft ingepakt, is iets anders dan in het manifest is vastgelegd. Er is niets geïnstalleerd. Waarschuw de sleutelbeheerders."
            ),
            (Self::Contributions { epoch, fault }, Language::Nl) => format!(
                "Sleutelperiode {epoch}: de bijdragen maken samen geen sleutel ({fault}). Er is niets geïnstalleerd. Waarschuw de sleutelbeheerders."
            ),
        }
    }
}

/// How far the key of an epoch is on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installation {
    /// It was there already.
    Present,
    /// It is there since now; the wrap key is gone.
    Installed,
    /// Administrators may wrap to this public key; not all of them have.
    Waiting {
        /// The X25519 public key to declare.
        wrap_key: [u8; 32],
        /// Wraps that are there.
        wraps: usize,
        /// Wraps that are needed.
        needed: usize,
    },
}

/// Installs the key of an epoch as far as the manifest allows: makes the wrap key, or unwraps every contribution,
/// checks each against its commitment, and derives.
///
/// # Errors
/// [`InstallFault`]; then nothing changed.
pub fn install(
    manifest: &Manifest,
    making: &EpochMaking,
    agency: &ConnectionId,
    files: &AgencyFiles,
    secret: &Path,
) -> Result<Installation, InstallFault> {
    let epoch = making.epoch;
    let path = files.epoch_key(epoch);
    if path.exists() {
        // A crash after the key was written left the wrap key behind.
        forget(&files.wrap_key(epoch))?;
        return Ok(Installation::Present);
    }
    let secret = Secret::read(secret)?;
    let wrap_path = files.wrap_key(epoch);
    if !wrap_path.exists() {
        make_directory(&wrap_path)?;
        seal(&wrap_path, Purpose::Wrap(epoch), &random()?, &secret)?;
    }
    let wrap_key = WrapKey::new(&*open_32(&wrap_path, Purpose::Wrap(epoch), &secret)?);
    let own: Vec<_> = making.wraps.iter().filter(|it| it.connection == *agency).collect();
    if own.iter().any(|it| it.wrap_key != wrap_key.public()) {
        return Err(InstallFault::OtherWrapKey { epoch, path: wrap_path });
    }
    let needed = making.commitments.len();
    if own.len() < needed {
        return Ok(Installation::Waiting { wrap_key: wrap_key.public(), wraps: own.len(), needed });
    }
    let contributions: Result<Vec<_>, InstallFault> = making
        .commitments
        .iter()
        .map(|commitment| {
            let administrator = &commitment.administrator;
            let wrap = own.iter().find(|it| it.administrator == *administrator);
            let closed = || InstallFault::Closed { epoch, administrator: administrator.clone() };
            let wrap = wrap.ok_or_else(closed)?;
            let wrapped = Wrapped { encapsulated: wrap.encapsulated, ciphertext: wrap.ciphertext };
            let contribution = unwrap(manifest.exchange(), epoch, administrator, agency, &wrap_key, &wrapped)
                .map_err(|_| closed())?;
            check(manifest, epoch, &contribution, &commitment.commitment)?;
            Ok(contribution)
        })
        .collect();
    let wanted = u8::try_from(needed).unwrap_or(u8::MAX);
    let key = epoch_key(manifest.exchange(), epoch, wanted, &contributions?)
        .map_err(|fault| InstallFault::Contributions { epoch, fault })?;
    seal(&path, Purpose::Epoch(epoch), &*key, &secret)?;
    forget(&wrap_path)?;
    Ok(Installation::Installed)
}

fn check(
    manifest: &Manifest,
    epoch: Epoch,
    contribution: &Contribution,
    commitment: &[u8; 32],
) -> Result<(), InstallFault> {
    if contribution.commitment(manifest.exchange(), epoch) == *commitment {
        Ok(())
    } else {
        let administrator = contribution.administrator().clone();
        Err(InstallFault::Commitment { epoch, administrator })
    }
}

/// Destroys a key file that may be there; says whether it was.
///
/// # Errors
/// [`KeyFault`] when it cannot be overwritten or removed.
pub fn forget(path: &Path) -> Result<bool, KeyFault> {
    let there = path.exists();
    if there {
        destroy(path)?;
    }
    Ok(there)
}
