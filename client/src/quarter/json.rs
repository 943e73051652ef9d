//! Figures of quarters for programs: `null` for what is kept back.

use samenloop_core::case::ClosedList as _;
use samenloop_core::census::{Of, Table};
use samenloop_core::manifest::Region;
use samenloop_core::value::Domain;
use serde_json::{Value, json};

use super::compare::{Comparison, Part};
use super::coverage::Connected;
use super::words::column_names;
use super::{QuarterFigures, comparisons};

/// Quarters as JSON.
#[must_use]
pub fn quarters_json(quarters: &[QuarterFigures<'_>]) -> String {
    quarters.iter().map(quarter_json).collect::<Value>().to_string()
}

fn quarter_json(figures: &QuarterFigures<'_>) -> Value {
    let rows = figures.told.iter().flat_map(|it| it.rows());
    let tables = Table::ALL.iter().filter(|it| **it != Table::Sent);
    let columns = tables.map(|it| json!({"table": it.code(), "columns": column_names(*it)}));
    json!({
        "quarter": figures.quarter.to_string(),
        "told": figures.told.is_some(),
        "regions": figures.regions.iter().map(|it| region_json(figures, it)).collect::<Vec<_>>(),
        "columns": columns.collect::<Vec<_>>(),
        "rows": rows.map(row_json).collect::<Vec<_>>(),
        "compared": comparisons(figures).iter().map(|it| compared_json(figures, it)).collect::<Vec<_>>(),
    })
}

fn row_json((table, of, counts): (Table, &Of, &[Option<u32>])) -> Value {
    let domain = if let Of::Domain(_, domain) = of { domain.code() } else { "" };
    json!({
        "table": table.code(),
        "region": of.region().map(ToString::to_string).unwrap_or_default(),
        "domain": domain,
        "counts": counts,
    })
}

fn compared_json(figures: &QuarterFigures<'_>, it: &Comparison) -> Value {
    let part = |it: Part| json!({"count": it.count, "of": it.of});
    json!({
        "measure": it.measure.name(),
        "beside": it.beside.name(),
        "region": figures.regions.get(it.region).map(|it| it.id.to_string()),
        "domain": it.domain.map(Domain::code),
        "here": part(it.here),
        "others": part(it.others),
        "finding": it.finding.name(),
    })
}

fn region_json(figures: &QuarterFigures<'_>, region: &Region) -> Value {
    let domain = |it: &Connected| json!({"domain": it.domain.code(), "organisations": it.organisations, "sent": it.has_sent});
    let domains: Vec<_> = figures.coverage(region).iter().map(domain).collect();
    json!({"region": region.id.to_string(), "domains": domains})
}
