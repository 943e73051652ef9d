//! What a draft changes, in sentences for who is about to sign it.

mod connection;
mod entry;
mod predicate;
mod whole;

use samenloop_core::manifest::Manifest;
use samenloop_manifest::{Change, Direction, changes};

pub(crate) use connection::{kind_name, role_name};
pub(crate) use whole::{hours, state_name, weekdays};

use crate::language::Language;
use predicate::Predicate;

/// Names that a sentence lists before it counts them.
const NAMED: usize = 3;

/// What a sentence is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    Connection,
    Organisation,
    Region,
    /// The sentence names its subject itself.
    Whole,
}

/// A change as it is told: about whom, what, and which way.
struct Told {
    subject: Subject,
    name: String,
    direction: Direction,
    predicate: Predicate,
}

/// A sentence, with what it does to those it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Whether it gives somebody more than before.
    pub direction: Direction,
    /// The sentence.
    pub text: String,
}

/// What a manifest changes, with what acts when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    changes: Vec<(Change, Sentence)>,
    grouped: Vec<Sentence>,
    when: Vec<String>,
}

impl Review {
    /// What `new` changes in `old`.
    #[must_use]
    pub fn new(old: &Manifest, new: &Manifest, language: Language) -> Self {
        let found = changes(old, new);
        let told = |change: &Change| entry::told(change, old, new, language);
        let changes = found.iter().map(|it| (it.clone(), sentence(&[&told(it)], language))).collect();
        let grouped = grouped(found.iter().map(told).collect(), language);
        let when = when(new, &found, language);
        Self { changes, grouped, when }
    }

    /// Each change, with its own sentence.
    #[must_use]
    pub fn changes(&self) -> &[(Change, Sentence)] {
        &self.changes
    }

    /// As a person reads it: additions, removals, the rest, and what acts when.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let mut text = String::new();
        for (direction, heading) in [
            (Direction::Adds, language.pick("Wat erbij komt:", "What is added:")),
            (Direction::Takes, language.pick("Wat eraf gaat:", "What is taken away:")),
            (Direction::Neither, language.pick("Wat verder verandert:", "What else changes:")),
        ] {
            let mut sentences = self.grouped.iter().filter(|it| it.direction == direction).peekable();
            if sentences.peek().is_some() {
                text += &format!("{heading}\n");
                sentences.for_each(|it| text += &format!("  {}\n", it.text));
            }
        }
        if self.grouped.is_empty() {
            text += language.pick("Er verandert niets.\n", "Nothing changes.\n");
        }
        self.when.iter().for_each(|it| text += &format!("{it}\n"));
        text
    }

    /// As programs read it: an array with one object a change.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        self.changes.iter().map(|(change, sentence)| entry::json(change, sentence)).collect()
    }
}

/// Sentences that say the same of several, as one.
fn grouped(told: Vec<Told>, language: Language) -> Vec<Sentence> {
    let mut groups: Vec<Vec<Told>> = Vec::new();
    for it in told {
        let same = |group: &&mut Vec<Told>| {
            group.first().is_some_and(|first| {
                first.subject == it.subject
                    && it.subject != Subject::Whole
                    && first.predicate.one == it.predicate.one
            })
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(it),
            None => groups.push(vec![it]),
        }
    }
    groups.iter().map(|group| sentence(&group.iter().collect::<Vec<_>>(), language)).collect()
}

fn sentence(group: &[&Told], language: Language) -> Sentence {
    let names: Vec<_> = group.iter().map(|it| it.name.clone()).collect();
    let Some(first) = group.first() else {
        return Sentence { direction: Direction::Neither, text: String::new() };
    };
    let (one, more) = match first.subject {
        Subject::Connection => ("", language.pick("aansluitingen", "connections")),
        Subject::Organisation => {
            (language.pick("Organisatie ", "Organisation "), language.pick("organisaties", "organisations"))
        }
        Subject::Region => (language.pick("Regio ", "Region "), language.pick("regio's", "regions")),
        Subject::Whole => ("", ""),
    };
    let text = match &names[..] {
        [] | [_] if first.subject == Subject::Whole => first.predicate.one.clone(),
        [] => String::new(),
        [name] => format!("{one}{name} {}.", first.predicate.one),
        names if names.len() <= NAMED => format!("{} {}.", language.list(names), first.predicate.more),
        names => format!("{} {more} {}: {}.", names.len(), first.predicate.more, names.join(", ")),
    };
    Sentence { direction: first.direction, text }
}

/// From which day it acts, in as many sentences as it takes.
fn when(new: &Manifest, found: &[Change], language: Language) -> Vec<String> {
    let takes = found.iter().any(|it| it.direction() == Direction::Takes);
    let (issued, acts_from) = (new.issued(), new.acts_from());
    if acts_from <= issued {
        let at_once = match language {
            Language::Nl => {
                "Dit werkt meteen zodra het gepubliceerd is, ook op verbindingen die al open zijn."
            }
            Language::En => "This acts as soon as it is published, on connections that are open already too.",
        };
        return vec![at_once.to_owned()];
    }
    let day = language.day(acts_from);
    let mut when = vec![match language {
        Language::Nl => format!("Dit werkt vanaf {day} (acts_from). Tot dan geldt het manifest van nu."),
        Language::En => format!("This acts from {day} (acts_from). Until then today's manifest acts."),
    }];
    if takes {
        when.push(
            language
                .pick(
                    "Let op: ook wat eraf gaat werkt dan pas. Moet het meteen, publiceer het dan eerst in een eigen manifest zonder acts_from.",
                    "Mind: what is taken away acts only then, too. To take it at once, publish it first in a manifest of its own without acts_from.",
                )
                .to_owned(),
        );
    }
    when
}
