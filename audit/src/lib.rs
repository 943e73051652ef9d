//! The audit logs (protocol.md section 8): what an entry is, and the arithmetic of their trees.
//!
//! Pure: knows nothing of where entries, tiles or heads are kept, nor of who signs a head.

mod entry;
mod proof;
mod tile;
mod tree;

pub use entry::{
    ENTRY_LEN, Entry, EntryKind, Log, SALT_LEN, Salt, commit, day_of_hours, hours_of_day, hours_of_unix,
    salted_batch,
};
pub use proof::{verify_consistency, verify_inclusion};
pub use tile::{TILE_WIDTH, TileMap, Tiles, append, bundle_path, consistency, inclusion, root, tile_path};
pub use tree::{Hash, empty_root, leaf_hash, node_hash};
