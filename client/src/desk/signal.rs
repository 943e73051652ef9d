//! From a filled-in form to a row that admission would take, or to what is wrong with each field.

use samenloop_core::manifest::{Connection, Manifest};
use samenloop_core::value::{Day, Kind, Month};
use samenloop_proto::v1::Reason;
use samenloop_pseudonym::{BSN, Identifier, ONDERWIJSNUMMER};

use super::draft::Filling;
use super::page::Problem;
use crate::input::{Column, Fields, LocalRules, LocalRulesFault, Row};
use crate::journal::Entry;
use crate::language::{Language, Say as _};
use crate::own::{Extension, NotExtended};
use crate::refusal::Refusal;

/// Months that a signal without a code may lie back: the term of a hard one (V-20).
const LONGEST_TERM: u8 = 12;

/// The column of a kind of number.
pub(super) fn column_of(kind: Kind) -> Column {
    match kind {
        BSN => Column::Bsn,
        ONDERWIJSNUMMER => Column::Onderwijsnummer,
        _ => Column::VNumber,
    }
}

/// The months in which something may have been seen to count still, the latest first.
pub(super) fn months(filling: &Filling, today: Day) -> Vec<Month> {
    let entry = filling.code.and_then(|code| samenloop_manifest::taxonomy().entry(code));
    let back = entry.map_or(LONGEST_TERM, |it| it.term_months());
    let this = today.month().index();
    (0..=u16::from(back)).filter_map(|it| Month::from_index(this.checked_sub(it)?).ok()).collect()
}

/// Which signal is filled in.
pub(super) enum Of<'e> {
    /// A new one, of this reference.
    New(String),
    /// One of our own that was sent before, which a judgement of today extends.
    Own(&'e Entry),
}

impl Of<'_> {
    fn reference(&self) -> &str {
        match self {
            Self::New(reference) => reference,
            Self::Own(entry) => entry.local_reference(),
        }
    }
}

