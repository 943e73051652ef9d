//! A second language recomputes the vectors from `docs/protocol.md`, and notices when one is wrong.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/interop/check_vectors.py");
const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/protocol-v1.json");

/// What the script says of a file; `None` on a machine without Python, which CI must not be.
fn checked(vectors: &Path) -> Option<Output> {
    match Command::new("python3").arg(SCRIPT).arg(vectors).output() {
        Ok(output) => Some(output),
        Err(fault) if fault.kind() == ErrorKind::NotFound && std::env::var_os("CI").is_none() => {
            // Past the test harness, which would keep it for itself.
            let _ = writeln!(std::io::stderr(), "SKIPPED; missing: python3");
            None
        }
        Err(fault) => panic!("python3 does not run: {fault}"),
    }
}

fn last_line(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().to_owned()
}

#[test]
fn a_second_language_agrees_with_the_vectors() {
    let Some(output) = checked(Path::new(VECTORS)) else { return };
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    let passed = last_line(&output).strip_suffix(" passed, 0 failed").map(str::parse::<u32>);
    assert!(matches!(passed, Some(Ok(1..))), "{told}");
}

#[test]
fn a_second_language_notices_one_wrong_vector_of_every_group() {
    let whole: Value = serde_json::from_str(&std::fs::read_to_string(VECTORS).unwrap()).unwrap();
    for (at, place) in [
        "/pseudonym/0/canonical",
        "/pseudonym/1/message",
        "/pseudonym/1/identity_secret_Y",
        "/pseudonym/2/pseudonym_P",
        "/pseudonym/2/hub_index_h1",
        "/pseudonym/0/hub_index_h1_rewrapped",
        "/pseudonym/0/hub_row_key",
        "/parameters/K_e",
        "/parameters/contributions/1/value",
        "/contribution_commitments/1/sha256",
        "/signal_reference/reference",
        "/details_key/key",
        "/rfc/rfc4231/2/hmac_sha256",
        "/rfc/rfc6962_eight_leaf_root",
        "/log/root",
        "/log/leaf_data/4",
        "/manifest_note/body",
        "/manifest_note/vkeys/1",
        "/manifest_note/origin",
        "/log/witness_vkey",
    ]
    .into_iter()
    .enumerate()
    {
        let mut wrong = whole.clone();
        let value = wrong.pointer_mut(place).unwrap_or_else(|| panic!("no vector {place}"));
        *value = json!(changed(value.as_str().unwrap()));
        refused(&wrong, &format!("wrong-{at}"), place);
    }
}

#[test]
fn a_second_language_notices_a_group_without_vectors() {
    let whole: Value = serde_json::from_str(&std::fs::read_to_string(VECTORS).unwrap()).unwrap();
    for (name, emptied) in [("pseudonym", json!([])), ("contribution_commitments", json!([]))] {
        let mut wrong = whole.clone();
        *wrong.get_mut(name).unwrap() = emptied;
        refused(&wrong, &format!("empty-{name}"), name);
    }
    let mut negative = whole;
    *negative.pointer_mut("/negative/0/input").unwrap() = json!("111222333");
    refused(&negative, "taken", "an identifier that must be refused");
}

#[test]
fn the_page_has_every_label_that_is_hashed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = std::fs::read_to_string(root.join("docs/protocol.md")).unwrap();
    let sources = ["epoch_key.rs", "contribution.rs"].map(|name| root.join("pseudonym/src").join(name));
    for source in sources.into_iter().chain([PathBuf::from(SCRIPT)]) {
        let text = std::fs::read_to_string(&source).unwrap();
        let labels: Vec<_> =
            text.split('"').filter(|it| it.starts_with("samenloop/v1/") && !it.contains(' ')).collect();
        assert!(labels.len() >= 2, "{} hashes nothing", source.display());
        for label in labels {
            assert!(page.contains(&format!("\"{label}\"")), "docs/protocol.md lacks {label}");
        }
    }
}

/// The text with one of its digits or letters, near the end, replaced by another.
fn changed(text: &str) -> String {
    let at = text.rfind(|it: char| it.is_ascii_hexdigit() && it != '0').unwrap();
    let (before, rest) = text.split_at(at);
    let other = if rest.starts_with('1') { '2' } else { '1' };
    format!("{before}{other}{}", rest.get(1..).unwrap_or_default())
}

fn refused(vectors: &Value, name: &str, what: &str) {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("vectors-{name}.json"));
    std::fs::write(&file, vectors.to_string()).unwrap();
    let Some(output) = checked(&file) else { return };
    let last = last_line(&output);
    assert_eq!(output.status.code(), Some(1), "{what} was changed and the script says {last}");
    assert!(last.ends_with(" failed") && !last.ends_with(" 0 failed"), "{what}: {last}");
}
