//! The head of a day: of the intake log the one that agencies get, of the case log the one that privacy officers do.
//!
//! Of the case log nobody gets a later one: who sent one signal and saw the log grow at that tick would know whether the
//! child is known (P-62).

use samenloop_audit::Log;
use samenloop_core::clock::Clock;
use samenloop_core::manifest::Manifest;
use samenloop_manifest::Checkpoint;

use crate::clock::hour_of;

/// The head of today, if it is to be made now: once a day, from the first hour of mail on, the newest head is it.
///
/// None is made under a manifest that has expired, nor before the day of the last one: the clock is ahead then, or was.
/// A day that is still to come would keep every head of the days before it from being made.
pub(super) fn due(
    last: Option<&Checkpoint>,
    newest: Option<&Checkpoint>,
    manifest: &Manifest,
    clock: &dyn Clock,
) -> Option<Checkpoint> {
    let (newest, today) = (newest?, clock.today());
    let day = last.and_then(|it| it.day);
    if !manifest.is_current(today) || day.is_some_and(|it| today < it) {
        return None;
    }
    let is_new_day = day.is_none_or(|it| it < today);
    let is_due = match manifest.mail_hours().first() {
        // The first, and the first after the logs were set back: agencies wait for it.
        _ if last.is_none() && newest.log == Log::Intake => true,
        Some(hour) => is_new_day && hour_of(clock.unix_seconds()) >= *hour,
        // A kit, which has no hours: whenever there is something new.
        None => is_new_day || last.is_none_or(|it| it.size < newest.size),
    };
    is_due.then(|| Checkpoint { day: Some(today), ..newest.clone() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]

    use std::path::Path;
    use std::sync::PoisonError;

    use samenloop_audit::EntryKind;
    use samenloop_core::fixture;
    use samenloop_core::manifest::ManifestEntries;
    use samenloop_core::value::Day;
    use samenloop_manifest::LogKey;
    use samenloop_store::memory::MemoryStore;
    use samenloop_store::{Noted, Store as _};

    use super::super::LogHeads;
    use super::*;

    /// A day, and an hour of it.
    struct At(&'static str, u64);

    impl Clock for At {
        fn unix_seconds(&self) -> u64 {
            1_795_302_000 + self.1 * 3600
        }

        fn today(&self) -> Day {
            fixture::day(self.0)
        }
    }

    fn manifest(mail_hours: Vec<u8>) -> Manifest {
        Manifest::new(ManifestEntries { mail_hours, ..fixture::entries() }).unwrap()
    }

    fn open(directory: &Path) -> LogHeads {
        let origin = "samenloop.example/test";
        LogHeads::open(directory, origin, LogKey::from_seed(origin, &[3; 32]).unwrap()).unwrap()
    }

    /// Something happens that belongs in a log.
    async fn happens(store: &MemoryStore, kind: EntryKind) {
        let noted = Noted { kind, hours: 1, actor: "hub".to_owned(), count: 1, record: Vec::new() };
        store.note(vec![noted], fixture::today()).await.unwrap();
    }

    /// Entries of the case log that a privacy officer may read.
    fn shown(heads: &LogHeads) -> u64 {
        let seat = heads.daily();
        let shown = seat.lock().unwrap_or_else(PoisonError::into_inner);
        shown.heads.get(&Log::Case).map_or(0, |it| it.checkpoint.size)
    }

    /// Days of the checkpoints that agencies got.
    fn days(directory: &Path) -> Vec<String> {
        let text = std::fs::read_to_string(directory.join("intake.daily")).unwrap();
        text.lines().filter_map(|it| it.strip_prefix("day ")).map(str::to_owned).collect()
    }

    /// P-62: whoever also sends signals could read off at which tick an alert opened.
    #[tokio::test]
    async fn of_the_case_log_a_privacy_officer_gets_what_the_head_of_the_day_holds() {
        let (directory, store) = (tempfile::tempdir().unwrap(), MemoryStore::new("zhz"));
        let (mut heads, manifest) = (open(directory.path()), manifest(vec![9]));
        for (day, hour, size) in
            [("2026-11-22", 8, 0), ("2026-11-22", 9, 2), ("2026-11-22", 10, 2), ("2026-11-23", 8, 2)]
        {
            happens(&store, EntryKind::AlertOpened).await;
            heads.sign(&store, &manifest, &At(day, hour)).await.unwrap();
            assert_eq!(shown(&heads), size, "{day} {hour}");
            heads = open(directory.path());
            assert_eq!(shown(&heads), size, "{day} {hour}, after a restart");
        }
        heads.sign(&store, &manifest, &At("2026-11-23", 9)).await.unwrap();
        assert_eq!(shown(&heads), 4);
        heads.check(&store).await.unwrap();
    }

    #[tokio::test]
    async fn a_clock_that_was_ahead_stops_no_hub_and_no_head_of_a_day() {
        for (mail_hours, ahead) in [(vec![9], "2027-11-22"), (vec![], "2027-11-22"), (vec![], "2026-12-10")] {
            let (directory, store) = (tempfile::tempdir().unwrap(), MemoryStore::new("zhz"));
            let (mut heads, manifest) = (open(directory.path()), manifest(mail_hours));
            for day in ["2026-11-22", ahead, "2026-11-23", "2026-12-11"] {
                happens(&store, EntryKind::Batch).await;
                heads.sign(&store, &manifest, &At(day, 9)).await.unwrap();
                heads = open(directory.path());
            }
            let expected = if ahead < "2027" {
                // Of a day that its manifest knows: until then there is no other.
                ["2026-11-22", ahead, "2026-12-11"]
            } else {
                ["2026-11-22", "2026-11-23", "2026-12-11"]
            };
            assert_eq!(days(directory.path()), expected);
        }
    }
}
