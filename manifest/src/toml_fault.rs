//! What is wrong with a TOML text, and where: never what stands there, as somebody may have pasted a secret.

use std::ops::Range;

/// Characters that the name of a field of ours may have; what is longer is shown to nobody.
const MAX_NAME_LEN: usize = 32;

/// `line L, column C: what is wrong`, from a fault's place in bytes and its message; without a place, only what.
#[must_use]
pub fn toml_fault(text: &str, span: Option<Range<usize>>, message: &str) -> String {
    let what = without_content(message);
    let Some(before) = span.and_then(|it| text.get(..it.start)) else { return what };
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}: {what}")
}

/// serde quotes the value that it met, and what it expected after that; the reader of TOML itself quotes nothing.
fn without_content(message: &str) -> String {
    let message = message.trim_end();
    // After the last "expected" come the names of our own fields.
    if let Some((name, _)) =
        message.strip_prefix("unknown field `").and_then(|it| it.rsplit_once("`, expected "))
        && is_name(name)
    {
        return message.to_owned();
    }
    let is_quoting = ["invalid ", "unknown "].iter().any(|it| message.starts_with(it));
    match message.rsplit_once(", expected ") {
        Some((_, expected)) if is_quoting => format!("expected {expected}"),
        None if is_quoting => "a value that does not belong here".to_owned(),
        Some(_) | None => message.to_owned(),
    }
}

/// Whether a text can be the name of a field, and is no secret by its looks.
fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME_LEN && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only its faults matter")]
    struct Small {
        path: String,
        number: Option<u32>,
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Some,
    }

    fn fault(text: &str) -> String {
        let fault = toml::from_str::<Small>(text).unwrap_err();
        toml_fault(text, fault.span(), fault.message())
    }

    #[test]
    fn a_fault_names_line_and_column_and_what_is_wrong() {
        assert_eq!(fault("path = 'a'\n\nnumber = 'b'\n"), "line 3, column 10: expected u32");
        assert_eq!(
            fault("path = 'a'\nsurprise = 1\n"),
            "line 2, column 1: unknown field `surprise`, expected one of `path`, `number`, `kind`"
        );
        assert!(fault("number = 1\n").contains("missing field `path`"));
        assert!(fault("path = 'a'\npath = 'b'\n").starts_with("line 2, column 1: duplicate key"));
    }

    #[test]
    fn nothing_that_stands_in_the_text_is_repeated() {
        const SECRET: &str = "5f4dcc3b5aa765d61d8327deb882cf99";
        for text in [
            format!("path = '{SECRET}"),
            SECRET.to_owned(),
            format!("path = {SECRET}"),
            format!("path = 'a'\n{SECRET} = 1"),
            format!("path = 'a'\n'a`{SECRET}' = 1"),
            format!("path = 'a'\n'a`, expected {SECRET}' = 1"),
            format!("path = 'a'\nnumber = '{SECRET}'"),
            format!("path = 'a'\nkind = '{SECRET}'"),
            format!("path = 'a'\nkind = ', expected {SECRET}'"),
            format!("path = 'a'\nkind = {{ {SECRET} = 1 }}"),
            format!("path = 'a'\n[{SECRET}]\nx = 1"),
            format!("path = \"\\q{SECRET}\""),
            format!("{SECRET} = 1\n{SECRET} = 1"),
        ] {
            let told = fault(&text);
            assert!(!told.contains(&SECRET[..8]) && told.starts_with("line "), "{text}: {told}");
        }
    }
}
