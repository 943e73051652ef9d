//! The hub's receipt for a batch (protocol.md P-60): what an ack must be before anyone believes it.

use ring::signature::{ED25519, UnparsedPublicKey};
use samenloop_core::value::{ConnectionId, Day};
use samenloop_proto::v1::BatchAck;
use sha2::{Digest, Sha256};

use super::fault::HubFault;
use crate::journal::Receipt;

/// What an ack is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    batch_id: Vec<u8>,
    digest: [u8; 32],
    lines: usize,
}

impl Expected {
    /// The ack of a batch of `lines` lines, as it was encoded for the wire, padding included.
    #[must_use]
    pub fn of(batch_id: &[u8], lines: usize, encoded: &[u8]) -> Self {
        Self { batch_id: batch_id.to_vec(), digest: Sha256::digest(encoded).into(), lines }
    }

    /// Checks that an ack answers this batch, counts every line once, and carries the hub's signature.
    ///
    /// # Errors
    /// [`HubFault::Broken`] when it does not.
    pub fn check(
        &self,
        ack: &BatchAck,
        agency: &ConnectionId,
        receipt_key: &[u8; 32],
    ) -> Result<(), HubFault> {
        if ack.batch_id != self.batch_id {
            return Err(HubFault::Broken("it answers another batch"));
        }
        let mut next = 0;
        for refusal in &ack.refused {
            if refusal.line < next {
                return Err(HubFault::Broken("it refuses a line twice"));
            }
            next = refusal.line.saturating_add(1);
        }
        let counted = usize::try_from(ack.count).ok().and_then(|it| it.checked_add(ack.refused.len()));
        let within = usize::try_from(next).is_ok_and(|next| next <= self.lines);
        if counted != Some(self.lines) || !within {
            return Err(HubFault::Broken("it does not count every line"));
        }
        let text = self.text(agency, ack.first_sequence, ack.count);
        UnparsedPublicKey::new(&ED25519, receipt_key)
            .verify(&text, &ack.receipt)
            .map_err(|_| HubFault::Broken("the receipt is not signed by the hub"))
    }

    /// What is to be kept of an ack that was checked, on the day it came.
    #[must_use]
    pub fn receipt(&self, ack: &BatchAck, day: Day) -> Receipt {
        Receipt {
            day,
            batch: self.batch_id.clone(),
            digest: self.digest,
            first_sequence: ack.first_sequence,
            count: ack.count,
            signature: ack.receipt.clone(),
        }
    }

    /// `lp("samenloop/v1/receipt") ‖ lp(agency_id) ‖ lp(batch id) ‖ SHA-256(batch) ‖ u64 first seq ‖ u32 count`.
    fn text(&self, agency: &ConnectionId, first_sequence: u64, count: u32) -> Vec<u8> {
        let mut text = Vec::with_capacity(128);
        for part in [&b"samenloop/v1/receipt"[..], agency.as_str().as_bytes(), &self.batch_id] {
            let length = u16::try_from(part.len()).unwrap_or(u16::MAX);
            text.extend_from_slice(&length.to_be_bytes());
            text.extend_from_slice(part);
        }
        text.extend_from_slice(&self.digest);
        text.extend_from_slice(&first_sequence.to_be_bytes());
        text.extend_from_slice(&count.to_be_bytes());
        text
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{Ed25519KeyPair, KeyPair};
    use samenloop_proto::v1::LineRefusal;

    use super::*;

    fn signed(
        expected: &Expected,
        agency: &ConnectionId,
        refused: &[u32],
        count: u32,
    ) -> (BatchAck, [u8; 32]) {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap();
        let refused = refused.iter().map(|line| LineRefusal { line: *line, ..Default::default() }).collect();
        let receipt = pair.sign(&expected.text(agency, 7, count)).as_ref().to_vec();
        let ack =
            BatchAck { batch_id: expected.batch_id.clone(), first_sequence: 7, count, refused, receipt };
        (ack, pair.public_key().as_ref().try_into().unwrap())
    }

    #[test]
    fn an_ack_is_believed_only_with_the_receipt_of_this_batch() {
        let agency = ConnectionId::parse("school-west").unwrap();
        let expected = Expected::of(&[1; 16], 3, b"the batch");
        let (ack, key) = signed(&expected, &agency, &[1], 2);
        assert_eq!(expected.check(&ack, &agency, &key), Ok(()));

        let other = Expected::of(&[1; 16], 3, b"another batch");
        assert!(other.check(&ack, &agency, &key).is_err());
        assert!(expected.check(&ack, &ConnectionId::parse("coa-noord").unwrap(), &key).is_err());
        assert!(expected.check(&ack, &agency, &[0; 32]).is_err());
        for changed in [
            BatchAck { batch_id: vec![2; 16], ..ack.clone() },
            BatchAck { first_sequence: 8, ..ack.clone() },
            BatchAck { receipt: vec![0; 64], ..ack.clone() },
            BatchAck { receipt: vec![], ..ack.clone() },
        ] {
            assert!(expected.check(&changed, &agency, &key).is_err());
        }
    }

    #[test]
    fn an_ack_counts_every_line_once() {
        let agency = ConnectionId::parse("school-west").unwrap();
        let expected = Expected::of(&[1; 16], 3, b"the batch");
        for (refused, count) in
            [(&[][..], 2), (&[], 4), (&[0, 0], 1), (&[1, 0], 1), (&[3], 2), (&[u32::MAX], 2), (&[0, 1, 2], 1)]
        {
            let (ack, key) = signed(&expected, &agency, refused, count);
            assert!(expected.check(&ack, &agency, &key).is_err(), "{refused:?} {count}");
        }
        let (ack, key) = signed(&expected, &agency, &[0, 1, 2], 0);
        assert_eq!(expected.check(&ack, &agency, &key), Ok(()));
    }
}
