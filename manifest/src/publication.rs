//! A manifest as it travels: body, note, and the new root when it is the first under one.
//!
//! The same text is what `publish` writes, what can be imported by hand, and what a party keeps.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::note::MAX_NOTE_LEN;
use crate::open::MAX_BODY_LEN;

/// Bytes that the file of a publication may have: JSON may write one byte as six.
const MAX_FILE_LEN: u64 = 6 * (2 * MAX_BODY_LEN as u64 + 2 * MAX_NOTE_LEN as u64);

/// A text and the note of those who signed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    body: String,
    note: String,
}

impl Signed {
    /// A body and its note, neither looked at yet.
    #[must_use]
    pub const fn new(body: String, note: String) -> Self {
        Self { body, note }
    }

    /// The text that was signed, byte for byte.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The note.
    #[must_use]
    pub fn note(&self) -> &str {
        &self.note
    }
}

/// A manifest with its note, and with the root that it is the first under. **Not verified**: a
/// [`Book`](crate::Book) does that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    manifest: Signed,
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<Signed>,
}

/// Why a file is no publication, or could not be written.
#[derive(Debug, thiserror::Error)]
pub enum PublicationFault {
    /// The file cannot be read or written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Not the JSON of a publication, or cut short.
    #[error("{path}: {what}; fetch the publication again", path = path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        what: String,
    },
}

impl Publication {
    /// A manifest, with the root that it is the first under if there is one.
    #[must_use]
    pub const fn new(manifest: Signed, root: Option<Signed>) -> Self {
        Self { manifest, root }
    }

    /// The manifest.
    #[must_use]
    pub const fn manifest(&self) -> &Signed {
        &self.manifest
    }

    /// The root that the manifest is the first under, if it is.
    #[must_use]
    pub const fn root(&self) -> Option<&Signed> {
        self.root.as_ref()
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`PublicationFault`] names the file.
    pub fn read(path: &Path) -> Result<Self, PublicationFault> {
        let io = |source| PublicationFault::Io { path: path.to_owned(), source };
        let mut bytes = Vec::new();
        File::open(path).map_err(io)?.take(MAX_FILE_LEN + 1).read_to_end(&mut bytes).map_err(io)?;
        let form = |what: String| PublicationFault::Form { path: path.to_owned(), what };
        if bytes.len() as u64 > MAX_FILE_LEN {
            return Err(form("larger than any publication".to_owned()));
        }
        serde_json::from_slice(&bytes).map_err(|fault| form(fault.to_string()))
    }

    /// Writes a file, whole or not at all; on disk when this returns. What was there is replaced.
    ///
    /// # Errors
    /// [`PublicationFault`] names the file.
    pub fn write(&self, path: &Path) -> Result<(), PublicationFault> {
        let io = |source| PublicationFault::Io { path: path.to_owned(), source };
        let mut text = serde_json::to_vec_pretty(self).map_err(|fault| io(fault.into()))?;
        text.push(b'\n');
        // Of this process alone: two commands may bring the same publication at once.
        let draft = path.with_extension(format!("{}.part", std::process::id()));
        let write = || {
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&draft, path)?;
            let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(folder)?.sync_all()
        };
        write().map_err(io)
    }
}
