//! An agency and a coordinator who break their agreements together: it names children, she looks what comes of it.

use std::collections::{BTreeMap, BTreeSet};

use samenloop_client::key::Purpose;
use samenloop_keys_example::key_of;
use samenloop_pseudonym::ReferenceKey;
use samenloop_tests::{Exchange, bsn, rewrite, this_month};
use serde_json::Value;

use crate::keys::CHILDREN;
use crate::reading::Seen;
use crate::run::WEST;

/// The agency that names children.
pub(crate) const PROBER: &str = "veilig-thuis-west";
/// Lines a day of its quota in the manifest; twice that in an overlap.
const QUOTA: u32 = 40;

/// What the two found out.
pub(crate) struct Coalition {
    /// Lines that the hub took, of as many as there are numbers.
    pub(crate) taken: u32,
    /// Of each child that was named, what others say.
    pub(crate) learned: BTreeMap<u32, BTreeSet<Seen>>,
    /// The same attack by the coordinator alone.
    pub(crate) learned_alone: BTreeMap<u32, BTreeSet<Seen>>,
}

impl Coalition {
    /// Has the hub of a run serve once more, under a smaller quota, and signals about every number there is.
    pub(crate) fn of(exchange: &mut Exchange) -> Self {
        exchange.start_hub();
        exchange.publish(|draft| {
            rewrite(draft, |text| {
                let (before, own) =
                    text.split_once(&format!("[[connections]]\nid = \"{PROBER}\"\n")).unwrap();
                let own = own.replacen("quota_lines = 1000000\n", &format!("quota_lines = {QUOTA}\n"), 1);
                format!("{before}[[connections]]\nid = \"{PROBER}\"\n{own}")
            });
        });
        let line = |it| format!("probe-{it};{};hard;{};west", bsn(it), this_month());
        let lines: Vec<_> = (0..CHILDREN).map(line).collect();
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        let answer = exchange.push(PROBER, "referentie;bsn;soort;maand;regio", &lines);
        assert_eq!(answer.status, 3, "{answer:?}");
        exchange.two_ticks();
        let alerts = exchange.alerts_once(WEST, 40);
        assert_eq!(exchange.stop_hub(), Some(0));
        Self {
            taken: answer.json()["accepted"].as_u64().unwrap().try_into().unwrap(),
            learned: named(&alerts, &references(exchange)),
            learned_alone: named(&alerts, &BTreeMap::new()),
        }
    }
}

/// The references of the agency's questions, with the child that each is about.
fn references(exchange: &Exchange) -> BTreeMap<String, u32> {
    let key = key_of(&exchange.kit_directory(), PROBER, "reference.key", Purpose::Reference).unwrap();
    let key = ReferenceKey::new(key.as_slice().try_into().unwrap());
    (0..CHILDREN).map(|it| (key.reference(&format!("probe-{it}")).hex(), it)).collect()
}

/// What alerts tell of children whose reference in them is known.
pub(crate) fn named(alerts: &[Value], references: &BTreeMap<String, u32>) -> BTreeMap<u32, BTreeSet<Seen>> {
    let mut learned = BTreeMap::new();
    for alert in alerts {
        let signals = alert["signals"].as_array().unwrap();
        let of = |it: &Value| references.get(it["reference"].as_str().unwrap()).copied();
        let Some(child) = signals.iter().find_map(of) else { continue };
        learned.insert(child, signals.iter().filter(|it| of(it).is_none()).map(seen).collect());
    }
    learned
}

/// A signal as an alert shows it to a coordinator.
pub(crate) fn seen(signal: &Value) -> Seen {
    let text = |field: &str| signal[field].as_str().unwrap_or_default().to_owned();
    Seen {
        connection: text("organisation"),
        severity: text("severity"),
        code: text("code"),
        month: text("month"),
        region: text("region"),
        heard_from: text("observation").strip_prefix("hearsay:").unwrap_or_default().to_owned(),
    }
}
