//! What changes of a connection.

use samenloop_core::manifest::{Connection, Manifest, Role};
use samenloop_core::value::{Code, Day, Kind, Mailbox, OrganisationId, RegionId};

use super::{Change, Direction, differences};

/// What changes of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "old and new are what they are called")]
pub enum ConnectionChange {
    Added,
    StruckOut,
    /// Its last day is earlier than it was.
    LapsesOn(Day),
    /// Its last day is later than it was.
    ExtendedTo(Day),
    /// SHA-256 of a certificate key that it may use from now on.
    CertificateKeyAdded([u8; 32]),
    CertificateKeyStruckOut([u8; 32]),
    /// X25519 public key; `None` where there was or is none.
    DetailsKey {
        old: Option<[u8; 32]>,
        new: Option<[u8; 32]>,
    },
    KindAdded(Kind),
    KindStruckOut(Kind),
    /// All codes without a special mark.
    UnmarkedCodesAdded,
    UnmarkedCodesStruckOut,
    /// A code with a special mark.
    CodeAdded(Code),
    CodeStruckOut(Code),
    RegionAdded(RegionId),
    RegionStruckOut(RegionId),
    /// Its domain, when it is an agency and stays one, or its role.
    Role {
        old: Role,
        new: Role,
    },
    Organisation {
        old: OrganisationId,
        new: OrganisationId,
    },
    /// Lines a day.
    Quota {
        old: u64,
        new: u64,
    },
    /// Where it is mailed that something waits for it.
    Mailbox {
        old: Option<Mailbox>,
        new: Option<Mailbox>,
    },
    LegalBasis {
        old: String,
        new: String,
    },
    Agreement {
        old: String,
        new: String,
    },
}

impl ConnectionChange {
    pub(super) fn direction(&self) -> Direction {
        use Direction::{Adds, Neither, Takes};
        // Without either text nothing is taken or given (V-40).
        let text = |old: &str, new: &str| match (old.is_empty(), new.is_empty()) {
            (true, false) => Adds,
            (false, true) => Takes,
            (true, true) | (false, false) => Neither,
        };
        match self {
            Self::Added
            | Self::ExtendedTo(_)
            | Self::CertificateKeyAdded(_)
            | Self::DetailsKey { new: Some(_), .. }
            | Self::KindAdded(_)
            | Self::UnmarkedCodesAdded
            | Self::CodeAdded(_)
            | Self::RegionAdded(_)
            | Self::Role { .. }
            | Self::Organisation { .. } => Adds,
            Self::StruckOut
            | Self::LapsesOn(_)
            | Self::CertificateKeyStruckOut(_)
            | Self::DetailsKey { new: None, .. }
            | Self::KindStruckOut(_)
            | Self::UnmarkedCodesStruckOut
            | Self::CodeStruckOut(_)
            | Self::RegionStruckOut(_) => Takes,
            Self::Quota { old, new } if new > old => Adds,
            Self::Quota { .. } => Takes,
            // A mail says nothing, and lets nobody do anything.
            Self::Mailbox { .. } => Neither,
            Self::LegalBasis { old, new } | Self::Agreement { old, new } => text(old, new),
        }
    }
}

pub(super) fn compare(old: &Manifest, new: &Manifest, changes: &mut Vec<Change>) {
    let change = |it: &Connection, what| Change::Connection { id: it.id.clone(), what };
    let left = old.connections().iter().filter(|it| new.connection(&it.id).is_none());
    changes.extend(left.map(|it| change(it, ConnectionChange::StruckOut)));
    for it in new.connections() {
        match old.connection(&it.id) {
            None => changes.push(change(it, ConnectionChange::Added)),
            Some(before) => changes.extend(between(before, it).into_iter().map(|what| change(it, what))),
        }
    }
}

/// What differs between two entries of one connection: what it loses first.
fn between(old: &Connection, new: &Connection) -> Vec<ConnectionChange> {
    use ConnectionChange as C;
    let mut found = Vec::new();
    let mut differ = |differs: bool, what| found.extend(differs.then_some(what));
    differ(old.role != new.role, C::Role { old: old.role, new: new.role });
    let (before, after) = (old.organisation.clone(), new.organisation.clone());
    differ(before != after, C::Organisation { old: before, new: after });
    differ(new.valid_until < old.valid_until, C::LapsesOn(new.valid_until));
    differ(new.valid_until > old.valid_until, C::ExtendedTo(new.valid_until));
    let details = C::DetailsKey { old: old.details_key, new: new.details_key };
    differ(old.details_key != new.details_key, details);
    let (had, has) = (old.codes.unmarked, new.codes.unmarked);
    differ(had && !has, C::UnmarkedCodesStruckOut);
    differ(!had && has, C::UnmarkedCodesAdded);
    differ(old.quota_lines != new.quota_lines, C::Quota { old: old.quota_lines, new: new.quota_lines });
    let mailbox = C::Mailbox { old: old.mailbox.clone(), new: new.mailbox.clone() };
    differ(old.mailbox != new.mailbox, mailbox);
    let basis = C::LegalBasis { old: old.legal_basis.clone(), new: new.legal_basis.clone() };
    differ(old.legal_basis != new.legal_basis, basis);
    let agreement = C::Agreement { old: old.agreement.clone(), new: new.agreement.clone() };
    differ(old.agreement != new.agreement, agreement);
    let keys = (&old.certificate_keys, &new.certificate_keys);
    list(keys, &mut found, C::CertificateKeyStruckOut, C::CertificateKeyAdded);
    list((&old.kinds, &new.kinds), &mut found, C::KindStruckOut, C::KindAdded);
    list((&old.codes.marked, &new.codes.marked), &mut found, C::CodeStruckOut, C::CodeAdded);
    list((&old.regions, &new.regions), &mut found, C::RegionStruckOut, C::RegionAdded);
    found
}

fn list<T: PartialEq + Clone>(
    (old, new): (&Vec<T>, &Vec<T>),
    found: &mut Vec<ConnectionChange>,
    struck_out: fn(T) -> ConnectionChange,
    added: fn(T) -> ConnectionChange,
) {
    let (lost, gained) = differences(old, new);
    found.extend(lost.into_iter().map(struck_out));
    found.extend(gained.into_iter().map(added));
}
