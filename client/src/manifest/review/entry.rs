//! One change: who it is about and what happens to it.

use samenloop_core::manifest::{Manifest, RouteNumber};
use samenloop_manifest::{Change, Direction, OrganisationChange, RegionChange};

use super::predicate::{Predicate, both, has};
use super::{Sentence, Subject, Told, connection, whole};
use crate::language::Language;

pub(super) fn told(change: &Change, old: &Manifest, new: &Manifest, language: Language) -> Told {
    let direction = change.direction();
    let (subject, name, predicate) = match change {
        Change::Connection { id, what } => {
            (Subject::Connection, id.to_string(), connection::predicate(id, what, new, language))
        }
        Change::Organisation { id, what } => {
            (Subject::Organisation, id.to_string(), organisation(what, language))
        }
        Change::Region { id, what } => (Subject::Region, id.to_string(), region(what, language)),
        Change::NationalFallback { .. }
        | Change::Epoch { .. }
        | Change::Rule { .. }
        | Change::Tick { .. }
        | Change::MailHours { .. }
        | Change::RightsDays { .. }
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
        Change::NationalFallback { .. } => ("national_fallback", None),
        Change::Rule { .. } => ("rule", None),
        Change::Tick { .. } => ("tick", None),
        Change::MailHours { .. } => ("mail_hours", None),
        Change::RightsDays { .. } => ("rights_days", None),
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
    let numbers = |numbers: &[RouteNumber]| {
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
