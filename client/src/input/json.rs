//! One JSON line: an object of texts.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use zeroize::Zeroizing;

use super::Column;
use super::column::Fields;
use crate::refusal::{Malformed, Refusal};

/// The fields of one object. Wiped on drop.
#[derive(Default)]
pub(super) struct Object {
    cells: Vec<(Column, Zeroizing<String>)>,
    has_unknown: bool,
}

impl Object {
    /// Reads one line.
    ///
    /// # Errors
    /// [`Refusal`] when it is no object of texts, or names a field that is no column.
    pub(super) fn parse(line: &str) -> Result<Self, Refusal> {
        // serde's own message may quote the line: it goes nowhere.
        let object: Self = serde_json::from_str(line).map_err(|_| Refusal::Malformed(Malformed::Json))?;
        if object.has_unknown { Err(Refusal::UnknownColumn) } else { Ok(object) }
    }

    pub(super) fn fields(&self) -> Fields<'_> {
        let mut fields = Fields::default();
        for (column, text) in &self.cells {
            fields.set(*column, text);
        }
        fields
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut object = Object::default();
        while let Some(key) = map.next_key::<String>()? {
            let Cell(text) = map.next_value()?;
            match Column::parse(&key) {
                None => object.has_unknown = true,
                Some(column) if object.cells.iter().any(|(other, _)| *other == column) => {
                    return Err(A::Error::custom("twice"));
                }
                Some(column) => object.cells.push((column, text)),
            }
        }
        Ok(object)
    }
}

/// A text; a whole number or yes or no as the text it stands for; nothing as an empty one.
struct Cell(Zeroizing<String>);

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CellVisitor)
    }
}

struct CellVisitor;

impl Visitor<'_> for CellVisitor {
    type Value = Cell;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cell, E> {
        Ok(Cell(Zeroizing::new(text.to_owned())))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Cell, E> {
        Ok(Cell(Zeroizing::new(number.to_string())))
    }

    fn visit_bool<E: Error>(self, answer: bool) -> Result<Cell, E> {
        self.visit_str(if answer { "ja" } else { "nee" })
    }

    fn visit_unit<E: Error>(self) -> Result<Cell, E> {
        self.visit_str("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_numbers_answers_and_nothing_are_read() {
        let object =
            Object::parse(r#"{"Reference":"r\u0031","bsn":900000041,"acuut":true,"code":null}"#).unwrap();
        let fields = object.fields();
        assert_eq!(fields.field(Column::Reference), Some("r1"));
        assert_eq!(fields.field(Column::Bsn), Some("900000041"));
        assert_eq!(fields.field(Column::Acute), Some("ja"));
        assert_eq!(fields.field(Column::Code), None);
    }

    #[test]
    fn anything_else_is_refused_without_being_repeated() {
        let malformed = Err(Refusal::Malformed(Malformed::Json));
        for line in [
            "[]",
            "{",
            "\"x\"",
            "{\"bsn\":1.5}",
            "{\"bsn\":-1}",
            "{\"bsn\":[1]}",
            "{\"bsn\":{}}",
            "{\"regio\":\"a\",\"region\":\"b\"}",
            "{\"bsn\":\"1\"} x",
        ] {
            assert_eq!(Object::parse(line).map(drop), malformed, "{line}");
        }
        assert_eq!(Object::parse("{\"naam\":\"x\"}").map(drop), Err(Refusal::UnknownColumn));
    }
}
