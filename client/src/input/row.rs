//! From the fields of one line to a signal that admission would take, still with its identifiers.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::{Mutex, PoisonError};

use samenloop_core::batch::{Line, SubmittedLine, SubmittedPut};
use samenloop_core::manifest::Manifest;
use samenloop_core::permit::{Identity, Permit, PermitRefusal, Submit};
use samenloop_core::room::admission::{Allowance, admit};
use samenloop_core::taxonomy::Taxonomy;
use samenloop_core::value::{
    Code, ConnectionId, DETAILS_LEN, Day, Month, Observation, Place, Pseudonym, RegionId, SealedDetails,
    Severity, ShorterTerm, SignalReference, SubjectId,
};
use samenloop_proto::v1::Reason;
use samenloop_pseudonym::Identifier;

use super::cell::{
    IDENTIFIERS, answer, case_reference, holds_identifier, identifiers, is, month, observation, reference,
    shorter_term, yes_or_no,
};
use super::number::{numbers, passes_eleven_test};
use super::{Column, Fields};
use crate::refusal::Refusal;
use crate::remark::Remark;

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
    /// A keyed hash of its identifiers; means nothing outside this process.
    pub(crate) child: u64,
    /// Numbers in its texts that are none of its identifiers, and could be another child's.
    pub(super) others: Vec<(Column, u64)>,
    /// What a person should know of it.
    remarks: Vec<Remark>,
}

impl Row {
    /// The line of the file, from 1.
    #[must_use]
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// What a person should know of it, though it is good.
    #[must_use]
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
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
    /// `None` for who the manifest does not enter yet: what they may send nobody knows then.
    permit: Option<Permit<'m, Submit>>,
    manifest: &'m Manifest,
    taxonomy: &'m Taxonomy,
    today: Day,
    fingerprints: RandomState,
    answers: Mutex<HashMap<Question, Result<Month, Refusal>>>,
}

/// Everything of a row that admission looks at: nothing of who it is about.
#[derive(PartialEq, Eq, Hash)]
struct Question {
    kinds: Vec<u8>,
    severity: Severity,
    code: Option<Code>,
    month: Month,
    region: RegionId,
    observation: Observation,
    acute: bool,
    shorter_term: Option<ShorterTerm>,
}

