//! Refusals as a caller gets them: one exhaustive match from what a room or a door says to reason and status.

use prost::Message;
use samenloop_core::batch::MAX_LINES;
use samenloop_core::permit::PermitRefusal;
use samenloop_core::room::admission::{BatchRefusal, LineRefusal};
use samenloop_core::room::followup::ActRefusal;
use samenloop_core::room::rights::RightsRefusal;
use samenloop_proto::v1::{self, Reason};
use tonic::{Code, Status};

/// Why a whole call, or a whole batch of a stream, is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The message is not what the schema obliges.
    #[error("{what} (line {line}, counted from 0)")]
    MalformedLine { line: usize, what: &'static str },
    /// The same, of no line in particular.
    #[error("{0}")]
    Malformed(String),
    /// The batch as a whole.
    #[error("{0}")]
    Batch(#[from] BatchRefusal),
    /// The caller may not.
    #[error("{0}")]
    Permit(#[from] PermitRefusal),
    /// The caller's manifest is older than the hub's.
    #[error(
        "your manifest is older than the hub's, which has sequence {hub}: fetch and verify the newer one"
    )]
    ManifestOutdated { hub: u64 },
    /// Another manifest of the same sequence.
    #[error("your manifest of sequence {hub} is not the hub's: ask the administrators which one they signed")]
    ManifestDiffers { hub: u64 },
    /// The caller's manifest is newer than the hub's. Nothing is taken: the caller may know of a
    /// connection, an epoch or a rule that the hub would not yet honour.
    #[error("the hub still holds the older manifest of sequence {hub}: ask its operator, then try again")]
    HubBehind { hub: u64 },
    /// An act or an answer that is not done.
    #[error("{0}")]
    Act(#[from] ActRefusal),
    /// A step with a rights request that is not taken.
    #[error("{0}")]
    Rights(#[from] RightsRefusal),
    /// A publication that the hub's book does not take.
    #[error("{0}")]
    Publication(String),
    /// A declaration that is not the caller's own, or not believed.
    #[error("{0}")]
    Declaration(&'static str),
    /// The hub cannot keep its word now.
    #[error("the hub cannot keep its word now; try again later, and name {correlation} to its operator")]
    Fault { correlation: String },
    /// The hub is going down; what was acked stands.
    #[error("the hub is stopping; what was acked stands, send the rest again later")]
    Stopping,
}

/// What one refused line is told.
pub(crate) fn line(number: u32, refusal: LineRefusal) -> v1::LineRefusal {
    let (reason, retry_after_seconds) = match refusal {
        LineRefusal::ManifestExpired => (Reason::ManifestExpired, 0),
        LineRefusal::Places => (Reason::Malformed, 0),
        LineRefusal::EpochNotLive => (Reason::EpochNotLive, 0),
        LineRefusal::EpochBehind => (Reason::EpochBehind, 0),
        LineRefusal::KindNotAllowed => (Reason::KindNotAllowed, 0),
        LineRefusal::UnknownRegion => (Reason::UnknownRegion, 0),
        LineRefusal::UnknownCode => (Reason::UnknownCode, 0),
        LineRefusal::CodeNotEnabled => (Reason::CodeNotEnabled, 0),
        LineRefusal::SeverityContradictsCode => (Reason::SeverityContradictsCode, 0),
        LineRefusal::MonthInFuture => (Reason::MonthInFuture, 0),
        LineRefusal::MonthTooOld => (Reason::MonthTooOld, 0),
        LineRefusal::TermNotShorter => (Reason::TermNotShorter, 0),
        LineRefusal::HearsayOfOwnDomain => (Reason::HearsayOfOwnDomain, 0),
        LineRefusal::AcuteRouteNotFollowed => (Reason::AcuteRouteNotFollowed, 0),
        LineRefusal::DetailsNotForRegion => (Reason::DetailsNotForRegion, 0),
        LineRefusal::Quota { retry_after_seconds } => (Reason::Quota, retry_after_seconds),
    };
    v1::LineRefusal { line: number, reason: reason.into(), retry_after_seconds }
}

const fn act(refusal: ActRefusal) -> (Reason, Code) {
    match refusal {
        ActRefusal::Unknown => (Reason::UnknownAlert, Code::NotFound),
        ActRefusal::LedByAnother => (Reason::LedByAnother, Code::FailedPrecondition),
        ActRefusal::NotLed => (Reason::NotLed, Code::FailedPrecondition),
        ActRefusal::Ended => (Reason::AlertEnded, Code::FailedPrecondition),
        ActRefusal::State => (Reason::AlertState, Code::FailedPrecondition),
        ActRefusal::Date => (Reason::Date, Code::InvalidArgument),
        ActRefusal::SecondReading => (Reason::SecondReading, Code::InvalidArgument),
        ActRefusal::Outcome => (Reason::Outcome, Code::FailedPrecondition),
        ActRefusal::Recipient => (Reason::Recipient, Code::FailedPrecondition),
        ActRefusal::Reporter => (Reason::Reporter, Code::FailedPrecondition),
        ActRefusal::AskedBefore => (Reason::AskedBefore, Code::FailedPrecondition),
    }
}

const fn rights(refusal: RightsRefusal) -> (Reason, Code) {
    match refusal {
        RightsRefusal::Unknown => (Reason::UnknownRequest, Code::NotFound),
        RightsRefusal::SameOrganisation => (Reason::SameOrganisation, Code::PermissionDenied),
        RightsRefusal::Late => (Reason::Late, Code::FailedPrecondition),
        RightsRefusal::Decided => (Reason::Decided, Code::FailedPrecondition),
        RightsRefusal::Reason => (Reason::Reason, Code::InvalidArgument),
        RightsRefusal::EpochNotLive => (Reason::EpochNotLive, Code::FailedPrecondition),
        RightsRefusal::Places => (Reason::Malformed, Code::InvalidArgument),
        RightsRefusal::Quota => (Reason::Quota, Code::ResourceExhausted),
        RightsRefusal::Clock => (Reason::Clock, Code::Unavailable),
    }
}

impl Refusal {
    const fn reason(&self) -> (Reason, Code) {
        match self {
            Self::MalformedLine { .. } | Self::Malformed(_) => (Reason::Malformed, Code::InvalidArgument),
            Self::Batch(BatchRefusal::Size) => (Reason::BatchSize, Code::InvalidArgument),
            Self::Batch(BatchRefusal::ReferenceTwice { .. }) => {
                (Reason::ReferenceTwice, Code::InvalidArgument)
            }
            Self::Permit(PermitRefusal::NotTakingPart) => (Reason::NotTakingPart, Code::Unauthenticated),
            Self::Permit(PermitRefusal::NotValid) => (Reason::NotValid, Code::FailedPrecondition),
            Self::Permit(PermitRefusal::OtherRole) => (Reason::OtherRole, Code::PermissionDenied),
            Self::ManifestOutdated { .. } => (Reason::ManifestOutdated, Code::FailedPrecondition),
            Self::ManifestDiffers { .. } | Self::HubBehind { .. } => {
                (Reason::ManifestDiffers, Code::FailedPrecondition)
            }
            Self::Act(refusal) => act(*refusal),
            Self::Rights(refusal) => rights(*refusal),
            Self::Publication(_) => (Reason::Publication, Code::FailedPrecondition),
            Self::Declaration(_) => (Reason::Declaration, Code::FailedPrecondition),
            Self::Fault { .. } | Self::Stopping => (Reason::Unavailable, Code::Unavailable),
        }
    }

    const fn line(&self) -> usize {
        match self {
            Self::MalformedLine { line, .. } | Self::Batch(BatchRefusal::ReferenceTwice { line }) => *line,
            Self::Batch(BatchRefusal::Size)
            | Self::Malformed(_)
            | Self::Permit(_)
            | Self::ManifestOutdated { .. }
            | Self::ManifestDiffers { .. }
            | Self::HubBehind { .. }
            | Self::Act(_)
            | Self::Rights(_)
            | Self::Publication(_)
            | Self::Declaration(_)
            | Self::Fault { .. }
            | Self::Stopping => 0,
        }
    }

    const fn manifest_sequence(&self) -> u64 {
        match self {
            Self::ManifestOutdated { hub } | Self::ManifestDiffers { hub } | Self::HubBehind { hub } => *hub,
            Self::MalformedLine { .. }
            | Self::Malformed(_)
            | Self::Batch(_)
            | Self::Permit(_)
            | Self::Act(_)
            | Self::Rights(_)
            | Self::Publication(_)
            | Self::Declaration(_)
            | Self::Fault { .. }
            | Self::Stopping => 0,
        }
    }

    /// Our own fault: the caller gets a random number, the log gets that number and the fault.
    pub(crate) fn fault(fault: &samenloop_store::Fault) -> Self {
        Self::broken(fault)
    }

    /// The same, of anything else of ours.
    pub(crate) fn broken(fault: &dyn std::fmt::Display) -> Self {
        let mut bytes = [0_u8; 8];
        // Without randomness the number says less; the refusal stands.
        let _ = getrandom::fill(&mut bytes);
        let correlation: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        tracing::error!(%correlation, %fault, "the hub cannot keep its word");
        Self::Fault { correlation }
    }

    /// Gives a refusal of the decoder (too large, not protobuf, unknown field) the details that every
    /// refusal of a whole call has; any other status passes unchanged.
    pub(crate) fn of_decoder(status: Status) -> Status {
        // tonic says OUT_OF_RANGE of a message above the limit; nothing else here does.
        let undressed = status.code() == Code::InvalidArgument && status.details().is_empty();
        if status.code() == Code::OutOfRange || undressed {
            Self::Malformed(status.message().to_owned()).into()
        } else {
            status
        }
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let (reason, code) = refusal.reason();
        let details = v1::Refusal {
            reason: reason.into(),
            line: u32::try_from(refusal.line().min(MAX_LINES)).unwrap_or(0),
            manifest_sequence: refusal.manifest_sequence(),
        };
        Self::with_details(code, refusal.to_string(), details.encode_to_vec().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(refusal: Refusal) -> (Code, v1::Refusal) {
        let status = Status::from(refusal);
        (status.code(), v1::Refusal::decode(status.details()).unwrap())
    }

    #[test]
    fn a_refusal_travels_with_its_reason_and_line() {
        let (code, details) = sent(Refusal::MalformedLine { line: 41, what: "x" });
        assert_eq!((code, details.reason(), details.line), (Code::InvalidArgument, Reason::Malformed, 41));
        let (code, details) = sent(BatchRefusal::ReferenceTwice { line: 7 }.into());
        assert_eq!(
            (code, details.reason(), details.line),
            (Code::InvalidArgument, Reason::ReferenceTwice, 7)
        );
    }

    #[test]
    fn an_outdated_caller_learns_the_hubs_sequence() {
        let (code, details) = sent(Refusal::ManifestOutdated { hub: 12 });
        assert_eq!((code, details.reason()), (Code::FailedPrecondition, Reason::ManifestOutdated));
        assert_eq!(details.manifest_sequence, 12);
    }

    #[test]
    fn our_own_fault_says_nothing_of_the_fault() {
        let fault = samenloop_store::Fault::Damaged("row 12".to_owned());
        let status = Status::from(Refusal::fault(&fault));
        assert_eq!(status.code(), Code::Unavailable);
        assert!(!status.message().contains("row 12"), "{}", status.message());
    }

    #[test]
    fn a_message_too_large_is_malformed() {
        let status = Refusal::of_decoder(Status::out_of_range("too large"));
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(v1::Refusal::decode(status.details()).unwrap().reason(), Reason::Malformed);
        assert_eq!(Refusal::of_decoder(Status::cancelled("gone")).code(), Code::Cancelled);
    }
}
