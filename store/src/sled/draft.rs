//! A transaction: what it changed so far, over what the database holds.

use std::collections::BTreeMap;

use samenloop_core::alert::{Alert, AlertId, ContactRequest, SignalName};
use samenloop_core::value::{ConnectionId, SignalReference};

use super::asked;
use super::base::{Base, MAX_VALUE};
use super::keys;
use super::meta::Meta;
use crate::outlasting::Remembered;
use crate::{Erased, Fault};

/// A key and its value.
pub(crate) type Record = (Vec<u8>, Vec<u8>);

/// Changes that become one batch.
pub(crate) struct Draft<'a> {
    base: &'a Base,
    changes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    asked: BTreeMap<AlertId, Vec<ContactRequest>>,
    erased: BTreeMap<SignalName, Option<Erased>>,
    outlasting: Vec<Remembered>,
    pub(crate) meta: Meta,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(base: &'a Base) -> Self {
        let (changes, asked, erased) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { base, changes, asked, erased, outlasting: Vec::new(), meta: base.meta() }
    }

    pub(crate) const fn base(&self) -> &'a Base {
        self.base
    }

    pub(crate) fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        match self.changes.get(key) {
            Some(changed) => Ok(changed.clone()),
            None => Ok(self.base.read(key)?.map(|value| value.to_vec())),
        }
    }

    /// The records whose key begins so, in order, changes included.
    pub(crate) fn scan(&self, prefix: &[u8]) -> Result<Vec<Record>, Fault> {
        let mut found = BTreeMap::new();
        for record in self.base.scan(prefix) {
            let (key, value) = record?;
            found.insert(key.to_vec(), Some(value.to_vec()));
        }
        for (key, value) in
            self.changes.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix))
        {
            found.insert(key.clone(), value.clone());
        }
        Ok(found.into_iter().filter_map(|(key, value)| value.map(|value| (key, value))).collect())
    }

    pub(crate) fn write(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), Fault> {
        if value.len() > MAX_VALUE {
            return Err(Fault::Damaged(format!("a value of {} bytes, above 16 KiB", value.len())));
        }
        self.forget(&key)?;
        self.meta.count += 1;
        self.meta.digest.add(self.base.record_digest(&key, &value));
        self.changes.insert(key, Some(value));
        Ok(())
    }

    pub(crate) fn remove(&mut self, key: Vec<u8>) -> Result<(), Fault> {
        self.forget(&key)?;
        self.changes.insert(key, None);
        Ok(())
    }

    /// Takes what stands at a key out of the count and the digest.
    fn forget(&mut self, key: &[u8]) -> Result<(), Fault> {
        if let Some(old) = self.read(key)? {
            self.meta.erased += u64::from(!keys::is_count(key));
            self.meta.count -= 1;
            self.meta.digest.take(self.base.record_digest(key, &old));
        }
        Ok(())
    }

    /// Notes what is asked on an alert that is kept or, without one, was removed.
    pub(crate) fn note_asked(&mut self, id: AlertId, alert: Option<&Alert>) {
        self.asked.insert(id, alert.map(asked::on).unwrap_or_default());
    }

    /// Notes what a sender is told from now on of a signal that was erased; without it, nothing any more.
    pub(crate) fn note_erased(
        &mut self,
        sender: ConnectionId,
        reference: SignalReference,
        told: Option<Erased>,
    ) {
        self.erased.insert((sender, reference), told);
    }

    /// Notes what a restore may not undo.
    pub(crate) fn remember(&mut self, what: Remembered) {
        self.outlasting.push(what);
    }

    /// Makes all changes durable, together; before that, what a restore may not undo.
    pub(crate) fn commit(self) -> Result<(), Fault> {
        if !self.outlasting.is_empty() {
            self.base.outlasting().add(self.outlasting)?;
        }
        let stored = |(key, value): (Vec<u8>, Option<Vec<u8>>)| (key.into(), value.map(Into::into));
        self.base.commit(self.changes.into_iter().map(stored).collect(), self.meta)?;
        let (mut asked, mut erasures) = (self.base.asked(), self.base.erasures());
        self.asked.into_iter().for_each(|(id, now)| asked.follow(id, now));
        self.erased
            .into_iter()
            .for_each(|((sender, reference), told)| erasures.follow(sender, reference, told));
        Ok(())
    }
}
