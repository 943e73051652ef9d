//! From the fields of one line to a signal that admission would take, still with its identifiers.

use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use samenloop_core::batch::{Line, SubmittedLine, SubmittedPut};
use samenloop_core::manifest::Manifest;
use samenloop_core::permit::{Identity, Permit, PermitRefusal, Submit};
use samenloop_core::room::admission::{Allowance, admit};
use samenloop_core::taxonomy::Taxonomy;
use samenloop_core::value::{
    Code, ConnectionId, DETAILS_LEN, Day, Domain, Month, Observation, Place, Pseudonym, RegionId,
    SealedDetails, Severity, ShorterTerm, SignalReference,
};
use samenloop_proto::v1::Reason;
use samenloop_pseudonym::{Identifier, IdentifierFault};
use zeroize::Zeroizing;

use super::{Column, Fields};
use crate::details::{MAX_CASE_REFERENCE_CHARS, MAX_CASE_REFERENCE_LEN};
use crate::refusal::Refusal;

/// Characters that a reference may have.
const MAX_REFERENCE_CHARS: usize = 64;

/// One line that admission would take. Holds identifiers, which are wiped on drop; no `Debug`.
pub struct Row {
    pub(crate) line: u64,
    pub(crate) local_reference: String,
    pub(crate) identifiers: Vec<Identifier>,
    pub(crate) severity: Severity,
    pub(crate) code: Option<Code>,
    pub(crate) month: Month,
    pub(crate) region: RegionId,
    pub(crate) observation: Observation,
    pub(crate) acute: bool,
    pub(crate) shorter_term: Option<ShorterTerm>,
    pub(crate) case_reference: Option<String>,
    /// The month through whose last day it counts.
    pub(crate) expiry: Month,
    /// A keyed hash of everything on the line but its reference; means nothing outside this process.
    pub(crate) fingerprint: u64,
}

impl Row {
    /// The line of the file, from 1.
    #[must_use]
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// What leaves the organisation with it, apart from pseudonyms and sealed details.
    #[must_use]
    pub fn leaving(&self) -> Vec<String> {
        let severity = match self.severity {
            Severity::Soft => "zacht",
            Severity::Hard => "hard",
        };
        let observation = match self.observation {
            Observation::Own => "eigen".to_owned(),
            Observation::Hearsay(domain) => format!("van-horen-zeggen:{domain}"),
        };
        let code = self.code.map_or_else(|| "-".to_owned(), |code| code.to_string());
        let (month, region) = (self.month.to_string(), self.region.to_string());
        vec![severity.into(), code, month, region, observation, self.expiry.last_day().to_string()]
    }
}

/// Whom to call in acute danger, and whether the line says that they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcuteRoute {
    /// Numbers with whose they are.
    pub numbers: String,
    /// Whether the line says that the route was followed.
    pub is_followed: bool,
}

/// Why a connection may not send at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalRulesFault {
    /// What the hub's permit would say.
    Permit(PermitRefusal),
    /// The manifest has expired (P-22).
    ManifestExpired,
}

/// Everything the hub checks, checked before anything leaves: by the same room, under the same manifest.
pub struct LocalRules<'m> {
    permit: Permit<'m, Submit>,
    manifest: &'m Manifest,
    taxonomy: &'m Taxonomy,
    today: Day,
    fingerprints: RandomState,
}

impl<'m> LocalRules<'m> {
    /// The rules for `connection` on a day. Its certificate is for the hub to judge.
    ///
    /// # Errors
    /// [`LocalRulesFault`] when it may not send at all.
    pub fn new(
        manifest: &'m Manifest,
        taxonomy: &'m Taxonomy,
        connection: &ConnectionId,
        today: Day,
    ) -> Result<Self, LocalRulesFault> {
        let refused = LocalRulesFault::Permit;
        let entry = manifest.connection(connection).ok_or(refused(PermitRefusal::NotTakingPart))?;
        let certificate_key = entry.certificate_keys.first().copied().unwrap_or_default();
        let identity = Identity { connection: connection.clone(), oin: entry.oin.clone(), certificate_key };
        let permit = Permit::submit(manifest, &identity, today).map_err(refused)?;
        if !manifest.is_current(today) {
            return Err(LocalRulesFault::ManifestExpired);
        }
        Ok(Self { permit, manifest, taxonomy, today, fingerprints: RandomState::new() })
    }

