//! `samenloop-hub backup` and `restore`: one sealed file of a hub that is stopped, and a hub out of one (V-25).

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use samenloop_audit::EntryKind;
use samenloop_core::clock::Clock as _;
use samenloop_core::terms::BACKUP_KEPT_DAYS as KEPT_DAYS;
use samenloop_core::value::Day;
use samenloop_manifest::Book;
use samenloop_store::sled::SledStore;
use samenloop_store::{Backup, Contents, Outlasted};
use serde_json::json;

use super::keeping::{noted, tell};
use super::serve::options;
use super::{Failure, failure};
use crate::clock::AmsterdamClock;
use crate::config::HubConfig;
use crate::key_file;

/// A backup and its key.
#[derive(Debug, Args)]
pub(super) struct Sealed {
    /// The file of the backup.
    file: PathBuf,
    /// File of mode 0600 with the key of backups: 64 hexadecimal digits. Keep another copy of it, apart from the backups.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

pub(super) fn back_up(
    config: &HubConfig,
    clock: &AmsterdamClock,
    sealed: &Sealed,
    json: bool,
) -> Result<(), Failure> {
    let key = key_of(config, sealed)?;
    let options = noted(config, clock, EntryKind::BackedUp)?;
    let report = SledStore::back_up(&options, &sealed.file, &key, clock.today());
    let report = report.map_err(failure)?;
    let (contents, waiting) = (&report.contents, report.waiting_arrivals);
    let text = format!(
        "{} records of {} in {} bytes; keep it until {} at most\n{waiting} batches wait for the next tick and are not in it",
        contents.records,
        contents.made,
        report.bytes,
        contents.made.plus_days(KEPT_DAYS),
    );
    let counts = json!({
        "ok": true,
        "records": contents.records,
        "made": contents.made.to_string(),
        "keep_until": contents.made.plus_days(KEPT_DAYS).to_string(),
        "bytes": report.bytes,
        "waiting_arrivals": waiting,
    });
    tell(&text, &counts, json);
    Ok(())
}

pub(super) fn restore(
    config: &HubConfig,
    clock: &AmsterdamClock,
    sealed: &Sealed,
    json: bool,
) -> Result<(), Failure> {
    let book = Book::open(&config.root, &config.manifests).map_err(failure)?;
    let key = key_of(config, sealed)?;
    let backup = Backup::open(&sealed.file, &key).map_err(failure)?;
    is_fresh(backup.contents(), clock.today())?;
    // What the newest manifest calls destroyed lives on in no backup either (P-33).
    let epochs = book.newest().into_iter().flat_map(|it| it.epochs());
    let destroyed: BTreeSet<_> = epochs.filter(|it| it.state.is_gone()).map(|it| it.epoch).collect();
    let report =
        SledStore::restore(&options(config, book.root().exchange()), backup, &destroyed, clock.today());
    let report = report.map_err(failure)?;
    // Only now is there a log to say it in.
    noted(config, clock, EntryKind::Restored)?;
    noted(config, clock, EntryKind::SetBack)?;
    let (contents, lost) = (&report.contents, report.lost_segments);
    let mut text =
        format!("{} records of {} are back, up to tick {}", contents.records, contents.made, contents.tick);
    text += &again(report.outlasted);
    text += "\nwhat came or was withdrawn after that is not: let every agency send it again";
    if lost > 0 {
        text += &format!("\n{lost} segments of arrivals that no tick had filed are lost");
    }
    let counts = json!({
        "ok": true,
        "records": contents.records,
        "made": contents.made.to_string(),
        "tick": contents.tick,
        "erased_again": report.outlasted.map(|it| it.signals),
        "restricted_again": report.outlasted.map(|it| it.places),
        "lost_segments": lost,
    });
    tell(&text, &counts, json);
    Ok(())
}

/// What a restore says of erasures and restrictions (P-42).
fn again(outlasted: Option<Outlasted>) -> String {
    match outlasted {
        Some(Outlasted { signals, places }) => {
            format!("\nerased again: {signals} signals; at rest again: {places} pseudonyms")
        }
        None => "\nTHE LIST OF WHAT WAS ERASED IS NOT AMONG THE SECRETS, OR WAS LOST SINCE: what was erased or restricted \
                 since then is back, as far as no list tells, and counts. Do not serve before you put the list in place and restore anew, or every contact point knows \
                 that it has to ask again"
            .to_owned(),
    }
}

/// The key of backups. Neither it nor a backup lies in the data directory or among the hub's secrets.
fn key_of(config: &HubConfig, sealed: &Sealed) -> Result<zeroize::Zeroizing<[u8; 32]>, Failure> {
    for path in [&sealed.file, &sealed.key] {
        if path.starts_with(&config.data) || path.starts_with(&config.secrets) {
            return Err(failure(
                "a backup and its key belong neither in the data directory nor among the secrets",
            ));
        }
    }
    key_file::key(&sealed.key).map_err(failure)
}

/// Whether a backup may still be there.
fn is_fresh(contents: &Contents, today: Day) -> Result<(), Failure> {
    match contents.made.days_until(today) {
        Some(days) if days <= KEPT_DAYS => Ok(()),
        Some(days) => Err(failure(format!(
            "the backup is of {}, {days} days ago, and {KEPT_DAYS} are the most: what was erased since would come back. \
             Destroy it; begin with an empty data directory and new secrets, and let every agency send its live \
             signals again",
            contents.made
        ))),
        None => Err(failure(format!(
            "the backup is of {}, which is still to come: look at the clock",
            contents.made
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// V-25: kept for 35 days at most.
    #[test]
    fn a_backup_of_more_than_35_days_ago_or_of_tomorrow_is_refused() {
        let made = Day::parse("2026-10-01").unwrap();
        let contents = Contents { exchange: String::new(), made, commit: 1, tick: 1, records: 1 };
        let fresh = |today| is_fresh(&contents, Day::parse(today).unwrap());
        assert_eq!(fresh("2026-11-05"), Ok(()));
        assert!(fresh("2026-11-06").unwrap_err()[0].contains("Destroy it"));
        assert!(fresh("2026-09-30").unwrap_err()[0].contains("look at the clock"));
    }
}
