//! Who signed, and what exactly (protocol.md P-20, P-21).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests only")]

mod support;

use samenloop_manifest::note::{Note, NoteFault, SigningKey, VerifierKey, VerifierKeyFault, sign};
use samenloop_manifest::{OpenFault, Root, RootFault, Statement, StatementFault, Subject, open, sha256};
use support::{ORIGIN, body, key, note, root, root_text};

fn vectors() -> serde_json::Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/protocol-v1.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn vector_root(k: usize) -> Root {
    let vectors = vectors();
    let note = &vectors["manifest_note"];
    let mut text = format!(
        "origin = {}\nexchange = \"zhz\"\nsequence = 1\nk = {k}\nn = 2\nm = 2\ndelay_of_additions_hours = 72\n",
        note["origin"]
    );
    for (at, id) in ["admin-a", "admin-b"].into_iter().enumerate() {
        let vkey = &note["vkeys"][at];
        text += &format!("[[administrators]]\nid = \"{id}\"\nvkey = {vkey}\norganisation = \"{at:020}\"\n");
    }
    Root::parse(&text).unwrap()
}

fn vector_note() -> String {
    vectors()["manifest_note"]["note"].as_str().unwrap().to_owned()
}

#[test]
fn the_note_of_the_vectors_verifies_with_two_keys() {
    let statement = vector_root(2).verify(Subject::Manifest, &vector_note()).unwrap();
    assert_eq!((statement.origin(), statement.sequence()), ("samenloop.example/zhz", 42));
    assert_eq!(*statement.body_hash(), sha256(b"manifest body bytes"));
}

#[test]
fn signing_gives_the_note_of_the_vectors_byte_for_byte() {
    let sign_with =
        |id: &str, seed| SigningKey::from_seed(&format!("samenloop.example/zhz/{id}"), &[seed; 32]).unwrap();
    let (a, b) = (sign_with("admin-a", 1), sign_with("admin-b", 2));
    let statement = Statement::of("samenloop.example/zhz", Subject::Manifest, 42, b"manifest body bytes");
    assert_eq!(sign(&statement.to_string(), &[&a, &b]), vector_note());
    assert_eq!(a.verifier().to_string(), vectors()["manifest_note"]["vkeys"][0].as_str().unwrap());
}

#[test]
fn two_lines_by_one_administrator_count_once() {
    let (text, body) = (key("a", 1), body(2));
    let twice = note(&body, &[&text, &text]);
    let fault = open(&root(2), &twice, body.as_bytes()).unwrap_err();
    assert_eq!(fault, OpenFault::Statement(StatementFault::TooFew { signed: 1, needed: 2 }));
    assert!(open(&root(2), &note(&body, &[&text, &key("b", 2)]), body.as_bytes()).is_ok());
}

#[test]
fn a_bad_signature_by_a_known_key_rejects_the_whole_note() {
    let body = body(2);
    let (a, b, c) = (key("a", 1), key("b", 2), key("c", 3));
    // A third line, by a key of the root, over another text: the first two alone would do.
    let other = note("another body", &[&c]);
    let line = other.lines().last().unwrap();
    let altered = format!("{}{line}\n", note(&body, &[&a, &b]));
    let fault = root(2).verify(Subject::Manifest, &altered).unwrap_err();
    assert_eq!(fault, StatementFault::Note(NoteFault::BadSignature(format!("{ORIGIN}/c"))));
}

#[test]
fn a_signature_of_another_length_by_a_known_key_rejects_the_whole_note() {
    let body = body(1);
    let signed = note(&body, &[&key("a", 1)]);
    // The key id of c, and twenty bytes instead of sixty-four.
    let id = key("c", 3).verifier().id();
    let short = base64(&[&id[..], &[0; 20]].concat());
    let fault =
        root(1).verify(Subject::Manifest, &format!("{signed}\u{2014} {ORIGIN}/c {short}\n")).unwrap_err();
    assert_eq!(fault, StatementFault::Note(NoteFault::BadSignature(format!("{ORIGIN}/c"))));
}

#[test]
fn unknown_signers_are_passed_over_and_count_for_nothing() {
    let body = body(2);
    let stranger = key("stranger", 9);
    // The name of an administrator, with a key that is not theirs, is a stranger too.
    let impostor = key("b", 8);
    let signed = note(&body, &[&key("a", 1), &stranger, &impostor]);
    let fault = root(2).verify(Subject::Manifest, &signed).unwrap_err();
    assert_eq!(fault, StatementFault::TooFew { signed: 1, needed: 2 });
    // A witness writes another kind of signature, of another length.
    let witness = base64(&[7; 76]);
    let with_witness =
        format!("{}\u{2014} witness.example/w1 {witness}\n", note(&body, &[&key("a", 1), &key("b", 2)]));
    assert!(root(2).verify(Subject::Manifest, &with_witness).is_ok());
}

#[test]
fn a_signature_does_not_serve_another_text_or_body() {
    let body = body(1);
    let signed = note(&body, &[&key("a", 1)]);
    let altered = signed.replacen("\n1\n", "\n2\n", 1);
    assert!(matches!(
        root(1).verify(Subject::Manifest, &altered),
        Err(StatementFault::Note(NoteFault::BadSignature(_)))
    ));
    let other = format!("{body}# one more line\n");
    assert_eq!(open(&root(1), &signed, other.as_bytes()).unwrap_err(), OpenFault::OtherBody);
}

