//! The pages of a coordinator: what there is by age, one alert, a form for each act, and the figures.
//!
//! Every page asks the hub anew and keeps nothing: details are opened for the page that shows them. The only thing of an
//! alert in a URL is its number, which is random and this coordinator's own.

mod act;
mod deed;
mod drawing;
mod figures;
mod one;
mod overview;
mod step;
mod telling;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use samenloop_core::value::Day;

use telling::Telling;

use super::{Frame, Trouble, TroublePage, Way};
use crate::alert::{AlertView, Coordinator, CoordinatorFault};
use crate::desk::Desk;
use crate::desk::gate::Visitor;
use crate::follow::fetch;
use crate::hub::HubFault;
use crate::language::Language;
use crate::membership::Membership;

/// The alerts that ended.
pub(super) const ENDED: &str = "/eerder";

/// The figures of the quarters that are over.
pub(super) const FIGURES: &str = "/cijfers";

/// How long a page waits for the hub.
const WAIT: Duration = Duration::from_secs(10);

/// Before the number of an alert.
const ALERT: &str = "/samenloop/";

const MENU: &[Way] =
    &[("/", "Overzicht", "Overview"), (ENDED, "Eerder", "Earlier"), (FIGURES, "Cijfers", "Figures")];

/// Every page of a coordinator.
pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/", get(overview::open))
        .route(ENDED, get(overview::ended))
        .route(FIGURES, get(figures::show))
        .route("/samenloop/{id}", get(one::show))
        .route("/samenloop/{id}/{step}", get(act::ask).post(act::act))
}

/// Whether a path is that of the page of an alert.
pub(super) fn is_alert(path: &str) -> bool {
    let is_digit = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
    path.strip_prefix(ALERT).is_some_and(|id| id.len() == 32 && id.bytes().all(is_digit))
}

fn frame(visitor: &Visitor, here: String) -> Frame {
    Frame { menu: MENU, ..Frame::new(visitor, here) }
}

/// Which alerts a page is about.
#[derive(Clone)]
enum Wanted {
    Open,
    /// Those that ended too.
    All,
    /// The one of this number.
    One(String),
}

/// What the hub shows of alerts at this moment.
struct Sight {
    membership: Membership,
    alerts: Vec<AlertView>,
}

/// Asks the hub, under a newer manifest if there is one.
async fn asked<T, F>(
    desk: &Arc<Desk>,
    ask: impl Fn(Arc<Desk>) -> F + Send + 'static,
) -> Result<T, CoordinatorFault>
where
    T: Send + 'static,
    F: Future<Output = Result<T, CoordinatorFault>> + Send,
{
    let desk = Arc::clone(desk);
    // Goes on when nobody waits any more: a manifest that is being taken is taken whole.
    let read = tokio::spawn(async move {
        match ask(Arc::clone(&desk)).await {
            Err(fault) if is_outdated(&fault) => {
                let _turn = desk.sending.lock().await;
                follow(&desk).await;
                ask(Arc::clone(&desk)).await
            }
            read => read,
        }
    });
    match tokio::time::timeout(WAIT, read).await {
        Ok(Ok(read)) => read,
        Ok(Err(_)) | Err(_) => Err(HubFault::Unreachable.into()),
    }
}

impl Sight {
    async fn read(desk: &Arc<Desk>, wanted: Wanted) -> Result<Self, CoordinatorFault> {
        asked(desk, move |desk| Self::read_now(desk, wanted.clone())).await
    }

    async fn read_now(desk: Arc<Desk>, wanted: Wanted) -> Result<Self, CoordinatorFault> {
        let membership = Membership::load(desk.config.clone(), desk.today())?;
        let coordinator = Coordinator::new(&membership)?;
        let alerts = match wanted {
            Wanted::Open => coordinator.alerts(false).await?,
            Wanted::All => coordinator.alerts(true).await?,
            Wanted::One(id) => Vec::from_iter(coordinator.alert(&id).await?),
        };
        Ok(Self { membership, alerts })
    }

    /// Tells these alerts to their coordinator.
    fn telling(&self, today: Day, language: Language) -> Telling<'_> {
        let own = self.membership.config().connection();
        Telling { manifest: self.membership.manifest(), own, today, language }
    }

    /// The one alert that was asked for; not there and not yours are the same.
    fn one(mut self) -> Option<(Membership, AlertView)> {
        self.alerts.pop().map(|alert| (self.membership, alert))
    }
}

/// The alert of a number, as it is now.
async fn alert_of(
    desk: &Arc<Desk>,
    visitor: &Visitor,
    id: String,
) -> Result<(Membership, AlertView), TroublePage> {
    let language = visitor.language;
    let sight = Sight::read(desk, Wanted::One(id)).await;
    let sight = sight.map_err(|fault| Trouble::of(&fault).page(language))?;
    sight.one().ok_or_else(|| Trouble::NotFound.page(language))
}

const fn is_outdated(fault: &CoordinatorFault) -> bool {
    matches!(fault, CoordinatorFault::Hub(hub) if HubFault::is_outdated(hub))
}

/// Takes the newest manifest. Where that fails, asking again says why.
async fn follow(desk: &Desk) {
    if let Ok(membership) = Membership::load(desk.config.clone(), desk.today()) {
        let _ = fetch(membership, &desk.clock).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_page_of_an_alert_is_one() {
        assert!(is_alert(&format!("/samenloop/{}", "0a".repeat(16))));
        for other in [
            "/samenloop/",
            "/samenloop/0a",
            "//evil.example",
            &format!("/samenloop/{}", "0A".repeat(16)),
            &format!("/samenloop/{}/sluiten", "0a".repeat(16)),
            &format!("https://evil.example/samenloop/{}", "0a".repeat(16)),
        ] {
            assert!(!is_alert(other), "{other}");
        }
    }
}
