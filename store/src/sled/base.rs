//! The database itself: opening, checking, committing.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use samenloop_audit::Log;
use samenloop_core::alert::{AlertId, Notice};
use samenloop_core::census::Where;
use samenloop_core::value::{ConnectionId, Epoch, RegionId, SignalReference, SubjectIndex};
use zeroize::Zeroizing;

use super::SledOptions;
use super::asked::Asked;
use super::database::{Change, Database, Stored, generation_directory, remove_other_generations, sync_names};
use super::erasures::Erasures;
use super::head::{Head, HeadFile};
use super::keys;
use super::meta::{Digest, Meta};
use super::succession::Succession;
use crate::log;
use crate::outlasting::OutlastingFile;
use crate::processing::Announcer;
use crate::seal::{self, Key, hmac, lp};
use crate::slots::sync_directory_of;
use crate::{Fault, Purpose, Secret, Secrets};

/// No value is larger: sled puts larger ones into files that it never syncs (measured on 0.34.7).
pub(crate) const MAX_VALUE: usize = 16 * 1024;

/// An open database whose every record was found as it was written.
pub(crate) struct Base {
    data: PathBuf,
    exchange: String,
    secrets: Arc<dyn Secrets>,
    cache_bytes: u64,
    serving: RwLock<Database>,
    /// The generation that is being made to serve after this one.
    succession: Mutex<Option<Succession>>,
    head: HeadFile,
    /// What agencies are asked. Empty but in a hub that serves.
    asked: Mutex<Asked>,
    /// What senders are told was erased; as the above.
    erasures: Mutex<Erasures>,
    outlasting: OutlastingFile,
    ledger_key: Key,
    digest_key: Key,
    meta: Mutex<Meta>,
    /// Held while a batch becomes durable: no reader sees what a crash could take back.
    gate: RwLock<()>,
    announcer: Announcer,
}

fn damaged(what: &str) -> Fault {
    Fault::Damaged(what.to_owned())
}

impl Base {
    /// Opens the database of `options`, or makes it when there is neither a database nor secrets.
    pub(crate) fn open(options: &SledOptions, secrets: Arc<dyn Secrets>) -> Result<Self, Fault> {
        let io = |source| Fault::Io { what: "making the data directory", source };
        std::fs::create_dir_all(options.data.join("intake")).map_err(io)?;
        let founding = options.data.join("founding");
        // The mark goes before anything is served: while it stands, there is nothing to lose.
        if founding.exists() {
            Self::found(options, &secrets, &founding)?;
        }
        let head = options.data.join("head");
        if let Some(head) = HeadFile::open(&head)? {
            return Self::open_checked(options, secrets, head);
        }
        if secrets.find(Purpose::Ledger)?.is_some() {
            return Err(Fault::Secrets(
                "there are secrets but no database: restore the data directory, or remove both to begin anew"
                    .to_owned(),
            ));
        }
        Self::found(options, &secrets, &founding)?;
        let head = HeadFile::open(&head)?.ok_or_else(|| damaged("the head file"))?;
        Self::open_checked(options, secrets, head)
    }

    /// Opens a database that must be there already.
    pub(crate) fn open_kept(options: &SledOptions) -> Result<Self, Fault> {
        if !options.data.join("head").exists() {
            return Err(Fault::NoDatabase);
        }
        Self::open(options, options.secrets()?)
    }

    /// Makes an empty database. The mark `founding` says that a crash may have left a half of one.
    fn found(options: &SledOptions, secrets: &Arc<dyn Secrets>, founding: &Path) -> Result<(), Fault> {
        let io = |source| Fault::Io { what: "making the database", source };
        File::create(founding).and_then(|it| it.sync_all()).map_err(io)?;
        sync_directory_of(founding)?;
        secrets.destroy(Purpose::Ledger)?;
        let key = ledger_key(&secrets.make(Purpose::Ledger)?)?;
        OutlastingFile::of(&options.secrets, &key).begin()?;
        let directory = generation_directory(&options.data, 1);
        if directory.exists() {
            std::fs::remove_dir_all(&directory).map_err(io)?;
        }
        let database = Database::open(&directory, options.cache_bytes)?;
        database.apply([sealed_meta(&key, &Meta { commit: 1, ..Meta::default() })?])?;
        database.sync()?;
        drop(database);
        sync_names(&directory)?;
        HeadFile::create(&options.data.join("head"), Head { generation: 1, commit: 1 })?;
        std::fs::remove_file(founding).map_err(io)?;
        sync_directory_of(founding)
    }

