//! What a coordinator's act may say: an opaque case reference, and reasons from closed lists. No free text
//! anywhere, as free text is where a name gets in.

use std::fmt;

/// A list that is closed: each entry has a number that is never reused, for wire and disk, and a code for people
/// and programs.
pub trait ClosedList: Copy + 'static {
    /// Every entry, in the order of their numbers.
    const ALL: &'static [Self];

    /// Its number, from 1; 0 stands for "not said".
    fn number(self) -> u8;

    /// Its code: lower-case words with dashes.
    fn code(self) -> &'static str;

    /// The entry of a number.
    #[must_use]
    fn from_number(number: u32) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| u32::from(it.number()) == number)
    }

    /// The entry of a code.
    #[must_use]
    fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.code() == code)
    }
}

macro_rules! closed_list {
    ($(#[$doc:meta])* $name:ident: $($(#[$entry:meta])* $variant:ident = $number:literal $code:literal,)+) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$entry])* $variant,)+
        }

        impl $crate::case::ClosedList for $name {
            const ALL: &'static [Self] = &[$(Self::$variant,)+];

            fn number(self) -> u8 {
                match self {
                    $(Self::$variant => $number,)+
                }
            }

            fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }
        }
    };
}

pub(crate) use closed_list;

closed_list! {
    /// Why a coordinator picks an alert up (oppakken).
    ClaimReason:
    /// The child is of the own region.
    OwnRegion = 1 "own-region",
    /// The coordinators of the regions agreed on it.
    Agreed = 2 "agreed",
    /// As fallback (achtervang): nobody picked it up in time.
    Fallback = 3 "fallback",
    /// Whoever led it is absent.
    LeadAbsent = 4 "lead-absent",
}

closed_list! {
    /// Why a coordinator confirms (bevestigen).
    ConfirmReason:
    /// A reporter recognises the concern.
    ReporterRecognises = 1 "reporter-recognises",
    /// Several reporters do.
    ReportersAgree = 2 "reporters-agree",
    /// It fits an earlier concern.
    EarlierConcern = 3 "earlier-concern",
    /// The signals themselves, weighed.
    SignalsWeighed = 4 "signals-weighed",
}

closed_list! {
    /// Why a coordinator finds an alert unfounded (niet gegrond).
    UnfoundedReason:
    /// An innocent explanation holds (V-13).
    InnocentExplanation = 1 "innocent-explanation",
    /// A reporter made a mistake.
    Mistake = 2 "mistake",
    /// The signals were withdrawn or ended.
    SignalsEnded = 3 "signals-ended",
    /// The signals are not about one child.
    OtherChild = 4 "other-child",
    /// Too little to go on.
    TooLittle = 5 "too-little",
}

closed_list! {
    /// Whether somebody else read along, which is asked for where no signal that counts is hard (V-14).
    SecondReading:
    /// Somebody did.
    Done = 1 "done",
    /// Nobody was available.
    NobodyAvailable = 2 "nobody-available",
}

closed_list! {
    /// What came of an alert.
    Outcome:
    /// Help started.
    HelpStarted = 1 "help-started",
    /// The child was already known and helped.
    AlreadyKnown = 2 "already-known",
    /// Referred to a national expertise centre.
    ExpertiseCentre = 3 "expertise-centre",
    /// Veilig Thuis is informed.
    VeiligThuisInformed = 4 "veilig-thuis-informed",
    /// The police are informed by the coordinator.
    PoliceInformed = 5 "police-informed",
    /// The child was not found.
    ChildNotFound = 6 "child-not-found",
    /// Unfounded.
    Unfounded = 7 "unfounded",
    /// Handed over to help for adults, at 18.
    HandedOverAtEighteen = 8 "handed-over-at-18",
}

closed_list! {
    /// Whether the child is registered with CoMensha, which needs its consent.
    Registration:
    /// It is.
    Yes = 1 "yes",
    /// It is not.
    No = 2 "no",
    /// Its consent is awaited.
    AwaitingConsent = 3 "awaiting-consent",
}

