//! A whole log as a privacy officer reads it: every entry, put together again into the tree that the hub signed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use samenloop_audit::{ENTRY_LEN, Entry, EntryKind, Hash, Log, TileMap, Tiles, append, root};
use samenloop_manifest::Checkpoint;
use serde_json::json;

use super::{AuditFault, Head, Own, SetBack, Tiled, signed};
use crate::hub::Hub;
use crate::language::Language;
use crate::membership::Membership;

/// What was read of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whole {
    /// The head that the hub signed; `None` while it signed none.
    pub checkpoint: Option<Checkpoint>,
    /// How many entries of each kind.
    pub kinds: BTreeMap<EntryKind, u64>,
}

struct Shelf(TileMap);

impl Tiles for Shelf {
    type Fault = AuditFault;

    fn tile(&self, level: u8, index: u64) -> Result<Vec<Hash>, AuditFault> {
        Ok(self.0.get(&(level, index)).cloned().unwrap_or_default())
    }

    fn missing(&self) -> AuditFault {
        AuditFault::Proof
    }
}

/// Reads a log from end to end and holds it against the head that the hub signed, and against the one that was in order
/// when it was last read here.
///
/// # Errors
/// [`AuditFault`]. The head that was kept stays, as evidence.
pub async fn read(
    membership: &Membership,
    hub: &Hub,
    log: Log,
) -> Result<(Whole, Option<Tiled>), AuditFault> {
    let place = place(membership, log);
    let kept = Head::read(&place)?;
    let known = kept.as_ref().map_or(0, |it| it.size);
    let first = hub.read_log(log, 0).await?;
    if first.checkpoint.is_empty() {
        let rolled_back = AuditFault::RolledBack { known, shown: 0 };
        return if known == 0 { Ok((Whole::default(), None)) } else { Err(rolled_back) };
    }
    let (checkpoint, note) = signed(membership, first.checkpoint, log)?;
    let mut entries = first.entries;
    while (entries.len() as u64) < checkpoint.size {
        let more = hub.read_log(log, entries.len() as u64).await?.entries;
        if more.is_empty() {
            return Err(AuditFault::Proof);
        }
        entries.extend(more);
    }
    entries.truncate(usize::try_from(checkpoint.size).unwrap_or(usize::MAX));
    let parsed = entries.iter().filter_map(|it| Entry::parse(it.as_slice().try_into().ok()?));
    let told = SetBack::last(parsed);
    let held = hold(&entries, &checkpoint, kept.as_ref());
    let (kinds, tiles) = held.map_err(|it| SetBack::told(told, kept.as_ref(), it))?;
    Head::of(&checkpoint, &Own::after(&checkpoint, None), note.clone()).knowing(told).write(&place)?;
    let tiled = Tiled { note, size: checkpoint.size, entries, tiles };
    Ok((Whole { checkpoint: Some(checkpoint), kinds }, Some(tiled)))
}

/// Where the head of a log is kept: named after the journal, which only agencies have.
pub(super) fn place(membership: &Membership, log: Log) -> PathBuf {
    let mut name = membership.config().journal().as_os_str().to_owned();
    name.push(format!(".{}", log.name()));
    name.into()
}

/// Entries that make up the tree of a head, in their own log, each actor's without a gap.
pub(super) fn hold(
    entries: &[Vec<u8>],
    checkpoint: &Checkpoint,
    kept: Option<&Head>,
) -> Result<(BTreeMap<EntryKind, u64>, TileMap), AuditFault> {
    let (mut kinds, mut next, mut leaves) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for bytes in entries {
        let bytes: [u8; ENTRY_LEN] = bytes.as_slice().try_into().map_err(|_| AuditFault::Proof)?;
        let entry = Entry::parse(&bytes).filter(|it| it.kind.log() == checkpoint.log);
        let entry = entry.ok_or(AuditFault::Proof)?;
        let expected = next.entry(entry.actor).or_insert(1_u64);
        if entry.first_sequence != *expected {
            return Err(AuditFault::Proof);
        }
        *expected = expected.saturating_add(u64::from(entry.count));
        *kinds.entry(entry.kind).or_default() += 1;
        leaves.push(entry.leaf());
    }
    let shelf = Shelf(append(&Shelf(TileMap::new()), 0, &leaves)?);
    if root(&shelf, checkpoint.size)? != checkpoint.root {
        return Err(AuditFault::Proof);
    }
    let Some(kept) = kept else { return Ok((kinds, shelf.0)) };
    if checkpoint.size < kept.size {
        return Err(AuditFault::RolledBack { known: kept.size, shown: checkpoint.size });
    }
    if root(&shelf, kept.size)? == kept.root {
        Ok((kinds, shelf.0))
    } else {
        Err(AuditFault::Forked { known: kept.size })
    }
}

impl Whole {
    /// In words.
    #[must_use]
    pub fn text(&self, log: Log, language: Language) -> String {
        let name = match log {
            Log::Intake => language.pick("Logboek van wat binnenkwam", "Log of what came in"),
            Log::Case => {
                language.pick("Logboek van samenlopen en handelingen", "Log of convergences and acts")
            }
        };
        let Some(checkpoint) = &self.checkpoint else {
            let none = language.pick("de hub heeft nog niets getekend", "the hub has signed nothing yet");
            return format!("{name}: {none}.");
        };
        let whole = language.pick(
            "regels, heel en zonder gat, zoals de hub heeft getekend",
            "entries, whole and without a gap, as the hub signed",
        );
        format!("{name}: {} {whole}.", checkpoint.size)
    }

    /// For programs.
    #[must_use]
    pub fn json(&self, log: Log) -> String {
        let kinds: BTreeMap<_, _> =
            self.kinds.iter().map(|(kind, many)| (format!("{kind:?}"), many)).collect();
        let size = self.checkpoint.as_ref().map(|it| it.size);
        json!({ "ok": true, "log": log.name(), "size": size, "kinds": kinds }).to_string()
    }
}
