//! What agencies of the run sent: its truth, to which everything is held that an attack finds.

use std::collections::BTreeMap;

use samenloop_core::value::Month;
use samenloop_tests::{Exchange, this_month};
use serde_json::Value;

use crate::keys::name_of;
use crate::reading::Seen;
use crate::run::THIEF;

const HEADER: &str = "referentie;bsn;onderwijsnummer;v_nummer;soort;code;maand;regio;waarneming;zaaknummer";

/// A signal as its agency sent it, and will send it again.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) sender: &'static str,
    /// The columns of its numbers.
    columns: &'static [&'static str],
    pub(crate) child: u32,
    severity: &'static str,
    code: &'static str,
    pub(crate) region: &'static str,
    heard_from: &'static str,
    /// Months that it counts.
    term: u8,
    /// By its sender, or as it was erased on request.
    pub(crate) is_withdrawn: bool,
}

impl Sent {
    const fn new(sender: &'static str, severity: &'static str, region: &'static str, child: u32) -> Self {
        let term = if severity.len() == "hard".len() { 12 } else { 6 };
        let (columns, code, heard_from) = (&["bsn"], "", "");
        Self { sender, columns, child, severity, code, region, heard_from, term, is_withdrawn: false }
    }

    /// The agency's own name for it.
    pub(crate) fn reference(&self) -> String {
        format!("{}-{}", self.sender, self.child)
    }

    /// The agency's own case, which only the coordinator of its region sees.
    pub(crate) fn case(&self) -> String {
        format!("Z-{}-{}", &self.sender[..2], self.child)
    }

    /// Its code, if any.
    pub(crate) const fn code(&self) -> &'static str {
        self.code
    }

    /// The numbers of its child that the agency gave.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> + '_ {
        self.columns.iter().map(|it| name_of(it, self.child))
    }

    /// What can be known of it.
    pub(crate) fn seen(&self) -> Seen {
        Seen {
            connection: self.sender.to_owned(),
            severity: if self.severity == "hard" { "hard" } else { "soft" }.to_owned(),
            code: self.code.to_owned(),
            month: this_month(),
            region: self.region.to_owned(),
            heard_from: self.heard_from.to_owned(),
        }
    }

    /// Its last month, `YYYY-MM`.
    pub(crate) fn expiry(&self) -> String {
        Month::parse(&this_month()).unwrap().plus(self.term).to_string()
    }

    fn line(&self) -> String {
        let number = |column| {
            let name = name_of(column, self.child);
            if self.columns.contains(&column) {
                name.split_once(' ').unwrap().1.to_owned()
            } else {
                String::new()
            }
        };
        let observation = if self.heard_from.is_empty() {
            "eigen".into()
        } else {
            format!("van-horen-zeggen:{}", self.heard_from)
        };
        [
            self.reference(),
            number("bsn"),
            number("onderwijsnummer"),
            number("v_nummer"),
            self.severity.into(),
            self.code.into(),
            this_month(),
            self.region.into(),
            observation,
            self.case(),
        ]
        .join(";")
    }
}

/// What is sent before the first tick, in the ticks after it, and around the tick that is watched.
pub(crate) fn waves() -> [Vec<Sent>; 3] {
    let many = |of: std::ops::Range<u32>, each: fn(u32) -> Sent| of.map(each).collect::<Vec<_>>();
    let first = [
        many(0..120, |it| Sent::new(THIEF, "zacht", "west", it)),
        many(60..90, |it| Sent { code: "V02", term: 9, ..Sent::new("gemeente-west", "zacht", "west", it) }),
    ];
    let second = [
        many(100..180, |it| Sent::new("politie-west", "hard", "west", it)),
        many(200..220, |it| Sent {
            columns: &["onderwijsnummer"],
            ..Sent::new("leerplicht-west", "zacht", "west", it)
        }),
        many(300..320, |it| Sent {
            columns: &["bsn", "v_nummer"],
            ..Sent::new("coa-noord", "zacht", "noord", it)
        }),
        many(150..155, |it| Sent {
            heard_from: "onderwijs",
            ..Sent::new("veilig-thuis-west", "zacht", "west", it)
        }),
    ];
    let third = many(110..115, |it| Sent::new("zorg-noord", "hard", "noord", it));
    [first.concat(), second.concat(), third]
}

/// Pushes each sender's signals; gives what the school was answered.
pub(crate) fn push(exchange: &Exchange, signals: &[Sent]) -> Vec<Value> {
    let mut answers = Vec::new();
    let mut by_sender: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for sent in signals.iter().filter(|it| !it.is_withdrawn) {
        by_sender.entry(sent.sender).or_default().push(sent.line());
    }
    for (sender, lines) in by_sender {
        let answer = exchange.push(sender, HEADER, &lines.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(
            (answer.status, answer.json()["accepted"].as_u64()),
            (0, Some(lines.len() as u64)),
            "{answer:?}"
        );
        answers.extend((sender == THIEF).then(|| answer.json()));
    }
    answers
}
