//! How values look on disk: fixed-width integers, length-prefixed texts, nothing optional left out.
//!
//! Written by hand so that a row's bytes can be read off this page: the format outlives the library of the day.

mod alert;
mod census;
mod letter;
mod rights;

use samenloop_core::alert::{AlertId, ListedSignal};
use samenloop_core::batch::{Arrival, Line, Put};
use samenloop_core::processing::SubjectId;
use samenloop_core::room::filing::{ReferenceRecord, Standing};
use samenloop_core::value::{
    Code, ConnectionId, DETAILS_LEN, Day, Domain, Epoch, Kind, Month, Observation, OrganisationId, Place,
    Pseudonym, RegionId, SealedDetails, Severity, Signal, SignalContent, SignalReference, SubjectIndex,
};

pub(crate) use alert::{Header, decode_alert, decode_follow_up, encode_alert, encode_follow_up};
pub(crate) use census::{decode_census, encode_census};
pub(crate) use letter::{decode_letter, encode_letter};
pub(crate) use rights::{
    decode_erased, decode_request, decode_restriction, encode_erased, encode_request, encode_restriction,
    read_request, write_request,
};

use zeroize::Zeroizing;

use crate::Counter;

/// Bytes of an encoded row: one size, whatever it holds. Two sealed details of 324
/// bytes, two names of up to 32, and 66 bytes of the rest.
pub(crate) const ROW_LEN: usize = 800;

/// Bytes of an encoded place.
const PLACE_LEN: usize = 37;

/// What varies is padded to multiples of this many bytes, so that its size on disk does not tell how many
/// places, alerts or regions there are, or who sent it.
const PADDED_TO: usize = 512;

/// Writes values one after another.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    /// One that so many bytes leave in one place: a copy that grew away would not be wiped.
    pub(crate) fn of_length(length: usize) -> Self {
        Self(Vec::with_capacity(length))
    }

    pub(crate) fn u8(&mut self, value: u8) -> &mut Self {
        self.0.push(value);
        self
    }

    pub(crate) fn u16(&mut self, value: u16) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    pub(crate) fn u32(&mut self, value: u32) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    pub(crate) fn u64(&mut self, value: u64) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    pub(crate) fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.0.extend_from_slice(value);
        self
    }

    /// A list's length. Lists here are bounded far below 2^32.
    pub(crate) fn length(&mut self, length: usize) -> &mut Self {
        self.u32(u32::try_from(length).unwrap_or(u32::MAX))
    }

    pub(crate) fn text(&mut self, value: &str) -> &mut Self {
        self.length(value.len()).bytes(value.as_bytes())
    }

    pub(crate) fn done(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }

    /// As [`Self::done`], padded with zeros.
    pub(crate) fn padded(&mut self) -> Vec<u8> {
        let length = self.0.len().next_multiple_of(PADDED_TO);
        self.0.resize(length, 0);
        self.done()
    }
}

/// Reads what a [`Writer`] wrote; `None` as soon as something does not fit.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// Bytes with their length before them.
    pub(crate) fn part(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.u32()?).ok()?;
        let (head, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(head)
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.part()?).ok()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let length = self.u32()?;
        (0..length).map(|_| one(self)).collect()
    }

    /// Nothing is left but zero padding.
    pub(crate) fn ends(&self) -> Option<()> {
        self.0.iter().all(|byte| *byte == 0).then_some(())
    }
}

/// A signal row: who sent it, and the signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// By what the processing log names its child.
    pub(crate) subject: SubjectId,
    pub(crate) connection: ConnectionId,
    pub(crate) signal: Signal,
}

/// A row, padded to [`ROW_LEN`]; `None` if it would not fit, which the bounds of its values exclude.
pub(crate) fn encode_row(row: &Row) -> Option<Vec<u8>> {
    let mut writer = Writer::default();
    writer.bytes(row.subject.bytes()).text(row.connection.as_str());
    signal(&mut writer, &row.signal);
    let mut bytes = writer.done();
    (bytes.len() <= ROW_LEN).then(|| {
        bytes.resize(ROW_LEN, 0);
        bytes
    })
}

pub(crate) fn decode_row(bytes: &[u8]) -> Option<Row> {
    let reader = &mut Reader::new(bytes);
    let subject = SubjectId::new(reader.array()?);
    let connection = ConnectionId::parse(reader.text()?).ok()?;
    let signal = read_signal(reader)?;
    reader.ends()?;
    Some(Row { subject, connection, signal })
}

