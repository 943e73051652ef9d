//! *Dit gaat de deur uit*: every field of one signal that leaves the organisation, as people read it.
//!
//! The command `check` shows this before anything is sent; the desk, which has the message by then, reads the same out
//! of it in words. A test holds it beside the message itself, so that no field leaves that is not shown. A pseudonym
//! shows its first characters only: whole, it is personal data.

use samenloop_core::manifest::Manifest;
use samenloop_core::value::{Code, Kind, Observation, RegionId, Severity, ShorterTerm};
use samenloop_pseudonym::{BSN, ONDERWIJSNUMMER, V_NUMBER};
use serde::Serialize;

use crate::input::Row;
use crate::language::Language;
use crate::membership::Agency;

/// Characters of a pseudonym, in hexadecimal, that people see.
const SHOWN_CHARS: usize = 4;

/// One field that leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeavingField {
    /// The stable name, for programs.
    pub name: &'static str,
    /// What people call it.
    #[serde(skip)]
    pub label: &'static str,
    /// What leaves, as people read it.
    pub value: String,
}

/// Everything of one signal that leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaving {
    line: u64,
    /// The beginning of the signal's reference; `None` without keys.
    reference: Option<String>,
    pseudonyms: Vec<Shown>,
    severity: Severity,
    code: Option<Code>,
    month: String,
    region: RegionId,
    observation: Observation,
    acute: bool,
    shorter_term: Option<ShorterTerm>,
    counts_until: String,
    case_reference: Option<String>,
    readers: Vec<String>,
}

/// A pseudonym as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shown {
    kind: Kind,
    /// Epoch and first characters; `None` without the key of an epoch.
    made: Option<(u32, String)>,
}

impl Leaving {
    /// What leaves of a row under a manifest. Without the keys of an agency it is shown which pseudonyms there will be,
    /// and not how they begin.
    #[must_use]
    pub fn of(row: &Row, manifest: &Manifest, agency: Option<&Agency>) -> Self {
        let mut pseudonyms = Vec::new();
        for identifier in &row.identifiers {
            let kind = identifier.kind();
            match agency {
                None => pseudonyms.push(Shown { kind, made: None }),
                Some(agency) => pseudonyms.extend(agency.epoch_keys.iter().map(|key| {
                    let place = key.place(identifier);
                    let made = (place.epoch().number(), beginning(place.pseudonym().bytes()));
                    Shown { kind, made: Some(made) }
                })),
            }
        }
        let reference = |agency: &Agency| agency.reference_key.reference(&row.local_reference).hex();
        Self {
            line: row.line,
            reference: agency.map(reference).map(|hex| hex.chars().take(2 * SHOWN_CHARS).collect()),
            pseudonyms,
            severity: row.severity,
            code: row.code,
            month: row.month.to_string(),
            region: row.region.clone(),
            observation: row.observation,
            acute: row.acute,
            shorter_term: row.shorter_term,
            counts_until: row.expiry.last_day().to_string(),
            case_reference: row.case_reference.clone(),
            readers: manifest.coordinators_of(&row.region).map(|it| it.id.to_string()).collect(),
        }
    }

