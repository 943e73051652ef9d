//! Calls that wait for the writer, of whoever may send signals too, are answered on a beat: how long it was busy with a tick
//! does not show. One a beat of each connection is also all that such calls can add to the logs.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use samenloop_core::value::ConnectionId;
use tokio::time::{Instant, sleep_until};

use crate::refusal::Refusal;

/// What such a call takes, or a multiple of it. A tick is filed well within it.
const BEAT: Duration = Duration::from_secs(1);

/// One such call of a connection at a time, so that nobody queues calls until one of them crosses a beat.
pub(crate) struct Beat {
    length: Duration,
    turns: Mutex<BTreeMap<ConnectionId, Arc<tokio::sync::Mutex<()>>>>,
}

impl Default for Beat {
    fn default() -> Self {
        Self { length: BEAT, turns: Mutex::default() }
    }
}

impl Beat {
    /// Does `work` for a caller, to its end also when the caller leaves meanwhile, and returns a whole number of beats after
    /// it began.
    ///
    /// # Errors
    /// [`Refusal::Stopping`]: the work was broken off.
    pub(crate) async fn on<T: Send + 'static>(
        &self,
        caller: &ConnectionId,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Refusal> {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(caller.clone()).or_default())
        };
        let (turn, length) = (turn.lock_owned().await, self.length);
        let worked = tokio::spawn(async move {
            // Whoever leaves keeps its turn: it can begin no other call before this beat is over.
            let _turn = turn;
            let began = Instant::now();
            let done = work.await;
            let mut beat = began + length;
            while beat < Instant::now() {
                beat += length;
            }
            sleep_until(beat).await;
            done
        });
        worked.await.map_err(|_| Refusal::Stopping)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    const SHORT: Duration = Duration::from_millis(40);

    fn caller(name: &str) -> ConnectionId {
        ConnectionId::parse(name).unwrap()
    }

    /// P-64: what waits for the writer tells nothing of a tick.
    #[tokio::test]
    async fn a_call_takes_whole_beats_however_long_the_writer_was_busy() {
        for (busy, beats) in [(0, 1), (3, 1), (45, 2)] {
            let (beat, began) = (Beat { length: SHORT, turns: Mutex::default() }, Instant::now());
            beat.on(&caller("school-west"), sleep(Duration::from_millis(busy))).await.unwrap();
            assert!(began.elapsed() >= SHORT * beats, "{busy} ms");
        }
    }

    #[tokio::test]
    async fn calls_of_one_connection_take_turns_and_others_do_not_wait() {
        let (beat, began) = (Beat { length: SHORT, turns: Mutex::default() }, Instant::now());
        let (school, police) = (caller("school-west"), caller("politie-west"));
        let ended = async |caller| {
            beat.on(caller, async {}).await.unwrap();
            began.elapsed()
        };
        let (first, second, other) = tokio::join!(ended(&school), ended(&school), ended(&police));
        assert!(second >= first + SHORT, "{first:?} {second:?}");
        assert!(other < second, "{other:?} {second:?}");
    }

    /// P-64: whoever hangs up as soon as it asked asks no faster, and what it asked is done.
    #[tokio::test]
    async fn a_call_that_its_caller_left_is_done_and_keeps_its_turn() {
        let (beat, began) = (Beat { length: SHORT, turns: Mutex::default() }, Instant::now());
        let (school, (done, is_done)) = (caller("school-west"), tokio::sync::oneshot::channel());
        let left = beat.on(&school, async move {
            sleep(Duration::from_millis(5)).await;
            done.send(()).unwrap();
        });
        assert!(tokio::time::timeout(Duration::from_millis(1), left).await.is_err());
        is_done.await.unwrap();
        beat.on(&school, async {}).await.unwrap();
        assert!(began.elapsed() >= SHORT * 2, "{:?}", began.elapsed());
    }
}
