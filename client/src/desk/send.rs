//! From a filled-in form to the bytes that leave, and from there to the hub: by the library of `samenloop signal push`.
//!
//! The bytes are made before they are shown, so that what is shown is what leaves, and the number of the child is gone by
//! then. What is on its way out is not stopped by a browser that closes: the journal must know it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use samenloop_core::clock::Clock as _;
use samenloop_core::value::SignalReference;

use super::Desk;
use super::draft::{Filling, Ready};
use super::page::{Problem, Trouble};
use super::signal::{self, Of};
use crate::alert::Answer;
use crate::follow::{FollowFault, fetch, settle};
use crate::hex::hex;
use crate::hub::{Hub, HubFault};
use crate::journal::{self, Entry, JournalFault, WithdrawalReason, note_erased};
use crate::language::{Language, Say};
use crate::membership::Membership;
use crate::own::{self, NotExtended, extendable};
use crate::prepare::{PrepareFault, Prepared, Preparer};
use crate::push::{Observer, Push, PushFault, Totals};
use crate::refusal::Refusal;
use crate::remark::Remark;

/// How long a visitor waits for a hub that is gone.
const WAIT: Duration = Duration::from_secs(10);

/// Why a form did not become a signal.
pub(super) enum Unprepared {
    /// The fields, and what is wrong with them.
    Problems(Box<Filling>, Vec<Problem>),
    /// Nothing that another answer would mend.
    Trouble(Trouble),
}

/// Makes what leaves. The identifier is wiped before this returns.
///
/// # Errors
/// [`Unprepared`]; nothing was made then.
pub(super) fn prepare(
    desk: &Desk,
    membership: &Membership,
    language: Language,
    filling: Filling,
    number: &str,
) -> Result<Ready, Unprepared> {
    let trouble = |fault: &PushFault| Unprepared::Trouble(Trouble::of(fault));
    let today = desk.today();
    let extends = filling.extends.map(|it| extended(desk, it)).transpose();
    let entry = match extends.map_err(|fault| trouble(&fault.into()))? {
        None => None,
        Some(Ok(entry)) => Some(entry),
        Some(Err(why)) => {
            let problems = vec![Problem::new("verder", why.say(language))];
            return Err(Unprepared::Problems(Box::new(filling), problems));
        }
    };
    let of = match &entry {
        Some(entry) => Of::Own(entry),
        None => Of::New(own_reference(desk).map_err(|fault| trouble(&fault.into()))?),
    };
    let own = membership.manifest().connection(membership.config().connection());
    let own = own.ok_or(Unprepared::Trouble(Trouble::NotFound))?;
    let judged = signal::judge(membership.manifest(), own, today, language, (&filling, number, &of));
    let row = match judged.map_err(|fault| trouble(&PushFault::Rules(fault)))? {
        Ok(row) => row,
        Err(problems) => return Err(Unprepared::Problems(Box::new(filling), problems)),
    };
    let agency = membership.agency(today).map_err(|fault| trouble(&fault.into()))?;
    // Above all before it of its reference (P-7).
    let before = entry.as_ref().map_or(0, Entry::revision);
    let preparer = Preparer::new(Arc::new(agency), desk.clock.unix_seconds().max(before.saturating_add(1)));
    let prepared = preparer.prepare(vec![row]).map_err(|fault| trouble(&fault.into()))?;
    // The row ends here, and with it the identifier.
    let Prepared { batch, lines, .. } = prepared;
    Ok(Ready { batch, lines, filling })
}

/// The signal of our own that a reference names, if it can be extended today.
fn extended(desk: &Desk, reference: SignalReference) -> Result<Result<Entry, NotExtended>, JournalFault> {
    let known = journal::entries_of(desk.config.journal(), &HashSet::from([reference]))?;
    Ok(extendable(known.get(&reference), desk.today()).cloned())
}

/// A reference that no other signal of this connection has.
fn own_reference(desk: &Desk) -> Result<String, PrepareFault> {
    let mut bytes = [0; 6];
    getrandom::fill(&mut bytes).map_err(|_| PrepareFault::Random)?;
    Ok(format!("bureau-{}-{}", desk.today(), hex(&bytes)))
}

/// Why something did not leave, or is not known to have arrived.
pub(super) enum Unsent {
    /// The hub refuses this signal.
    Refused(Refusal),
    /// It extends a signal that was withdrawn meanwhile.
    Withdrawn,
    /// The manifest changed meanwhile; the new one is here now.
    Outdated,
    /// Anything else. Sent again, nothing is there twice.
    Fault(PushFault),
}

impl Say for Unsent {
    fn say(&self, language: Language) -> String {
        match self {
            Self::Refused(refusal) => refusal.say(language),
            Self::Withdrawn => NotExtended::Withdrawn.say(language),
            Self::Outdated => language
                .pick(
                    "De afspraken zijn net vernieuwd. Er is niets verstuurd. Kijk alles nog eens na.",
                    "The agreements were renewed just now. Nothing was sent. Look everything over once more.",
                )
                .to_owned(),
            Self::Fault(fault) => fault.say(language),
        }
    }
}

