//! `hub.toml`: where a hub finds its papers and keeps its store. Paths are relative to the file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Why a configuration file is not one.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFault {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's own error.
        source: std::io::Error,
    },
    /// The file is no TOML, lacks a key, or has a key that a hub does not know.
    #[error("{path}: {source}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        source: Box<toml::de::Error>,
    },
}

/// The keys of the file, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    listen: SocketAddr,
    ca: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
    root: PathBuf,
    manifests: PathBuf,
    receipt_key: PathBuf,
    data: PathBuf,
    secrets: PathBuf,
}

/// A hub's configuration. Holds paths only; no key or secret is ever in it (P-14).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubConfig {
    pub(crate) listen: SocketAddr,
    pub(crate) ca: PathBuf,
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) root: PathBuf,
    pub(crate) manifests: PathBuf,
    pub(crate) receipt_key: PathBuf,
    pub(crate) data: PathBuf,
    pub(crate) secrets: PathBuf,
}

impl HubConfig {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigFault`] names the file and what is wrong with it.
    pub fn load(path: &Path) -> Result<Self, ConfigFault> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigFault::Unreadable { path: path.to_owned(), source })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(&text, folder)
            .map_err(|source| ConfigFault::Malformed { path: path.to_owned(), source: Box::new(source) })
    }

    fn parse(text: &str, folder: &Path) -> Result<Self, toml::de::Error> {
        let written: Written = toml::from_str(text)?;
        Ok(Self {
            listen: written.listen,
            ca: folder.join(written.ca),
            certificate: folder.join(written.certificate),
            key: folder.join(written.key),
            root: folder.join(written.root),
            manifests: folder.join(written.manifests),
            receipt_key: folder.join(written.receipt_key),
            data: folder.join(written.data),
            secrets: folder.join(written.secrets),
        })
    }

    /// The address to listen on; port 0 lets the system choose one.
    #[must_use]
    pub const fn listen(&self) -> SocketAddr {
        self.listen
    }

    /// The folder of the database and the intake log.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The folder of the hub's own secrets, outside the database and its backups.
    #[must_use]
    pub fn secrets(&self) -> &Path {
        &self.secrets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
listen = "127.0.0.1:7400"
ca = "ca.pem"
certificate = "hub.pem"
key = "hub.key"
root = "root.note"
manifests = "manifests"
receipt_key = "receipt.key"
data = "data"
secrets = "/elsewhere/secrets"
"#;

    #[test]
    fn paths_are_relative_to_the_file() {
        let config = HubConfig::parse(WHOLE, Path::new("/kit")).unwrap();
        assert_eq!(config.ca, Path::new("/kit/ca.pem"));
        assert_eq!(config.secrets(), Path::new("/elsewhere/secrets"));
        assert_eq!(config.listen().port(), 7400);
    }

    #[test]
    fn a_key_that_a_hub_does_not_know_is_refused() {
        let text = format!("{WHOLE}epoch_key = \"epoch.key\"\n");
        assert!(HubConfig::parse(&text, Path::new("")).unwrap_err().to_string().contains("epoch_key"));
    }

    #[test]
    fn a_missing_key_is_named() {
        let text = WHOLE.replace("manifests = \"manifests\"\n", "");
        assert!(HubConfig::parse(&text, Path::new("")).unwrap_err().to_string().contains("manifests"));
    }
}
