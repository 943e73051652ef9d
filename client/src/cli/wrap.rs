//! `samenloop key wrap`: an administrator's contribution, for every agency that has a key for it.

use std::path::{Path, PathBuf};

use samenloop_core::clock::Clock as _;
use samenloop_core::value::Epoch;
use samenloop_manifest::Book;

use super::arguments::Common;
use super::edited::Told;
use super::epoch::asked;
use super::{Ending, OrSay, Said};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::key::{contribution, enrolled_wrap_keys};
use crate::manifest::{Bench, Draft};

/// What is to be wrapped, and where.
pub(super) struct ToWrap<'w> {
    pub(super) draft: &'w Path,
    /// Files with wrap keys; without any the hub is asked for the keys that agencies declared.
    pub(super) enrolments: &'w [PathBuf],
    pub(super) epoch: Option<Epoch>,
    pub(super) is_dry: bool,
}

pub(super) async fn run(
    common: &Common,
    config: Config,
    clock: &SystemClock,
    to_wrap: &ToWrap<'_>,
) -> Result<Ending, Said> {
    let language = common.language;
    let book = Book::open(config.root(), &config.manifests).or_say(language)?;
    let bench = Bench { book: &book, today: clock.today() };
    let draft = Draft::read(to_wrap.draft).or_say(language)?;
    let epoch = match to_wrap.epoch {
        Some(epoch) => epoch,
        None => bench.epoch_to_wrap(&draft).or_say(language)?,
    };
    let contribution = contribution(&config, epoch).or_say(language)?;
    let mut keys = Vec::new();
    for path in to_wrap.enrolments {
        keys.extend(enrolled_wrap_keys(path, epoch).or_say(language)?);
    }
    if to_wrap.enrolments.is_empty() {
        let standings = asked(config, clock, language).await?;
        let standing = standings.iter().find(|it| it.epoch == epoch);
        let agencies = standing.into_iter().flat_map(|it| &it.agencies);
        keys.extend(agencies.filter_map(|it| Some((it.connection.clone(), it.wrap_key?))));
    }
    let edited = bench.wrap(&draft, epoch, &contribution, &keys).or_say(language)?;
    Told::of(common, &draft, &edited, to_wrap.is_dry).finish(&bench, clock)
}
