//! What outlasts a restore: which signals and alerts were erased, which places rest and which requests are done, kept
//! beside the secrets for as long as a backup of before may be put back (P-42, V-25, V-32).
//!
//! One sealed file, written anew as a whole: `nonce ‖ ciphertext ‖ tag`, under a key of the ledger's. It holds connections
//! with references, as an agency's own withdrawal does, indexes, numbers of alerts, and requests without a child; no
//! pseudonym, and no key.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use samenloop_core::alert::AlertId;
use samenloop_core::rights::RightsRequest;
use samenloop_core::terms::BACKUP_KEPT_DAYS;
use samenloop_core::value::{ConnectionId, Day, Month, SignalReference};
use zeroize::Zeroizing;

use crate::Fault;
use crate::backup::part_of;
use crate::codec::{
    Reader, Writer, day, decode_restriction, encode_restriction, read_day, read_month, read_request,
    write_request,
};
use crate::rights::Restriction;
use crate::seal::{self, Key, hmac, lp};
use crate::slots::sync_directory_of;

/// Its name in the directory of secrets.
const NAME: &str = "erased.sealed";
const PLACE: &[u8] = b"samenloop/v1/hub/outlasting/1";

/// What a restore may not undo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outlasting {
    /// A signal was erased: its reference stays withdrawn through this month.
    Erased(ConnectionId, SignalReference, Month),
    /// A place rests through a day.
    Rests(Restriction),
    /// It rests no longer.
    Lifted(Restriction),
    /// An alert ended because what it was of was erased: nothing is left of it.
    Ended(AlertId),
    /// A request that changes something was answered: what it asked is done, and is done once.
    Answered(RightsRequest),
}

/// The same, and the day it was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remembered {
    pub(crate) on: Day,
    pub(crate) what: Outlasting,
}

/// What the list holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// The day it was begun anew, after it was lost: what was done before stands in it no more. None in a list that is as old as
    /// its hub.
    since: Option<Day>,
    pub(crate) all: Vec<Remembered>,
}

impl Known {
    /// Whether all stands in it that was done since a database of a day; of one of an unknown day that is all there was.
    pub(crate) fn reaches(&self, made: Option<Day>) -> bool {
        self.since.is_none_or(|since| made.is_some_and(|made| since < made))
    }
}

/// What a restore did again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outlasted {
    /// Signals that were erased.
    pub signals: u64,
    /// Places that rest.
    pub places: u64,
}

/// The file.
pub(crate) struct OutlastingFile {
    path: PathBuf,
    key: Key,
}

fn io(source: std::io::Error) -> Fault {
    Fault::Io { what: "the list of what was erased", source }
}

impl OutlastingFile {
    pub(crate) fn of(secrets: &Path, ledger_key: &Key) -> Self {
        let key = Zeroizing::new(hmac(ledger_key, &[&lp(PLACE)]));
        Self { path: secrets.join(NAME), key }
    }

    /// What it holds; `None` when it is not there.
    pub(crate) fn read(&self) -> Result<Option<Known>, Fault> {
        let sealed = match std::fs::read(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.map_err(io)?,
        };
        let read = || {
            let plain = seal::open(&self.key, PLACE, &sealed)?;
            let mut reader = Reader::new(&plain);
            let since = if reader.u8()? == 1 { Some(read_day(&mut reader)?) } else { None };
            let all = reader.list(read_remembered)?;
            reader.ends().map(|()| Known { since, all })
        };
        let changed = "the list of what was erased is of another hub or was changed: put it aside";
        read().map(Some).ok_or_else(|| Fault::Secrets(changed.to_owned()))
    }

    /// Makes an empty one, of a hub that begins.
    pub(crate) fn begin(&self) -> Result<(), Fault> {
        self.write(&Known::default())
    }

    /// Adds to it, and lets go of what no backup is older than; durable when this returns. A clock that is ahead lets go
    /// of nothing: the last day that stands in it counts as well. One that was lost begins anew, and says so.
    pub(crate) fn add(&self, new: Vec<Remembered>) -> Result<(), Fault> {
        let newest = |all: &[Remembered]| all.iter().map(|it| it.on).max();
        let known = self.read()?.unwrap_or_else(|| Known { since: newest(&new), all: Vec::new() });
        let Known { mut since, mut all } = known;
        if let (Some(last), Some(today)) = (newest(&all), newest(&new)) {
            let is_kept = |on: Day| last.min(today) <= on.plus_days(BACKUP_KEPT_DAYS);
            all.retain(|it| is_kept(it.on));
            since = since.filter(|it| is_kept(*it));
        }
        all.extend(new);
        self.write(&Known { since, all })
    }

    fn write(&self, known: &Known) -> Result<(), Fault> {
        let mut writer = Writer::default();
        writer.u8(u8::from(known.since.is_some()));
        known.since.iter().for_each(|it| day(&mut writer, *it));
        writer.length(known.all.len());
        known.all.iter().for_each(|it| write_remembered(&mut writer, it));
        let sealed = seal::seal(&self.key, PLACE, &writer.padded())?;
        let part = part_of(&self.path);
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(&part);
        file.and_then(|mut file| file.write_all(&sealed).and_then(|()| file.sync_all())).map_err(io)?;
        std::fs::rename(&part, &self.path).map_err(io)?;
        sync_directory_of(&self.path)
    }
}

