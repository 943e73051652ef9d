//! Lines of the sample files, with the columns that each agency's system happens to export.

use std::collections::BTreeMap;

use jiff::civil::Date;
use samenloop_core::value::Severity;

use super::children::ChildNumbers;
use super::{Numbers, Seen};
use crate::KitFault;
use crate::calendar::months_ago;
use crate::parties::{PARTIES, Party};

/// One line of one agency.
pub(crate) struct Row {
    /// Which child of the kit, from 0. Never written beside a number.
    pub(crate) child: usize,
    pub(crate) agency: &'static str,
    /// The agency's own; empty until [`number`] gives one.
    pub(crate) reference: String,
    bsn: String,
    v_number: String,
    severity: Severity,
    code: &'static str,
    month: String,
    pub(crate) region: &'static str,
    observation: String,
    case: String,
}

impl Row {
    pub(crate) fn new(child: usize, seen: &Seen, numbers: &ChildNumbers, today: Date) -> Self {
        let own = PARTIES.iter().find(|it| it.id == seen.agency).and_then(|it| it.regions.first());
        let known = |by: Numbers, number: &String| {
            if seen.by == by || seen.by == Numbers::Both { number.clone() } else { String::new() }
        };
        Self {
            child,
            agency: seen.agency,
            reference: String::new(),
            bsn: known(Numbers::Bsn, &numbers.bsn),
            v_number: known(Numbers::VNumber, &numbers.v_number),
            severity: seen.severity,
            code: seen.code,
            month: months_ago(today, seen.months_ago),
            region: seen.region.or(own.copied()).unwrap_or_default(),
            observation: seen
                .heard_from
                .map_or_else(|| "eigen".into(), |it| format!("van-horen-zeggen:{it}")),
            case: String::new(),
        }
    }

    fn cell(&self, column: Column) -> &str {
        match column {
            Column::Reference => &self.reference,
            Column::Bsn => &self.bsn,
            Column::VNumber => &self.v_number,
            Column::Severity => match self.severity {
                Severity::Soft => "zacht",
                Severity::Hard => "hard",
            },
            Column::Code => self.code,
            Column::Month => &self.month,
            Column::Region => self.region,
            Column::Observation => &self.observation,
            Column::Case => &self.case,
        }
    }
}

/// Gives every line the reference and case number of its agency, in the order of the file.
pub(crate) fn number(rows: &mut [Row]) {
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        let number = last.entry(row.agency).or_default();
        *number += 1;
        row.reference = format!("{}-{number:03}", row.agency);
        // Not every observation has a case yet. No two agencies have a case number in common.
        if !number.is_multiple_of(3) {
            let agency = PARTIES.iter().take_while(|party| party.id != row.agency).count();
            row.case = format!("zaak-{:04}", (agency + 1) * 1000 + *number * 7);
        }
    }
}

#[derive(Clone, Copy)]
enum Column {
    Reference,
    Bsn,
    VNumber,
    Severity,
    Code,
    Month,
    Region,
    Observation,
    Case,
}

impl Column {
    const fn heading(self) -> &'static str {
        match self {
            Self::Reference => "referentie",
            Self::Bsn => "bsn",
            Self::VNumber => "v_nummer",
            Self::Severity => "soort",
            Self::Code => "code",
            Self::Month => "maand",
            Self::Region => "regio",
            Self::Observation => "waarneming",
            Self::Case => "zaaknummer",
        }
    }
}

/// What an agency exports, and with which separator.
fn columns(agency: &str) -> (u8, &'static [Column]) {
    use Column::{Bsn, Case, Code, Month, Observation, Reference, Region, Severity, VNumber};
    match agency {
        "coa-noord" => (b',', &[Reference, VNumber, Bsn, Severity, Code, Month, Region, Case]),
        "politie-west" => {
            (b';', &[Reference, Bsn, VNumber, Severity, Code, Month, Region, Observation, Case])
        }
        "veilig-thuis-west" => (b';', &[Reference, Bsn, Severity, Code, Month, Region, Observation, Case]),
        // Sends no codes.
        "zorg-noord" | "school-noord" => (b';', &[Reference, Bsn, Severity, Month, Region, Case]),
        // Always sends a code, which says whether it is soft or hard.
        "leerplicht-west" => (b',', &[Reference, Bsn, Code, Month, Region]),
        _ => (b';', &[Reference, Bsn, Severity, Code, Month, Region, Case]),
    }
}

/// The file of an agency.
pub(crate) fn csv(agency: &Party, rows: &[Row]) -> Result<Vec<u8>, KitFault> {
    let (separator, columns) = columns(agency.id);
    let mut writer = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
    writer.write_record(columns.iter().map(|column| column.heading()))?;
    for row in rows.iter().filter(|row| row.agency == agency.id) {
        writer.write_record(columns.iter().map(|column| row.cell(*column)))?;
    }
    writer.into_inner().map_err(|fault| KitFault::Samples(fault.to_string()))
}
