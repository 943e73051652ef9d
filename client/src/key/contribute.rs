//! One administrator's part of an epoch key, drawn on a machine without a network (P-10).

use std::path::{Path, PathBuf};

use samenloop_core::value::{ConnectionId, Epoch};
use samenloop_manifest::Root;
use samenloop_pseudonym::contribution::Contribution;

use super::disk::make_directory;
use super::new::random;
use super::{KeyFault, Purpose, Secret, open_32, seal};
use crate::config::{AdministratorFiles, Config};
use crate::hex::hex;
use crate::language::{Language, Say, cause};

/// Why there is no contribution.
#[derive(Debug, thiserror::Error)]
pub enum ContributeFault {
    /// The contribution's file or the secret.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// The pinned root says for which exchange it is.
    #[error("the root {path} cannot be used: {what}", path = path.display())]
    Root {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Another connection's command.
    #[error("connection {0} is no administrator: its configuration has no [administrator]")]
    NoAdministrator(ConnectionId),
    /// The commitment cannot be written. The contribution is kept.
    #[error("the contribution was made, but {path} cannot be written: {cause}", path = path.display())]
    Commitment {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::ErrorKind,
    },
}

impl Say for ContributeFault {
    fn say(&self, language: Language) -> String {
        match (self, language) {
            (Self::Key(fault), _) => fault.say(language),
            (_, Language::En) => format!("{self}."),
            (Self::Root { path, what }, Language::Nl) => {
                format!("De root {} is niet te gebruiken ({what}).", path.display())
            }
            (Self::NoAdministrator(id), Language::Nl) => format!(
                "De aansluiting {id} is geen sleutelbeheerder: de configuratie heeft geen deel [administrator]."
            ),
            (Self::Commitment { path, cause: kind }, Language::Nl) => format!(
                "De bijdrage is gemaakt, maar {} is niet te schrijven: {}. Geef het commando daarna opnieuw.",
                path.display(),
                cause(&(*kind).into(), language)
            ),
        }
    }
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contributed {
    /// The sealed contribution.
    pub contribution: PathBuf,
    /// The file with its commitment, for the manifest.
    pub commitment: PathBuf,
}

/// Draws the contribution to an epoch's key, keeps it sealed, and writes its commitment (P-13).
///
/// A contribution that is there stays: another one would not fit the commitment that others may have. Only a
/// commitment that was not written yet is.
///
/// # Errors
/// [`ContributeFault`], [`KeyFault::Present`] when both are there.
pub fn contribute(config: &Config, epoch: Epoch) -> Result<Contributed, ContributeFault> {
    let administrator = config.connection();
    let files = files(config)?;
    let exchange = exchange(config.root())?;
    let (path, promised) = (files.contribution(epoch), files.commitment(epoch, administrator));
    let purpose = Purpose::Contribution(epoch);
    if path.exists() && promised.exists() {
        return Err(KeyFault::Present(path).into());
    }
    let secret = Secret::read(config.secret())?;
    if !path.exists() {
        make_directory(&path)?;
        seal(&path, purpose, &random()?, &secret)?;
    }
    let contribution = contribution(config, epoch)?;
    let text = format!(
        "# Toezegging van {administrator} bij de sleutel van sleutelperiode {epoch} van {exchange}.\n\
         # Niets hierin is geheim.\n\
         administrator = \"{administrator}\"\nepoch = {epoch}\ncommitment = \"{}\"\n",
        hex(&contribution.commitment(&exchange, epoch))
    );
    let written = std::fs::write(&promised, text);
    written.map_err(|fault| ContributeFault::Commitment { path: promised.clone(), cause: fault.kind() })?;
    Ok(Contributed { contribution: path, commitment: promised })
}

/// Opens the contribution of this administrator to an epoch's key, to wrap it.
///
/// # Errors
/// [`ContributeFault`] when there is none here, or its file or secret cannot be used.
pub fn contribution(config: &Config, epoch: Epoch) -> Result<Contribution, ContributeFault> {
    let path = files(config)?.contribution(epoch);
    let secret = Secret::read(config.secret())?;
    let value = open_32(&path, Purpose::Contribution(epoch), &secret)?;
    Ok(Contribution::new(config.connection().clone(), *value))
}

fn files(config: &Config) -> Result<&AdministratorFiles, ContributeFault> {
    config.administrator().ok_or_else(|| ContributeFault::NoAdministrator(config.connection().clone()))
}

fn exchange(root: &Path) -> Result<String, ContributeFault> {
    let unusable = |what: String| ContributeFault::Root { path: root.to_owned(), what };
    let text = std::fs::read_to_string(root).map_err(|fault| unusable(fault.kind().to_string()))?;
    let root = Root::parse(&text).map_err(|fault| unusable(fault.to_string()))?;
    Ok(root.exchange().to_owned())
}
