//! Pushing: rows become batches on every core, batches leave in order, and every ack is checked.
//!
//! ```text
//! file -> reader thread -> chunks -> cores: pseudonyms, sealed details -> window of batches <-> hub
//!                                                                            acks -> journal, report
//! ```
//!
//! Memory is flat: every arrow is a short queue. A batch is kept until its ack was checked, and sent again: the same
//! bytes when the connection broke, made anew from its rows when the hub has a newer manifest.

mod chunks;
mod session;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use samenloop_core::clock::Clock;
use tokio::sync::mpsc;

pub use chunks::{Chunk, read_chunks};

use crate::hub::{Hub, HubFault};
use crate::input::{AcuteRoute, InputFault, LocalRules, LocalRulesFault, Reader};
use crate::journal::{Journal, JournalFault};
use crate::language::{Language, Say};
use crate::membership::{Agency, Membership, MembershipFault};
use crate::prepare::{PrepareFault, Prepared, Preparer, SentLine, withdrawals};
use crate::refusal::Refusal;
use session::Session;

/// How a push went, so far or in the end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Lines that left this machine.
    pub sent: u64,
    /// Lines that the hub acknowledged, repeats included.
    pub accepted: u64,
    /// Lines refused, here or by the hub.
    pub refused: u64,
}

/// Who is told how a push goes. Refusals come in the order of the file, but for repeats.
pub trait Observer {
    /// A line was refused, here or by the hub.
    fn refused(&mut self, line: u64, refusal: &Refusal);
    /// An acknowledged line's reference was withdrawn earlier: the signal stays withdrawn (P-42).
    fn withdrawn_earlier(&mut self, line: u64);
    /// Some lines are done.
    fn progress(&mut self, totals: &Totals);
    /// The connection is gone; it is tried again.
    fn waiting(&mut self);
    /// The hub has a newer manifest than this push: brings the membership under it. Without one the push ends there.
    fn renew(&mut self) -> impl Future<Output = Option<Membership>> + Send {
        std::future::ready(None)
    }
}

/// Why a push stopped before its end. What was acknowledged stands.
#[derive(Debug, thiserror::Error)]
pub enum PushFault {
    /// The connection may not send at all.
    #[error("this connection may not send now")]
    Rules(LocalRulesFault),
    /// This machine cannot act for its connection.
    #[error(transparent)]
    Membership(#[from] MembershipFault),
    /// The file.
    #[error(transparent)]
    Input(#[from] InputFault),
    /// A batch could not be made.
    #[error(transparent)]
    Prepare(#[from] PrepareFault),
    /// The hub.
    #[error(transparent)]
    Hub(#[from] HubFault),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalFault),
    /// A thread of ours ended unexpectedly.
    #[error("interrupted")]
    Interrupted,
}

impl PushFault {
    /// The stable name that programs see.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Rules(LocalRulesFault::ManifestExpired) => "MANIFEST_EXPIRED",
            Self::Rules(LocalRulesFault::Permit(_)) => "NOT_TAKING_PART",
            Self::Membership(_) => "NOT_SET_UP",
            Self::Input(fault) => fault.name(),
            Self::Prepare(_) => "SEALING_FAILED",
            Self::Hub(HubFault::Refused { reason, .. }) => crate::refusal::reason_name(*reason),
            Self::Hub(
                HubFault::Tls(_) | HubFault::Credentials(_) | HubFault::Key(_) | HubFault::KeyNotOwn,
            ) => "CERTIFICATE",
            Self::Hub(HubFault::Broken(_)) => "WRONG_ANSWER",
            Self::Hub(HubFault::Unreachable | HubFault::Unavailable(_)) => "HUB_UNREACHABLE",
            Self::Journal(_) => "JOURNAL",
            Self::Interrupted => "INTERRUPTED",
        }
    }
}

impl Say for PushFault {
    fn say(&self, language: Language) -> String {
        match (self, language) {
            (Self::Membership(fault), _) => fault.say(language),
            (Self::Input(fault), _) => fault.say(language),
            (Self::Hub(fault), _) => fault.say(language),
            (Self::Journal(fault), _) => fault.say(language),
            (_, Language::En) => format!("{self}."),
            (Self::Rules(LocalRulesFault::ManifestExpired), _) => {
                "Uw manifest is verlopen. Er is niets verstuurd. Vraag de sleutelbeheerders om een nieuw manifest, en kijk of de klok van deze computer goed staat.".into()
            }
            (Self::Rules(LocalRulesFault::Permit(_)), _) => {
                "Deze aansluiting mag nu geen signalen sturen. Vraag de sleutelbeheerder naar rol, grondslag en einddatum.".into()
            }
            (Self::Prepare(fault), _) => {
                format!("De details konden niet worden verzegeld ({fault}). Haal het nieuwste manifest op bij de sleutelbeheerder.")
            }
            (Self::Interrupted, _) => "Het versturen is afgebroken. Geef hetzelfde commando opnieuw.".into(),
        }
    }
}

/// A batch with what its ack leads to; one without lines only carries refusals.
pub(crate) struct Parcel {
    pub(crate) prepared: Option<Prepared>,
    pub(crate) refused: Vec<(u64, Refusal)>,
}

type Parcels = mpsc::Receiver<Result<Parcel, PushFault>>;

/// What a push needs besides its input.
pub struct Push<'p, O> {
    /// The hub to send to.
    pub hub: &'p Hub,
    /// The journal, locked.
    pub journal: &'p mut Journal,
    /// The clock.
    pub clock: &'p dyn Clock,
    /// Who is told how it goes.
    pub observer: &'p mut O,
    /// How long to go on without an ack when the connection is gone.
    pub wait: Duration,
}

impl<O: Observer> Push<'_, O> {
    /// Sends every line of a file. `acute` gets, on the reading thread and before anything else, each line that says
    /// acute, with the numbers to call (V-15).
    ///
    /// Goes on under a manifest that is published meanwhile: what is not acknowledged is made anew and leaves under
    /// it. Lines are judged here by the manifest with which the push began, and by the hub under its newest.
    ///
    /// # Errors
    /// The totals so far, and [`PushFault`]. The same call again resumes: nothing twice, nothing lost.
    pub async fn file(
        self,
        agency: Arc<Agency>,
        reader: Reader,
        acute: impl FnMut(u64, &AcuteRoute) + Send + 'static,
    ) -> Result<Totals, (Totals, PushFault)> {
        // One revision for the whole push, above all before it (P-7).
        let revision = self.clock.unix_seconds().max(self.journal.highest_revision().saturating_add(1));
        let preparer = Preparer::new(Arc::clone(&agency), revision);
        let parcels = pipeline(preparer, agency, reader, self.clock, acute);
        Session::new(self).run(parcels).await
    }