    fn open_checked(options: &SledOptions, secrets: Arc<dyn Secrets>, head: HeadFile) -> Result<Self, Fault> {
        Self::open_without(options, secrets, head, &BTreeSet::new())
    }

    /// As it opens at every start, but for the secrets of epochs that were destroyed since: they may be gone.
    pub(crate) fn open_without(
        options: &SledOptions,
        secrets: Arc<dyn Secrets>,
        head: HeadFile,
        destroyed: &BTreeSet<Epoch>,
    ) -> Result<Self, Fault> {
        let secret = secrets.find(Purpose::Ledger)?;
        let secret =
            secret.ok_or_else(|| Fault::Secrets("the secret of the ledger is missing".to_owned()))?;
        let ledger_key = ledger_key(&secret)?;
        let said = head.head();
        let directory = generation_directory(&options.data, said.generation);
        if !directory.is_dir() {
            return Err(damaged("the directory of the database is missing"));
        }
        let database = Database::open(&directory, options.cache_bytes)?;
        let outlasting = OutlastingFile::of(&options.secrets, &ledger_key);
        if outlasting.read()?.is_none() {
            tracing::warn!(
                "the list of what was erased is not among the secrets: put its newest copy in place"
            );
        }
        let digest_key = Zeroizing::new(hmac(&ledger_key, &[&lp(b"samenloop/v1/hub/digest")]));
        let meta = read_meta(&database, &ledger_key)?;
        if meta.commit < said.commit {
            return Err(Fault::Damaged(format!(
                "the database is at commit {}, and {} was made durable",
                meta.commit, said.commit
            )));
        }
        let base = Self {
            data: options.data.clone(),
            exchange: options.exchange.clone(),
            secrets,
            cache_bytes: options.cache_bytes,
            serving: RwLock::new(database),
            succession: Mutex::default(),
            head,
            asked: Mutex::default(),
            erasures: Mutex::default(),
            outlasting,
            ledger_key,
            digest_key,
            meta: Mutex::new(meta),
            gate: RwLock::new(()),
            announcer: Announcer::default(),
        };
        base.check_records(&meta)?;
        base.check_secrets(destroyed)?;
        base.remove_other_generations()?;
        Ok(base)
    }

    /// Every record is there, none changed, none added.
    fn check_records(&self, meta: &Meta) -> Result<(), Fault> {
        let (mut count, mut digest) = (0, Digest::default());
        for record in self.scan(&[]) {
            let (key, value) = record?;
            if key != keys::META {
                count += 1;
                digest.add(self.record_digest(&key, &value));
            }
        }
        if count == meta.count && digest == meta.digest {
            Ok(())
        } else {
            Err(Fault::Damaged(format!(
                "the database should hold {} records and their digest; it holds {count}",
                meta.count
            )))
        }
    }

    /// Every secret that something was sealed under is there, and is the same; but for those of destroyed epochs.
    fn check_secrets(&self, destroyed: &BTreeSet<Epoch>) -> Result<(), Fault> {
        for record in self.scan(&[keys::SECRET]) {
            let (key, _) = record?;
            let purpose = keys::parse_secret(&key).ok_or_else(|| damaged("the name of a secret"))?;
            if !matches!(purpose, Purpose::Epoch(epoch) if destroyed.contains(&epoch)) {
                self.secret(purpose)?;
            }
        }
        Ok(())
    }

