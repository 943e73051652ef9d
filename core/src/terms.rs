//! Terms that the hub keeps and documents repeat, where no room needs them.

/// Days for which a backup is kept at most (V-25): what was erased is gone from every one of them then.
pub const BACKUP_KEPT_DAYS: u32 = 35;

/// Days for which a letter of the outbox is tried.
pub const LETTER_TRIED_DAYS: u32 = 7;

/// Days for which a letter that could not be delivered stays to be seen.
pub const LETTER_DEAD_DAYS: u32 = 30;

/// Hours between knowing of a breach and telling the supervisory authority (AVG art. 33(1)).
pub const BREACH_NOTICE_HOURS: u32 = 72;
