//! What administrators need to enter a connection in the manifest: public halves only.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use samenloop_core::value::{ConnectionId, Epoch};
use samenloop_manifest::toml_fault;

use crate::config::Config;
use crate::hex::{hex, unhex};
use crate::language::{Language, Say, cause};

/// What a connection is for, as far as its configuration tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Agency,
    Coordinator,
    Administrator,
    ContactPoint,
    /// Privacy officer: it has no key of its own but that of its certificate.
    Other,
}

impl Role {
    pub(super) const fn of(config: &Config) -> Self {
        match (&config.agency, &config.coordinator, &config.administrator, &config.contact_point) {
            (Some(_), _, _, _) => Self::Agency,
            (_, Some(_), _, _) => Self::Coordinator,
            (_, _, Some(_), _) => Self::Administrator,
            (_, _, _, Some(_)) => Self::ContactPoint,
            (None, None, None, None) => Self::Other,
        }
    }

    const fn code(self) -> Option<&'static str> {
        match self {
            Self::Agency => Some("agency"),
            Self::Coordinator => Some("coordinator"),
            Self::Administrator => Some("administrator"),
            Self::ContactPoint => Some("contact-point"),
            Self::Other => None,
        }
    }
}

/// The enrolment of a connection. `Display` writes the file: TOML, in which the request stands as PEM.
pub(super) struct Enrolment {
    exchange: String,
    pub(super) connection: ConnectionId,
    role: Role,
    pub(super) oin: Option<String>,
    /// PKCS#10, as PEM.
    pub(super) request: Option<String>,
    pub(super) certificate_key: Option<[u8; 32]>,
    pub(super) details_key: Option<[u8; 32]>,
    pub(super) wrap_key: Option<(Epoch, [u8; 32])>,
    pub(super) verifier_key: Option<String>,
}

impl Enrolment {
    pub(super) fn new(exchange: &str, connection: &ConnectionId, role: Role) -> Self {
        Self {
            exchange: exchange.to_owned(),
            connection: connection.clone(),
            role,
            oin: None,
            request: None,
            certificate_key: None,
            details_key: None,
            wrap_key: None,
            verifier_key: None,
        }
    }

    fn connection_block(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n# Voor het manifest. Vul in wat achter INVULLEN staat, en haal INVULLEN weg.\n")?;
        writeln!(f, "[[connections]]\nid = \"{}\"", self.connection)?;
        match self.role.code() {
            Some(role) => writeln!(f, "role = \"{role}\"")?,
            None => writeln!(f, "# INVULLEN role = \"contact-point\" of \"privacy-officer\"")?,
        }
        writeln!(f, "# INVULLEN organisation = \"\"")?;
        if self.role == Role::Agency {
            writeln!(f, "# INVULLEN domain = \"\"\n# INVULLEN kinds = []")?;
            writeln!(f, "# INVULLEN unmarked_codes = false\n# INVULLEN quota_lines = 0")?;
        }
        if self.role != Role::Administrator {
            writeln!(f, "# INVULLEN regions = []\n# INVULLEN mailbox = \"\"")?;
        }
        if let Some(key) = &self.certificate_key {
            writeln!(f, "certificate_keys = [\"{}\"]", hex(key))?;
        }
        if let Some(key) = &self.details_key {
            writeln!(f, "details_key = \"{}\"", hex(key))?;
        }
        writeln!(
            f,
            "# INVULLEN legal_basis = \"\"\n# INVULLEN agreement = \"\"\n# INVULLEN valid_until = \"\""
        )
    }
}

