//! From rows to a batch: nothing that leaves holds an identity.

use std::collections::HashSet;
use std::sync::Arc;

use prost::Message;
use samenloop_core::value::{
    Domain, Month, Observation, Place, SCHEME_HMAC, SealedDetails, Severity, SignalReference,
};
use samenloop_proto::{PADDED_TO, padding_for, v1};

use crate::details::{BatchSeals, ContactFunction, Details, SealFault};
use crate::input::Row;
use crate::journal::WithdrawalReason;
use crate::membership::Agency;

/// Why a batch could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PrepareFault {
    /// Details could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealFault),
    /// The operating system gives no random bytes.
    #[error("no random bytes")]
    Random,
    /// The rows are gone, and with them what another batch would be made of.
    #[error("the identifiers are gone")]
    Forgotten,
}

/// What the journal needs to know of a line once it is acknowledged.
#[derive(Debug, Clone)]
pub struct SentLine {
    pub(crate) line: u64,
    pub(crate) reference: SignalReference,
    pub(crate) local_reference: String,
    /// Month of observation and month of expiry; `None` for a withdrawal of what the journal never saw.
    pub(crate) months: Option<(Month, Month)>,
    pub(crate) revision: u64,
    /// Why it ends; `None` for a put.
    pub(crate) withdrawn: Option<WithdrawalReason>,
    pub(crate) case_reference: Option<String>,
}

/// A batch, ready to leave.
pub struct Prepared {
    /// With its padding.
    pub(crate) batch: v1::SignalBatch,
    pub(crate) encoded: Vec<u8>,
    /// What the journal needs of its lines, in order.
    pub(crate) lines: Vec<SentLine>,
    /// What it was made of, in the order of its lines; none for withdrawals. Kept on this machine until the batch is
    /// acknowledged, as a newer manifest asks for another one of the same rows.
    pub(crate) rows: Vec<Row>,
}

impl Prepared {
    /// The batch, padding included.
    #[must_use]
    pub const fn batch(&self) -> &v1::SignalBatch {
        &self.batch
    }

    /// A batch that was shown, to be sent by who has its rows no more: the identifiers are gone.
    pub(crate) fn shown(batch: v1::SignalBatch, lines: Vec<SentLine>) -> Self {
        Self { encoded: batch.encode_to_vec(), batch, lines, rows: Vec::new() }
    }

    /// The batch of the same lines, with the same revision, under the manifest of `agency`; after withdrawals as in
    /// [`Preparer::after`].
    ///
    /// # Errors
    /// As [`Preparer::prepare`].
    pub(crate) fn again(
        lines: Vec<SentLine>,
        rows: Vec<Row>,
        agency: &Arc<Agency>,
        withdrawn: HashSet<SignalReference>,
    ) -> Result<Self, PrepareFault> {
        if rows.is_empty() {
            // A signal whose rows are gone must not leave as its withdrawal.
            let is_withdrawal = lines.iter().all(|it| it.withdrawn.is_some());
            return if is_withdrawal {
                withdrawals(&agency.named, lines)
            } else {
                Err(PrepareFault::Forgotten)
            };
        }
        let revision = lines.first().map_or(0, |it| it.revision);
        Preparer::new(Arc::clone(agency), revision).after(withdrawn).prepare(rows)
    }
}

/// Makes batches of one push.
#[derive(Clone)]
pub struct Preparer {
    agency: Arc<Agency>,
    revision: u64,
    withdrawn: Arc<HashSet<SignalReference>>,
}

impl Preparer {
    /// Makes batches of `agency` whose lines all have this revision (P-7).
    #[must_use]
    pub fn new(agency: Arc<Agency>, revision: u64) -> Self {
        Self { agency, revision, withdrawn: Arc::default() }
    }

    /// The same, after these withdrawals: a row of such a reference leaves as its withdrawal again, and no pseudonym of
    /// it does. So it stays withdrawn at a hub whose own tombstone went with a destroyed epoch (P-42).
    #[must_use]
    pub fn after(self, withdrawn: HashSet<SignalReference>) -> Self {
        Self { withdrawn: Arc::new(withdrawn), ..self }
    }

    /// Makes a batch of 1 to 500 rows with different references.
    ///
    /// # Errors
    /// [`PrepareFault`] when details cannot be sealed.
    pub fn prepare(&self, rows: Vec<Row>) -> Result<Prepared, PrepareFault> {
        let agency = &*self.agency;
        let mut seals = BatchSeals::new(&agency.manifest, &agency.connection, &agency.details_key);
        let mut lines = Vec::with_capacity(rows.len());
        let mut sent = Vec::with_capacity(rows.len());
        for row in &rows {
            let reference = agency.reference_key.reference(&row.local_reference);
            lines.push(if self.withdrawn.contains(&reference) {
                withdrawal(reference)
            } else {
                let signal = self.signal(row, reference, &mut seals)?;
                v1::SignalLine { line: Some(v1::signal_line::Line::Put(signal)) }
            });
            sent.push(SentLine {
                line: row.line,
                reference,
                local_reference: row.local_reference.clone(),
                months: Some((row.month, row.expiry)),
                revision: self.revision,
                withdrawn: None,
                case_reference: row.case_reference.clone(),
            });
        }
        prepared(&agency.named, lines, sent, rows)
    }

