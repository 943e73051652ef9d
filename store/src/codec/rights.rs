//! Rights requests and restrictions on disk.

use samenloop_core::alert::AlertState;
use samenloop_core::case::ClosedList;
use samenloop_core::rights::{Decision, Found, FoundAlert, FoundSignal, RequestId, RightsRequest};
use samenloop_core::value::{ConnectionId, Day, Epoch, Kind, OrganisationId, SignalReference, SubjectIndex};
use zeroize::Zeroizing;

use super::{
    Reader, Writer, day, domain, observation, place, read_day, read_domain, read_month, read_observation,
    read_place, severity_number, severity_of,
};
use crate::rights::{Erased, KeptRequest, Restriction};

/// Bytes of an encoded request: one size, whether it waits, found nothing or found all that an answer tells.
const REQUEST_LEN: usize = 15 * 1024;

/// A request, padded to [`REQUEST_LEN`]; `None` if it would not fit, which the bounds of [`Found`] exclude. It holds
/// pseudonyms: made in one piece, and wiped.
pub(crate) fn encode_request(kept: &KeptRequest) -> Option<Zeroizing<Vec<u8>>> {
    let KeptRequest { request, places } = kept;
    let mut writer = Writer::of_length(REQUEST_LEN);
    write_request(&mut writer, request);
    writer.length(places.len());
    for it in places {
        place(&mut writer, it);
    }
    let mut bytes = Zeroizing::new(writer.done());
    (bytes.len() <= REQUEST_LEN).then(|| {
        bytes.resize(REQUEST_LEN, 0);
        bytes
    })
}

/// A request without its pseudonyms, as long as it is.
pub(crate) fn write_request(writer: &mut Writer, request: &RightsRequest) {
    writer.bytes(request.id.bytes()).u8(request.kind.number());
    writer.text(request.by.as_str()).text(&request.oin);
    day(writer, request.asked);
    writer.u8(u8::from(request.reminded));
    writer.u8(u8::from(request.decision.is_some()));
    if let Some(decision) = &request.decision {
        writer.text(decision.by.as_str());
        day(writer, decision.on);
        writer.u8(decision.verdict.number()).u8(decision.reason.map_or(0, ClosedList::number));
    }
    writer.u8(u8::from(request.answer.is_some()));
    if let Some((on, found)) = &request.answer {
        day(writer, *on);
        write_found(writer, found);
    }
}

pub(crate) fn decode_request(bytes: &[u8]) -> Option<KeptRequest> {
    let reader = &mut Reader::new(bytes);
    let request = read_request(reader)?;
    let places = reader.list(read_place)?;
    reader.ends()?;
    Some(KeptRequest { request, places })
}

/// What [`write_request`] wrote.
pub(crate) fn read_request(reader: &mut Reader<'_>) -> Option<RightsRequest> {
    Some(RightsRequest {
        id: RequestId::new(reader.array()?),
        kind: listed(reader)?,
        by: ConnectionId::parse(reader.text()?).ok()?,
        oin: reader.text()?.to_owned(),
        asked: read_day(reader)?,
        reminded: reader.u8()? == 1,
        decision: if reader.u8()? == 1 { Some(read_decision(reader)?) } else { None },
        answer: if reader.u8()? == 1 { Some(read_answer(reader)?) } else { None },
    })
}

fn listed<T: ClosedList>(reader: &mut Reader<'_>) -> Option<T> {
    T::from_number(u32::from(reader.u8()?))
}

fn read_decision(reader: &mut Reader<'_>) -> Option<Decision> {
    Some(Decision {
        by: ConnectionId::parse(reader.text()?).ok()?,
        on: read_day(reader)?,
        verdict: listed(reader)?,
        reason: match reader.u8()? {
            0 => None,
            number => Some(ClosedList::from_number(u32::from(number))?),
        },
    })
}

fn write_found(writer: &mut Writer, found: &Found) {
    writer.length(found.signals.len());
    for it in &found.signals {
        writer.u8(u8::from(it.by.is_some()));
        if let Some((organisation, of)) = &it.by {
            writer.text(organisation.as_str());
            domain(writer, *of);
        }
        writer.u8(severity_number(it.severity)).u16(it.month.index()).u16(it.expiry.index());
        observation(writer, it.observation);
    }
    writer.length(found.alerts.len());
    for it in &found.alerts {
        day(writer, it.opened);
        writer.u8(it.state.number()).length(it.looks.len());
        for (by, on) in &it.looks {
            writer.text(by.as_str());
            day(writer, *on);
        }
    }
    writer.u8(u8::from(found.more));
}

