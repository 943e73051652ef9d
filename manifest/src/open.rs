//! From a signed note and a body to a manifest: verify, then parse, then check it as a whole.

use std::collections::BTreeMap;

use samenloop_core::manifest::{Manifest, ManifestFault};

use crate::body::Body;
use crate::root::{Root, StatementFault};
use crate::statement::Subject;
use crate::taxonomy::{taxonomy, taxonomy_hash};
use crate::toml_fault;
use crate::unsound::Unsound;

/// Days from `issued` to `expires`, at most (P-22).
pub const MAX_DAYS: u32 = 35;

/// Days that a region has to pick an alert up, at most. Its fallback has as many, so that the national one is asked before
/// the alert ends (V-24).
pub const MAX_TERM_DAYS: u8 = 30;

/// Bytes that a body may have; more is refused unread.
pub const MAX_BODY_LEN: usize = 2 * 1024 * 1024;

/// Why a manifest is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenFault {
    /// The note does not verify against the root.
    #[error(transparent)]
    Statement(#[from] StatementFault),
    /// The note is of other bytes.
    #[error("the signed hash is of another body; take body and note of one publication")]
    OtherBody,
    /// Larger than [`MAX_BODY_LEN`].
    #[error("the body is larger than a manifest can be")]
    Size,
    /// Signed, and not the TOML of a manifest; the text names line and column.
    #[error("the manifest cannot be read: {0}")]
    Toml(String),
    /// The body repeats something else than what was signed or pinned.
    #[error("the manifest says another {0} than its note or the pinned root; it was written for elsewhere")]
    Differs(&'static str),
    /// Written for another list of codes.
    #[error("the manifest names another taxonomy than this program ships; use the release that ships it")]
    OtherTaxonomy,
    /// A value that the design does not allow, or an entry that contradicts itself.
    #[error("the manifest is not sound: {0}")]
    Unsound(#[from] Unsound),
    /// The entries contradict one another.
    #[error("the manifest is not sound: {0}")]
    Whole(#[from] ManifestFault),
}

/// Verifies a note against the pinned root and the body, and only then parses the body.
///
/// Whether it has expired is for the caller, who has the clock; whether it may follow another, for a
/// [`Book`](crate::Book), which has the memory (P-22).
///
/// # Errors
/// [`OpenFault`] for the first thing found wrong; nothing of such a manifest may be used.
pub fn open(root: &Root, note: &str, body: &[u8]) -> Result<Manifest, OpenFault> {
    if body.len() > MAX_BODY_LEN {
        return Err(OpenFault::Size);
    }
    let statement = root.verify(Subject::Manifest, note)?;
    let hash = crate::statement::sha256(body);
    if *statement.body_hash() != hash {
        return Err(OpenFault::OtherBody);
    }
    let text = std::str::from_utf8(body).map_err(|fault| OpenFault::Toml(fault.to_string()))?;
    let body = parse(text)?;
    if body.sequence != statement.sequence() {
        return Err(OpenFault::Differs("sequence"));
    }
    whole(root, body, hash)
}

/// Parses and checks a body that nobody signed yet: for who is about to sign it.
///
/// # Errors
/// [`OpenFault`] for the first thing found wrong.
pub(crate) fn read(root: &Root, text: &str) -> Result<Manifest, OpenFault> {
    if text.len() > MAX_BODY_LEN {
        return Err(OpenFault::Size);
    }
    whole(root, parse(text)?, crate::statement::sha256(text.as_bytes()))
}

fn parse(text: &str) -> Result<Body, OpenFault> {
    toml::from_str(text).map_err(|fault| OpenFault::Toml(toml_fault(text, fault.span(), fault.message())))
}

fn whole(root: &Root, body: Body, hash: [u8; 32]) -> Result<Manifest, OpenFault> {
    check_repeats(&body, root)?;
    check_days(&body)?;
    check_entries(&body, root)?;
    let administrators: BTreeMap<_, _> = body
        .connections
        .iter()
        .filter(|it| it.is_administrator())
        .filter_map(|it| Some((it.id.0.clone(), root.administrator(&it.id.0)?.oin.clone())))
        .collect();
    let manifest = Manifest::new(body.into_entries(hash, root)?)?;
    match administrators.iter().find(|(id, oin)| manifest.connection(id).is_none_or(|it| it.oin != oin.0)) {
        Some((id, _)) => Err(Unsound::AdministratorOin(id.clone()).into()),
        None => Ok(manifest),
    }
}

/// The body repeats what was signed, so that nobody signs one thing and reads another.
fn check_repeats(body: &Body, root: &Root) -> Result<(), OpenFault> {
    let repeats = [
        ("origin", body.origin == root.origin()),
        ("exchange", body.exchange == root.exchange()),
        ("root", body.root.0.0 == *root.hash()),
    ];
    match repeats.into_iter().find(|(_, same)| !same) {
        Some((what, _)) => Err(OpenFault::Differs(what)),
        None if body.taxonomy.0.0 != taxonomy_hash() => Err(OpenFault::OtherTaxonomy),
        None => Ok(()),
    }
}

fn check_days(body: &Body) -> Result<(), Unsound> {
    let (issued, expires) = (body.issued.0, body.expires.0);
    if body.sequence == 0 || (body.sequence == 1) != body.predecessor.is_none() {
        return Err(Unsound::Sequence);
    }
    if issued.days_until(expires).is_none_or(|days| days > MAX_DAYS) {
        return Err(Unsound::Expires);
    }
    if body.acts_from.as_ref().is_some_and(|it| it.0 < issued) {
        return Err(Unsound::ActsFrom);
    }
    match body.mail_hours.iter().find(|hour| **hour > 23) {
        Some(hour) => Err(Unsound::MailHour(*hour)),
        None => Ok(()),
    }
}

fn check_entries(body: &Body, root: &Root) -> Result<(), Unsound> {
    if root.is_held_by(&body.hub.operator.0) {
        return Err(Unsound::Operator);
    }
    for connection in &body.connections {
        let id = &connection.id.0;
        if connection.is_administrator() && root.administrator(id).is_none() {
            return Err(Unsound::UnknownAdministrator(id.clone()));
        }
        let marked = |code| taxonomy().entry(code).is_some_and(|it| it.is_marked());
        if let Some(code) = connection.marked_codes().find(|code| !marked(*code)) {
            return Err(Unsound::NoMarkedCode { connection: id.clone(), code });
        }
    }
    for region in &body.regions {
        if !(1..=MAX_TERM_DAYS).contains(&region.term_days) {
            return Err(Unsound::Term { region: region.id.0.clone(), days: region.term_days });
        }
        let coordinators = body.connections.iter().filter(|it| region.coordinators.contains(&it.id));
        for connection in coordinators {
            if !connection.regions.contains(&region.id) {
                let (connection, region) = (connection.id.0.clone(), region.id.0.clone());
                return Err(Unsound::OtherRegion { connection, region });
            }
        }
    }
    Ok(())
}
