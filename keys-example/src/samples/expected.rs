//! `expected.json`: what should become of each child, by the agencies' own references only.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Row, Story};
use crate::KitFault;

#[derive(Serialize)]
struct Expected<'a> {
    /// Which child of the kit, from 1.
    child: usize,
    converges: bool,
    why: &'a str,
    /// Regions whose coordinators get the alert: those of all its signals.
    regions: BTreeSet<&'a str>,
    signals: Vec<Signal<'a>>,
}

#[derive(Serialize)]
struct Signal<'a> {
    agency: &'a str,
    /// The agency's own reference, as in its file.
    reference: &'a str,
}

pub(super) fn json(told: &[Story], rows: &[Row]) -> Result<Vec<u8>, KitFault> {
    let expected: Vec<_> = told
        .iter()
        .enumerate()
        .map(|(child, story)| {
            let rows: Vec<_> = rows.iter().filter(|row| row.child == child).collect();
            Expected {
                child: child + 1,
                converges: story.converges,
                why: story.why,
                regions: rows.iter().map(|row| row.region).collect(),
                signals: rows
                    .iter()
                    .map(|row| Signal { agency: row.agency, reference: &row.reference })
                    .collect(),
            }
        })
        .collect();
    let mut json = serde_json::to_vec_pretty(&expected)?;
    json.push(b'\n');
    Ok(json)
}
