//! The manifests that a party keeps: the pinned root, and every publication since its first, each the successor of
//! the one before it (protocol.md P-21, P-22, P-24).
//!
//! Knows no clock: which manifest acts on a day its caller asks. Nothing enters the book unverified, and nothing
//! leaves it; a party that loses its book starts again from the pinned root and the newest publication.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use samenloop_core::manifest::Manifest;
use samenloop_core::value::{ConnectionId, Day, KeyId};

use crate::open::{OpenFault, open, read};
use crate::publication::{Publication, PublicationFault};
use crate::root::{Root, RootFault, SuccessionFault};
use crate::succession::{SuccessionOrderFault, check_succession};

/// Why a book cannot be opened, or does not take a publication. What it holds stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum BookFault {
    /// A file.
    #[error(transparent)]
    File(#[from] PublicationFault),
    /// The pinned root.
    #[error("{path}: {fault}", path = path.display())]
    Root {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        fault: RootFault,
    },
    /// A new root that does not follow the pinned one.
    #[error("the new root is not taken: {0}")]
    NewRoot(#[from] SuccessionFault),
    /// A publication that does not verify, or is not sound.
    #[error("{0}")]
    Open(#[from] OpenFault),
    /// A publication that does not follow the newest one here.
    #[error("{0}")]
    Order(#[from] SuccessionOrderFault),
    /// There is no publication in it.
    #[error("{path} holds no manifest; import the newest publication of the administrators", path = .0.display())]
    Empty(PathBuf),
}

/// What became of a publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It is the newest now.
    New,
    /// It was the newest already.
    Known,
}

/// The manifests of one party, in one directory.
#[derive(Debug)]
pub struct Book {
    directory: PathBuf,
    /// The newest root: the pinned one, or the last that followed it.
    root: Root,
    /// From the newest that acts from the day it was issued, to the newest of all.
    manifests: Vec<Arc<Manifest>>,
    details_keys: DetailsKeys,
    entered: BTreeSet<ConnectionId>,
}

/// The ids of every details key under which the manifests of a book entered a connection, oldest first.
pub type DetailsKeys = BTreeMap<ConnectionId, Vec<KeyId>>;

impl Book {
    /// Opens a book; one without publications is empty, and takes any as its first.
    ///
    /// # Errors
    /// [`BookFault`] names the file that is wrong.
    pub fn open(root: &Path, directory: &Path) -> Result<Self, BookFault> {
        let io = |path: &Path, source| PublicationFault::Io { path: path.to_owned(), source };
        let text = std::fs::read_to_string(root).map_err(|source| io(root, source))?;
        let pinned = Root::parse(&text).map_err(|fault| BookFault::Root { path: root.to_owned(), fault })?;
        let mut book = Self {
            directory: directory.to_owned(),
            root: pinned,
            manifests: Vec::new(),
            details_keys: DetailsKeys::new(),
            entered: BTreeSet::new(),
        };
        for sequence in sequences(directory).map_err(|source| io(directory, source))? {
            let publication = Publication::read(&book.path(sequence))?;
            book.root = book.root_of(&publication)?;
            let manifest = Arc::new(open_publication(&book.root, &publication)?);
            book.turn_to(manifest);
        }
        Ok(book)
    }

    /// Verifies a publication and keeps it, on disk when this returns.
    ///
    /// # Errors
    /// [`BookFault`]; then nothing changed.
    pub fn add(&mut self, publication: &Publication) -> Result<Added, BookFault> {
        let (root, manifest) = self.judge(publication)?;
        let Some(manifest) = manifest else { return Ok(Added::Known) };
        std::fs::create_dir_all(&self.directory)
            .map_err(|source| PublicationFault::Io { path: self.directory.clone(), source })?;
        publication.write(&self.path(manifest.sequence()))?;
        self.root = root;
        self.turn_to(Arc::new(manifest));
        Ok(Added::New)
    }

    /// What [`Self::add`] would take, without taking it: `None` for the newest one here.
    ///
    /// # Errors
    /// [`BookFault`].
    pub fn preview(&self, publication: &Publication) -> Result<Option<Manifest>, BookFault> {
        self.judge(publication).map(|(_, manifest)| manifest)
    }

    fn judge(&self, publication: &Publication) -> Result<(Root, Option<Manifest>), BookFault> {
        let root = self.root_of(publication)?;
        let manifest = open_publication(&root, publication)?;
        let Some(newest) = self.newest() else { return Ok((root, Some(manifest))) };
        if manifest.sequence() == newest.sequence() && manifest.hash() == newest.hash() {
            return Ok((root, None));
        }
        self.check_order(&manifest)?;
        Ok((root, Some(manifest)))
    }

    /// What a body says that nobody signed yet, if it may follow the newest manifest here once it is signed. With
    /// `new_root`, under that root, which must be able to follow the pinned one.
    ///
    /// # Errors
    /// [`BookFault`].
    pub fn check_body(&self, body: &str, new_root: Option<&Root>) -> Result<Manifest, BookFault> {
        let root = new_root.unwrap_or(&self.root);
        if root.hash() != self.root.hash() {
            self.root.may_be_succeeded_by(root)?;
        }
        let manifest = read(root, body)?;
        self.check_order(&manifest)?;
        Ok(manifest)
    }

    fn check_order(&self, new: &Manifest) -> Result<(), SuccessionOrderFault> {
        let (Some(newest), Some(acting)) = (self.newest(), self.acting(new.issued())) else { return Ok(()) };
        // The delay of the root so far: a new root could lift it, and bring an addition at once.
        check_succession(newest, acting, new, self.root.delay_of_additions_hours())
    }

    /// The root under which a publication must be signed: its own when it brings one.
    fn root_of(&self, publication: &Publication) -> Result<Root, BookFault> {
        match publication.root() {
            Some(new) if crate::sha256(new.body().as_bytes()) != *self.root.hash() => {
                Ok(self.root.succeeded_by(new.body(), new.note())?)
            }
            Some(_) | None => Ok(self.root.clone()),
        }
    }

    fn turn_to(&mut self, manifest: Arc<Manifest>) {
        for connection in manifest.connections() {
            self.entered.insert(connection.id.clone());
            let Some(key) = connection.details_key_id else { continue };
            let known = self.details_keys.entry(connection.id.clone()).or_default();
            if known.last() != Some(&key) {
                known.push(key);
            }
        }
        if manifest.acts_from() <= manifest.issued() {
            self.manifests.clear();
        }
        self.manifests.push(manifest);
    }

    fn path(&self, sequence: u64) -> PathBuf {
        self.directory.join(format!("manifest-{sequence}.json"))
    }

    /// To which details keys was sealed for each connection, since the first manifest here.
    #[must_use]
    pub const fn details_keys(&self) -> &DetailsKeys {
        &self.details_keys
    }

    /// Every connection that some manifest here entered, also one that left since.
    #[must_use]
    pub const fn entered(&self) -> &BTreeSet<ConnectionId> {
        &self.entered
    }

    /// The newest root.
    #[must_use]
    pub const fn root(&self) -> &Root {
        &self.root
    }

    /// The newest manifest, whether or not it acts already: the one that calls name (P-22).
    #[must_use]
    pub fn newest(&self) -> Option<&Arc<Manifest>> {
        self.manifests.last()
    }

    /// The manifest that acts on a day (P-24): the newest whose day has come. A first one acts at once, as there is
    /// none before it.
    #[must_use]
    pub fn acting(&self, today: Day) -> Option<&Arc<Manifest>> {
        let acting = self.manifests.iter().rev().find(|it| it.acts_from() <= today);
        acting.or_else(|| self.manifests.first())
    }

    /// The publication of a sequence; `None` when it is not in the book.
    ///
    /// # Errors
    /// [`BookFault::File`].
    pub fn publication(&self, sequence: u64) -> Result<Option<Publication>, BookFault> {
        let path = self.path(sequence);
        if path.exists() { Ok(Some(Publication::read(&path)?)) } else { Ok(None) }
    }

    /// The directory of its files.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

fn open_publication(root: &Root, publication: &Publication) -> Result<Manifest, OpenFault> {
    open(root, publication.manifest().note(), publication.manifest().body().as_bytes())
}

/// The sequences of the publications in a directory, lowest first; none when it is not there.
fn sequences(directory: &Path) -> std::io::Result<Vec<u64>> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(fault) => return Err(fault),
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|it| it.strip_prefix("manifest-")?.strip_suffix(".json"));
        found.extend(number.and_then(|it| it.parse::<u64>().ok()));
    }
    found.sort_unstable();
    Ok(found)
}
