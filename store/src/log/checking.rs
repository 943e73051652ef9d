//! A log held against itself: every entry in its place, and every hash of the tree one of these entries.

use std::collections::BTreeMap;

use samenloop_audit::{self as audit, Hash, Log, Tiles as _, commit, tile_path};

use super::page::{LogTiles, Page, number};
use super::reading::AuditLog;
use crate::Fault;

/// Entries that are read at once: whole tiles.
const SLICE: u64 = 16 * audit::TILE_WIDTH;

impl AuditLog<'_> {
    /// Reads a log from end to end, and says how many entries it has. Each is of this log, in the gapless sequence of its
    /// actor, and commits to its record, where that was not erased; the tiles are the hashes of the entries and of nothing
    /// else. Whether the hub ever signed this log is for its heads to show.
    ///
    /// # Errors
    /// [`Fault::Damaged`], which says where.
    pub fn check(&self, log: Log) -> Result<u64, Fault> {
        let (size, tiles, mut next) = (self.size(log)?, LogTiles(self.0, log), BTreeMap::new());
        let mut begin = 0;
        while begin < size {
            let end = size.min(begin + SLICE);
            let leaves: Vec<Hash> = (begin..end)
                .map(|leaf| self.leaf_in_order(log, leaf, &mut next))
                .collect::<Result<_, _>>()?;
            for ((level, index), made) in audit::append(&tiles, begin, &leaves)? {
                if !tiles.tile(level, index)?.starts_with(&made) {
                    let path = tile_path(level, index, size);
                    return Err(wrong(log, &format!("{path} has other hashes than its entries give")));
                }
            }
            begin = end;
        }
        for (actor, next) in next {
            if number(self.0, Page::Actor(log, actor))? != next {
                return Err(wrong(log, "an actor's sequence goes on from another entry than its last"));
            }
        }
        Ok(size)
    }

    /// The hash of an entry that stands where it belongs. `next` is the sequence at which each actor goes on.
    fn leaf_in_order(&self, log: Log, leaf: u64, next: &mut BTreeMap<u64, u64>) -> Result<Hash, Fault> {
        let not = |what: &str| wrong(log, &format!("entry {leaf} {what}"));
        let logged = match self.at(log, leaf) {
            Err(Fault::Damaged(_)) => return Err(not("is not there, or is none")),
            read => read?,
        };
        let entry = logged.entry;
        if entry.kind.log() != log {
            return Err(not("is of another log"));
        }
        let expected = next.entry(entry.actor).or_insert(1);
        if entry.first_sequence != *expected {
            return Err(not("is not the next of its actor"));
        }
        *expected = expected.saturating_add(u64::from(entry.count));
        if logged.opening.is_some_and(|it| commit(&it.salt, entry.kind, &it.record) != entry.commit) {
            return Err(not("commits to another record"));
        }
        if number(self.0, Page::Own(log, entry.actor, entry.first_sequence))? != leaf {
            return Err(not("is not found by its actor and sequence"));
        }
        Ok(entry.leaf())
    }
}

fn wrong(log: Log, what: &str) -> Fault {
    Fault::Damaged(format!("the {} log: {what}", log.name()))
}
