//! Both engines keep the one contract.

use std::path::PathBuf;

use samenloop_store::Fault;
use samenloop_store::conformance::{Engine, check};
use samenloop_store::memory::MemoryStore;
use samenloop_store::sled::{SledOptions, SledStore};

struct Memory;

impl Engine for Memory {
    type Store = MemoryStore;

    fn empty(&mut self) -> Result<MemoryStore, Fault> {
        Ok(MemoryStore::new("zhz"))
    }

    fn again(&mut self, _: MemoryStore) -> Result<Option<MemoryStore>, Fault> {
        Ok(None)
    }
}

struct Sled {
    directory: tempfile::TempDir,
    made: u32,
}

impl Sled {
    fn options(&self) -> SledOptions {
        let at = |name: &str| -> PathBuf { self.directory.path().join(format!("{name}-{}", self.made)) };
        SledOptions { data: at("data"), secrets: at("secrets"), exchange: "zhz".into(), cache_bytes: 8 << 20 }
    }
}

impl Engine for Sled {
    type Store = SledStore;

    fn empty(&mut self) -> Result<SledStore, Fault> {
        self.made += 1;
        SledStore::open(self.options())
    }

    fn again(&mut self, store: SledStore) -> Result<Option<SledStore>, Fault> {
        drop(store);
        SledStore::open(self.options()).map(Some)
    }
}

#[tokio::test]
async fn the_memory_engine_conforms() {
    check(&mut Memory).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sled_engine_conforms() {
    check(&mut Sled { directory: tempfile::tempdir().unwrap(), made: 0 }).await.unwrap();
}