    /// Where it says what it is about to do.
    pub(crate) const fn announcer(&self) -> &Announcer {
        &self.announcer
    }

    /// A secret that this database uses: as many of its keys as the database was written with; `None` when it
    /// uses none of that purpose yet.
    pub(crate) fn secret(&self, purpose: Purpose) -> Result<Option<Secret>, Fault> {
        let place = keys::secret(purpose);
        let Some(sealed) = self.read(&place)? else { return Ok(None) };
        let plain = self.open_own(&place, &sealed)?;
        let (keys_used, check) = plain.split_first().ok_or_else(|| damaged("the check of a secret"))?;
        let found = self.secrets.find(purpose)?;
        let found = found.and_then(|it| it.first(usize::from(*keys_used)));
        let found = found.ok_or_else(|| Fault::Secrets(format!("{purpose:?} is missing")))?;
        if self.secret_check(&found) == check {
            Ok(Some(found))
        } else {
            Err(Fault::Secrets(format!("{purpose:?} is not the one that this database was written with")))
        }
    }

    /// The record that binds a secret to this database.
    pub(crate) fn secret_record(
        &self,
        purpose: Purpose,
        secret: &Secret,
    ) -> Result<(Vec<u8>, Vec<u8>), Fault> {
        let place = keys::secret(purpose);
        let mut plain = vec![u8::try_from(secret.keys().len()).unwrap_or(u8::MAX)];
        plain.extend_from_slice(&self.secret_check(secret));
        let sealed = self.seal_own(&place, &plain)?;
        Ok((place, sealed))
    }

    fn secret_check(&self, secret: &Secret) -> [u8; 32] {
        let mut parts: Vec<&[u8]> = vec![b"samenloop/v1/hub/secret-check"];
        parts.extend(secret.keys().iter().map(|key| &key[..]));
        hmac(&self.ledger_key, &parts)
    }

    /// Seals a value that no pseudonym, reference or case key seals.
    pub(crate) fn seal_own(&self, place: &[u8], plain: &[u8]) -> Result<Vec<u8>, Fault> {
        seal::seal(&self.ledger_key, place, plain)
    }

    /// Opens what [`Self::seal_own`] sealed.
    pub(crate) fn open_own(&self, place: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        seal::open(&self.ledger_key, place, sealed)
            .ok_or_else(|| damaged("a record of the ledger does not open"))
    }

    /// A connection's name in keys.
    pub(crate) fn alias(&self, connection: &str) -> [u8; 32] {
        hmac(&self.ledger_key, &[&lp(b"samenloop/v1/hub/alias"), connection.as_bytes()])
    }

    /// The alias of an actor in an audit log.
    pub(crate) fn log_alias(&self, log: Log, actor: &str) -> u64 {
        log::alias(&self.ledger_key, log, actor)
    }

    /// The name in keys of what counts a connection's signals of an epoch.
    pub(crate) fn counts_name(&self, connection: &str, epoch: Epoch) -> [u8; 32] {
        let parts: [&[u8]; 3] =
            [&lp(b"samenloop/v1/hub/counts"), &lp(connection.as_bytes()), &epoch.number().to_be_bytes()];
        hmac(&self.ledger_key, &parts)
    }

    /// The name in keys of what is counted of a quarter and region.
    pub(crate) fn census_name(&self, quarter: u16, place: &Where) -> [u8; 32] {
        let region = place.as_ref().map_or("", RegionId::as_str);
        let parts: [&[u8]; 3] =
            [&lp(b"samenloop/v1/hub/census"), &quarter.to_be_bytes(), &lp(region.as_bytes())];
        hmac(&self.ledger_key, &parts)
    }

    /// The name in keys of a declaration on the matter of this number.
    pub(crate) fn declaration_name(&self, connection: &str, epoch: Epoch, matter: u8) -> [u8; 32] {
        let parts: [&[u8]; 4] = [
            &lp(b"samenloop/v1/hub/declaration"),
            &lp(connection.as_bytes()),
            &epoch.number().to_be_bytes(),
            &[matter],
        ];
        hmac(&self.ledger_key, &parts)
    }

