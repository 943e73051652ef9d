//! What the audit logs know of a stretch of days, by connection: for a privacy officer, who reads both from end to end.

use std::collections::{BTreeMap, BTreeSet};

use samenloop_audit::{Entry, EntryKind, Hash, Log, day_of_hours, hours_of_day};
use samenloop_core::manifest::{HUB, OPERATOR};
use samenloop_core::value::{ConnectionId, Day};

use crate::audit::{AuditFault, read};
use crate::hub::Hub;
use crate::membership::Membership;

/// One entry in words that a person knows. Never a child: the logs name none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// What it tells of.
    pub kind: EntryKind,
    /// The day; of what is read and of what an operator does, the day in UTC.
    pub day: Day,
    /// The hour of that day in UTC; 0 where the log keeps none.
    pub hour: u32,
    /// Who did it: a connection, the hub or its operator; `None` for one that no manifest here enters any more.
    pub actor: Option<String>,
    /// Lines of a batch; elsewhere how many.
    pub count: u32,
}

/// What both logs hold from a day on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogFacts {
    /// Of each log that the hub signed: its size, and the root of its tree.
    pub heads: Vec<(Log, u64, Hash)>,
    /// In the order of the logs.
    pub entries: Vec<Logged>,
}

impl LogFacts {
    /// Reads both logs, and keeps what is of `since` or later. `also` is a connection that may be out of the manifest.
    ///
    /// # Errors
    /// [`AuditFault`], also when a log is not whole.
    pub async fn read(
        membership: &Membership,
        hub: &Hub,
        since: Day,
        also: Option<&ConnectionId>,
    ) -> Result<Self, AuditFault> {
        let names = names(membership.book().entered(), also);
        let mut facts = Self::default();
        for log in Log::ALL {
            let (whole, tiled) = read(membership, hub, log).await?;
            let Some((checkpoint, tiled)) = whole.checkpoint.zip(tiled) else { continue };
            facts.heads.push((log, checkpoint.size, checkpoint.root));
            let aliases = hub.aliases(log, &names).await?;
            let known: BTreeMap<u64, &String> = aliases.into_iter().zip(&names).collect();
            let entries = tiled.parsed();
            let kept = entries.iter().filter(|it| it.hours >= hours_of_day(since));
            facts.entries.extend(kept.filter_map(|it| Logged::of(it, &known)));
        }
        Ok(facts)
    }
}

impl Logged {
    fn of(entry: &Entry, known: &BTreeMap<u64, &String>) -> Option<Self> {
        Some(Self {
            kind: entry.kind,
            day: day_of_hours(entry.hours)?,
            hour: entry.hours % 24,
            actor: known.get(&entry.actor).map(|it| (*it).clone()),
            count: entry.count,
        })
    }
}

/// Everyone who may stand in a log, as far as it is known here: also who left the manifest since.
fn names(entered: &BTreeSet<ConnectionId>, also: Option<&ConnectionId>) -> Vec<String> {
    let connections = entered.iter().chain(also.filter(|it| !entered.contains(*it)));
    connections.map(ToString::to_string).chain([HUB, OPERATOR].map(str::to_owned)).collect()
}
