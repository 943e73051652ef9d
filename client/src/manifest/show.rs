//! The manifest as a person, or a program, wants to see it.

use std::collections::BTreeMap;

use samenloop_core::manifest::{Manifest, Role};
use samenloop_core::value::Day;
use samenloop_manifest::Book;

use super::fingerprint;
use super::review::{role_name, state_name};
use crate::hex::hex;
use crate::language::Language;

/// The newest manifest of a book in sentences; `None` for an empty book.
#[must_use]
pub fn shown(book: &Book, today: Day, language: Language) -> Option<String> {
    let newest = book.newest()?;
    let acting = book.acting(today)?;
    let mut text = String::new();
    let mut line = |name: &str, value: String| text += &format!("{name:<22}{value}\n");
    line("Manifest", format!("{} ({})", newest.sequence(), newest.exchange()));
    line(language.pick("Vingerafdruk", "Fingerprint"), fingerprint(newest.hash()));
    line(
        language.pick("Root", "Root"),
        format!("{} ({})", fingerprint(book.root().hash()), book.root().sequence()),
    );
    line(language.pick("Geschreven", "Issued"), language.day(newest.issued()));
    line(language.pick("Werkt vanaf", "Acts from"), language.day(newest.acts_from()));
    line(language.pick("Geldig tot en met", "Valid until"), language.day(newest.expires()));
    if acting.sequence() != newest.sequence() {
        line(language.pick("Nu werkt nog", "Acting now"), format!("manifest {}", acting.sequence()));
        line(language.pick("Vingerafdruk daarvan", "Its fingerprint"), fingerprint(acting.hash()));
    }
    text.push('\n');
    for (role, ids) in by_role(newest, today) {
        text += &format!("{} ({}): {}\n", role_name(role, language), ids.len(), ids.join(", "));
    }
    let gone = out_of_term(newest, today);
    if !gone.is_empty() {
        let heading =
            language.pick("Doet niet meer mee (valid_until voorbij)", "Takes no part (valid_until is over)");
        text += &format!("{heading} ({}): {}\n", gone.len(), gone.join(", "));
    }
    text.push('\n');
    for entry in newest.epochs() {
        let name = language.pick("Sleutelperiode", "Epoch");
        text += &format!("{name} {}: {}\n", entry.epoch, state_name(entry.state, language));
    }
    Some(text)
}

/// The same for programs.
#[must_use]
pub fn shown_as_json(book: &Book, today: Day) -> Option<serde_json::Value> {
    let (newest, acting) = (book.newest()?, book.acting(today)?);
    let connections: Vec<_> = newest
        .connections()
        .iter()
        .map(|it| {
            serde_json::json!({
                "id": it.id.to_string(),
                "organisation": it.organisation.to_string(),
                "role": role_code(it.role),
                "domain": it.domain().map(|it| it.code()),
                "valid_until": it.valid_until.to_string(),
            })
        })
        .collect();
    let epochs: Vec<_> = newest
        .epochs()
        .iter()
        .map(|it| serde_json::json!({"number": it.epoch.to_string(), "state": state_name(it.state, Language::En)}))
        .collect();
    Some(serde_json::json!({
        "sequence": newest.sequence(),
        "exchange": newest.exchange(),
        "sha256": hex(newest.hash()),
        "root_sha256": hex(book.root().hash()),
        "root_sequence": book.root().sequence(),
        "issued": newest.issued().to_string(),
        "acts_from": newest.acts_from().to_string(),
        "expires": newest.expires().to_string(),
        "acting": acting.sequence(),
        "acting_sha256": hex(acting.hash()),
        "connections": connections,
        "epochs": epochs,
    }))
}

fn by_role(manifest: &Manifest, today: Day) -> BTreeMap<Role, Vec<String>> {
    let mut roles: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for it in manifest.connections().iter().filter(|it| it.is_valid(today)) {
        roles.entry(it.role).or_default().push(it.id.to_string());
    }
    roles
}

fn out_of_term(manifest: &Manifest, today: Day) -> Vec<String> {
    let gone = manifest.connections().iter().filter(|it| !it.is_valid(today));
    gone.map(|it| it.id.to_string()).collect()
}

const fn role_code(role: Role) -> &'static str {
    match role {
        Role::Agency(_) => "agency",
        Role::Coordinator => "coordinator",
        Role::ContactPoint => "contact-point",
        Role::PrivacyOfficer => "privacy-officer",
        Role::Administrator => "administrator",
    }
}
