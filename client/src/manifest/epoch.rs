//! Key epochs in a draft: announced, taken into use, retired, destroyed, burned (protocol.md section 5).
//!
//! Each gives the draft as it would be, checked as a book would, and writes nothing: that is for who asked.

use std::path::{Path, PathBuf};

use samenloop_core::manifest::{Manifest, Role};
use samenloop_core::value::{ConnectionId, Day, Epoch};
use samenloop_manifest::{Book, MAX_OVERLAP_DAYS, Root, toml_fault};
use serde::Deserialize;
use toml_edit::{Array, ArrayOfTables, InlineTable, Item, Table, Value};

use super::draft::{Draft, set};
use crate::key::EpochStanding;

mod fault;
mod wraps;

pub use fault::{CommitmentFault, EpochFault};

/// Hours that a burned epoch may still overlap, at most.
pub const MAX_BURN_HOURS: u32 = 72;

/// Days of an overlap where nobody says otherwise (P-40).
pub const OVERLAP_DAYS: u32 = 30;

/// Where a draft is edited: the book that it must follow, and the day.
pub struct Bench<'b> {
    /// The book.
    pub book: &'b Book,
    /// Today.
    pub today: Day,
}

/// A draft with an epoch changed, not yet written.
pub struct Edited {
    /// The draft as it would be.
    pub draft: Draft,
    /// What it says.
    pub manifest: Manifest,
    /// The epoch that was changed first of all.
    pub epoch: Epoch,
    /// Agencies for which the epoch that comes into use is not wrapped in full.
    pub without_wraps: Vec<ConnectionId>,
    /// Agencies for which a contribution was wrapped now.
    pub wrapped: Vec<ConnectionId>,
}

/// A commitment as `key contribute` writes it for who drafts the manifest.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Commitment {
    administrator: String,
    epoch: u32,
    commitment: String,
}

