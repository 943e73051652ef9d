//! The batches of one stream that are on their way to disk.
//!
//! Several at once, so that one fsync serves them all; acked in the order in which they came.

use std::collections::{HashSet, VecDeque};
use std::future::{Future, poll_fn};
use std::task::Poll;

use samenloop_core::value::SignalReference;
use tokio::task::JoinHandle;

use crate::refusal::Refusal;

/// Batches of one stream on their way at once.
const OUTSTANDING: usize = 8;

/// What comes of one batch.
pub(crate) type Outcome<T> = Result<T, Refusal>;

/// Outcomes to come, oldest first.
pub(crate) struct Window<T>(VecDeque<Outstanding<T>>);

struct Outstanding<T> {
    references: HashSet<SignalReference>,
    outcome: Coming<T>,
}

enum Coming<T> {
    Here(Option<Outcome<T>>),
    Running(JoinHandle<Outcome<T>>),
}

impl<T: Send + 'static> Window<T> {
    /// An empty window.
    pub(crate) const fn new() -> Self {
        Self(VecDeque::new())
    }

    /// Whether nothing is on its way.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one more may be started.
    pub(crate) fn has_room(&self) -> bool {
        self.0.len() < OUTSTANDING
    }

    /// Whether a batch on its way names one of `references`. Then wait: what one reference is sent is kept in
    /// the order in which it was sent, or a withdrawal could overtake its signal (P-42).
    pub(crate) fn shares(&self, references: &HashSet<SignalReference>) -> bool {
        self.0.iter().any(|it| !it.references.is_disjoint(references))
    }

    /// Starts a batch. It goes on to its end even if the stream breaks off: what is counted is then kept.
    pub(crate) async fn start(
        &mut self,
        references: HashSet<SignalReference>,
        keeping: impl Future<Output = Outcome<T>> + Send + 'static,
    ) {
        let mut keeping = Box::pin(keeping);
        // Polled once here, so that a store which queues on the first poll numbers batches as they came.
        let first = poll_fn(|context| Poll::Ready(keeping.as_mut().poll(context))).await;
        let outcome = match first {
            Poll::Ready(outcome) => Coming::Here(Some(outcome)),
            Poll::Pending => Coming::Running(tokio::spawn(keeping)),
        };
        self.0.push_back(Outstanding { references, outcome });
    }

    /// Waits for nothing that is on its way; it is kept all the same, and its sender sends it again.
    pub(crate) fn abandon(&mut self) {
        self.0.clear();
    }

    /// The outcome of the oldest batch; `None` when there is none. Safe to cancel: it is then still the oldest.
    pub(crate) async fn next(&mut self) -> Option<Outcome<T>> {
        let outcome = match &mut self.0.front_mut()?.outcome {
            Coming::Here(outcome) => outcome.take().unwrap_or(Err(Refusal::Stopping)),
            // A task ends early only when the runtime does.
            Coming::Running(task) => task.await.unwrap_or(Err(Refusal::Stopping)),
        };
        self.0.pop_front();
        Some(outcome)
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    fn names(number: u8) -> HashSet<SignalReference> {
        HashSet::from([SignalReference::new([number; 16])])
    }

    #[tokio::test]
    async fn outcomes_come_in_the_order_of_their_batches() {
        let mut window = Window::new();
        let (slow, waits) = oneshot::channel::<()>();
        window.start(names(1), async { waits.await.map(|()| 1).map_err(|_| Refusal::Stopping) }).await;
        window.start(names(2), async { Ok(2) }).await;
        let early = tokio::time::timeout(std::time::Duration::from_millis(20), window.next()).await;
        assert!(early.is_err(), "the second batch must wait for the first");
        slow.send(()).unwrap();
        assert_eq!(window.next().await, Some(Ok(1)));
        assert_eq!(window.next().await, Some(Ok(2)));
        assert_eq!(window.next().await, None);
    }

    #[tokio::test]
    async fn a_window_knows_which_signals_are_on_their_way() {
        let mut window = Window::new();
        window.start(names(1), async { Ok(()) }).await;
        assert!(window.shares(&names(1)));
        assert!(!window.shares(&names(2)));
        assert_eq!(window.next().await, Some(Ok(())));
        assert!(!window.shares(&names(1)));
    }
}
