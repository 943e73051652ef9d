//! The hub's own book of manifests: what it relays, and what it seats (protocol.md P-22, P-24).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use samenloop_core::clock::Clock;
use samenloop_core::manifest::Manifest;
use samenloop_manifest::{Added, Book, BookFault, Publication};

use crate::seat::Seat;

/// The book behind the seat. Its one writer is an administrator's publication.
pub struct Archive {
    book: Mutex<Book>,
    clock: Arc<dyn Clock>,
    seat: Arc<Seat>,
}

impl Archive {
    /// The archive of a book that holds at least one manifest; seats what acts today.
    ///
    /// # Errors
    /// [`BookFault::Empty`].
    pub fn new(book: Book, clock: Arc<dyn Clock>) -> Result<Self, BookFault> {
        let (acting, newest) = manifests(&book, clock.as_ref())?;
        let seat = Arc::new(Seat::new(Arc::clone(&acting)));
        seat.learn(book.details_keys().clone());
        seat.seat(acting, newest);
        Ok(Self { book: Mutex::new(book), clock, seat })
    }

    /// Where its manifests sit.
    #[must_use]
    pub const fn seat(&self) -> &Arc<Seat> {
        &self.seat
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose manifests these are.
    pub(crate) fn origin(&self) -> String {
        self.book().root().origin().to_owned()
    }

    /// The publication of a sequence, if it is in the book. Reads a file.
    pub(crate) fn publication(&self, sequence: u64) -> Result<Option<Publication>, BookFault> {
        self.book().publication(sequence)
    }

    /// Verifies a publication, keeps it and seats it: who is struck out is stopped when this returns. Syncs a file.
    pub(crate) fn publish(&self, publication: &Publication) -> Result<u64, BookFault> {
        let mut book = self.book();
        let added = book.add(publication)?;
        let (acting, newest) = manifests(&book, self.clock.as_ref())?;
        let sequence = newest.sequence();
        if added == Added::New {
            tracing::info!(sequence, acts_from = %newest.acts_from(), "a new manifest");
        }
        self.seat.learn(book.details_keys().clone());
        self.seat.seat(acting, newest);
        Ok(sequence)
    }

    /// Seats what acts today: a manifest whose additions waited may have come of age.
    pub(crate) fn turn(&self) {
        // An empty book never came here.
        if let Ok((acting, newest)) = manifests(&self.book(), self.clock.as_ref()) {
            self.seat.seat(acting, newest);
        }
    }
}

fn manifests(book: &Book, clock: &dyn Clock) -> Result<(Arc<Manifest>, Arc<Manifest>), BookFault> {
    match (book.acting(clock.today()), book.newest()) {
        (Some(acting), Some(newest)) => Ok((Arc::clone(acting), Arc::clone(newest))),
        _ => Err(BookFault::Empty(book.directory().to_owned())),
    }
}
