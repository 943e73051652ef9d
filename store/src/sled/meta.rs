//! What the database says of itself, and the digest that holds it to that.

use samenloop_core::value::{Day, Epoch};

use crate::codec::{Reader, Writer, day, read_day};

/// What the database says of itself, kept in every batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Meta {
    /// Commits since the database was made.
    pub(crate) commit: u64,
    /// Records, this one not counted.
    pub(crate) count: u64,
    /// The sum of all records' keyed hashes.
    pub(crate) digest: Digest,
    /// Arrivals up to this number are filed.
    pub(crate) filed_through: u64,
    /// The last tick that changed anything.
    pub(crate) tick: u64,
    /// The day and manifest under which open alerts were last judged.
    pub(crate) judged: Option<(Day, [u8; 32])>,
    /// The active epoch of the last tick.
    pub(crate) active: Option<Epoch>,
    /// Records that went or were replaced, and still stand in the files of this generation (V-23).
    pub(crate) erased: u64,
    /// The day through which all is done in it that was erased or restricted: of its last tick, or of a restore that
    /// knew it all.
    pub(crate) served: Option<Day>,
}

/// A multiset hash: records are added and taken away in any order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Digest([u64; 4]);

impl Digest {
    fn lanes(bytes: [u8; 32]) -> [u64; 4] {
        let (lanes, _) = bytes.as_chunks::<8>();
        let mut out = [0; 4];
        for (to, from) in out.iter_mut().zip(lanes) {
            *to = u64::from_be_bytes(*from);
        }
        out
    }

    fn change(&mut self, by: [u8; 32], change: fn(u64, u64) -> u64) {
        for (lane, by) in self.0.iter_mut().zip(Self::lanes(by)) {
            *lane = change(*lane, by);
        }
    }

    pub(crate) fn add(&mut self, record: [u8; 32]) {
        self.change(record, u64::wrapping_add);
    }

    pub(crate) fn take(&mut self, record: [u8; 32]) {
        self.change(record, u64::wrapping_sub);
    }
}

impl Meta {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.u64(self.commit).u64(self.count);
        for lane in self.digest.0 {
            writer.u64(lane);
        }
        writer.u64(self.filed_through).u64(self.tick).u8(u8::from(self.judged.is_some()));
        if let Some((on, manifest)) = &self.judged {
            day(&mut writer, *on);
            writer.bytes(manifest);
        }
        writer.u8(u8::from(self.active.is_some())).u32(self.active.map_or(0, Epoch::number));
        writer.u64(self.erased).u8(u8::from(self.served.is_some()));
        self.served.iter().for_each(|it| day(&mut writer, *it));
        writer.done()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let reader = &mut Reader::new(bytes);
        let (commit, count) = (reader.u64()?, reader.u64()?);
        let digest = Digest([reader.u64()?, reader.u64()?, reader.u64()?, reader.u64()?]);
        let (filed_through, tick) = (reader.u64()?, reader.u64()?);
        let judged = if reader.u8()? == 1 { Some((read_day(reader)?, reader.array()?)) } else { None };
        let (is_known, active) = (reader.u8()? == 1, Epoch::new(reader.u32()?));
        let active = is_known.then_some(active);
        let erased = reader.u64()?;
        let served = if reader.u8()? == 1 { Some(read_day(reader)?) } else { None };
        Some(Self { commit, count, digest, filed_through, tick, judged, active, erased, served })
    }
}