/// Judges what was filled in, by the same rules as a line of a file.
///
/// # Errors
/// Within `Ok` every problem at once, as far as one does not hide another; [`LocalRulesFault`] when the connection may not
/// send at all.
pub(super) fn judge(
    manifest: &Manifest,
    own: &Connection,
    today: Day,
    language: Language,
    (filling, number, of): (&Filling, &str, &Of<'_>),
) -> Result<Result<Row, Vec<Problem>>, LocalRulesFault> {
    let rules = LocalRules::new(manifest, samenloop_manifest::taxonomy(), &own.id, today)?;
    let mut problems = missing(filling, number, language);
    let kind = own.kinds.iter().copied().find(|kind| column_of(*kind).dutch() == filling.kind);
    if let (Some(kind), false) = (kind, number.is_empty()) {
        problems.extend(misspelt(kind, number, language));
    }
    let Some(kind) = kind.filter(|_| problems.is_empty()) else { return Ok(Err(problems)) };
    let code = filling.code.map(|it| it.to_string()).unwrap_or_default();
    let observation = match &*filling.observation {
        "gehoord" => format!("hearsay:{}", filling.heard_from),
        _ => "own".to_owned(),
    };
    let acute = if filling.is_acute { "yes" } else { "no" };
    let mut fields = Fields::default();
    for (column, text) in [
        (Column::Reference, of.reference()),
        (column_of(kind), number),
        (Column::Severity, if filling.code.is_none() { &*filling.severity } else { "" }),
        (Column::Code, &code),
        (Column::Month, &filling.month),
        (Column::Region, &filling.region),
        (Column::Observation, &observation),
        (Column::Acute, acute),
        (Column::AcuteRouteFollowed, acute),
        (Column::CaseReference, &filling.case_reference),
    ] {
        fields.set(column, text);
    }
    let row = match of {
        Of::New(_) => rules.row(1, &fields).map_err(NotExtended::Line),
        Of::Own(entry) => Extension::of(1, &fields, entry, &rules, today).map(Extension::into_row),
    };
    Ok(row.map_err(|why| match &why {
        NotExtended::Line(refusal) => vec![problem(refusal, language)],
        NotExtended::Unknown
        | NotExtended::Withdrawn
        | NotExtended::Ended
        | NotExtended::NoFurther(_)
        | NotExtended::NotInFile
        | NotExtended::Ambiguous => vec![Problem::new("verder", why.say(language))],
    }))
}

/// What is empty and must not be.
fn missing(filling: &Filling, number: &str, language: Language) -> Vec<Problem> {
    let extends = filling.extends.is_some();
    let needed = [
        (
            "oordeel",
            extends && !filling.is_judged,
            "Zet het vinkje als er opnieuw geoordeeld is. Zonder nieuw oordeel loopt het signaal vanzelf af.",
            "Tick the box if it was judged anew. Without a new judgement the signal ends by itself.",
        ),
        (
            "soort-nummer",
            filling.kind.is_empty(),
            "Kies welk nummer u invult.",
            "Choose which number you fill in.",
        ),
        ("nummer", number.is_empty(), "Vul het nummer van het kind in.", "Fill in the number of the child."),
        (
            "soort",
            filling.code.is_none() && filling.severity.is_empty(),
            "Kies zacht of hard.",
            "Choose soft or hard.",
        ),
        ("maand", filling.month.is_empty() && !extends, "Kies de maand.", "Choose the month."),
        ("regio", filling.region.is_empty(), "Kies de regio.", "Choose the region."),
        (
            "waarneming",
            filling.observation.is_empty(),
            "Kies of u het zelf zag, of van een ander hoorde.",
            "Choose whether you saw it yourself or heard it from somebody else.",
        ),
        (
            "bron",
            filling.observation == "gehoord" && filling.heard_from.is_empty(),
            "Kies van wie u het hoorde.",
            "Choose from whom you heard it.",
        ),
    ];
    let empty = needed.into_iter().filter(|(_, is_missing, ..)| *is_missing);
    empty.map(|(field, _, nl, en)| Problem::new(field, language.pick(nl, en))).collect()
}

/// Whether the number cannot be one of its kind: seen at once, whatever else is missing.
fn misspelt(kind: Kind, number: &str, language: Language) -> Option<Problem> {
    let parsed = match kind {
        BSN => Identifier::parse_bsn(number),
        ONDERWIJSNUMMER => Identifier::parse_onderwijsnummer(number),
        _ => Identifier::parse_v_number(number),
    };
    parsed.err().map(|_| problem(&Refusal::IdentifierInvalid(column_of(kind)), language))
}

/// Where a refusal belongs, and how it is said to somebody before a form.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "what a form of ours cannot bring about keeps the words of files"
)]
fn problem(refusal: &Refusal, language: Language) -> Problem {
    let say = |field, nl, en| Problem::new(field, language.pick(nl, en));
    match refusal {
        Refusal::IdentifierInvalid(Column::Bsn) => say(
            "nummer",
            "Dit BSN klopt niet. Een BSN heeft 9 cijfers; kijk of er een cijfer verkeerd staat.",
            "This BSN is not right. It has 9 digits; look whether one is wrong.",
        ),
        Refusal::IdentifierInvalid(Column::VNumber) => say(
            "nummer",
            "Dit V-nummer klopt niet. Een V-nummer heeft precies 10 cijfers, zonder spaties.",
            "This V-number is not right. It has exactly 10 digits, without spaces.",
        ),
        Refusal::IdentifierInvalid(_) | Refusal::IdentifierMissing => say(
            "nummer",
            "Dit nummer klopt niet. Een onderwijsnummer heeft 9 cijfers.",
            "This number is not right. An onderwijsnummer has 9 digits.",
        ),
        Refusal::HoldsIdentifier(_) => say(
            "zaaknummer",
            "Hierin staat het nummer van het kind. Gebruik een eigen kenmerk zonder persoonsnummer.",
            "This holds the number of the child. Use a reference of your own without it.",
        ),
        Refusal::ReferenceInvalid(_) => say(
            "zaaknummer",
            "Het kenmerk is te lang, of heeft vreemde tekens. Gebruik ten hoogste 64 letters en cijfers.",
            "The reference is too long, or has strange characters. Use 64 letters and digits at most.",
        ),
        Refusal::UnknownRegion(_) => {
            say("regio", "Kies een regio uit de lijst.", "Choose a region of the list.")
        }
        Refusal::MonthInvalid(_) => {
            say("maand", "Kies een maand uit de lijst.", "Choose a month of the list.")
        }
        Refusal::SeverityInvalid => say("soort", "Kies zacht of hard.", "Choose soft or hard."),
        Refusal::UnknownDomain => say("bron", "Kies van wie u het hoorde.", "Choose from whom you heard it."),
        Refusal::Admission { reason: Reason::MonthTooOld, .. } => say(
            "maand",
            "Dit is te lang geleden: het signaal zou niet meer tellen. Een zacht signaal telt 6 maanden.",
            "This is too long ago: the signal would count no more. A soft signal counts for 6 months.",
        ),
        Refusal::Admission { reason: Reason::KindNotAllowed, .. } => say(
            "soort-nummer",
            "Uw organisatie mag dit soort nummer niet gebruiken. Kies een ander.",
            "Your organisation may not use this kind of number. Choose another.",
        ),
        Refusal::Admission { reason: Reason::HearsayOfOwnDomain, .. } => say(
            "bron",
            "Dit is uw eigen domein. Zag een collega van uw organisatie het? Kies dan: zelf gezien.",
            "This is your own domain. Did a colleague of your organisation see it? Then choose: seen ourselves.",
        ),
        other => Problem::new("nummer", other.say(language)),
    }
}