    fn signal(
        &self,
        row: &Row,
        reference: SignalReference,
        seals: &mut BatchSeals<'_>,
    ) -> Result<v1::Signal, PrepareFault> {
        let details = Details {
            contact_function: ContactFunction::Unspecified,
            case_reference: row.case_reference.clone(),
            severity: row.severity,
            code: row.code,
            month: row.month,
            region: row.region.clone(),
            observation: row.observation,
            manifest_sequence: self.agency.manifest.sequence(),
        };
        let details = seals.seal(&details, reference, self.revision)?;
        let keys = &self.agency.epoch_keys;
        let places = row.identifiers.iter().flat_map(|it| keys.iter().map(|key| key.place(it)));
        Ok(v1::Signal {
            reference: reference.bytes().to_vec(),
            revision: self.revision,
            pseudonyms: places.map(|place| pseudonym(&place)).collect(),
            severity: severity(row.severity).into(),
            code: row.code.map(|code| code.to_string()).unwrap_or_default(),
            month: row.month.number(),
            region: row.region.to_string(),
            hearsay_of: hearsay_of(row.observation).into(),
            acute: row.acute,
            // Local rules let no acute line through without it.
            acute_route_followed: row.acute,
            shorter_term_months: row.shorter_term.map(|term| term.months().into()).unwrap_or_default(),
            details: details.iter().map(sealed).collect(),
        })
    }
}

/// Makes a batch of 1 to 500 withdrawals.
///
/// # Errors
/// [`PrepareFault`] when there are no random bytes.
pub fn withdrawals(manifest: &v1::ManifestReference, lines: Vec<SentLine>) -> Result<Prepared, PrepareFault> {
    let withdrawals = lines.iter().map(|line| withdrawal(line.reference)).collect();
    prepared(manifest, withdrawals, lines, Vec::new())
}

fn withdrawal(reference: SignalReference) -> v1::SignalLine {
    let withdrawal = v1::Withdrawal { reference: reference.bytes().to_vec() };
    v1::SignalLine { line: Some(v1::signal_line::Line::Withdraw(withdrawal)) }
}

/// A batch with a random name, padded to a multiple of 16 KiB (P-60a).
fn prepared(
    manifest: &v1::ManifestReference,
    lines: Vec<v1::SignalLine>,
    sent: Vec<SentLine>,
    rows: Vec<Row>,
) -> Result<Prepared, PrepareFault> {
    let mut batch_id = vec![0; 16];
    getrandom::fill(&mut batch_id).map_err(|_| PrepareFault::Random)?;
    let mut batch =
        v1::SignalBatch { batch_id, manifest: Some(manifest.clone()), lines, padding: Vec::new() };
    batch.padding = padding_for(batch.encoded_len(), PADDED_TO);
    Ok(Prepared { encoded: batch.encode_to_vec(), batch, lines: sent, rows })
}

/// A place as it is sent.
pub(crate) fn pseudonym(place: &Place) -> v1::Pseudonym {
    v1::Pseudonym {
        scheme: SCHEME_HMAC,
        epoch: place.epoch().number(),
        kind: place.kind().number().into(),
        value: place.pseudonym().bytes().to_vec(),
    }
}

fn sealed(details: &SealedDetails) -> v1::SealedDetails {
    v1::SealedDetails {
        key_id: details.key().to_vec(),
        encapsulated_key: details.encapsulated().to_vec(),
        nonce: details.nonce().to_vec(),
        ciphertext: details.ciphertext().to_vec(),
    }
}

const fn severity(severity: Severity) -> v1::Severity {
    match severity {
        Severity::Soft => v1::Severity::Soft,
        Severity::Hard => v1::Severity::Hard,
    }
}

const fn hearsay_of(observation: Observation) -> v1::Domain {
    match observation {
        Observation::Own => v1::Domain::Unspecified,
        Observation::Hearsay(domain) => match domain {
            Domain::Onderwijs => v1::Domain::Onderwijs,
            Domain::Zorg => v1::Domain::Zorg,
            Domain::SociaalDomein => v1::Domain::SociaalDomein,
            Domain::Jeugdbescherming => v1::Domain::Jeugdbescherming,
            Domain::PolitieJustitie => v1::Domain::PolitieJustitie,
            Domain::Asielketen => v1::Domain::Asielketen,
            Domain::GrensReis => v1::Domain::GrensReis,
            Domain::Wonen => v1::Domain::Wonen,
            Domain::Financieel => v1::Domain::Financieel,
            Domain::HandelArbeid => v1::Domain::HandelArbeid,
            Domain::OpvangExpertise => v1::Domain::OpvangExpertise,
            Domain::BestuurVeiligheid => v1::Domain::BestuurVeiligheid,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::input::{LocalRules, Reader, Source};

    #[test]
    fn a_withdrawn_reference_leaves_as_its_withdrawal_and_without_a_pseudonym() {
        let (agency, manifest) = (fixture::agency(), fixture::manifest());
        let rules =
            LocalRules::new(&manifest, samenloop_manifest::taxonomy(), &agency.connection, fixture::today());
        let (rules, mut rows) = (rules.ok().unwrap(), Vec::new());
        let text = "reference,bsn,severity,month,region\na,900000041,soft,2026-10,west\nb,900000041,soft,2026-10,west\n";
        let mut reader = Reader::new(Source::stream(text.as_bytes()).unwrap()).unwrap();
        while let Some((_, row)) = reader.next(|line, fields| rules.row(line, fields)).unwrap() {
            rows.push(row.unwrap());
        }
        let gone = agency.reference_key.reference("a");
        let preparer = Preparer::new(agency, 7).after(HashSet::from([gone]));
        let Prepared { batch, lines, .. } = preparer.prepare(rows).unwrap();
        let [first, second] = &batch.lines[..] else { panic!("two lines") };
        assert_eq!(first, &withdrawal(gone));
        assert!(matches!(&second.line, Some(v1::signal_line::Line::Put(put)) if put.pseudonyms.len() == 2));
        assert_eq!((lines.len(), lines[0].reference), (2, gone));
    }
}
