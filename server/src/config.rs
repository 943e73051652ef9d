//! `hub.toml`: where a hub finds its papers and keeps its store. Paths are relative to the file.

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};

use samenloop_manifest::toml_fault;
use serde::Deserialize;

use crate::processing::CollectorAddress;
use crate::shutdown::Limits;

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
    #[error("{path}: {what}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column; never what stands there.
        what: String,
    },
    /// A folder lies inside that of the database: whoever puts an older one in place would put it in place with it.
    #[error("{path}: `heads` may not lie inside `data`, which a backup brings back with all that is in it")]
    HeadsInData {
        /// The file.
        path: PathBuf,
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
    log_key: PathBuf,
    heads: PathBuf,
    data: PathBuf,
    secrets: PathBuf,
    #[serde(default = "cache_mib")]
    cache_mib: NonZeroU32,
    connections_per_key: Option<NonZeroUsize>,
    mail: Option<MailConfig>,
    #[serde(default)]
    webhooks: Vec<WebhookConfig>,
    processing_log: PathBuf,
    processing_collector: Option<CollectorAddress>,
}

/// The operator's own mail server: without it nobody is mailed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// Its DNS name, as its certificate has it.
    pub server: String,
    /// Its port for submission.
    #[serde(default = "submission")]
    pub port: u16,
    /// PEM file of the CA that its certificate is under.
    pub ca: PathBuf,
    /// The mailbox that mail is from.
    pub from: String,
    /// File of mode 0600: the name on one line, the password on the next.
    pub credentials: PathBuf,
}

/// An endpoint of a coordinator.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// The connection whose alerts it is told of.
    pub coordinator: String,
    /// Its `https` URL.
    pub url: String,
    /// PEM file of the CA that its certificate is under.
    pub ca: PathBuf,
    /// File of mode 0600 with the key that signs events: 64 hexadecimal digits.
    pub secret: PathBuf,
}

/// RFC 6409.
const fn submission() -> u16 {
    587
}

