//! A tree kept as tiles (C2SP tlog-tiles): 256 hashes each, level 0 over the leaves, level 1 over whole tiles of
//! level 0, and so on. From them come the root of any earlier size and every proof (RFC 6962 sections 2.1.1, 2.1.2).

use std::collections::BTreeMap;

use crate::tree::{Hash, empty_root, node_hash, perfect};

/// Hashes of a whole tile.
pub const TILE_WIDTH: u64 = 256;
/// Levels of a tree within one tile.
const TILE_HEIGHT: u32 = 8;

/// Tiles by level and index.
pub type TileMap = BTreeMap<(u8, u64), Vec<Hash>>;

/// Where tiles are kept.
pub trait Tiles {
    /// What may go wrong.
    type Fault;

    /// The hashes of a tile, as many as there are; none when it was never written.
    ///
    /// # Errors
    /// When it cannot be read.
    fn tile(&self, level: u8, index: u64) -> Result<Vec<Hash>, Self::Fault>;

    /// What to say of a tile that lacks a hash it should hold.
    fn missing(&self) -> Self::Fault;
}

/// Appends leaves to a tree of `size`, and returns the tiles that this changes, to be kept.
///
/// # Errors
/// Those of `tiles`.
pub fn append<T: Tiles + ?Sized>(tiles: &T, size: u64, leaves: &[Hash]) -> Result<TileMap, T::Fault> {
    let mut changed = TileMap::new();
    for (position, leaf) in (size..).zip(leaves) {
        let (mut level, mut at, mut hash) = (0, position, *leaf);
        loop {
            let (index, within) = (at / TILE_WIDTH, at % TILE_WIDTH);
            let mut tile = match changed.remove(&(level, index)) {
                Some(tile) => tile,
                None if within == 0 => Vec::new(),
                None => tiles.tile(level, index)?,
            };
            let within = usize::try_from(within).map_err(|_| tiles.missing())?;
            if tile.len() < within {
                return Err(tiles.missing());
            }
            tile.truncate(within);
            tile.push(hash);
            let whole = if tile.len() as u64 == TILE_WIDTH { perfect(&tile) } else { None };
            changed.insert((level, index), tile);
            match whole {
                Some(above) => hash = above,
                None => break,
            }
            level += 1;
            at = index;
        }
    }
    Ok(changed)
}

/// The root of the first `size` leaves.
///
/// # Errors
/// Those of `tiles`, also when they do not hold so many.
pub fn root<T: Tiles + ?Sized>(tiles: &T, size: u64) -> Result<Hash, T::Fault> {
    if size == 0 { Ok(empty_root()) } else { range(tiles, 0, size) }
}

/// The path from the leaf at `index` to the root of `size` leaves: `PATH(m, D[n])`.
///
/// # Errors
/// As [`root`]; also when there is no such leaf.
pub fn inclusion<T: Tiles + ?Sized>(tiles: &T, index: u64, size: u64) -> Result<Vec<Hash>, T::Fault> {
    if index >= size {
        return Err(tiles.missing());
    }
    let (mut begin, mut end, mut path) = (0, size, Vec::new());
    while end - begin > 1 {
        let middle = begin + split(end - begin);
        if index < middle {
            path.push(range(tiles, middle, end)?);
            end = middle;
        } else {
            path.push(range(tiles, begin, middle)?);
            begin = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the first `size` leaves begin with the first `older`: `PROOF(m, D[n])`; empty when `older` is 0.
///
/// # Errors
/// As [`root`]; also when `older` is larger.
pub fn consistency<T: Tiles + ?Sized>(tiles: &T, older: u64, size: u64) -> Result<Vec<Hash>, T::Fault> {
    if older > size {
        return Err(tiles.missing());
    }
    if older == 0 {
        return Ok(Vec::new());
    }
    let (mut begin, mut end, mut path) = (0, size, Vec::new());
    while end != older {
        let middle = begin + split(end - begin);
        if older <= middle {
            path.push(range(tiles, middle, end)?);
            end = middle;
        } else {
            path.push(range(tiles, begin, middle)?);
            begin = middle;
        }
    }
    if begin > 0 {
        path.push(range(tiles, begin, end)?);
    }
    path.reverse();
    Ok(path)
}

/// The largest power of two below `leaves`, which are two or more.
fn split(leaves: u64) -> u64 {
    leaves.div_ceil(2).next_power_of_two()
}

/// The hash over the leaves from `begin` to before `end`, of which there is at least one.
fn range<T: Tiles + ?Sized>(tiles: &T, begin: u64, end: u64) -> Result<Hash, T::Fault> {
    let leaves = end - begin;
    if leaves.is_power_of_two() {
        return node(tiles, leaves.trailing_zeros(), begin / leaves);
    }
    let middle = begin + split(leaves);
    Ok(node_hash(&range(tiles, begin, middle)?, &range(tiles, middle, end)?))
}

/// The hash of the whole subtree of `2^height` leaves at `index`.
fn node<T: Tiles + ?Sized>(tiles: &T, height: u32, index: u64) -> Result<Hash, T::Fault> {
    let missing = |_| tiles.missing();
    let level = u8::try_from(height / TILE_HEIGHT).map_err(missing)?;
    let wide = 1_u64 << (height % TILE_HEIGHT);
    let first = index * wide;
    let tile = tiles.tile(level, first / TILE_WIDTH)?;
    let within = usize::try_from(first % TILE_WIDTH).map_err(missing)?;
    let wide = usize::try_from(wide).map_err(missing)?;
    let nodes = tile.get(within..within + wide).ok_or_else(|| tiles.missing())?;
    perfect(nodes).ok_or_else(|| tiles.missing())
}

/// The path of the bundle of the entries whose hashes are in a tile of level 0, as [`tile_path`].
#[must_use]
pub fn bundle_path(index: u64, size: u64) -> String {
    tile_path(0, index, size).replacen("/0/", "/entries/", 1)
}

/// The path of a tile in the layout of tlog-tiles: of a tree of `size` leaves the last one is told to be partial.
#[must_use]
pub fn tile_path(level: u8, index: u64, size: u64) -> String {
    let at_level = size.checked_shr(TILE_HEIGHT * u32::from(level)).unwrap_or(0);
    let width = at_level.saturating_sub(index * TILE_WIDTH);
    let mut groups = vec![format!("{:03}", index % 1000)];
    let mut rest = index / 1000;
    while rest > 0 {
        groups.push(format!("x{:03}", rest % 1000));
        rest /= 1000;
    }
    groups.reverse();
    let path = format!("tile/{level}/{}", groups.join("/"));
    if width < TILE_WIDTH { format!("{path}.p/{width}") } else { path }
}
