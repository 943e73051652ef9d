//! What changes of epochs, rule, hub and the manifest itself: whole sentences.

use samenloop_core::manifest::{Commitment, EpochState, HubEntry, Manifest, Rule};
use samenloop_core::value::{ConnectionId, Epoch};
use samenloop_manifest::{Change, EpochChange};

use crate::language::Language;
use crate::manifest::fingerprint;

pub(super) fn sentence(change: &Change, old: &Manifest, language: Language) -> String {
    match change {
        Change::Epoch { epoch: number, what } => epoch(*number, what, language),
        Change::NationalFallback { old, new } => {
            let name = |it: &Option<ConnectionId>| {
                it.as_ref().map_or_else(|| language.pick("niemand", "nobody").to_owned(), ToString::to_string)
            };
            let (old, new) = (name(old), name(new));
            match language {
                Language::Nl => format!("De landelijke achtervang is {new} (was {old})."),
                Language::En => format!("The national fallback is {new} (was {old})."),
            }
        }
        Change::Rule { old, new } => rule(old, new, language),
        Change::Tick { old, new } => match language {
            Language::Nl => format!("Samenlopen worden elke {new} seconden bepaald (was {old})."),
            Language::En => format!("Convergences are looked for every {new} seconds (was {old})."),
        },
        Change::MailHours { old, new } => {
            let (old, new) = (hours(old, language), hours(new, language));
            match language {
                Language::Nl => format!("Mail gaat uit {new} (was {old})."),
                Language::En => format!("Mail leaves {new} (was {old})."),
            }
        }
        Change::RightsDays { old, new } => {
            let (old, new) = (weekdays(old, language), weekdays(new, language));
            match language {
                Language::Nl => format!("Verzoeken over rechten worden beantwoord op {new} (was {old})."),
                Language::En => format!("Rights requests are answered on {new} (was {old})."),
            }
        }
        Change::Hub { old, new } => hub(old, new, language),
        Change::Expires { old, new } => {
            let (old, new) = (language.day(*old), language.day(*new));
            match language {
                Language::Nl => format!("Het manifest geldt tot en met {new} (was {old})."),
                Language::En => format!("The manifest holds until {new} (was {old})."),
            }
        }
        Change::Root => {
            let before = fingerprint(old.root());
            match language {
                Language::Nl => format!(
                    "Er is een nieuwe root: andere sleutelbeheerders of aantallen. Die werkt zodra hij gepubliceerd is (was {before})."
                ),
                Language::En => format!(
                    "There is a new root: other administrators or numbers. It acts as soon as it is published (was {before})."
                ),
            }
        }
        // Told of their own subjects.
        Change::Connection { .. } | Change::Organisation { .. } | Change::Region { .. } => String::new(),
    }
}

/// Days of the week by name.
pub(crate) fn weekdays(days: &[u8], language: Language) -> String {
    let names = [
        ("maandag", "Monday"),
        ("dinsdag", "Tuesday"),
        ("woensdag", "Wednesday"),
        ("donderdag", "Thursday"),
        ("vrijdag", "Friday"),
        ("zaterdag", "Saturday"),
        ("zondag", "Sunday"),
    ];
    let name = |day: &u8| usize::from(*day).checked_sub(1).and_then(|at| names.get(at));
    let named: Vec<_> = days
        .iter()
        .filter_map(name)
        .map(|(dutch, english)| language.pick(dutch, english).to_owned())
        .collect();
    language.list(&named)
}

/// A state as people call it.
pub(crate) fn state_name(state: EpochState, language: Language) -> String {
    match state {
        EpochState::Announced => language.pick("aangekondigd", "announced").into(),
        EpochState::Active => language.pick("actief", "active").into(),
        EpochState::Overlap { until } => {
            format!("{} {}", language.pick("overlap tot en met", "overlap until"), language.day(until))
        }
        EpochState::Retired => language.pick("buiten gebruik", "retired").into(),
        EpochState::Destroyed => language.pick("vernietigd", "destroyed").into(),
        EpochState::Burned => language.pick("ingetrokken na een lek", "burned").into(),
    }
}

