//! One line of the journal, and what a later line of the same reference makes of it.

use std::io::{self, Write};

use samenloop_core::value::{CAP_MONTHS, Day, Month, SignalReference};

use crate::language::Language;

/// Why an agency withdrew a signal: a closed list. Stays in the journal; the hub is told only that it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum WithdrawalReason {
    /// Onterecht: de zorg bleek niet gegrond
    Unjustified,
    /// De zorg was terecht en is er niet meer
    ConcernGone,
    /// Een vergissing, zoals een verkeerd kind
    Mistake,
    /// Op verzoek van het kind of wie het gezag draagt
    Request,
    /// Nobody said: the command of a program that does not ask.
    #[value(skip)]
    Unstated,
    /// The hub erased it, on request of the child or whoever has custody (art. 17, 19).
    #[value(skip)]
    Erased,
}

impl WithdrawalReason {
    /// What people choose from.
    pub const ALL: [Self; 4] = [Self::Unjustified, Self::ConcernGone, Self::Mistake, Self::Request];

    /// The name that programs see.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unjustified => "unjustified",
            Self::ConcernGone => "concern-gone",
            Self::Mistake => "mistake",
            Self::Request => "request",
            Self::Unstated => "unstated",
            Self::Erased => "erased",
        }
    }

    /// In words.
    #[must_use]
    pub const fn words(self, language: Language) -> &'static str {
        match self {
            Self::Unjustified => language.pick("onterecht", "unjustified"),
            Self::ConcernGone => language.pick("zorg is er niet meer", "concern is gone"),
            Self::Mistake => language.pick("vergissing", "mistake"),
            Self::Request => language.pick("op verzoek", "on request"),
            Self::Unstated => language.pick("zonder reden", "no reason given"),
            Self::Erased => language.pick("gewist op verzoek", "erased on request"),
        }
    }

    /// How a signal stands that ended so, in words.
    #[must_use]
    pub fn state(self, language: Language) -> String {
        let words = self.words(language);
        if self == Self::Erased {
            words.to_owned()
        } else {
            format!("{}: {words}", language.pick("ingetrokken", "withdrawn"))
        }
    }
}

/// How a signal of one's own stands on a day. Whether it converged with anything nobody tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It counts.
    Active,
    /// Its term has passed.
    Ended,
    /// It was withdrawn, and its reference is not taken again before its term has passed (P-42).
    Withdrawn(WithdrawalReason),
}

/// One acknowledged signal, or its withdrawal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the value of its type; the module lists them")]
pub struct Entry {
    pub(crate) reference: SignalReference,
    pub(crate) month: Month,
    pub(crate) expiry: Month,
    pub(crate) cap: Month,
    pub(crate) revision: u64,
    pub(crate) acknowledged: Day,
    pub(crate) withdrawn: Option<WithdrawalReason>,
    pub(crate) local_reference: String,
    pub(crate) case_reference: Option<String>,
}

impl Entry {
    /// The reference that the hub knows.
    #[must_use]
    pub const fn reference(&self) -> SignalReference {
        self.reference
    }

    /// The agency's own reference.
    #[must_use]
    pub fn local_reference(&self) -> &str {
        &self.local_reference
    }

    /// The agency's own case reference, where the file had one.
    #[must_use]
    pub fn case_reference(&self) -> Option<&str> {
        self.case_reference.as_deref()
    }

    /// What people know it by: the case reference, or else the own reference.
    #[must_use]
    pub fn name(&self) -> &str {
        self.case_reference().unwrap_or_else(|| self.local_reference())
    }

    /// The month of observation.
    #[must_use]
    pub const fn month(&self) -> Month {
        self.month
    }

    /// The last day on which it counts.
    #[must_use]
    pub const fn last_day(&self) -> Day {
        self.expiry.last_day()
    }

    /// The last day to which it can be extended: 24 months after its first month (V-20).
    #[must_use]
    pub const fn last_possible_day(&self) -> Day {
        self.cap.last_day()
    }

    /// The revision that was last acknowledged.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// The day of the last ack.
    #[must_use]
    pub const fn acknowledged(&self) -> Day {
        self.acknowledged
    }

    /// How it stands on a day.
    #[must_use]
    pub fn standing(&self, today: Day) -> Standing {
        match self.withdrawn {
            Some(reason) => Standing::Withdrawn(reason),
            None if self.is_past(today) => Standing::Ended,
            None => Standing::Active,
        }
    }

    /// Whether it counts today and ends in so many days at most.
    #[must_use]
    pub fn ends_within(&self, days: u32, today: Day) -> bool {
        self.standing(today) == Standing::Active
            && today.days_until(self.last_day()).is_some_and(|left| left <= days)
    }

    /// Whether its term, that of a withdrawn one too, has passed: then its reference is as good as new.
    pub(super) fn is_past(&self, today: Day) -> bool {
        self.last_day() < today
    }

    /// What stands after a later line of the same reference, as the hub's own room of filing decides it.
    pub(super) fn followed_by(mut self, later: Self) -> Self {
        if self.is_past(later.acknowledged) {
            return later;
        }
        if self.withdrawn.is_some() || later.withdrawn.is_some() {
            // The first reason stands, and any reason stands for none.
            let stated = self.withdrawn.filter(|it| *it != WithdrawalReason::Unstated);
            self.withdrawn = stated.or(later.withdrawn).or(self.withdrawn);
            self.acknowledged = later.acknowledged;
            return self;
        }
        Self { expiry: later.expiry.min(self.cap), cap: self.cap, ..later }
    }

    /// The month beyond which no revision takes a signal that was first seen in `month` (V-20).
    pub(crate) fn cap_of(month: Month) -> Month {
        month.plus(CAP_MONTHS)
    }

    pub(super) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let Self { month, expiry, cap, revision, acknowledged, local_reference, .. } = self;
        let state = self.withdrawn.map_or("active", WithdrawalReason::name);
        let case = self.case_reference.as_deref().unwrap_or_default();
        write!(
            to,
            "{}\t{month}\t{expiry}\t{cap}\t{revision}\t{acknowledged}\t{state}\t",
            self.reference.hex()
        )?;
        writeln!(to, "{local_reference}\t{case}")
    }

    pub(super) fn parse(line: &str) -> Option<Self> {
        let reference = reference_of(line)?;
        let mut fields = line.split('\t').skip(1);
        let mut next = || fields.next();
        let entry = Self {
            reference,
            month: Month::parse(next()?).ok()?,
            expiry: Month::parse(next()?).ok()?,
            cap: Month::parse(next()?).ok()?,
            revision: next()?.parse().ok()?,
            acknowledged: Day::parse(next()?).ok()?,
            withdrawn: match next()? {
                "active" => None,
                state => {
                    let unsaid = [WithdrawalReason::Unstated, WithdrawalReason::Erased];
                    let mut reasons = WithdrawalReason::ALL.into_iter().chain(unsaid);
                    Some(reasons.find(|reason| reason.name() == state)?)
                }
            },
            local_reference: next()?.to_owned(),
            case_reference: Some(next()?.to_owned()).filter(|case| !case.is_empty()),
        };
        next().is_none().then_some(entry)
    }
}

/// The reference with which a line begins.
pub(super) fn reference_of(line: &str) -> Option<SignalReference> {
    let (hex, _) = line.split_once('\t').filter(|(hex, _)| hex.len() == 32)?;
    u128::from_str_radix(hex, 16).ok().map(|bytes| SignalReference::new(bytes.to_be_bytes()))
}
