//! `samenloop key` as people run it: what it prints, and what it never does.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests only")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use samenloop_client::key::{Purpose, Secret, open};
use samenloop_core::value::Epoch;

const OIN: &str = "00000099000000000001";

struct Machine(tempfile::TempDir);

impl Machine {
    fn new(id: &str, table: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let text = format!(
            "connection = '{id}'\nhub = '127.0.0.1:7000'\nca = 'ca.pem'\ncertificate = 'cert.pem'\n\
             key = 'tls.key'\nsecret = 'machine.secret'\nroot = 'root.toml'\nmanifests = 'manifests'\n\
             {table}\n"
        );
        std::fs::write(directory.path().join("own.toml"), text).unwrap();
        Self(directory)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_samenloop"));
        command.args(arguments).arg("--config").arg(self.path("own.toml"));
        command.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full").output().unwrap()
    }

    fn key(&self, name: &str, purpose: Purpose) -> Vec<u8> {
        let secret = Secret::read(&self.path("machine.secret")).unwrap();
        open(&self.path(name), purpose, &secret).unwrap().to_vec()
    }
}

fn agency() -> Machine {
    Machine::new(
        "school-west",
        "[agency]\nreference_key = 'reference.key'\ndetails_key = 'details.key'\nepoch_keys = 'epochs'",
    )
}

const NEW: [&str; 10] =
    ["key", "new", "--epoch", "2", "--oin", OIN, "--exchange", "zhz", "--origin", "samenloop.example/zhz"];

fn told(output: &Output) -> String {
    let told = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8(told).unwrap()
}

#[test]
fn a_person_reads_what_to_back_up_and_what_never() {
    let machine = agency();
    let output = machine.run(&NEW);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = told(&output);
    let line = |word: &str, path: &str| {
        let start = format!("  {word:<6} {}: ", machine.path(path).display());
        text.lines().any(|it| it.starts_with(&start))
    };
    assert!(
        line("wel", "reference.key") && line("apart", "machine.secret") && line("nooit", "epochs"),
        "{text}"
    );
    // A program reads the same.
    let output = machine.run(&["key", "new", "--oin", OIN, "--json", "--exchange", "zhz", "--origin", "o"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["back_up"], serde_json::json!([machine.path("reference.key")]));
    assert_eq!(json["never_back_up"], serde_json::json!([machine.path("epochs")]));
    assert_eq!((json["made"].as_array().unwrap().len(), json["kept"].as_array().unwrap().len()), (0, 3));
}

/// Every encoding in which a key could stand in a text.
fn encodings(key: &[u8]) -> Vec<String> {
    use base64::Engine as _;
    let lower: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let list = format!("{key:?}");
    let base64 = base64::engine::general_purpose::STANDARD.encode(key);
    // Without the end, which depends on what follows.
    let base64 = base64.trim_end_matches('=')[..40].to_owned();
    vec![lower.to_uppercase(), lower, base64, list.trim_matches(['[', ']']).to_owned()]
}

fn holds_none(text: &str, keys: &[Vec<u8>]) {
    for encoded in keys.iter().flat_map(|key| encodings(key)) {
        assert!(!text.contains(&encoded), "a key was told");
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let (mut files, mut open) = (Vec::new(), vec![directory.to_owned()]);
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|it| it.unwrap().path()));
        } else {
            files.push(path);
        }
    }
    files
}

#[test]
fn no_output_and_no_file_but_the_secret_holds_a_key() {
    let agency = agency();
    let mut text = told(&agency.run(&NEW));
    // Once more, and refusals of every kind.
    text += &told(&agency.run(&NEW));
    text += &told(&agency.run(&["key", "new", "--lang", "en"]));
    text += &told(&agency.run(&["key", "contribute", "--epoch", "2"]));
    text += &told(&agency.run(&["signal", "push", "-"]));
    let keys = [
        agency.key("reference.key", Purpose::Reference),
        agency.key("details.key", Purpose::Details),
        agency.key("epochs/wrap-2.key", Purpose::Wrap(Epoch::new(2))),
        agency.key("tls.key", Purpose::Tls),
    ];
    holds_none(&text, &keys);
    let written = files(agency.0.path());
    assert_eq!(written.len(), 7, "{written:?}");
    for path in &written {
        holds_none(&std::fs::read_to_string(path).unwrap(), &keys);
    }
    // The search finds what is there.
    let secret = std::fs::read_to_string(agency.path("machine.secret")).unwrap();
    let bytes: Vec<u8> = (0..32)
        .map(|at| u8::from_str_radix(&secret.lines().nth(1).unwrap()[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    assert!(encodings(&bytes).iter().any(|it| secret.contains(it)));
    holds_none(&text, &[bytes]);
}

#[cfg(unix)]
#[test]
fn every_key_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let agency = agency();
    assert!(agency.run(&NEW).status.success());
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for name in ["machine.secret", "tls.key", "reference.key", "details.key", "epochs/wrap-2.key"] {
        assert_eq!(mode(&agency.path(name)), 0o600, "{name}");
    }
    assert_eq!(mode(&agency.path("epochs")), 0o700);
}

#[test]
fn a_refusal_is_a_sentence_and_status_1() {
    let agency = agency();
    for (arguments, word) in [
        (&["key", "new"][..], "root.toml"),
        (&["key", "new", "--exchange", "zhz", "--origin", "o"], "OIN"),
        (&["key", "contribute", "--epoch", "2"], "sleutelbeheerder"),
    ] {
        let output = agency.run(arguments);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(output.stdout.is_empty() && text.contains(word), "{text}");
    }
    assert_eq!(agency.run(&["key", "new", "--exchange", "zhz"]).status.code(), Some(2));
    assert_eq!(files(agency.0.path()).len(), 1, "only its configuration");
}
