//! Names that the manifest gives: connections, organisations, regions.

use std::fmt;
use std::sync::Arc;

/// Why a text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name is 1 to 32 characters a-z, 0-9 or '-', and starts with a letter")]
pub struct NameFault;

fn parse(text: &str) -> Result<Arc<str>, NameFault> {
    let lawful = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    let starts_well = text.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
    if text.len() <= 32 && starts_well && text.bytes().all(lawful) {
        Ok(Arc::from(text))
    } else {
        Err(NameFault)
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Parses a name.
            ///
            /// # Errors
            /// [`NameFault`] unless it is 1 to 32 characters `a-z`, `0-9` or `-`, starting with a letter.
            pub fn parse(text: &str) -> Result<Self, NameFault> {
                parse(text).map(Self)
            }

            /// The name as the manifest spells it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// A connection (aansluiting): one organisation in one domain; what a certificate names.
    ConnectionId
);
name!(
    /// A legal entity. Two connections of one municipality share it.
    OrganisationId
);
name!(
    /// A region with its own care coordinators.
    RegionId
);
