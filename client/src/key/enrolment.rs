//! What administrators need to enter a connection in the manifest: public halves only.

use std::fmt;

use samenloop_core::value::{ConnectionId, Epoch};

use crate::config::Config;

/// What a connection is for, as far as its configuration tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Agency,
    Coordinator,
    Administrator,
    /// Contact point or privacy officer: neither has keys of its own but that of its certificate.
    Other,
}

impl Role {
    pub(super) const fn of(config: &Config) -> Self {
        match (&config.agency, &config.coordinator, &config.administrator) {
            (Some(_), _, _) => Self::Agency,
            (_, Some(_), _) => Self::Coordinator,
            (_, _, Some(_)) => Self::Administrator,
            (None, None, None) => Self::Other,
        }
    }

    const fn code(self) -> Option<&'static str> {
        match self {
            Self::Agency => Some("agency"),
            Self::Coordinator => Some("coordinator"),
            Self::Administrator => Some("administrator"),
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
            writeln!(f, "# INVULLEN regions = []")?;
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

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
