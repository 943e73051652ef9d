//! The columns of `signal push`, and one line's fields by column.

/// A column, by its Dutch or English heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the variants are the English headings")]
pub enum Column {
    Reference,
    Bsn,
    Onderwijsnummer,
    VNumber,
    Severity,
    Code,
    Month,
    Region,
    Observation,
    Acute,
    AcuteRouteFollowed,
    ValidUntil,
    CaseReference,
    Minor,
}

impl Column {
    /// Every column.
    pub const ALL: [Self; 14] = [
        Self::Reference,
        Self::Bsn,
        Self::Onderwijsnummer,
        Self::VNumber,
        Self::Severity,
        Self::Code,
        Self::Month,
        Self::Region,
        Self::Observation,
        Self::Acute,
        Self::AcuteRouteFollowed,
        Self::ValidUntil,
        Self::CaseReference,
        Self::Minor,
    ];

    /// The Dutch heading.
    #[must_use]
    pub const fn dutch(self) -> &'static str {
        match self {
            Self::Reference => "referentie",
            Self::Bsn => "bsn",
            Self::Onderwijsnummer => "onderwijsnummer",
            Self::VNumber => "v_nummer",
            Self::Severity => "soort",
            Self::Code => "code",
            Self::Month => "maand",
            Self::Region => "regio",
            Self::Observation => "waarneming",
            Self::Acute => "acuut",
            Self::AcuteRouteFollowed => "acute_route_gevolgd",
            Self::ValidUntil => "geldig_tot",
            Self::CaseReference => "zaaknummer",
            Self::Minor => "minderjarig",
        }
    }

    /// The English heading.
    #[must_use]
    pub const fn english(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Bsn => "bsn",
            Self::Onderwijsnummer => "onderwijsnummer",
            Self::VNumber => "v_number",
            Self::Severity => "severity",
            Self::Code => "code",
            Self::Month => "month",
            Self::Region => "region",
            Self::Observation => "observation",
            Self::Acute => "acute",
            Self::AcuteRouteFollowed => "acute_route_followed",
            Self::ValidUntil => "valid_until",
            Self::CaseReference => "case_reference",
            Self::Minor => "minor",
        }
    }

    /// The column of a heading, in whatever case and with space around it.
    #[must_use]
    pub fn parse(heading: &str) -> Option<Self> {
        let heading = heading.trim();
        let is = |name: &str| heading.eq_ignore_ascii_case(name);
        Self::ALL.into_iter().find(|column| is(column.dutch()) || is(column.english()))
    }

    const fn index(self) -> usize {
        self as usize
    }
}

/// One line's fields by column; those of columns that the file lacks are empty.
#[derive(Default)]
pub struct Fields<'l> {
    cells: [&'l str; Column::ALL.len()],
}

impl<'l> Fields<'l> {
    /// Sets one field, without the space around it. `="…"`, with which exports keep a spreadsheet from changing a number,
    /// is what stands in it.
    pub fn set(&mut self, column: Column, text: &'l str) {
        let text = text.trim();
        let kept = text.strip_prefix("=\"").and_then(|text| text.strip_suffix('"'));
        if let Some(cell) = self.cells.get_mut(column.index()) {
            *cell = kept.map_or(text, str::trim);
        }
    }

    /// One field; `None` when nothing is in it.
    #[must_use]
    pub fn field(&self, column: Column) -> Option<&'l str> {
        self.cells.get(column.index()).copied().filter(|cell| !cell.is_empty())
    }

    /// Whether nothing is filled in.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_found_in_its_own_place_by_both_names() {
        for (at, column) in Column::ALL.into_iter().enumerate() {
            assert_eq!(column.index(), at);
            assert_eq!(Column::parse(column.dutch()), Some(column));
            assert_eq!(Column::parse(&format!(" {} ", column.english().to_uppercase())), Some(column));
            let mut fields = Fields::default();
            fields.set(column, " x ");
            assert_eq!(Column::ALL.into_iter().filter(|it| fields.field(*it) == Some("x")).count(), 1);
            fields.set(column, "=\"010000008\"");
            assert_eq!(fields.field(column), Some("010000008"));
        }
        assert_eq!(Column::parse("naam"), None);
    }
}
