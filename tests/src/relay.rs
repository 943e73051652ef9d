//! A line between one connection and the hub, that is listened to, and goes bad when a test wants it to.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::Exchange;

/// How long what the hub says is kept back before the line breaks: time to do what it was asked.
const KEPT_BACK: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
struct Fate {
    /// Nothing is passed on any more.
    is_silent: AtomicBool,
    /// Connections that go well before one loses the hub's answer; negative for none.
    before_loss: AtomicI64,
    /// What passed, in order.
    passed: Mutex<Vec<Passed>>,
    connections: AtomicU32,
}

/// Bytes that passed at once: what an observer of the line sees.
#[derive(Debug, Clone, Copy)]
pub struct Passed {
    /// Which connection, from 1.
    pub connection: u32,
    /// To the hub, and not from it.
    pub is_to_hub: bool,
    /// How many bytes.
    pub bytes: usize,
    /// When.
    pub when: Instant,
}

impl Fate {
    fn note(&self, connection: u32, is_to_hub: bool, bytes: usize) {
        let passed = Passed { connection, is_to_hub, bytes, when: Instant::now() };
        self.passed.lock().expect("nobody failed").push(passed);
    }
}

/// A line to the hub.
#[derive(Debug)]
pub struct Relay(Arc<Fate>);

impl Relay {
    /// Puts a line between a connection of the kit and its hub.
    ///
    /// # Panics
    /// When it cannot listen, or the connection has no configuration.
    #[must_use]
    pub fn before(exchange: &Exchange, connection: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let (own, hub) = (listener.local_addr().expect("an address").to_string(), exchange.hub_address());
        let path = exchange.kit_directory().join(format!("{connection}.toml"));
        let text = std::fs::read_to_string(&path).expect("a configuration");
        assert!(text.contains(&hub), "it names the hub");
        std::fs::write(&path, text.replace(&hub, &own)).expect("a configuration");
        let fate = Arc::new(Fate { before_loss: AtomicI64::new(-1), ..Fate::default() });
        let relay = Self(Arc::clone(&fate));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(hub) = TcpStream::connect(&hub) else { continue };
                let loses = fate.before_loss.fetch_sub(1, Ordering::SeqCst) == 0;
                pass(client, hub, loses, &fate);
            }
        });
        relay
    }

    /// Everything that passed so far.
    ///
    /// # Panics
    /// When the line broke down.
    #[must_use]
    pub fn passed(&self) -> Vec<Passed> {
        self.0.passed.lock().expect("nobody failed").clone()
    }

    /// From now on the hub is reached, and nothing is heard of it.
    pub fn silence(&self) {
        self.0.is_silent.store(true, Ordering::SeqCst);
    }

    /// After so many connections more, one on which the hub is asked, and its answer is lost.
    pub fn lose_the_answer_after(&self, connections: u32) {
        self.0.before_loss.store(connections.into(), Ordering::SeqCst);
    }
}

/// Passes on what both ends say, until one of them is gone.
fn pass(client: TcpStream, hub: TcpStream, loses: bool, fate: &Arc<Fate>) {
    let (Ok(mut from_client), Ok(mut from_hub)) = (client.try_clone(), hub.try_clone()) else { return };
    let (mut to_client, mut to_hub) = (client, hub);
    // How often the client spoke: from the second time on, the line is encrypted and the hub is asked something.
    let spoken = Arc::new(AtomicU32::new(0));
    let number = fate.connections.fetch_add(1, Ordering::SeqCst) + 1;
    let (counted, fate, noting) = (Arc::clone(&spoken), Arc::clone(fate), Arc::clone(fate));
    std::thread::spawn(move || {
        let mut bytes = [0; 16 * 1024];
        while let Ok(read @ 1..) = from_client.read(&mut bytes) {
            counted.fetch_add(1, Ordering::SeqCst);
            noting.note(number, true, read);
            if to_hub.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
        let _ = to_hub.shutdown(Shutdown::Both);
    });
    std::thread::spawn(move || {
        let mut bytes = [0; 16 * 1024];
        while let Ok(read @ 1..) = from_hub.read(&mut bytes) {
            fate.note(number, false, read);
            let is_asked = spoken.load(Ordering::SeqCst) > 1;
            if is_asked && fate.is_silent.load(Ordering::SeqCst) {
                continue;
            }
            if is_asked && loses {
                std::thread::sleep(KEPT_BACK);
                break;
            }
            if to_client.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
        let _ = (to_client.shutdown(Shutdown::Both), from_hub.shutdown(Shutdown::Both));
    });
}
