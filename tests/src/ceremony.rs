//! The ceremony of docs/operating/rotate.md, run from its own text: three administrators on three machines.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Exchange, programs};

/// The page.
pub const TEXT: &str = include_str!("../../docs/operating/rotate.md");

const ADMINISTRATORS: [(&str, &str); 3] =
    [("Anna", "beheer-a"), ("Bilal", "beheer-b"), ("Chris", "beheer-c")];

/// The agencies of the kit.
pub const AGENCIES: [&str; 9] = [
    "school-west",
    "gemeente-west",
    "veilig-thuis-west",
    "politie-west",
    "coa-noord",
    "zorg-noord",
    "school-noord",
    "leerplicht-west",
    "riec-west",
];

/// A block of the page: who gives the commands, and the commands.
#[derive(Debug)]
pub struct Block {
    section: u32,
    who: &'static str,
    script: &'static str,
}

impl Block {
    /// Whether the page says who gives it, in a way that is understood here.
    #[must_use]
    pub fn is_somebody_s(&self) -> bool {
        let is_administrator = ADMINISTRATORS.iter().any(|it| it.0 == self.who);
        is_administrator || ["Elke organisatie", "De beheerder van de hub"].contains(&self.who)
    }
}

/// The blocks of commands under the numbered headings of the page.
#[must_use]
pub fn blocks() -> Vec<Block> {
    let mut blocks = Vec::new();
    for part in TEXT.split("\n## ").skip(1) {
        let Some(section) = part.split_once('.').and_then(|it| it.0.parse().ok()) else { continue };
        for block in part.split("\n```sh\n").skip(1) {
            let (code, _) = block.split_once("\n```").unwrap();
            let (who, script) = code.split_once('\n').unwrap();
            blocks.push(Block { section, who: who.strip_prefix("# ").unwrap(), script });
        }
    }
    blocks
}

/// The exchange, a machine for each administrator with nothing of anybody else on it, and what they pass on.
#[derive(Debug)]
pub struct Ceremony {
    /// The exchange.
    pub exchange: Exchange,
}

impl Ceremony {
    /// A kit with its hub.
    #[must_use]
    pub fn new() -> Self {
        let ceremony = Self { exchange: Exchange::start() };
        std::fs::create_dir(ceremony.shared()).unwrap();
        let kit = ceremony.exchange.kit_directory();
        for (_, id) in ADMINISTRATORS {
            let machine = ceremony.machine(id);
            std::fs::create_dir_all(&machine).unwrap();
            for file in [format!("{id}.toml"), "root.toml".to_owned(), "ca.pem".to_owned()] {
                std::fs::copy(kit.join(&file), machine.join(&file)).unwrap();
            }
            // Nobody else has this key any more.
            std::fs::rename(kit.join(id), machine.join(id)).unwrap();
        }
        ceremony
    }

    fn shared(&self) -> PathBuf {
        self.exchange.scratch().join("gedeeld")
    }

    fn machine(&self, id: &str) -> PathBuf {
        self.exchange.scratch().join("machines").join(id)
    }

    /// What Anna's machine says.
    #[must_use]
    pub fn anna(&self, arguments: &str) -> String {
        let machine = self.machine("beheer-a");
        self.script(&format!("samenloop {arguments}"), &machine.join("beheer-a.toml"), &machine)
    }

    fn script(&self, script: &str, config: &Path, here: &Path) -> String {
        let bin = programs().samenloop.parent().unwrap();
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", script])
            .env("PATH", path)
            .env("SAMENLOOP_CONFIG", config)
            .env("GEDEELD", self.shared())
            .env("HIER", here)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let (out, err) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(output.status.success(), "{}: {script}\n{out}{err}", config.display());
        out
    }

    /// Runs the blocks of a section, each by who gives it.
    ///
    /// # Panics
    /// When one of them fails.
    pub fn section(&mut self, section: u32) {
        let of_section: Vec<_> = blocks().into_iter().filter(|it| it.section == section).collect();
        assert!(!of_section.is_empty(), "section {section} has no commands");
        for block in of_section {
            let kit = self.exchange.kit_directory();
            if let Some((_, id)) = ADMINISTRATORS.iter().find(|it| it.0 == block.who) {
                let machine = self.machine(id);
                self.script(block.script, &machine.join(format!("{id}.toml")), &machine.join(id));
            } else if block.who == "Elke organisatie" {
                for id in AGENCIES {
                    self.script(block.script, &kit.join(format!("{id}.toml")), &kit.join(id));
                }
            } else {
                assert_eq!(block.who, "De beheerder van de hub");
                self.exchange.stop_hub();
                self.script(block.script, &kit.join("hub.toml"), &kit);
                self.exchange.start_hub();
            }
            if block.script.contains("publish") {
                self.exchange.two_ticks();
            }
        }
    }
}
