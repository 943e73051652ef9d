//! What outlasts a restore: which signals were erased and which places rest, kept beside the secrets for as long as a
//! backup of before may be put back (P-42, V-25, V-32).
//!
//! One sealed file, written anew as a whole: `nonce ‖ ciphertext ‖ tag`, under a key of the ledger's. It holds connections
//! with references, as an agency's own withdrawal does, and indexes; no pseudonym, and no key.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use samenloop_core::terms::BACKUP_KEPT_DAYS;
use samenloop_core::value::{ConnectionId, Day, Month, SignalReference};
use zeroize::Zeroizing;

use crate::Fault;
use crate::backup::part_of;
use crate::codec::{Reader, Writer, day, decode_restriction, encode_restriction, read_day, read_month};
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
}

/// The same, and the day it was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remembered {
    pub(crate) on: Day,
    pub(crate) what: Outlasting,
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
    pub(crate) fn read(&self) -> Result<Option<Vec<Remembered>>, Fault> {
        let sealed = match std::fs::read(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.map_err(io)?,
        };
        let read = || {
            let plain = seal::open(&self.key, PLACE, &sealed)?;
            let mut reader = Reader::new(&plain);
            let all = reader.list(read_remembered)?;
            reader.ends().map(|()| all)
        };
        let changed = "the list of what was erased is of another hub or was changed: put it aside";
        read().map(Some).ok_or_else(|| Fault::Secrets(changed.to_owned()))
    }

    /// Makes an empty one.
    pub(crate) fn begin(&self) -> Result<(), Fault> {
        self.write(&[])
    }

    /// Adds to it, and lets go of what no backup is older than; durable when this returns. A clock that is ahead lets go
    /// of nothing: the last day that stands in it counts as well.
    pub(crate) fn add(&self, new: Vec<Remembered>) -> Result<(), Fault> {
        let mut all = self.read()?.unwrap_or_default();
        let newest = |all: &[Remembered]| all.iter().map(|it| it.on).max();
        if let (Some(last), Some(today)) = (newest(&all), newest(&new)) {
            all.retain(|it| last.min(today) <= it.on.plus_days(BACKUP_KEPT_DAYS));
        }
        all.extend(new);
        self.write(&all)
    }

    fn write(&self, all: &[Remembered]) -> Result<(), Fault> {
        let mut writer = Writer::default();
        writer.length(all.len());
        all.iter().for_each(|it| write_remembered(&mut writer, it));
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
        _ => return None,
    };
    Some(Remembered { on, what })
}

#[cfg(test)]
mod tests {
    use samenloop_core::fixture::{connection, day, month, reference};
    use samenloop_core::rights::RequestId;
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
        let first = [vec![erased(1, "2026-11-25")], first.to_vec()].concat();
        file.add(first.clone()).unwrap();
        file.add(vec![erased(2, "2028-01-01")]).unwrap();
        file.add(vec![erased(3, "2026-12-30")]).unwrap();
        let all = [first, vec![erased(2, "2028-01-01"), erased(3, "2026-12-30")]].concat();
        assert_eq!(file.read().unwrap(), Some(all));
        file.add(vec![erased(4, "2026-12-31")]).unwrap();
        let left = [erased(2, "2028-01-01"), erased(3, "2026-12-30"), erased(4, "2026-12-31")];
        assert_eq!(file.read().unwrap(), Some(left.to_vec()), "then no backup of before is left");
        let other = OutlastingFile::of(directory.path(), &Key::new([8; 32]));
        assert!(matches!(other.read(), Err(Fault::Secrets(_))));
    }
}
