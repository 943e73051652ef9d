//! Rights of the child and its guardian (AVG art. 12 to 21): a request, who decided on it, and what was found.
//!
//! Nothing here holds a pseudonym or says who a child is. An engine keeps the pseudonyms of a request beside it, until
//! it is answered (V-30).

use crate::alert::AlertState;
use crate::case::closed_list;
pub use crate::value::RequestId;
use crate::value::{ConnectionId, Day, Domain, Month, Observation, OrganisationId, Severity};

closed_list! {
    /// What is asked for.
    RightsKind:
    /// To see what is kept (inzage, art. 15).
    Access = 1 "access",
    /// To let it rest (beperking, art. 18).
    Restrict = 2 "restrict",
    /// To have it erased (wissing, art. 17).
    Erase = 3 "erase",
    /// To let what rests count again (opheffing van de beperking, art. 18(3)).
    Lift = 4 "lift",
}

closed_list! {
    /// What the second person decides.
    Verdict:
    /// It is done as asked.
    Release = 1 "release",
    /// What is found is told in part (art. 15(4) AVG, art. 41 UAVG).
    Limit = 2 "limit",
    /// It is not done.
    Refuse = 3 "refuse",
}

closed_list! {
    /// Why a request is limited or refused. The first three limit, the others refuse.
    RightsReason:
    /// Who asks, or somebody near the child, may be involved: who reported and who looked is left out.
    InvolvedPerson = 1 "involved-person",
    /// The rights of others (art. 15(4)): which organisation reported is left out.
    OthersRights = 2 "others-rights",
    /// An investigation (art. 41(1)(d) UAVG): what police and justice reported is left out, and who looked.
    Investigation = 3 "investigation",
    /// Who asks did not show who they are (art. 12(6)).
    IdentityNotShown = 4 "identity-not-shown",
    /// Who asks is neither the child nor its guardian.
    NotEntitled = 5 "not-entitled",
    /// An answer would put the child in danger (art. 41(1)(i) UAVG).
    ChildInDanger = 6 "child-in-danger",
    /// What is kept is still needed to protect the child (art. 17(3), 21(1)): of erasure alone.
    StillNeeded = 7 "still-needed",
    /// Asked again without ground (art. 12(5)).
    Repeated = 8 "repeated",
}

impl RightsReason {
    /// Whether a limited answer leaves out that, and by whom, a child's alerts were looked at.
    #[must_use]
    pub const fn leaves_out_who_looked(self) -> bool {
        matches!(self, Self::InvolvedPerson | Self::Investigation)
    }

    /// Whether it is a ground of what is asked: what rests or is erased does so whole, and only what is to be erased can
    /// still be needed.
    #[must_use]
    pub const fn goes_with(self, kind: RightsKind) -> bool {
        match (self, self.verdict()) {
            (_, Verdict::Limit) => matches!(kind, RightsKind::Access),
            (Self::StillNeeded, _) => matches!(kind, RightsKind::Erase),
            _ => true,
        }
    }

    /// The one verdict that this reason goes with.
    #[must_use]
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::InvolvedPerson | Self::OthersRights | Self::Investigation => Verdict::Limit,
            Self::IdentityNotShown
            | Self::NotEntitled
            | Self::ChildInDanger
            | Self::StillNeeded
            | Self::Repeated => Verdict::Refuse,
        }
    }
}

/// What the second person decided, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the value of its type")]
pub struct Decision {
    pub by: ConnectionId,
    pub on: Day,
    pub verdict: Verdict,
    /// Obliged unless it is released.
    pub reason: Option<RightsReason>,
}

/// A request, without the child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightsRequest {
    /// Its number.
    pub id: RequestId,
    /// What is asked for.
    pub kind: RightsKind,
    /// The contact point that asked.
    pub by: ConnectionId,
    /// The OIN of its organisation on that day: nobody of it decides, whatever the manifest says later.
    pub oin: String,
    /// The day it asked.
    pub asked: Day,
    /// Whether deciders were reminded that the days for a decision are nearly over.
    pub reminded: bool,
    /// What the second person decided.
    pub decision: Option<Decision>,
    /// What came of it, and the day.
    pub answer: Option<(Day, Found)>,
}

/// What the hub keeps of a child, as far as the decision lets it be told: in months and days, and never who the child is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The signals: at most [`Found::MAX_SIGNALS`].
    pub signals: Vec<FoundSignal>,
    /// The alerts: at most [`Found::MAX_ALERTS`].
    pub alerts: Vec<FoundAlert>,
    /// Whether there was more than is told here.
    pub more: bool,
}

impl Found {
    /// Signals that one answer tells, so that every answer has one size.
    pub const MAX_SIGNALS: usize = 80;

    /// Alerts that one answer tells.
    pub const MAX_ALERTS: usize = 5;

    /// Looks that one answer tells of an alert; the last ones.
    pub const MAX_LOOKS: usize = 24;
}

/// A signal that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSignal {
    /// Who reported it; nobody when that is left out, or it does not take part any more.
    pub by: Option<(OrganisationId, Domain)>,
    /// Soft or hard.
    pub severity: Severity,
    /// The month of observation.
    pub month: Month,
    /// The month through whose last day it counts.
    pub expiry: Month,
    /// Own or hearsay; own too when who reported is left out.
    pub observation: Observation,
}

/// An alert that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundAlert {
    /// The day it opened.
    pub opened: Day,
    /// Where it stands.
    pub state: AlertState,
    /// Who saw it or worked on it, and on which days; oldest first.
    pub looks: Vec<(ConnectionId, Day)>,
}
