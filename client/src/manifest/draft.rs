//! Drafts: files that people edit before they sign them.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use samenloop_core::manifest::Manifest;
use samenloop_core::value::Day;
use samenloop_manifest::{Book, BookFault, MAX_DAYS, OpenFault, Root, RootFault, toml_fault};
use toml_edit::{DocumentMut, Item, Value};

use super::{line_of, note_path};
use crate::hex::hex;
use crate::language::{Language, Say, cause};

/// Why a draft cannot be used. Nothing changed.
#[derive(Debug, thiserror::Error)]
pub enum DraftFault {
    /// The file cannot be read or written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is a file of that name.
    #[error("{} is there already, and is left as it is: give another name, or remove it yourself", .0.display())]
    Present(PathBuf),
    /// Nothing to start from.
    #[error("the book holds no manifest yet: import the newest, or write the first one by hand")]
    NoneYet,
    /// The book would refuse it.
    #[error("{path}{}: {fault}", line.map(|it| format!(", line {it}")).unwrap_or_default(), path = path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// The line, where there is one and the fault does not say it.
        line: Option<usize>,
        /// Why.
        fault: Box<BookFault>,
    },
    /// A root that is none.
    #[error("{path}: {fault}", path = path.display())]
    Root {
        /// The file.
        path: PathBuf,
        /// Why.
        fault: RootFault,
    },
    /// Its last day is over.
    #[error("{path}: expires is {day}, which is over; issue it anew", path = path.display())]
    Expired {
        /// The file.
        path: PathBuf,
        /// The last day.
        day: Day,
    },
    /// It would be issued later than now.
    #[error("{path}: issued is {day}, which is still to come; is the clock of this machine right?", path = path.display())]
    Early {
        /// The file.
        path: PathBuf,
        /// The day.
        day: Day,
    },
}

impl Say for DraftFault {
    fn say(&self, language: Language) -> String {
        if language == Language::En {
            let fault = self.to_string();
            return format!("{}.", fault.trim_end().trim_end_matches('.'));
        }
        match self {
            Self::Io { path, source } => format!(
                "Het bestand {} is niet te lezen of te schrijven: {}.",
                path.display(),
                cause(source, language)
            ),
            Self::Present(path) => format!(
                "Het bestand {} is er al en blijft zoals het is. Geef een andere naam, of haal het zelf weg.",
                path.display()
            ),
            Self::NoneYet => {
                "Er is nog geen manifest. Neem het nieuwste over met: samenloop manifest import BESTAND. Is er nog nergens een, schrijf het eerste dan zelf.".into()
            }
            Self::Refused { path, line, fault } => {
                let line = line.map(|it| format!(", regel {it}")).unwrap_or_default();
                format!("{}{line}: {}", path.display(), fault.say(language))
            }
            Self::Root { path, fault } => format!("{}: {}", path.display(), fault.say(language)),
            Self::Expired { path, day } => format!(
                "{}: expires is {}, en dat is voorbij. Zet issued op vandaag en expires hoogstens {MAX_DAYS} dagen later.",
                path.display(),
                language.day(*day)
            ),
            Self::Early { path, day } => format!(
                "{}: issued is {}, en dat moet nog komen. Kijk of de klok van deze computer goed staat.",
                path.display(),
                language.day(*day)
            ),
        }
    }
}

/// A file that people edit, read once.
#[derive(Debug, Clone)]
pub struct Draft {
    path: PathBuf,
    body: String,
}

