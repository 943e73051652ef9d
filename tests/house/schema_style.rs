//! The schema reads as one hand wrote it: buf's STANDARD rules as far as they matter, and a comment on
//! everything that a stranger meets.

use std::collections::{BTreeMap, BTreeSet};

use prost_types::FileDescriptorProto;

use crate::none;
use crate::schema::{files, messages};

const PACKAGE: &str = "samenloop.v1";

fn is_pascal(name: &str) -> bool {
    name.starts_with(|it: char| it.is_ascii_uppercase())
        && name.chars().all(|it| it.is_ascii_alphanumeric())
        // Two capitals in a row: `BSNSignal` would be `BsnSignal`.
        && !name.as_bytes().windows(2).any(|it| it.iter().all(u8::is_ascii_uppercase))
}

fn is_snake(name: &str, letter: impl Fn(char) -> bool) -> bool {
    name.starts_with(&letter)
        && name.chars().all(|it| letter(it) || it.is_ascii_digit() || it == '_')
        && !name.contains("__")
        && !name.ends_with('_')
}

fn is_lower_snake(name: &str) -> bool {
    is_snake(name, |it| it.is_ascii_lowercase())
}

/// `AlertState` as its values begin: `ALERT_STATE_`.
pub(crate) fn prefix_of(name: &str) -> String {
    let mut prefix = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !prefix.is_empty() {
            prefix.push('_');
        }
        prefix.push(letter.to_ascii_uppercase());
    }
    prefix + "_"
}

fn badly_named(file: &FileDescriptorProto) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut check = |good: bool, what: String| complaints.extend((!good).then_some(what));
    check(file.package() == PACKAGE, format!("{}: package {}", file.name(), file.package()));
    check(file.syntax() == "proto3", format!("{}: syntax {}", file.name(), file.syntax()));
    let stem = file.name().strip_prefix("samenloop/v1/").and_then(|it| it.strip_suffix(".proto"));
    check(stem.is_some_and(is_lower_snake), format!("{}: not where its package lies", file.name()));
    check(
        file.public_dependency.is_empty() && file.weak_dependency.is_empty(),
        format!("{}: a public or weak import", file.name()),
    );
    for (name, message) in messages(file) {
        check(name.split('.').all(is_pascal), format!("message {name}"));
        for field in
            message.field.iter().map(|it| it.name()).chain(message.oneof_decl.iter().map(|it| it.name()))
        {
            check(is_lower_snake(field), format!("{name}.{field}"));
        }
    }
    for list in &file.enum_type {
        check(is_pascal(list.name()), format!("enum {}", list.name()));
        let prefix = prefix_of(list.name());
        let zero = list.value.first().filter(|it| it.number() == 0);
        check(
            zero.is_some_and(|it| it.name() == format!("{prefix}UNSPECIFIED")),
            format!("enum {}: its zero", list.name()),
        );
        let numbers: BTreeSet<_> = list.value.iter().map(|it| it.number()).collect();
        check(numbers.len() == list.value.len(), format!("enum {}: a number twice", list.name()));
        for value in &list.value {
            let good =
                value.name().starts_with(&prefix) && is_snake(value.name(), |it| it.is_ascii_uppercase());
            check(good, format!("enum value {}", value.name()));
        }
    }
    for service in &file.service {
        check(
            is_pascal(service.name()) && service.name().ends_with("Service"),
            format!("service {}", service.name()),
        );
        for method in &service.method {
            check(is_pascal(method.name()), format!("rpc {}", method.name()));
            for (of, end) in [(method.input_type(), "Request"), (method.output_type(), "Response")] {
                let own = of == format!(".{PACKAGE}.{}{end}", method.name());
                check(own, format!("rpc {}: {of} is not its own {end}", method.name()));
            }
        }
    }
    complaints
}

