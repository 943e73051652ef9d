//! Terms that the hub keeps and documents repeat, where no room needs them.

/// Days for which a backup is kept at most (V-25): what was erased is gone from every one of them then.
pub const BACKUP_KEPT_DAYS: u32 = 35;
