//! Terms that the hub keeps and documents repeat, where no room needs them.

/// Days for which a backup is kept at most (V-25): what was erased is gone from every one of them then.
pub const BACKUP_KEPT_DAYS: u32 = 35;

/// Days for which a letter of the outbox is tried.
pub const LETTER_TRIED_DAYS: u32 = 7;

/// Days for which a letter that could not be delivered stays to be seen.
pub const LETTER_DEAD_DAYS: u32 = 30;

/// Days that a file of the processing log is kept after its own (V-44): a signal lives 24 months at most, and what was
/// decided on it 12 after that.
pub const PROCESSING_KEPT_DAYS: u32 = 3 * 366;

/// Quarters after which nothing needs to stand under a case key (P-33): an alert that was closed on the last day of its own
/// is kept for twelve months (V-24).
pub const USED_QUARTERS: u16 = 5;

/// Hours between knowing of a breach and telling the supervisory authority (AVG art. 33(1)).
pub const BREACH_NOTICE_HOURS: u32 = 72;
