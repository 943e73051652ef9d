//! The compiled schema, walked field by field (V-01, V-02, V-03, V-05).

use std::collections::{BTreeMap, BTreeSet};

use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto};

use samenloop_core::case::{self, ClosedList};
use samenloop_core::census;
use samenloop_core::rights;

use crate::none;
use crate::schema_fields::{CLOSED, OPEN};
use crate::sources::root;

/// Parts of names that no field, message or value has: who somebody is, where they come from or live, whom
/// they belong to, and places where anything can be written.
const NEVER: [&str; 52] = [
    "name",
    "names",
    "firstname",
    "lastname",
    "surname",
    "initials",
    "birth",
    "born",
    "birthday",
    "birthdate",
    "age",
    "address",
    "street",
    "house",
    "postcode",
    "zip",
    "city",
    "place",
    "phone",
    "telephone",
    "email",
    "mail",
    "sex",
    "gender",
    "nationality",
    "country",
    "language",
    "religion",
    "faith",
    "belief",
    "ethnicity",
    "ethnic",
    "race",
    "origin",
    "skin",
    "residence",
    "status",
    "family",
    "parent",
    "mother",
    "father",
    "sibling",
    "brother",
    "sister",
    "household",
    "text",
    "note",
    "notes",
    "comment",
    "remark",
    "description",
    "photo",
];

/// The files of the schema, compiled as the build compiles them, with their comments.
pub(crate) fn files() -> Vec<FileDescriptorProto> {
    let mut compiler = protox::Compiler::new([root().join("proto")]).unwrap();
    compiler.include_source_info(true);
    let folder = root().join("proto/samenloop/v1");
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name()).collect();
    names.sort();
    assert!(!names.is_empty());
    for name in names {
        compiler.open_file(std::path::Path::new("samenloop/v1").join(name)).unwrap();
    }
    compiler.file_descriptor_set().file
}

/// A message of any depth, with its name within the package.
pub(crate) fn messages(file: &FileDescriptorProto) -> Vec<(String, &DescriptorProto)> {
    let mut found: Vec<_> = file.message_type.iter().map(|it| (it.name().to_owned(), it)).collect();
    let mut at = 0;
    while at < found.len() {
        let (outer, message) = (found[at].0.clone(), found[at].1);
        found.extend(message.nested_type.iter().map(|it| (format!("{outer}.{}", it.name()), it)));
        at += 1;
    }
    found
}

fn type_of(field: &FieldDescriptorProto) -> String {
    let name = match field.r#type() {
        Type::String => "string".to_owned(),
        Type::Bytes => "bytes".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::Uint32 => "uint32".to_owned(),
        Type::Uint64 => "uint64".to_owned(),
        Type::Message | Type::Enum => field.type_name().trim_start_matches(".samenloop.v1.").to_owned(),
        // Signed and broken numbers have no place here: a new one is to be argued for by name.
        other @ (Type::Double
        | Type::Float
        | Type::Int64
        | Type::Int32
        | Type::Fixed64
        | Type::Fixed32
        | Type::Group
        | Type::Sfixed32
        | Type::Sfixed64
        | Type::Sint32
        | Type::Sint64) => format!("{other:?}"),
    };
    if field.label() == Label::Repeated { format!("repeated {name}") } else { name }
}

/// Every field with its type.
fn fields(files: &[FileDescriptorProto]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for file in files {
        for (name, message) in messages(file) {
            let of = |field: &FieldDescriptorProto| (format!("{name}.{}", field.name()), type_of(field));
            found.extend(message.field.iter().map(of));
            // An extension or a map would add fields that this walk does not see.
            assert!(message.extension.is_empty() && message.extension_range.is_empty(), "{name} is extended");
        }
        assert!(file.extension.is_empty(), "{} extends", file.name());
    }
    found
}

fn unargued(found: &BTreeMap<String, String>) -> Vec<String> {
    let mut argued: BTreeMap<_, _> = CLOSED.iter().copied().collect();
    argued.extend(OPEN.map(|(name, of, _)| (name, of)));
    let mut complaints = Vec::new();
    for (name, of) in found {
        match argued.remove(name.as_str()) {
            Some(it) if it == of => {}
            Some(it) => complaints.push(format!("{name} is {of}, and was argued for as {it}")),
            None => {
                complaints.push(format!("{name} ({of}) is not in tests/house/schema_fields.rs: argue for it"))
            }
        }
    }
    complaints.extend(argued.into_keys().map(|name| format!("{name} is argued for and does not exist")));
    complaints
}

