//! From the text of one field to its value.

use samenloop_core::value::{Domain, Month, Observation, ShorterTerm};
use samenloop_proto::v1::Reason;
use samenloop_pseudonym::{Identifier, IdentifierFault};

use super::month::{self, MonthFault, Written};
use super::{Column, Fields, number};
use crate::details::{MAX_CASE_REFERENCE_CHARS, MAX_CASE_REFERENCE_LEN};
use crate::refusal::Refusal;

/// Characters that a reference may have.
const MAX_REFERENCE_CHARS: usize = 64;

pub(super) fn is(text: &str, word: &str) -> bool {
    text.eq_ignore_ascii_case(word)
}

pub(super) fn yes_or_no(text: &str) -> Option<bool> {
    let one_of = |words: [&str; 3]| words.into_iter().any(|word| is(text, word));
    if one_of(["ja", "yes", "true"]) {
        Some(true)
    } else if one_of(["nee", "no", "false"]) {
        Some(false)
    } else {
        None
    }
}

pub(super) fn answer(fields: &Fields<'_>, column: Column) -> Result<Option<bool>, Refusal> {
    fields.field(column).map(|text| yes_or_no(text).ok_or(Refusal::AnswerInvalid(column))).transpose()
}

pub(super) fn reference<'l>(fields: &Fields<'l>) -> Result<&'l str, Refusal> {
    let text = fields.field(Column::Reference).ok_or(Refusal::FieldMissing(Column::Reference))?;
    is_reference(text).then_some(text).ok_or(Refusal::ReferenceInvalid(Column::Reference))
}

/// Whether a text can be an agency's own reference: 1 to 64 characters, none of control.
#[must_use]
pub fn is_reference(text: &str) -> bool {
    (1..=MAX_REFERENCE_CHARS).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

pub(super) fn case_reference<'l>(fields: &Fields<'l>) -> Result<Option<&'l str>, Refusal> {
    let Some(text) = fields.field(Column::CaseReference) else { return Ok(None) };
    let fits = text.len() <= MAX_CASE_REFERENCE_LEN
        && text.chars().count() <= MAX_CASE_REFERENCE_CHARS
        && !text.chars().any(char::is_control);
    if fits { Ok(Some(text)) } else { Err(Refusal::ReferenceInvalid(Column::CaseReference)) }
}

pub(super) const IDENTIFIERS: [Column; 3] = [Column::Bsn, Column::Onderwijsnummer, Column::VNumber];

pub(super) fn identifiers(fields: &Fields<'_>) -> Result<Vec<Identifier>, Refusal> {
    type Parse = fn(&str) -> Result<Identifier, IdentifierFault>;
    let parsers: [Parse; 3] =
        [Identifier::parse_bsn, Identifier::parse_onderwijsnummer, Identifier::parse_v_number];
    let mut identifiers = Vec::with_capacity(1);
    for (column, parse) in IDENTIFIERS.into_iter().zip(parsers) {
        if let Some(text) = fields.field(column) {
            if is_rounded(text) {
                return Err(Refusal::IdentifierRounded(column));
            }
            identifiers.push(parse(text).map_err(|_| Refusal::IdentifierInvalid(column))?);
        }
    }
    if identifiers.is_empty() { Err(Refusal::IdentifierMissing) } else { Ok(identifiers) }
}

/// Whether a spreadsheet made a quantity of a number: `1,23457E+08`, or `10000008.0`, which without its point is the
/// number of another child.
fn is_rounded(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((mantissa, exponent)) = text.split_once(['E', 'e']) {
        let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
        return digits(whole) && digits(fraction) && digits(exponent.trim_start_matches(['+', '-']));
    }
    let is_fraction = |(whole, fraction): (&str, &str)| {
        whole.len() >= 7 && digits(whole) && fraction.len() <= 2 && digits(fraction)
    };
    text.split_once(['.', ',']).is_some_and(is_fraction)
}

