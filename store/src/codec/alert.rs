//! Alerts on disk: a header, its follow-up and its signals, each a value of its own, as none may grow past 16 KiB.

use std::collections::BTreeSet;

use samenloop_core::alert::{
    Act, Alert, AlertId, AlertParts, Answer, Closing, ContactRequest, Deed, Done, Lead, Numbers, Phase,
    Progress,
};
use samenloop_core::case::{CaseReference, ClosedList};
use samenloop_core::processing::SubjectId;
use samenloop_core::value::{ConnectionId, Kind, OrganisationId, RegionId, SignalReference};

use super::{Reader, Writer, day, domain, read_day, read_domain};

/// An alert without its signals and follow-up, and what of those there is.
pub(crate) struct Header {
    pub(crate) parts: AlertParts,
    /// How many signals it lists.
    pub(crate) signals: u32,
    /// Whether anything was done with it.
    pub(crate) has_follow_up: bool,
}

pub(crate) fn encode_alert(alert: &Alert) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.bytes(alert.id().bytes());
    writer.u8(u8::from(alert.subject().is_some()));
    writer.bytes(alert.subject().map_or([0; 16], |it| *it.bytes()).as_slice());
    writer.u8(alert.kind().number());
    day(&mut writer, alert.opened());
    progress(&mut writer, alert.progress());
    writer.u8(alert.calls()).text(alert.rule());
    let numbers = alert.numbers();
    writer.length(numbers.domains.len());
    for it in &numbers.domains {
        domain(&mut writer, *it);
    }
    writer.length(numbers.organisations.len());
    for it in &numbers.organisations {
        writer.text(it.as_str());
    }
    writer.length(numbers.pairs).u8(u8::from(numbers.hard));
    writer.length(alert.regions().len());
    for it in alert.regions() {
        writer.text(it.as_str());
    }
    writer.length(alert.signals().len());
    writer.u8(u8::from(has_follow_up(alert)));
    writer.padded()
}

fn has_follow_up(alert: &Alert) -> bool {
    !alert.acts().is_empty() || !alert.contacts().is_empty()
}

pub(crate) fn decode_alert(bytes: &[u8]) -> Option<Header> {
    let reader = &mut Reader::new(bytes);
    let parts = AlertParts {
        id: AlertId::new(reader.array()?),
        subject: read_subject(reader)?,
        kind: Kind::new(reader.u8()?)?,
        opened: read_day(reader)?,
        progress: read_progress(reader)?,
        calls: reader.u8()?,
        rule: reader.text()?.to_owned(),
        numbers: Numbers {
            domains: reader.list(read_domain)?.into_iter().collect(),
            organisations: names(reader, |text| OrganisationId::parse(text).ok())?,
            pairs: usize::try_from(reader.u32()?).ok()?,
            hard: reader.u8()? == 1,
        },
        regions: names(reader, |text| RegionId::parse(text).ok())?,
        acts: Vec::new(),
        contacts: Vec::new(),
        signals: Vec::new(),
    };
    let (signals, has_follow_up) = (reader.u32()?, reader.u8()? == 1);
    reader.ends()?;
    Some(Header { parts, signals, has_follow_up })
}

fn read_subject(reader: &mut Reader<'_>) -> Option<Option<SubjectId>> {
    let (is_some, bytes) = (reader.u8()? == 1, reader.array()?);
    Some(is_some.then(|| SubjectId::new(bytes)))
}

fn names<T: Ord>(reader: &mut Reader<'_>, parse: impl Fn(&str) -> Option<T>) -> Option<BTreeSet<T>> {
    Some(reader.list(|reader| parse(reader.text()?))?.into_iter().collect())
}

fn progress(writer: &mut Writer, progress: &Progress) {
    match progress {
        Progress::Waiting { since, reopened } => {
            writer.u8(1);
            day(writer, *since);
            writer.u8(u8::from(*reopened));
        }
        Progress::Led(lead) => {
            writer.u8(2).text(lead.by.as_str()).text(lead.case.as_str());
            writer.u8(match lead.phase {
                Phase::Claimed => 1,
                Phase::Confirmed => 2,
                Phase::Unfounded => 3,
            });
            day(writer, lead.next_check);
            writer.u8(u8::from(lead.unmet_since.is_some()));
            if let Some(since) = lead.unmet_since {
                day(writer, since);
            }
        }
        Progress::Closed(closing) => {
            writer.u8(3).text(closing.by.as_str());
            day(writer, closing.on);
            writer.u8(closing.outcome.number()).u8(closing.registration.number()).u8(closing.view.number());
        }
        Progress::Lapsed { since, on } => {
            writer.u8(4);
            day(writer, *since);
            day(writer, *on);
        }
    }
}

fn read_progress(reader: &mut Reader<'_>) -> Option<Progress> {
    Some(match reader.u8()? {
        1 => Progress::Waiting { since: read_day(reader)?, reopened: reader.u8()? == 1 },
        2 => Progress::Led(Lead {
            by: read_connection(reader)?,
            case: CaseReference::parse(reader.text()?).ok()?,
            phase: match reader.u8()? {
                1 => Phase::Claimed,
                2 => Phase::Confirmed,
                3 => Phase::Unfounded,
                _ => return None,
            },
            next_check: read_day(reader)?,
            unmet_since: if reader.u8()? == 1 { Some(read_day(reader)?) } else { None },
        }),
        3 => Progress::Closed(Closing {
            by: read_connection(reader)?,
            on: read_day(reader)?,
            outcome: read_entry(reader)?,
            registration: read_entry(reader)?,
            view: read_entry(reader)?,
        }),
        4 => Progress::Lapsed { since: read_day(reader)?, on: read_day(reader)? },
        _ => return None,
    })
}

