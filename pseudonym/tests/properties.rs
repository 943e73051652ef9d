//! What holds for every identifier, not only for those of the vectors.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may stop")]

use std::collections::BTreeSet;

use proptest::prelude::*;
use samenloop_core::value::{ConnectionId, Epoch};
use samenloop_pseudonym::contribution::{Contribution, ContributionFault, epoch_key};
use samenloop_pseudonym::{EpochKey, Identifier, IdentifierFault, ReferenceKey};

/// The sum that a BSN must have a multiple of eleven of, written out.
fn eleven_sum(digits: &[u8]) -> i32 {
    let d = |at: usize| i32::from(digits[at]);
    9 * d(0) + 8 * d(1) + 7 * d(2) + 6 * d(3) + 5 * d(4) + 4 * d(5) + 3 * d(6) + 2 * d(7) - d(8)
}

/// Synthetic BSNs: nine digits that start with 9 and pass the eleven-test.
fn bsn() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(0..10_u8, 7).prop_filter_map("no ninth digit fits", |middle| {
        let mut digits = vec![9];
        digits.extend(middle);
        (0..10).find_map(|last| {
            let mut whole = digits.clone();
            whole.push(last);
            (eleven_sum(&whole) % 11 == 0).then_some(whole)
        })
    })
}

fn written(digits: &[u8]) -> String {
    digits.iter().map(|digit| char::from(b'0' + digit)).collect()
}

/// The digits with separators anywhere: before, between and behind.
fn separated(digits: &[u8], separators: &[String]) -> String {
    let mut text = separators[0].clone();
    for (digit, separator) in digits.iter().zip(&separators[1..]) {
        text.push(char::from(b'0' + digit));
        text.push_str(separator);
    }
    text
}

fn pseudonym(key: &EpochKey, identifier: &Identifier) -> [u8; 32] {
    *key.place(identifier).pseudonym().bytes()
}

fn parsed(identifier: Result<Identifier, IdentifierFault>) -> Identifier {
    identifier.unwrap_or_else(|fault| panic!("{fault}"))
}

