//! The identifiers of a whole file, for texts that hold a number which could be one of them.

use super::cell::identifier_numbers;
use super::number::Filter;
use super::{InputFault, Reader, Row};
use crate::refusal::Refusal;

/// Reads the file once more at the first text with such a number; most files have none, and are read once.
#[derive(Default)]
pub struct Known {
    filter: Option<Filter>,
}

impl Known {
    /// Refuses a row whose reference or case reference holds an identifier of another line. Of a long stream, which
    /// cannot be read again, no other line is known.
    ///
    /// # Errors
    /// [`InputFault`] when the file cannot be read again.
    pub fn judge(&mut self, row: Row, reader: &Reader) -> Result<Result<Row, Refusal>, InputFault> {
        if row.others.is_empty() {
            return Ok(Ok(row));
        }
        let filter = match self.filter.take() {
            Some(filter) => filter,
            None => read(reader)?,
        };
        let found = row.others.iter().find(|(_, number)| filter.holds(*number)).map(|(column, _)| *column);
        self.filter = Some(filter);
        Ok(match found {
            Some(column) => Err(Refusal::HoldsOtherChild(column)),
            None => Ok(row),
        })
    }
}

fn read(reader: &Reader) -> Result<Filter, InputFault> {
    let mut filter = Filter::new();
    if let Some(mut again) = reader.again()? {
        let mut add = |_, fields: &super::Fields<'_>| {
            identifier_numbers(fields).for_each(|number| filter.add(number));
            Ok(())
        };
        while again.next(&mut add)?.is_some() {}
    }
    Ok(filter)
}
