//! The operator of a live hub: stands in its place with its TLS key, takes what agencies push as the hub decodes it, and
//! acks it, so that nobody notices. He has no key of an epoch and none of a coordinator.

use std::collections::{BTreeMap, BTreeSet};

use samenloop_core::value::SealedDetails;
use samenloop_proto::v1;
use samenloop_proto::v1::signal_line::Line;
use samenloop_tests::Exchange;

use crate::hub::HostileHub;
use crate::reading::{Known, Seen};

/// Epoch, kind and pseudonym, as they came.
pub(crate) type Heading = (u32, u32, Vec<u8>);

/// A signal as it was heard.
pub(crate) struct Heard {
    pub(crate) seen: Seen,
    pub(crate) reference: [u8; 16],
    pub(crate) revision: u64,
    pub(crate) pseudonyms: BTreeSet<Heading>,
    pub(crate) details: Vec<SealedDetails>,
}

/// What is heard in the place of the hub while agencies push.
pub(crate) fn listen(exchange: &Exchange, push: impl FnOnce()) -> Vec<Heard> {
    let hub = HostileHub::start(exchange);
    push();
    let answers = hub.answers();
    let lines = answers.batches.iter().flat_map(|(of, batch)| batch.lines.iter().map(move |line| (of, line)));
    let signals = lines.filter_map(|(of, line)| match line.line.as_ref()? {
        Line::Put(signal) => Some(heard(of.as_str(), signal)),
        Line::Withdraw(_) => None,
    });
    signals.collect()
}

fn domain(number: i32) -> String {
    let name = v1::Domain::try_from(number).unwrap();
    if name == v1::Domain::Unspecified {
        return String::new();
    }
    name.as_str_name().trim_start_matches("DOMAIN_").to_lowercase().replace('_', "-")
}

fn heard(connection: &str, signal: &v1::Signal) -> Heard {
    let severity = if signal.severity() == v1::Severity::Hard { "hard" } else { "soft" };
    let seen = Seen {
        connection: connection.to_owned(),
        severity: severity.to_owned(),
        code: signal.code.clone(),
        month: format!("{}-{:02}", signal.month / 100, signal.month % 100),
        region: signal.region.clone(),
        heard_from: domain(signal.hearsay_of),
    };
    let sealed = |it: &v1::SealedDetails| {
        SealedDetails::new(
            it.key_id.as_slice().try_into().unwrap(),
            it.encapsulated_key.as_slice().try_into().unwrap(),
            it.nonce.as_slice().try_into().unwrap(),
            Box::new(it.ciphertext.as_slice().try_into().unwrap()),
        )
    };
    Heard {
        seen,
        reference: signal.reference.as_slice().try_into().unwrap(),
        revision: signal.revision,
        pseudonyms: signal.pseudonyms.iter().map(|it| (it.epoch, it.kind, it.value.clone())).collect(),
        details: signal.details.iter().map(sealed).collect(),
    }
}

/// Unknown children: signals under pseudonyms that one signal, and so one child, has in common.
pub(crate) fn unknown_children(heard: &[Heard]) -> Vec<(BTreeSet<Heading>, BTreeSet<Seen>)> {
    let mut children: Vec<(BTreeSet<Heading>, BTreeSet<Seen>)> = Vec::new();
    for it in heard {
        let (mut pseudonyms, mut signals) = (it.pseudonyms.clone(), BTreeSet::from([it.seen.clone()]));
        children.retain(|(own, said)| {
            let is_other = own.is_disjoint(&pseudonyms);
            if !is_other {
                pseudonyms.extend(own.iter().cloned());
                signals.extend(said.iter().cloned());
            }
            is_other
        });
        children.push((pseudonyms, signals));
    }
    children
}

/// Of each number whose pseudonym was heard, what was said.
pub(crate) fn known(heard: &[Heard], names: &BTreeMap<Heading, String>) -> Known {
    let named = heard.iter().flat_map(|it| it.pseudonyms.iter().map(move |own| (own, &it.seen)));
    named.filter_map(|(own, seen)| Some((names.get(own)?.clone(), seen.clone()))).collect()
}