fn parts(name: &str) -> impl Iterator<Item = String> {
    let mut spaced = String::new();
    let mut before = '_';
    for letter in name.chars() {
        if before.is_lowercase() && letter.is_uppercase() {
            spaced.push('_');
        }
        spaced.push(letter);
        before = letter;
    }
    spaced.to_lowercase().split(['_', '.']).map(str::to_owned).collect::<Vec<_>>().into_iter()
}

fn named_after_a_person<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let named = |name: &&str| parts(name).any(|part| NEVER.contains(&part.as_str()));
    names
        .into_iter()
        .filter(named)
        .map(|name| format!("{name} has a name that no part of the schema may have"))
        .collect()
}

/// V-01: nothing on the wire but what is argued for, field by field. V-02: without a code a signal still says
/// soft or hard, month, region, own or hearsay, and no more.
#[test]
fn every_field_on_the_wire_is_argued_for() {
    none(&unargued(&fields(&files())));
}

/// V-01, V-05: no name, birth, address, sex, origin, language, faith or family, and no free text.
#[test]
fn no_part_of_the_schema_is_named_after_what_a_person_is() {
    let files = files();
    let mut names: BTreeSet<String> = fields(&files).into_keys().collect();
    for file in &files {
        names.extend(messages(file).into_iter().map(|(name, _)| name));
        for list in &file.enum_type {
            names.extend(list.value.iter().map(|it| it.name().to_owned()));
        }
    }
    none(&named_after_a_person(names.iter().map(String::as_str)));
}

/// V-03: what a coordinator sees of time is a month or a day; nothing there counts seconds.
#[test]
fn a_coordinator_sees_months_and_days_only() {
    for (name, of) in fields(&files()) {
        let seen = ["Alert.", "ListedSignal."].iter().any(|it| name.starts_with(it));
        // `revision` is a number to the hub and to coordinators; it orders repeats of one signal (P-7).
        let clock = ["Timestamp", "time", "second", "minute", "hour"]
            .iter()
            .any(|it| format!("{name} {of}").contains(it));
        assert!(!seen || !clock, "{name} ({of})");
    }
}

/// Every call there is. None asks whether a pseudonym exists (P-62), takes an epoch key (P-14) or decides: an act
/// on an alert records what a coordinator decided, with its reason from a closed list, and an answer to a contact
/// request what an agency says; both do nothing to a child. What a contact point asks is answered on a fixed day, and
/// only after somebody of another organisation decided on it, with a reason from a closed list (V-30).
const CALLS: [&str; 20] = [
    "PushSignals",
    "SubmitSignals",
    "ListAlerts",
    "WatchAlerts",
    "ActOnAlert",
    "ListContactRequests",
    "AnswerContactRequest",
    "FetchManifest",
    "PublishManifest",
    "DeclareKey",
    "ListKeyStandings",
    "AskRights",
    "ListRightsRequests",
    "DecideRights",
    "FetchRights",
    // Of one's own signals only, and only what two people of two organisations agreed to erase.
    "ListErased",
    // What was taken, by batch: of no signal, no alert and nobody else.
    "FetchCheckpoint",
    "ProveEntries",
    // Of no child: aliases, hours and counts, and which connection an alias is, for a privacy officer.
    "ReadLog",
    // Of nobody: counts of ten and more, of quarters that are over (V-45).
    "FetchFigures",
];

/// Every state an alert can be in. The rule alone moves it between new, reopened and lapsed; a coordinator moves it
/// to all others, each with a reason that is obliged. Nothing happens to a child by any.
const STATES: [&str; 8] = [
    "ALERT_STATE_UNSPECIFIED",
    "ALERT_STATE_NEW",
    "ALERT_STATE_LAPSED",
    "ALERT_STATE_REOPENED",
    "ALERT_STATE_CLAIMED",
    "ALERT_STATE_CONFIRMED",
    "ALERT_STATE_UNFOUNDED",
    "ALERT_STATE_CLOSED",
];

/// Parts of names that would weigh a child (V-13).
const WEIGHING: [&str; 12] = [
    "score",
    "rank",
    "weight",
    "colour",
    "color",
    "percent",
    "percentage",
    "priority",
    "level",
    "probability",
    "likelihood",
    "urgency",
];