    /// Whom to call for a line that says acute, whatever else is wrong with it (V-15).
    #[must_use]
    pub fn acute_route(&self, fields: &Fields<'_>) -> Option<AcuteRoute> {
        let is_acute = fields.field(Column::Acute).and_then(yes_or_no) == Some(true);
        let is_followed = fields.field(Column::AcuteRouteFollowed).and_then(yes_or_no) == Some(true);
        is_acute.then(|| AcuteRoute { numbers: self.numbers(fields.field(Column::Region)), is_followed })
    }

    fn numbers(&self, region: Option<&str>) -> String {
        let region = region.and_then(|it| RegionId::parse(it).ok()).and_then(|it| self.manifest.region(&it));
        match region {
            Some(region) => {
                let numbers = region.acute_numbers.iter().map(|it| format!("{} ({})", it.number, it.name));
                numbers.collect::<Vec<_>>().join("; ")
            }
            // Without a region that exists, the number of the whole country.
            None => "112".into(),
        }
    }

    /// Judges one line.
    ///
    /// # Errors
    /// [`Refusal`]: the acute route first, then what is missing or malformed, then what admission refuses.
    pub fn row(&self, line: u64, fields: &Fields<'_>) -> Result<Row, Refusal> {
        let acute = answer(fields, Column::Acute)?;
        let followed = answer(fields, Column::AcuteRouteFollowed)?;
        if acute && !followed {
            return Err(Refusal::AcuteRouteNotFollowed(self.numbers(fields.field(Column::Region))));
        }
        let local_reference = reference(fields)?.to_owned();
        let case_reference = case_reference(fields)?.map(str::to_owned);
        let identifiers = identifiers(fields)?;
        for (column, text) in
            [(Column::Reference, Some(&local_reference)), (Column::CaseReference, case_reference.as_ref())]
        {
            if text.is_some_and(|text| holds_identifier(text, fields)) {
                return Err(Refusal::HoldsIdentifier(column));
            }
        }
        let (severity, code, own_term) = self.severity(fields)?;
        let month = month(fields, Column::Month)?.ok_or(Refusal::FieldMissing(Column::Month))?;
        let mut row = Row {
            line,
            local_reference,
            identifiers,
            severity,
            code,
            month,
            region: self.region(fields)?,
            observation: observation(fields)?,
            acute,
            shorter_term: shorter_term(fields, month, own_term)?,
            case_reference,
            expiry: month,
            fingerprint: self.fingerprint(fields),
        };
        row.expiry = self.admitted_expiry(&row).map_err(|refusal| {
            let is_too_old = refusal == Refusal::of_hub(Reason::MonthTooOld, 0);
            // Its own term still runs: what ended it is valid_until.
            let own_runs = month.plus(own_term).last_day() >= self.today;
            let is_ended = is_too_old && row.shorter_term.is_some() && own_runs;
            if is_ended { Refusal::ValidUntilPast } else { refusal }
        })?;
        Ok(row)
    }

    fn region(&self, fields: &Fields<'_>) -> Result<RegionId, Refusal> {
        let text = fields.field(Column::Region).ok_or(Refusal::FieldMissing(Column::Region))?;
        let known = RegionId::parse(text).ok().filter(|region| self.manifest.region(region).is_some());
        known.ok_or_else(|| {
            Refusal::UnknownRegion(self.manifest.regions().iter().map(|it| it.id.to_string()).collect())
        })
    }