fn epoch(number: Epoch, what: &EpochChange, language: Language) -> String {
    let name = format!("{} {number}", language.pick("Sleutelperiode", "Epoch"));
    let agencies = |ids: &[ConnectionId]| {
        let names: Vec<_> = ids.iter().map(ToString::to_string).collect();
        format!("{} ({})", ids.len(), names.join(", "))
    };
    match what {
        EpochChange::Entered { state, contributions } => {
            let from: Vec<_> =
                contributions.iter().map(|it: &Commitment| it.administrator.to_string()).collect();
            let (from, state) = (language.list(&from), state_name(*state, language));
            match language {
                Language::Nl => format!("{name} is {state}, met bijdragen van {from}."),
                Language::En => format!("{name} is {state}, with contributions of {from}."),
            }
        }
        EpochChange::State { old, new } => {
            let was = state_name(*old, language);
            state(&name, *new, &was, language)
        }
        EpochChange::WrapsAdded(ids) => match language {
            Language::Nl => format!("{name} is ingepakt voor {} aansluitingen.", agencies(ids)),
            Language::En => format!("{name} is wrapped for {} connections.", agencies(ids)),
        },
        EpochChange::WrapsDropped(ids) => match language {
            Language::Nl => format!("{name} is niet meer ingepakt voor {} aansluitingen.", agencies(ids)),
            Language::En => format!("{name} is wrapped no longer for {} connections.", agencies(ids)),
        },
        EpochChange::Left => match language {
            Language::Nl => format!("{name} staat niet meer in het manifest."),
            Language::En => format!("{name} is no longer in the manifest."),
        },
    }
}

fn state(name: &str, new: EpochState, was: &str, language: Language) -> String {
    let (dutch, english) = match new {
        EpochState::Announced => ("is aangekondigd".to_owned(), "is announced".to_owned()),
        EpochState::Active => ("wordt actief".to_owned(), "becomes active".to_owned()),
        EpochState::Overlap { until } => {
            let day = language.day(until);
            (format!("overlapt tot en met {day}"), format!("overlaps until {day}"))
        }
        EpochState::Retired => (
            "gaat buiten gebruik: wat niet opnieuw gestuurd is, vervalt".to_owned(),
            "is retired: what was not pushed again lapses".to_owned(),
        ),
        EpochState::Destroyed => {
            ("wordt vernietigd, met alle sleutels".to_owned(), "is destroyed, with all its keys".to_owned())
        }
        EpochState::Burned => (
            "wordt ingetrokken, omdat haar sleutel bij anderen bekend kan zijn".to_owned(),
            "is burned, as its key may be known to others".to_owned(),
        ),
    };
    match language {
        Language::Nl => format!("{name} {dutch} (was {was})."),
        Language::En => format!("{name} {english} (was {was})."),
    }
}

fn rule(old: &Rule, new: &Rule, language: Language) -> String {
    let mut parts = Vec::new();
    let mut part = |dutch, english, old: usize, new: usize| {
        if old != new {
            parts.push(format!("{} {new} (was {old})", language.pick(dutch, english)));
        }
    };
    part("domeinen", "domains", old.domains, new.domains);
    part("organisaties", "organisations", old.organisations, new.organisations);
    part(
        "verschillende signalen als er een hard is",
        "different signals where one is hard",
        old.pairs_with_hard,
        new.pairs_with_hard,
    );
    part("verschillende signalen", "different signals", old.pairs, new.pairs);
    if old.name != new.name {
        let is_called = language.pick("heet", "is called");
        parts.push(format!("{is_called} {} (was {})", new.name, old.name));
    }
    let parts = language.list(&parts);
    match language {
        Language::Nl => format!("De regel {} verandert: {parts}.", old.name),
        Language::En => format!("The rule {} changes: {parts}.", old.name),
    }
}

/// At which hours, or at every tick.
pub(crate) fn hours(hours: &[u8], language: Language) -> String {
    let hours: Vec<_> = hours.iter().map(ToString::to_string).collect();
    match (&hours[..], language) {
        ([], _) => language.pick("bij elke ronde", "at every tick").to_owned(),
        (hours, Language::Nl) => format!("om {} uur", language.list(hours)),
        (hours, Language::En) => format!("at {} o'clock", language.list(hours)),
    }
}

fn hub(old: &HubEntry, new: &HubEntry, language: Language) -> String {
    let mut parts = Vec::new();
    if old.server_name != new.server_name {
        parts.push(format!("{} (was {})", new.server_name, old.server_name));
    }
    if old.receipt_key != new.receipt_key {
        let (new, old) = (fingerprint(&new.receipt_key), fingerprint(&old.receipt_key));
        let name = language.pick("sleutel voor ontvangstbewijzen", "receipt key");
        parts.push(format!("{name} {new} (was {old})"));
    }
    if old.log_key != new.log_key {
        let (new, old) = (fingerprint(&new.log_key), fingerprint(&old.log_key));
        let name = language.pick("sleutel van het logboek", "log key");
        parts.push(format!("{name} {new} (was {old})"));
    }
    if old.operator != new.operator {
        let name = language.pick("beheerder met OIN", "operator with OIN");
        parts.push(format!("{name} {} (was {})", new.operator, old.operator));
    }
    format!("{}: {}.", language.pick("De hub verandert", "The hub changes"), language.list(&parts))
}