/// V-14: a call that decides about a child, or a state that says so, would have to be argued for here, with
/// the recorded human reason that it needs.
#[test]
fn no_call_and_no_state_decides_about_a_child() {
    let files = files();
    let methods = files.iter().flat_map(|file| &file.service).flat_map(|service| &service.method);
    let calls: BTreeSet<_> = methods.map(|it| it.name()).collect();
    assert_eq!(calls, BTreeSet::from(CALLS));
    let lists = files.iter().flat_map(|file| &file.enum_type).filter(|it| it.name() == "AlertState");
    let states: Vec<_> = lists.flat_map(|list| &list.value).map(|it| it.name()).collect();
    assert_eq!(states, STATES);
}

fn values_of<T: ClosedList>(list: &str) -> Vec<String> {
    let prefix = crate::schema_style::prefix_of(list);
    let value = |code: &str| format!("{prefix}{}", code.to_uppercase().replace('-', "_"));
    let coded = T::ALL.iter().map(|it| value(it.code()));
    std::iter::once(format!("{prefix}UNSPECIFIED")).chain(coded).collect()
}

/// The reasons and outcomes of the schema are those of the rooms, number by number.
#[test]
fn closed_lists_are_the_same_in_the_schema_and_in_the_rooms() {
    let files = files();
    let lists = files.iter().flat_map(|file| &file.enum_type);
    let of: BTreeMap<_, Vec<_>> = lists
        .map(|list| {
            // Of these two numbers were added and left out over time.
            let may_skip = ["Reason", "Domain"].contains(&list.name());
            assert!(may_skip || (0..).zip(&list.value).all(|(at, it)| it.number() == at), "{}", list.name());
            (list.name(), list.value.iter().map(|it| it.name().to_owned()).collect())
        })
        .collect();
    for (name, values) in [
        ("ClaimReason", values_of::<case::ClaimReason>("ClaimReason")),
        ("ConfirmReason", values_of::<case::ConfirmReason>("ConfirmReason")),
        ("UnfoundedReason", values_of::<case::UnfoundedReason>("UnfoundedReason")),
        ("SecondReading", values_of::<case::SecondReading>("SecondReading")),
        ("Outcome", values_of::<case::Outcome>("Outcome")),
        ("Registration", values_of::<case::Registration>("Registration")),
        ("ChildView", values_of::<case::ChildView>("ChildView")),
        ("HandOverReason", values_of::<case::HandOverReason>("HandOverReason")),
        ("CheckReason", values_of::<case::CheckReason>("CheckReason")),
        ("ContactReason", values_of::<case::ContactReason>("ContactReason")),
        ("RightsKind", values_of::<rights::RightsKind>("RightsKind")),
        ("Verdict", values_of::<rights::Verdict>("Verdict")),
        ("RightsReason", values_of::<rights::RightsReason>("RightsReason")),
        ("FigureTable", values_of::<census::Table>("FigureTable")),
    ] {
        assert_eq!(of[name], values);
    }
}

/// V-13: an alert shows the numbers that met the rule, and no score, rank, colour or percentage.
#[test]
fn nothing_on_an_alert_weighs_a_child() {
    let fields = fields(&files());
    let weighing = fields.keys().filter(|name| parts(name).any(|part| WEIGHING.contains(&part.as_str())));
    none(&weighing.map(|name| format!("{name} weighs a child")).collect::<Vec<_>>());
    assert!(parts("Alert.riskScore").any(|part| WEIGHING.contains(&part.as_str())));
}

#[test]
fn a_new_field_is_found() {
    let mut found = fields(&files());
    found.insert("Signal.summary".to_owned(), "string".to_owned());
    assert_eq!(
        unargued(&found),
        ["Signal.summary (string) is not in tests/house/schema_fields.rs: argue for it"]
    );
    found.remove("Signal.summary");
    found.insert("Signal.month".to_owned(), "string".to_owned());
    assert_eq!(unargued(&found), ["Signal.month is string, and was argued for as uint32"]);
    for name in ["Signal.child_name", "Signal.birthDate", "DOMAIN_ETHNICITY", "Address", "ListedSignal.text"]
    {
        assert_eq!(named_after_a_person([name]).len(), 1, "{name}");
    }
    assert!(named_after_a_person(["Signal.message", "Alert.regions", "Withdrawal.tonnage"]).is_empty());
}
