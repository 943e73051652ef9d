//! A line of the log, in the names of the standard.

use std::fmt::{self, Write};
use std::sync::Arc;

use samenloop_core::processing::{Activity, Processing, SubjectId, Unwritten};

use super::Foreign;

/// What a line says of the type of its subject id: drawn at random, for one record.
pub(super) const SUBJECT_TYPE: &str = "urn:samenloop:betrokkene:willekeurig";

/// Before the id of a connection: who a foreign operation is of. An organisation in a domain, never a person.
pub(super) const ENTITY: &str = "urn:samenloop:aansluiting:";

/// One action of a processing (`Actie`), with at most one data subject.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) trace: [u8; 16],
    pub(super) span: [u8; 8],
    /// The action that it is part of, where there are several data subjects.
    pub(super) parent: Option<[u8; 8]>,
    pub(super) activity: Activity,
    pub(super) subject: Option<SubjectId>,
    pub(super) foreign: Option<Arc<Foreign>>,
}

impl Span {
    /// The actions of one processing, in a new trace: one line for one data subject; for several one above, and below it
    /// one for each.
    pub(super) fn all(processings: &[Processing], by: Option<&Foreign>) -> Result<Vec<Self>, Unwritten> {
        let mut trace = [0; 16];
        fill(&mut trace)?;
        let foreign = by.cloned().map(Arc::new);
        let mut numbers = vec![[0_u8; 8]; 2 * processings.len()];
        fill(numbers.as_flattened_mut())?;
        let mut numbers = numbers.into_iter();
        let mut spans = Vec::with_capacity(processings.len() + 1);
        for group in processings.chunk_by(|a, b| a.activity == b.activity) {
            let mut parent = None;
            if let [first, _, ..] = group {
                let span = numbers.next().ok_or(Unwritten)?;
                parent = Some(span);
                let (activity, foreign) = (first.activity, foreign.clone());
                spans.push(Self { trace, span, parent: None, activity, subject: None, foreign });
            }
            for Processing { activity, subject } in group.iter().copied() {
                let (span, foreign) = (numbers.next().ok_or(Unwritten)?, foreign.clone());
                spans.push(Self { trace, span, parent, activity, subject, foreign });
            }
        }
        Ok(spans)
    }

    /// Writes it as JSON, with a line's end. Written before the processing, its status is not yet set.
    pub(super) fn write_json(&self, second: u64, out: &mut String) -> fmt::Result {
        let uri = self.activity.uri();
        let name = self.activity.dutch().name;
        write!(out, r#"{{"trace_id":"{}","span_id":"{}","#, Hex(&self.trace), Hex(&self.span))?;
        write!(out, r#""status_code":0,"name":"{name}","start_time":{second}000,"end_time":{second}000"#)?;
        if let Some(parent) = &self.parent {
            write!(out, r#","parent_span_id":"{}""#, Hex(parent))?;
        }
        if let Some(foreign) = &self.foreign {
            let Foreign { parent, entity } = &**foreign;
            let (trace, span) = (Hex(parent.trace()), Hex(parent.span()));
            write!(out, r#","foreign_operation":{{"trace_id":"{trace}","span_id":"{span}","#)?;
            write!(out, r#""entity":"{ENTITY}{entity}"}}"#)?;
        }
        write!(out, r#","attributes":{{"dpl.core.processing_activity_id":"{uri}""#)?;
        if let Some(subject) = &self.subject {
            write!(out, r#","dpl.core.data_subject_id":"{}","#, Hex(subject.bytes()))?;
            write!(out, r#""dpl.core.data_subject_id_type":"{SUBJECT_TYPE}""#)?;
        }
        out.write_str("}}\n")
    }
}

fn fill(bytes: &mut [u8]) -> Result<(), Unwritten> {
    getrandom::fill(bytes).map_err(|_| Unwritten)
}

/// Bytes as lower-case digits.
pub(super) struct Hex<'a>(pub(super) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use samenloop_core::trace::TraceParent;
    use samenloop_core::value::ConnectionId;
    use serde_json::{Value, json};

    use super::*;

    fn written(spans: &[Span]) -> Vec<Value> {
        let mut out = String::new();
        spans.iter().try_for_each(|it| it.write_json(1_795_345_200, &mut out)).unwrap();
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn of(activity: Activity, subject: u8) -> Processing {
        Processing { activity, subject: Some(SubjectId::new([subject; 16])) }
    }

    #[test]
    fn a_line_has_the_names_of_the_standard() {
        let parent = TraceParent::new([0xab; 16], [0xcd; 8]).unwrap();
        let by = Foreign { parent, entity: ConnectionId::parse("school-west").unwrap() };
        let lines = written(&Span::all(&[of(Activity::Receive, 7)], Some(&by)).unwrap());
        let mut line = lines[0].clone();
        assert_eq!(lines.len(), 1);
        for (field, length) in [("trace_id", 32), ("span_id", 16)] {
            assert_eq!(line.as_object_mut().unwrap().remove(field).unwrap().as_str().unwrap().len(), length);
        }
        let expected = json!({
            "status_code": 0,
            "name": "Signaal ontvangen",
            "start_time": 1_795_345_200_000_u64,
            "end_time": 1_795_345_200_000_u64,
            "foreign_operation": {
                "trace_id": "ab".repeat(16),
                "span_id": "cd".repeat(8),
                "entity": "urn:samenloop:aansluiting:school-west",
            },
            "attributes": {
                "dpl.core.processing_activity_id": "urn:samenloop:verwerking:signaal-ontvangen",
                "dpl.core.data_subject_id": "07".repeat(16),
                "dpl.core.data_subject_id_type": "urn:samenloop:betrokkene:willekeurig",
            },
        });
        assert_eq!(line, expected);
    }

    #[test]
    fn several_children_are_several_actions_under_one() {
        let processings = [of(Activity::Receive, 1), of(Activity::Receive, 2), of(Activity::Withdraw, 3)];
        let lines = written(&Span::all(&processings, None).unwrap());
        let [above, first, second, alone] = lines.as_slice() else { panic!("{lines:?}") };
        assert!(above["attributes"]["dpl.core.data_subject_id"].is_null());
        assert_eq!(first["parent_span_id"], above["span_id"]);
        assert_eq!(second["parent_span_id"], above["span_id"]);
        assert!(alone["parent_span_id"].is_null() && alone["foreign_operation"].is_null());
        let spans: std::collections::BTreeSet<_> =
            lines.iter().map(|it| it["span_id"].as_str().unwrap()).collect();
        assert_eq!(spans.len(), 4);
        assert!(lines.iter().all(|it| it["trace_id"] == above["trace_id"]));
    }
}
