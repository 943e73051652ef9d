//! One change: who it is about and what happens to it.

use samenloop_core::manifest::{Connection, Manifest, Role};
use samenloop_core::value::{ConnectionId, Kind};
use samenloop_manifest::{Change, ConnectionChange, Direction, OrganisationChange, RegionChange};
use samenloop_pseudonym::{BSN, ONDERWIJSNUMMER, V_NUMBER};

use super::{Predicate, Sentence, Subject, Told, whole};
use crate::language::Language;
use crate::manifest::fingerprint;

pub(super) fn told(change: &Change, old: &Manifest, new: &Manifest, language: Language) -> Told {
    let direction = change.direction();
    let (subject, name, predicate) = match change {
        Change::Connection { id, what } => {
            (Subject::Connection, id.to_string(), connection(id, what, new, language))
        }
        Change::Organisation { id, what } => {
            (Subject::Organisation, id.to_string(), organisation(what, language))
        }
        Change::Region { id, what } => (Subject::Region, id.to_string(), region(what, language)),
        Change::Epoch { .. }
        | Change::Rule { .. }
        | Change::Tick { .. }
        | Change::MailHours { .. }
        | Change::Hub { .. }
        | Change::Expires { .. }
        | Change::Root => {
            (Subject::Whole, String::new(), Predicate::only(whole::sentence(change, old, language)))
        }
    };
    Told { subject, name, direction, predicate }
}

pub(super) fn json(change: &Change, sentence: &Sentence) -> serde_json::Value {
    let (subject, name) = match change {
        Change::Connection { id, .. } => ("connection", Some(id.to_string())),
        Change::Organisation { id, .. } => ("organisation", Some(id.to_string())),
        Change::Region { id, .. } => ("region", Some(id.to_string())),
        Change::Epoch { epoch, .. } => ("epoch", Some(epoch.to_string())),
        Change::Rule { .. } => ("rule", None),
        Change::Tick { .. } => ("tick", None),
        Change::MailHours { .. } => ("mail_hours", None),
        Change::Hub { .. } => ("hub", None),
        Change::Expires { .. } => ("expires", None),
        Change::Root => ("root", None),
    };
    let direction = match change.direction() {
        Direction::Adds => "adds",
        Direction::Takes => "takes",
        Direction::Neither => "neither",
    };
    serde_json::json!({"subject": subject, "name": name, "direction": direction, "sentence": sentence.text})
}

/// A predicate in both numbers and the language asked for.
fn both(language: Language, dutch: (String, String), english: (String, String)) -> Predicate {
    let (one, more) = match language {
        Language::Nl => dutch,
        Language::En => english,
    };
    Predicate::new(one, more)
}

/// A predicate that starts with `mag`/`mogen` and `may`.
fn may(language: Language, dutch: &str, english: &str) -> Predicate {
    both(
        language,
        (format!("mag {dutch}"), format!("mogen {dutch}")),
        (format!("may {english}"), format!("may {english}")),
    )
}

/// A predicate that starts with `heeft`/`hebben` and `has`/`have`.
fn has(language: Language, dutch: &str, english: &str) -> Predicate {
    both(
        language,
        (format!("heeft {dutch}"), format!("hebben {dutch}")),
        (format!("has {english}"), format!("have {english}")),
    )
}

fn belongs(language: Language, dutch: &str, english: &str) -> Predicate {
    both(
        language,
        (format!("hoort {dutch}"), format!("horen {dutch}")),
        (format!("belongs {english}"), format!("belong {english}")),
    )
}

