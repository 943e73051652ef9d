//! `samenloop signal`.

use std::path::Path;
use std::time::Duration;

use super::arguments::{Common, Signal};
use super::{Ending, Said, extend, own, push};
use crate::clock::SystemClock;
use crate::membership::Membership;

pub(super) async fn run(
    common: &Common,
    membership: Membership,
    clock: &SystemClock,
    command: &Signal,
) -> Result<Ending, Said> {
    match command {
        Signal::Check { file, report } => push::check(common, &membership, clock, file, report.form),
        Signal::Push { file, report, wait, .. } => {
            // Without a file it is a folder, which has its own way in.
            let file = file.as_deref().unwrap_or(Path::new("-"));
            push::push(common, membership, clock, file, report.form, Duration::from_secs(wait.seconds)).await
        }
        Signal::Withdraw(wanted) => own::withdraw(common, &membership, clock, wanted).await,
        Signal::Extend(wanted) => extend::run(common, &membership, clock, wanted).await,
        Signal::List(wanted) => own::list(common, membership.config(), clock, wanted),
    }
}
