//! One signal from a case system to the hub, and its ack: what a supplier builds on.
//!
//! ```text
//! cargo run -p samenloop-client --example push_one -- CONFIG < RECORD
//! ```
//!
//! CONFIG is the agency's configuration; RECORD one JSON object with the columns of the README. Prints what became of
//! it as JSON. The library does the rest: manifest and keys, every check before anything leaves, pseudonyms, sealed
//! details, the hub's receipt, and the journal that makes a second push the same signal.

use std::error::Error;
use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use samenloop_client::clock::SystemClock;
use samenloop_client::config::Config;
use samenloop_client::follow;
use samenloop_client::hub::Hub;
use samenloop_client::input::{AcuteRoute, Reader, Source};
use samenloop_client::journal::Journal;
use samenloop_client::language::{Language, Say};
use samenloop_client::membership::Membership;
use samenloop_client::push::{Observer, Push, Totals};
use samenloop_client::refusal::Refusal;
use samenloop_client::remark::Remark;
use samenloop_core::clock::Clock as _;
use zeroize::Zeroizing;

/// How long to go on while the hub is away.
const WAIT: Duration = Duration::from_secs(60);

/// What the case system keeps of the push.
#[derive(Default)]
struct Told {
    /// Why nothing was stored, as a name for programs and a sentence for its user.
    refused: Option<(&'static str, String)>,
    /// The record's reference was withdrawn: the signal stays so, and a new judgement takes a new reference.
    is_withdrawn: bool,
}

impl Observer for Told {
    fn refused(&mut self, _: u64, refusal: &Refusal) {
        self.refused = Some((refusal.name(), refusal.say(Language::Nl)));
    }
    fn remarked(&mut self, _: u64, remark: Remark) {
        self.is_withdrawn |= remark == Remark::WithdrawnEarlier;
    }
    fn progress(&mut self, _: &Totals) {}
    fn waiting(&mut self) {}
}

/// V-15: before anything else, whom to call.
fn call_first(_: u64, route: &AcuteRoute) {
    eprintln!("{}", route.numbers);
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let config = std::env::args_os().nth(1).ok_or("which configuration?")?;
    // It holds an identifier: wiped when it is done.
    let mut record = Zeroizing::new(Vec::new());
    std::io::stdin().read_to_end(&mut record)?;

    // Who we are, by the newest manifest, which is verified here; and the keys of every live epoch.
    let clock = SystemClock::new()?;
    let membership = Membership::load(Config::read(Path::new(&config))?, clock.today())?;
    let membership = follow::fetch(membership, &clock).await?;
    follow::settle(&membership, &clock).await?;
    let agency = Arc::new(membership.agency(clock.today())?);

    // One push at a time holds the journal.
    let mut journal = Journal::open(membership.config().journal(), clock.today())?;
    let hub = Hub::new(&membership)?;
    let reader = Reader::new(Source::stream(std::io::Cursor::new(record))?)?;
    let mut told = Told::default();
    let push = Push { hub: &hub, journal: &mut journal, clock: &clock, observer: &mut told, wait: WAIT };
    let pushed = push.file(agency, reader, call_first).await;

    // The same call again goes on where this one stopped: nothing twice, nothing lost.
    let totals = pushed.map_err(|(_, fault)| fault)?;
    let (reason, sentence) = told.refused.unzip();
    println!(
        "{}",
        serde_json::json!({
            "accepted": totals.accepted, "refused": totals.refused, "reason": reason, "message": sentence,
            "withdrawn_earlier": told.is_withdrawn,
        })
    );
    Ok(if totals.refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(3) })
}