/// About 130,000 live signals of one epoch.
fn cache_mib() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(255)
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
    pub(crate) log_key: PathBuf,
    pub(crate) heads: PathBuf,
    pub(crate) data: PathBuf,
    pub(crate) secrets: PathBuf,
    pub(crate) cache_mib: NonZeroU32,
    pub(crate) connections_per_key: Option<NonZeroUsize>,
    pub(crate) mail: Option<MailConfig>,
    pub(crate) webhooks: Vec<WebhookConfig>,
    pub(crate) processing_log: PathBuf,
    pub(crate) processing_collector: Option<CollectorAddress>,
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
        let config = Self::parse(&text, folder)
            .map_err(|fault| toml_fault(&text, fault.span(), fault.message()))
            .map_err(|what| ConfigFault::Malformed { path: path.to_owned(), what })?;
        if config.heads.starts_with(&config.data) {
            return Err(ConfigFault::HeadsInData { path: path.to_owned() });
        }
        Ok(config)
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
            log_key: folder.join(written.log_key),
            heads: folder.join(written.heads),
            data: folder.join(written.data),
            secrets: folder.join(written.secrets),
            cache_mib: written.cache_mib,
            connections_per_key: written.connections_per_key,
            mail: written.mail.map(|it| MailConfig {
                ca: folder.join(it.ca),
                credentials: folder.join(it.credentials),
                ..it
            }),
            webhooks: written
                .webhooks
                .into_iter()
                .map(|it| WebhookConfig { ca: folder.join(it.ca), secret: folder.join(it.secret), ..it })
                .collect(),
            processing_log: folder.join(written.processing_log),
            processing_collector: written.processing_collector,
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

    /// Bytes of the database's cache. Filing costs two to three times as much once the records of live signals
    /// outgrow it, at about 2 kB a signal and epoch; the hub takes up to 2.5 times this in memory (measured on
    /// sled 0.34.7).
    #[must_use]
    pub fn cache_bytes(&self) -> u64 {
        u64::from(self.cache_mib.get()) << 20
    }

    /// What one peer may cost the hub. Where many machines share one certificate, its share of connections may be set.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let limits = Limits::default();
        let connections_per_key =
            self.connections_per_key.map_or(limits.connections_per_key, NonZeroUsize::get);
        Limits { connections_per_key, ..limits }
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
log_key = "log.key"
heads = "heads"
data = "data"
secrets = "/elsewhere/secrets"
processing_log = "processing"
"#;

    #[test]
    fn paths_are_relative_to_the_file() {
        let config = HubConfig::parse(WHOLE, Path::new("/kit")).unwrap();
        assert_eq!(config.ca, Path::new("/kit/ca.pem"));
        assert_eq!(config.secrets(), Path::new("/elsewhere/secrets"));
        assert_eq!(config.listen().port(), 7400);
    }

    #[test]
    fn a_fault_says_where_and_never_what_stands_there() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("hub.toml");
        std::fs::write(&path, format!("{WHOLE}cache_mib = \"hunter2\"\n")).unwrap();
        let fault = HubConfig::load(&path).unwrap_err().to_string();
        assert!(fault.contains("line 14, column 13") && !fault.contains("hunter2"), "{fault}");
    }

    #[test]
    fn a_certificate_that_many_share_gets_more_connections() {
        let share =
            |text: &str| HubConfig::parse(text, Path::new("")).map(|it| it.limits().connections_per_key);
        assert_eq!(share(WHOLE).unwrap(), 16);
        assert_eq!(share(&format!("{WHOLE}connections_per_key = 64\n")).unwrap(), 64);
        assert!(share(&format!("{WHOLE}connections_per_key = 0\n")).is_err());
    }

    #[test]
    fn a_large_hub_gets_a_larger_cache() {
        let bytes = |text: &str| HubConfig::parse(text, Path::new("")).map(|it| it.cache_bytes());
        assert_eq!(bytes(WHOLE).unwrap(), 256 << 20);
        assert_eq!(bytes(&format!("{WHOLE}cache_mib = 4096\n")).unwrap(), 4 << 30);
        assert!(bytes(&format!("{WHOLE}cache_mib = 0\n")).is_err());
    }

    /// P-75: an older database that is put in place must not bring its own heads.
    #[test]
    fn heads_inside_the_data_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("hub.toml");
        for (heads, is_taken) in [("heads", true), ("data/heads", false), ("data", false)] {
            std::fs::write(&file, WHOLE.replace("heads = \"heads\"", &format!("heads = \"{heads}\"")))
                .unwrap();
            let loaded = HubConfig::load(&file);
            assert_eq!(loaded.is_ok(), is_taken, "{heads}");
            assert!(is_taken || matches!(loaded, Err(ConfigFault::HeadsInData { .. })));
        }
    }

    #[test]
    fn a_key_that_a_hub_does_not_know_is_refused() {
        let text = format!("{WHOLE}epoch_key = \"epoch.key\"\n");
        assert!(HubConfig::parse(&text, Path::new("")).unwrap_err().to_string().contains("epoch_key"));
    }

    #[test]
    fn the_ways_out_have_their_papers_beside_the_file() {
        let text = format!(
            "{WHOLE}[mail]\nserver = \"mail.example\"\nca = \"mail.pem\"\nfrom = \"hub@voorbeeld.example\"\n\
             credentials = \"mail.key\"\n[[webhooks]]\ncoordinator = \"zorgcoordinator-west\"\n\
             url = \"https://zorg.example/in\"\nca = \"zorg.pem\"\nsecret = \"zorg.key\"\n"
        );
        let config = HubConfig::parse(&text, Path::new("/kit")).unwrap();
        let mail = config.mail.unwrap();
        assert_eq!((mail.port, mail.credentials.as_path()), (587, Path::new("/kit/mail.key")));
        assert_eq!(config.webhooks[0].secret, Path::new("/kit/zorg.key"));
        assert!(HubConfig::parse(&format!("{text}agency = true\n"), Path::new("")).is_err());
    }

    #[test]
    fn a_missing_key_is_named() {
        let text = WHOLE.replace("manifests = \"manifests\"\n", "");
        assert!(HubConfig::parse(&text, Path::new("")).unwrap_err().to_string().contains("manifests"));
    }

    /// V-44: no hub without a processing log, and none whose lines leave the machine in the open.
    #[test]
    fn a_processing_log_is_obliged_and_its_collector_is_of_this_machine() {
        let text = WHOLE.replace("processing_log = \"processing\"\n", "");
        assert!(HubConfig::parse(&text, Path::new("")).unwrap_err().to_string().contains("processing_log"));
        let parsed = |address: &str| {
            HubConfig::parse(&format!("{WHOLE}processing_collector = \"{address}\"\n"), Path::new(""))
        };
        for address in ["127.0.0.1:4318", "[::1]:4318"] {
            assert!(parsed(address).is_ok(), "{address}");
        }
        for address in ["192.0.2.1:4318", "localhost:4318", "127.0.0.1", "http://127.0.0.1:4318"] {
            assert!(parsed(address).is_err(), "{address}");
        }
    }
}
