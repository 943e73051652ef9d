//! Figures for programs: `null` for what is kept back.

use serde_json::{Value, json};

use super::say::Head;
use super::{Figures, Quarter, RegionFigures, Table};

/// The figures as JSON.
#[must_use]
pub fn figures_json(figures: &Figures) -> String {
    let region = |it: &RegionFigures| {
        json!({
            "region": it.name,
            "absent": it.absent.iter().map(Head::code).collect::<Vec<_>>(),
            "signals": quarters_of(&it.quarters),
        })
    };
    let regions: Vec<_> = figures.regions.iter().map(region).collect();
    json!({"alerts": quarters_of(&figures.alerts), "regions": regions}).to_string()
}

fn quarters_of<R: Head, C: Head>(quarters: &[(Quarter, Table<R, C>)]) -> Vec<Value> {
    quarters
        .iter()
        .map(|(quarter, table)| json!({"quarter": quarter.code(), "table": table_of(table)}))
        .collect()
}

fn table_of<R: Head, C: Head>(table: &Table<R, C>) -> Value {
    let row = |(head, counts): &(R, Vec<Option<u32>>)| json!({"row": head.code(), "counts": counts});
    json!({
        "columns": table.columns.iter().map(Head::code).collect::<Vec<_>>(),
        "rows": table.rows.iter().map(row).collect::<Vec<_>>(),
        "totals": table.totals,
    })
}
