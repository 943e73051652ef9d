//! Documents by which the parties answer for the exchange (V-43): made from the verified manifest, the constants of the
//! code and, where it is asked for, the audit logs.
//!
//! They are in Dutch only: they name duties of Dutch and European law by their Dutch names. What the system cannot know
//! stands in them as a blank to be filled in by hand. Nothing of them is about one child.

mod activity;
mod arrangement;
mod dpia;
mod file;
mod incident;
mod leakage;
mod logged;
mod lost;
mod quarter;
mod register;
mod taking_part;
mod term;
#[cfg(test)]
mod tests;
mod untried;

use askama::Template;
use samenloop_core::manifest::Manifest;
use samenloop_core::value::Day;
use samenloop_manifest::Root;
use serde::Serialize;

use crate::hex::hex;
use crate::language::Language;

pub use arrangement::arrangement;
pub use dpia::dpia;
pub use file::save;
pub use incident::{Incident, incident};
pub use leakage::LEAKAGE_READ;
pub use logged::{LogFacts, Logged};
pub use lost::Lost;
pub use quarter::quarter;
pub use register::register;
pub use untried::THREATS_READ;

/// How manifests are signed, as the pinned root says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signing {
    /// SHA-256 of the root.
    pub root: [u8; 32],
    /// Administrators.
    pub administrators: usize,
    /// How many of them sign a manifest (k).
    pub needed: usize,
    /// How many contribute to an epoch key (m).
    pub contributions: usize,
    /// Hours before an addition acts.
    pub delay_hours: u32,
}

impl From<&Root> for Signing {
    fn from(root: &Root) -> Self {
        Self {
            root: *root.hash(),
            administrators: root.administrators().count(),
            needed: root.threshold(),
            contributions: root.contributions(),
            delay_hours: root.delay_of_additions_hours(),
        }
    }
}

/// What every document is made from.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'m> {
    /// The verified manifest that acts.
    pub manifest: &'m Manifest,
    /// How it was signed.
    pub signing: Signing,
    /// The day on which the document is made.
    pub today: Day,
}

/// A document, ready to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Template)]
#[template(path = "print/document.html")]
pub struct Document {
    code: &'static str,
    title: String,
    opening: Vec<String>,
    parts: Vec<Part>,
}

/// A part under its own heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Part {
    title: String,
    /// On a page of its own.
    is_apart: bool,
    blocks: Vec<Block>,
}

/// What a part consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Block {
    Text(String),
    Points(Vec<String>),
    Steps(Vec<String>),
    Table {
        head: Vec<String>,
        rows: Vec<Vec<String>>,
    },
    /// What no program knows: who fills it in, and what.
    Blank {
        who: String,
        what: String,
    },
}

impl Document {
    /// A document that says on its first lines from what it was made, so that it can be checked.
    fn new(title: &str, ground: &Ground<'_>, parts: Vec<Part>) -> Self {
        let Ground { manifest, signing, today } = ground;
        let made = format!(
            "Gemaakt op {} uit manifest {} van uitwisseling {}, geschreven op {} en geldig tot en met {}.",
            Language::Nl.day(*today),
            manifest.sequence(),
            manifest.exchange(),
            Language::Nl.day(manifest.issued()),
            Language::Nl.day(manifest.expires()),
        );
        let mut opening = vec![
            made,
            format!(
                "Vingerafdruk van het manifest (SHA-256): {}. Vingerafdruk van de root: {}. Het manifest is getekend door ten minste {} van de {} sleutelbeheerders; dat is bij het maken van dit stuk nagerekend. Wie dit wil nagaan: samenloop manifest show --json, bij acting_sha256.",
                hex(manifest.hash()),
                hex(&signing.root),
                signing.needed,
                signing.administrators,
            ),
        ];
        if !manifest.is_current(*today) {
            opening.push(
                "Let op: dit manifest is verlopen. Onder dit manifest neemt de hub geen signalen meer aan."
                    .into(),
            );
        }
        if signing.needed < 2 {
            opening.push("Let op: één sleutelbeheerder tekent hier alleen. Deze uitwisseling is alleen voor verzonnen gegevens.".into());
        }
        Self { code: "nl", title: title.to_owned(), opening, parts }
    }

    /// As plain text, laid out as Markdown.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("# {}\n\n{}\n", self.title, self.opening.join("\n\n"));
        for part in &self.parts {
            text += &format!("\n## {}\n", part.title);
            part.blocks.iter().for_each(|block| text += &format!("\n{}", block.text()));
        }
        text
    }

    /// As a page to print.
    #[must_use]
    pub fn html(&self) -> String {
        // Writing into a string cannot fail.
        self.render().unwrap_or_default()
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::json!(self).to_string()
    }
}

impl Block {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => format!("{}\n", one_line(text)),
            Self::Points(points) => points.iter().map(|it| format!("- {}\n", one_line(it))).collect(),
            Self::Steps(steps) => {
                (1..).zip(steps).map(|(at, it): (u32, _)| format!("{at}. {}\n", one_line(it))).collect()
            }
            Self::Table { head, rows } => {
                let rule: Vec<_> = head.iter().map(|_| "---".to_owned()).collect();
                [head, &rule].into_iter().chain(rows).map(|it| row(it)).collect()
            }
            Self::Blank { who, what } => format!("[In te vullen door {who}: {what}]\n"),
        }
    }
}

/// A row of a table. What the manifest says in words could hold what parts two cells.
fn row(cells: &[String]) -> String {
    let cells: Vec<_> = cells.iter().map(|it| one_line(it).replace('|', "/")).collect();
    format!("| {} |\n", cells.join(" | "))
}

fn one_line(text: &str) -> String {
    text.replace(|letter: char| letter.is_control(), " ")
}

fn part(title: &str, blocks: Vec<Block>) -> Part {
    Part { title: title.to_owned(), is_apart: false, blocks }
}

fn text(text: impl Into<String>) -> Block {
    Block::Text(text.into())
}

fn blank(who: &str, what: &str) -> Block {
    Block::Blank { who: who.to_owned(), what: what.to_owned() }
}

fn points<T: Into<String>>(points: impl IntoIterator<Item = T>) -> Block {
    Block::Points(points.into_iter().map(Into::into).collect())
}

fn steps<T: Into<String>>(steps: impl IntoIterator<Item = T>) -> Block {
    Block::Steps(steps.into_iter().map(Into::into).collect())
}

fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> Block {
    Block::Table { head: head.map(str::to_owned).to_vec(), rows: rows.into_iter().map(Vec::from).collect() }
}
