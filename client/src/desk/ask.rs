//! What coordinators ask of this agency, fetched for one page at a time: the desk keeps no list of it.

use std::sync::Arc;
use std::time::Duration;

use super::Desk;
use super::send::{Unsent, follow};
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
/// [`Unsent`], with what a person can do.
pub(super) async fn requests(desk: &Arc<Desk>) -> Result<Asked, Unsent> {
    requests_within(desk, WAIT).await
}

/// How many wait for an answer; `None` when the hub does not say so at once.
pub(super) async fn waiting(desk: &Arc<Desk>) -> Option<usize> {
    let (requests, _) = requests_within(desk, SHORT_WAIT).await.ok()?;
    Some(requests.iter().filter(|it| it.answer.is_none()).count())
}

async fn requests_within(desk: &Arc<Desk>, wait: Duration) -> Result<Asked, Unsent> {
    let desk = Arc::clone(desk);
    // Goes on when nobody waits any more: a manifest that is being taken is taken whole.
    let asked = tokio::spawn(async move {
        match ask(&desk).await {
            Err(PushFault::Hub(fault)) if fault.is_outdated() => {
                let _turn = desk.sending.lock().await;
                match follow(&desk).await {
                    Unsent::Outdated => ask(&desk).await.map_err(Unsent::Fault),
                    why => Err(why),
                }
            }
            asked => asked.map_err(Unsent::Fault),
        }
    });
    match tokio::time::timeout(wait, asked).await {
        Ok(asked) => asked.unwrap_or(Err(Unsent::Fault(PushFault::Interrupted))),
        Err(_) => Err(Unsent::Fault(HubFault::Unreachable.into())),
    }
}

async fn ask(desk: &Desk) -> Result<Asked, PushFault> {
    let membership = Membership::load(desk.config.clone(), desk.today())?;
    let hub = Hub::new(&membership)?;
    of_hub(&membership, &hub).await
}
