//! What coordinators ask of this agency, fetched for one page at a time: the desk keeps no list of it.

use std::sync::Arc;
use std::time::Duration;

use super::Desk;
use super::send::follow;
use crate::contact::{Known, Request, requests as of_hub};
use crate::hub::{Hub, HubFault};
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
    requests_within(desk, WAIT).await
}

/// How many wait for an answer; `None` when the hub does not say so at once.
pub(super) async fn waiting(desk: &Arc<Desk>) -> Option<usize> {
    let (requests, _) = requests_within(desk, SHORT_WAIT).await.ok()?;
    Some(requests.iter().filter(|it| it.answer.is_none()).count())
}

async fn requests_within(desk: &Arc<Desk>, wait: Duration) -> Result<Asked, PushFault> {
    let desk = Arc::clone(desk);
    // Goes on when nobody waits any more: a manifest that is being taken is taken whole.
    let asked = tokio::spawn(async move {
        match ask(&desk).await {
            Err(PushFault::Hub(fault)) if fault.is_outdated() => {
                let _turn = desk.sending.lock().await;
                follow(&desk).await?;
                ask(&desk).await
            }
            asked => asked,
        }
    });
    match tokio::time::timeout(wait, asked).await {
        Ok(asked) => asked.unwrap_or(Err(PushFault::Interrupted)),
        Err(_) => Err(HubFault::Unreachable.into()),
    }
}

async fn ask(desk: &Desk) -> Result<Asked, PushFault> {
    let membership = Membership::load(desk.config.clone(), desk.today())?;
    let hub = Hub::new(&membership)?;
    of_hub(&membership, &hub).await
}
