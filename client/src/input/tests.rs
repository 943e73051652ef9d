//! Whole files, good and bad: each bad line gets its reason, and the others go through.

use super::*;
use crate::fixture;
use crate::language::{Language, Say};
use crate::refusal::Refusal;

/// A synthetic number that passes the eleven-test.
const CHILD: &str = "900000041";

type Read = Vec<(u64, Result<Row, Refusal>)>;

fn read(file: impl AsRef<[u8]>) -> Result<Read, InputFault> {
    let mut reader = Reader::new(Source::stream(std::io::Cursor::new(file.as_ref().to_vec()))?)?;
    let manifest = fixture::manifest();
    let school = fixture::id("school-west");
    let rules =
        LocalRules::new(&manifest, samenloop_manifest::taxonomy(), &school, fixture::today()).ok().unwrap();
    let mut rows = Vec::new();
    while let Some(next) = reader.next(|line, fields| rules.row(line, fields))? {
        rows.push(next);
    }
    Ok(rows)
}

fn refusals(file: &str) -> Vec<(u64, &'static str)> {
    let refused = |(line, row): (u64, Result<Row, Refusal>)| row.err().map(|it| (line, it.name()));
    read(file).unwrap().into_iter().filter_map(refused).collect()
}

const ALL: &str = "referentie;bsn;v_nummer;soort;code;maand;regio;waarneming;acuut;acute_route_gevolgd;geldig_tot;zaaknummer";

/// The refusal of one line of all columns; checks that its neighbours go through, and that no sentence
/// repeats the number.
fn refused(line: &str) -> Option<&'static str> {
    let good = |reference: &str| format!("{reference};{CHILD};;zacht;;2026-10;west;;;;;");
    let file = format!("{ALL}\n{}\n{line}\n{}\n", good("before"), good("after"));
    let rows = read(&file).unwrap();
    assert_eq!(rows.len(), 3, "{line}");
    assert!(rows[0].1.is_ok() && rows[2].1.is_ok());
    let refusal = rows.into_iter().nth(1).unwrap().1.err()?;
    for language in [Language::Nl, Language::En] {
        let said = refusal.say(language);
        assert!(!said.contains("9000000") && said.ends_with('.') && said.contains(' '), "{said}");
    }
    Some(refusal.name())
}