impl fmt::Display for Enrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (connection, exchange) = (&self.connection, &self.exchange);
        writeln!(f, "# Aanmelding van {connection} bij {exchange}, voor de sleutelbeheerders.")?;
        writeln!(
            f,
            "# Niets in dit bestand is geheim. Wel moet zeker zijn van wie het komt: bel terug, en lees"
        )?;
        writeln!(f, "# samen de laatste zestien tekens van elke sleutel voor.")?;
        if let (Some(request), Some(oin)) = (&self.request, &self.oin) {
            writeln!(f, "\n# Voor de uitgever van certificaten, bij OIN {oin}.")?;
            writeln!(f, "certificate_request = '''\n{}'''", request.replace("\r\n", "\n"))?;
        }
        self.connection_block(f)?;
        if let Some((epoch, key)) = &self.wrap_key {
            writeln!(
                f,
                "\n# De inpaksleutel van sleutelperiode {epoch}: iedere sleutelbeheerder pakt er zijn"
            )?;
            writeln!(f, "# bijdrage mee in.\n\n[[wrap_keys]]")?;
            writeln!(f, "connection = \"{connection}\"\nepoch = {epoch}\nwrap_key = \"{}\"", hex(key))?;
        }
        if let Some(key) = &self.verifier_key {
            writeln!(f, "\n# Voor de root.\n\n[[administrators]]\nid = \"{connection}\"\nvkey = \"{key}\"")?;
            match &self.oin {
                Some(oin) => writeln!(f, "organisation = \"{oin}\"")?,
                None => writeln!(f, "# INVULLEN organisation = \"\"")?,
            }
        }
        Ok(())
    }
}

/// The wrap keys for an epoch in an enrolment file, as `key new --epoch` writes it. Nothing in the file proves whose
/// it is: administrators compare its keys with the agency by phone before they wrap.
///
/// # Errors
/// [`EnrolmentFault`] names the file.
pub fn enrolled_wrap_keys(
    path: &Path,
    epoch: Epoch,
) -> Result<Vec<(ConnectionId, [u8; 32])>, EnrolmentFault> {
    #[derive(serde::Deserialize)]
    struct File {
        #[serde(default)]
        wrap_keys: Vec<Entry>,
    }
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Entry {
        connection: String,
        epoch: u32,
        wrap_key: String,
    }
    let fault = |what| EnrolmentFault { path: path.to_owned(), what };
    let text = std::fs::read_to_string(path).map_err(|it| fault(NoWrapKey::Unreadable(it.kind())))?;
    let file: File = toml::from_str(&text)
        .map_err(|it| fault(NoWrapKey::Malformed(toml_fault(&text, it.span(), it.message()))))?;
    let entries = file.wrap_keys.iter().filter(|it| it.epoch == epoch.number());
    let keys: Result<Vec<_>, NoWrapKey> = entries
        .map(|it| {
            let id =
                ConnectionId::parse(&it.connection).map_err(|it| NoWrapKey::Malformed(it.to_string()))?;
            Ok((id, unhex(&it.wrap_key).and_then(|it| it.try_into().ok()).ok_or(NoWrapKey::Form)?))
        })
        .collect();
    match keys.map_err(fault)? {
        keys if keys.is_empty() => Err(fault(NoWrapKey::None(epoch))),
        keys => Ok(keys),
    }
}

/// Why a file of an enrolment gives no wrap key.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {what}", path = path.display())]
pub struct EnrolmentFault {
    path: PathBuf,
    what: NoWrapKey,
}

/// What is wrong with a file of an enrolment.
#[derive(Debug, thiserror::Error)]
enum NoWrapKey {
    #[error("cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    #[error("is no whole enrolment: {0}")]
    Malformed(String),
    #[error("a wrap key is no 64 hexadecimal digits: the file was cut off or changed")]
    Form,
    #[error("holds no wrap key for epoch {0}: ask for one (samenloop key new --epoch {0})")]
    None(Epoch),
}

impl Say for EnrolmentFault {
    fn say(&self, language: Language) -> String {
        if language == Language::En {
            return format!("{}.", self.to_string().trim_end().trim_end_matches('.'));
        }
        let what = match &self.what {
            NoWrapKey::Unreadable(kind) => format!("niet te lezen: {}.", cause(&(*kind).into(), language)),
            NoWrapKey::Malformed(text) => {
                format!("geen hele aanmelding ({}). Vraag het bestand opnieuw.", text.trim())
            }
            NoWrapKey::Form => {
                "een inpaksleutel is geen 64 hexadecimale tekens: het bestand is afgebroken of veranderd. Vraag het opnieuw.".into()
            }
            NoWrapKey::None(epoch) => format!(
                "geen inpaksleutel voor sleutelperiode {epoch}. Vraag erom: samenloop key new --epoch {epoch}"
            ),
        };
        format!("{}: {what}", self.path.display())
    }
}
