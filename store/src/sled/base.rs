//! The database itself: opening, checking, committing.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use samenloop_core::alert::{AlertId, Notice};
use samenloop_core::value::{Epoch, SubjectIndex};
use zeroize::Zeroizing;

use super::SledOptions;
use super::head::{Head, HeadFile};
use super::keys;
use super::meta::{Digest, Meta};
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
    db: sled::Db,
    /// A handle of our own: sled's flush does not sync (measured on 0.34.7).
    file: File,
    head: HeadFile,
    ledger_key: Key,
    digest_key: Key,
    meta: Mutex<Meta>,
    /// Held while a batch becomes durable: no reader sees what a crash could take back.
    gate: RwLock<()>,
}

fn damaged(what: &str) -> Fault {
    Fault::Damaged(what.to_owned())
}

pub(crate) fn generation_directory(data: &Path, generation: u64) -> PathBuf {
    data.join(format!("db-{generation:06}"))
}

/// How long a database that was just let go may still be locked: sled's threads end after its handle does.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// Opens sled. It may panic on a damaged file; that is damage, not a fault of ours.
pub(crate) fn open_sled(path: &Path, cache_bytes: u64) -> Result<sled::Db, Fault> {
    let config = sled::Config::new()
        .path(path)
        .mode(sled::Mode::HighThroughput)
        .cache_capacity(cache_bytes)
        .use_compression(false)
        .flush_every_ms(None);
    let begun = Instant::now();
    loop {
        match catch_unwind(AssertUnwindSafe(|| config.open())) {
            Ok(Ok(db)) => return Ok(db),
            // sled gives the lock's error no kind of its own, only this text.
            Ok(Err(sled::Error::Io(error)))
                if error.to_string().contains("could not acquire lock")
                    && begun.elapsed() < LOCK_PATIENCE =>
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            Ok(Err(sled::Error::Io(source))) => {
                return Err(Fault::Io { what: "opening the database", source });
            }
            Ok(Err(_)) | Err(_) => return Err(damaged("the database does not open")),
        }
    }
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
            return Err(Fault::Damaged("there is no database yet: start the hub once".to_owned()));
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
        let directory = generation_directory(&options.data, 1);
        if directory.exists() {
            std::fs::remove_dir_all(&directory).map_err(io)?;
        }
        let db = open_sled(&directory, options.cache_bytes)?;
        write_meta(&db, &key, &Meta { commit: 1, ..Meta::default() })?;
        sync(&db, &File::open(directory.join("db")).map_err(io)?)?;
        drop(db);
        sync_directory_of(&directory)?;
        HeadFile::create(&options.data.join("head"), Head { generation: 1, commit: 1 })?;
        std::fs::remove_file(founding).map_err(io)?;
        sync_directory_of(founding)
    }

    fn open_checked(options: &SledOptions, secrets: Arc<dyn Secrets>, head: HeadFile) -> Result<Self, Fault> {
        let io = |source| Fault::Io { what: "opening the database", source };
        let secret = secrets.find(Purpose::Ledger)?;
        let secret =
            secret.ok_or_else(|| Fault::Secrets("the secret of the ledger is missing".to_owned()))?;
        let ledger_key = ledger_key(&secret)?;
        let said = head.head();
        let directory = generation_directory(&options.data, said.generation);
        if !directory.is_dir() {
            return Err(damaged("the directory of the database is missing"));
        }
        let db = open_sled(&directory, options.cache_bytes)?;
        let file = File::open(directory.join("db")).map_err(io)?;
        let digest_key = Zeroizing::new(hmac(&ledger_key, &[&lp(b"samenloop/v1/hub/digest")]));
        let meta = read_meta(&db, &ledger_key)?;
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
            db,
            file,
            head,
            ledger_key,
            digest_key,
            meta: Mutex::new(meta),
            gate: RwLock::new(()),
        };
        base.check_records(&meta)?;
        base.check_secrets()?;
        base.remove_other_generations(said.generation)?;
        Ok(base)
    }

    /// Every record is there, none changed, none added.
    fn check_records(&self, meta: &Meta) -> Result<(), Fault> {
        let (mut count, mut digest) = (0, Digest::default());
        for record in self.db.iter() {
            let (key, value) = record.map_err(|_| damaged("a record of the database cannot be read"))?;
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

    /// Every secret that something was sealed under is there, and is the same.
    fn check_secrets(&self) -> Result<(), Fault> {
        for record in self.db.scan_prefix([keys::SECRET]) {
            let (key, _) = record.map_err(|_| damaged("a record of the database cannot be read"))?;
            let purpose = keys::parse_secret(&key).ok_or_else(|| damaged("the name of a secret"))?;
            self.secret(purpose)?;
        }
        Ok(())
    }

    fn remove_other_generations(&self, serving: u64) -> Result<(), Fault> {
        let io = |source| Fault::Io { what: "removing an older generation of the database", source };
        let serving = generation_directory(&self.data, serving);
        for entry in std::fs::read_dir(&self.data).map_err(io)? {
            let path = entry.map_err(io)?.path();
            let is_generation =
                path.file_name().and_then(|it| it.to_str()).is_some_and(|it| it.starts_with("db-"));
            if is_generation && path != serving {
                std::fs::remove_dir_all(&path).map_err(io)?;
            }
        }
        Ok(())
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

    /// The name in keys of what counts a connection's signals of an epoch.
    pub(crate) fn counts_name(&self, connection: &str, epoch: Epoch) -> [u8; 32] {
        let parts: [&[u8]; 3] =
            [&lp(b"samenloop/v1/hub/counts"), &lp(connection.as_bytes()), &epoch.number().to_be_bytes()];
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

    /// The name in keys of the letter of a notice.
    pub(crate) fn letter_name(&self, notice: &Notice) -> [u8; 32] {
        let label = lp(b"samenloop/v1/hub/letter");
        match notice {
            Notice::Mail { to } => hmac(&self.ledger_key, &[&label, &lp(to.as_str().as_bytes())]),
            Notice::Event { to, alert } => {
                hmac(&self.ledger_key, &[&label, &lp(to.as_str().as_bytes()), alert.bytes()])
            }
        }
    }

    pub(crate) fn record_digest(&self, key: &[u8], value: &[u8]) -> [u8; 32] {
        hmac(&self.digest_key, &[&lp(key), value])
    }

    pub(crate) fn read(&self, key: &[u8]) -> Result<Option<sled::IVec>, Fault> {
        self.db.get(key).map_err(|_| damaged("a record of the database cannot be read"))
    }

    /// The records whose key begins so, in order.
    pub(crate) fn scan(
        &self,
        prefix: &[u8],
    ) -> impl Iterator<Item = Result<(sled::IVec, sled::IVec), Fault>> + use<> {
        let unread = |_| damaged("a record of the database cannot be read");
        self.db.scan_prefix(prefix).map(move |record| record.map_err(unread))
    }

    /// The records from a key on, in order.
    pub(crate) fn scan_from(
        &self,
        from: &[u8],
    ) -> impl Iterator<Item = Result<(sled::IVec, sled::IVec), Fault>> + use<> {
        let unread = |_| damaged("a record of the database cannot be read");
        self.db.range(from..).map(move |record| record.map_err(unread))
    }

    /// Makes a batch durable: the database first, then the head file.
    pub(crate) fn commit(&self, mut batch: sled::Batch, mut meta: Meta) -> Result<(), Fault> {
        let _gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        meta.commit += 1;
        batch.insert(keys::META, self.seal_own(keys::META, &meta.encode())?);
        self.db.apply_batch(batch).map_err(write_fault)?;
        sync(&self.db, &self.file)?;
        self.head.write(Head { commit: meta.commit, ..self.head.head() })?;
        *self.meta.lock().unwrap_or_else(PoisonError::into_inner) = meta;
        Ok(())
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

    pub(crate) fn head(&self) -> &HeadFile {
        &self.head
    }

    pub(crate) fn ledger_key(&self) -> &Key {
        &self.ledger_key
    }
}

fn ledger_key(secret: &Secret) -> Result<Key, Fault> {
    secret
        .keys()
        .first()
        .cloned()
        .ok_or_else(|| Fault::Secrets("the secret of the ledger is cut short".to_owned()))
}

fn read_meta(db: &sled::Db, key: &Key) -> Result<Meta, Fault> {
    let sealed = db.get(keys::META).map_err(|_| damaged("the record about the database cannot be read"))?;
    let sealed = sealed.ok_or_else(|| damaged("the record about the database is missing"))?;
    let plain =
        seal::open(key, keys::META, &sealed).ok_or_else(|| damaged("the record about the database"))?;
    Meta::decode(&plain).ok_or_else(|| damaged("the record about the database"))
}

pub(crate) fn write_meta(db: &sled::Db, key: &Key, meta: &Meta) -> Result<(), Fault> {
    let sealed = seal::seal(key, keys::META, &meta.encode())?;
    db.insert(keys::META, sealed).map_err(write_fault)?;
    Ok(())
}

pub(crate) fn write_fault(error: sled::Error) -> Fault {
    match error {
        sled::Error::Io(source) => Fault::Io { what: "writing the database", source },
        sled::Error::CollectionNotFound(_)
        | sled::Error::Unsupported(_)
        | sled::Error::ReportableBug(_)
        | sled::Error::Corruption { .. } => damaged("the database could not be written"),
    }
}

/// Everything applied so far is on disk when this returns.
pub(crate) fn sync(db: &sled::Db, file: &File) -> Result<(), Fault> {
    db.flush().map_err(write_fault)?;
    file.sync_all().map_err(|source| Fault::Io { what: "syncing the database", source })
}