    /// The severity, the code, and the term in months that they give by themselves (V-20).
    fn severity(&self, fields: &Fields<'_>) -> Result<(Severity, Option<Code>, u8), Refusal> {
        let said = match fields.field(Column::Severity) {
            None => None,
            Some(text) if is(text, "zacht") || is(text, "soft") => Some(Severity::Soft),
            Some(text) if is(text, "hard") => Some(Severity::Hard),
            Some(_) => return Err(Refusal::SeverityInvalid),
        };
        let Some(code) = fields.field(Column::Code) else {
            let severity = said.ok_or(Refusal::SeverityMissing)?;
            return Ok((severity, None, severity.term_months()));
        };
        let unknown = Refusal::of_hub(Reason::UnknownCode, 0);
        let code = Code::parse(code).map_err(|_| unknown.clone())?;
        let entry = self.taxonomy.entry(code).ok_or(unknown)?;
        Ok((said.unwrap_or(entry.severity()), Some(code), entry.term_months()))
    }

    fn fingerprint(&self, fields: &Fields<'_>) -> u64 {
        let mut hasher = self.fingerprints.build_hasher();
        for column in Column::ALL {
            fields.field(column).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// Puts the row before the hub's own room, with empty pseudonyms and details of the right shape.
    fn admitted_expiry(&self, row: &Row) -> Result<Month, Refusal> {
        let place =
            |identifier: &Identifier, epoch| Place::new(epoch, identifier.kind(), Pseudonym::new([0; 32]));
        let epochs = || self.manifest.live_epochs(self.today);
        let places =
            row.identifiers.iter().flat_map(|it| epochs().map(move |epoch| place(it, epoch))).collect();
        let details = self.manifest.coordinators_of(&row.region).filter_map(|it| it.details_key_id);
        let details = details
            .map(|key| SealedDetails::new(key, [0; 32], [0; 12], Box::new([0; DETAILS_LEN])))
            .collect();
        let put = SubmittedPut {
            reference: SignalReference::new([0; 16]),
            revision: 1,
            places,
            severity: row.severity,
            code: row.code,
            month: row.month,
            region: row.region.clone(),
            observation: row.observation,
            acute: row.acute,
            acute_route_followed: row.acute,
            shorter_term: row.shorter_term,
            details,
        };
        let line = vec![SubmittedLine::Put(Box::new(put))];
        let allowance = Allowance { lines: 1, retry_after_seconds: 0 };
        let malformed = Refusal::of_hub(Reason::Malformed, 0);
        let admission =
            admit(&self.permit, self.taxonomy, line, self.today, allowance).map_err(|_| malformed.clone())?;
        match (admission.arrival.lines(), admission.refused.first()) {
            (_, Some((_, refusal))) => Err((*refusal).into()),
            ([Line::Put(put)], None) => Ok(put.signal().content().expiry()),
            _ => Err(malformed),
        }
    }
}

fn is(text: &str, word: &str) -> bool {
    text.eq_ignore_ascii_case(word)
}

fn yes_or_no(text: &str) -> Option<bool> {
    let one_of = |words: [&str; 3]| words.into_iter().any(|word| is(text, word));
    if one_of(["ja", "yes", "true"]) {
        Some(true)
    } else if one_of(["nee", "no", "false"]) {
        Some(false)
    } else {
        None
    }
}

fn answer(fields: &Fields<'_>, column: Column) -> Result<bool, Refusal> {
    fields.field(column).map_or(Ok(false), |text| yes_or_no(text).ok_or(Refusal::AnswerInvalid(column)))
}

fn reference<'l>(fields: &Fields<'l>) -> Result<&'l str, Refusal> {
    let text = fields.field(Column::Reference).ok_or(Refusal::FieldMissing(Column::Reference))?;
    is_reference(text).then_some(text).ok_or(Refusal::ReferenceInvalid(Column::Reference))
}

