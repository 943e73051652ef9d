//! Figures of quarters for programs: `null` for what is kept back.

use samenloop_core::case::ClosedList as _;
use samenloop_core::census::{Of, PHASE_LETTERS, Table};
use samenloop_core::manifest::Region;
use samenloop_core::value::Domain;
use samenloop_manifest::phases;
use serde_json::{Value, json};

use super::compare::Part;
use super::{QuarterFigures, comparisons};
use crate::alert::figures::Head as _;

/// Quarters as JSON.
#[must_use]
pub fn quarters_json(quarters: &[QuarterFigures<'_>]) -> Value {
    quarters.iter().map(quarter_json).collect()
}

fn quarter_json(figures: &QuarterFigures<'_>) -> Value {
    let rows = figures.told.iter().flat_map(|it| &it.rows);
    let row = |((table, of), counts): (&(Table, Of), &Vec<Option<u32>>)| {
        let domain = if let Of::Domain(_, domain) = of { domain.code() } else { "" };
        json!({
            "table": table.code(),
            "region": of.region().map(ToString::to_string).unwrap_or_default(),
            "several_regions": *of == Of::Several,
            "domain": domain,
            "counts": counts,
        })
    };
    let tables = Table::ALL.iter().filter(|it| **it != Table::Sent);
    let columns = tables.map(|it| json!({"table": it.code(), "columns": columns(*it)}));
    let part = |it: &Part| json!({"count": it.count, "of": it.of});
    let compared = comparisons(figures).into_iter().map(|it| {
        json!({
            "measure": it.measure.name(),
            "region": figures.regions.get(it.region).map(|it| it.id.to_string()),
            "domain": it.domain.map(Domain::code),
            "here": part(&it.here),
            "elsewhere": it.elsewhere.as_ref().map(part),
            "finding": it.finding.name(),
        })
    });
    json!({
        "quarter": figures.quarter.code(),
        "told": figures.told.is_some(),
        "regions": figures.regions.iter().map(|it| region_json(figures, it)).collect::<Vec<_>>(),
        "columns": columns.collect::<Vec<_>>(),
        "rows": rows.map(row).collect::<Vec<_>>(),
        "compared": compared.collect::<Vec<_>>(),
    })
}

fn region_json(figures: &QuarterFigures<'_>, region: &Region) -> Value {
    let domain = |it: super::coverage::Connected| {
        json!({"domain": it.domain.code(), "organisations": it.organisations, "sent": it.sent})
    };
    let domains: Vec<_> = figures.coverage(region).into_iter().map(domain).collect();
    json!({"region": region.id.to_string(), "domains": domains})
}

/// The names of the columns of a table, that of the totals included.
fn columns(table: Table) -> Vec<&'static str> {
    let own: Vec<&str> = match table {
        Table::Filed => {
            let named = phases().iter().take(PHASE_LETTERS.len()).map(|it| it.name());
            named.chain(["none"]).collect()
        }
        Table::Listed => vec!["counted", "listed-only"],
        Table::Weighed | Table::Closed => vec!["outcome", "unfounded"],
        Table::Raised => vec!["two-domains", "three-domains", "four-or-more-domains"],
        Table::Claimed => vec!["at-once", "week", "month", "later"],
        Table::Judged => vec!["confirmed", "unfounded"],
        Table::Lapsed => vec!["never-claimed", "no-longer-converges"],
        Table::Sent => Vec::new(),
    };
    own.into_iter().chain(["total"]).collect()
}