/// An arrival, with its pseudonyms: made in one piece, and wiped.
pub(crate) fn encode_arrival(arrival: &Arrival) -> Zeroizing<Vec<u8>> {
    let length_of = |line: &Line| match line {
        Line::Put(put) => ROW_LEN + put.places().len() * PLACE_LEN,
        Line::Withdraw(_) => PLACE_LEN,
    };
    let mut writer = Writer::of_length(ROW_LEN + arrival.lines().iter().map(length_of).sum::<usize>());
    writer.text(arrival.connection().as_str());
    day(&mut writer, arrival.received());
    writer.bytes(arrival.digest()).length(arrival.lines().len());
    for line in arrival.lines() {
        match line {
            Line::Put(put) => {
                writer.u8(1).bytes(put.subject().bytes());
                signal(&mut writer, put.signal());
                writer.length(put.places().len());
                for it in put.places() {
                    place(&mut writer, it);
                }
            }
            Line::Withdraw(reference) => {
                writer.u8(2).bytes(reference.bytes());
            }
        }
    }
    Zeroizing::new(writer.done())
}

/// What the audit log commits to of a line: all of it but the pseudonyms.
pub(crate) fn encode_logged(line: &Line) -> Vec<u8> {
    let mut writer = Writer::default();
    match line {
        Line::Put(put) => signal(writer.u8(1), put.signal()),
        Line::Withdraw(reference) => drop(writer.u8(2).bytes(reference.bytes())),
    }
    writer.done()
}

pub(crate) fn decode_arrival(bytes: &[u8]) -> Option<Arrival> {
    let reader = &mut Reader::new(bytes);
    let connection = ConnectionId::parse(reader.text()?).ok()?;
    let (received, digest) = (read_day(reader)?, reader.array()?);
    let lines = reader.list(|reader| match reader.u8()? {
        1 => {
            let subject = SubjectId::new(reader.array()?);
            let signal = read_signal(reader)?;
            let places = reader.list(read_place)?;
            Some(Line::Put(Box::new(Put::new(subject, signal, places))))
        }
        2 => Some(Line::Withdraw(SignalReference::new(reader.array()?))),
        _ => None,
    })?;
    reader.ends()?;
    Some(Arrival::new(connection, received, lines).with_digest(digest))
}

fn place(writer: &mut Writer, place: &Place) {
    writer.u32(place.epoch().number()).u8(place.kind().number()).bytes(place.pseudonym().bytes());
}

fn read_place(reader: &mut Reader<'_>) -> Option<Place> {
    let epoch = Epoch::new(reader.u32()?);
    let kind = Kind::new(reader.u8()?)?;
    Some(Place::new(epoch, kind, Pseudonym::new(reader.array()?)))
}

pub(crate) fn encode_reference(record: &ReferenceRecord) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.u8(match record.standing {
        Standing::Filed => 1,
        Standing::Withdrawn => 2,
    });
    writer.u64(record.revision).u16(record.expiry.index()).u16(record.cap.index());
    writer.length(record.filed.len());
    for (kind, index) in &record.filed {
        writer.u8(kind.number()).bytes(index.bytes());
    }
    writer.length(record.alerts.len());
    for (kind, id) in &record.alerts {
        writer.u8(kind.number()).bytes(id.bytes());
    }
    writer.u8(record.judged.map_or(0, severity_number));
    writer.padded()
}

pub(crate) fn decode_reference(bytes: &[u8]) -> Option<ReferenceRecord> {
    let reader = &mut Reader::new(bytes);
    let standing = match reader.u8()? {
        1 => Standing::Filed,
        2 => Standing::Withdrawn,
        _ => return None,
    };
    let record = ReferenceRecord {
        standing,
        revision: reader.u64()?,
        expiry: read_month(reader)?,
        cap: read_month(reader)?,
        filed: reader.list(|reader| Some((Kind::new(reader.u8()?)?, SubjectIndex::new(reader.array()?))))?,
        alerts: reader.list(|reader| Some((Kind::new(reader.u8()?)?, AlertId::new(reader.array()?))))?,
        judged: match reader.u8()? {
            0 => None,
            number => Some(severity_of(number)?),
        },
    };
    reader.ends()?;
    Some(record)
}

pub(crate) fn encode_listed(listed: &ListedSignal) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.text(listed.connection().as_str()).text(listed.organisation().as_str());
    domain(&mut writer, listed.domain());
    signal(&mut writer, listed.signal());
    writer.u8(u8::from(listed.counts()));
    writer.padded()
}

