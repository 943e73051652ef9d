//! `samenloop stats`.

use samenloop_core::clock::Clock as _;

use super::alert::print;
use super::arguments::Common;
use super::{Ending, OrSay, Said};
use crate::alert::Coordinator;
use crate::alert::figures::{Figures, figures_json, figures_text};
use crate::clock::SystemClock;
use crate::membership::Membership;

/// Tells the figures of a coordinator's own alerts.
pub(super) async fn run(
    common: &Common,
    membership: &Membership,
    clock: &SystemClock,
) -> Result<Ending, Said> {
    let language = common.language;
    let coordinator = Coordinator::new(membership).or_say(language)?;
    let alerts = coordinator.alerts(true).await.or_say(language)?;
    let figures = Figures::new(&alerts, membership.manifest(), coordinator.own(), clock.today());
    let text = if common.json { figures_json(&figures) } else { figures_text(&figures, language) };
    print(text.trim_end(), language)
}
