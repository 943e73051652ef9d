//! Intake: which lines of a batch are taken.
//!
//! Looks at the request, the manifest, the calendar and the caller's own allowance; knows nothing of what
//! others sent, so that no answer can tell it (protocol.md P-60).

use std::collections::BTreeSet;

use crate::batch::{Arrival, Line, MAX_LINES, MAX_PLACES, Put, SubmittedLine, SubmittedPut};
use crate::manifest::{Connection, Manifest};
use crate::permit::{Permit, Submit};
use crate::taxonomy::{CodeEntry, Taxonomy};
use crate::value::{
    CAP_MONTHS, Code, Day, Month, Observation, Severity, Signal, SignalContent, SignalReference,
};

/// Why a whole batch is refused; nothing of it is stored. The sender is to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BatchRefusal {
    /// No line, or more than [`MAX_LINES`].
    #[error("a batch holds 1 to 500 lines")]
    Size,
    /// A reference is named twice.
    #[error("line {line} names a reference that the batch named before")]
    ReferenceTwice {
        /// The 0-based line.
        line: usize,
    },
}

/// Why a line is refused; the others stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineRefusal {
    /// The manifest is to blame: it has expired, and only withdrawals go on (P-22).
    #[error("the manifest has expired")]
    ManifestExpired,
    /// The sender: no place, more than [`MAX_PLACES`], or one twice.
    #[error("a signal is filed under 1 to 16 pseudonyms, none twice")]
    Places,
    /// The sender: an epoch that is not live (P-5).
    #[error("the pseudonym is of an epoch that is not live")]
    EpochNotLive,
    /// The sender: only the pseudonym of the ending epoch (P-41).
    #[error("the pseudonym of the active epoch is missing")]
    EpochBehind,
    /// The manifest: this connection may not use this kind of identifier (P-1).
    #[error("the kind of identifier is not allowed for this connection")]
    KindNotAllowed,
    /// The sender: no such region.
    #[error("the region is not in the manifest")]
    UnknownRegion,
    /// The sender: no such code.
    #[error("there is no such code")]
    UnknownCode,
    /// The manifest: not enabled for this connection (V-02).
    #[error("the code is not enabled for this connection")]
    CodeNotEnabled,
    /// The sender: soft said of a hard code, or the reverse.
    #[error("the severity contradicts the code")]
    SeverityContradictsCode,
    /// The calendar: nothing is seen before it happens (V-21).
    #[error("the month lies in the future")]
    MonthInFuture,
    /// The calendar: the signal would already have ended.
    #[error("the signal would already have ended")]
    MonthTooOld,
    /// The sender: a shorter term that is not shorter (V-20).
    #[error("the shorter term is not shorter than the signal's own")]
    TermNotShorter,
    /// The sender: what one's own domain saw is no hearsay.
    #[error("hearsay of one's own domain")]
    HearsayOfOwnDomain,
    /// The sender: acute danger, and nobody called (V-15).
    #[error("acute, and the acute route was not followed")]
    AcuteRouteNotFollowed,
    /// The sender: details for others than the coordinators of the region, or not for all of them (P-50).
    #[error("the details are not sealed to exactly the coordinators of the region")]
    DetailsNotForRegion,
    /// The agreement: more lines than the quota (P-63).
    #[error("above the quota")]
    Quota {
        /// Seconds after which to try again.
        retry_after_seconds: u32,
    },
}

/// What intake makes of one batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// The admitted lines, to be kept before the ack; it may hold none.
    pub arrival: Arrival,
    /// The refused lines by 0-based number, in order.
    pub refused: Vec<(usize, LineRefusal)>,
}

/// How many lines a connection may still send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Lines that may still be admitted now.
    pub lines: u64,
    /// Seconds after which more may.
    pub retry_after_seconds: u32,
}

/// When a signal with this code or severity ends: month + term, or the shorter term its agency asks for.
///
/// # Errors
/// [`LineRefusal::TermNotShorter`] when the term asked for is longer than its own.
pub fn expiry(put: &SubmittedPut, entry: Option<CodeEntry>) -> Result<Month, LineRefusal> {
    let own = term_months(put.severity, entry);
    let months = match put.shorter_term {
        Some(term) if term.months() > own => return Err(LineRefusal::TermNotShorter),
        Some(term) => term.months(),
        None => own,
    };
    Ok(put.month.plus(months))
}

/// Months that a signal counts at most: those of its code, or without one of its severity (V-20).
#[must_use]
pub fn term_months(severity: Severity, entry: Option<CodeEntry>) -> u8 {
    entry.map_or_else(|| severity.term_months(), CodeEntry::term_months).min(CAP_MONTHS)
}