fn connection(id: &ConnectionId, what: &ConnectionChange, new: &Manifest, language: Language) -> Predicate {
    use ConnectionChange as C;
    match what {
        C::Added => added(new.connection(id), language),
        C::StruckOut => both(
            language,
            ("is geschrapt en doet niet meer mee".into(), "zijn geschrapt en doen niet meer mee".into()),
            ("is struck out and takes no part".into(), "are struck out and take no part".into()),
        ),
        C::LapsesOn(day) => {
            let day = language.day(*day);
            both(
                language,
                (format!("vervalt na {day}"), format!("vervallen na {day}")),
                (format!("lapses after {day}"), format!("lapse after {day}")),
            )
        }
        C::ExtendedTo(day) => {
            let day = language.day(*day);
            may(
                language,
                &format!("langer meedoen: tot en met {day}"),
                &format!("take part longer: until {day}"),
            )
        }
        C::CertificateKeyAdded(key) => {
            let key = fingerprint(key);
            may(
                language,
                &format!("ook verbinden met certificaatsleutel {key}"),
                &format!("connect with certificate key {key} too"),
            )
        }
        C::CertificateKeyStruckOut(key) => {
            let key = fingerprint(key);
            may(
                language,
                &format!("niet meer verbinden met certificaatsleutel {key}"),
                &format!("no longer connect with certificate key {key}"),
            )
        }
        C::DetailsKey { new: None, .. } => {
            has(language, "geen sleutel voor details meer", "no details key any more")
        }
        C::DetailsKey { new: Some(key), .. } => {
            let key = fingerprint(key);
            has(
                language,
                &format!("voortaan sleutel voor details {key}"),
                &format!("details key {key} from now on"),
            )
        }
        C::KindAdded(kind) => {
            let kind = kind_name(*kind, language);
            may(language, &format!("signalen op {kind} sturen"), &format!("send signals on {kind}"))
        }
        C::KindStruckOut(kind) => {
            let kind = kind_name(*kind, language);
            may(
                language,
                &format!("geen signalen op {kind} meer sturen"),
                &format!("no longer send signals on {kind}"),
            )
        }
        C::UnmarkedCodesAdded => may(
            language,
            "alle codes zonder bijzonder kenmerk sturen",
            "send all codes without a special mark",
        ),
        C::UnmarkedCodesStruckOut => may(
            language,
            "codes zonder bijzonder kenmerk niet meer sturen",
            "no longer send codes without a special mark",
        ),
        C::CodeAdded(code) => may(language, &format!("code {code} sturen"), &format!("send code {code}")),
        C::CodeStruckOut(code) => {
            may(language, &format!("code {code} niet meer sturen"), &format!("no longer send code {code}"))
        }
        C::RegionAdded(region) => {
            belongs(language, &format!("voortaan ook bij regio {region}"), &format!("to region {region} too"))
        }
        C::RegionStruckOut(region) => belongs(
            language,
            &format!("niet meer bij regio {region}"),
            &format!("to region {region} no longer"),
        ),
        C::Role { old, new } => {
            let (old, new) = (role_name(*old, language), role_name(*new, language));
            both(
                language,
                (format!("is voortaan {new} (was {old})"), format!("zijn voortaan {new} (waren {old})")),
                (format!("is {new} from now on (was {old})"), format!("are {new} from now on (were {old})")),
            )
        }
        C::Organisation { old, new } => belongs(
            language,
            &format!("voortaan bij organisatie {new} (was {old})"),
            &format!("to organisation {new} from now on (was {old})"),
        ),
        C::Quota { old, new } => may(
            language,
            &format!("{new} regels per dag sturen (was {old})"),
            &format!("send {new} lines a day (was {old})"),
        ),
        C::LegalBasis { old, new } => has(
            language,
            &format!("als grondslag \"{new}\" (was \"{old}\")"),
            &format!("legal basis \"{new}\" (was \"{old}\")"),
        ),
        C::Agreement { old, new } => has(
            language,
            &format!("als overeenkomst \"{new}\" (was \"{old}\")"),
            &format!("agreement \"{new}\" (was \"{old}\")"),
        ),
    }
}

fn added(connection: Option<&Connection>, language: Language) -> Predicate {
    let Some(connection) = connection else { return Predicate::only("") };
    let role = role_name(connection.role, language);
    let regions: Vec<_> = connection.regions.iter().map(ToString::to_string).collect();
    let (dutch, english) = match (&regions[..], language.list(&regions)) {
        ([], _) => (String::new(), String::new()),
        (_, list) => (format!(", regio {list}"), format!(", region {list}")),
    };
    let until = language.day(connection.valid_until);
    both(
        language,
        (
            format!("doet voortaan mee als {role}{dutch}, tot en met {until}"),
            format!("doen voortaan mee als {role}{dutch}, tot en met {until}"),
        ),
        (
            format!("takes part from now on as {role}{english}, until {until}"),
            format!("take part from now on as {role}{english}, until {until}"),
        ),
    )
}

