//! Every call of the compiled schema, and every field in which a caller can put a number.

use std::path::Path;

use protox::prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value,
};

/// The schema, compiled as the build compiles it.
pub(crate) fn compiled() -> DescriptorPool {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto");
    let mut compiler = protox::Compiler::new([&folder]).unwrap();
    for entry in std::fs::read_dir(folder.join("samenloop/v1")).unwrap() {
        compiler.open_file(Path::new("samenloop/v1").join(entry.unwrap().file_name())).unwrap();
    }
    compiler.descriptor_pool()
}

/// The way to a field from a request on, through the messages around it.
pub(crate) type Place = Vec<FieldDescriptor>;

/// Every field of a message, at any depth, that can hold nine digits: text, bytes, numbers and closed lists.
pub(crate) fn places(of: &MessageDescriptor) -> Vec<Place> {
    let below = |field: FieldDescriptor| match field.kind() {
        Kind::Message(inner) => {
            places(&inner).into_iter().map(|it| [vec![field.clone()], it].concat()).collect()
        }
        // Two values: no number.
        Kind::Bool => Vec::new(),
        _ => vec![vec![field]],
    };
    of.fields().flat_map(below).collect()
}

/// The names on the way, as people read them.
pub(crate) fn name_of(place: &Place) -> String {
    place.iter().map(FieldDescriptor::name).collect::<Vec<_>>().join(".")
}

/// How a number is put in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// In the place of what is there.
    Alone,
    /// Behind a text; over the end of bytes that are long enough, so that their length stays.
    Within,
}

/// Puts a number in one field of a message; of a list in its first element.
pub(crate) fn plant(message: &mut DynamicMessage, place: &[FieldDescriptor], way: Way, number: &str) {
    let [field, within @ ..] = place else { return };
    let value = match message.get_field_mut(field) {
        Value::List(elements) => {
            if elements.is_empty() {
                elements.push(Value::default_value(&field.kind()));
            }
            &mut elements[0]
        }
        one => one,
    };
    match value {
        Value::Message(inner) => plant(inner, within, way, number),
        Value::String(text) => {
            *text = if way == Way::Alone { number.into() } else { format!("{text}{number}") }
        }
        Value::Bytes(bytes) => {
            let kept = bytes.len().saturating_sub(number.len());
            let before = if way == Way::Alone { &[][..] } else { &bytes[..kept] };
            *bytes = [before, number.as_bytes()].concat().into();
        }
        Value::U32(value) => *value = number.parse().unwrap(),
        Value::U64(value) => *value = number.parse().unwrap(),
        Value::EnumNumber(value) => *value = number.parse().unwrap(),
        other => panic!("{}: say how a number gets in {other:?}", field.full_name()),
    }
}
