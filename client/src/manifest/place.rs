//! Where in a draft a fault lies, so that a person finds the line.
//!
//! Looks at lines as drafts are written; an entry that is written in another form has no line here.

use samenloop_core::manifest::ManifestFault;
use samenloop_manifest::{BookFault, OpenFault, SuccessionOrderFault, Unsound};

/// What a fault is about.
enum Place {
    /// The line of a key.
    Key(&'static str),
    /// An entry of a list, by its `id` or `number`: the last, as the one before it was there first.
    Entry(&'static str, String),
    /// An entry of any list, by its `id`.
    Any(String),
    /// The last epoch of a state.
    Epoch(&'static str),
}

/// The line of a draft, from 1, on which a fault lies; `None` when it lies on none, or the fault itself says where.
#[must_use]
pub fn line_of(fault: &BookFault, draft: &str) -> Option<usize> {
    match place(fault)? {
        Place::Key(key) => numbered(draft).find(|(_, line)| value(line, key).is_some()).map(|(at, _)| at),
        Place::Entry(list, id) => entry(draft, |it, name| it == list && name == id),
        Place::Any(id) => entry(draft, |_, name| name == id),
        Place::Epoch(state) => {
            let found = numbered(draft).filter(|(_, line)| value(line, "state") == Some(state));
            found.last().map(|(at, _)| at)
        }
    }
}

fn place(fault: &BookFault) -> Option<Place> {
    let epoch = |number: &dyn std::fmt::Display| Place::Entry("epochs", number.to_string());
    match fault {
        BookFault::Open(OpenFault::Unsound(fault)) => unsound(fault),
        BookFault::Open(OpenFault::Whole(fault)) => whole(fault),
        BookFault::Open(OpenFault::Differs(key)) => Some(Place::Key(key)),
        BookFault::Open(OpenFault::OtherTaxonomy) => Some(Place::Key("taxonomy")),
        BookFault::Order(fault) => Some(match fault {
            SuccessionOrderFault::Older { .. }
            | SuccessionOrderFault::Fork(_)
            | SuccessionOrderFault::Gap { .. } => Place::Key("sequence"),
            SuccessionOrderFault::Predecessor(_) => Place::Key("predecessor"),
            SuccessionOrderFault::Issued => Place::Key("issued"),
            SuccessionOrderFault::TooLate => Place::Key("acts_from"),
            SuccessionOrderFault::TooSoon { .. } | SuccessionOrderFault::Both => return None,
            SuccessionOrderFault::Epoch { epoch: number, .. } => epoch(number),
        }),
        BookFault::Open(
            OpenFault::Statement(_) | OpenFault::OtherBody | OpenFault::Size | OpenFault::Toml(_),
        )
        | BookFault::File(_)
        | BookFault::Root { .. }
        | BookFault::NewRoot(_)
        | BookFault::Empty(_) => None,
    }
}

fn unsound(fault: &Unsound) -> Option<Place> {
    Some(match fault {
        Unsound::Sequence => Place::Key("sequence"),
        Unsound::Expires => Place::Key("expires"),
        Unsound::ActsFrom => Place::Key("acts_from"),
        Unsound::MailHour(_) => Place::Key("mail_hours"),
        Unsound::Operator => Place::Key("operator"),
        Unsound::Term { region: id, .. } => Place::Entry("regions", id.to_string()),
        Unsound::UnknownAdministrator(id)
        | Unsound::AdministratorOin(id)
        | Unsound::NoMarkedCode { connection: id, .. }
        | Unsound::OtherRegion { connection: id, .. }
        | Unsound::NoDomain(id)
        | Unsound::Domain(id)
        | Unsound::NoCertificateKey(id)
        | Unsound::Kind(id)
        | Unsound::NoLegalBasis(id) => Place::Entry("connections", id.to_string()),
        Unsound::Epoch { number, .. } => Place::Entry("epochs", number.to_string()),
    })
}

fn whole(fault: &ManifestFault) -> Option<Place> {
    Some(match fault {
        ManifestFault::Twice(id) | ManifestFault::Unknown { whose: id, .. } => Place::Any(id.clone()),
        ManifestFault::Epochs { active, .. } if *active != 1 => Place::Epoch("active"),
        ManifestFault::Epochs { .. } => Place::Epoch("overlap"),
        ManifestFault::SignalsAndCoordinates(id) => Place::Entry("organisations", id.to_string()),
        ManifestFault::Incomplete(id) | ManifestFault::Reserved(id) => {
            Place::Entry("connections", id.to_string())
        }
        ManifestFault::Region(id) => Place::Entry("regions", id.to_string()),
        ManifestFault::Bound(_) => return None,
    })
}

fn numbered(draft: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(draft.lines())
}

/// The value of `key = value`, without its quotes.
fn value<'l>(line: &'l str, key: &str) -> Option<&'l str> {
    let value = line.trim().strip_prefix(key)?.trim_start().strip_prefix('=')?.trim();
    let value = value.split_once(" #").map_or(value, |(value, _)| value.trim_end());
    Some(value.trim_matches('"'))
}

/// The line of the last entry that `is_it`, by its list and its name.
fn entry(draft: &str, is_it: impl Fn(&str, &str) -> bool) -> Option<usize> {
    let mut list = "";
    let mut found = None;
    for (at, line) in numbered(draft) {
        if let Some(header) = line.trim().strip_prefix('[') {
            list = header.trim_matches(['[', ']']);
        } else if let Some(name) = value(line, "id").or_else(|| value(line, "number"))
            && is_it(list, name)
        {
            found = Some(at);
        }
    }
    found
}
