//! What is kept of connections: how many of their signals are filed under which epoch, what they declared and what was asked of
//! rights. And how long the audit logs are.

use std::collections::{BTreeMap, BTreeSet};

use samenloop_core::declaration::{Declaration, Matter};
use samenloop_core::rights::RightsRequest;
use samenloop_core::value::{ConnectionId, Day, Epoch, Month};

use super::base::Base;
use super::draft::Draft;
use super::log::{self, Sizes};
use super::{keys, ledger};
use crate::codec::{Reader, Writer, read_month};
use crate::rights::{self, KeptRequest, Restriction};
use crate::standing::Counts;
use crate::{Fault, Standing};

/// All of it, as it was when the last commit was durable: read without waiting for the next.
#[derive(Default)]
pub(crate) struct Kept {
    active: Option<Epoch>,
    counts: Vec<(ConnectionId, Epoch, Counts)>,
    declarations: Vec<Declaration>,
    restrictions: Vec<Restriction>,
    /// The rights requests, oldest first, without their pseudonyms.
    requests: Vec<RightsRequest>,
    /// The epochs of each that waits for an answer.
    waiting: Vec<BTreeSet<Epoch>>,
    log_sizes: Sizes,
}

impl Kept {
    /// Reads it from the database.
    pub(crate) fn read(base: &Base) -> Result<Self, Fault> {
        let mut kept = Self { active: base.meta().active, log_sizes: log::sizes(base)?, ..Self::default() };
        for record in base.scan(&[keys::COUNTS]) {
            let (key, value) = record?;
            kept.counts.push(open_counts(base, &key, &value)?);
        }
        for record in base.scan(&[keys::DECLARATION]) {
            let (key, value) = record?;
            let plain = base.open_own(&key, &value)?;
            kept.declarations.push(decode_declaration(&plain).ok_or_else(|| damaged("a declaration"))?);
        }
        kept.restrictions = Draft::new(base).restrictions()?;
        let requests = ledger::kept_requests(base)?;
        kept.waiting = requests.iter().map(KeptRequest::epochs).collect();
        kept.requests = requests.into_iter().map(|it| it.request).collect();
        kept.requests.sort_by_key(|it| (it.asked, it.id));
        kept.declarations.sort_by(|a, b| place(a).cmp(&place(b)));
        Ok(kept)
    }

    /// How many signals of each connection are filed under each epoch.
    pub(crate) fn standings(&self, today: Day) -> BTreeMap<(ConnectionId, Epoch), Standing> {
        let each = self.counts.iter().map(|(connection, epoch, counts)| {
            ((connection.clone(), *epoch), counts.standing(*epoch, self.active, today))
        });
        each.filter(|(_, standing)| standing.filed > 0).collect()
    }

    /// Signals by epoch and last month, of all connections together.
    pub(crate) fn filed(&self) -> BTreeMap<(Epoch, Month), u64> {
        let mut filed = BTreeMap::new();
        for (_, epoch, counts) in &self.counts {
            for ((_, month), signals) in counts.0.iter().filter(|((under, _), _)| under == epoch) {
                *filed.entry((*epoch, *month)).or_default() += signals;
            }
        }
        filed
    }

    /// By epoch, the children that rest under it and not under the active one.
    pub(crate) fn restrictions_behind(&self, today: Day) -> BTreeMap<Epoch, u64> {
        let behind = rights::behind(&self.restrictions, self.active, today);
        rights::with_waiting(behind, &self.waiting, self.active)
    }

    /// The rights requests, oldest first.
    pub(crate) fn requests(&self) -> &[RightsRequest] {
        &self.requests
    }

    /// The leaves of each audit log.
    pub(crate) const fn log_sizes(&self) -> &Sizes {
        &self.log_sizes
    }

    /// Every declaration, by connection, epoch and matter.
    pub(crate) fn declarations(&self) -> &[Declaration] {
        &self.declarations
    }
}

