//! An administrator's contribution, wrapped in a draft for every agency that has a key for it (P-11).

use samenloop_core::manifest::EpochState;
use samenloop_core::value::{ConnectionId, Epoch};
use samenloop_pseudonym::contribution::Contribution;
use toml_edit::{ArrayOfTables, Item, Table};

use super::{Bench, Edited, EpochFault, behind, entry, list};
use crate::hex::hex;
use crate::key::{Wrapped, wrap};
use crate::manifest::Draft;

impl Bench<'_> {
    /// The epoch of a draft whose contributions are to be wrapped: the announced one, or else the active one, whose
    /// key an agency that comes later gets.
    ///
    /// # Errors
    /// [`EpochFault::Draft`] when the book would not take the draft.
    pub fn epoch_to_wrap(&self, draft: &Draft) -> Result<Epoch, EpochFault> {
        let manifest = draft.check(self.book, None, self.today)?;
        let announced = manifest.epochs().iter().find(|it| it.state == EpochState::Announced);
        Ok(announced.map_or(manifest.active_epoch(), |it| it.epoch))
    }

    /// Wraps a contribution to the keys that agencies made for an epoch, and enters the wraps.
    ///
    /// A wrap to the same key stays. When the agency made another key, the wraps to the one before go, those of other
    /// administrators too: what is wrapped to a key that is given up opens nothing.
    ///
    /// # Errors
    /// [`EpochFault`]: the contribution is not what the draft commits to, a key is none, or the book refuses.
    pub fn wrap(
        &self,
        draft: &Draft,
        epoch: Epoch,
        contribution: &Contribution,
        keys: &[(ConnectionId, [u8; 32])],
    ) -> Result<Edited, EpochFault> {
        let exchange = self.book.root().exchange();
        let administrator = contribution.administrator();
        let manifest = draft.check(self.book, None, self.today)?;
        let making = manifest.making_of(epoch).ok_or(EpochFault::Unknown(epoch))?;
        let promised = making.commitments.iter().find(|it| it.administrator == *administrator);
        let promised = promised.ok_or(EpochFault::NoContribution(epoch))?;
        if promised.commitment != contribution.commitment(exchange, epoch) {
            return Err(EpochFault::OtherContribution(epoch));
        }
        let mut document = draft.document()?;
        let table = entry(list(&mut document)?, epoch)?;
        let item = table.entry("wraps").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        let wraps = item.as_array_of_tables_mut().ok_or(EpochFault::NoList)?;
        let mut wrapped = Vec::new();
        for (agency, key) in keys {
            let wrap_key = hex(key);
            let has =
                |it: &Table, field: &str, value: &str| it.get(field).and_then(Item::as_str) == Some(value);
            let is_agency = |it: &Table| has(it, "connection", agency.as_str());
            wraps.retain(|it| !is_agency(it) || has(it, "wrap_key", &wrap_key));
            if wraps.iter().any(|it| is_agency(it) && has(it, "administrator", administrator.as_str())) {
                continue;
            }
            let sealed = wrap(exchange, epoch, contribution, agency, key)
                .map_err(|_| EpochFault::WrapKey { epoch, agency: agency.clone() })?;
            wraps.push(entered(agency, &wrap_key, administrator, &sealed));
            wrapped.push(agency.clone());
        }
        if wraps.is_empty() {
            table.remove("wraps");
        }
        let edited = self.edited(draft, &document, epoch, None)?;
        // Who has the key of an epoch in use already needs no wrap; only of one to come it says who cannot follow.
        let is_to_come = edited.manifest.active_epoch() != epoch;
        let without_wraps =
            if is_to_come { behind(&edited.manifest, epoch, self.today, None) } else { Vec::new() };
        Ok(Edited { wrapped, without_wraps, ..edited })
    }
}

fn entered(agency: &ConnectionId, wrap_key: &str, administrator: &ConnectionId, sealed: &Wrapped) -> Table {
    let mut table = Table::new();
    for (field, value) in [
        ("connection", agency.as_str()),
        ("wrap_key", wrap_key),
        ("administrator", administrator.as_str()),
        ("encapsulated", &hex(&sealed.encapsulated)),
        ("ciphertext", &hex(&sealed.ciphertext)),
    ] {
        table.insert(field, toml_edit::value(value));
    }
    table.decor_mut().set_prefix("\n");
    table
}