pub(crate) fn decode_listed(bytes: &[u8]) -> Option<ListedSignal> {
    let reader = &mut Reader::new(bytes);
    let connection = ConnectionId::parse(reader.text()?).ok()?;
    let organisation = OrganisationId::parse(reader.text()?).ok()?;
    let domain = read_domain(reader)?;
    let signal = read_signal(reader)?;
    let counts = reader.u8()? == 1;
    reader.ends()?;
    Some(ListedSignal::new(connection, organisation, domain, signal, counts))
}

pub(crate) fn encode_counter(connection: &ConnectionId, counter: &Counter) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.text(connection.as_str()).u64(counter.next_sequence).u64(counter.lines);
    writer.u8(u8::from(counter.day.is_some()));
    if let Some(it) = counter.day {
        day(&mut writer, it);
    }
    writer.padded()
}

pub(crate) fn decode_counter(bytes: &[u8]) -> Option<(ConnectionId, Counter)> {
    let reader = &mut Reader::new(bytes);
    let connection = ConnectionId::parse(reader.text()?).ok()?;
    let (next_sequence, lines) = (reader.u64()?, reader.u64()?);
    let day = if reader.u8()? == 1 { Some(read_day(reader)?) } else { None };
    reader.ends()?;
    Some((connection, Counter { next_sequence, day, lines }))
}

pub(crate) fn day(writer: &mut Writer, day: Day) {
    writer.u16(day.month().index()).u8(day.day());
}

pub(crate) fn read_day(reader: &mut Reader<'_>) -> Option<Day> {
    let month = read_month(reader)?;
    Day::new(month, reader.u8()?).ok()
}

pub(crate) fn read_month(reader: &mut Reader<'_>) -> Option<Month> {
    Month::from_index(reader.u16()?).ok()
}

const fn severity_number(severity: Severity) -> u8 {
    match severity {
        Severity::Soft => 1,
        Severity::Hard => 2,
    }
}

const fn severity_of(number: u8) -> Option<Severity> {
    match number {
        1 => Some(Severity::Soft),
        2 => Some(Severity::Hard),
        _ => None,
    }
}

fn domain(writer: &mut Writer, domain: Domain) {
    writer.text(domain.code());
}

fn read_domain(reader: &mut Reader<'_>) -> Option<Domain> {
    Domain::parse(reader.text()?).ok()
}

fn observation(writer: &mut Writer, observation: Observation) {
    match observation {
        Observation::Own => writer.text(""),
        Observation::Hearsay(source) => writer.text(source.code()),
    };
}

fn read_observation(reader: &mut Reader<'_>) -> Option<Observation> {
    match reader.text()? {
        "" => Some(Observation::Own),
        text => Domain::parse(text).ok().map(Observation::Hearsay),
    }
}

fn signal(writer: &mut Writer, signal: &Signal) {
    let content = signal.content();
    writer.bytes(signal.reference().bytes()).u64(signal.revision());
    writer.u8(severity_number(content.severity()));
    writer.text(content.code().as_ref().map_or("", Code::as_str));
    writer.u16(content.month().index()).u16(content.expiry().index());
    writer.text(content.region().as_str());
    observation(writer, content.observation());
    writer.length(signal.details().len());
    for details in signal.details() {
        writer
            .bytes(details.key())
            .bytes(details.encapsulated())
            .bytes(details.nonce())
            .bytes(details.ciphertext());
    }
}

fn read_signal(reader: &mut Reader<'_>) -> Option<Signal> {
    let reference = SignalReference::new(reader.array()?);
    let revision = reader.u64()?;
    let severity = severity_of(reader.u8()?)?;
    let code = match reader.text()? {
        "" => None,
        text => Some(Code::parse(text).ok()?),
    };
    let (month, expiry) = (read_month(reader)?, read_month(reader)?);
    let region = RegionId::parse(reader.text()?).ok()?;
    let observation = read_observation(reader)?;
    let details = reader.list(|reader| {
        let (key, encapsulated, nonce) = (reader.array()?, reader.array()?, reader.array()?);
        Some(SealedDetails::new(key, encapsulated, nonce, Box::new(reader.array::<DETAILS_LEN>()?)))
    })?;
    Signal::new(
        reference,
        revision,
        SignalContent::new(severity, code, month, region, observation, expiry),
        details,
    )
}
