//! Who takes part, on what ground, with which data, and who receives what: the manifest in tables.

use samenloop_core::manifest::{Connection, Manifest, Role};
use samenloop_core::value::ConnectionId;
use samenloop_manifest::{catalogue, code_text, domain_words};

use super::{Block, Ground, points, table, text};
use crate::contact::{organisation_of, reached};
use crate::language::Language::Nl;
use crate::manifest::review::{kind_name, role_name};

/// A role in words, with the domain by its name.
pub(super) fn role(role: Role) -> String {
    match role {
        Role::Agency(domain) => {
            format!("aanleverende organisatie, domein {}", domain_words(domain).map_or("", |it| it.dutch()))
        }
        Role::Coordinator | Role::ContactPoint | Role::PrivacyOfficer | Role::Administrator => {
            role_name(role, Nl)
        }
    }
}

/// The connections that take part on this day, in the order of the manifest.
pub(super) fn valid<'m>(ground: &Ground<'m>) -> impl Iterator<Item = &'m Connection> {
    let today = ground.today;
    ground.manifest.connections().iter().filter(move |it| it.is_valid(today))
}

/// The same, of one sort.
pub(super) fn of_role<'m>(
    ground: &Ground<'m>,
    is_it: fn(Role) -> bool,
) -> impl Iterator<Item = &'m Connection> {
    valid(ground).filter(move |it| is_it(it.role))
}

pub(super) const fn is_agency(role: Role) -> bool {
    matches!(role, Role::Agency(_))
}

pub(super) fn is_coordinator(role: Role) -> bool {
    role == Role::Coordinator
}

pub(super) fn is_contact_point(role: Role) -> bool {
    role == Role::ContactPoint
}

pub(super) fn is_privacy_officer(role: Role) -> bool {
    role == Role::PrivacyOfficer
}

/// Those of one sort with how to reach them, or that there are none.
pub(super) fn reached_all(ground: &Ground<'_>, is_it: fn(Role) -> bool, none: &str) -> Block {
    let found: Vec<_> = of_role(ground, is_it).map(|it| reached(ground.manifest, it)).collect();
    if found.is_empty() { text(none) } else { points(found) }
}

/// Parties with their ground: who takes part, as what, on which ground, until when.
pub(super) fn parties(ground: &Ground<'_>) -> Block {
    table(
        [
            "Organisatie en OIN",
            "Aansluiting en rol",
            "Grondslag",
            "Overeenkomst",
            "Doet mee tot en met",
            "Postbus",
        ],
        valid(ground).filter(|it| it.role != Role::Administrator).map(|it| {
            [
                format!("{} ({})", organisation_of(ground.manifest, &it.id), it.oin),
                format!("{}: {}", it.id, role(it.role)),
                it.legal_basis.clone(),
                it.agreement.clone(),
                Nl.day(it.valid_until),
                it.mailbox.as_ref().map_or("geen", |it| it.as_str()).to_owned(),
            ]
        }),
    )
}

/// Who stands in the manifest and takes no part today; empty when all do.
pub(super) fn out_of_term(ground: &Ground<'_>) -> Vec<Block> {
    let out: Vec<_> = ground.manifest.connections().iter().filter(|it| !it.is_valid(ground.today)).collect();
    if out.is_empty() {
        return Vec::new();
    }
    let why = |it: &Connection| {
        format!(
            "{} ({}): tot en met {}",
            organisation_of(ground.manifest, &it.id),
            it.id,
            Nl.day(it.valid_until)
        )
    };
    vec![
        text(
            "Staat in het manifest en doet niet mee: zonder grondslag of overeenkomst, of de datum is voorbij. De hub weigert deze aansluitingen.",
        ),
        points(out.into_iter().map(why)),
    ]
}

/// Which codes each agency may send (V-02), special ones by name.
pub(super) fn codes(ground: &Ground<'_>) -> Block {
    let unmarked = catalogue().iter().filter(|it| !it.entry().is_marked()).count();
    table(
        [
            "Aansluiting",
            "Nummers waaruit het pseudoniem ontstaat",
            "Gewone codes",
            "Codes met bijzondere of strafrechtelijke gegevens",
        ],
        of_role(ground, is_agency).map(|it| {
            let kinds: Vec<_> = it.kinds.iter().map(|kind| kind_name(*kind, Nl)).collect();
            let plain = if it.codes.unmarked { format!("aan: {unmarked} codes") } else { "uit".to_owned() };
            let marked: Vec<_> = it
                .codes
                .marked
                .iter()
                .filter_map(|code| code_text(*code))
                .map(|code| {
                    let special: Vec<_> =
                        code.special().iter().map(|it| it.words().dutch().to_owned()).collect();
                    format!("{} {}: {}", code.code(), code.label().dutch(), Nl.list(&special))
                })
                .collect();
            let marked = if marked.is_empty() { "geen".to_owned() } else { marked.join("; ") };
            [it.id.to_string(), Nl.list(&kinds), plain, marked]
        }),
    )
}

/// Which special categories (art. 9) and criminal data (art. 10) some agency may send.
pub(super) fn special(ground: &Ground<'_>) -> Vec<String> {
    let marked = of_role(ground, is_agency).flat_map(|it| &it.codes.marked).filter_map(|it| code_text(*it));
    let mut found: Vec<_> =
        marked.flat_map(|it| it.special()).map(|it| it.words().dutch().to_owned()).collect();
    found.sort();
    found.dedup();
    found
}

fn named(manifest: &Manifest, ids: &[ConnectionId]) -> String {
    Nl.list(&ids.iter().map(|it| format!("{} ({it})", organisation_of(manifest, it))).collect::<Vec<_>>())
}

/// Who gets the alerts of each region, and after how many days somebody else.
pub(super) fn recipients(ground: &Ground<'_>) -> Vec<Block> {
    let manifest = ground.manifest;
    let rows = manifest.regions().iter().map(|it| {
        [
            it.name.clone(),
            named(manifest, &it.coordinators),
            named(manifest, std::slice::from_ref(&it.fallback)),
            format!("{} dagen", it.term_days),
        ]
    });
    let national = manifest.national_fallback().map_or_else(
        || "Er is geen landelijke achtervang.".to_owned(),
        |it| format!("Landelijke achtervang: {}.", named(manifest, std::slice::from_ref(it))),
    );
    vec![
        table(["Regio", "Zorgcoördinatoren", "Achtervang", "Achtervang krijgt het na"], rows),
        text(national),
    ]
}

/// Who signs manifests, by organisation.
pub(super) fn administrators(ground: &Ground<'_>) -> String {
    let found = of_role(ground, |it| it == Role::Administrator).map(|it| it.id.clone()).collect::<Vec<_>>();
    if found.is_empty() { "geen die nu meedoet".to_owned() } else { named(ground.manifest, &found) }
}

/// Who operates the hub, by OIN, and by name where the manifest knows the organisation.
pub(super) fn operator(ground: &Ground<'_>) -> String {
    let hub = ground.manifest.hub();
    let known = ground.manifest.organisations().iter().find(|it| it.oin == hub.operator);
    let name = known.map(|it| format!("{}, ", it.name)).unwrap_or_default();
    format!("{name}OIN {}; de hub heet {}", hub.operator, hub.server_name)
}