#[test]
fn every_bad_line_is_refused_by_its_own_reason_and_stops_no_other() {
    for (line, reason) in [
        // The identifier.
        ("r;900000042;;zacht;;2026-10;west;;;;;", "IDENTIFIER_INVALID"),
        ("r;9000000012;;zacht;;2026-10;west;;;;;", "IDENTIFIER_INVALID"),
        ("r;90000001A;;zacht;;2026-10;west;;;;;", "IDENTIFIER_INVALID"),
        ("r;９０００００012;;zacht;;2026-10;west;;;;;", "IDENTIFIER_INVALID"),
        ("r;000000000;;zacht;;2026-10;west;;;;;", "IDENTIFIER_INVALID"),
        ("r;;12345;zacht;;2026-10;west;;;;;", "IDENTIFIER_INVALID"),
        ("r;;;zacht;;2026-10;west;;;;;", "IDENTIFIER_MISSING"),
        ("r;9,00000E+08;;zacht;;2026-10;west;;;;;", "IDENTIFIER_ROUNDED"),
        ("r;10000008.0;;zacht;;2026-10;west;;;;;", "IDENTIFIER_ROUNDED"),
        // The month.
        ("r;900000041;;zacht;;2026-13;west;;;;;", "MONTH_INVALID"),
        ("r;900000041;;zacht;;3/11/2026;west;;;;;", "MONTH_AMBIGUOUS"),
        ("r;900000041;;zacht;;26-nov;west;;;;;", "MONTH_AMBIGUOUS"),
        ("r;900000041;;zacht;;31-11-2026;west;;;;;", "MONTH_INVALID"),
        ("r;900000041;;zacht;;46329;west;;;;;", "MONTH_INVALID"),
        ("r;900000041;;zacht;;2026-10;west;;;;03-04-27;", "VALID_UNTIL_AMBIGUOUS"),
        ("r;900000041;;zacht;;900000041;west;;;;;", "MONTH_INVALID"),
        ("r;900000041;;zacht;;2026-12;west;;;;;", "MONTH_IN_FUTURE"),
        ("r;900000041;;zacht;;2026-04;west;;;;;", "MONTH_TOO_OLD"),
        ("r;900000041;;zacht;;;west;;;;;", "FIELD_MISSING"),
        // Region, severity, code, observation.
        ("r;900000041;;zacht;;2026-10;zuid;;;;;", "UNKNOWN_REGION"),
        ("r;900000041;;zacht;;2026-10;;;;;;", "FIELD_MISSING"),
        ("r;900000041;;;;2026-10;west;;;;;", "SEVERITY_MISSING"),
        ("r;900000041;;erg;;2026-10;west;;;;;", "SEVERITY_INVALID"),
        ("r;900000041;;;Z99;2026-10;west;;;;;", "UNKNOWN_CODE"),
        ("r;900000041;;;900000041;2026-10;west;;;;;", "UNKNOWN_CODE"),
        ("r;900000041;;hard;E01;2026-10;west;;;;;", "SEVERITY_CONTRADICTS_CODE"),
        ("r;900000041;;zacht;;2026-10;west;van-horen-zeggen:kerk;;;;", "UNKNOWN_DOMAIN"),
        ("r;900000041;;zacht;;2026-10;west;hearsay:onderwijs;;;;", "HEARSAY_OF_OWN_DOMAIN"),
        ("r;900000041;;zacht;;2026-10;west;buurvrouw;;;;", "OBSERVATION_INVALID"),
        // Acute, and the shorter term.
        ("r;900000041;;zacht;;2026-10;west;;ja;;;", "ACUTE_ROUTE_NOT_FOLLOWED"),
        ("r;1;;zacht;;2026-13;west;;ja;nee;;", "ACUTE_ROUTE_NOT_FOLLOWED"),
        ("r;900000041;;zacht;;2026-10;west;;misschien;;;", "ANSWER_INVALID"),
        ("r;900000041;;zacht;;2026-10;west;;;;2027-05;", "TERM_NOT_SHORTER"),
        ("r;900000041;;zacht;;2026-10;west;;;;2026-10;", "TERM_TOO_SHORT"),
        ("r;900000041;;zacht;;2026-10;west;;;;2026-09;", "TERM_TOO_SHORT"),
        ("r;900000041;;zacht;;2026-10;west;;;;straks;", "VALID_UNTIL_INVALID"),
        ("r;900000041;;zacht;;2026-09;west;;;;2026-10;", "MONTH_TOO_OLD"),
        // The references.
        (";900000041;;zacht;;2026-10;west;;;;;", "FIELD_MISSING"),
        ("kind-9000.000.41;900000041;;zacht;;2026-10;west;;;;;", "REFERENCE_HOLDS_IDENTIFIER"),
        ("r;900000041;;zacht;;2026-10;west;;;;;Z900000041", "REFERENCE_HOLDS_IDENTIFIER"),
        ("９００ ０００ ０４１;900000041;;zacht;;2026-10;west;;;;;", "REFERENCE_HOLDS_IDENTIFIER"),
        ("w-000900000041-1;900000041;;zacht;;2026-10;west;;;;;", "REFERENCE_HOLDS_IDENTIFIER"),
        ("r;900000041;2812345678;zacht;;2026-10;west;;;;;Z 28.12.34.56.78", "REFERENCE_HOLDS_IDENTIFIER"),
        ("r;900000041;;zacht;;2026-10;west;;;;900000041;", "VALID_UNTIL_INVALID"),
        ("r;900000041;;zacht;;2026-10;900000041;;;;;", "UNKNOWN_REGION"),
        ("r;900000041;;zacht;;2026-10;west;900000041;;;;", "OBSERVATION_INVALID"),
        ("r;900000041;;900000041;;2026-10;west;;;;;", "SEVERITY_INVALID"),
        ("r;900000041;;zacht;;2026-10;west;;900000041;;;", "ANSWER_INVALID"),
        ("a\tb;900000041;;zacht;;2026-10;west;;;;;", "REFERENCE_INVALID"),
        ("r;900000041;;zacht;;2026-10;west;;;;;a\tb", "CASE_REFERENCE_INVALID"),
        // The form.
        ("r;900000041;;zacht;;2026-10;west;;;;", "LINE_MALFORMED"),
        ("r;900000041;;zacht;;2026-10;west;;;;;;", "LINE_MALFORMED"),
        ("\"r;900000041;;zacht;;2026-10;west;;;;;", "LINE_MALFORMED"),
        ("\"r\"x;900000041;;zacht;;2026-10;west;;;;;", "LINE_MALFORMED"),
    ] {
        assert_eq!(refused(line), Some(reason), "{line}");
    }
    let long = "x".repeat(65);
    assert_eq!(refused(&format!("{long};900000041;;zacht;;2026-10;west;;;;;")), Some("REFERENCE_INVALID"));
    assert_eq!(
        refused(&format!("r;900000041;;zacht;;2026-10;west;;;;;{long}")),
        Some("CASE_REFERENCE_INVALID")
    );
    let endless = "x".repeat(200_000);
    assert_eq!(refused(&format!("r;900000041;;zacht;;2026-10;west;;;;;{endless}")), Some("LINE_MALFORMED"));
}

