//! An alert as an honest hub shows it, over the agencies of core's fixture: a hard signal of the police, a soft one of a
//! school, and hearsay.

use samenloop_core::fixture;
use samenloop_core::manifest::Manifest;
use samenloop_proto::v1;

use super::AlertView;
use crate::details::{DetailsKey, Opener};

pub(crate) use samenloop_core::fixture::{entries, manifest, today};

/// An own soft signal of west without a code, of 2026-11; it counts.
pub(crate) fn soft(connection: &str, domain: v1::Domain, reference: u8) -> v1::ListedSignal {
    v1::ListedSignal {
        connection: connection.into(),
        domain: domain.into(),
        severity: v1::Severity::Soft.into(),
        code: String::new(),
        month: 202_611,
        region: "west".into(),
        hearsay_of: v1::Domain::Unspecified.into(),
        expires: "2027-05-31".into(),
        reference: vec![reference; 16],
        revision: 1,
        counts: true,
        details: None,
    }
}

/// The alert. Its signals: the police hard, V11, 2026-09; the school soft, I07, 2026-11; hearsay without a code.
pub(crate) fn alert() -> v1::Alert {
    v1::Alert {
        id: vec![0xab; 16],
        state: v1::AlertState::New.into(),
        rule: "samenloop-regel/1".into(),
        opened: "2026-11-22".into(),
        regions: vec!["west".into()],
        domains: vec![v1::Domain::Onderwijs.into(), v1::Domain::PolitieJustitie.into()],
        organisations: vec!["politie-west".into(), "school-west".into()],
        pairs: 2,
        hard: true,
        signals: vec![
            v1::ListedSignal {
                severity: v1::Severity::Hard.into(),
                code: "V11".into(),
                month: 202_609,
                expires: "2028-03-31".into(),
                ..soft("politie-west", v1::Domain::PolitieJustitie, 1)
            },
            v1::ListedSignal { code: "I07".into(), ..soft("school-west", v1::Domain::Onderwijs, 2) },
            v1::ListedSignal {
                hearsay_of: v1::Domain::Zorg.into(),
                counts: false,
                ..soft("veilig-thuis-west", v1::Domain::Jeugdbescherming, 3)
            },
        ],
        ..v1::Alert::default()
    }
}

/// The alert as the coordinator of west reads it.
pub(crate) fn view(alert: &v1::Alert, manifest: &Manifest) -> AlertView {
    let own = manifest.connection(&fixture::connection("zorgcoordinator-west")).unwrap();
    AlertView::parse(alert, &Opener::new(manifest, own, &[DetailsKey::new([2; 32])])).unwrap()
}