closed_list! {
    /// Whether the child's own view is known, or why not (art. 12 IVRK).
    ChildView:
    /// It is.
    Known = 1 "known",
    /// Asking would put the child in danger.
    UnsafeToAsk = 2 "unsafe-to-ask",
    /// The child was not reached.
    NotReached = 3 "not-reached",
    /// The child did not want to say.
    Declined = 4 "declined",
    /// The child is too young to ask.
    TooYoung = 5 "too-young",
}

closed_list! {
    /// Why an alert is handed over (overdragen).
    HandOverReason:
    /// The child is of another region.
    OtherRegion = 1 "other-region",
    /// The coordinator will be absent.
    Absence = 2 "absence",
    /// The other knows more of this.
    Expertise = 3 "expertise",
    /// The other leads a related alert.
    RelatedAlert = 4 "related-alert",
}

closed_list! {
    /// Why the next safety check is moved.
    CheckReason:
    /// Safety was checked; it is to be checked again.
    Checked = 1 "checked",
    /// An answer is awaited.
    AwaitingAnswer = 2 "awaiting-answer",
    /// The signals changed.
    SignalsChanged = 3 "signals-changed",
}

closed_list! {
    /// Why a reporter is asked to phone.
    ContactReason:
    /// To explain its signal.
    Explain = 1 "explain",
    /// To weigh together what to do.
    WeighTogether = 2 "weigh-together",
    /// For the safety of the child.
    Safety = 3 "safety",
}

/// A text is no case reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a case reference has 2 to 12 characters A-Z, 0-9 or '-': 1 to 7 digits, at most 4 letters, and a letter or \
     digit at either end"
)]
pub struct CaseReferenceFault;

/// A coordinator's own name of a case, such as `ZHZ-26-117`. Opaque to all others.
///
/// Four letters hold hardly a name; seven digits hold no citizen service number, no phone number and no date of
/// birth with its century.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CaseReference(String);

impl CaseReference {
    /// Parses a case reference.
    ///
    /// # Errors
    /// [`CaseReferenceFault`] says the form.
    pub fn parse(text: &str) -> Result<Self, CaseReferenceFault> {
        let count = |of: fn(&u8) -> bool| text.bytes().filter(of).count();
        let (letters, digits) = (count(u8::is_ascii_uppercase), count(u8::is_ascii_digit));
        let dashes = count(|byte| *byte == b'-');
        let lawful = letters + digits + dashes == text.len()
            && (2..=12).contains(&text.len())
            && letters <= 4
            && (1..=7).contains(&digits)
            && !text.starts_with('-')
            && !text.ends_with('-');
        if lawful { Ok(Self(text.to_owned())) } else { Err(CaseReferenceFault) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CaseReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CaseReference")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_reference_holds_no_name_and_no_number_of_a_person() {
        for text in ["Z1", "ZHZ-26-117", "2026-117", "Z-26-00117", "A1B2C3D4"] {
            assert_eq!(CaseReference::parse(text).unwrap().as_str(), text);
        }
        for text in [
            "",
            "Z",
            "ZZ",
            "JANSEN1",
            "JANS-E1",
            "z1",
            "Z 1",
            "Z.1",
            "-1",
            "1-",
            "123456789",
            "12345678",
            "20120417",
            "061-2345678",
            "2012-04-17",
            "Ž1",
            "Z１",
            "A1\n",
            "Z1-Z1-Z1-Z1-Z1",
        ] {
            assert_eq!(CaseReference::parse(text), Err(CaseReferenceFault), "{text:?}");
        }
    }

    fn check_list<T: ClosedList + PartialEq + fmt::Debug>() {
        for (number, it) in (1_u8..).zip(T::ALL) {
            assert_eq!(it.number(), number, "numbers run on from 1");
            assert_eq!(T::from_number(u32::from(number)), Some(*it));
            assert_eq!(T::parse(it.code()), Some(*it));
        }
        assert_eq!((T::from_number(0), T::from_number(256), T::parse("")), (None, None, None));
    }

    #[test]
    fn every_entry_of_a_list_is_found_by_its_number_and_its_code() {
        check_list::<ClaimReason>();
        check_list::<ConfirmReason>();
        check_list::<UnfoundedReason>();
        check_list::<SecondReading>();
        check_list::<Outcome>();
        check_list::<Registration>();
        check_list::<ChildView>();
        check_list::<HandOverReason>();
        check_list::<CheckReason>();
        check_list::<ContactReason>();
    }
}
