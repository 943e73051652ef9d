//! A rights request of the wire, parsed.

use samenloop_core::rights::{RequestId, RightsKind, RightsReason, Verdict};
use samenloop_core::room::rights::{MAX_PLACES, RightsRefusal};
use samenloop_core::value::Place;
use samenloop_proto::v1;
use zeroize::Zeroize as _;

use super::act::{entry, perhaps};
use super::batch::{Wrong, places};
use crate::refusal::Refusal;

/// Parses what is asked, and where the child would be filed.
///
/// # Errors
/// [`Refusal::Malformed`], or [`Refusal::Rights`] for an epoch or a number of pseudonyms.
pub(crate) fn asked(request: v1::AskRightsRequest) -> Result<(RightsKind, Vec<Place>), Refusal> {
    let mut pseudonyms = request.pseudonyms;
    if pseudonyms.is_empty() || pseudonyms.len() > MAX_PLACES {
        pseudonyms.iter_mut().for_each(|it| it.value.zeroize());
        return Err(RightsRefusal::Places.into());
    }
    let kind = entry(request.kind)?;
    let places = places(pseudonyms).map_err(|wrong| match wrong {
        Wrong::Structure(what) => Refusal::Malformed(what.to_owned()),
        Wrong::Names(_) => RightsRefusal::EpochNotLive.into(),
    })?;
    Ok((kind, places))
}

/// Parses a decision.
///
/// # Errors
/// [`Refusal::Malformed`].
pub(crate) fn decided(
    request: &v1::DecideRightsRequest,
) -> Result<(RequestId, Verdict, Option<RightsReason>), Refusal> {
    Ok((request_id(&request.id)?, entry(request.verdict)?, perhaps(request.reason)?))
}

/// Parses the number of a request.
///
/// # Errors
/// [`Refusal::Malformed`] unless it has 16 bytes.
pub(crate) fn request_id(bytes: &[u8]) -> Result<RequestId, Refusal> {
    let number =
        bytes.try_into().map_err(|_| Refusal::Malformed("the number of a request has 16 bytes".to_owned()));
    number.map(RequestId::new)
}
