//! Faults of the TOML reader, in Dutch: the line, the column, and what was expected; never what stands there.

/// What the fields of a manifest expect, in Dutch.
const EXPECTED: [(&str, &str); 9] = [
    ("64 hexadecimal digits (0-9, a-f)", "64 hexadecimale tekens (0-9, a-f)"),
    ("96 hexadecimal digits (0-9, a-f)", "96 hexadecimale tekens (0-9, a-f)"),
    ("an OIN of 20 digits", "een OIN van 20 cijfers"),
    ("a DNS name in lower case", "een DNS-naam in kleine letters"),
    ("a day, YYYY-MM-DD, in quotes", "een dag, JJJJ-MM-DD, tussen aanhalingstekens"),
    (
        "a name of 1 to 32 characters a-z, 0-9 or '-', starting with a letter",
        "een naam van 1 tot 32 tekens a-z, 0-9 of '-', die met een letter begint",
    ),
    ("a domain of domains.csv, such as onderwijs", "een domein van domains.csv, zoals onderwijs"),
    ("a code of the taxonomy, such as A17", "een code van de codelijst, zoals A17"),
    (
        "an Ed25519 verifier key: <name>+<key id>+<base64>, as `vkey` prints it",
        "een Ed25519-sleutel: <naam>+<sleutelnummer>+<base64>",
    ),
];

/// A fault of the form `line L, column C: what is wrong` ([`samenloop_manifest::toml_fault`]). What has no Dutch here
/// keeps its English.
#[must_use]
pub(crate) fn dutch(text: &str) -> String {
    let text = text.trim_end();
    let place = text.strip_prefix("line ").and_then(|it| it.split_once(", column "));
    let place = place.and_then(|(line, rest)| Some((line, rest.split_once(": ")?)));
    match place {
        Some((line, (column, what))) => format!("Regel {line}, teken {column}: {}.", message(what)),
        None => format!("Hier klopt iets niet: {}.", message(text)),
    }
}

fn message(what: &str) -> String {
    if let Some(expected) = what.strip_prefix("expected ") {
        return match EXPECTED.iter().find(|(english, _)| *english == expected) {
            Some((_, dutch)) => format!("hier hoort {dutch}"),
            None => format!("hier hoort iets anders ({what})"),
        };
    }
    let field = |start: &str| what.strip_prefix(start).and_then(|it| it.split('`').next());
    if let Some(field) = field("missing field `") {
        return format!("het veld {field} ontbreekt. Vul het in bij de lijst die hier begint");
    }
    if let Some(field) = field("unknown field `") {
        return format!("het veld {field} bestaat niet");
    }
    if what.starts_with("duplicate key") {
        return "dit veld staat er twee keer in".to_owned();
    }
    if what.starts_with("invalid basic string") {
        return "de tekst tussen aanhalingstekens houdt niet op".to_owned();
    }
    what.to_owned()
}