impl Draft {
    /// Reads a draft.
    ///
    /// # Errors
    /// [`DraftFault::Io`].
    pub fn read(path: &Path) -> Result<Self, DraftFault> {
        let body = std::fs::read_to_string(path)
            .map_err(|source| DraftFault::Io { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), body })
    }

    /// A draft of this text, to be written to this file.
    #[must_use]
    pub const fn new(path: PathBuf, body: String) -> Self {
        Self { path, body }
    }

    /// Its file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its text.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The file with its signatures.
    #[must_use]
    pub fn note_path(&self) -> PathBuf {
        note_path(&self.path)
    }

    /// Whether it is a root, not a manifest.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.document().is_ok_and(|it| it.contains_key("administrators"))
    }

    /// The root that it says.
    ///
    /// # Errors
    /// [`DraftFault::Root`].
    pub fn root(&self) -> Result<Root, DraftFault> {
        Root::parse(&self.body).map_err(|fault| DraftFault::Root { path: self.path.clone(), fault })
    }

    /// The manifest that it says, if a book takes it once it is signed. With `new_root`, under that root.
    ///
    /// # Errors
    /// [`DraftFault`] with the line where there is one.
    pub fn check(&self, book: &Book, new_root: Option<&Root>, today: Day) -> Result<Manifest, DraftFault> {
        let manifest = book.check_body(&self.body, new_root).map_err(|fault| self.refused(fault))?;
        let path = || self.path.clone();
        if !manifest.is_current(today) {
            return Err(DraftFault::Expired { path: path(), day: manifest.expires() });
        }
        if manifest.issued() > today {
            return Err(DraftFault::Early { path: path(), day: manifest.issued() });
        }
        Ok(manifest)
    }

    pub(crate) fn refused(&self, fault: BookFault) -> DraftFault {
        let line = line_of(&fault, &self.body);
        DraftFault::Refused { path: self.path.clone(), line, fault: Box::new(fault) }
    }

    /// Its text as a document that keeps comments and order.
    pub(crate) fn document(&self) -> Result<DocumentMut, DraftFault> {
        document(&self.body).map_err(|fault| self.refused(fault))
    }

    /// Writes its text to a file that is not there yet.
    ///
    /// # Errors
    /// [`DraftFault::Present`], [`DraftFault::Io`].
    pub fn create(&self) -> Result<(), DraftFault> {
        let io = |source: io::Error| {
            let path = self.path.clone();
            let is_there = source.kind() == io::ErrorKind::AlreadyExists;
            if is_there { DraftFault::Present(path) } else { DraftFault::Io { path, source } }
        };
        let mut file = OpenOptions::new().write(true).create_new(true).open(&self.path).map_err(io)?;
        file.write_all(self.body.as_bytes()).and_then(|()| file.sync_all()).map_err(io)
    }

    /// Writes its text over its file, whole or not at all.
    ///
    /// # Errors
    /// [`DraftFault::Io`].
    pub fn replace(&self) -> Result<(), DraftFault> {
        replace(&self.path, &self.body)
    }
}

/// Writes a public file, whole or not at all.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), DraftFault> {
    let part = PathBuf::from(format!("{}.{}.part", path.display(), std::process::id()));
    let write = || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&part)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&part, path)
    };
    write().map_err(|source| {
        let _ = std::fs::remove_file(&part);
        DraftFault::Io { path: path.to_owned(), source }
    })
}

fn document(body: &str) -> Result<DocumentMut, BookFault> {
    body.parse().map_err(|fault: toml_edit::TomlError| {
        BookFault::Open(OpenFault::Toml(toml_fault(body, fault.span(), fault.message())))
    })
}

/// The draft that follows the newest manifest of a book: next number, its predecessor, issued today, and as long as
/// a manifest may last (P-22). The rest stays byte for byte. With `new_root`, under that root.
///
/// # Errors
/// [`DraftFault`].
pub fn new_draft(book: &Book, new_root: Option<&Root>, today: Day) -> Result<String, DraftFault> {
    let newest = book.newest().ok_or(DraftFault::NoneYet)?;
    let refused =
        |fault| DraftFault::Refused { path: book.directory().to_owned(), line: None, fault: Box::new(fault) };
    let publication = book.publication(newest.sequence()).map_err(refused)?.ok_or(DraftFault::NoneYet)?;
    let mut document = document(publication.manifest().body()).map_err(refused)?;
    let sequence = i64::try_from(newest.sequence() + 1).unwrap_or(i64::MAX);
    set(&mut document, "sequence", sequence.into());
    set(&mut document, "predecessor", hex(newest.hash()).into());
    if let Some(root) = new_root {
        set(&mut document, "root", hex(root.hash()).into());
    }
    set(&mut document, "issued", today.to_string().into());
    set(&mut document, "expires", today.plus_days(MAX_DAYS).to_string().into());
    document.remove("acts_from");
    Ok(document.to_string())
}

/// Sets a value, and keeps the space and the comment around it.
pub(crate) fn set(table: &mut toml_edit::Table, key: &str, mut value: Value) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(before) => {
            *value.decor_mut() = before.decor().clone();
            *before = value;
        }
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}
