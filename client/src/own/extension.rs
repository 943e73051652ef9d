//! Extending a signal: a new judgement of today, sent under its own reference with a higher revision.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use samenloop_core::clock::Clock;
use samenloop_core::value::Day;

use super::Outcome;
use crate::hub::Hub;
use crate::input::{Column, Fields, InputFault, LocalRules, Reader, Row};
use crate::journal::{Entry, Standing};
use crate::language::{Language, Say};
use crate::membership::{Agency, Membership};
use crate::push::{Push, PushFault};
use crate::refusal::Refusal;

/// Why a signal is not extended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotExtended {
    /// The journal never saw the reference.
    Unknown,
    /// It was withdrawn.
    Withdrawn,
    /// Its term has passed.
    Ended,
    /// A new judgement of today takes it no further than this last day.
    NoFurther(Day),
    /// The file has no line of this reference.
    NotInFile,
    /// The file has different lines of this reference.
    Ambiguous,
    /// The line of the file, as of today.
    Line(Refusal),
}

impl NotExtended {
    /// The stable name that programs see.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unknown => "NOT_IN_JOURNAL",
            Self::Withdrawn => "WITHDRAWN_EARLIER",
            Self::Ended => "ENDED",
            Self::NoFurther(_) => "NO_FURTHER",
            Self::NotInFile => "NOT_IN_FILE",
            Self::Ambiguous => "REFERENCE_DIFFERS",
            Self::Line(refusal) => refusal.name(),
        }
    }
}

impl Say for NotExtended {
    fn say(&self, language: Language) -> String {
        let sentence = match self {
            Self::Line(refusal) => return refusal.say(language),
            Self::NoFurther(day) => {
                let day = language.day(*day);
                return match language {
                    Language::Nl => format!(
                        "Het signaal telt al tot en met {day}; verlengen brengt het nu niet verder. Een signaal loopt nooit langer dan 24 maanden na de eerste maand."
                    ),
                    Language::En => format!(
                        "The signal already counts until {day}; extending takes it no further now. No signal goes beyond 24 months after its first month."
                    ),
                };
            }
            Self::Unknown => (
                "Deze referentie staat niet in het journaal. Controleer de referentie.",
                "This reference is not in the journal. Check the reference.",
            ),
            Self::Withdrawn => (
                "Dit signaal is ingetrokken en blijft dat. Is er een nieuw oordeel, stuur het dan als nieuw signaal met een nieuwe referentie.",
                "This signal was withdrawn and stays so. For a new judgement, send a new signal with a new reference.",
            ),
            Self::Ended => (
                "Dit signaal is verlopen. Is er een nieuw oordeel, stuur het dan als nieuw signaal met een nieuwe referentie.",
                "This signal has ended. For a new judgement, send a new signal with a new reference.",
            ),
            Self::NotInFile => (
                "Het bestand heeft geen regel met deze referentie. Neem haar op, met het nummer van het kind.",
                "The file has no line of this reference. Add it, with the child's number.",
            ),
            Self::Ambiguous => (
                "Het bestand heeft verschillende regels met deze referentie. Laat er één staan.",
                "The file has different lines of this reference. Leave one of them.",
            ),
        };
        language.pick(sentence.0, sentence.1).to_owned()
    }
}

/// Whether a signal can be judged anew under its own reference on a day.
///
/// # Errors
/// [`NotExtended`] when it cannot.
pub fn extendable(entry: Option<&Entry>, today: Day) -> Result<&Entry, NotExtended> {
    let entry = entry.ok_or(NotExtended::Unknown)?;
    match entry.standing(today) {
        Standing::Active if entry.last_day() >= entry.last_possible_day() => {
            Err(NotExtended::NoFurther(entry.last_day()))
        }
        Standing::Active => Ok(entry),
        Standing::Ended => Err(NotExtended::Ended),
        Standing::Withdrawn(_) => Err(NotExtended::Withdrawn),
    }
}

/// A signal as it would be after a new judgement of today. Holds identifiers; no `Debug`.
pub struct Extension {
    row: Row,
    before: Day,
}