impl Bench<'_> {
    /// Enters the next epoch, announced, with the commitments in these files: at least m of different administrators.
    ///
    /// # Errors
    /// [`EpochFault`] names the file.
    pub fn announce(&self, draft: &Draft, files: &[PathBuf]) -> Result<Edited, EpochFault> {
        let root = self.book.root();
        let mut document = draft.document()?;
        let epochs = list(&mut document)?;
        if let Some(epoch) = numbered(epochs, "announced") {
            return Err(EpochFault::Announced(epoch));
        }
        let entered = epochs.iter().filter_map(number_of).map(Epoch::new);
        let known = self.book.newest().into_iter().flat_map(|it| it.epochs()).map(|it| it.epoch);
        let next = entered.chain(known).max().map_or(1, |it| it.number() + 1);
        let epoch = Epoch::new(next);
        let mut contributions = Array::new();
        let mut seen: Vec<String> = Vec::new();
        for path in files {
            let fault = |what| EpochFault::Commitment { path: path.clone(), what };
            let it = commitment(path, epoch, root).map_err(fault)?;
            if seen.contains(&it.administrator) {
                return Err(fault(CommitmentFault::Twice(it.administrator)));
            }
            seen.push(it.administrator.clone());
            let mut entry = InlineTable::new();
            entry.insert("administrator", it.administrator.into());
            entry.insert("commitment", it.commitment.into());
            let mut entry = Value::InlineTable(entry);
            entry.decor_mut().set_prefix("\n    ");
            contributions.push_formatted(entry);
        }
        if seen.len() < root.contributions() {
            return Err(EpochFault::TooFew { epoch, found: seen.len(), needed: root.contributions() });
        }
        contributions.set_trailing_comma(true);
        contributions.set_trailing("\n");
        let mut entry = Table::new();
        entry.insert("number", Item::Value(i64::from(next).into()));
        entry.insert("scheme", Item::Value("hmac".into()));
        entry.insert("state", Item::Value("announced".into()));
        entry.insert("contributions", Item::Value(contributions.into()));
        entry.decor_mut().set_prefix("\n");
        epochs.push(entry);
        self.edited(draft, &document, epoch, None)
    }

    /// Takes the announced epoch into use, and lets the active one overlap for so many days from today.
    ///
    /// # Errors
    /// [`EpochFault`]; with [`EpochFault::Unwrapped`] when an agency could not follow, unless it is to be left behind.
    /// `standings` tells who said that the key is installed: their wraps are not needed any more.
    pub fn rotate(
        &self,
        draft: &Draft,
        overlap_days: u32,
        leave_behind: bool,
        standings: Option<&[EpochStanding]>,
    ) -> Result<Edited, EpochFault> {
        if !(1..=MAX_OVERLAP_DAYS).contains(&overlap_days) {
            return Err(EpochFault::OverlapDays(overlap_days));
        }
        let mut document = draft.document()?;
        let epochs = list(&mut document)?;
        if let Some(epoch) = numbered(epochs, "overlap") {
            return Err(EpochFault::Overlapping(epoch));
        }
        let next = numbered(epochs, "announced").ok_or(EpochFault::NoneAnnounced)?;
        let active = numbered(epochs, "active").ok_or(EpochFault::NoneActive)?;
        self.overlap(entry(epochs, active)?, overlap_days);
        self.activate(entry(epochs, next)?);
        let edited = self.edited(draft, &document, next, standings)?;
        if edited.without_wraps.is_empty() || leave_behind {
            Ok(edited)
        } else {
            Err(EpochFault::Unwrapped { epoch: next, agencies: edited.without_wraps })
        }
    }

    /// Ends the overlap: the old epoch is retired.
    ///
    /// # Errors
    /// [`EpochFault::NoneOverlapping`], or what the book says.
    pub fn retire(&self, draft: &Draft) -> Result<Edited, EpochFault> {
        let mut document = draft.document()?;
        let epochs = list(&mut document)?;
        let epoch = numbered(epochs, "overlap").ok_or(EpochFault::NoneOverlapping)?;
        set(entry(epochs, epoch)?, "state", "retired".into());
        self.edited(draft, &document, epoch, None)
    }

    /// Destroys a retired epoch, or one that was announced and never used, with its wraps. What it is made of stays
    /// listed: the commitments tell nothing, and nobody can enter another key under its number.
    ///
    /// # Errors
    /// [`EpochFault::State`] for an epoch in use, or what the book says.
    pub fn destroy(&self, draft: &Draft, epoch: Epoch) -> Result<Edited, EpochFault> {
        let mut document = draft.document()?;
        let table = entry(list(&mut document)?, epoch)?;
        let state = state_of(table).to_owned();
        if !matches!(state.as_str(), "retired" | "announced") {
            return Err(EpochFault::State { epoch, state });
        }
        set(table, "state", "destroyed".into());
        table.remove("wraps");
        self.edited(draft, &document, epoch, None)
    }

    /// Replaces an epoch whose key may be known to others: it is burned, or overlaps for these hours at most, in whole
    /// days, to be burned after them. When it is the active one the announced epoch takes its place.
    ///
    /// # Errors
    /// [`EpochFault`].
    pub fn burn(
        &self,
        draft: &Draft,
        epoch: Epoch,
        overlap_hours: u32,
        standings: Option<&[EpochStanding]>,
    ) -> Result<Edited, EpochFault> {
        if overlap_hours > MAX_BURN_HOURS {
            return Err(EpochFault::BurnHours(overlap_hours));
        }
        let mut document = draft.document()?;
        let epochs = list(&mut document)?;
        let table = entry(epochs, epoch)?;
        let state = state_of(table).to_owned();
        match (state.as_str(), overlap_hours) {
            ("destroyed" | "burned", _) => return Err(EpochFault::State { epoch, state }),
            ("active" | "overlap", 1..) => self.overlap(table, overlap_hours.div_ceil(24)),
            _ => {
                set(table, "state", "burned".into());
                table.remove("wraps");
            }
        }
        if state != "active" {
            return self.edited(draft, &document, epoch, standings);
        }
        if overlap_hours > 0
            && let Some(other) = epochs
                .iter()
                .filter(|it| state_of(it) == "overlap")
                .filter_map(number_of)
                .find(|it| *it != epoch.number())
        {
            return Err(EpochFault::Overlapping(Epoch::new(other)));
        }
        let next = numbered(epochs, "announced").ok_or(EpochFault::NoneAnnounced)?;
        self.activate(entry(epochs, next)?);
        let edited = self.edited(draft, &document, next, standings)?;
        Ok(Edited { epoch, ..edited })
    }

    fn overlap(&self, table: &mut Table, days: u32) {
        set(table, "state", "overlap".into());
        set(table, "overlap_from", self.today.to_string().into());
        set(table, "overlap_until", self.today.plus_days(days).to_string().into());
    }

    fn activate(&self, table: &mut Table) {
        set(table, "state", "active".into());
        set(table, "active_from", self.today.to_string().into());
    }

    /// The draft as the document says it, if the book would take it.
    fn edited(
        &self,
        draft: &Draft,
        document: &toml_edit::DocumentMut,
        epoch: Epoch,
        standings: Option<&[EpochStanding]>,
    ) -> Result<Edited, EpochFault> {
        let draft = Draft::new(draft.path().to_owned(), document.to_string());
        let manifest = draft.check(self.book, None, self.today)?;
        let active = manifest.active_epoch();
        let newly_active = self.book.newest().is_none_or(|it| it.active_epoch() != active);
        let without_wraps =
            if newly_active { behind(&manifest, active, self.today, standings) } else { Vec::new() };
        Ok(Edited { draft, manifest, epoch, without_wraps, wrapped: Vec::new() })
    }
}