#[test]
fn an_unsigned_body_is_never_read() {
    // Not even TOML: were it parsed first, the fault would tell.
    let signed = note("not toml at all [", &[&key("stranger", 9)]);
    let fault = open(&root(1), &signed, b"not toml at all [").unwrap_err();
    assert!(matches!(fault, OpenFault::Statement(StatementFault::TooFew { .. })), "{fault}");
}

#[test]
fn a_well_signed_text_that_is_no_statement_is_refused() {
    let (a, hash) = (key("a", 1), "DTZNKlTCi0IT1+hsApRksTt59VDttOlNXuPxQSgfsP8=");
    let text = |text: &str| root(1).verify(Subject::Manifest, &sign(text, &[&a])).unwrap_err();
    for wrong in [
        format!("{ORIGIN}/log\n1\n{hash}\n"),
        format!("{ORIGIN}/manifest\n01\n{hash}\n"),
        format!("{ORIGIN}/manifest\n+1\n{hash}\n"),
        format!("{ORIGIN}/manifest\n1\n{hash}\nand more\n"),
        format!("{ORIGIN}/manifest\n1\nDTZNKg==\n"),
    ] {
        assert_eq!(text(&wrong), StatementFault::Text, "{wrong}");
    }
    let elsewhere = StatementFault::OtherOrigin { expected: ORIGIN.into() };
    assert_eq!(text(&format!("samenloop.example/other/manifest\n1\n{hash}\n")), elsewhere);
}

#[test]
fn only_the_form_of_a_note_is_a_note() {
    let good = note(&body(1), &[&key("a", 1)]);
    assert!(Note::parse(&good).is_ok());
    let form = |note: &str| Note::parse(note).err();
    assert_eq!(form(""), Some(NoteFault::Form));
    assert_eq!(form(good.trim_end()), Some(NoteFault::Form));
    assert_eq!(form(&good.replace("\n\n", "\n")), Some(NoteFault::Form));
    assert_eq!(form(&good.replace('\n', "\r\n")), Some(NoteFault::Form));
    assert_eq!(form(&good.replace('\u{2014}', "-")), Some(NoteFault::Line(1)));
    assert_eq!(form(&format!("{good}nonsense\n")), Some(NoteFault::Line(2)));
    assert_eq!(form(&"x".repeat(70_000)), Some(NoteFault::Size));
}

#[test]
fn only_a_key_that_is_whole_is_a_key() {
    let good = key("a", 1).verifier().to_string();
    assert_eq!(VerifierKey::parse(&good).unwrap(), *key("a", 1).verifier());
    let renamed = good.replace("/a+", "/b+");
    assert_eq!(VerifierKey::parse(&renamed), Err(VerifierKeyFault::KeyId));
    // A witness key (type 0x04) is none that signs manifests.
    let witness = vectors()["log"]["witness_vkey"].as_str().unwrap().to_owned();
    for text in ["", "name", "name+00000000", &witness, &good.replace("test/a", "te st/a")] {
        assert_eq!(VerifierKey::parse(text), Err(VerifierKeyFault::Form), "{text}");
    }
}

#[test]
fn a_root_keeps_its_bounds() {
    let refused = |from: &str, to: &str| {
        let text = root_text(2);
        assert!(text.contains(from), "{from}");
        Root::parse(&text.replacen(from, to, 1)).unwrap_err()
    };
    assert!(matches!(refused("k = 2", "k = 0"), RootFault::Bound(_)));
    assert!(matches!(refused("k = 2", "k = 4"), RootFault::Bound(_)));
    assert!(matches!(refused("n = 3", "n = 4"), RootFault::Bound(_)));
    assert!(matches!(refused("m = 2", "m = 1"), RootFault::Bound(_)));
    assert!(matches!(refused("sequence = 1", "sequence = 0"), RootFault::Bound(_)));
    assert!(matches!(refused("id = \"b\"", "id = \"a\""), RootFault::Twice(_)));
    assert!(matches!(refused("id = \"b\"", "id = \"d\""), RootFault::KeyName { .. }));
    let unknown = refused("k = 2", "k = 2\nsurprise = 1").to_string();
    assert!(unknown.contains("line 5") && unknown.contains("surprise"), "{unknown}");
    let mistyped =
        refused("vkey = \"samenloop.example/test/c", "vkey = \"samenloop.example/test/x").to_string();
    assert!(mistyped.contains("line 18"), "{mistyped}");
}

#[test]
fn one_person_under_two_names_is_refused() {
    let second = key("b", 2).verifier().to_string();
    let same = key("b", 1).verifier().to_string();
    let text = root_text(2).replace(&second, &same);
    assert_eq!(Root::parse(&text).unwrap_err(), RootFault::Twice("b".into()));
}

#[test]
fn no_organisation_signs_alone_where_more_than_one_must() {
    let oins = |text: String| text.replace(&format!("{:020}", 2), &format!("{:020}", 1));
    let fault = Root::parse(&oins(root_text(2))).unwrap_err();
    assert_eq!(fault, RootFault::OneOrganisationSignsAlone(format!("{:020}", 1)));
    // Two keys of one organisation are k - 1 of three.
    assert!(Root::parse(&oins(root_text(3))).is_ok());
    // With k = 1 whoever signs, signs alone: such a root says so of itself.
    assert!(root(1).is_for_development());
    assert!(!root(2).is_for_development());
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
