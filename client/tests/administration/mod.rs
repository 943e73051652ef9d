//! Three administrators, each with a machine of their own, of whom two must sign.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests only"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use samenloop_client::clock::SystemClock;
use samenloop_client::key::{Purpose, Secret, seal};
use samenloop_core::clock::Clock as _;
use samenloop_core::value::Day;
use samenloop_manifest::note::{SigningKey, sign};
use samenloop_manifest::{Book, Publication, Signed, Statement, Subject, sha256, taxonomy_hash};

pub const ORIGIN: &str = "samenloop.example/test";
pub const ADMINISTRATORS: [(&str, u8); 3] = [("a", 1), ("b", 2), ("c", 3)];

pub fn today() -> Day {
    SystemClock::new().unwrap().today()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn signing_key(id: &str, seed: u8) -> SigningKey {
    SigningKey::from_seed(&format!("{ORIGIN}/{id}"), &[seed; 32]).unwrap()
}

/// What a command said and how it ended.
pub struct Said {
    pub status: i32,
    pub out: String,
    pub err: String,
}

/// The machines, in one directory.
pub struct Office {
    directory: tempfile::TempDir,
}

impl Office {
    /// With the first manifest in every book, issued so many days ago for so many days; additions act after so many
    /// hours.
    pub fn new(issued_ago: u32, days: u32, delay_hours: u32) -> Self {
        let office = Self { directory: tempfile::tempdir().unwrap() };
        let root = root_text(delay_hours);
        office.write("root.toml", &root);
        let issued = (0..4000)
            .map(|back| Day::parse("2020-01-01").unwrap().plus_days(back))
            .find(|day| day.days_until(today()) == Some(issued_ago))
            .unwrap();
        let body = body(&root, issued, days);
        for (id, seed) in ADMINISTRATORS {
            office.machine(id, seed, "[administrator]\nsign_key = '@/sign.key'\ncontributions = '@'\n");
        }
        office.machine("school", 9, "");
        let first = publication(1, &body, &[("a", 1), ("b", 2)]);
        for id in ["a", "b", "c", "school"] {
            office.book(id).add(&first).unwrap();
        }
        office
    }

    fn machine(&self, id: &str, seed: u8, table: &str) {
        std::fs::create_dir(self.path(id)).unwrap();
        let secret = Secret::make(&self.path(&format!("{id}/machine.secret"))).unwrap();
        seal(&self.path(&format!("{id}/sign.key")), Purpose::Sign, &[seed; 32], &secret).unwrap();
        let table = table.replace('@', id);
        self.write(
            &format!("{id}.toml"),
            &format!(
                "connection = '{id}'\nhub = '127.0.0.1:1'\nca = 'ca.pem'\ncertificate = 'cert.pem'\n\
                 key = '{id}/tls.key'\nsecret = '{id}/machine.secret'\nroot = 'root.toml'\n\
                 manifests = '{id}/manifests'\n{table}"
            ),
        );
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn book(&self, id: &str) -> Book {
        Book::open(&self.path("root.toml"), &self.path(&format!("{id}/manifests"))).unwrap()
    }

    pub fn newest(&self, id: &str) -> u64 {
        self.book(id).newest().unwrap().sequence()
    }

    /// Runs the command as this connection, in the directory of all.
    pub fn run(&self, id: &str, arguments: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_samenloop"));
        command.current_dir(self.directory.path()).args(arguments).arg("--config").arg(format!("{id}.toml"));
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { status: status.code().unwrap(), out: text(stdout), err: text(stderr) }
    }

    /// Runs what must go well.
    pub fn done(&self, id: &str, arguments: &[&str]) -> String {
        let said = self.run(id, arguments);
        assert_eq!(said.status, 0, "{arguments:?}: {}{}", said.out, said.err);
        said.out
    }

    /// Runs what must be refused, in one sentence that names these, with every file as it was.
    pub fn refused(&self, id: &str, arguments: &[&str], words: &[&str]) {
        let before = files(self.directory.path());
        let said = self.run(id, arguments);
        assert_eq!(said.status, 1, "{arguments:?}: {}", said.out);
        for word in words {
            assert!(said.err.contains(word), "{word}: {}", said.err);
        }
        assert!(said.err.len() < 700 && !said.err.contains("panicked"), "{}", said.err);
        assert_eq!(files(self.directory.path()), before, "{arguments:?} changed a file");
    }

    /// Writes a draft with one thing altered.
    pub fn altered(&self, draft: &str, from: &str, to: &str) -> String {
        let text = self.read(draft);
        assert!(text.contains(from), "{from}");
        let name = "altered.toml";
        self.write(name, &text.replacen(from, to, 1));
        name.to_owned()
    }
}

/// Every file with its content.
fn files(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

pub fn root_text(delay_hours: u32) -> String {
    let mut text = format!(
        "# Who may sign.\norigin = \"{ORIGIN}\"\nexchange = \"test\"\nsequence = 1\nk = 2\nn = 3\nm = 2\n\
         delay_of_additions_hours = {delay_hours}\n"
    );
    for (id, seed) in ADMINISTRATORS {
        let vkey = signing_key(id, seed).verifier().to_string();
        text +=
            &format!("[[administrators]]\nid = \"{id}\"\nvkey = \"{vkey}\"\norganisation = \"{seed:020}\"\n");
    }
    text
}

fn body(root: &str, issued: Day, days: u32) -> String {
    include_str!("manifest.toml")
        .replace("@root", &hex(&sha256(root.as_bytes())))
        .replace("@taxonomy", &hex(&taxonomy_hash()))
        .replace("@issued", &issued.to_string())
        .replace("@expires", &issued.plus_days(days).to_string())
        .replace("@until", &today().plus_days(300).to_string())
}

pub fn publication(sequence: u64, body: &str, signers: &[(&str, u8)]) -> Publication {
    let keys: Vec<_> = signers.iter().map(|(id, seed)| signing_key(id, *seed)).collect();
    let statement = Statement::of(ORIGIN, Subject::Manifest, sequence, body.as_bytes()).to_string();
    let note = sign(&statement, &keys.iter().collect::<Vec<_>>());
    Publication::new(Signed::new(body.to_owned(), note), None)
}
