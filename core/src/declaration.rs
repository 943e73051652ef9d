//! Declarations: what a connection says, signed by itself, of its own key of an epoch (P-11).
//!
//! The hub keeps them and passes them on; whoever relies on one checks its signature.

use crate::value::{ConnectionId, Epoch};

/// Bytes that a declaration holds at most.
pub const MAX_DECLARATION: usize = 1024;

/// What a declaration is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Matter {
    /// The key to which administrators wrap their contributions to the epoch key.
    WrapKey,
    /// The epoch key is installed, and every contribution met its commitment (P-13).
    Installed,
    /// The epoch key is destroyed (P-11).
    Destroyed,
}

/// A declaration that is empty, or longer than [`MAX_DECLARATION`] bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a declaration holds 1 to {MAX_DECLARATION} bytes")]
pub struct DeclarationFault;

/// One connection's word on one matter of one epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    connection: ConnectionId,
    epoch: Epoch,
    matter: Matter,
    bytes: Vec<u8>,
}

impl Declaration {
    /// What `connection` says, signed, in `bytes`. Nobody looks into them here.
    ///
    /// # Errors
    /// [`DeclarationFault`] unless there are 1 to [`MAX_DECLARATION`] bytes.
    pub fn new(
        connection: ConnectionId,
        epoch: Epoch,
        matter: Matter,
        bytes: Vec<u8>,
    ) -> Result<Self, DeclarationFault> {
        if (1..=MAX_DECLARATION).contains(&bytes.len()) {
            Ok(Self { connection, epoch, matter, bytes })
        } else {
            Err(DeclarationFault)
        }
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

    /// What it is about.
    #[must_use]
    pub const fn matter(&self) -> Matter {
        self.matter
    }

    /// What was said, signature and all.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_says_something_and_stays_short() {
        let of = |length: usize| {
            let connection = ConnectionId::parse("school-west").unwrap();
            Declaration::new(connection, Epoch::new(1), Matter::WrapKey, vec![7; length])
        };
        assert_eq!(of(0), Err(DeclarationFault));
        assert_eq!(of(MAX_DECLARATION).unwrap().bytes().len(), MAX_DECLARATION);
        assert_eq!(of(MAX_DECLARATION + 1), Err(DeclarationFault));
    }
}
