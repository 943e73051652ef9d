//! The hub's own secrets, by closed purpose, outside the database and its backups (P-30 to P-33).

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use samenloop_core::value::Epoch;
use zeroize::Zeroizing;

use crate::Fault;
use crate::seal::{self, Key};
use crate::slots::{CAPACITY, SlotFile, SlotName};

/// What a secret is for. Nothing else is kept, and none of these is ever an epoch key (P-14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Counters, the digest of the database, and its own numbers.
    Ledger,
    /// One epoch: reference pepper, data key, and the chain of index peppers, first pepper first.
    Epoch(Epoch),
    /// Cases of one quarter, counted from the first of 2000.
    Case(u16),
    /// Arrivals of one intake segment.
    Queue(u64),
}

impl Purpose {
    pub(crate) fn name(self) -> SlotName {
        match self {
            Self::Ledger => (1, 0),
            Self::Epoch(epoch) => (2, u64::from(epoch.number())),
            Self::Case(quarter) => (3, u64::from(quarter)),
            Self::Queue(segment) => (4, segment),
        }
    }

    pub(crate) fn from_name((purpose, number): SlotName) -> Option<Self> {
        match purpose {
            1 => Some(Self::Ledger),
            2 => Some(Self::Epoch(Epoch::new(u32::try_from(number).ok()?))),
            3 => Some(Self::Case(u16::try_from(number).ok()?)),
            4 => Some(Self::Queue(number)),
            _ => None,
        }
    }

    /// Keys of 32 bytes that a new secret for this purpose has.
    const fn keys(self) -> usize {
        match self {
            Self::Epoch(_) => 3,
            Self::Ledger | Self::Case(_) | Self::Queue(_) => 1,
        }
    }
}

/// Keys of 32 bytes, wiped on drop. No `Debug`.
pub struct Secret(Vec<Key>);

impl Secret {
    /// The keys, in the order of their [`Purpose`].
    #[must_use]
    pub fn keys(&self) -> &[Zeroizing<[u8; 32]>] {
        &self.0
    }

    /// The first so many keys; `None` when there are fewer.
    pub(crate) fn first(mut self, keys: usize) -> Option<Self> {
        if self.0.len() < keys {
            return None;
        }
        self.0.truncate(keys);
        Some(self)
    }

    pub(crate) fn fresh(keys: usize) -> Result<Self, Fault> {
        let mut secret = Vec::with_capacity(keys);
        for _ in 0..keys {
            let mut key = Zeroizing::new([0; 32]);
            seal::random(&mut *key)?;
            secret.push(key);
        }
        Ok(Self(secret))
    }

    fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.as_chunks::<32>().0.iter().map(|key| Zeroizing::new(*key)).collect())
    }

    fn bytes(&self) -> Zeroizing<Vec<u8>> {
        // Room for all of it at once: a vector that grows leaves what it held behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(32 * self.0.len()));
        self.0.iter().for_each(|key| bytes.extend_from_slice(&**key));
        bytes
    }
}

/// Where the hub's secrets live. A TPM, PKCS#11 or KMS may stand behind it; by default a file of slots does.
pub trait Secrets: Send + Sync + 'static {
    /// The secret of a purpose, if there is one.
    ///
    /// # Errors
    /// [`Fault`] when the place of secrets cannot be read.
    fn find(&self, purpose: Purpose) -> Result<Option<Secret>, Fault>;

    /// Makes and keeps a new random secret; durable when this returns.
    ///
    /// # Errors
    /// [`Fault`] when there is one already, or it cannot be kept.
    fn make(&self, purpose: Purpose) -> Result<Secret, Fault>;

    /// Adds a key to a secret (a new pepper, P-34); durable when this returns.
    ///
    /// # Errors
    /// [`Fault`] when there is none, or no room.
    fn extend(&self, purpose: Purpose) -> Result<Secret, Fault>;

    /// Forgets a secret; when this returns it is gone, as far as the medium forgets.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be overwritten.
    fn destroy(&self, purpose: Purpose) -> Result<(), Fault>;

    /// Every purpose that has a secret.
    ///
    /// # Errors
    /// [`Fault`] when the place of secrets cannot be read.
    fn purposes(&self) -> Result<Vec<Purpose>, Fault>;
}

/// Secrets in two files of slots, mode 0600, locked by the one process that uses them. The queue keys of
/// intake have a file of their own, so that an ack never waits for filing.
pub struct FileSecrets {
    lasting: Mutex<SlotFile>,
    queue: Mutex<SlotFile>,
}

impl FileSecrets {
    /// Opens `secrets.slots` and `queue.slots` in a directory, making them when they are not there.
    ///
    /// # Errors
    /// [`Fault`] when another process has it, or it was cut.
    pub fn open(directory: &Path) -> Result<Self, Fault> {
        let io = |source| Fault::Io { what: "making the directory of secrets", source };
        std::fs::create_dir_all(directory).map_err(io)?;
        let open = |name| SlotFile::open(&directory.join(name)).map(Mutex::new);
        Ok(Self { lasting: open("secrets.slots")?, queue: open("queue.slots")? })
    }

    fn slots(&self, purpose: Purpose) -> MutexGuard<'_, SlotFile> {
        let file = match purpose {
            Purpose::Queue(_) => &self.queue,
            Purpose::Ledger | Purpose::Epoch(_) | Purpose::Case(_) => &self.lasting,
        };
        file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Secrets for FileSecrets {
    fn find(&self, purpose: Purpose) -> Result<Option<Secret>, Fault> {
        Ok(self.slots(purpose).find(purpose.name()).map(Secret::from_bytes))
    }

    fn make(&self, purpose: Purpose) -> Result<Secret, Fault> {
        let mut slots = self.slots(purpose);
        if slots.find(purpose.name()).is_some() {
            return Err(Fault::Secrets("a secret of this purpose exists already".to_owned()));
        }
        let secret = Secret::fresh(purpose.keys())?;
        slots.keep(purpose.name(), &secret.bytes())?;
        Ok(secret)
    }

    fn extend(&self, purpose: Purpose) -> Result<Secret, Fault> {
        let mut slots = self.slots(purpose);
        let old = slots.find(purpose.name()).map(Secret::from_bytes);
        let old = old.ok_or_else(|| Fault::Secrets("there is no secret to extend".to_owned()))?;
        let fresh = Secret::fresh(1)?;
        // Copied into a list of its own size: one that grows, or whose keys are moved out of it, leaves what it held behind.
        let mut longer = Vec::with_capacity(old.0.len() + 1);
        longer.extend(old.0.iter().chain(&fresh.0).cloned());
        let secret = Secret(longer);
        if secret.0.len() * 32 > CAPACITY {
            return Err(Fault::Secrets("the chain of peppers is full: rotate the epoch".to_owned()));
        }
        // The longer one is on disk before the shorter goes: a crash between leaves both, and the longer counts.
        let bytes = secret.bytes();
        slots.keep(purpose.name(), &bytes)?;
        slots.destroy_shorter(purpose.name(), bytes.len())?;
        Ok(secret)
    }

    fn destroy(&self, purpose: Purpose) -> Result<(), Fault> {
        self.slots(purpose).destroy(purpose.name())
    }

    fn purposes(&self) -> Result<Vec<Purpose>, Fault> {
        let mut purposes = Vec::new();
        for file in [Purpose::Ledger, Purpose::Queue(0)] {
            purposes.extend(self.slots(file).names().filter_map(Purpose::from_name));
        }
        Ok(purposes)
    }
}
