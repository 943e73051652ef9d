//! Children of whom it is known beforehand whether the rule is met, and why (architecture.md section 8).

use samenloop_core::value::{Domain, Severity};

/// By which numbers an agency knows a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numbers {
    Bsn,
    VNumber,
    Both,
}

/// One sighting of a child by one agency.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) agency: &'static str,
    pub(crate) severity: Severity,
    /// None is an empty text.
    pub(crate) code: &'static str,
    pub(crate) months_ago: u8,
    /// The agency's own region, unless said.
    pub(crate) region: Option<&'static str>,
    pub(crate) heard_from: Option<Domain>,
    pub(crate) by: Numbers,
}

impl Seen {
    pub(crate) const fn new(agency: &'static str, severity: Severity, code: &'static str) -> Self {
        Self { agency, severity, code, months_ago: 1, region: None, heard_from: None, by: Numbers::Bsn }
    }

    pub(crate) const fn ago(mut self, months: u8) -> Self {
        self.months_ago = months;
        self
    }

    const fn region(mut self, region: &'static str) -> Self {
        self.region = Some(region);
        self
    }

    pub(crate) const fn heard_from(mut self, domain: Domain) -> Self {
        self.heard_from = Some(domain);
        self
    }

    pub(crate) const fn by(mut self, numbers: Numbers) -> Self {
        self.by = numbers;
        self
    }
}

/// What was seen of one child.
pub(crate) struct Story {
    pub(crate) converges: bool,
    /// In Dutch, for whoever reads the demo.
    pub(crate) why: &'static str,
    pub(crate) seen: Vec<Seen>,
}

pub(crate) const fn soft(agency: &'static str, code: &'static str) -> Seen {
    Seen::new(agency, Severity::Soft, code)
}

pub(crate) const fn hard(agency: &'static str, code: &'static str) -> Seen {
    Seen::new(agency, Severity::Hard, code)
}

fn yes(why: &'static str, seen: Vec<Seen>) -> Story {
    Story { converges: true, why, seen }
}

fn no(why: &'static str, seen: Vec<Seen>) -> Story {
    Story { converges: false, why, seen }
}

/// Every story that is told on purpose.
pub(crate) fn stories() -> Vec<Story> {
    let mut told = converging();
    told.extend(just_not());
    told
}

fn converging() -> Vec<Story> {
    vec![
        yes(
            "drie zachte signalen met verschillende codes, drie domeinen, drie organisaties",
            vec![
                soft("school-west", "A04").ago(2),
                soft("gemeente-west", "A08"),
                soft("veilig-thuis-west", "A10").ago(0),
            ],
        ),
        yes(
            "drie zachte signalen met verschillende codes, twee domeinen, twee organisaties",
            vec![
                soft("school-west", "I07").ago(3),
                soft("school-west", "A14"),
                soft("gemeente-west", "V03").ago(2),
            ],
        ),
        yes(
            "een hard en een zacht signaal, twee domeinen, twee organisaties",
            vec![hard("politie-west", "D11"), soft("school-west", "A07").ago(2)],
        ),
        yes(
            "een hard en een zacht signaal, en een signaal van horen zeggen dat erbij staat en niet meetelt",
            vec![
                hard("politie-west", "V13").ago(2),
                soft("gemeente-west", "V08"),
                hard("veilig-thuis-west", "V11").heard_from(Domain::PolitieJustitie),
            ],
        ),
        yes(
            "gezien in twee regio's: de zorgcoördinatoren van beide krijgen de samenloop",
            vec![
                hard("coa-noord", "V12").ago(2).by(Numbers::Both),
                soft("politie-west", "V02"),
                soft("school-west", "I12").ago(0),
            ],
        ),
        yes(
            "een instelling in west zag het kind in noord: beide zorgcoördinatoren krijgen de samenloop",
            vec![hard("politie-west", "F01").region("noord"), soft("leerplicht-west", "I09").ago(2)],
        ),
        yes(
            "drie zachte signalen zonder code, twee domeinen, drie organisaties",
            vec![soft("school-noord", ""), soft("zorg-noord", "").ago(2), soft("school-west", "").ago(3)],
        ),
        yes(
            "een hard en een zacht signaal zonder code, twee domeinen, twee organisaties",
            vec![hard("zorg-noord", ""), soft("school-noord", "").ago(2)],
        ),
        yes(
            "twee organisaties kennen het kind onder hetzelfde V-nummer",
            vec![
                hard("coa-noord", "A09").by(Numbers::VNumber),
                soft("politie-west", "D21").ago(0).by(Numbers::VNumber),
            ],
        ),
    ]
}

fn just_not() -> Vec<Story> {
    vec![
        no(
            "twee zachte signalen, twee domeinen: een te weinig",
            vec![soft("school-west", "A08"), soft("gemeente-west", "A17").ago(2)],
        ),
        no(
            "drie zachte signalen zonder code van twee organisaties: telt als twee",
            vec![soft("school-noord", "").ago(1), soft("school-noord", "").ago(3), soft("zorg-noord", "")],
        ),
        no(
            "drie zachte signalen uit een domein",
            vec![soft("school-west", "I08"), soft("school-noord", "").ago(2), soft("leerplicht-west", "I07")],
        ),
        no(
            "twee harde signalen uit twee domeinen van een en dezelfde organisatie",
            vec![hard("gemeente-west", "F09"), hard("leerplicht-west", "I06").ago(2)],
        ),
        no(
            "een eigen hard signaal, en een hard signaal van horen zeggen: een domein telt",
            vec![
                hard("politie-west", "D11").ago(2),
                hard("veilig-thuis-west", "A02").heard_from(Domain::PolitieJustitie),
            ],
        ),
        no(
            "twee zachte signalen en een van horen zeggen: een te weinig",
            vec![
                soft("school-west", "A17").ago(2),
                soft("coa-noord", "D23").by(Numbers::Both),
                soft("veilig-thuis-west", "A13").heard_from(Domain::Onderwijs),
            ],
        ),
        no(
            "twee zachte signalen en een hard van een domein dat niet als onafhankelijk telt",
            vec![
                soft("school-west", "I09"),
                soft("coa-noord", "A17").by(Numbers::Both),
                hard("riec-west", "V13").ago(2),
            ],
        ),
        no(
            "een hard signaal en een van een domein dat niet als onafhankelijk telt",
            vec![hard("veilig-thuis-west", "V11"), soft("riec-west", "V07").ago(2)],
        ),
        no(
            "drie zachte signalen, maar onder twee nummers die samenloop niet aan elkaar verbindt",
            vec![
                soft("school-west", "A14"),
                soft("gemeente-west", "V16").ago(2),
                soft("coa-noord", "V09").by(Numbers::VNumber),
            ],
        ),
        no("een hard signaal alleen", vec![hard("zorg-noord", "")]),
        no(
            "twee harde signalen van een organisatie",
            vec![hard("coa-noord", "V12"), hard("coa-noord", "A09")],
        ),
        no(
            "in twee regio's gezien, twee zachte signalen: een te weinig",
            vec![soft("school-noord", ""), soft("politie-west", "V01").ago(2)],
        ),
    ]
}
