//! Values that cannot be wrong: each has one constructor that parses, and no public fields.

mod day;
mod domain;
mod mailbox;
mod name;
mod number;
mod pseudonym;
mod signal;

pub use day::{Day, DayFault, Month};
pub use domain::{Domain, UnknownDomain};
pub use mailbox::{Mailbox, MailboxFault, is_dns_name};
pub use name::{ConnectionId, NameFault, OrganisationId, RegionId};
pub use number::{AlertId, LetterId, RequestId, SubjectId};
pub use pseudonym::{Epoch, Kind, Place, Pseudonym, SCHEME_HMAC, SubjectIndex};
pub use signal::{
    CAP_MONTHS, Code, CodeFault, DETAILS_LEN, KeyId, MAX_DETAILS, Observation, SealedDetails, Severity,
    ShorterTerm, Signal, SignalContent, SignalReference,
};