#[test]
fn codes_that_need_their_own_entry_are_refused_until_enabled() {
    let marked = samenloop_manifest::taxonomy().entries().find(|(_, entry)| entry.is_marked());
    let line = format!("r;900000041;;;{};2026-10;west;;;;;", marked.unwrap().0);
    assert_eq!(refused(&line), Some("CODE_NOT_ENABLED"));
}

#[test]
fn a_kind_that_the_connection_may_not_use_is_refused() {
    let file = format!("reference,onderwijsnummer,severity,month,region\nr,{CHILD},soft,2026-10,west\n");
    assert_eq!(refusals(&file), [(2, "KIND_NOT_ALLOWED")]);
}

fn source_fault(path: &str) -> InputFault {
    Source::file(std::path::Path::new(path)).and_then(Reader::new).err().unwrap()
}

#[test]
fn a_past_valid_until_is_told_as_such_and_an_old_month_as_such() {
    let refusal = |month: &str| {
        let file = format!("{ALL}\nr;{CHILD};;zacht;;{month};west;;;;2026-10;\n");
        read(&file).unwrap().remove(0).1.err().unwrap()
    };
    assert_eq!(refusal("2026-09"), Refusal::ValidUntilPast);
    assert_eq!(refusal("2026-09").name(), "MONTH_TOO_OLD");
    assert!(refusal("2026-09").say(Language::Nl).contains("geldig_tot"));
    assert_eq!(refusal("2026-04"), Refusal::of_hub(samenloop_proto::v1::Reason::MonthTooOld, 0));
}

#[test]
fn a_reference_has_1_to_64_characters() {
    assert!(is_reference("w-1") && is_reference(&"é".repeat(64)));
    assert!(!is_reference("") && !is_reference(&"x".repeat(65)) && !is_reference("a\tb"));
}

#[test]
fn acute_numbers_are_those_of_the_region_whatever_else_is_wrong() {
    let manifest = fixture::manifest();
    let school = fixture::id("school-west");
    let taxonomy = samenloop_manifest::taxonomy();
    let rules = LocalRules::new(&manifest, taxonomy, &school, fixture::today()).ok().unwrap();
    let mut fields = Fields::default();
    fields.set(Column::Acute, "ja");
    assert_eq!(rules.acute_route(&fields).unwrap().numbers, "112");
    fields.set(Column::Region, "west");
    let AcuteRoute { numbers, is_followed } = rules.acute_route(&fields).unwrap();
    assert_eq!(numbers, "112 (Alarmnummer); 0800-2000 (Veilig Thuis west)");
    let refusal = rules.row(2, &fields).err().unwrap();
    assert!(refusal.say(Language::Nl).contains(&numbers));
    assert!(!is_followed);
    // Who was called need not be called again.
    fields.set(Column::AcuteRouteFollowed, "ja");
    assert!(rules.acute_route(&fields).unwrap().is_followed);
    fields.set(Column::Acute, "nee");
    assert_eq!(rules.acute_route(&fields), None);
}

