//! What people and programs are told.

use std::io::Write;
use std::sync::{Arc, Mutex};

use super::*;
use crate::input::{Column, InputFault};

/// What was written, for the test to read.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn told(form: Form, is_brief: bool, tell: impl FnOnce(&mut Report), end: Told<'_>) -> String {
    let paper = Paper::default();
    let sheet = Sheet::stream(paper.clone(), form, Language::Nl, is_brief);
    let mut report = Report::new(Language::Nl, vec![sheet], None);
    tell(&mut report);
    report.finish(end).unwrap();
    let bytes = paper.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

fn two_lines(report: &mut Report) {
    report.note("Het bestand is Windows-1252.");
    report.refused(2, &Refusal::IdentifierMissing);
    report.remarked(3, Remark::OtherNumber(Column::Reference));
}

#[test]
fn what_never_began_has_no_counts() {
    let fault = PushFault::Input(InputFault::HeaderMissing);
    let text = |totals: &Totals, fault| told(Form::Text, false, |_| {}, Told::Push(totals, fault));
    assert_eq!(text(&Totals::default(), Some(&fault)), "");
    assert!(text(&Totals::default(), None).starts_with("0 regels verstuurd"));
    let begun = Totals { sent: 1, ..Totals::default() };
    assert!(text(&begun, Some(&fault)).starts_with("1 regel verstuurd"));
}

#[test]
fn every_form_tells_the_same() {
    let totals = Totals { sent: 2, accepted: 1, refused: 1 };
    let end = || Told::Push(&totals, None);
    let text = told(Form::Text, false, two_lines, end());
    assert!(text.contains("Regel 2: Er staat geen bsn") && text.contains("Regel 3, let op: "), "{text}");
    assert!(text.contains("1 geweigerd. Let op: 1."), "{text}");
    let json: serde_json::Value = serde_json::from_str(&told(Form::Json, false, two_lines, end())).unwrap();
    assert_eq!(json["refused"][0]["reason"], "IDENTIFIER_MISSING");
    assert_eq!(json["warnings"][0]["line"], 3);
    assert_eq!((&json["accepted"], &json["notes"][0]), (&1.into(), &"Het bestand is Windows-1252.".into()));
    let csv = told(Form::Csv, false, two_lines, end());
    assert!(csv.starts_with("\u{feff}regel;oordeel;reden;uitleg\r\n;\"bestand\""), "{csv}");
    assert!(csv.contains("\r\n2;\"geweigerd\";\"IDENTIFIER_MISSING\";\""), "{csv}");
    assert!(csv.contains("\r\n3;\"let op\";\"NUMBER_PASSES_ELEVEN_TEST\";\""), "{csv}");
}

#[test]
fn a_brief_sheet_counts_and_does_not_list() {
    let checked = Checked { good: 4, refused: 1, leaving: Vec::new() };
    let text = told(Form::Text, true, two_lines, Told::Check(&checked, None));
    assert!(text.ends_with("Regels goed: 4. Regels fout: 1. Let op: 1. Er is niets verstuurd.\n"), "{text}");
    assert!(!text.contains("Regel 2"), "{text}");
}

#[test]
fn a_report_stands_beside_its_input_and_replaces_only_a_report() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("signalen.csv");
    let write = |form: Form| -> Result<String, ReportFault> {
        let file = ReportFile::beside(&input, form)?;
        let path = file.path().to_owned();
        let mut report = Report::new(Language::Nl, vec![Sheet::file(file, form, Language::Nl)], None);
        two_lines(&mut report);
        report.finish(Told::Check(&Checked::default(), None))?;
        Ok(std::fs::read_to_string(path).unwrap())
    };
    for form in [Form::Text, Form::Json, Form::Csv] {
        let first = write(form).unwrap();
        assert!(first.contains("er staat geen bsn") || first.contains("Er staat geen bsn"), "{first}");
        assert_eq!(write(form).unwrap(), first);
        let path = dir.path().join(format!("signalen.csv.verslag.{}", form.extension()));
        std::fs::write(&path, "iets van een ander").unwrap();
        assert!(matches!(write(form), Err(ReportFault::Foreign(_))));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "iets van een ander");
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(matches!(write(form), Err(ReportFault::Foreign(_))));
    }
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".part")), "{left:?}");
}

#[test]
fn a_disk_that_is_full_leaves_no_half_report() {
    let dir = tempfile::tempdir().unwrap();
    let file = ReportFile::beside(&dir.path().join("signalen.csv"), Form::Text).unwrap();
    let path = file.path().to_owned();
    let fault = file.commit(Err(io::ErrorKind::StorageFull.into())).unwrap_err();
    let said = fault.say(Language::Nl);
    assert!(said.contains("de schijf is vol") && said.contains("weggehaald"), "{said}");
    assert!(!path.exists() && std::fs::read_dir(dir.path()).unwrap().next().is_none());
}