fn read_answer(reader: &mut Reader<'_>) -> Option<(Day, Found)> {
    let on = read_day(reader)?;
    let found = Found {
        signals: reader.list(read_signal)?,
        alerts: reader.list(read_alert)?,
        more: reader.u8()? == 1,
    };
    Some((on, found))
}

fn read_signal(reader: &mut Reader<'_>) -> Option<FoundSignal> {
    let by = match reader.u8()? {
        0 => None,
        _ => Some((OrganisationId::parse(reader.text()?).ok()?, read_domain(reader)?)),
    };
    Some(FoundSignal {
        by,
        severity: severity_of(reader.u8()?)?,
        month: read_month(reader)?,
        expiry: read_month(reader)?,
        observation: read_observation(reader)?,
    })
}

fn read_alert(reader: &mut Reader<'_>) -> Option<FoundAlert> {
    Some(FoundAlert {
        opened: read_day(reader)?,
        state: AlertState::from_number(reader.u8()?.into())?,
        looks: reader.list(|reader| Some((ConnectionId::parse(reader.text()?).ok()?, read_day(reader)?)))?,
    })
}

pub(crate) fn encode_restriction(restriction: &Restriction) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.u32(restriction.epoch.number()).u8(restriction.kind.number()).bytes(restriction.index.bytes());
    day(&mut writer, restriction.until);
    writer.bytes(restriction.of.bytes());
    writer.padded()
}

pub(crate) fn decode_restriction(bytes: &[u8]) -> Option<Restriction> {
    let reader = &mut Reader::new(bytes);
    let restriction = Restriction {
        epoch: Epoch::new(reader.u32()?),
        kind: Kind::new(reader.u8()?)?,
        index: SubjectIndex::new(reader.array()?),
        until: read_day(reader)?,
        of: RequestId::new(reader.array()?),
    };
    reader.ends()?;
    Some(restriction)
}

pub(crate) fn encode_erased(sender: &ConnectionId, erased: &Erased) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.text(sender.as_str()).bytes(erased.reference.bytes());
    day(&mut writer, erased.on);
    writer.u16(erased.until.index());
    writer.padded()
}

pub(crate) fn decode_erased(bytes: &[u8]) -> Option<(ConnectionId, Erased)> {
    let reader = &mut Reader::new(bytes);
    let sender = ConnectionId::parse(reader.text()?).ok()?;
    let erased = Erased {
        reference: SignalReference::new(reader.array()?),
        on: read_day(reader)?,
        until: read_month(reader)?,
    };
    reader.ends()?;
    Some((sender, erased))
}

#[cfg(test)]
mod tests {
    use samenloop_core::fixture::{connection, day, month, place};
    use samenloop_core::rights::{RightsKind, RightsReason, Verdict};
    use samenloop_core::value::{Domain, Observation, Severity};

    use super::*;

    fn long(letter: char) -> String {
        std::iter::repeat_n(letter, 32).collect()
    }

    #[test]
    fn the_largest_answer_fits_and_every_request_has_one_size() {
        let today = day("2026-11-25");
        let signal = FoundSignal {
            by: Some((OrganisationId::parse(&long('o')).unwrap(), Domain::BestuurVeiligheid)),
            severity: Severity::Hard,
            month: month("2026-11"),
            expiry: month("2027-11"),
            observation: Observation::Hearsay(Domain::Jeugdbescherming),
        };
        let looks = vec![(connection(&long('c')), today); Found::MAX_LOOKS];
        let alert = FoundAlert { opened: today, state: AlertState::Lapsed, looks };
        let found = Found {
            signals: vec![signal; Found::MAX_SIGNALS],
            alerts: vec![alert; Found::MAX_ALERTS],
            more: true,
        };
        let decision = Decision {
            by: connection(&long('d')),
            on: today,
            verdict: Verdict::Limit,
            reason: Some(RightsReason::Repeated),
        };
        let request = RightsRequest {
            id: RequestId::new([7; 16]),
            kind: RightsKind::Erase,
            by: connection(&long('b')),
            oin: "0".repeat(20),
            asked: today,
            reminded: true,
            decision: Some(decision),
            answer: Some((today, found)),
        };
        let waiting = RightsRequest { decision: None, answer: None, ..request.clone() };
        for request in [request, waiting] {
            let places = (0..8).map(|child| place(1, 1, child)).collect();
            let kept = KeptRequest { request, places };
            let bytes = encode_request(&kept).unwrap();
            assert_eq!(bytes.len(), REQUEST_LEN);
            let again = decode_request(&bytes).unwrap();
            assert_eq!((again.request, again.places), (kept.request, kept.places));
        }
    }
}