impl Extension {
    /// The signal of `fields`, a line that holds the reference of `entry`, as of the month of `today`. Everything else
    /// is as the line says, a shorter term too.
    ///
    /// # Errors
    /// [`NotExtended`] when the line is refused, or takes the signal no further.
    pub fn of(
        line: u64,
        fields: &Fields<'_>,
        entry: &Entry,
        rules: &LocalRules<'_>,
        today: Day,
    ) -> Result<Self, NotExtended> {
        let month = today.month().to_string();
        let mut judged = Fields::default();
        for column in Column::ALL {
            judged.set(column, fields.field(column).unwrap_or_default());
        }
        judged.set(Column::Month, &month);
        let mut row = rules.row(line, &judged).map_err(NotExtended::Line)?;
        // As the hub files it: no further than its first month allows (V-20).
        row.expiry = row.expiry.min(entry.cap);
        let (before, until) = (entry.last_day(), row.expiry.last_day());
        if until > before { Ok(Self { row, before }) } else { Err(NotExtended::NoFurther(before)) }
    }

    /// The signal itself, to be sent under a revision above that of what it extends.
    pub(crate) fn into_row(self) -> Row {
        self.row
    }

    /// The agency's own reference.
    #[must_use]
    pub fn local_reference(&self) -> &str {
        &self.row.local_reference
    }

    /// Its line in the file.
    #[must_use]
    pub const fn line(&self) -> u64 {
        self.row.line
    }

    /// The last day on which it counts now.
    #[must_use]
    pub const fn before(&self) -> Day {
        self.before
    }

    /// The last day on which it will count.
    #[must_use]
    pub const fn until(&self) -> Day {
        self.row.expiry.last_day()
    }
}

/// What can be extended, and what cannot with why, each in the order asked.
pub type Extensions = (Vec<Extension>, Vec<(String, NotExtended)>);

/// Finds the signals of `wanted` in a file, by the agency's own references; `entries` is what the journal says.
///
/// # Errors
/// [`InputFault`] when the file cannot be read to its end.
pub fn extensions(
    reader: &mut Reader,
    wanted: &[String],
    entries: &[Entry],
    rules: &LocalRules<'_>,
    today: Day,
) -> Result<Extensions, InputFault> {
    let known = |local: &str| extendable(entries.iter().find(|it| it.local_reference == local), today);
    let mut found: BTreeMap<&str, Result<Extension, NotExtended>> = BTreeMap::new();
    loop {
        let next = reader.next(|line, fields| {
            let local =
                fields.field(Column::Reference).and_then(|it| wanted.iter().find(|wanted| *wanted == it));
            let extension =
                |local| known(local).and_then(|entry| Extension::of(line, fields, entry, rules, today));
            Ok(local.map(|local| (local.as_str(), extension(local))))
        });
        let Some((_, line)) = next? else { break };
        // What the file says of other references is none of this command's business.
        let Ok(Some((local, extension))) = line else { continue };
        let is_repeat = match (found.get(local), &extension) {
            (Some(Ok(first)), Ok(second)) => first.row.fingerprint == second.row.fingerprint,
            (first, _) => first.is_none(),
        };
        let extension = if is_repeat { extension } else { Err(NotExtended::Ambiguous) };
        found.insert(local, extension);
    }
    let (mut extensions, mut refused) = (Vec::new(), Vec::new());
    for local in wanted {
        let absent = || known(local).and(Err(NotExtended::NotInFile));
        match found.remove(local.as_str()).unwrap_or_else(absent) {
            Ok(extension) => extensions.push(extension),
            Err(why) => refused.push((local.clone(), why)),
        }
    }
    Ok((extensions, refused))
}

/// Sends extensions, at most 500, whose references differ.
///
/// # Errors
/// [`PushFault`] before anything is sent; what stops it later is in the outcome.
pub async fn extend(
    membership: &Membership,
    agency: Arc<Agency>,
    hub: &Hub,
    clock: &dyn Clock,
    extensions: Vec<Extension>,
    wait: Duration,
) -> Result<Outcome, PushFault> {
    let mut journal = membership.journal(clock.today())?;
    let mut outcome = Outcome::default();
    let rows = extensions.into_iter().map(|it| it.row).collect();
    let push = Push { hub, journal: &mut journal, clock, observer: &mut outcome, wait };
    let pushed = push.rows(agency, rows).await;
    Ok(outcome.ended(pushed))
}
