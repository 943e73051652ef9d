//! Whether the door takes what a sender would push with the keys that it holds.

use samenloop_core::batch::{SubmittedLine, SubmittedPut};
use samenloop_core::fixture::{Draft, connection};
use samenloop_core::manifest::Manifest;
use samenloop_core::permit::{Identity, Permit, Submit};
use samenloop_core::room::admission::{self, Allowance, LineRefusal};
use samenloop_core::taxonomy::Taxonomy;
use samenloop_core::value::{Day, Observation, Place, Severity, SubjectId};

use super::model::SENDERS;
use super::operation::Sender;

/// Asks admission about a soft signal in these places. A sender behind by an epoch is told so.
pub(crate) fn takes(
    manifest: &Manifest,
    sender: Sender,
    places: Vec<Place>,
    today: Day,
) -> Result<bool, String> {
    let entry = manifest.connection(&connection(SENDERS[sender].0)).ok_or("a sender without an entry")?;
    let identity = Identity {
        connection: entry.id.clone(),
        oin: entry.oin.clone(),
        certificate_key: entry.certificate_keys[0],
    };
    let permit = Permit::<Submit>::of(manifest, &identity, today).map_err(|refusal| refusal.to_string())?;
    let holds_none = places.is_empty();
    let draft = Draft::soft(1);
    let put = SubmittedPut {
        subject: SubjectId::new([0; 16]),
        reference: draft.signal().reference(),
        revision: draft.revision,
        places,
        severity: Severity::Soft,
        code: None,
        month: today.month(),
        region: draft.region.clone(),
        observation: Observation::Own,
        acute: false,
        acute_route_followed: false,
        shorter_term: None,
        details: draft.signal().details().to_vec(),
    };
    let lines = vec![SubmittedLine::Put(Box::new(put))];
    let allowance = Allowance { lines: 1, retry_after_seconds: 1 };
    let judged = admission::admit(&permit, &Taxonomy::new([]), lines, today, allowance)
        .map_err(|refusal| refusal.to_string())?;
    match judged.refused.as_slice() {
        [] => Ok(true),
        [(_, LineRefusal::EpochBehind)] => Ok(false),
        [(_, LineRefusal::Places)] if holds_none => Ok(false),
        other => Err(format!("the door refuses for another reason: {other:?}")),
    }
}
