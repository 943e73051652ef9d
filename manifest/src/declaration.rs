//! What a connection says of its own key of an epoch, signed with the key of its certificate.
//!
//! The hub keeps declarations and passes them on; as the certificate keys are in the signed manifest, it can neither
//! make nor change one. So administrators may wrap to a key that came through the hub (P-11, P-14).

use std::fmt;

use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use samenloop_core::declaration::Matter;
use samenloop_core::manifest::Manifest;
use samenloop_core::value::{ConnectionId, Day, Epoch};

use crate::field::{Bytes32, Field as _};
use crate::statement::sha256;

/// What precedes the 65 bytes of a P-256 point in a SubjectPublicKeyInfo (RFC 5480 section 2).
const P256_SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// Bytes of a certificate key in a declaration: a SubjectPublicKeyInfo of P-256.
pub const CERTIFICATE_KEY_LEN: usize = P256_SPKI.len() + 65;

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// To this X25519 public key administrators wrap their contributions.
    WrapKey([u8; 32]),
    /// The epoch key is installed, and every contribution met its commitment (P-13).
    Installed,
    /// The epoch key is destroyed on every machine of the connection.
    Destroyed,
}

impl Said {
    /// Which matter it is about.
    #[must_use]
    pub const fn matter(&self) -> Matter {
        match self {
            Self::WrapKey(_) => Matter::WrapKey,
            Self::Installed => Matter::Installed,
            Self::Destroyed => Matter::Destroyed,
        }
    }
}

/// One connection's word. `Display` writes the text that it signs:
/// `<origin>/declaration`, the connection, the epoch, what is said, and the day, each on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    origin: String,
    connection: ConnectionId,
    epoch: Epoch,
    said: Said,
    day: Day,
}

impl Declared {
    /// What a connection says on a day, at the exchange of an origin.
    #[must_use]
    pub const fn new(origin: String, connection: ConnectionId, epoch: Epoch, said: Said, day: Day) -> Self {
        Self { origin, connection, epoch, said, day }
    }

    /// Who says it.
    #[must_use]
    pub const fn connection(&self) -> &ConnectionId {
        &self.connection
    }

    /// The epoch whose key it is about.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// What it says.
    #[must_use]
    pub const fn said(&self) -> Said {
        self.said
    }

    /// The day on which it was said.
    #[must_use]
    pub const fn day(&self) -> Day {
        self.day
    }

    /// Reads the signed text; `None` unless it is written exactly as [`fmt::Display`] writes it.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (Some(name), Some(connection), Some(epoch), Some(said), Some(day), None) =
            (lines.next(), lines.next(), lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return None;
        };
        let said = match said {
            "installed" => Said::Installed,
            "destroyed" => Said::Destroyed,
            other => Said::WrapKey(Bytes32::read(other.strip_prefix("wrap-key ")?)?.0),
        };
        let declared = Self {
            origin: name.strip_suffix("/declaration")?.to_owned(),
            connection: ConnectionId::parse(connection).ok()?,
            epoch: Epoch::new(epoch.parse().ok()?),
            said,
            day: Day::parse(day).ok()?,
        };
        (declared.to_string() == text).then_some(declared)
    }
}

impl fmt::Display for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, connection, epoch, said, day } = self;
        write!(f, "{origin}/declaration\n{connection}\n{epoch}\n")?;
        match said {
            Said::WrapKey(key) => {
                f.write_str("wrap-key ")?;
                key.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
            }
            Said::Installed => f.write_str("installed")?,
            Said::Destroyed => f.write_str("destroyed")?,
        }
        writeln!(f, "\n{day}")
    }
}

/// Why a declaration is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeclarationFault {
    /// Not the five lines of one, or of another exchange.
    #[error("this is no declaration of this exchange")]
    Text,
    /// The manifest does not enter the connection, or not with this certificate key.
    #[error("the declaration is not signed by a key that the manifest enters for its connection")]
    OtherKey,
    /// The signature is not of that key over these bytes.
    #[error("the signature of the declaration is wrong")]
    Signature,
}

/// A declaration as it travels: text, certificate key, signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedDeclaration {
    text: Vec<u8>,
    certificate_key: Vec<u8>,
    signature: Vec<u8>,
}

impl SignedDeclaration {
    /// Text, SubjectPublicKeyInfo and ECDSA signature (P-256, SHA-256, ASN.1), none of them looked at yet.
    #[must_use]
    pub const fn new(text: Vec<u8>, certificate_key: Vec<u8>, signature: Vec<u8>) -> Self {
        Self { text, certificate_key, signature }
    }

    /// The signed bytes.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The SubjectPublicKeyInfo of the key that signed.
    #[must_use]
    pub fn certificate_key(&self) -> &[u8] {
        &self.certificate_key
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// What is declared, once the manifest is known to enter this key for the connection that says it.
    ///
    /// # Errors
    /// [`DeclarationFault`].
    pub fn verify(&self, origin: &str, manifest: &Manifest) -> Result<Declared, DeclarationFault> {
        let point = self.certificate_key.strip_prefix(&P256_SPKI).ok_or(DeclarationFault::OtherKey)?;
        let text = std::str::from_utf8(&self.text).map_err(|_| DeclarationFault::Text)?;
        let declared =
            Declared::parse(text).filter(|it| it.origin == origin).ok_or(DeclarationFault::Text)?;
        let own = manifest.connection(&declared.connection);
        if own.is_none_or(|it| !it.certificate_keys.contains(&sha256(&self.certificate_key))) {
            return Err(DeclarationFault::OtherKey);
        }
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point)
            .verify(&self.text, &self.signature)
            .map_err(|_| DeclarationFault::Signature)?;
        Ok(declared)
    }
}
