//! Signing: one line by the administrator's own key, after those of others.

use std::io;
use std::path::PathBuf;

use samenloop_core::value::ConnectionId;
use samenloop_manifest::note::{KeyNameFault, Note, NoteFault, SigningKey, VerifierKey, sign as note_of};
use samenloop_manifest::{Root, Statement};

use super::DraftFault;
use super::draft::{Draft, replace};
use crate::config::Config;
use crate::key::{KeyFault, Purpose, Secret, open_32};
use crate::language::{Language, Say};

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignFault {
    /// The draft or its file of signatures.
    #[error(transparent)]
    Draft(#[from] DraftFault),
    /// The signing key.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// Another connection's command.
    #[error("connection {0} is no administrator: its configuration has no [administrator]")]
    NoAdministrator(ConnectionId),
    /// The key is not the one that the root enters.
    #[error("the signing key is not the one that the root enters for {0}")]
    NotInRoot(ConnectionId),
    /// The origin of the root cannot name a key.
    #[error(transparent)]
    Name(#[from] KeyNameFault),
    /// The signatures beside the draft are damaged or wrong.
    #[error("{path}: {fault}", path = path.display())]
    Note {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        fault: NoteFault,
    },
    /// The signatures beside the draft are over other bytes.
    #[error(
        "{path} signs other bytes: the draft was changed after the first signature. Remove {path} and let everybody sign again",
        path = .0.display()
    )]
    OtherBytes(PathBuf),
    /// The same administrator once more.
    #[error("{connection} has signed already, and counts once; {path} stays as it is", path = path.display())]
    Twice {
        /// Who.
        connection: ConnectionId,
        /// The file.
        path: PathBuf,
    },
}

impl Say for SignFault {
    fn say(&self, language: Language) -> String {
        match self {
            Self::Draft(fault) => fault.say(language),
            Self::Key(fault) => fault.say(language),
            _ if language == Language::En => format!("{}.", self.to_string().trim_end_matches('.')),
            Self::NoAdministrator(id) => format!(
                "De aansluiting {id} is geen sleutelbeheerder: de configuratie heeft geen deel [administrator]."
            ),
            Self::NotInRoot(id) => format!(
                "De ondertekensleutel is niet die van {id} in de root. Kijk in de configuratie bij sign_key, of vraag de andere sleutelbeheerders welke sleutel in de root staat."
            ),
            Self::Name(_) => "De oorsprong in de root kan geen sleutel benoemen.".into(),
            Self::Note { path, fault } => format!("{}: {}", path.display(), fault.say(language)),
            Self::OtherBytes(path) => format!(
                "{0} hoort bij andere tekst: het ontwerp is na de eerste handtekening veranderd. Haal {0} weg en laat iedereen opnieuw tekenen.",
                path.display()
            ),
            Self::Twice { connection, path } => format!(
                "{connection} heeft al getekend en telt één keer. {} blijft zoals het is.",
                path.display()
            ),
        }
    }
}

/// An administrator's own key, ready to sign.
pub struct Own {
    connection: ConnectionId,
    key: SigningKey,
}

/// Opens the administrator's own signing key, and sees that one of `roots` enters it.
///
/// # Errors
/// [`SignFault`].
pub fn own_key(config: &Config, roots: &[&Root]) -> Result<Own, SignFault> {
    let connection = config.connection().clone();
    let files = config.administrator().ok_or_else(|| SignFault::NoAdministrator(connection.clone()))?;
    let seed = open_32(files.sign_key(), Purpose::Sign, &Secret::read(config.secret())?)?;
    for root in roots {
        let key = SigningKey::from_seed(&format!("{}/{connection}", root.origin()), &seed)?;
        if root.id_of(key.verifier()) == Some(&connection) {
            return Ok(Own { connection, key });
        }
    }
    Err(SignFault::NotInRoot(connection))
}

/// Who signed, and what that is worth under each root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signatures {
    /// Administrators whose signature is valid, each once.
    pub by: Vec<ConnectionId>,
    /// For each root: how many of its administrators signed, and how many must.
    pub counts: Vec<(usize, usize)>,
}

impl Signatures {
    /// Whether every root has as many as it asks for.
    #[must_use]
    pub fn are_enough(&self) -> bool {
        self.counts.iter().all(|(signed, needed)| signed >= needed)
    }
}

/// The signatures beside a draft: none when there is no such file.
///
/// # Errors
/// [`SignFault`] when the file is damaged, signs other bytes, or holds a wrong signature of a known key.
pub fn signatures(draft: &Draft, statement: &Statement, roots: &[&Root]) -> Result<Signatures, SignFault> {
    read(draft, statement, roots).map(|(signatures, _)| signatures)
}

/// Adds one signature beside a draft, after those that are there. With `is_dry`, only says what would be there.
///
/// # Errors
/// [`SignFault`]; then the file is as it was.
pub fn sign(
    draft: &Draft,
    statement: &Statement,
    roots: &[&Root],
    own: &Own,
    is_dry: bool,
) -> Result<Signatures, SignFault> {
    let (before, note) = read(draft, statement, roots)?;
    let path = draft.note_path();
    if before.by.contains(&own.connection) {
        return Err(SignFault::Twice { connection: own.connection.clone(), path });
    }
    if is_dry {
        return Ok(before);
    }
    let fault = |fault| SignFault::Note { path: path.clone(), fault };
    let extended = match note {
        Some(note) => Note::signed_also_by(&note, &own.key).map_err(fault)?,
        None => note_of(&statement.to_string(), &[&own.key]),
    };
    let signatures = of(&extended, draft, statement, roots)?;
    replace(&path, &extended)?;
    Ok(signatures)
}

fn read(
    draft: &Draft,
    statement: &Statement,
    roots: &[&Root],
) -> Result<(Signatures, Option<String>), SignFault> {
    let path = draft.note_path();
    let note = match std::fs::read_to_string(&path) {
        Ok(note) => note,
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => {
            let counts = roots.iter().map(|it| (0, it.threshold())).collect();
            return Ok((Signatures { by: Vec::new(), counts }, None));
        }
        Err(source) => return Err(DraftFault::Io { path, source }.into()),
    };
    Ok((of(&note, draft, statement, roots)?, Some(note)))
}

fn of(note: &str, draft: &Draft, statement: &Statement, roots: &[&Root]) -> Result<Signatures, SignFault> {
    let fault = |fault| SignFault::Note { path: draft.note_path(), fault };
    let parsed = Note::parse(note).map_err(fault)?;
    let mut by = Vec::new();
    let mut counts = Vec::new();
    for root in roots {
        let (ids, keys): (Vec<_>, Vec<VerifierKey>) =
            root.administrators().map(|(id, key)| (id.clone(), key.clone())).unzip();
        let (text, signers) = parsed.verify(&keys).map_err(fault)?;
        if text != statement.to_string() {
            return Err(SignFault::OtherBytes(draft.note_path()));
        }
        counts.push((signers.len(), root.threshold()));
        let known = ids.iter().zip(0..).filter(|(_, at)| signers.contains(at)).map(|(id, _)| id);
        for id in known {
            if !by.contains(id) {
                by.push(id.clone());
            }
        }
    }
    Ok(Signatures { by, counts })
}
