//! Where mail to a connection goes.

use std::fmt;
use std::sync::Arc;

/// Why a text is no mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a mailbox is a name of a-z, 0-9, '.', '_', '+' or '-', an @, and a DNS name in lower case")]
pub struct MailboxFault;

/// The function mailbox of a connection: of an office, never of a person. At most 254 bytes of ASCII, its name at most
/// 64 (RFC 5321 section 4.5.3.1), none of which means anything to a shell, a header or a mail server.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mailbox(Arc<str>);

impl Mailbox {
    /// Parses a mailbox.
    ///
    /// # Errors
    /// [`MailboxFault`] unless it is `name@domain`, in lower case and without a comment, quote or display name.
    pub fn parse(text: &str) -> Result<Self, MailboxFault> {
        let (name, domain) = text.split_once('@').ok_or(MailboxFault)?;
        let lawful = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._+-".contains(&byte);
        let sound = (1..=64).contains(&name.len())
            && name.bytes().all(lawful)
            && name.split('.').all(|part| !part.is_empty());
        if sound && text.len() <= 254 && domain.contains('.') && is_dns_name(domain) {
            Ok(Self(Arc::from(text)))
        } else {
            Err(MailboxFault)
        }
    }

    /// The address as the manifest spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailbox")
    }
}

/// Whether a text is a DNS name in lower case: labels of 1 to 63 characters a-z, 0-9 or '-', 253 bytes at most.
#[must_use]
pub fn is_dns_name(text: &str) -> bool {
    let label = |label: &str| {
        let lawful = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(lawful)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_is_a_name_and_a_domain_and_nothing_else() {
        let long = format!("{}@voorbeeld.example", "a".repeat(64));
        for text in ["zorg@voorbeeld.example", "team-1.west+samenloop@a.example", &long] {
            assert_eq!(Mailbox::parse(text).map(|it| it.as_str().to_owned()), Ok(text.to_owned()));
        }
        let too_long = format!("{}@voorbeeld.example", "a".repeat(65));
        for text in [
            "",
            "zorg",
            "@voorbeeld.example",
            "zorg@",
            "zorg@localhost",
            "zorg@voorbeeld.example\r\nBcc: x@a.example",
            "Zorg <zorg@voorbeeld.example>",
            "zorg@voor@beeld.example",
            ".zorg@voorbeeld.example",
            "zo..rg@voorbeeld.example",
            "Zorg@voorbeeld.example",
            "zorg@Voorbeeld.example",
            "zörg@voorbeeld.example",
            "zorg@-beeld.example",
            &too_long,
        ] {
            assert_eq!(Mailbox::parse(text), Err(MailboxFault), "{text:?}");
        }
    }
}
