//! A log as files that any verifier reads: C2SP tlog-tiles, laid out as a log would serve them (P-70). For auditors and no
//! agency (P-71).

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use samenloop_audit::{Entry, TILE_WIDTH, TileMap, bundle_path, tile_path};

use super::AuditFault;

/// A whole log that the hub signed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tiled {
    pub(super) note: String,
    pub(super) size: u64,
    pub(super) entries: Vec<Vec<u8>>,
    pub(super) tiles: TileMap,
}

impl Tiled {
    /// Every entry, in order.
    #[must_use]
    pub fn parsed(&self) -> Vec<Entry> {
        self.entries.iter().filter_map(|it| Entry::parse(it.as_slice().try_into().ok()?)).collect()
    }

    /// Writes `checkpoint`, `tile/<level>/…` and `tile/entries/…` below a directory, which is made. The checkpoint comes last:
    /// all that it needs is there by then. Over an earlier export it may be written: a tile only ever grows.
    ///
    /// # Errors
    /// [`AuditFault::Unwritten`].
    pub fn write(&self, directory: &Path) -> Result<(), AuditFault> {
        for ((level, index), hashes) in &self.tiles {
            written(directory.join(tile_path(*level, *index, self.size)), &hashes.concat())?;
        }
        let width = usize::try_from(TILE_WIDTH).unwrap_or(usize::MAX);
        for (index, entries) in (0..).zip(self.entries.chunks(width)) {
            let prefixed = |entry: &Vec<u8>| {
                let length = u16::try_from(entry.len()).unwrap_or(u16::MAX);
                [&length.to_be_bytes()[..], entry].concat()
            };
            let bundle: Vec<u8> = entries.iter().flat_map(prefixed).collect();
            written(directory.join(bundle_path(index, self.size)), &bundle)?;
        }
        written(directory.join("checkpoint"), self.note.as_bytes())
    }
}

fn written(path: PathBuf, bytes: &[u8]) -> Result<(), AuditFault> {
    let made = || -> io::Result<()> {
        if let Some(parent) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        }
        std::fs::write(&path, bytes)
    };
    made().map_err(|source| AuditFault::Unwritten { path, source })
}