#[test]
fn every_form_of_the_same_line_reads_the_same() {
    let semicolons = "referentie;bsn;soort;maand;regio\nr;900000041;zacht;2026-10;west\n";
    let forms = [
        semicolons.to_owned(),
        semicolons.replace(';', ","),
        semicolons.replace('\n', "\r\n"),
        semicolons.trim_end().to_owned(),
        format!("\u{feff}{semicolons}"),
        format!("\n{semicolons}\n;;;;\n\n"),
        semicolons.replace(';', "\t"),
        format!("sep=;\n{semicolons}"),
        format!("sep=;\r\n{}", semicolons.replace('\n', "\r\n")),
        semicolons.replace('\n', ";;\n"),
        format!("{semicolons};;;;\r\n;;;;\r\n"),
        semicolons.replace("2026-10", "31-10-2026"),
        semicolons.replace("2026-10", "okt-26"),
        semicolons.replace("2026-10", "oktober 2026"),
        semicolons.replace("900000041", "=\"900000041\""),
        semicolons.replace("900000041", "\"=\"\"900000041\"\"\""),
        semicolons.replace("regio\n", "regio;minderjarig\n").replace("west\n", "west;ja\n"),
        semicolons.replace("900000041", "\"9000.00.041\""),
        semicolons.replace("zacht", " Zacht "),
        "region,month,severity,bsn,reference\nwest,2026-10,soft,900000041,r\n".into(),
        r#"{"referentie":"r","bsn":"900000041","soort":"zacht","maand":"2026-10","regio":"west"}"#.into(),
        r#"{"reference":"r","bsn":900000041,"severity":"soft","month":"2026-10","region":"west","code":null}"#.into(),
    ];
    for form in forms {
        let rows: Vec<_> = read(&form).unwrap().into_iter().filter_map(|(_, row)| row.ok()).collect();
        assert_eq!(rows.len(), 1, "{form}");
        let row = &rows[0];
        assert_eq!((row.local_reference.as_str(), row.identifiers.len()), ("r", 1), "{form}");
        assert_eq!(row.expiry.to_string(), "2027-04");
    }
}

#[test]
fn a_shorter_term_is_rounded_down_and_an_equal_one_is_the_signals_own() {
    for (until, expiry) in
        [("2027-04", "2027-04"), ("2027-03", "2027-01"), ("2026-12", "2026-12"), ("2027-02", "2027-01")]
    {
        let file = format!("{ALL}\nr;{CHILD};;zacht;;2026-10;west;;;;{until};\n");
        let row = read(&file).unwrap().remove(0).1.ok().unwrap();
        assert_eq!(row.expiry.to_string(), expiry, "{until}");
    }
}

#[test]
fn a_cell_of_a_column_without_a_name_is_refused_and_never_read() {
    let file = format!("referentie;bsn;soort;maand;regio;\nr;{CHILD};zacht;2026-10;west;Jan\n");
    assert_eq!(refusals(&file), [(2, "LINE_MALFORMED")]);
}

#[test]
fn a_child_that_is_of_age_by_the_agencys_own_word_is_refused() {
    let file = format!("reference,bsn,severity,month,region,minor\nr,{CHILD},soft,2026-10,west,no\n");
    assert_eq!(refusals(&file), [(2, "OF_AGE")]);
}

