//! `samenloop-hub verify` and `rebuild`: the keeping of the database while the hub is down. Need no CA.

use samenloop_core::clock::Clock as _;
use samenloop_core::value::Epoch;
use samenloop_store::sled::SledStore;
use serde_json::json;

use super::serve::options;
use super::{Failure, failure};
use crate::clock::AmsterdamClock;
use crate::config::HubConfig;

pub(super) fn verify(config: &HubConfig, clock: &AmsterdamClock, json: bool) -> Result<(), Failure> {
    let report = SledStore::verify(&options(config, &exchange(config)?), clock.today()).map_err(failure)?;
    let counts = json!({
        "ok": true,
        "records": report.records,
        "rows": report.rows,
        "expired_rows": report.expired_rows,
        "filed_references": report.filed_references,
        "withdrawn_references": report.withdrawn_references,
        "open_alerts": report.open_alerts,
        "ended_alerts": report.ended_alerts,
        "waiting_arrivals": report.waiting_arrivals,
    });
    tell(&report, &counts, json);
    Ok(())
}

pub(super) fn rebuild(config: &HubConfig, new_pepper: Option<u32>, json: bool) -> Result<(), Failure> {
    let options = options(config, &exchange(config)?);
    let report = match new_pepper {
        Some(epoch) => SledStore::replace_pepper(&options, Epoch::new(epoch)),
        None => SledStore::rebuild(&options),
    };
    let report = report.map_err(failure)?;
    let counts = json!({
        "ok": true,
        "records": report.records,
        "bytes_before": report.bytes_before,
        "bytes_after": report.bytes_after,
    });
    tell(&report, &counts, json);
    Ok(())
}

/// The exchange whose rows these are, from the verified manifest.
fn exchange(config: &HubConfig) -> Result<String, Failure> {
    let manifest = samenloop_manifest::load(&config.root, &config.note, &config.manifest).map_err(failure)?;
    Ok(manifest.exchange().to_owned())
}

fn tell(report: &impl std::fmt::Display, counts: &serde_json::Value, json: bool) {
    if json {
        println!("{counts}");
    } else {
        println!("{report}");
    }
}