/// Answers of admission that are kept; a file asks few different questions.
const MAX_ANSWERS: usize = 4096;

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
        let permit = Permit::<Submit>::of(manifest, &identity, today).map_err(refused)?;
        if !manifest.is_current(today) {
            return Err(LocalRulesFault::ManifestExpired);
        }
        Ok(Self::of(Some(permit), manifest, taxonomy, today))
    }

    /// The rules for a connection that is not in the manifest yet: all that do not depend on what it may send, and
    /// nothing of what admission would say.
    #[must_use]
    pub fn before_entry(manifest: &'m Manifest, taxonomy: &'m Taxonomy, today: Day) -> Self {
        Self::of(None, manifest, taxonomy, today)
    }

    fn of(
        permit: Option<Permit<'m, Submit>>,
        manifest: &'m Manifest,
        taxonomy: &'m Taxonomy,
        today: Day,
    ) -> Self {
        Self {
            permit,
            manifest,
            taxonomy,
            today,
            fingerprints: RandomState::new(),
            answers: Mutex::default(),
        }
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

    /// Judges one signal, given field by field: a line of a file, or a form that somebody filled in. What it gives can be
    /// shown ([`Leaving`](crate::leaving::Leaving)) and pushed ([`Push::rows`](crate::push::Push::rows)).
    ///
    /// # Errors
    /// [`Refusal`]: the acute route first, then what is missing or malformed, then what admission refuses.
    pub fn row(&self, line: u64, fields: &Fields<'_>) -> Result<Row, Refusal> {
        let acute = answer(fields, Column::Acute)? == Some(true);
        let is_followed = answer(fields, Column::AcuteRouteFollowed)? == Some(true);
        if acute && !is_followed {
            return Err(Refusal::AcuteRouteNotFollowed(self.numbers(fields.field(Column::Region))));
        }
        if answer(fields, Column::Minor)? == Some(false) {
            return Err(Refusal::OfAge);
        }
        let local_reference = reference(fields)?.to_owned();
        let case_reference = case_reference(fields)?.map(str::to_owned);
        let identifiers = identifiers(fields)?;
        let others = others(&local_reference, case_reference.as_deref(), fields)?;
        let (severity, code, own_term) = self.severity(fields)?;
        let month = month(fields)?;
        let observation = observation(fields)?;
        let mut row = Row {
            line,
            local_reference,
            identifiers,
            severity,
            code,
            month,
            region: self.region(fields)?,
            observation,
            acute,
            shorter_term: shorter_term(fields, month, own_term)?,
            case_reference,
            expiry: month,
            fingerprint: self.fingerprint(fields, &Column::ALL),
            child: self.fingerprint(fields, &IDENTIFIERS),
            remarks: self.remarks(&others, code, observation),
            others,
        };
        let Some(permit) = &self.permit else {
            row.expiry = month.plus(row.shorter_term.map_or(own_term, ShorterTerm::months));
            return Ok(row);
        };
        row.expiry = self.admitted_expiry(permit, &row).map_err(|refusal| {
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

    fn fingerprint(&self, fields: &Fields<'_>, columns: &[Column]) -> u64 {
        let mut hasher = self.fingerprints.build_hasher();
        for column in columns {
            if let Some(text) = fields.field(*column) {
                (*column, text).hash(&mut hasher);
            }
        }
        hasher.finish()
    }

    fn remarks(&self, others: &[(Column, u64)], code: Option<Code>, observation: Observation) -> Vec<Remark> {
        let mut remarks = Vec::new();
        for (column, number) in others {
            let remark = Remark::OtherNumber(*column);
            if passes_eleven_test(*number) && !remarks.contains(&remark) {
                remarks.push(remark);
            }
        }
        // What was heard from another domain is that domain's anyway.
        if let (Some(code), Observation::Own, Some(own)) =
            (code, observation, self.permit.as_ref().and_then(|it| it.connection().domain()))
            && let Some([first, rest @ ..]) = samenloop_manifest::code_text(code).map(|it| it.domains())
            && *first != own
            && !rest.contains(&own)
        {
            remarks.push(Remark::CodeOfOtherDomain(*first));
        }
        remarks
    }

    /// What admission says of a row; asked once for all rows that are the same to it.
    fn admitted_expiry(&self, permit: &Permit<'_, Submit>, row: &Row) -> Result<Month, Refusal> {
        let question = Question {
            kinds: row.identifiers.iter().map(|it| it.kind().number()).collect(),
            severity: row.severity,
            code: row.code,
            month: row.month,
            region: row.region.clone(),
            observation: row.observation,
            acute: row.acute,
            shorter_term: row.shorter_term,
        };
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = answers.get(&question) {
            return answer.clone();
        }
        let answer = self.ask(permit, row);
        if answers.len() >= MAX_ANSWERS {
            answers.clear();
        }
        answers.insert(question, answer.clone());
        answer
    }

    /// Puts the row before the hub's own room, with empty pseudonyms and details of the right shape.
    fn ask(&self, permit: &Permit<'_, Submit>, row: &Row) -> Result<Month, Refusal> {
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
            subject: SubjectId::new([0; 16]),
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
            admit(permit, self.taxonomy, line, self.today, allowance).map_err(|_| malformed.clone())?;
        match (admission.arrival.lines(), admission.refused.first()) {
            (_, Some((_, refusal))) => Err((*refusal).into()),
            ([Line::Put(put)], None) => Ok(put.signal().content().expiry()),
            _ => Err(malformed),
        }
    }
}

/// Numbers in the agency's own texts that could be another child's.
fn others(
    reference: &str,
    case_reference: Option<&str>,
    fields: &Fields<'_>,
) -> Result<Vec<(Column, u64)>, Refusal> {
    let mut others = Vec::new();
    for (column, text) in [(Column::Reference, Some(reference)), (Column::CaseReference, case_reference)] {
        let Some(text) = text else { continue };
        if holds_identifier(text, fields) {
            return Err(Refusal::HoldsIdentifier(column));
        }
        others.extend(numbers(text).into_iter().map(|number| (column, number)));
    }
    Ok(others)
}
