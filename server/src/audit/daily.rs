//! The head of a day: of the intake log the one that agencies get, of the case log the one that privacy officers do.
//!
//! Of the case log nobody gets a later one: who sent one signal and saw the log grow at that tick would know whether the
//! child is known (P-62).

use samenloop_audit::Log;
use samenloop_core::clock::Clock;
use samenloop_core::manifest::Manifest;
use samenloop_core::value::Day;
use samenloop_manifest::Checkpoint;

use crate::clock::hour_of;

/// The head of today, if it is to be made now: once a day, from the first hour of mail on, the newest head is it. `made` is the
/// day on which this process made the last; where it made none, `is_early` says whether the last was made before its day.
///
/// None is made under a manifest that has expired. When the clock was ahead, the last one bears a day that is still to come:
/// until then agencies get each day's head under that day, or it would be of long before when its day comes (P-75). Of the case
/// log there is none until then, as a restart would make one more.
pub(super) fn due(
    last: Option<&Checkpoint>,
    newest: Option<&Checkpoint>,
    made: Option<Day>,
    is_early: bool,
    manifest: &Manifest,
    clock: &dyn Clock,
) -> Option<Checkpoint> {
    let (newest, today) = (newest?, clock.today());
    let day = last.and_then(|it| it.day);
    let is_to_come = day.is_some_and(|it| today < it);
    if !manifest.is_current(today) || (is_to_come && newest.log == Log::Case) {
        return None;
    }
    let is_new_day = made.map_or(is_early || day != Some(today), |it| it != today);
    let is_due = match manifest.mail_hours().first() {
        // The first, and the first after the logs were set back: agencies wait for it.
        _ if last.is_none() && newest.log == Log::Intake => true,
        Some(hour) => is_new_day && hour_of(clock.unix_seconds()) >= *hour,
        // A kit, which has no hours: whenever there is something new.
        None => is_new_day || last.is_none_or(|it| it.size < newest.size),
    };
    let head = Checkpoint { day: day.max(Some(today)), ..newest.clone() };
    Some(head).filter(|it| is_due && last != Some(it))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]

    use std::path::Path;
    use std::sync::PoisonError;

    use samenloop_audit::{EntryKind, hours_of_day};
    use samenloop_core::fixture;
    use samenloop_core::manifest::ManifestEntries;
    use samenloop_manifest::LogKey;
    use samenloop_store::memory::MemoryStore;
    use samenloop_store::{Noted, Store as _};

    use super::super::LogHeads;
    use super::*;

    /// A day, and an hour of it.
    struct At(&'static str, u64);

    impl Clock for At {
        fn unix_seconds(&self) -> u64 {
            let days = fixture::today().days_until(self.today()).unwrap_or_default();
            1_795_302_000 + (u64::from(days) * 24 + self.1) * 3600
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
    async fn happens(store: &MemoryStore, kind: EntryKind, on: &str) {
        let hours = hours_of_day(fixture::day(on));
        let noted = Noted { kind, hours, actor: "hub".to_owned(), count: 1, record: Vec::new() };
        store.note(vec![noted], fixture::today()).await.unwrap();
    }

    /// P-75: a head whose day has come holds what was acked on all days before it, also when the clock was ahead once.
    #[tokio::test]
    async fn a_head_that_bears_a_later_day_is_made_anew_each_day_until_then() {
        let (directory, store) = (tempfile::tempdir().unwrap(), MemoryStore::new("zhz"));
        let (mut heads, manifest, ahead) = (open(directory.path()), manifest(vec![9]), "2026-11-25");
        for (day, hour, made) in [
            (ahead, 9, 1),
            ("2026-11-22", 9, 2),
            ("2026-11-22", 10, 2),
            ("2026-11-23", 8, 2),
            ("2026-11-23", 9, 3),
            ("2026-11-24", 9, 4),
            (ahead, 9, 5),
            (ahead, 10, 5),
        ] {
            happens(&store, EntryKind::Batch, day).await;
            happens(&store, EntryKind::AlertOpened, day).await;
            heads.sign(&store, &manifest, &At(day, hour)).await.unwrap();
            assert_eq!(days(directory.path()), vec![ahead; made], "{day} {hour}");
        }
        assert_eq!(shown(&heads), 1, "of the case log there is none before the day after");
        heads.check(&store).await.unwrap();
    }

    /// P-75: also where the hub stood still until the day itself. A start makes no head of a day that has one.
    #[tokio::test]
    async fn a_head_that_was_made_before_its_day_is_made_anew_by_a_hub_that_starts_on_it() {
        let (directory, store) = (tempfile::tempdir().unwrap(), MemoryStore::new("zhz"));
        let (manifest, ahead) = (manifest(vec![9]), "2026-11-25");
        for (acked, made) in [(ahead, 1), ("2026-11-22", 1), (ahead, 2), (ahead, 2)] {
            let mut heads = open(directory.path());
            heads.started(&store, &At(ahead, 9)).await.unwrap();
            heads.sign(&store, &manifest, &At(ahead, 9)).await.unwrap();
            happens(&store, EntryKind::Batch, acked).await;
            assert_eq!(days(directory.path()), vec![ahead; made], "{acked}");
        }
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
            happens(&store, EntryKind::AlertOpened, day).await;
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
                happens(&store, EntryKind::Batch, day).await;
                heads.sign(&store, &manifest, &At(day, 9)).await.unwrap();
                heads = open(directory.path());
            }
            let expected = if ahead < "2027" {
                // Of a day that its manifest knows: until then no other day is.
                vec!["2026-11-22", ahead, ahead, "2026-12-11"]
            } else {
                vec!["2026-11-22", "2026-11-23", "2026-12-11"]
            };
            assert_eq!(days(directory.path()), expected);
        }
    }
}