#[test]
fn a_number_that_could_be_somebody_elses_and_a_code_of_another_domain_are_remarked() {
    let remarks = |line: &str| {
        let row = read(format!("{ALL}\n{line}\n")).unwrap().remove(0).1.ok().unwrap();
        row.remarks().iter().map(|it| it.name()).collect::<Vec<_>>()
    };
    let number = ["NUMBER_PASSES_ELEVEN_TEST"];
    assert_eq!(remarks("r;900000041;;zacht;;2026-10;west;;;;;Z 9000.00.053"), number);
    assert_eq!(remarks("0900000053;900000041;;zacht;;2026-10;west;;;;;"), number);
    assert!(remarks("r-20261103;900000041;;zacht;;2026-10;west;;;;;2026-00123").is_empty());
    // E01 is one of grens-reis; what was heard from there is no surprise.
    assert_eq!(remarks("r;900000041;;;E01;2026-10;west;;;;;"), ["CODE_OF_OTHER_DOMAIN"]);
    assert!(remarks("r;900000041;;;E01;2026-10;west;hearsay:grens-reis;;;;").is_empty());
    let own = samenloop_manifest::taxonomy().entries().find(|(code, entry)| {
        !entry.is_marked()
            && samenloop_manifest::code_text(*code)
                .unwrap()
                .domains()
                .contains(&samenloop_core::value::Domain::Onderwijs)
    });
    assert!(remarks(&format!("r;900000041;;;{};2026-10;west;;;;;", own.unwrap().0)).is_empty());
}

#[test]
fn a_file_that_is_open_in_a_spreadsheet_is_refused_and_one_that_was_converted_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("signalen.csv");
    let line = format!("referentie;bsn;soort;maand;regio\nn\u{e9};{CHILD};zacht;2026-10;west\n");
    std::fs::write(&path, encoding_rs::WINDOWS_1252.encode(&line).0).unwrap();
    let source = Source::file(&path).unwrap();
    assert_eq!(source.encoding(), Encoding::Windows1252);
    assert!(source.encoding().say(Language::Nl).contains("omgezet"));
    let mut reader = Reader::new(source).unwrap();
    let (_, read) =
        reader.next(|_, fields| Ok(fields.field(Column::Reference).map(str::to_owned))).unwrap().unwrap();
    assert_eq!(read.unwrap().as_deref(), Some("n\u{e9}"));
    for lock in ["~$signalen.csv", ".~lock.signalen.csv#"] {
        let lock = dir.path().join(lock);
        std::fs::write(&lock, "").unwrap();
        let fault = Source::file(&path).err().unwrap();
        assert_eq!(fault.name(), "FILE_LOCKED");
        assert!(fault.say(Language::Nl).contains("sluit het"));
        std::fs::remove_file(lock).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn links_that_go_round_are_said_to() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.csv");
    std::os::unix::fs::symlink(&path, dir.path().join("b.csv")).unwrap();
    std::os::unix::fs::symlink(dir.path().join("b.csv"), &path).unwrap();
    let said = Source::file(&path).err().unwrap().say(Language::Nl);
    assert!(said.contains("verwijzen naar elkaar"), "{said}");
}

#[test]
fn lines_are_numbered_as_an_editor_numbers_them() {
    let good = "r;900000041;zacht;2026-10;west";
    let file = format!("referentie;bsn;soort;maand;regio\n{good}\n\nr2;1;zacht;2026-10;west\n{good}\nbad\n");
    assert_eq!(refusals(&file), [(4, "IDENTIFIER_INVALID"), (6, "LINE_MALFORMED")]);
    let json = "{}\n\n{\"bsn\":1,\"naam\":\"x\"}\nnonsense\n";
    assert_eq!(refusals(json), [(1, "FIELD_MISSING"), (3, "UNKNOWN_COLUMN"), (4, "LINE_MALFORMED")]);
}

#[test]
fn what_stands_inside_a_quoted_field_is_never_read_as_a_line() {
    let file = format!(
        "referentie;bsn;soort;maand;regio;zaaknummer\na;{CHILD};zacht;2026-10;west;\"note\n\
         b;{CHILD};zacht;2026-10;west;x\nend\"\nc;{CHILD};zacht;2026-10;west;\n"
    );
    assert_eq!(refusals(&file), [(2, "LINE_MALFORMED"), (3, "LINE_MALFORMED"), (4, "LINE_MALFORMED")]);
    assert_eq!(read(&file).unwrap().len(), 4);
}

