//! Calls of senders that wait for the writer are answered on a beat: how long it was busy with a tick does not show.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use samenloop_core::value::ConnectionId;
use tokio::time::{Instant, sleep_until};

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
    /// Does `work` for a caller, and returns a whole number of beats after it began.
    pub(crate) async fn on<T>(&self, caller: &ConnectionId, work: impl Future<Output = T>) -> T {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(caller.clone()).or_default())
        };
        let _turn = turn.lock().await;
        let began = Instant::now();
        let done = work.await;
        let mut beat = began + self.length;
        while beat < Instant::now() {
            beat += self.length;
        }
        sleep_until(beat).await;
        done
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
            beat.on(&caller("school-west"), sleep(Duration::from_millis(busy))).await;
            assert!(began.elapsed() >= SHORT * beats, "{busy} ms");
        }
    }

    #[tokio::test]
    async fn calls_of_one_connection_take_turns_and_others_do_not_wait() {
        let (beat, began) = (Beat { length: SHORT, turns: Mutex::default() }, Instant::now());
        let (school, police) = (caller("school-west"), caller("politie-west"));
        let ended = async |caller| {
            beat.on(caller, async {}).await;
            began.elapsed()
        };
        let (first, second, other) = tokio::join!(ended(&school), ended(&school), ended(&police));
        assert!(second >= first + SHORT, "{first:?} {second:?}");
        assert!(other < second, "{other:?} {second:?}");
    }
}
