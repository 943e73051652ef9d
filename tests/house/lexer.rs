//! Rust source without its comments and texts: enough of the grammar to tell code from what only looks like it.

/// The source with every comment, string and character literal blanked out; offsets and lines stay.
pub(crate) fn code_of(source: &str) -> String {
    let mut code: Vec<u8> = source.bytes().collect();
    let bytes = source.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_end(bytes, at);
        if end > at {
            code[at..end].iter_mut().filter(|it| **it != b'\n').for_each(|it| *it = b' ');
            at = end;
        } else {
            at += 1;
        }
    }
    String::from_utf8(code).expect("only whole literals were blanked")
}

/// The end of the comment or literal that begins at `at`; `at` itself when none does.
fn literal_end(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    let in_word = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    if rest.starts_with(b"//") {
        at + rest.iter().position(|it| *it == b'\n').unwrap_or(rest.len())
    } else if rest.starts_with(b"/*") {
        at + block_comment(rest)
    } else if rest[0] == b'"' {
        at + quoted(rest, b'"')
    } else if rest[0] == b'\'' {
        at + character(rest)
    } else if !in_word {
        at + raw(rest)
    } else {
        at
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// A character literal; 0 for a lifetime.
fn character(rest: &[u8]) -> usize {
    if rest.get(1) == Some(&b'\\') {
        return quoted(rest, b'\'');
    }
    let width = match rest.get(1) {
        Some(byte) if *byte < 0x80 => 1,
        Some(byte) if *byte < 0xe0 => 2,
        Some(byte) if *byte < 0xf0 => 3,
        Some(_) => 4,
        None => return 0,
    };
    if rest.get(1 + width) == Some(&b'\'') { width + 2 } else { 0 }
}

/// A raw string, `r"…"` or `r#"…"#`, with or without `b` or `c` before it; 0 when it is none.
fn raw(rest: &[u8]) -> usize {
    let prefix = usize::from(matches!(rest[0], b'b' | b'c'));
    if rest.get(prefix) != Some(&b'r') {
        return 0;
    }
    let hashes = rest[prefix + 1..].iter().take_while(|it| **it == b'#').count();
    let open = prefix + 1 + hashes;
    if rest.get(open) != Some(&b'"') {
        return 0;
    }
    let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
    let body = &rest[open + 1..];
    let end = body.windows(close.len()).position(|it| it == close).unwrap_or(body.len());
    (open + 1 + end + close.len()).min(rest.len())
}

#[test]
fn only_code_is_left() {
    let source = "let a = 'x'; // gone\nfn f<'a>(s: &'a str) { g(\"go\\\"ne\", b'\\'', r#\"go\"ne\"#) } /* /* gone */ gone */ here";
    let code = code_of(source);
    assert_eq!(code.len(), source.len());
    assert!(!code.contains("go"), "{code}");
    assert!(code.contains("fn f<'a>(s: &'a str) { g("), "{code}");
    assert!(code.ends_with("here"), "{code}");
    let name = "let var = br; let r = 1; 'é'";
    assert_eq!(code_of(name).trim_end(), "let var = br; let r = 1;");
}