/// Messages that two calls would share.
fn shared(files: &[FileDescriptorProto]) -> Vec<String> {
    let mut used: BTreeMap<&str, usize> = BTreeMap::new();
    for method in files.iter().flat_map(|file| &file.service).flat_map(|service| &service.method) {
        *used.entry(method.input_type()).or_default() += 1;
        *used.entry(method.output_type()).or_default() += 1;
    }
    used.into_iter()
        .filter(|(_, times)| *times > 1)
        .map(|(name, times)| format!("{name} in {times} places"))
        .collect()
}

/// Everything with a name, by its path in the descriptor (descriptor.proto, `SourceCodeInfo.Location.path`).
fn named(file: &FileDescriptorProto) -> Vec<(Vec<i32>, String)> {
    let number = |at: usize| i32::try_from(at).unwrap();
    let mut found = Vec::new();
    for (at, message) in file.message_type.iter().enumerate() {
        assert!(message.nested_type.is_empty() && message.enum_type.is_empty(), "{} nests", message.name());
        found.push((vec![4, number(at)], message.name().to_owned()));
        for (n, field) in message.field.iter().enumerate() {
            found.push((vec![4, number(at), 2, number(n)], format!("{}.{}", message.name(), field.name())));
        }
        for (n, oneof) in message.oneof_decl.iter().enumerate() {
            found.push((vec![4, number(at), 8, number(n)], format!("{}.{}", message.name(), oneof.name())));
        }
    }
    for (at, list) in file.enum_type.iter().enumerate() {
        found.push((vec![5, number(at)], list.name().to_owned()));
        for (n, value) in list.value.iter().enumerate() {
            found.push((vec![5, number(at), 2, number(n)], value.name().to_owned()));
        }
    }
    for (at, service) in file.service.iter().enumerate() {
        found.push((vec![6, number(at)], service.name().to_owned()));
        for (n, method) in service.method.iter().enumerate() {
            found.push((vec![6, number(at), 2, number(n)], format!("{}.{}", service.name(), method.name())));
        }
    }
    found
}

fn without_comment(file: &FileDescriptorProto) -> Vec<String> {
    let info = file.source_code_info.as_ref().expect("compiled with comments");
    let commented: BTreeSet<_> = info
        .location
        .iter()
        .filter(|it| !it.leading_comments().trim().is_empty() || !it.trailing_comments().trim().is_empty())
        .map(|it| it.path.clone())
        .collect();
    let bare = named(file).into_iter().filter(|(path, _)| !commented.contains(path));
    bare.map(|(_, name)| format!("{}: {name} has no comment", file.name())).collect()
}

#[test]
fn the_schema_keeps_the_rules_of_naming() {
    none(&files().iter().flat_map(badly_named).collect::<Vec<_>>());
}

#[test]
fn every_call_has_a_request_and_a_response_of_its_own() {
    none(&shared(&files()));
}

#[test]
fn everything_in_the_schema_says_what_it_obliges_to() {
    let files = files();
    assert!(files.iter().map(|file| named(file).len()).sum::<usize>() > 100);
    none(&files.iter().flat_map(without_comment).collect::<Vec<_>>());
}

#[test]
fn planted_faults_of_style_are_found() {
    let mut files = files();
    let file = files.iter_mut().find(|it| !it.service.is_empty()).unwrap();
    file.message_type[0].name = Some("lower_case".to_owned());
    file.message_type[1].field[0].name = Some("camelCase".to_owned());
    file.service[0].method[1].input_type = file.service[0].method[0].input_type.clone();
    file.enum_type.push(prost_types::EnumDescriptorProto {
        name: Some("Colour".to_owned()),
        value: vec![prost_types::EnumValueDescriptorProto {
            name: Some("RED".to_owned()),
            number: Some(1),
            ..Default::default()
        }],
        ..Default::default()
    });
    let complaints = badly_named(file).join("\n");
    for part in
        ["message lower_case", "camelCase", "is not its own Request", "Colour: its zero", "enum value RED"]
    {
        assert!(complaints.contains(part), "{part}: {complaints}");
    }
    assert_eq!(without_comment(file).len(), 2);
    assert_eq!(shared(&files).len(), 1);
    assert_eq!(prefix_of("AlertState"), "ALERT_STATE_");
}