#[cfg(test)]
mod tests {
    use samenloop_core::value::Code;

    use super::*;
    use crate::fixture::{id, manifest, today};

    const CHILD: &str = "912345676";

    fn whole() -> Filling {
        Filling {
            kind: "bsn".into(),
            severity: "zacht".into(),
            month: "2026-11".into(),
            region: "west".into(),
            observation: "eigen".into(),
            ..Filling::default()
        }
    }

    fn judged(filling: &Filling, number: &str) -> Result<Row, Vec<&'static str>> {
        let manifest = manifest();
        let own = manifest.connection(&id("school-west")).unwrap();
        let judged =
            judge(&manifest, own, today(), Language::Nl, (filling, number, &Of::New("bureau-1".into())))
                .unwrap();
        judged.map_err(|problems| {
            for it in &problems {
                assert!(!it.sentence.contains(number) || number.is_empty(), "{}", it.sentence);
            }
            problems.iter().map(|it| it.field).collect()
        })
    }

    #[test]
    fn a_form_filled_in_as_asked_is_a_row() {
        assert!(judged(&whole(), CHILD).is_ok());
        let heard = Filling { observation: "gehoord".into(), heard_from: "zorg".into(), ..whole() };
        assert!(judged(&heard, &format!(" {CHILD}")).is_ok());
        let coded = Filling { code: Code::parse("V11").ok(), severity: String::new(), ..whole() };
        assert!(judged(&coded, CHILD).is_ok());
    }

    #[test]
    fn everything_that_is_missing_is_said_at_once() {
        let all = ["soort-nummer", "nummer", "soort", "maand", "regio", "waarneming"];
        assert_eq!(judged(&Filling::default(), "").err().unwrap(), all);
        let heard = Filling { observation: "gehoord".into(), ..whole() };
        assert_eq!(judged(&heard, "912345675").err().unwrap(), ["bron", "nummer"]);
    }

    #[test]
    fn each_refusal_stands_at_its_field() {
        let wrong = |change: fn(&mut Filling)| {
            let mut filling = whole();
            change(&mut filling);
            judged(&filling, CHILD).err().unwrap()
        };
        assert_eq!(wrong(|it| it.case_reference = format!("Z {CHILD}")), ["zaaknummer"]);
        assert_eq!(wrong(|it| it.case_reference = "x".repeat(65)), ["zaaknummer"]);
        assert_eq!(wrong(|it| it.month = "2026-04".into()), ["maand"]);
        assert_eq!(wrong(|it| it.month = "gisteren".into()), ["maand"]);
        assert_eq!(wrong(|it| it.region = "zuid".into()), ["regio"]);
        assert_eq!(wrong(|it| it.severity = "heel erg".into()), ["soort"]);
        let own_domain = |it: &mut Filling| {
            it.observation = "gehoord".into();
            it.heard_from = "onderwijs".into();
        };
        assert_eq!(wrong(own_domain), ["bron"]);
        assert_eq!(wrong(|it| it.kind = "v_nummer".into()), ["nummer"]);
    }

    #[test]
    fn the_months_on_offer_are_those_that_still_count() {
        let offered = months(&Filling::default(), today());
        assert_eq!(
            (offered.len(), offered[0], offered[12]),
            (13, today().month(), Month::parse("2025-11").unwrap())
        );
        let coded = Filling { code: Code::parse("V11").ok(), ..Filling::default() };
        assert_eq!(months(&coded, today()).len(), 19);
    }
}
