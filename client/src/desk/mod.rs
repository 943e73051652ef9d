//! The desk (`samenloop desk`): pages on loopback for one person at a time. An agency's is for who has no back office; a
//! coordinator's is for alerts.
//!
//! ```text
//! agency       login link -> session -> danger? -> ten questions -> code -> signal -> what leaves -> sent
//!                                    -> own signals -> withdraw, or extend by a signal of today
//!                                    -> contact requests -> answer
//! coordinator  login link -> session -> overview by age -> one alert -> a form for each act -> the alert as it is then
//! ```
//!
//! Pages are made here and need no script. What is typed goes no further than this process; what leaves goes by the same
//! library as `samenloop signal push`. The number of a child comes in with one form, becomes a pseudonym before the next page
//! is made, and is in no draft, URL, log or later page.

mod ask;
mod door;
mod draft;
mod form;
mod gate;
mod page;
mod send;
mod signal;
mod token;

use std::collections::HashSet;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use samenloop_core::clock::Clock as _;
use samenloop_core::value::{Day, SignalReference};
use tokio::net::TcpListener;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::language::{Language, Say, cause};
use crate::membership::{Membership, MembershipFault};
use draft::Draft;
use gate::Gate;
use page::Trouble;

/// How often sessions are looked at for idle time.
const SWEEP: Duration = Duration::from_secs(5);

/// Why the desk does not open.
#[derive(Debug, thiserror::Error)]
pub enum DeskFault {
    /// The port is taken, or may not be used.
    #[error("port {port} cannot be used: {source}")]
    Port {
        /// The port that was asked for; 0 is any.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// The operating system gives no random bytes.
    #[error("no random bytes")]
    Random,
}

impl From<token::NoRandom> for DeskFault {
    fn from(_: token::NoRandom) -> Self {
        Self::Random
    }
}

impl Say for DeskFault {
    fn say(&self, language: Language) -> String {
        match (self, language) {
            (_, Language::En) => format!("{self}."),
            (Self::Port { port, source }, Language::Nl) => format!(
                "Poort {port} is niet te gebruiken: {}. Kies een andere, of laat --port weg.",
                cause(source, language)
            ),
            (Self::Random, Language::Nl) => {
                "Deze computer geeft geen willekeurige getallen. Start hem opnieuw op.".into()
            }
        }
    }
}

/// Whose pages a desk shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Post {
    /// Those of an agency.
    Agency,
    /// Those of a coordinator.
    Coordinator,
}

/// What a desk is opened with.
#[derive(Debug, Clone, Copy)]
pub struct Opening {
    /// Whose pages it shows.
    pub post: Post,
    /// The port on loopback; 0 for any that is free.
    pub port: u16,
    /// The language in which sessions begin.
    pub language: Language,
    /// After how long without a request a session ends.
    pub idle: Duration,
}

/// The desk of one connection.
pub(crate) struct Desk {
    config: Config,
    post: Post,
    clock: SystemClock,
    /// Address and port, as browsers write them.
    host: String,
    gate: Mutex<Gate>,
    /// Held while something leaves: two tabs wait for one another, and the end of the program for both.
    sending: tokio::sync::Mutex<()>,
    /// Own signals that were erased on request, of which somebody read that since the desk was opened.
    read: Mutex<HashSet<SignalReference>>,
    tell_link: Box<dyn Fn(&str) + Send + Sync>,
}

impl Desk {
    fn gate(&self) -> MutexGuard<'_, Gate> {
        // Nothing in the gate is half-done when a thread ends.
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Own signals of which it was read that they were erased.
    fn read(&self) -> MutexGuard<'_, HashSet<SignalReference>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn host(&self) -> &str {
        &self.host
    }

    fn today(&self) -> Day {
        self.clock.today()
    }

    /// Tells the login link that stands ready, where only who started the program reads it.
    fn tell_link(&self) {
        if let Some(token) = self.gate().link() {
            (self.tell_link)(&format!("http://{}{}{token}", self.host, door::LOGIN));
        }
    }

    /// The connection under the manifests that are here now.
    fn membership(&self) -> Result<Membership, Trouble> {
        Membership::load(self.config.clone(), self.today()).map_err(|fault| self.unable(&fault))
    }

    fn unable(&self, fault: &MembershipFault) -> Trouble {
        Trouble::Fault { nl: fault.say(Language::Nl), en: fault.say(Language::En) }
    }

    fn keep(&self, draft: Draft) -> Result<String, Trouble> {
        self.gate().keep(draft).map_err(|_| Trouble::from(token::NoRandom))
    }

    async fn sweep(&self) {
        loop {
            tokio::time::sleep(SWEEP).await;
            if matches!(self.gate().expire(Instant::now()), Ok(true)) {
                self.tell_link();
            }
        }
    }
}

/// Opens the desk until `stop` is done. `tell_link` gets each login link as soon as it stands ready.
///
/// # Errors
/// [`DeskFault`] when it cannot listen on loopback.
pub async fn open(
    config: Config,
    clock: SystemClock,
    opening: Opening,
    tell_link: impl Fn(&str) + Send + Sync + 'static,
    stop: impl Future<Output = ()>,
) -> Result<(), DeskFault> {
    let port = |source| DeskFault::Port { port: opening.port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, opening.port)).await.map_err(port)?;
    let host = listener.local_addr().map_err(port)?.to_string();
    let desk = Arc::new(Desk {
        config,
        post: opening.post,
        clock,
        host,
        gate: Mutex::new(Gate::new(opening.language, opening.idle)?),
        sending: tokio::sync::Mutex::new(()),
        read: Mutex::default(),
        tell_link: Box::new(tell_link),
    });
    desk.tell_link();
    let served = tokio::select! {
        served = axum::serve(listener, page::router(Arc::clone(&desk))) => served.map_err(port),
        () = desk.sweep() => Ok(()),
        () = stop => Ok(()),
    };
    // What is on its way out is written in the journal first.
    let _sent = desk.sending.lock().await;
    served
}