    /// Withdraws signals.
    ///
    /// # Errors
    /// The totals so far, and [`PushFault`].
    pub async fn withdraw(self, lines: Vec<SentLine>) -> Result<Totals, (Totals, PushFault)> {
        let manifest = self.hub.manifest_reference().clone();
        let (sender, parcels) = mpsc::channel(2);
        tokio::spawn(async move {
            for chunk in lines.chunks(samenloop_core::batch::MAX_LINES) {
                let prepared = withdrawals(&manifest, chunk.to_vec()).map_err(PushFault::from);
                let parcel = prepared.map(|it| Parcel { prepared: Some(it), refused: Vec::new() });
                if sender.send(parcel).await.is_err() {
                    return;
                }
            }
        });
        Session::new(self).run(parcels).await
    }
}

/// Starts the reader thread and the work on all cores; gives parcels in the order of the file.
fn pipeline(
    preparer: Preparer,
    agency: Arc<Agency>,
    mut reader: Reader,
    clock: &dyn Clock,
    acute: impl FnMut(u64, &AcuteRoute) + Send + 'static,
) -> Parcels {
    let today = clock.today();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (to_cores, mut chunks) = mpsc::channel::<Result<Chunk, PushFault>>(1);
    tokio::task::spawn_blocking(move || {
        let taxonomy = samenloop_manifest::taxonomy();
        let read = LocalRules::new(&agency.manifest, taxonomy, &agency.connection, today)
            .map_err(PushFault::Rules)
            .and_then(|rules| {
                let deliver = |chunk| to_cores.blocking_send(Ok(chunk)).is_ok();
                Ok(read_chunks(&mut reader, &rules, acute, deliver)?)
            });
        if let Err(fault) = read {
            // Nobody listening is no news: the push has ended already.
            let _ = to_cores.blocking_send(Err(fault));
        }
    });
    let (to_order, mut working) = mpsc::channel(cores);
    tokio::spawn(async move {
        while let Some(chunk) = chunks.recv().await {
            let preparer = preparer.clone();
            let work = tokio::task::spawn_blocking(move || parcel(&preparer, chunk?));
            if to_order.send(work).await.is_err() {
                return;
            }
        }
    });
    let (to_session, parcels) = mpsc::channel(1);
    tokio::spawn(async move {
        while let Some(work) = working.recv().await {
            let parcel = work.await.unwrap_or(Err(PushFault::Interrupted));
            if to_session.send(parcel).await.is_err() {
                return;
            }
        }
    });
    parcels
}

fn parcel(preparer: &Preparer, chunk: Chunk) -> Result<Parcel, PushFault> {
    let Chunk { rows, refused } = chunk;
    let prepared = if rows.is_empty() { None } else { Some(preparer.prepare(rows)?) };
    Ok(Parcel { prepared, refused })
}