/// Judges a batch, line by line.
///
/// # Errors
/// [`BatchRefusal`] when the batch as a whole is not one.
pub fn admit(
    permit: &Permit<'_, Submit>,
    taxonomy: &Taxonomy,
    lines: Vec<SubmittedLine>,
    today: Day,
    allowance: Allowance,
) -> Result<Admission, BatchRefusal> {
    if lines.is_empty() || lines.len() > MAX_LINES {
        return Err(BatchRefusal::Size);
    }
    let mut seen = BTreeSet::new();
    if let Some(line) = lines.iter().position(|line| !seen.insert(*reference_of(line).bytes())) {
        return Err(BatchRefusal::ReferenceTwice { line });
    }
    let mut admitted = Vec::with_capacity(lines.len());
    let mut refused = Vec::new();
    for (number, line) in lines.into_iter().enumerate() {
        let full = u64::try_from(admitted.len()).unwrap_or(u64::MAX) >= allowance.lines;
        let judged = if full {
            Err(LineRefusal::Quota { retry_after_seconds: allowance.retry_after_seconds })
        } else {
            judge(permit, taxonomy, line, today)
        };
        match judged {
            Ok(line) => admitted.push(line),
            Err(refusal) => refused.push((number, refusal)),
        }
    }
    Ok(Admission { arrival: Arrival::new(permit.connection().id.clone(), today, admitted), refused })
}

const fn reference_of(line: &SubmittedLine) -> SignalReference {
    match line {
        SubmittedLine::Put(put) => put.reference,
        SubmittedLine::Withdraw(reference) => *reference,
    }
}

fn judge(
    permit: &Permit<'_, Submit>,
    taxonomy: &Taxonomy,
    line: SubmittedLine,
    today: Day,
) -> Result<Line, LineRefusal> {
    let put = match line {
        SubmittedLine::Withdraw(reference) => return Ok(Line::Withdraw(reference)),
        SubmittedLine::Put(put) => *put,
    };
    let (manifest, connection) = (permit.manifest(), permit.connection());
    if !manifest.is_current(today) {
        return Err(LineRefusal::ManifestExpired);
    }
    if put.acute && !put.acute_route_followed {
        return Err(LineRefusal::AcuteRouteNotFollowed);
    }
    judge_places(&put, manifest, connection, today)?;
    judge_region(&put, manifest)?;
    if let (Observation::Hearsay(source), Some(own)) = (put.observation, connection.domain())
        && source == own
    {
        return Err(LineRefusal::HearsayOfOwnDomain);
    }
    let entry = put.code.map(|code| judge_code(code, &put, taxonomy, connection)).transpose()?;
    if put.month > today.month() {
        return Err(LineRefusal::MonthInFuture);
    }
    let expiry = expiry(&put, entry)?;
    if expiry.last_day() < today {
        return Err(LineRefusal::MonthTooOld);
    }
    let content = SignalContent::new(put.severity, put.code, put.month, put.region, put.observation, expiry);
    let signal = Signal::new(put.reference, put.revision, content, put.details)
        .ok_or(LineRefusal::DetailsNotForRegion)?;
    Ok(Line::Put(Box::new(Put::new(put.subject, signal, put.places))))
}

fn judge_places(
    put: &SubmittedPut,
    manifest: &Manifest,
    connection: &Connection,
    today: Day,
) -> Result<(), LineRefusal> {
    if put.places.is_empty() || put.places.len() > MAX_PLACES {
        return Err(LineRefusal::Places);
    }
    for (at, place) in put.places.iter().enumerate() {
        if !manifest.live_epochs(today).any(|epoch| epoch == place.epoch()) {
            return Err(LineRefusal::EpochNotLive);
        }
        if !connection.kinds.contains(&place.kind()) {
            return Err(LineRefusal::KindNotAllowed);
        }
        // One identifier of a kind: two would file one signal under two children.
        let same =
            |other: &crate::value::Place| other.epoch() == place.epoch() && other.kind() == place.kind();
        if put.places.iter().skip(at + 1).any(same) {
            return Err(LineRefusal::Places);
        }
    }
    // Every kind is there under the active epoch.
    let active = manifest.active_epoch();
    let carried = |kind| put.places.iter().any(|it| it.epoch() == active && it.kind() == kind);
    if put.places.iter().all(|place| carried(place.kind())) { Ok(()) } else { Err(LineRefusal::EpochBehind) }
}

fn judge_region(put: &SubmittedPut, manifest: &Manifest) -> Result<(), LineRefusal> {
    if manifest.region(&put.region).is_none() {
        return Err(LineRefusal::UnknownRegion);
    }
    let wanted: BTreeSet<_> =
        manifest.coordinators_of(&put.region).filter_map(|it| it.details_key_id).collect();
    let sealed: BTreeSet<_> = put.details.iter().map(|it| *it.key()).collect();
    if wanted == sealed && sealed.len() == put.details.len() {
        Ok(())
    } else {
        Err(LineRefusal::DetailsNotForRegion)
    }
}

fn judge_code(
    code: Code,
    put: &SubmittedPut,
    taxonomy: &Taxonomy,
    connection: &Connection,
) -> Result<CodeEntry, LineRefusal> {
    let entry = taxonomy.entry(code).ok_or(LineRefusal::UnknownCode)?;
    if !connection.codes.allow(code, entry) {
        Err(LineRefusal::CodeNotEnabled)
    } else if entry.severity() != put.severity {
        Err(LineRefusal::SeverityContradictsCode)
    } else {
        Ok(entry)
    }
}
