//! The engines, and what a crash leaves of each.

use std::path::{Path, PathBuf};

use samenloop_store::memory::MemoryStore;
use samenloop_store::sled::{SledOptions, SledStore};
use samenloop_store::{Fault, Filed, Store, Tick};

use super::operation::Moment;

/// The exchange of the fixture's manifest.
const EXCHANGE: &str = "zhz";

/// An engine under simulation.
pub(crate) trait Engine {
    type Store: Store;

    fn store(&self) -> &Self::Store;

    /// The power goes now, and comes back.
    fn crash(&mut self) -> Result<(), Fault>;

    /// A tick, in which the power goes after the database was synced, and comes back.
    async fn crash_in_tick(&mut self, tick: Tick, moment: Moment) -> Result<Filed, Fault>;
}

/// The memory engine: never crashes, as nothing would be left.
pub(crate) struct Memory(MemoryStore);

impl Memory {
    pub(crate) fn new() -> Self {
        Self(MemoryStore::new(EXCHANGE))
    }
}

impl Engine for Memory {
    type Store = MemoryStore;

    fn store(&self) -> &MemoryStore {
        &self.0
    }

    fn crash(&mut self) -> Result<(), Fault> {
        Ok(())
    }

    async fn crash_in_tick(&mut self, tick: Tick, _: Moment) -> Result<Filed, Fault> {
        self.0.file(|| tick).await
    }
}

/// The sled engine, in directories of its own: each crash moves on to a copy of them.
pub(crate) struct Sled {
    directory: tempfile::TempDir,
    life: u32,
    store: Option<SledStore>,
    /// Quarters and epochs whose first tick was: their secrets are there before the next one.
    seasoned: Vec<u16>,
}

impl Sled {
    pub(crate) fn new() -> Result<Self, Fault> {
        let directory = tempfile::tempdir()
            .map_err(|source| Fault::Io { what: "making a directory for the simulation", source })?;
        let mut made = Self { directory, life: 0, store: None, seasoned: Vec::new() };
        made.store = Some(SledStore::open(made.options())?);
        Ok(made)
    }

    fn at(&self, what: &str, life: u32) -> PathBuf {
        self.directory.path().join(format!("{what}-{life}"))
    }

    fn options(&self) -> SledOptions {
        SledOptions {
            data: self.at("data", self.life),
            secrets: self.at("secrets", self.life),
            exchange: EXCHANGE.to_owned(),
            cache_bytes: 4 << 20,
        }
    }

    /// Copies what lies on disk now to the directories of another life.
    fn copy_to(&self, life: u32) -> Result<(), Fault> {
        for what in ["data", "secrets"] {
            copy(&self.at(what, self.life), &self.at(what, life))?;
        }
        Ok(())
    }

    /// Abandons the store, and goes on from the directories of another life.
    fn go_on_from(&mut self, life: u32) -> Result<(), Fault> {
        self.store = None;
        for what in ["data", "secrets"] {
            remove(&self.at(what, self.life))?;
        }
        self.life = life;
        self.store = Some(SledStore::open(self.options())?);
        Ok(())
    }
}

impl Engine for Sled {
    type Store = SledStore;

    fn store(&self) -> &SledStore {
        self.store.as_ref().expect("a store between two crashes")
    }

    fn crash(&mut self) -> Result<(), Fault> {
        self.copy_to(self.life + 1)?;
        self.go_on_from(self.life + 1)
    }

    async fn crash_in_tick(&mut self, tick: Tick, moment: Moment) -> Result<Filed, Fault> {
        let (before, after) = (self.life + 1, self.life + 2);
        self.copy_to(before)?;
        let quarter = tick.today.quarter();
        let seasoned = self.seasoned.contains(&quarter);
        let filed = self.store().file(|| tick).await?;
        self.seasoned.push(quarter);
        self.copy_to(after)?;
        // What a later step changed is put back as it was before the tick. Secrets are put back only where
        // this tick made none: those are made before the database is written.
        let put_back = |what: &str, name: &str| -> Result<(), Fault> {
            let (from, to) = (self.at(what, before).join(name), self.at(what, after).join(name));
            remove(&to)?;
            copy(&from, &to)
        };
        put_back("data", "intake")?;
        if seasoned && moment != Moment::Segment {
            put_back("secrets", "secrets.slots")?;
            if moment == Moment::Head {
                put_back("data", "head")?;
            }
        }
        for what in ["data", "secrets"] {
            remove(&self.at(what, before))?;
        }
        self.go_on_from(after)?;
        Ok(filed)
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), Fault> {
    let io = |source| Fault::Io { what: "copying a directory of the simulation", source };
    if !from.is_dir() {
        return std::fs::copy(from, to).map(|_| ()).map_err(io);
    }
    std::fs::create_dir_all(to).map_err(io)?;
    for entry in std::fs::read_dir(from).map_err(io)? {
        let entry = entry.map_err(io)?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), Fault> {
    let removed = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    removed.map_err(|source| Fault::Io { what: "clearing a directory of the simulation", source })
}