fn write_remembered(writer: &mut Writer, remembered: &Remembered) {
    day(writer, remembered.on);
    match &remembered.what {
        Outlasting::Erased(connection, reference, expiry) => {
            writer.u8(1).text(connection.as_str()).bytes(reference.bytes()).u16(expiry.index());
        }
        Outlasting::Rests(restriction) => write_restriction(writer.u8(2), restriction),
        Outlasting::Lifted(restriction) => write_restriction(writer.u8(3), restriction),
        Outlasting::Ended(alert) => {
            writer.u8(4).bytes(alert.bytes());
        }
        Outlasting::Answered(request) => write_request(writer.u8(5), request),
    }
}

fn write_restriction(writer: &mut Writer, restriction: &Restriction) {
    let bytes = encode_restriction(restriction);
    writer.length(bytes.len()).bytes(&bytes);
}

fn read_remembered(reader: &mut Reader<'_>) -> Option<Remembered> {
    let on = read_day(reader)?;
    let what = match reader.u8()? {
        1 => Outlasting::Erased(
            ConnectionId::parse(reader.text()?).ok()?,
            SignalReference::new(reader.array()?),
            read_month(reader)?,
        ),
        2 => Outlasting::Rests(decode_restriction(reader.part()?)?),
        3 => Outlasting::Lifted(decode_restriction(reader.part()?)?),
        4 => Outlasting::Ended(AlertId::new(reader.array()?)),
        5 => Outlasting::Answered(read_request(reader)?),
        _ => return None,
    };
    Some(Remembered { on, what })
}

#[cfg(test)]
mod tests {
    use samenloop_core::fixture::{connection, day, month, reference};
    use samenloop_core::rights::{Found, RequestId, RightsKind};
    use samenloop_core::value::{Epoch, Kind, SubjectIndex};

    use super::*;

    fn erased(number: u64, on: &str) -> Remembered {
        let what = Outlasting::Erased(connection("school-west"), reference(number), month("2027-05"));
        Remembered { on: day(on), what }
    }

    /// P-42: what outlasts a restore is there for as long as a backup of before may be put back, also after a day on which
    /// the clock was ahead.
    #[test]
    fn what_was_erased_is_remembered_for_as_long_as_a_backup_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let file = OutlastingFile::of(directory.path(), &Key::new([7; 32]));
        assert_eq!(file.read().unwrap(), None, "a list that was lost is not an empty one");
        file.begin().unwrap();
        let restriction = Restriction {
            epoch: Epoch::new(1),
            kind: Kind::new(1).unwrap(),
            index: SubjectIndex::new([3; 32]),
            until: day("2027-02-20"),
            of: RequestId::new([9; 16]),
        };
        let first = [Outlasting::Rests(restriction), Outlasting::Lifted(restriction)];
        let first = first.map(|what| Remembered { on: day("2026-11-25"), what });
        let answered = RightsRequest {
            id: restriction.of,
            kind: RightsKind::Restrict,
            by: connection("contactpunt"),
            oin: "0".repeat(20),
            asked: day("2026-11-20"),
            reminded: true,
            decision: None,
            answer: Some((day("2026-11-25"), Found::default())),
        };
        let others = [Outlasting::Ended(AlertId::new([4; 16])), Outlasting::Answered(answered)];
        let others = others.map(|what| Remembered { on: day("2026-11-25"), what });
        let first = [vec![erased(1, "2026-11-25")], first.to_vec(), others.to_vec()].concat();
        file.add(first.clone()).unwrap();
        file.add(vec![erased(2, "2028-01-01")]).unwrap();
        file.add(vec![erased(3, "2026-12-30")]).unwrap();
        let all = [first, vec![erased(2, "2028-01-01"), erased(3, "2026-12-30")]].concat();
        assert_eq!(file.read().unwrap(), Some(Known { since: None, all }));
        file.add(vec![erased(4, "2026-12-31")]).unwrap();
        let left = [erased(2, "2028-01-01"), erased(3, "2026-12-30"), erased(4, "2026-12-31")];
        let left = Known { since: None, all: left.to_vec() };
        assert_eq!(file.read().unwrap(), Some(left), "then no backup of before is left");
        let other = OutlastingFile::of(directory.path(), &Key::new([8; 32]));
        assert!(matches!(other.read(), Err(Fault::Secrets(_))));
    }

    /// P-42: a list that was lost and begun anew is whole for what is younger than it, until no older backup is left.
    #[test]
    fn a_list_that_was_lost_is_not_whole_again_with_the_next_erasure() {
        let directory = tempfile::tempdir().unwrap();
        let file = OutlastingFile::of(directory.path(), &Key::new([7; 32]));
        let reaches = |made| file.read().unwrap().unwrap().reaches(made);
        file.begin().unwrap();
        assert!(reaches(None) && reaches(Some(day("2026-11-25"))), "a hub that begins has lost nothing");
        std::fs::remove_file(directory.path().join(NAME)).unwrap();
        file.add(vec![erased(1, "2026-11-25")]).unwrap();
        file.add(vec![erased(2, "2026-11-26")]).unwrap();
        for made in [None, Some(day("2026-11-20")), Some(day("2026-11-25"))] {
            assert!(!reaches(made), "{made:?}");
        }
        assert!(reaches(Some(day("2026-11-26"))));
        for on in ["2026-12-30", "2026-12-31", "2027-01-01"] {
            file.add(vec![erased(3, on)]).unwrap();
            assert_eq!(reaches(Some(day("2026-11-20"))), on == "2027-01-01", "{on}");
        }
    }
}