/// Agencies that take part and could not come to know the key of an epoch.
fn behind(
    manifest: &Manifest,
    epoch: Epoch,
    today: Day,
    standings: Option<&[EpochStanding]>,
) -> Vec<ConnectionId> {
    let making = manifest.making_of(epoch);
    let standing = standings.into_iter().flatten().find(|it| it.epoch == epoch);
    let follows = |id: &ConnectionId| {
        let wraps = making.map_or(0, |it| it.wraps.iter().filter(|it| it.connection == *id).count());
        let has_all = making.is_some_and(|it| wraps == it.commitments.len());
        let said = standing.and_then(|it| it.agencies.iter().find(|it| it.connection == *id));
        has_all || said.is_some_and(|it| it.installed.is_some())
    };
    let agencies = manifest.connections().iter().filter(|it| matches!(it.role, Role::Agency(_)));
    agencies.filter(|it| it.is_valid(today) && !follows(&it.id)).map(|it| it.id.clone()).collect()
}

fn commitment(path: &Path, epoch: Epoch, root: &Root) -> Result<Commitment, CommitmentFault> {
    let text = std::fs::read_to_string(path).map_err(|fault| CommitmentFault::Unreadable(fault.kind()))?;
    let it: Commitment = toml::from_str(&text)
        .map_err(|fault| CommitmentFault::Toml(toml_fault(&text, fault.span(), fault.message())))?;
    if it.epoch != epoch.number() {
        return Err(CommitmentFault::OtherEpoch { found: it.epoch, expected: epoch });
    }
    if root.administrators().all(|(id, _)| id.as_str() != it.administrator) {
        return Err(CommitmentFault::Stranger(it.administrator));
    }
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if it.commitment.len() != 64 || !it.commitment.bytes().all(is_digit) {
        return Err(CommitmentFault::Form);
    }
    Ok(it)
}

/// The `[[epochs]]` of a draft.
fn list(document: &mut toml_edit::DocumentMut) -> Result<&mut ArrayOfTables, EpochFault> {
    let epochs = document.get_mut("epochs").and_then(Item::as_array_of_tables_mut);
    epochs.ok_or(EpochFault::NoList)
}

fn entry(epochs: &mut ArrayOfTables, epoch: Epoch) -> Result<&mut Table, EpochFault> {
    let found = epochs.iter_mut().find(|it| number_of(it) == Some(epoch.number()));
    found.ok_or(EpochFault::Unknown(epoch))
}

/// The first epoch of a state, as the draft writes it.
fn numbered(epochs: &ArrayOfTables, state: &str) -> Option<Epoch> {
    epochs.iter().find(|it| state_of(it) == state).and_then(number_of).map(Epoch::new)
}

fn number_of(table: &Table) -> Option<u32> {
    table.get("number").and_then(Item::as_integer).and_then(|it| u32::try_from(it).ok())
}

fn state_of(table: &Table) -> &str {
    table.get("state").and_then(Item::as_str).unwrap_or_default()
}