    /// The name in keys of one signal of an alert.
    pub(crate) fn listed_name(&self, id: AlertId, number: u32) -> [u8; 32] {
        hmac(&self.ledger_key, &[&lp(b"samenloop/v1/hub/listed"), id.bytes(), &number.to_be_bytes()])
    }

    /// The name in keys of what was done with an alert.
    pub(crate) fn follow_up_name(&self, id: AlertId) -> [u8; 32] {
        hmac(&self.ledger_key, &[&lp(b"samenloop/v1/hub/follow-up"), id.bytes()])
    }

    /// The name in keys of the restriction of a place.
    pub(crate) fn restriction_name(&self, epoch: Epoch, index: &SubjectIndex) -> [u8; 32] {
        let parts: [&[u8]; 3] =
            [&lp(b"samenloop/v1/hub/restriction"), &epoch.number().to_be_bytes(), index.bytes()];
        hmac(&self.ledger_key, &parts)
    }

    /// The name in keys of a signal that was erased on request.
    pub(crate) fn erased_name(&self, sender: &ConnectionId, reference: &SignalReference) -> [u8; 32] {
        let parts: [&[u8]; 3] =
            [&lp(b"samenloop/v1/hub/erased"), &lp(sender.as_str().as_bytes()), reference.bytes()];
        hmac(&self.ledger_key, &parts)
    }

    /// The name in keys of the letter of a notice.
    pub(crate) fn letter_name(&self, notice: &Notice) -> [u8; 32] {
        let way = match notice {
            Notice::Mail { .. } => 1,
            Notice::Event { .. } => 2,
            Notice::Rights { .. } => 3,
        };
        let alert = notice.alert().map_or([0; 16], |it| *it.bytes());
        let (label, to) = (lp(b"samenloop/v1/hub/letter"), lp(notice.to().as_str().as_bytes()));
        hmac(&self.ledger_key, &[&label, &[way], &to, &alert])
    }

    pub(crate) fn record_digest(&self, key: &[u8], value: &[u8]) -> [u8; 32] {
        hmac(&self.digest_key, &[&lp(key), value])
    }

    /// The database that serves. Held for one look at a time: between two it may be another.
    fn serving(&self) -> RwLockReadGuard<'_, Database> {
        self.serving.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn read(&self, key: &[u8]) -> Result<Option<sled::IVec>, Fault> {
        self.serving().read(key)
    }

    /// The records whose key begins so, in order. Read them to the end while [`Self::quiet`], or on the writer's thread.
    pub(crate) fn scan(&self, prefix: &[u8]) -> impl Iterator<Item = Result<Stored, Fault>> + use<> {
        self.serving().scan(prefix)
    }

    /// The records from a key on, in order; as [`Self::scan`].
    pub(crate) fn scan_from(&self, from: &[u8]) -> impl Iterator<Item = Result<Stored, Fault>> + use<> {
        self.serving().scan_from(from)
    }

    /// Makes changes durable, together: the database first, then the head file. A generation that is being made gets
    /// those of what it holds already.
    pub(crate) fn commit(&self, changes: Vec<Change>, mut meta: Meta) -> Result<(), Fault> {
        meta.commit += 1;
        let own = self.sealed_meta(&meta)?;
        {
            let _gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
            let serving = self.serving();
            serving.apply(changes.iter().cloned().chain([own]))?;
            serving.sync()?;
            self.head.write(Head { commit: meta.commit, ..self.head.head() })?;
            *self.meta.lock().unwrap_or_else(PoisonError::into_inner) = meta;
        }
        if let Some(succession) = &mut *self.succession() {
            succession.follow(self, &changes);
        }
        Ok(())
    }

