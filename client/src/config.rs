//! The configuration file of one connection.

use std::path::{Path, PathBuf};

use samenloop_core::value::{ConnectionId, Epoch};
use samenloop_manifest::toml_fault;
use serde::Deserialize;

use crate::language::{Language, Say, cause};
use crate::manifest::toml_text::dutch;

/// Why a file is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFault {
    /// Not there, or not readable.
    #[error("{path} cannot be read: {source}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Not TOML, an unknown entry, or one missing.
    #[error("{path}: {message}", path = path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where: never what stands there.
        message: String,
    },
}

impl Say for ConfigFault {
    fn say(&self, language: Language) -> String {
        match (self, language) {
            (_, Language::En) => format!("{self}."),
            (Self::Unreadable { path, source }, Language::Nl) => format!(
                "Het configuratiebestand {} is niet te lezen: {}.",
                path.display(),
                cause(source, language)
            ),
            (Self::Malformed { path, message }, Language::Nl) => {
                format!("Het configuratiebestand {} klopt niet. {}", path.display(), dutch(message))
            }
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    connection: String,
    hub: String,
    ca: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
    secret: PathBuf,
    root: PathBuf,
    manifests: PathBuf,
    journal: Option<PathBuf>,
    agency: Option<AgencyFiles>,
    coordinator: Option<CoordinatorFiles>,
    contact_point: Option<ContactPointFiles>,
    administrator: Option<AdministratorFiles>,
}

/// The key files of an agency.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgencyFiles {
    pub(crate) reference_key: PathBuf,
    pub(crate) details_key: PathBuf,
    pub(crate) epoch_keys: PathBuf,
}

impl AgencyFiles {
    /// The sealed key under which references are made.
    #[must_use]
    pub fn reference_key(&self) -> &Path {
        &self.reference_key
    }

    /// The sealed key of details.
    #[must_use]
    pub fn details_key(&self) -> &Path {
        &self.details_key
    }

    /// The directory of the keys of epochs and of their wrap keys.
    #[must_use]
    pub fn epoch_keys(&self) -> &Path {
        &self.epoch_keys
    }

    /// The sealed key of an epoch.
    #[must_use]
    pub fn epoch_key(&self, epoch: Epoch) -> PathBuf {
        self.epoch_keys.join(format!("{epoch}.key"))
    }

    /// The sealed key to which contributions to an epoch are wrapped; gone once the epoch's key is installed.
    #[must_use]
    pub fn wrap_key(&self, epoch: Epoch) -> PathBuf {
        self.epoch_keys.join(format!("wrap-{epoch}.key"))
    }

    /// The signed statement that the key of an epoch was destroyed here.
    #[must_use]
    pub fn statement(&self, epoch: Epoch) -> PathBuf {
        self.epoch_keys.join(format!("destroyed-{epoch}.txt"))
    }
}

/// The key files of a coordinator.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoordinatorFiles {
    pub(crate) details_key: PathBuf,
    /// Keys that the manifest entered before: what was sealed to them opens until its term is over.
    #[serde(default)]
    pub(crate) earlier_details_keys: Vec<PathBuf>,
}

/// The key files of a contact point.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactPointFiles {
    pub(crate) details_key: PathBuf,
}

impl CoordinatorFiles {
    /// The sealed key of details.
    #[must_use]
    pub fn details_key(&self) -> &Path {
        &self.details_key
    }
}

/// The key files of an administrator.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdministratorFiles {
    pub(crate) sign_key: PathBuf,
    /// The directory of `contribution-<epoch>.key`.
    pub(crate) contributions: PathBuf,
}

impl AdministratorFiles {
    /// The directory of the contributions.
    #[must_use]
    pub fn contributions(&self) -> &Path {
        &self.contributions
    }

    /// The sealed Ed25519 seed with which the administrator signs.
    #[must_use]
    pub fn sign_key(&self) -> &Path {
        &self.sign_key
    }

    /// The sealed contribution to the key of an epoch.
    #[must_use]
    pub fn contribution(&self, epoch: Epoch) -> PathBuf {
        self.contributions.join(format!("contribution-{epoch}.key"))
    }

    /// What an administrator promises of it in public.
    #[must_use]
    pub fn commitment(&self, epoch: Epoch, administrator: &ConnectionId) -> PathBuf {
        self.contributions.join(format!("contribution-{epoch}-{administrator}.toml"))
    }

    /// The signed statement that the contribution to an epoch was destroyed here.
    #[must_use]
    pub fn statement(&self, epoch: Epoch) -> PathBuf {
        self.contributions.join(format!("destroyed-{epoch}.txt"))
    }
}

