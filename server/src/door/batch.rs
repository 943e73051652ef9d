//! A batch of the wire, parsed.
//!
//! A wrong structure (a length, a number, a list) refuses the whole batch: its sender's program is wrong. A
//! name or code that does not exist refuses its line: its sender's file is.

use prost::Message;
use ring::digest::{SHA256, digest};
use samenloop_core::batch::{BatchId, MAX_LINES, MAX_PLACES, SubmittedLine, SubmittedPut};
use samenloop_core::processing::SubjectId;
use samenloop_core::room::admission::{BatchRefusal, LineRefusal};
use samenloop_core::value::{
    Code, Domain, Epoch, Kind, MAX_DETAILS, Month, Observation, Place, Pseudonym, RegionId, SCHEME_HMAC,
    SealedDetails, Severity, ShorterTerm, SignalReference,
};
use samenloop_proto::{PADDED_TO, v1};
use zeroize::{Zeroize, Zeroizing};

use crate::refusal::Refusal;

/// The most padding that a batch may need: where 130 bytes are left, neither one nor two bytes of length fit.
const MAX_PADDING: usize = PADDED_TO + 126;

/// A well-formed batch.
#[derive(Debug)]
pub(crate) struct ParsedBatch {
    pub(crate) id: BatchId,
    /// SHA-256 of the encoded batch, padding included, for its receipt.
    pub(crate) digest: [u8; 32],
    pub(crate) lines: Vec<DoorLine>,
}

/// One line of it.
#[derive(Debug)]
pub(crate) enum DoorLine {
    /// For the room to judge.
    Submitted(SubmittedLine),
    /// Names something that cannot exist, whatever the manifest says.
    Refused { reference: SignalReference, refusal: LineRefusal },
}

impl DoorLine {
    /// The signal that it is about.
    pub(crate) fn reference(&self) -> SignalReference {
        match self {
            Self::Submitted(SubmittedLine::Put(put)) => put.reference,
            Self::Submitted(SubmittedLine::Withdraw(reference)) | Self::Refused { reference, .. } => {
                *reference
            }
        }
    }
}

/// What is wrong with one line: with its structure, or only with what it names.
pub(super) enum Wrong {
    Structure(&'static str),
    Names(LineRefusal),
}

impl From<&'static str> for Wrong {
    fn from(what: &'static str) -> Self {
        Self::Structure(what)
    }
}

/// Parses a batch, apart from the manifest that it names.
///
/// # Errors
/// [`Refusal::Malformed`] or [`Refusal::MalformedLine`] for the first fault, [`Refusal::Batch`] for its size.
pub(crate) fn parse(batch: v1::SignalBatch) -> Result<ParsedBatch, Refusal> {
    let malformed = |what: &str| Refusal::Malformed(what.to_owned());
    let id = bytes(&batch.batch_id).ok_or_else(|| malformed("the id of a batch has 16 bytes"))?;
    if batch.lines.is_empty() || batch.lines.len() > MAX_LINES {
        return Err(BatchRefusal::Size.into());
    }
    if batch.padding.len() > MAX_PADDING || batch.padding.iter().any(|byte| *byte != 0) {
        return Err(malformed("the padding is at most 16510 bytes, all zero"));
    }
    let digest = digest_of(&batch);
    let mut lines = Vec::with_capacity(batch.lines.len());
    let mut subjects = vec![[0; 16]; batch.lines.len()];
    getrandom::fill(subjects.as_flattened_mut()).map_err(|fault| Refusal::broken(&fault))?;
    for (line, (wire, subject)) in batch.lines.into_iter().zip(subjects).enumerate() {
        let subject = SubjectId::new(subject);
        lines.push(parse_line(wire, subject).map_err(|what| Refusal::MalformedLine { line, what })?);
    }
    Ok(ParsedBatch { id, digest, lines })
}

fn digest_of(batch: &v1::SignalBatch) -> [u8; 32] {
    let encoded = Zeroizing::new(batch.encode_to_vec());
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, &encoded).as_ref());
    hash
}

fn parse_line(wire: v1::SignalLine, subject: SubjectId) -> Result<DoorLine, &'static str> {
    match wire.line {
        None => Err("a line puts or withdraws a signal"),
        Some(v1::signal_line::Line::Withdraw(withdrawal)) => {
            let reference = reference(&withdrawal.reference)?;
            Ok(DoorLine::Submitted(SubmittedLine::Withdraw(reference)))
        }
        Some(v1::signal_line::Line::Put(signal)) => {
            let reference = reference(&signal.reference)?;
            match parse_put(signal, reference, subject) {
                Ok(put) => Ok(DoorLine::Submitted(SubmittedLine::Put(Box::new(put)))),
                Err(Wrong::Names(refusal)) => Ok(DoorLine::Refused { reference, refusal }),
                Err(Wrong::Structure(what)) => Err(what),
            }
        }
    }
}

