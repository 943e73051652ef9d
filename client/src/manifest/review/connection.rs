//! What a person reads of a change of a connection.

use samenloop_core::manifest::{Connection, Manifest, Role};
use samenloop_core::value::{ConnectionId, Kind};
use samenloop_manifest::ConnectionChange;
use samenloop_pseudonym::{BSN, ONDERWIJSNUMMER, V_NUMBER};

use super::predicate::{Predicate, belongs, both, has, may};
use crate::language::Language;
use crate::manifest::fingerprint;

/// What happens to a connection.
pub(super) fn predicate(
    id: &ConnectionId,
    what: &ConnectionChange,
    new: &Manifest,
    language: Language,
) -> Predicate {
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
        C::Mailbox { new: Some(new), .. } => has(
            language,
            &format!("voortaan postbus {}", new.as_str()),
            &format!("mailbox {} from now on", new.as_str()),
        ),
        C::Mailbox { new: None, .. } => has(language, "geen postbus meer", "no mailbox any more"),
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
        C::CertificateKeyAdded(_)
        | C::CertificateKeyStruckOut(_)
        | C::DetailsKey { .. }
        | C::KindAdded(_)
        | C::KindStruckOut(_)
        | C::UnmarkedCodesAdded
        | C::UnmarkedCodesStruckOut
        | C::CodeAdded(_)
        | C::CodeStruckOut(_)
        | C::RegionAdded(_)
        | C::RegionStruckOut(_) => allowed(what, language),
    }
}

/// What it may use, send and see.
fn allowed(what: &ConnectionChange, language: Language) -> Predicate {
    use ConnectionChange as C;
    match what {
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
        C::DetailsKey { new, .. } => details_key(new.as_ref(), language),
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
        C::Added
        | C::StruckOut
        | C::LapsesOn(_)
        | C::ExtendedTo(_)
        | C::Role { .. }
        | C::Organisation { .. }
        | C::Quota { .. }
        | C::Mailbox { .. }
        | C::LegalBasis { .. }
        | C::Agreement { .. } => Predicate::only(""),
    }
}

fn details_key(new: Option<&[u8; 32]>, language: Language) -> Predicate {
    match new.map(fingerprint) {
        None => has(language, "geen sleutel voor details meer", "no details key any more"),
        Some(key) => has(
            language,
            &format!("voortaan sleutel voor details {key}"),
            &format!("details key {key} from now on"),
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
        Role::Agency(domain) => format!(
            "{} {}",
            language.pick("aanleverende organisatie in domein", "agency in domain"),
            domain.code()
        ),
        Role::Coordinator => language.pick("zorgcoördinator", "coordinator").into(),
        Role::ContactPoint => language.pick("contactpunt", "contact point").into(),
        Role::PrivacyOfficer => language.pick("functionaris gegevensbescherming", "privacy officer").into(),
        Role::Administrator => language.pick("sleutelbeheerder", "key administrator").into(),
    }
}

/// A kind of number as people call it.
pub(crate) fn kind_name(kind: Kind, language: Language) -> String {
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