/// Where everything of one connection is: every path already relative to the file that named it.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) connection: ConnectionId,
    pub(crate) hub: String,
    pub(crate) ca: PathBuf,
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) secret: PathBuf,
    pub(crate) root: PathBuf,
    pub(crate) manifests: PathBuf,
    pub(crate) journal: PathBuf,
    pub(crate) agency: Option<AgencyFiles>,
    pub(crate) coordinator: Option<CoordinatorFiles>,
    pub(crate) contact_point: Option<ContactPointFiles>,
    pub(crate) administrator: Option<AdministratorFiles>,
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// [`ConfigFault`] when it is missing or is no configuration.
    pub fn read(path: &Path) -> Result<Self, ConfigFault> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigFault::Unreadable { path: path.to_owned(), source })?;
        let malformed = |message: String| ConfigFault::Malformed { path: path.to_owned(), message };
        let file: File = toml::from_str(&text)
            .map_err(|fault| malformed(toml_fault(&text, fault.span(), fault.message())))?;
        let connection = ConnectionId::parse(&file.connection)
            .map_err(|fault| malformed(format!("connection: {fault}")))?;
        let base = path.parent().unwrap_or(Path::new(""));
        let at = |path: PathBuf| base.join(path);
        Ok(Self {
            connection,
            hub: file.hub,
            ca: at(file.ca),
            certificate: at(file.certificate),
            key: at(file.key),
            secret: at(file.secret),
            root: at(file.root),
            manifests: at(file.manifests),
            journal: file.journal.map_or_else(|| path.with_extension("journal"), at),
            agency: file.agency.map(|it| AgencyFiles {
                reference_key: at(it.reference_key),
                details_key: at(it.details_key),
                epoch_keys: at(it.epoch_keys),
            }),
            coordinator: file.coordinator.map(|it| CoordinatorFiles {
                details_key: at(it.details_key),
                earlier_details_keys: it.earlier_details_keys.into_iter().map(at).collect(),
            }),
            contact_point: file.contact_point.map(|it| ContactPointFiles { details_key: at(it.details_key) }),
            administrator: file.administrator.map(|it| AdministratorFiles {
                sign_key: at(it.sign_key),
                contributions: at(it.contributions),
            }),
        })
    }

    /// The connection that this machine is.
    #[must_use]
    pub const fn connection(&self) -> &ConnectionId {
        &self.connection
    }

    /// Address and port of the hub.
    #[must_use]
    pub fn hub(&self) -> &str {
        &self.hub
    }

    /// The private key of the connection's certificate.
    #[must_use]
    pub fn key(&self) -> &Path {
        &self.key
    }

    /// The pinned root.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What `key new` writes for the administrators: beside the certificate's key.
    #[must_use]
    pub fn enrolment(&self, epoch: Option<Epoch>) -> PathBuf {
        let connection = &self.connection;
        self.key.with_file_name(epoch.map_or_else(
            || format!("enrolment-{connection}.toml"),
            |epoch| format!("enrolment-{connection}-{epoch}.toml"),
        ))
    }

    /// The machine secret or passphrase under which the connection's keys are sealed.
    #[must_use]
    pub fn secret(&self) -> &Path {
        &self.secret
    }

    /// The key files of an agency; `None` for any other.
    #[must_use]
    pub const fn agency(&self) -> Option<&AgencyFiles> {
        self.agency.as_ref()
    }

    /// The key files of a coordinator; `None` for any other.
    #[must_use]
    pub const fn coordinator(&self) -> Option<&CoordinatorFiles> {
        self.coordinator.as_ref()
    }

    /// The key files of an administrator; `None` for any other.
    #[must_use]
    pub const fn administrator(&self) -> Option<&AdministratorFiles> {
        self.administrator.as_ref()
    }

    /// The journal of the connection's own signals.
    #[must_use]
    pub fn journal(&self) -> &Path {
        &self.journal
    }

    /// Where a coordinator keeps how far it watched: beside the journal.
    #[must_use]
    pub fn cursor(&self) -> PathBuf {
        self.journal.with_extension("cursor")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "connection = 'school-west'\nhub = '127.0.0.1:7000'\nca = 'ca.pem'\n\
        certificate = 'c.pem'\nkey = 'k.pem'\nsecret = 'machine.secret'\nroot = 'root.toml'\nmanifests = 'manifests'\n\
        journal = 'school-west.journal'\n[agency]\nreference_key = 'r.key'\ndetails_key = '/keys/d.key'\n\
        epoch_keys = 'epochs'\n";

    #[test]
    fn paths_are_relative_to_the_file_that_names_them() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("school-west.toml");
        std::fs::write(&path, WHOLE).unwrap();
        let config = Config::read(&path).unwrap();
        assert_eq!(config.ca, dir.path().join("ca.pem"));
        let agency = config.agency.unwrap();
        assert_eq!(agency.epoch_keys, dir.path().join("epochs"));
        assert_eq!(agency.details_key, Path::new("/keys/d.key"));
    }

    #[test]
    fn an_unknown_or_missing_entry_is_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("school-west.toml");
        std::fs::write(&path, format!("epoch_key = 'x'\n{WHOLE}")).unwrap();
        assert!(Config::read(&path).unwrap_err().to_string().contains("epoch_key"));
        std::fs::write(&path, WHOLE.replace("ca = 'ca.pem'\n", "")).unwrap();
        assert!(Config::read(&path).unwrap_err().to_string().contains("`ca`"));
        assert!(matches!(Config::read(&dir.path().join("absent")), Err(ConfigFault::Unreadable { .. })));
    }

    #[test]
    fn a_secret_that_was_pasted_into_the_file_is_not_repeated() {
        const SECRET: &str = "5f4dcc3b5aa765d61d8327deb882cf99";
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("school-west.toml");
        let pasted = [
            WHOLE.replace("secret = 'machine.secret'", &format!("secret = {SECRET}")),
            WHOLE.replace("[agency]", &format!("agency = '{SECRET}'\n[coordinator]")),
            format!("{SECRET}\n{WHOLE}"),
        ];
        for text in pasted {
            std::fs::write(&path, &text).unwrap();
            let fault = Config::read(&path).unwrap_err();
            for said in [fault.to_string(), fault.say(Language::En), fault.say(Language::Nl)] {
                assert!(!said.contains(SECRET), "{said}");
                assert!(said.contains("line ") || said.contains("Regel "), "{said}");
            }
        }
    }
}