/// Whether a text can be an agency's own reference: 1 to 64 characters, none of control.
#[must_use]
pub fn is_reference(text: &str) -> bool {
    (1..=MAX_REFERENCE_CHARS).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn case_reference<'l>(fields: &Fields<'l>) -> Result<Option<&'l str>, Refusal> {
    let Some(text) = fields.field(Column::CaseReference) else { return Ok(None) };
    let fits = text.len() <= MAX_CASE_REFERENCE_LEN
        && text.chars().count() <= MAX_CASE_REFERENCE_CHARS
        && !text.chars().any(char::is_control);
    if fits { Ok(Some(text)) } else { Err(Refusal::ReferenceInvalid(Column::CaseReference)) }
}

const IDENTIFIERS: [Column; 3] = [Column::Bsn, Column::Onderwijsnummer, Column::VNumber];

fn identifiers(fields: &Fields<'_>) -> Result<Vec<Identifier>, Refusal> {
    type Parse = fn(&str) -> Result<Identifier, IdentifierFault>;
    let parsers: [Parse; 3] =
        [Identifier::parse_bsn, Identifier::parse_onderwijsnummer, Identifier::parse_v_number];
    let mut identifiers = Vec::with_capacity(1);
    for (column, parse) in IDENTIFIERS.into_iter().zip(parsers) {
        if let Some(text) = fields.field(column) {
            identifiers.push(parse(text).map_err(|_| Refusal::IdentifierInvalid(column))?);
        }
    }
    if identifiers.is_empty() { Err(Refusal::IdentifierMissing) } else { Ok(identifiers) }
}

/// Whether a text of the agency's own holds the line's identifier: it would end up in the journal, or with
/// a coordinator.
fn holds_identifier(text: &str, fields: &Fields<'_>) -> bool {
    let digits = |text: &str| {
        Zeroizing::new(
            text.chars().filter(char::is_ascii_digit).skip_while(|c| *c == '0').collect::<String>(),
        )
    };
    let text = Zeroizing::new(text.chars().filter(char::is_ascii_digit).collect::<String>());
    let numbers = IDENTIFIERS.into_iter().filter_map(|column| fields.field(column)).map(digits);
    // A number with so many leading zeros that little is left would be found everywhere.
    numbers.into_iter().any(|number| number.len() >= 6 && text.contains(number.as_str()))
}

fn month(fields: &Fields<'_>, column: Column) -> Result<Option<Month>, Refusal> {
    let parse = |text| Month::parse(text).map_err(|_| Refusal::MonthInvalid(column));
    fields.field(column).map(parse).transpose()
}

fn observation(fields: &Fields<'_>) -> Result<Observation, Refusal> {
    let Some(text) = fields.field(Column::Observation) else { return Ok(Observation::Own) };
    if is(text, "eigen") || is(text, "own") {
        return Ok(Observation::Own);
    }
    let (word, domain) = text.split_once(':').ok_or(Refusal::ObservationInvalid)?;
    if is(word, "van-horen-zeggen") || is(word, "hearsay") {
        Domain::parse(domain.trim()).map(Observation::Hearsay).map_err(|_| Refusal::UnknownDomain)
    } else {
        Err(Refusal::ObservationInvalid)
    }
}

/// The term that `valid_until` asks for, rounded down (V-20); `None` for the signal's own.
fn shorter_term(fields: &Fields<'_>, observed: Month, own: u8) -> Result<Option<ShorterTerm>, Refusal> {
    let Some(until) = month(fields, Column::ValidUntil)? else { return Ok(None) };
    let months = until.since(observed).ok_or(Refusal::TermTooShort)?;
    match months.cmp(&u16::from(own)) {
        std::cmp::Ordering::Greater => Err(Refusal::of_hub(Reason::TermNotShorter, 0)),
        std::cmp::Ordering::Equal => Ok(None),
        std::cmp::Ordering::Less => ShorterTerm::rounded_down(months).map(Some).ok_or(Refusal::TermTooShort),
    }
}
