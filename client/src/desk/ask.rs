//! What the hub has for this agency, fetched for one page at a time: what coordinators ask of it, of which the desk keeps no
//! list, and which of its signals were erased on request, which its journal takes (art. 19).

use std::sync::Arc;
use std::time::Duration;

use super::Desk;
use super::send::follow;
use crate::contact::{Known, Request, requests as of_hub};
use crate::hub::{Hub, HubFault};
use crate::journal::note_erased;
use crate::membership::Membership;
use crate::push::PushFault;

/// How long a page that is about contact requests waits for the hub.
const WAIT: Duration = Duration::from_secs(10);

/// How long any other page waits to say how many there are.
const SHORT_WAIT: Duration = Duration::from_secs(2);

/// Contact requests, and what the journal knows of the signals in them.
pub(super) type Asked = (Vec<Request>, Known);

/// Every contact request of this agency on an alert that is open.
///
/// # Errors
/// [`PushFault`] of the hub, the manifests or the journal.
pub(super) async fn requests(desk: &Arc<Desk>) -> Result<Asked, PushFault> {
    within(desk, WAIT, ask).await
}

/// How many wait for an answer; `None` when the hub does not say so at once.
pub(super) async fn waiting(desk: &Arc<Desk>) -> Option<usize> {
    let (requests, _) = within(desk, SHORT_WAIT, ask).await.ok()?;
    Some(requests.iter().filter(|it| it.answer.is_none()).count())
}

/// Lets the journal take what was erased on request; a hub that does not say so at once is asked at the next page.
pub(super) async fn heed(desk: &Arc<Desk>) {
    let _ = within(desk, SHORT_WAIT, take_erased).await;
}

async fn within<T: Send + 'static, F: Future<Output = Result<T, PushFault>> + Send + 'static>(
    desk: &Arc<Desk>,
    wait: Duration,
    ask: impl Fn(Arc<Desk>) -> F + Send + 'static,
) -> Result<T, PushFault> {
    let desk = Arc::clone(desk);
    // Goes on when nobody waits any more: a manifest that is being taken is taken whole.
    let asked = tokio::spawn(async move {
        match ask(Arc::clone(&desk)).await {
            Err(PushFault::Hub(fault)) if fault.is_outdated() => {
                let turn = desk.sending.lock().await;
                follow(&desk).await?;
                drop(turn);
                ask(Arc::clone(&desk)).await
            }
            asked => asked,
        }
    });
    match tokio::time::timeout(wait, asked).await {
        Ok(asked) => asked.unwrap_or(Err(PushFault::Interrupted)),
        Err(_) => Err(HubFault::Unreachable.into()),
    }
}

async fn ask(desk: Arc<Desk>) -> Result<Asked, PushFault> {
    let membership = Membership::load(desk.config.clone(), desk.today())?;
    let hub = Hub::new(&membership)?;
    of_hub(&membership, &hub).await
}

async fn take_erased(desk: Arc<Desk>) -> Result<(), PushFault> {
    let membership = Membership::load(desk.config.clone(), desk.today())?;
    let erased = Hub::new(&membership)?.erased().await?;
    // What is on its way out is in the journal first.
    let _turn = desk.sending.lock().await;
    note_erased(desk.config.journal(), &erased, membership.day_of_terms(desk.today()))?;
    Ok(())
}
