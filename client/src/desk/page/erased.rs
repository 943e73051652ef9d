//! Own signals that were erased on request of the child or its guardian: said on the first page and on that of one's own
//! signals, until somebody has read it (art. 19).

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Redirect;
use samenloop_core::value::Day;

use super::OWN;
use crate::desk::Desk;
use crate::desk::form::Form;
use crate::journal::{Entry, Standing, WithdrawalReason};

/// Days for which each opening of the desk says it anew: it may have another user.
const TOLD_DAYS: u32 = 30;

/// Signals that are said at once; the others once these were read.
const MOST: usize = 100;

/// A signal of our own that was erased.
pub(super) struct Erased {
    /// The case reference, or else our own reference.
    pub(super) name: String,
    /// The hub's reference, by which the form says which was read.
    pub(super) reference: String,
}

/// Those of the journal that nobody has read of yet.
pub(super) fn unread(desk: &Desk, entries: &[Entry]) -> Vec<Erased> {
    let (today, read) = (desk.today(), desk.read());
    let unread = entries.iter().filter(|it| is_news(it, today) && !read.contains(&it.reference()));
    let named = unread.map(|it| Erased { name: it.name().to_owned(), reference: it.reference().hex() });
    named.take(MOST).collect()
}

fn is_news(entry: &Entry, today: Day) -> bool {
    entry.standing(today) == Standing::Withdrawn(WithdrawalReason::Erased)
        && today <= entry.acknowledged().plus_days(TOLD_DAYS)
}

/// `POST /gewist`: it was read.
pub(super) async fn read(State(desk): State<Arc<Desk>>, Extension(form): Extension<Arc<Form>>) -> Redirect {
    if let Ok(entries) = crate::journal::entries(desk.config.journal()) {
        let named: Vec<_> = form.texts("gelezen").collect();
        let read = entries.iter().map(Entry::reference).filter(|it| named.contains(&it.hex().as_str()));
        desk.read().extend(read);
    }
    Redirect::to(if form.text("terug") == OWN.0 { OWN.0 } else { "/" })
}
