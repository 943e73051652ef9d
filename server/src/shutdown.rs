//! Stopping: everybody is told once, has a few seconds to finish, and is then stopped anyway.

use std::time::Duration;

use tokio::sync::watch;

/// Knows whether the hub is to stop. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

/// Says it. Dropping it says it too.
#[derive(Debug)]
pub(crate) struct StopSwitch(watch::Sender<bool>);

/// A switch and what listens to it.
pub(crate) fn stop_switch() -> (StopSwitch, Stop) {
    let (sender, receiver) = watch::channel(false);
    (StopSwitch(sender), Stop(receiver))
}

impl StopSwitch {
    /// Tells everybody.
    pub(crate) fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Returns once the hub is to stop. Safe to cancel.
    pub(crate) async fn wait(&mut self) {
        // An error means that the switch is gone, and with it the hub.
        let _ = self.0.wait_for(|stopped| *stopped).await;
    }
}

/// Limits on what one peer may cost the hub (a limit on everything).
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once; one more is closed before a byte is read.
    pub connections: usize,
    /// Connections at once of one certificate key; one more is closed after its handshake.
    pub connections_per_key: usize,
    /// TLS handshakes at once; one more waits in the system's queue. One source address has half of them: one
    /// more of its own is closed.
    pub handshakes: usize,
    /// Time for the TLS handshake.
    pub handshake: Duration,
    /// Time from the handshake to the first call.
    pub first_call: Duration,
    /// Silence after which an HTTP/2 ping is sent.
    pub ping_after: Duration,
    /// Time for the answer to that ping.
    pub ping_answer: Duration,
    /// Time for running calls once the hub stops; connections are then cut.
    pub finish: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            connections_per_key: 16,
            handshakes: 512,
            handshake: Duration::from_secs(5),
            first_call: Duration::from_secs(30),
            ping_after: Duration::from_secs(20),
            ping_answer: Duration::from_secs(10),
            finish: Duration::from_secs(4),
        }
    }
}

/// Returns when the process is asked to stop: SIGTERM or SIGINT.
///
/// # Errors
/// When the system lets no handler be set.
pub(crate) async fn asked_to_stop() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
