//! The key of an epoch on an agency's machine: from a wrap key to the epoch key, and to its end (P-11, P-13).

use std::path::{Path, PathBuf};

use samenloop_core::manifest::{Commitment, EpochMaking, Manifest, Wrap};
use samenloop_core::value::{ConnectionId, Epoch};
use samenloop_pseudonym::contribution::{Contribution, ContributionFault, epoch_key};

use super::disk::hold_directory;
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
    /// The wrap key of this machine is not whole, and nobody has a backup of it.
    #[error("epoch {epoch}: the wrap key {path} was cut off or changed", path = path.display())]
    WrapKeyDamaged {
        /// The epoch.
        epoch: Epoch,
        /// The wrap key of this machine.
        path: PathBuf,
    },
    /// The wraps in the manifest are to a key that this machine does not have.
    #[error("epoch {epoch}: the wraps in the manifest are not to the wrap key {path}", path = path.display())]
    OtherWrapKey {
        /// The epoch.
        epoch: Epoch,
        /// The wrap key of this machine.
        path: PathBuf,
        /// Its public half, to be declared.
        wrap_key: [u8; 32],
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
            (Self::WrapKeyDamaged { .. }, Language::En) => format!(
                "{self}. Nothing was installed. A wrap key has no backup: remove the file and give samenloop key install. That makes another one, to which the administrators wrap again."
            ),
            (_, Language::En) => format!("{self}. Nothing was installed. Tell the administrators."),
            (Self::WrapKeyDamaged { epoch, path }, Language::Nl) => format!(
                "Sleutelperiode {epoch}: de inpaksleutel {} is afgebroken of veranderd. Er is niets geïnstalleerd. Een inpaksleutel heeft geen reservekopie: haal het bestand weg en geef: samenloop key install. Dan komt er een nieuwe, waarvoor de sleutelbeheerders opnieuw inpakken.",
                path.display()
            ),
            (Self::OtherWrapKey { epoch, path, .. }, Language::Nl) => format!(
                "Sleutelperiode {epoch}: de sleutelbeheerders hebben ingepakt voor een andere sleutel dan {}. Er is niets geïnstalleerd. Vraag hen om opnieuw in te pakken.",
                path.display()
            ),
            (Self::Closed { epoch, administrator }, Language::Nl) => format!(
                "Sleutelperiode {epoch}: wat sleutelbeheerder {administrator} heeft ingepakt, gaat niet open. Er is niets geïnstalleerd. Waarschuw de sleutelbeheerders."
            ),
            (Self::Commitment { epoch, administrator }, Language::Nl) => format!(
                "Sleutelperiode {epoch}: wat sleutelbeheerder {administrator} heeft ingepakt, is iets anders dan in het manifest is vastgelegd. Er is niets geïnstalleerd. Waarschuw de sleutelbeheerders."
            ),
            (Self::Contributions { epoch, .. }, Language::Nl) => format!(
                "Sleutelperiode {epoch}: er zijn te weinig bijdragen vastgelegd, of twee van dezelfde sleutelbeheerder. Zij maken samen geen sleutel. Er is niets geïnstalleerd. Waarschuw de sleutelbeheerders."
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
    let (path, wrap_path) = (files.epoch_key(epoch), files.wrap_key(epoch));
    if path.exists() && !wrap_path.exists() {
        return Ok(Installation::Present);
    }
    let _held = hold_directory(&path)?;
    let secret = Secret::read(secret)?;
    if path.exists() {
        match open_32(&path, Purpose::Epoch(epoch), &secret) {
            // A crash after the key was written left the wrap key behind, or another command was first.
            Ok(_) => {
                forget(&wrap_path)?;
                return Ok(Installation::Present);
            }
            // A crash while it was written: the wrap key is there to write it again.
            Err(KeyFault::Empty(_) | KeyFault::Malformed(_)) => {}
            Err(fault) => return Err(fault.into()),
        }
    }
    if !wrap_path.exists() {
        seal(&wrap_path, Purpose::Wrap(epoch), &random()?, &secret)?;
        let wrap_key = WrapKey::new(&*open_32(&wrap_path, Purpose::Wrap(epoch), &secret)?).public();
        // What was wrapped before was to a key that is gone.
        return Ok(Installation::Waiting { wrap_key, wraps: 0, needed: making.commitments.len() });
    }
    let wrap_key = open_32(&wrap_path, Purpose::Wrap(epoch), &secret).map_err(|fault| {
        if matches!(fault, KeyFault::Empty(_) | KeyFault::Malformed(_)) {
            InstallFault::WrapKeyDamaged { epoch, path: wrap_path.clone() }
        } else {
            fault.into()
        }
    })?;
    let wrap_key = WrapKey::new(&wrap_key);
    let own: Vec<_> = making.wraps.iter().filter(|it| it.connection == *agency).collect();
    let public = wrap_key.public();
    if own.iter().any(|it| it.wrap_key != public) {
        return Err(InstallFault::OtherWrapKey { epoch, path: wrap_path, wrap_key: public });
    }
    let needed = making.commitments.len();
    if own.len() < needed {
        return Ok(Installation::Waiting { wrap_key: public, wraps: own.len(), needed });
    }
    let contributions = unwrapped(manifest, making, agency, &own, &wrap_key)?;
    let wanted = u8::try_from(needed).unwrap_or(u8::MAX);
    let key = epoch_key(manifest.exchange(), epoch, wanted, &contributions)
        .map_err(|fault| InstallFault::Contributions { epoch, fault })?;
    forget(&path)?;
    seal(&path, Purpose::Epoch(epoch), &*key, &secret)?;
    forget(&wrap_path)?;
    Ok(Installation::Installed)
}

/// What every administrator committed to, out of the wraps to this agency.
fn unwrapped(
    manifest: &Manifest,
    making: &EpochMaking,
    agency: &ConnectionId,
    wraps: &[&Wrap],
    wrap_key: &WrapKey,
) -> Result<Vec<Contribution>, InstallFault> {
    let epoch = making.epoch;
    let unwrapped = |commitment: &Commitment| {
        let administrator = &commitment.administrator;
        let closed = || InstallFault::Closed { epoch, administrator: administrator.clone() };
        let wrap = wraps.iter().find(|it| it.administrator == *administrator).ok_or_else(closed)?;
        let wrapped = Wrapped { encapsulated: wrap.encapsulated, ciphertext: wrap.ciphertext };
        let contribution = unwrap(manifest.exchange(), epoch, administrator, agency, wrap_key, &wrapped)
            .map_err(|_| closed())?;
        check(manifest, epoch, &contribution, &commitment.commitment)?;
        Ok(contribution)
    };
    making.commitments.iter().map(unwrapped).collect()
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

#[cfg(test)]
mod tests;