/// The values of the identifiers as written, without separators and zeros in front.
pub(super) fn identifier_numbers(fields: &Fields<'_>) -> impl Iterator<Item = u64> {
    IDENTIFIERS.into_iter().filter_map(|column| fields.field(column)).filter_map(number::value)
}

/// Whether a text of the agency's own holds an identifier of its line, whatever stands between the digits: it would
/// end up in the journal, or with a coordinator.
pub(super) fn holds_identifier(text: &str, fields: &Fields<'_>) -> bool {
    // A number with so many leading zeros that little is left would be found everywhere.
    identifier_numbers(fields).any(|wanted| wanted >= 100_000 && number::holds(text, wanted))
}

fn written(fields: &Fields<'_>, column: Column) -> Result<Option<Written>, Refusal> {
    let parse = |text| {
        month::parse(text).map_err(|fault| match fault {
            MonthFault::Unreadable => Refusal::MonthInvalid(column),
            MonthFault::Ambiguous => Refusal::MonthAmbiguous(column),
        })
    };
    fields.field(column).map(parse).transpose()
}

/// The month of observation.
pub(super) fn month(fields: &Fields<'_>) -> Result<Month, Refusal> {
    let written = written(fields, Column::Month)?;
    written.map(|it| it.month).ok_or(Refusal::FieldMissing(Column::Month))
}

pub(super) fn observation(fields: &Fields<'_>) -> Result<Observation, Refusal> {
    let Some(text) = fields.field(Column::Observation) else { return Ok(Observation::Own) };
    if is(text, "eigen") || is(text, "own") {
        return Ok(Observation::Own);
    }
    let (word, domain) = text.split_once(':').ok_or(Refusal::ObservationInvalid)?;
    if is(word, "van-horen-zeggen") || is(word, "hearsay") {
        Domain::parse(domain.trim()).map(Observation::Hearsay).map_err(|_| Refusal::UnknownDomain)
    } else {
        Err(Refusal::ObservationInvalid)
    }
}

/// The term that `valid_until` asks for, rounded down (V-20); `None` for the signal's own.
pub(super) fn shorter_term(
    fields: &Fields<'_>,
    observed: Month,
    own: u8,
) -> Result<Option<ShorterTerm>, Refusal> {
    let Some(until) = written(fields, Column::ValidUntil)? else { return Ok(None) };
    let until = until.last_whole_month().ok_or(Refusal::TermTooShort)?;
    let months = until.since(observed).ok_or(Refusal::TermTooShort)?;
    match months.cmp(&u16::from(own)) {
        std::cmp::Ordering::Greater => Err(Refusal::of_hub(Reason::TermNotShorter, 0)),
        std::cmp::Ordering::Equal => Ok(None),
        std::cmp::Ordering::Less => ShorterTerm::rounded_down(months).map(Some).ok_or(Refusal::TermTooShort),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_a_spreadsheet_made_a_quantity_is_found() {
        for text in ["1,23457E+08", "1.23457e+08", "9E+08", "900000041,0", "900000041.00", "10000008.0"] {
            assert!(is_rounded(text), "{text}");
        }
        for text in
            ["900000041", "10000008", "9000.00.041", "900.000.041", "12.345.678", "2812345678", "9000 00 041"]
        {
            assert!(!is_rounded(text), "{text}");
        }
    }

    #[test]
    fn a_point_and_a_zero_would_have_made_another_child() {
        // What `is_rounded` is there for: without it, one such number in eleven names another child.
        let shifted = (10_000_000..10_001_000_u64).find(|number| {
            let taken = |text: String| Identifier::parse_bsn(&text).is_ok();
            taken(number.to_string()) && taken(format!("{number}.0"))
        });
        let text = format!("{}.0", shifted.unwrap());
        let mut fields = Fields::default();
        fields.set(Column::Bsn, &text);
        assert_eq!(identifiers(&fields).err(), Some(Refusal::IdentifierRounded(Column::Bsn)));
    }
}
