//! Faults of the TOML reader, in Dutch: the line, the column, and what was expected.

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

/// A fault of the TOML reader, of the form `TOML parse error at line L, column C`, the line itself, and what is wrong.
/// What has no Dutch here keeps its English.
#[must_use]
pub(crate) fn dutch(text: &str) -> String {
    let place = text.lines().next().and_then(|it| it.strip_prefix("TOML parse error at line "));
    let place = place.and_then(|it| it.split_once(", column "));
    let what = text.trim_end().lines().last().unwrap_or_default();
    let shown = text.lines().find_map(|it| it.split_once(" | ").map(|(_, line)| line.trim()));
    let what = message(what);
    match (place, shown) {
        (Some((line, column)), Some(shown)) => {
            format!("Regel {line}, teken {column}: {what}. Daar staat: {shown}")
        }
        (Some((line, column)), None) => format!("Regel {line}, teken {column}: {what}."),
        (None, _) => format!("Het bestand is niet te lezen: {what}."),
    }
}

fn message(what: &str) -> String {
    if let Some((_, dutch)) =
        what.strip_prefix("expected ").and_then(|it| EXPECTED.iter().find(|(english, _)| *english == it))
    {
        return format!("hier hoort {dutch}");
    }
    let field = |start: &str| what.strip_prefix(start).and_then(|it| it.split('`').next());
    if let Some(field) = field("missing field `") {
        return format!("het veld {field} ontbreekt. Vul het in bij de lijst die hier begint");
    }
    if let Some(field) = field("unknown field `") {
        return format!("het veld {field} bestaat niet");
    }
    if let Some(variant) = field("unknown variant `") {
        return format!("{variant} bestaat hier niet");
    }
    if what.starts_with("duplicate key") {
        return "dit veld staat er twee keer in".to_owned();
    }
    if what.starts_with("invalid basic string") {
        return "de tekst tussen aanhalingstekens houdt niet op".to_owned();
    }
    what.to_owned()
}