    /// The generation that is being made, if one is.
    pub(crate) fn succession(&self) -> MutexGuard<'_, Option<Succession>> {
        self.succession.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An empty database of the next generation.
    pub(crate) fn next_generation(&self) -> Result<Database, Fault> {
        let io = |source| Fault::Io { what: "making the next generation of the database", source };
        let directory = generation_directory(&self.data, self.generation() + 1);
        if directory.exists() {
            std::fs::remove_dir_all(&directory).map_err(io)?;
        }
        let database = Database::open(&directory, self.cache_bytes)?;
        sync_names(&directory)?;
        Ok(database)
    }

    /// Lets the next generation serve, which is whole on disk: when this returns, the one before it is gone. Until the
    /// head file is written the old one serves, and after it the new one, whatever a crash does.
    pub(crate) fn succeed(&self, next: Database, meta: Meta) -> Result<(), Fault> {
        let generation = self.generation() + 1;
        let before = {
            let _gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
            self.head.write(Head { generation, commit: meta.commit })?;
            *self.meta.lock().unwrap_or_else(PoisonError::into_inner) = meta;
            let mut serving = self.serving.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *serving, next)
        };
        drop(before);
        self.remove_other_generations()
    }

    /// Removes every generation but the one that serves.
    pub(crate) fn remove_other_generations(&self) -> Result<(), Fault> {
        remove_other_generations(&self.data, self.generation())
    }

    /// Bytes of the files of the generation that serves.
    pub(crate) fn bytes_on_disk(&self) -> Result<u64, Fault> {
        let io = |source| Fault::Io { what: "measuring the database", source };
        let length = |entry: std::io::Result<std::fs::DirEntry>| entry.and_then(|it| it.metadata());
        let files = std::fs::read_dir(generation_directory(&self.data, self.generation())).map_err(io)?;
        files.map(|it| length(it).map(|it| it.len()).map_err(io)).sum()
    }

    /// The number of the generation that serves.
    pub(crate) fn generation(&self) -> u64 {
        self.head.head().generation
    }

    /// The record about the database.
    pub(crate) fn sealed_meta(&self, meta: &Meta) -> Result<Change, Fault> {
        sealed_meta(&self.ledger_key, meta)
    }

    /// What agencies are asked, as the last durable commit left it.
    pub(crate) fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What senders are told was erased, as the last durable commit left it.
    pub(crate) fn erasures(&self) -> MutexGuard<'_, Erasures> {
        self.erasures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a restore may not undo.
    pub(crate) const fn outlasting(&self) -> &OutlastingFile {
        &self.outlasting
    }

    /// What a commit holds while it becomes durable.
    #[cfg(test)]
    pub(crate) fn gate(&self) -> std::sync::RwLockWriteGuard<'_, ()> {
        self.gate.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps writers away while something is read.
    pub(crate) fn quiet(&self) -> RwLockReadGuard<'_, ()> {
        self.gate.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn meta(&self) -> Meta {
        *self.meta.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn exchange(&self) -> &str {
        &self.exchange
    }

    pub(crate) fn secrets(&self) -> &Arc<dyn Secrets> {
        &self.secrets
    }

    pub(crate) fn intake_directory(&self) -> PathBuf {
        self.data.join("intake")
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }
}

fn ledger_key(secret: &Secret) -> Result<Key, Fault> {
    secret
        .keys()
        .first()
        .cloned()
        .ok_or_else(|| Fault::Secrets("the secret of the ledger is cut short".to_owned()))
}

fn read_meta(database: &Database, key: &Key) -> Result<Meta, Fault> {
    let sealed = database.read(keys::META)?;
    let sealed = sealed.ok_or_else(|| damaged("the record about the database is missing"))?;
    let plain =
        seal::open(key, keys::META, &sealed).ok_or_else(|| damaged("the record about the database"))?;
    Meta::decode(&plain).ok_or_else(|| damaged("the record about the database"))
}

fn sealed_meta(key: &Key, meta: &Meta) -> Result<Change, Fault> {
    let sealed = seal::seal(key, keys::META, &meta.encode())?;
    Ok((keys::META.into(), Some(sealed.into())))
}
