//! `judge` against a naive reading of the rule's own text, over random signals, senders and days.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use proptest::prelude::*;
use samenloop_core::fixture::{AGENCIES, Draft, connection, entries, month, today};
use samenloop_core::manifest::Manifest;
use samenloop_core::room::convergence::judge;
use samenloop_core::value::{Day, Domain, Month, Severity};

/// A signal as the text of the rule speaks of it.
#[derive(Debug, Clone)]
struct Told {
    /// Which of [`AGENCIES`].
    sender: usize,
    hard: bool,
    code: Option<&'static str>,
    heard_of: Option<Domain>,
    /// The month in which it ends: so many after, or (negative) before, November 2026.
    ends: i8,
}

impl Told {
    fn draft(&self, reference: u64) -> Draft {
        let mut draft = if self.hard { Draft::hard(reference) } else { Draft::soft(reference) };
        let this = i32::from(month("2026-11").index());
        let expiry = u16::try_from(this + i32::from(self.ends)).unwrap();
        draft.expiry = Month::from_index(expiry).unwrap();
        if let Some(code) = self.code {
            draft = draft.code(code);
        }
        match self.heard_of {
            Some(domain) => draft.hearsay(domain),
            None => draft,
        }
    }

    fn organisation(&self) -> &'static str {
        AGENCIES[self.sender].1
    }

    fn domain(&self) -> &'static str {
        AGENCIES[self.sender].2.code()
    }
}

fn told() -> impl Strategy<Value = Told> {
    let code = prop_oneof![2 => Just(None), 1 => Just(Some("V11")), 1 => Just(Some("V12"))];
    let heard_of = prop_oneof![5 => Just(None), 1 => Just(Some(Domain::Zorg))];
    let ends = prop_oneof![4 => 0_i8..18, 1 => -2_i8..0];
    (0..AGENCIES.len(), prop::bool::weighted(0.25), code, heard_of, ends)
        .prop_map(|(sender, hard, code, heard_of, ends)| Told { sender, hard, code, heard_of, ends })
}

/// The rule's text, line by line, with pairs and triples of signals instead of sets and counts.
mod oracle {
    use super::Told;

    pub(crate) fn active(told: &[Told], taking_part: &[bool], months_later: i8) -> Vec<Told> {
        let mut active = Vec::new();
        for it in told {
            if it.ends >= months_later && taking_part[it.sender] {
                active.push(it.clone());
            }
        }
        active
    }

    pub(crate) fn counts(it: &Told) -> bool {
        let relays = ["opvang-expertise", "bestuur-veiligheid"];
        it.heard_of.is_none() && !relays.contains(&it.domain())
    }

    fn other_pair(a: &Told, b: &Told) -> bool {
        a.organisation() != b.organisation() || a.code != b.code
    }

    pub(crate) fn converges(active: &[Told]) -> bool {
        let mut counted = Vec::new();
        for it in active {
            if counts(it) {
                counted.push(it);
            }
        }
        let (mut two_domains, mut two_organisations, mut two_pairs, mut three_pairs, mut one_hard) =
            (false, false, false, false, false);
        for a in &counted {
            one_hard |= a.hard;
            for b in &counted {
                two_domains |= a.domain() != b.domain();
                two_organisations |= a.organisation() != b.organisation();
                two_pairs |= other_pair(a, b);
                for c in &counted {
                    three_pairs |= other_pair(a, b) && other_pair(b, c) && other_pair(a, c);
                }
            }
        }
        two_domains && two_organisations && ((one_hard && two_pairs) || three_pairs)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rule_is_what_its_text_says(
        told in prop::collection::vec(told(), 0..7),
        taking_part in prop::collection::vec(prop::bool::weighted(0.9), AGENCIES.len()),
        months_later in 0_i8..4,
        day in prop_oneof![Just(1_u8), Just(15), Just(28), Just(30)],
    ) {
        // 2026-11, 2026-12, 2027-01 and 2027-02, whose last day is its 28th.
        let today = month("2026-11").plus(u8::try_from(months_later).unwrap());
        let today = Day::new(today, day).unwrap_or(today.last_day());
        let mut entries = entries();
        entries.connections.retain(|it| {
            let at = AGENCIES.iter().position(|(id, ..)| connection(id) == it.id);
            at.is_none_or(|at| taking_part[at])
        });
        let manifest = Manifest::new(entries).unwrap();
        let given = (0_u64..).zip(&told).map(|(reference, it)| {
            (connection(AGENCIES[it.sender].0), it.draft(reference).signal())
        });
        let judgement = judge(&manifest, given, today);

        let active = oracle::active(&told, &taking_part, months_later);
        prop_assert_eq!(judgement.converges, oracle::converges(&active));
        prop_assert_eq!(judgement.listed.len(), active.len());
        for (listed, it) in judgement.listed.iter().zip(&active) {
            prop_assert_eq!(listed.connection().as_str(), AGENCIES[it.sender].0);
            prop_assert_eq!(listed.counts(), oracle::counts(it));
            prop_assert_eq!(listed.signal().content().severity() == Severity::Hard, it.hard);
        }
    }

    #[test]
    fn the_order_of_signals_does_not_matter(
        told in prop::collection::vec(told(), 0..7),
        turn in 0_usize..7,
    ) {
        let manifest = Manifest::new(entries()).unwrap();
        let mut given: Vec<_> = (0_u64..)
            .zip(&told)
            .map(|(reference, it)| (connection(AGENCIES[it.sender].0), it.draft(reference).signal()))
            .collect();
        let before = judge(&manifest, given.clone(), today());
        let turn = turn % given.len().max(1);
        given.rotate_left(turn);
        given.reverse();
        let after = judge(&manifest, given, today());
        prop_assert_eq!((before.numbers, before.converges), (after.numbers, after.converges));
    }
}