#[test]
fn a_quote_that_never_closes_spoils_its_own_line_only() {
    let mut file = String::from("referentie;bsn;soort;maand;regio\n\"a;900000041;zacht;2026-10;west\n");
    for number in 0..300 {
        file.push_str(&format!("r{number};{CHILD};zacht;2026-10;west\n"));
    }
    assert_eq!(refusals(&file), [(2, "LINE_MALFORMED")]);
    assert_eq!(read(&file).unwrap().len(), 301);
}

#[test]
fn a_file_that_is_none_is_refused_as_a_whole_with_what_to_do() {
    let heading = "referentie;bsn;soort;maand;regio";
    for (file, reason) in [
        (b"".to_vec(), "FILE_EMPTY"),
        (b"\n \n".to_vec(), "FILE_EMPTY"),
        (format!("r;{CHILD};zacht;2026-10;west\n").into(), "HEADER_MISSING"),
        (format!("{heading};naam\n").into(), "UNKNOWN_COLUMN"),
        (format!("{heading};{CHILD}\n").into(), "UNKNOWN_COLUMN"),
        (format!("{heading};region\n").into(), "COLUMN_TWICE"),
        (b"referentie;bsn;soort;maand\n".to_vec(), "COLUMN_MISSING"),
        (format!("{heading};;naam\n").into(), "UNKNOWN_COLUMN"),
        ([format!("{heading}\nr;").as_bytes(), b"\x81\n"].concat(), "NOT_UTF8"),
        ([format!("{heading}\n\u{e9}\n").as_bytes(), b"\xe9\n"].concat(), "NOT_UTF8"),
        (b"PK\x03\x04\x14\0\x06\0".to_vec(), "FILE_IS_WORKBOOK"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1".to_vec(), "FILE_IS_WORKBOOK"),
        (b"\xff\xfer\0e\0f\0".to_vec(), "NOT_UTF8"),
        (b"[{}]".to_vec(), "JSON_ARRAY"),
    ] {
        let fault = read(&file).err().unwrap();
        assert_eq!(fault.name(), reason);
        for language in [Language::Nl, Language::En] {
            let said = fault.say(language);
            assert!(!said.contains(CHILD) && said.contains(". "), "{said}");
        }
    }
    let fault = source_fault("/no/such/file");
    assert!(matches!(fault, InputFault::Unreadable { .. }));
    let said = fault.of(std::path::Path::new("signalen.csv")).say(Language::Nl);
    assert!(said.contains("signalen.csv is niet te lezen: niet gevonden"), "{said}");
    let said = source_fault("/").say(Language::Nl);
    assert!(said.contains("het is een map"), "{said}");
    assert!(read(heading).unwrap().is_empty());
}

#[test]
fn a_file_is_looked_through_before_anything_of_it_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("late.csv");
    let mut bytes = b"referentie;bsn;soort;maand;regio\n".to_vec();
    bytes.extend(format!("r;{CHILD};zacht;2026-10;west\n").repeat(400_000).bytes());
    assert!(bytes.len() > 8 * 1024 * 1024);
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(Source::file(&path).unwrap().lines(), Some(400_001));
    // As Windows-1252, which a file is when it is nowhere UTF-8 and not ASCII.
    bytes.extend(b"\xe9;\n");
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(Source::file(&path).unwrap().encoding(), Encoding::Windows1252);
    bytes.truncate(bytes.len() - 3);
    bytes.extend(b"\x81\n");
    std::fs::write(&path, &bytes).unwrap();
    assert!(matches!(Source::file(&path), Err(InputFault::NotUtf8 { line: 400_002 })));
    // A stream is refused where it turns out; what was read before stands.
    let mut reader = Reader::new(Source::stream(std::io::Cursor::new(bytes)).unwrap()).unwrap();
    let mut lines = 0;
    let fault = loop {
        match reader.next(|_, _| Ok(())) {
            Ok(Some(_)) => lines += 1,
            Ok(None) => panic!("the last line is not UTF-8"),
            Err(fault) => break fault,
        }
    };
    assert!(matches!(fault, InputFault::NotUtf8 { line: 400_002 }));
    assert_eq!(lines, 400_000);
}