/// A role as people call it; an agency with its domain.
pub(crate) fn role_name(role: Role, language: Language) -> String {
    match role {
        Role::Agency(domain) => {
            format!("{} ({})", language.pick("aanleverende organisatie", "agency"), domain.code())
        }
        Role::Coordinator => language.pick("zorgcoördinator", "coordinator").into(),
        Role::ContactPoint => language.pick("contactpunt", "contact point").into(),
        Role::PrivacyOfficer => language.pick("functionaris gegevensbescherming", "privacy officer").into(),
        Role::Administrator => language.pick("sleutelbeheerder", "key administrator").into(),
    }
}

fn kind_name(kind: Kind, language: Language) -> String {
    if kind == BSN {
        "BSN".into()
    } else if kind == ONDERWIJSNUMMER {
        "onderwijsnummer".into()
    } else if kind == V_NUMBER {
        "V-nummer".into()
    } else {
        format!("{} {}", language.pick("nummersoort", "kind"), kind.number())
    }
}

fn organisation(what: &OrganisationChange, language: Language) -> Predicate {
    match what {
        OrganisationChange::Entered => both(
            language,
            ("is nieuw in het manifest".into(), "zijn nieuw in het manifest".into()),
            ("is new in the manifest".into(), "are new in the manifest".into()),
        ),
        OrganisationChange::Left => both(
            language,
            ("staat niet meer in het manifest".into(), "staan niet meer in het manifest".into()),
            ("is no longer in the manifest".into(), "are no longer in the manifest".into()),
        ),
        OrganisationChange::Oin { old, new } => {
            has(language, &format!("OIN {new} (was {old})"), &format!("OIN {new} (was {old})"))
        }
        OrganisationChange::Name { old, new } => both(
            language,
            (format!("heet \"{new}\" (was \"{old}\")"), format!("heten \"{new}\" (was \"{old}\")")),
            (format!("is called \"{new}\" (was \"{old}\")"), format!("are called \"{new}\" (was \"{old}\")")),
        ),
    }
}

fn region(what: &RegionChange, language: Language) -> Predicate {
    let numbers = |numbers: &[samenloop_core::manifest::RouteNumber]| {
        let numbers: Vec<_> = numbers.iter().map(|it| format!("{} {}", it.name, it.number)).collect();
        numbers.join("; ")
    };
    match what {
        RegionChange::Entered => organisation(&OrganisationChange::Entered, language),
        RegionChange::Left => organisation(&OrganisationChange::Left, language),
        RegionChange::Name { old, new } => {
            organisation(&OrganisationChange::Name { old: old.clone(), new: new.clone() }, language)
        }
        RegionChange::CoordinatorAdded(id) => has(
            language,
            &format!("{id} er als zorgcoördinator bij"),
            &format!("{id} as a coordinator from now on"),
        ),
        RegionChange::CoordinatorStruckOut(id) => has(
            language,
            &format!("{id} niet meer als zorgcoördinator"),
            &format!("{id} as a coordinator no longer"),
        ),
        RegionChange::Fallback { old, new } => has(
            language,
            &format!("voortaan {new} als achtervang (was {old})"),
            &format!("{new} as fallback from now on (was {old})"),
        ),
        RegionChange::TermDays { old, new } => has(
            language,
            &format!("een termijn van {new} dagen tot de achtervang (was {old})"),
            &format!("a term of {new} days before the fallback (was {old})"),
        ),
        RegionChange::AcuteNumbers { old, new } => has(
            language,
            &format!("deze nummers voor direct gevaar: {} (was: {})", numbers(new), numbers(old)),
            &format!("these numbers for acute danger: {} (was: {})", numbers(new), numbers(old)),
        ),
    }
}
