//! `samenloop stats`.

use samenloop_core::clock::Clock as _;

use super::alert::print;
use super::arguments::Common;
use super::{Ending, OrSay, Said};
use crate::clock::SystemClock;
use crate::hub::Hub;
use crate::membership::Membership;
use crate::quarter::{QuarterFigures, quarters_json, quarters_text, told_of_last};

/// Tells the figures of the last quarters.
pub(super) async fn run(
    common: &Common,
    membership: &Membership,
    clock: &SystemClock,
) -> Result<Ending, Said> {
    let (language, today) = (common.language, clock.today());
    let own = membership.own().or_say(language)?;
    let hub = Hub::new(membership).or_say(language)?;
    let told = told_of_last(&hub, today).await.or_say(language)?;
    let of = |it| QuarterFigures::new(it, membership.manifest(), own, today);
    let quarters: Vec<_> = told.into_iter().map(of).collect();
    let text = if common.json { quarters_json(&quarters) } else { quarters_text(&quarters, language) };
    print(text.trim_end(), language)
}