    /// The line of the file, from 1.
    #[must_use]
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// Every field that leaves, in the order of the message.
    #[must_use]
    pub fn fields(&self, language: Language) -> Vec<LeavingField> {
        let mut fields = Vec::with_capacity(16);
        let mut push = |name, dutch, english, value: String| {
            fields.push(LeavingField { name, label: language.pick(dutch, english), value });
        };
        let yes = || language.pick("ja", "yes").to_owned();
        push("signal_reference", "kenmerk van het signaal", "signal's reference", self.reference(language));
        let revision = language.pick("het moment van versturen", "the moment of sending");
        push("revision", "versie", "revision", revision.to_owned());
        for shown in &self.pseudonyms {
            push("pseudonym", "pseudoniem", "pseudonym", shown.say(language));
        }
        push("severity", "soort", "severity", self.severity(language).to_owned());
        if let Some(code) = self.code {
            push("code", "code", "code", code.to_string());
        }
        push("month", "maand", "month", self.month.clone());
        push("region", "regio", "region", self.region.to_string());
        push("observation", "waarneming", "observation", self.observation(language));
        if self.acute {
            push("acute", "acuut", "acute", yes());
            push("acute_route_followed", "acute route gevolgd", "acute route followed", yes());
        }
        if let Some(term) = self.shorter_term {
            let months = language.pick("maanden", "months");
            push("shorter_term", "kortere termijn", "shorter term", format!("{} {months}", term.months()));
        }
        push("counts_until", "telt tot en met", "counts until", self.counts_until.clone());
        push("details", "verzegelde details", "sealed details", self.details(language));
        fields
    }

    fn reference(&self, language: Language) -> String {
        self.reference.as_ref().map_or_else(
            || {
                let text = "een code die alleen u naar uw referentie herleidt";
                language.pick(text, "a code that only you can trace to your reference").to_owned()
            },
            |beginning| format!("{beginning}…"),
        )
    }

    const fn severity(&self, language: Language) -> &'static str {
        match self.severity {
            Severity::Soft => language.pick("zacht", "soft"),
            Severity::Hard => "hard",
        }
    }

    fn observation(&self, language: Language) -> String {
        match self.observation {
            Observation::Own => language.pick("eigen", "own").to_owned(),
            Observation::Hearsay(domain) => {
                format!("{}:{domain}", language.pick("van-horen-zeggen", "hearsay"))
            }
        }
    }

    fn details(&self, language: Language) -> String {
        let readers = language.list(&self.readers);
        let case = self.case_reference.as_deref();
        match (language, case) {
            (Language::Nl, Some(case)) => {
                format!("zaaknummer {case} en een herhaling van dit signaal; alleen {readers} kan dit lezen")
            }
            (Language::Nl, None) => {
                format!("geen zaaknummer, wel een herhaling van dit signaal; alleen {readers} kan dit lezen")
            }
            (Language::En, Some(case)) => {
                format!("case reference {case} and a repeat of this signal; only {readers} can read it")
            }
            (Language::En, None) => {
                format!("no case reference, and a repeat of this signal; only {readers} can read it")
            }
        }
    }
}

impl Shown {
    fn say(&self, language: Language) -> String {
        let kind = match self.kind {
            BSN => "BSN",
            ONDERWIJSNUMMER => "onderwijsnummer",
            V_NUMBER => language.pick("V-nummer", "V-number"),
            _ => language.pick("nummer", "number"),
        };
        match &self.made {
            Some((epoch, beginning)) => {
                let (of, period) = (language.pick("van", "of"), language.pick("sleutelperiode", "key epoch"));
                format!("{beginning}… ({of} {kind}, {period} {epoch})")
            }
            None => match language {
                Language::Nl => format!("van {kind}; het begin is te zien zodra de sleutels er zijn"),
                Language::En => format!("of {kind}; its beginning shows once the keys are there"),
            },
        }
    }
}

