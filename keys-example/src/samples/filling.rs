//! The many children on whom nothing converges: seen once, or twice softly.

use samenloop_core::value::Domain;

use super::children::Children;
use super::stories::{Numbers, Seen, Story, hard, soft};

/// Codes without a special mark that an agency could see; none where it sends none.
struct Sight {
    agency: &'static str,
    soft: &'static [&'static str],
    hard: &'static [&'static str],
    by: &'static [Numbers],
}

const BSN: &[Numbers] = &[Numbers::Bsn];

const SIGHTS: [Sight; 9] = [
    Sight {
        agency: "school-west",
        soft: &["I07", "I08", "I09", "I12", "A04", "A07", "A08", "A14", "A17"],
        hard: &["I06"],
        by: BSN,
    },
    Sight {
        agency: "gemeente-west",
        soft: &["V03", "V08", "V16", "F08", "A08", "A17"],
        hard: &["F09"],
        by: BSN,
    },
    Sight {
        agency: "veilig-thuis-west",
        soft: &["V10", "I01", "D17", "A10", "A13"],
        hard: &["V11", "A02"],
        by: BSN,
    },
    Sight {
        agency: "politie-west",
        soft: &["V01", "V02", "D21"],
        hard: &["V13", "V14", "D11", "F01"],
        by: &[Numbers::Bsn, Numbers::Bsn, Numbers::Both, Numbers::VNumber],
    },
    Sight {
        agency: "coa-noord",
        soft: &["E03", "V09", "D23", "A10", "A17"],
        hard: &["V12", "A09"],
        by: &[Numbers::VNumber, Numbers::VNumber, Numbers::Both],
    },
    Sight { agency: "zorg-noord", soft: &[], hard: &[], by: BSN },
    Sight { agency: "school-noord", soft: &[], hard: &[], by: BSN },
    Sight { agency: "leerplicht-west", soft: &["I07", "I09", "I12"], hard: &["I06"], by: BSN },
    Sight { agency: "riec-west", soft: &["V06", "V07"], hard: &["V13", "D18"], by: BSN },
];

/// Pairs of organisations that each saw the same child once, softly.
const PAIRS: [(&str, &str); 8] = [
    ("school-west", "gemeente-west"),
    ("school-west", "veilig-thuis-west"),
    ("gemeente-west", "politie-west"),
    ("veilig-thuis-west", "leerplicht-west"),
    ("zorg-noord", "school-noord"),
    ("zorg-noord", "gemeente-west"),
    ("school-noord", "school-west"),
    ("riec-west", "leerplicht-west"),
];

/// Adds the children seen once by each agency, and those seen twice.
pub(crate) fn add(told: &mut Vec<Story>, children: &mut Children) {
    for sight in &SIGHTS {
        let count = 9 + children.below(5);
        for number in 0..count {
            // One in five is hard: alone it still opens nothing.
            let is_hard = number % 5 == 4;
            let by = children.one_of(sight.by).unwrap_or(Numbers::Bsn);
            let mut seen = drawn(sight, is_hard, children).by(by);
            if sight.agency == "veilig-thuis-west" && number % 4 == 1 {
                seen = seen.heard_from(Domain::Onderwijs);
            }
            told.push(Story { converges: false, why: "een signaal alleen", seen: vec![seen] });
        }
    }
    for (one, other) in PAIRS {
        let seen: Vec<_> = SIGHTS
            .iter()
            .filter(|sight| sight.agency == one || sight.agency == other)
            .map(|sight| drawn(sight, false, children))
            .collect();
        told.push(Story { converges: false, why: "twee zachte signalen: een te weinig", seen });
    }
}

fn drawn(sight: &Sight, is_hard: bool, children: &mut Children) -> Seen {
    let codes = if is_hard { sight.hard } else { sight.soft };
    // An agency that sends codes need not, save where its file has no column for soft or hard.
    let without = sight.agency != "leerplicht-west" && children.below(6) == 0;
    let code = children.one_of(codes).filter(|_| !without).unwrap_or_default();
    let seen = if is_hard { hard(sight.agency, code) } else { soft(sight.agency, code) };
    seen.ago(u8::try_from(children.below(5)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use samenloop_core::value::{Code, Severity};
    use samenloop_manifest::taxonomy;

    use super::*;

    #[test]
    fn every_code_that_may_be_drawn_is_unmarked_and_as_soft_or_hard_as_said() {
        for sight in &SIGHTS {
            let soft = sight.soft.iter().map(|code| (code, Severity::Soft));
            let hard = sight.hard.iter().map(|code| (code, Severity::Hard));
            for (code, severity) in soft.chain(hard) {
                let entry = taxonomy().entry(Code::parse(code).unwrap()).unwrap();
                assert_eq!((entry.severity(), entry.is_marked()), (severity, false), "{code}");
            }
        }
    }
}