proptest! {
    #[test]
    fn separators_never_matter(
        digits in bsn(),
        separators in proptest::collection::vec("[ .-]{0,2}", 10),
        key in any::<[u8; 32]>(),
    ) {
        let key = EpochKey::new("zhz", Epoch::new(7), key);
        let (plain, parted) = (written(&digits), separated(&digits, &separators));
        for parse in [Identifier::parse_bsn, Identifier::parse_onderwijsnummer] {
            let (plain, parted) = (parsed(parse(&plain)), parsed(parse(&parted)));
            prop_assert!(pseudonym(&key, &plain) == pseudonym(&key, &parted));
        }
    }

    #[test]
    fn any_single_digit_changed_in_a_valid_bsn_is_refused(digits in bsn()) {
        prop_assert!(Identifier::parse_bsn(&written(&digits)).is_ok());
        for at in 0..9 {
            for other in (0..10).filter(|other| *other != digits[at]) {
                let mut changed = digits.clone();
                changed[at] = other;
                let fault = Identifier::parse_bsn(&written(&changed)).err();
                prop_assert_eq!(fault, Some(IdentifierFault::ElevenTest));
            }
        }
    }

    #[test]
    fn two_neighbours_swapped_in_a_valid_bsn_are_refused(digits in bsn(), at in 0..8_usize) {
        prop_assume!(digits[at] != digits[at + 1]);
        let mut swapped = digits;
        swapped.swap(at, at + 1);
        prop_assert!(Identifier::parse_bsn(&written(&swapped)).is_err());
    }

    #[test]
    fn a_bsn_is_taken_exactly_when_its_sum_is_a_multiple_of_eleven(
        digits in proptest::collection::vec(0..10_u8, 9),
    ) {
        let valid = eleven_sum(&digits) % 11 == 0 && digits.iter().any(|digit| *digit != 0);
        prop_assert_eq!(Identifier::parse_bsn(&written(&digits)).is_ok(), valid);
    }

    #[test]
    fn any_text_is_an_identifier_or_a_fault(text in "\\PC{0,16}") {
        for parse in [Identifier::parse_bsn, Identifier::parse_onderwijsnummer, Identifier::parse_v_number] {
            let ascii_digits = text.bytes().filter(u8::is_ascii_digit).count();
            if parse(&text).is_ok() {
                prop_assert!((8..=10).contains(&ascii_digits));
            }
        }
    }

    #[test]
    fn no_two_kinds_epochs_exchanges_or_keys_give_one_pseudonym(
        digits in bsn(),
        epochs in any::<[u32; 2]>(),
        exchanges in ["[a-z]{1,8}", "[a-z]{1,8}"],
        keys in any::<[[u8; 32]; 2]>(),
    ) {
        let text = written(&digits);
        let identifiers =
            [parsed(Identifier::parse_bsn(&text)), parsed(Identifier::parse_onderwijsnummer(&text))];
        let (mut names, mut pseudonyms) = (BTreeSet::new(), BTreeSet::new());
        for identifier in &identifiers {
            for epoch in epochs {
                for exchange in &exchanges {
                    for key in keys {
                        names.insert((identifier.kind(), epoch, exchange, key));
                        let epoch_key = EpochKey::new(exchange, Epoch::new(epoch), key);
                        pseudonyms.insert(pseudonym(&epoch_key, identifier));
                    }
                }
            }
        }
        prop_assert_eq!(names.len(), pseudonyms.len());
    }

    #[test]
    fn references_differ_with_the_record_and_with_the_agency(
        records in ["[a-z0-9-]{1,64}", "[a-z0-9-]{1,64}"],
        keys in any::<[[u8; 32]; 2]>(),
    ) {
        prop_assume!(records[0] != records[1] && keys[0] != keys[1]);
        let (ours, theirs) = (ReferenceKey::new(keys[0]), ReferenceKey::new(keys[1]));
        prop_assert_eq!(ours.reference(&records[0]), ours.reference(&records[0]));
        prop_assert!(ours.reference(&records[0]) != ours.reference(&records[1]));
        prop_assert!(ours.reference(&records[0]) != theirs.reference(&records[0]));
    }

    #[test]
    fn every_contribution_changes_the_epoch_key(
        values in any::<[[u8; 32]; 3]>(),
        flipped in (0..3_usize, 0..32_usize, 0..8_u32),
    ) {
        let make = |values: [[u8; 32]; 3]| epoch_key("zhz", Epoch::new(7), 3, &drawn(&values)).unwrap();
        let (who, byte, bit) = flipped;
        let mut changed = values;
        changed[who][byte] ^= 1 << bit;
        prop_assert!(make(values) == make(values));
        prop_assert!(make(values) != make(changed));
        for (at, (before, after)) in drawn(&values).iter().zip(&drawn(&changed)).enumerate() {
            let same = before.commitment("zhz", Epoch::new(7)) == after.commitment("zhz", Epoch::new(7));
            prop_assert_eq!(same, at != who);
        }
    }
}

fn drawn(values: &[[u8; 32]]) -> Vec<Contribution> {
    let named = |at: usize| ConnectionId::parse(&format!("beheer-{at}")).unwrap();
    values.iter().enumerate().map(|(at, value)| Contribution::new(named(at), *value)).collect()
}

#[test]
fn an_epoch_key_is_refused_unless_each_of_the_asked_administrators_contributes_once() {
    let made = |wanted, contributions: &[Contribution]| {
        epoch_key("zhz", Epoch::new(7), wanted, contributions).map(|_| ())
    };
    let three = drawn(&[[1; 32], [2; 32], [3; 32]]);
    assert_eq!(made(3, &three), Ok(()));
    assert_eq!(made(3, &three[..2]), Err(ContributionFault::Count { wanted: 3, found: 2 }));
    assert_eq!(made(2, &three), Err(ContributionFault::Count { wanted: 2, found: 3 }));
    assert_eq!(made(1, &three[..1]), Err(ContributionFault::TooFewAsked { wanted: 1 }));
    assert_eq!(made(0, &[]), Err(ContributionFault::TooFewAsked { wanted: 0 }));

    let beheer_0 = ConnectionId::parse("beheer-0").unwrap();
    let twice = [drawn(&[[1; 32]]), drawn(&[[2; 32]])].into_iter().flatten().collect::<Vec<_>>();
    assert_eq!(made(2, &twice), Err(ContributionFault::Twice(beheer_0)));
}