/// The first characters of a pseudonym in hexadecimal.
fn beginning(bytes: &[u8; 32]) -> String {
    bytes.iter().take(SHOWN_CHARS / 2).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use samenloop_proto::v1::{self, signal_line::Line};

    use super::*;
    use crate::fixture;
    use crate::hex::hex;
    use crate::input::{Column, Fields, LocalRules};
    use crate::prepare::Preparer;

    const CHILD: &str = "900000041";

    fn row(cells: &[(Column, &str)]) -> Row {
        let manifest = fixture::manifest();
        let rules = LocalRules::new(
            &manifest,
            samenloop_manifest::taxonomy(),
            &fixture::id("school-west"),
            fixture::today(),
        );
        let mut fields = Fields::default();
        for (column, text) in cells {
            fields.set(*column, text);
        }
        rules.ok().unwrap().row(7, &fields).ok().unwrap()
    }

    fn whole() -> Row {
        row(&[
            (Column::Reference, "obs-1"),
            (Column::Bsn, CHILD),
            (Column::VNumber, "2812345678"),
            (Column::Code, "E01"),
            (Column::Month, "2026-10"),
            (Column::Region, "west"),
            (Column::Observation, "van-horen-zeggen:zorg"),
            (Column::Acute, "ja"),
            (Column::AcuteRouteFollowed, "ja"),
            (Column::ValidUntil, "2026-12"),
            (Column::CaseReference, "Z-1"),
        ])
    }

    fn value(fields: &[LeavingField], name: &str) -> String {
        fields.iter().find(|it| it.name == name).map(|it| it.value.clone()).unwrap()
    }

    #[test]
    fn every_field_of_the_message_is_shown_as_it_leaves() {
        let (agency, manifest) = (fixture::agency(), fixture::manifest());
        let fields = Leaving::of(&whole(), &manifest, Some(&agency)).fields(Language::Nl);
        let batch = Preparer::new(agency, 5).prepare(vec![whole()]).unwrap().batch;
        let Some(Line::Put(put)) = batch.lines.into_iter().next().unwrap().line else { panic!("a put") };
        // Without `..`: a field that is added to the message is to be shown here too.
        let v1::Signal {
            reference,
            revision: _,
            pseudonyms,
            severity: _,
            code,
            month: _,
            region,
            hearsay_of: _,
            acute,
            acute_route_followed,
            shorter_term_months,
            details,
        } = put;
        assert!(hex(&reference).starts_with(value(&fields, "signal_reference").trim_end_matches('…')));
        let shown: Vec<_> = fields.iter().filter(|it| it.name == "pseudonym").collect();
        assert_eq!(shown.len(), pseudonyms.len());
        for (shown, sent) in shown.iter().zip(&pseudonyms) {
            assert_eq!(
                shown.value.chars().take(5).collect::<String>(),
                format!("{}…", &hex(&sent.value)[..4])
            );
            assert!(shown.value.contains(&format!("sleutelperiode {}", sent.epoch)));
        }
        assert_eq!(value(&fields, "severity"), "zacht");
        assert_eq!((value(&fields, "code"), value(&fields, "month")), (code, "2026-10".into()));
        assert_eq!(value(&fields, "region"), region);
        assert_eq!(value(&fields, "observation"), "van-horen-zeggen:zorg");
        assert!(acute && acute_route_followed && fields.iter().any(|it| it.name == "acute_route_followed"));
        assert_eq!(value(&fields, "shorter_term"), format!("{shorter_term_months} maanden"));
        assert_eq!(details.len(), 1);
        let details = value(&fields, "details");
        assert!(details.contains("Z-1") && details.contains("alleen zorgcoordinator-west"), "{details}");
    }

    #[test]
    fn neither_an_identifier_nor_a_whole_pseudonym_is_shown() {
        let (agency, manifest) = (fixture::agency(), fixture::manifest());
        for agency in [None, Some(&*agency)] {
            for language in [Language::Nl, Language::En] {
                for field in Leaving::of(&whole(), &manifest, agency).fields(language) {
                    let is_long = |word: &str| word.len() > 8 && word.bytes().all(|b| b.is_ascii_hexdigit());
                    assert!(!field.value.contains(CHILD) && !field.value.contains("2812345678"));
                    assert!(!field.value.split([' ', '…']).any(is_long), "{}", field.value);
                }
            }
        }
    }

    #[test]
    fn without_keys_it_is_still_said_what_leaves() {
        let fields = Leaving::of(&whole(), &fixture::manifest(), None).fields(Language::Nl);
        assert_eq!(fields.iter().filter(|it| it.name == "pseudonym").count(), 2);
        assert!(value(&fields, "pseudonym").starts_with("van BSN"));
    }
}