fn read_connection(reader: &mut Reader<'_>) -> Option<ConnectionId> {
    ConnectionId::parse(reader.text()?).ok()
}

fn read_entry<T: ClosedList>(reader: &mut Reader<'_>) -> Option<T> {
    T::from_number(u32::from(reader.u8()?))
}

/// What was done with an alert; `None` when nothing was.
pub(crate) fn encode_follow_up(alert: &Alert) -> Option<Vec<u8>> {
    if !has_follow_up(alert) {
        return None;
    }
    let mut writer = Writer::default();
    writer.length(alert.acts().len());
    for done in alert.acts() {
        writer.text(done.by.as_str());
        day(&mut writer, done.on);
        writer.text(done.act.case.as_str());
        deed(&mut writer, &done.act.deed);
    }
    writer.length(alert.contacts().len());
    for request in alert.contacts() {
        contact(&mut writer, request);
    }
    Some(writer.padded())
}

/// Adds to an alert what was done with it.
pub(crate) fn decode_follow_up(bytes: &[u8], parts: &mut AlertParts) -> Option<()> {
    let reader = &mut Reader::new(bytes);
    parts.acts = reader.list(|reader| {
        let (by, on) = (read_connection(reader)?, read_day(reader)?);
        let case = CaseReference::parse(reader.text()?).ok()?;
        Some(Done { by, on, act: Act { case, deed: read_deed(reader)? } })
    })?;
    parts.contacts = reader.list(read_contact)?;
    reader.ends()
}

fn deed(writer: &mut Writer, deed: &Deed) {
    match deed {
        Deed::Claim { reason, next_check } => {
            writer.u8(1).u8(reason.number());
            day(writer, *next_check);
        }
        Deed::Confirm { reason, reading } => {
            writer.u8(2).u8(reason.number()).u8(reading.map_or(0, ClosedList::number));
        }
        Deed::Unfounded { reason, reading } => {
            writer.u8(3).u8(reason.number()).u8(reading.map_or(0, ClosedList::number));
        }
        Deed::Close { outcome, registration, view } => {
            writer.u8(4).u8(outcome.number()).u8(registration.number()).u8(view.number());
        }
        Deed::HandOver { to, reason, next_check } => {
            writer.u8(5).text(to.as_str()).u8(reason.number());
            day(writer, *next_check);
        }
        Deed::SetNextCheck { reason, next_check } => {
            writer.u8(6).u8(reason.number());
            day(writer, *next_check);
        }
        Deed::AskContact { of, reason } => {
            writer.u8(7).length(of.len());
            for it in of {
                writer.text(it.as_str());
            }
            writer.u8(reason.number());
        }
    }
}

fn read_deed(reader: &mut Reader<'_>) -> Option<Deed> {
    Some(match reader.u8()? {
        1 => Deed::Claim { reason: read_entry(reader)?, next_check: read_day(reader)? },
        2 => Deed::Confirm { reason: read_entry(reader)?, reading: read_reading(reader)? },
        3 => Deed::Unfounded { reason: read_entry(reader)?, reading: read_reading(reader)? },
        4 => Deed::Close {
            outcome: read_entry(reader)?,
            registration: read_entry(reader)?,
            view: read_entry(reader)?,
        },
        5 => Deed::HandOver {
            to: read_connection(reader)?,
            reason: read_entry(reader)?,
            next_check: read_day(reader)?,
        },
        6 => Deed::SetNextCheck { reason: read_entry(reader)?, next_check: read_day(reader)? },
        7 => Deed::AskContact {
            of: reader.list(read_connection)?.into_iter().collect(),
            reason: read_entry(reader)?,
        },
        _ => return None,
    })
}

/// `Some(None)` where nothing was said.
fn read_reading<T: ClosedList>(reader: &mut Reader<'_>) -> Option<Option<T>> {
    match reader.u8()? {
        0 => Some(None),
        number => T::from_number(u32::from(number)).map(Some),
    }
}

fn contact(writer: &mut Writer, request: &ContactRequest) {
    writer.text(request.of.as_str()).length(request.references.len());
    for reference in &request.references {
        writer.bytes(reference.bytes());
    }
    writer.text(request.by.as_str()).text(request.case.as_str()).u8(request.reason.number());
    day(writer, request.asked);
    let Some((answer, on)) = request.answer else {
        writer.u8(0);
        return;
    };
    match answer {
        Answer::WillCall => {
            writer.u8(1);
        }
        Answer::NotAvailableUntil(until) => {
            writer.u8(2);
            day(writer, until);
        }
        Answer::NotOurs => {
            writer.u8(3);
        }
    }
    day(writer, on);
}

fn read_contact(reader: &mut Reader<'_>) -> Option<ContactRequest> {
    Some(ContactRequest {
        of: read_connection(reader)?,
        references: reader.list(|reader| Some(SignalReference::new(reader.array()?)))?,
        by: read_connection(reader)?,
        case: CaseReference::parse(reader.text()?).ok()?,
        reason: read_entry(reader)?,
        asked: read_day(reader)?,
        answer: {
            let answer = match reader.u8()? {
                0 => None,
                1 => Some(Answer::WillCall),
                2 => Some(Answer::NotAvailableUntil(read_day(reader)?)),
                3 => Some(Answer::NotOurs),
                _ => return None,
            };
            match answer {
                Some(answer) => Some((answer, read_day(reader)?)),
                None => None,
            }
        },
    })
}
