//! Who could have signalled: the domains of a region that take part, and whether they sent anything.

use std::collections::BTreeSet;

use samenloop_core::manifest::Region;
use samenloop_core::value::{Domain, RegionId};

use super::QuarterFigures;

/// A domain of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Connected {
    pub(super) domain: Domain,
    /// Its organisations that take part in the region today; none for a domain that does not.
    pub(super) organisations: usize,
    /// Whether it sent anything of the region in the quarter.
    pub(super) has_sent: bool,
}

impl QuarterFigures<'_> {
    /// Every domain, as it takes part in a region.
    pub(super) fn coverage(&self, region: &Region) -> Vec<Connected> {
        let connected = |domain: Domain| Connected {
            domain,
            organisations: self.organisations(&region.id, domain),
            has_sent: self.told.as_ref().is_some_and(|it| it.has_sent(&region.id, domain)),
        };
        Domain::ALL.into_iter().map(connected).collect()
    }

    /// Organisations of a domain that take part in a region today: legal entities, however many connections they have.
    pub(super) fn organisations(&self, region: &RegionId, domain: Domain) -> usize {
        let agencies = self.manifest.connections().iter().filter(|it| it.is_valid(self.today));
        let here = agencies.filter(|it| it.domain() == Some(domain) && it.regions.contains(region));
        here.map(|it| &it.organisation).collect::<BTreeSet<_>>().len()
    }
}