/// Something of ours that may leave.
#[derive(Clone)]
pub(super) enum Leaving {
    /// A signal.
    Signal(Box<Ready>),
    /// A withdrawal, and why; the reason stays in the journal.
    Withdrawal(SignalReference, WithdrawalReason),
    /// The answer to the contact request of this number.
    Answer([u8; 16], Answer),
}

/// As [`send`], and once more under a manifest that came meanwhile: for what does not depend on what that says.
///
/// # Errors
/// [`Unsent`].
pub(super) async fn send_under_any(desk: &Arc<Desk>, leaving: Leaving) -> Result<(), Unsent> {
    match send(desk, leaving.clone()).await {
        Err(Unsent::Outdated) => send(desk, leaving).await,
        sent => sent,
    }
}

/// Sends it, and writes the journal, also when the visitor does not wait for it.
///
/// # Errors
/// [`Unsent`].
pub(super) async fn send(desk: &Arc<Desk>, leaving: Leaving) -> Result<(), Unsent> {
    let desk = Arc::clone(desk);
    let sent = tokio::spawn(async move {
        let _turn = desk.sending.lock().await;
        match send_now(&desk, leaving).await {
            Err(Unsent::Fault(PushFault::Hub(fault))) if fault.is_outdated() => {
                Err(follow(&desk).await.map_or_else(Unsent::Fault, |()| Unsent::Outdated))
            }
            sent => sent,
        }
    });
    sent.await.unwrap_or(Err(Unsent::Fault(PushFault::Interrupted)))
}

async fn send_now(desk: &Desk, leaving: Leaving) -> Result<(), Unsent> {
    let fault = |fault: PushFault| Unsent::Fault(fault);
    let config = desk.config.clone();
    let membership = Membership::load(config, desk.today()).map_err(|it| fault(it.into()))?;
    let hub = Hub::new(&membership).map_err(|it| fault(it.into()))?;
    let path = membership.config().journal();
    match leaving {
        Leaving::Signal(ready) => {
            if ready.filling.extends.is_some() {
                // What was erased on request since it was shown is not brought back.
                let erased = hub.erased().await.map_err(|it| fault(it.into()))?;
                note_erased(path, &erased, membership.day_of_terms(desk.today()))
                    .map_err(|it| fault(it.into()))?;
            }
            let mut journal = membership.journal(desk.today()).map_err(|it| fault(it.into()))?;
            if ready.lines.iter().any(|it| journal.is_withdrawn(it.reference, desk.today())) {
                return Err(Unsent::Withdrawn);
            }
            let mut refused = Refused::default();
            let push = Push {
                hub: &hub,
                journal: &mut journal,
                clock: &desk.clock,
                observer: &mut refused,
                wait: WAIT,
            };
            let pushed = push.prepared(Prepared::shown(ready.batch, ready.lines)).await;
            pushed.map_err(|(_, it)| fault(it))?;
            refused.0.map_or(Ok(()), |refusal| Err(Unsent::Refused(refusal)))
        }
        Leaving::Withdrawal(reference, reason) => {
            let known =
                journal::entries_of(path, &HashSet::from([reference])).map_err(|it| fault(it.into()))?;
            let own: Vec<_> = known.values().map(|it| it.local_reference().to_owned()).collect();
            let outcome = own::withdraw(&membership, &hub, &desk.clock, &own, reason, WAIT).await;
            let outcome = outcome.map_err(fault)?;
            if let Some((_, refusal)) = outcome.refused().first() {
                return Err(Unsent::Refused(refusal.clone()));
            }
            outcome.into_fault().map_or(Ok(()), |it| Err(fault(it)))
        }
        Leaving::Answer(id, answer) => {
            let (answer, from) = answer.wire();
            let answered = tokio::time::timeout(WAIT, hub.answer_contact(&id, answer, from)).await;
            answered.unwrap_or(Err(HubFault::Unreachable)).map_err(|it| fault(it.into()))
        }
    }
}

/// Takes the newest manifest.
///
/// # Errors
/// [`PushFault`] when the hub or the manifests that are here do not serve.
pub(super) async fn follow(desk: &Desk) -> Result<(), PushFault> {
    let membership = Membership::load(desk.config.clone(), desk.today());
    let followed = async {
        let membership = fetch(membership?, &desk.clock).await?;
        settle(&membership, &desk.clock).await
    };
    match followed.await {
        Err(FollowFault::Hub(fault)) => Err(fault.into()),
        Err(FollowFault::Membership(fault)) => Err(fault.into()),
        // What the next page says of keys and manifests says it better.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// What the hub, or this machine, refused of one line.
#[derive(Default)]
struct Refused(Option<Refusal>);

impl Observer for Refused {
    fn refused(&mut self, _: u64, refusal: &Refusal) {
        self.0 = Some(refusal.clone());
    }
    fn remarked(&mut self, _: u64, _: Remark) {}
    fn progress(&mut self, _: &Totals) {}
    fn waiting(&mut self) {}
    /// What was shown leaves as it was shown, or not at all.
    async fn renew(&mut self) -> Option<Membership> {
        None
    }
}