impl Draft<'_> {
    /// What is counted of a connection's signals under an epoch.
    pub(crate) fn counts(&self, connection: &ConnectionId, epoch: Epoch) -> Result<Counts, Fault> {
        let key = keys::counts(&self.base().counts_name(connection.as_str(), epoch));
        let Some(value) = self.read(&key)? else { return Ok(Counts::default()) };
        open_counts(self.base(), &key, &value).map(|(_, _, counts)| counts)
    }

    /// Keeps counts; those of nothing go.
    pub(crate) fn keep_counts(
        &mut self,
        connection: &ConnectionId,
        epoch: Epoch,
        counts: &Counts,
    ) -> Result<(), Fault> {
        let key = keys::counts(&self.base().counts_name(connection.as_str(), epoch));
        if counts.0.is_empty() {
            return self.remove(key);
        }
        let value = self.base().seal_own(&key, &encode_counts(connection, epoch, counts))?;
        self.write(key, value)
    }

    /// Forgets what is counted under an epoch, and of it under others.
    pub(crate) fn forget_counts(&mut self, destroyed: Epoch) -> Result<(), Fault> {
        for (key, value) in self.scan(&[keys::COUNTS])? {
            let (connection, epoch, mut counts) = open_counts(self.base(), &key, &value)?;
            if epoch == destroyed {
                self.remove(key)?;
            } else if counts.forget(destroyed) {
                self.keep_counts(&connection, epoch, &counts)?;
            }
        }
        Ok(())
    }

    /// Forgets what is counted of months that ended before a day.
    pub(crate) fn forget_ended_counts(&mut self, today: Day) -> Result<(), Fault> {
        for (key, value) in self.scan(&[keys::COUNTS])? {
            let (connection, epoch, mut counts) = open_counts(self.base(), &key, &value)?;
            if counts.forget_before(today) {
                self.keep_counts(&connection, epoch, &counts)?;
            }
        }
        Ok(())
    }

    /// Keeps a declaration instead of the one before it.
    pub(crate) fn keep_declaration(&mut self, declaration: &Declaration) -> Result<(), Fault> {
        let (connection, epoch, matter) = place(declaration);
        let key = keys::declaration(&self.base().declaration_name(connection.as_str(), epoch, matter));
        let mut writer = Writer::default();
        writer.text(connection.as_str()).u32(epoch.number()).u8(matter);
        writer.length(declaration.bytes().len()).bytes(declaration.bytes());
        let value = self.base().seal_own(&key, &writer.padded())?;
        self.write(key, value)
    }
}

fn encode_counts(connection: &ConnectionId, epoch: Epoch, counts: &Counts) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.text(connection.as_str()).u32(epoch.number()).length(counts.0.len());
    for ((under, month), signals) in &counts.0 {
        writer.u32(under.number()).u16(month.index()).u64(*signals);
    }
    writer.padded()
}

fn decode_counts(plain: &[u8]) -> Option<(ConnectionId, Epoch, Counts)> {
    let reader = &mut Reader::new(plain);
    let connection = ConnectionId::parse(reader.text()?).ok()?;
    let epoch = Epoch::new(reader.u32()?);
    let cell =
        |reader: &mut Reader<'_>| Some(((Epoch::new(reader.u32()?), read_month(reader)?), reader.u64()?));
    let counts = Counts(reader.list(cell)?.into_iter().collect());
    reader.ends()?;
    Some((connection, epoch, counts))
}

fn open_counts(base: &Base, key: &[u8], value: &[u8]) -> Result<(ConnectionId, Epoch, Counts), Fault> {
    let plain = base.open_own(key, value)?;
    decode_counts(&plain).ok_or_else(|| damaged("counts of a connection"))
}

fn decode_declaration(plain: &[u8]) -> Option<Declaration> {
    let reader = &mut Reader::new(plain);
    let connection = ConnectionId::parse(reader.text()?).ok()?;
    let epoch = Epoch::new(reader.u32()?);
    let matter = [Matter::WrapKey, Matter::Installed, Matter::Destroyed];
    let number = reader.u8()?;
    let matter = matter.into_iter().find(|it| number_of(*it) == number)?;
    let bytes = reader.list(Reader::u8)?;
    reader.ends()?;
    Declaration::new(connection, epoch, matter, bytes).ok()
}

/// Where a declaration stands among the others; the last one there counts.
const fn place(declaration: &Declaration) -> (&ConnectionId, Epoch, u8) {
    (declaration.connection(), declaration.epoch(), number_of(declaration.matter()))
}

const fn number_of(matter: Matter) -> u8 {
    match matter {
        Matter::WrapKey => 1,
        Matter::Installed => 2,
        Matter::Destroyed => 3,
    }
}

fn damaged(what: &str) -> Fault {
    Fault::Damaged(what.to_owned())
}
