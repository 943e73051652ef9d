//! What a new root changes: who may sign, and how many must.

use samenloop_manifest::Root;

use crate::language::Language;
use crate::manifest::fingerprint;

/// What `new` changes in `old`, a sentence each.
#[must_use]
pub fn root_changes(old: &Root, new: &Root, language: Language) -> Vec<String> {
    let mut told = Vec::new();
    let key = |root: &Root, id: &_| {
        root.administrators().find(|(other, _)| *other == id).map(|(_, key)| fingerprint(key.public_key()))
    };
    for (id, _) in old.administrators().filter(|(id, _)| key(new, id).is_none()) {
        told.push(match language {
            Language::Nl => format!("{id} is geen sleutelbeheerder meer."),
            Language::En => format!("{id} is no administrator any more."),
        });
    }
    for (id, own) in new.administrators() {
        let own = fingerprint(own.public_key());
        match (key(old, id), language) {
            (None, Language::Nl) => told.push(format!("{id} wordt sleutelbeheerder, met sleutel {own}.")),
            (None, Language::En) => told.push(format!("{id} becomes an administrator, with key {own}.")),
            (Some(was), Language::Nl) if was != own => {
                told.push(format!("{id} tekent voortaan met sleutel {own} (was {was})."));
            }
            (Some(was), Language::En) if was != own => {
                told.push(format!("{id} signs with key {own} from now on (was {was})."));
            }
            (Some(_), Language::Nl | Language::En) => {}
        }
    }
    let mut number = |dutch: &str, english: &str, old: usize, new: usize| {
        if old != new {
            told.push(match language {
                Language::Nl => format!("{dutch}: {new} (was {old})."),
                Language::En => format!("{english}: {new} (was {old})."),
            });
        }
    };
    number("Handtekeningen die nodig zijn", "Signatures needed", old.threshold(), new.threshold());
    number(
        "Bijdragen die een sleutelperiode nodig heeft",
        "Contributions that an epoch needs",
        old.contributions(),
        new.contributions(),
    );
    let hours = |root: &Root| usize::try_from(root.delay_of_additions_hours()).unwrap_or(usize::MAX);
    number("Uren voordat een toevoeging werkt", "Hours before an addition acts", hours(old), hours(new));
    if old.origin() != new.origin() {
        told.push(match language {
            Language::Nl => format!("De oorsprong heet {} (was {}).", new.origin(), old.origin()),
            Language::En => format!("The origin is called {} (was {}).", new.origin(), old.origin()),
        });
    }
    told
}