/// Structure before names: a line that has both faults is malformed.
fn parse_put(
    signal: v1::Signal,
    reference: SignalReference,
    subject: SubjectId,
) -> Result<SubmittedPut, Wrong> {
    if signal.revision == 0 {
        return Err("a revision is above 0".into());
    }
    let severity = severity(signal.severity)?;
    let month = Month::from_number(signal.month).map_err(|_| "a month is YYYYMM, from 200001")?;
    let observation = observation(signal.hearsay_of)?;
    let shorter_term = shorter_term(signal.shorter_term_months)?;
    let details = details(signal.details)?;
    let places = places(signal.pseudonyms)?;
    let region = RegionId::parse(&signal.region).map_err(|_| Wrong::Names(LineRefusal::UnknownRegion))?;
    let code = match signal.code.as_str() {
        "" => None,
        code => Some(Code::parse(code).map_err(|_| Wrong::Names(LineRefusal::UnknownCode))?),
    };
    Ok(SubmittedPut {
        subject,
        reference,
        revision: signal.revision,
        places,
        severity,
        code,
        month,
        region,
        observation,
        acute: signal.acute,
        acute_route_followed: signal.acute_route_followed,
        shorter_term,
        details,
    })
}

fn bytes<const N: usize>(wire: &[u8]) -> Option<[u8; N]> {
    wire.try_into().ok()
}

fn reference(wire: &[u8]) -> Result<SignalReference, &'static str> {
    bytes(wire).map(SignalReference::new).ok_or("a reference has 16 bytes")
}

fn severity(wire: i32) -> Result<Severity, &'static str> {
    match v1::Severity::try_from(wire) {
        Ok(v1::Severity::Soft) => Ok(Severity::Soft),
        Ok(v1::Severity::Hard) => Ok(Severity::Hard),
        Ok(v1::Severity::Unspecified) | Err(_) => Err("a severity is soft or hard"),
    }
}

fn observation(wire: i32) -> Result<Observation, &'static str> {
    let domain = match v1::Domain::try_from(wire).map_err(|_| "there is no domain of this number")? {
        v1::Domain::Unspecified => return Ok(Observation::Own),
        v1::Domain::Onderwijs => Domain::Onderwijs,
        v1::Domain::Zorg => Domain::Zorg,
        v1::Domain::SociaalDomein => Domain::SociaalDomein,
        v1::Domain::Jeugdbescherming => Domain::Jeugdbescherming,
        v1::Domain::PolitieJustitie => Domain::PolitieJustitie,
        v1::Domain::Asielketen => Domain::Asielketen,
        v1::Domain::GrensReis => Domain::GrensReis,
        v1::Domain::Wonen => Domain::Wonen,
        v1::Domain::Financieel => Domain::Financieel,
        v1::Domain::HandelArbeid => Domain::HandelArbeid,
        v1::Domain::OpvangExpertise => Domain::OpvangExpertise,
        v1::Domain::BestuurVeiligheid => Domain::BestuurVeiligheid,
    };
    Ok(Observation::Hearsay(domain))
}

fn shorter_term(months: u32) -> Result<Option<ShorterTerm>, &'static str> {
    if months == 0 {
        return Ok(None);
    }
    let term = u8::try_from(months).ok().and_then(ShorterTerm::new);
    term.map(Some).ok_or("a shorter term has 1, 2, 3, 6 or 9 months")
}

fn details(wire: Vec<v1::SealedDetails>) -> Result<Vec<SealedDetails>, &'static str> {
    const LENGTHS: &str = "sealed details have 8, 32, 12 and 272 bytes";
    if wire.len() > MAX_DETAILS {
        return Err("details are sealed to at most 2 coordinators");
    }
    let sealed = |it: v1::SealedDetails| {
        let ciphertext = it.ciphertext.into_boxed_slice().try_into().map_err(|_| LENGTHS)?;
        Ok(SealedDetails::new(
            bytes(&it.key_id).ok_or(LENGTHS)?,
            bytes(&it.encapsulated_key).ok_or(LENGTHS)?,
            bytes(&it.nonce).ok_or(LENGTHS)?,
            ciphertext,
        ))
    };
    wire.into_iter().map(sealed).collect()
}

/// A scheme other than the keyed hash is as little live as an epoch of long ago (P-5).
pub(super) fn places(wire: Vec<v1::Pseudonym>) -> Result<Vec<Place>, Wrong> {
    if wire.is_empty() || wire.len() > MAX_PLACES {
        return Err("a signal has 1 to 16 pseudonyms".into());
    }
    let other_scheme = wire.iter().any(|it| it.scheme != SCHEME_HMAC);
    let mut places = Vec::with_capacity(wire.len());
    for mut pseudonym in wire {
        let value = bytes(&pseudonym.value);
        pseudonym.value.zeroize();
        let value = value.ok_or("a pseudonym has 32 bytes")?;
        let kind = u8::try_from(pseudonym.kind).ok().and_then(Kind::new);
        let kind = kind.ok_or("a kind is 1 to 255")?;
        places.push(Place::new(Epoch::new(pseudonym.epoch), kind, Pseudonym::new(value)));
    }
    if other_scheme { Err(Wrong::Names(LineRefusal::EpochNotLive)) } else { Ok(places) }
}
