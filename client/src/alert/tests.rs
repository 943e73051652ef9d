//! What a coordinator reads.

use samenloop_core::manifest::Manifest;

use super::*;
use crate::details::DetailsKey;
use crate::details::{BatchSeals, ContactFunction, Details};
use crate::fixture;
use crate::language::Language;

fn signal(manifest: &Manifest, reference: u8, details: Option<&Details>) -> v1::ListedSignal {
    let (agency, key) = (fixture::id("school-west"), DetailsKey::new(fixture::SCHOOL_KEY));
    let sealed = details.map(|details| {
        let mut seals = BatchSeals::new(manifest, &agency, &key);
        seals.seal(details, SignalReference::new([reference; 16]), 5).unwrap().remove(0)
    });
    v1::ListedSignal {
        connection: "school-west".into(),
        domain: v1::Domain::Onderwijs.into(),
        severity: v1::Severity::Soft.into(),
        code: String::new(),
        month: 202_610,
        region: "west".into(),
        hearsay_of: v1::Domain::Unspecified.into(),
        expires: "2027-04-30".into(),
        reference: vec![reference; 16],
        revision: 5,
        counts: true,
        details: sealed.map(|it| v1::SealedDetails {
            key_id: it.key().to_vec(),
            encapsulated_key: it.encapsulated().to_vec(),
            nonce: it.nonce().to_vec(),
            ciphertext: it.ciphertext().to_vec(),
        }),
    }
}

fn details() -> Details {
    Details {
        contact_function: ContactFunction::Unspecified,
        case_reference: Some("Z-77".into()),
        severity: Severity::Soft,
        code: None,
        month: Month::parse("2026-10").unwrap(),
        region: fixture::region("west"),
        observation: Observation::Own,
        manifest_sequence: 42,
    }
}

fn alert(manifest: &Manifest) -> v1::Alert {
    let hard = Details { severity: Severity::Hard, ..details() };
    let hearsay = v1::ListedSignal {
        hearsay_of: v1::Domain::Zorg.into(),
        month: 202_609,
        region: "noord".into(),
        counts: false,
        ..signal(manifest, 3, None)
    };
    v1::Alert {
        domains: vec![v1::Domain::Onderwijs.into(), v1::Domain::Zorg.into()],
        organisations: vec!["school-west".into(), "zorg-noord".into()],
        pairs: 3,
        hard: false,
        signals: vec![signal(manifest, 1, Some(&details())), signal(manifest, 2, Some(&hard)), hearsay],
        ..example::alert()
    }
}

fn parse(alert: &v1::Alert) -> Result<AlertView, HubFault> {
    let manifest = fixture::manifest();
    let own = manifest.connection(&fixture::id("zorgcoordinator-west")).unwrap();
    AlertView::parse(alert, &Opener::new(&manifest, own, &[DetailsKey::new(fixture::WEST_KEY)]))
}

#[test]
fn programs_get_the_fields_of_the_contract() {
    let manifest = fixture::manifest();
    let view = parse(&alert(&manifest)).unwrap();
    let json = json_of_all(&[view], &manifest, fixture::today(), Language::Nl);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let alert = &json[0];
    assert_eq!(alert["id"], "ab".repeat(16));
    assert_eq!(alert["state"], "new");
    assert_eq!(alert["opened"], "2026-11-22");
    assert_eq!(alert["domains"], serde_json::json!(["onderwijs", "zorg"]));
    assert_eq!(
        alert["signals"][0],
        serde_json::json!({
            "organisation": "school-west", "domain": "onderwijs", "severity": "soft", "code": null,
            "month": "2026-10", "region": "west", "observation": "own", "expires": "2027-04-30",
            "reference": "01".repeat(16), "case_reference": "Z-77", "counts": true,
            "needed": null
        })
    );
    assert_eq!(alert["signals"][1]["details"], "mismatch");
    assert_eq!(alert["signals"][2].get("details"), None);
    assert_eq!(alert["signals"][2]["observation"], "hearsay:zorg");
    assert_eq!(alert["signals"][2]["case_reference"], serde_json::Value::Null);
    let keys: Vec<_> = alert.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "asks",
        "claimed",
        "contacts",
        "domains",
        "hard",
        "id",
        "lead",
        "next_check",
        "opened",
        "organisations",
        "outcome",
        "own_case_reference",
        "owners",
        "pairs",
        "regions",
        "related",
        "rule",
        "signals",
        "state",
        "unmet_since",
        "why",
    ];
    assert_eq!(keys, expected);
}

#[test]
fn why_names_rule_numbers_and_months() {
    let manifest = fixture::manifest();
    let view = parse(&alert(&manifest)).unwrap();
    let said = why(&view, manifest.rule(), Language::Nl);
    for part in
        ["samenloop-regel/1", "2 domeinen", "2 organisaties", "3 verschillende", "2026-10", "onderwijs, zorg"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    // The month of a signal that does not count met nothing.
    assert!(!said.contains("2026-09"));
}

#[test]
fn of_an_alert_that_was_emptied_no_numbers_are_told() {
    let emptied = v1::Alert {
        state: v1::AlertState::Closed.into(),
        domains: Vec::new(),
        organisations: Vec::new(),
        pairs: 0,
        hard: false,
        signals: Vec::new(),
        ..example::alert()
    };
    let view = parse(&emptied).unwrap();
    let said = why(&view, fixture::manifest().rule(), Language::Nl);
    assert!(said.contains("niet meer bewaard") && !said.contains('0'), "{said}");
}

#[test]
fn people_get_a_weighing_a_contact_and_every_mismatch_and_no_verdict() {
    let manifest = fixture::manifest();
    let view = parse(&alert(&manifest)).unwrap();
    for language in [Language::Nl, Language::En] {
        let text = text_of(&view, &manifest, language);
        assert!(text.contains("Z-77") && text.contains("Stichting school-west"), "{text}");
        let lower = text.to_lowercase();
        for never in
            ["risico", "score", "dader", "verdachte", "dossier", "hit", "%", "geen risico", "no risk"]
        {
            let words = |c: char| !c.is_alphanumeric() && c != '%';
            assert!(!lower.split(words).any(|word| word == never), "{never}: {text}");
        }
    }
    let text = text_of(&view, &manifest, Language::Nl);
    assert!(text.contains("onschuldige verklaring"));
    assert!(text.contains("LET OP") && text.contains("iets anders verzegeld"));
    // Each organisation is called once, with what to name; the one whose details differ included.
    assert_eq!(text.matches("Stichting school-west").count(), 1, "{text}");
}

/// V-13: what would be missing without each signal, and where nobody looked.
#[test]
fn whoever_asks_for_one_alert_reads_what_each_signal_adds_and_where_nobody_looked() {
    let manifest = example::manifest();
    let view = example::view(&example::alert(), &manifest);
    let text = picture::picture_text(&view, &manifest, example::today(), Language::Nl);
    for line in [
        "- Zonder signaal 1 (politie-west, 2026-09) zou de samenloop niet bestaan (te weinig: 1 domein, 1 organisatie en 2 combinaties van organisatie en code).",
        "- Verblijf / Werk, activiteiten en relaties: signaal 1",
        "- Geen code, dus zonder plaats: signaal 3",
        "- Entree / Wonen en financiën: zorg, asielketen, opvang-expertise",
        "- 2026-10: niets gesignaleerd",
        "- 2026-11: onderwijs (signaal 2), jeugdbescherming (signaal 3)",
    ] {
        assert!(text.lines().any(|it| it == line), "{line}: {text}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&whole_json_of(&view, &manifest, example::today(), Language::Nl)).unwrap();
    let needed: Vec<_> = (0..3).map(|at| json["signals"][at]["needed"].clone()).collect();
    assert_eq!(needed, [true, true, false]);
    assert_eq!(json["picture"]["cells"].as_array().map(Vec::len), Some(24));
    assert_eq!(json["picture"]["coverage"][0]["absent"][0], "zorg");
    // A signal that others make up for.
    let mut spare = example::alert();
    spare.signals.push(example::soft("gemeente-west", v1::Domain::SociaalDomein, 4));
    let view = example::view(&spare, &manifest);
    let text = picture::picture_text(&view, &manifest, example::today(), Language::En);
    assert!(
        text.contains("Without signal 2 (school-west, 2026-11) the convergence would still exist."),
        "{text}"
    );
    let ended = v1::Alert { state: v1::AlertState::Closed.into(), ..example::alert() };
    let view = example::view(&ended, &manifest);
    assert_eq!(picture::picture_text(&view, &manifest, example::today(), Language::Nl), "");
}

#[test]
fn every_code_comes_with_when_it_does_not_fit() {
    let manifest = example::manifest();
    let view = example::view(&example::alert(), &manifest);
    for language in [Language::Nl, Language::En] {
        let text = text_of(&view, &manifest, language);
        for code in ["V11", "I07"] {
            let shipped = samenloop_manifest::code_text(Code::parse(code).unwrap()).unwrap();
            assert!(text.contains(language.words(shipped.not_when())), "{code}: {text}");
        }
    }
}

#[test]
fn whoever_cannot_open_details_is_told_whom_to_call_and_whoever_hands_over_what_stays_behind() {
    let manifest = example::manifest();
    let mut view = example::view(&example::alert(), &manifest);
    // As the coordinator of another region has them.
    view.signals.iter_mut().for_each(|it| it.opened = Opened::Absent);
    let text = text_of(&view, &manifest, Language::Nl);
    assert!(
        text.contains("details van regio west kunt u niet openen")
            && text.contains("Bel zorgcoordinator-west")
    );
    let to = |id: &str| {
        let id = ConnectionId::parse(id).unwrap();
        kept_behind(&view, &id, &manifest, Language::Nl)
    };
    assert_eq!(to("zorgcoordinator-west"), "", "who coordinates the region can open them");
    let behind = to("zorgcoordinator-noord");
    assert!(behind.contains("Bel zorgcoordinator-noord") && behind.contains("politie-west"), "{behind}");
}

#[test]
fn a_signal_of_the_own_region_with_nothing_sealed_is_told_and_one_of_another_region_is_not() {
    let manifest = fixture::manifest();
    let made_up = v1::Alert { signals: vec![signal(&manifest, 4, None)], ..alert(&manifest) };
    let sound = v1::Alert { signals: vec![signal(&manifest, 1, Some(&details()))], ..alert(&manifest) };
    let elsewhere = v1::Alert {
        signals: vec![v1::ListedSignal { region: "noord".into(), ..signal(&manifest, 3, None) }],
        ..alert(&manifest)
    };
    for (it, is_told) in [(made_up, true), (sound, false), (elsewhere, false)] {
        let view = parse(&it).unwrap();
        let json: serde_json::Value =
            serde_json::from_str(&json_of(&view, &manifest, fixture::today(), Language::Nl)).unwrap();
        assert_eq!(json["signals"][0].get("details"), is_told.then(|| "missing".into()).as_ref());
        let text = text_of(&view, &manifest, Language::Nl);
        assert_eq!(text.contains("niets voor u verzegeld"), is_told, "{text}");
        assert_eq!(text.contains("LET OP"), is_told, "{text}");
        let line = line_of(&view, Language::Nl);
        assert_eq!(line.contains("klopt misschien niet"), is_told, "{line}");
    }
}

#[test]
fn a_line_names_the_alerts_that_are_probably_about_the_same_child() {
    let manifest = fixture::manifest();
    let related = v1::Alert { related: vec![vec![0xcd; 16]], ..alert(&manifest) };
    let line = line_of(&parse(&related).unwrap(), Language::Nl);
    assert!(line.contains(&format!("hetzelfde kind als {}", "cd".repeat(16))), "{line}");
    assert!(!line_of(&parse(&alert(&manifest)).unwrap(), Language::Nl).contains("kind"));
}

#[test]
fn a_code_is_told_in_words() {
    let manifest = fixture::manifest();
    let mut coded = alert(&manifest);
    coded.signals[2].code = "E01".into();
    let view = parse(&coded).unwrap();
    let text = text_of(&view, &manifest, Language::Nl);
    assert!(text.contains("E01 (Kent eigen reisroute, vervoer of bestemming niet)"), "{text}");
    let text = text_of(&view, &manifest, Language::En);
    assert!(text.contains("E01 (Does not know own route, transport or destination)"), "{text}");
}

#[test]
fn nobody_is_called_for_what_lapsed() {
    let manifest = fixture::manifest();
    let lapsed = v1::Alert { state: v1::AlertState::Lapsed.into(), ..alert(&manifest) };
    let text = text_of(&parse(&lapsed).unwrap(), &manifest, Language::Nl);
    assert!(text.contains("niet meer aan de regel") && text.contains("niemand te bellen"), "{text}");
    for never in ["Bellen", "telt mee", "Stichting", "waargenomen in"] {
        assert!(!text.contains(never), "{never}: {text}");
    }
    // What is wrong with sealed details is never hidden.
    assert!(text.contains("LET OP"));
}

#[test]
fn what_is_no_alert_is_not_shown_as_one() {
    let manifest = fixture::manifest();
    let good = alert(&manifest);
    for bad in [
        v1::Alert { id: vec![1; 15], ..good.clone() },
        v1::Alert { state: 0, ..good.clone() },
        v1::Alert { opened: "yesterday".into(), ..good.clone() },
        v1::Alert { rule: "\u{1b}[2J".into(), ..good.clone() },
        v1::Alert { regions: vec!["\n".into()], ..good.clone() },
        v1::Alert { organisations: vec!["A b".into()], ..good.clone() },
        v1::Alert {
            signals: vec![v1::ListedSignal { reference: vec![], ..good.signals[0].clone() }],
            ..good.clone()
        },
        v1::Alert {
            signals: vec![v1::ListedSignal { month: 202_613, ..good.signals[0].clone() }],
            ..good.clone()
        },
    ] {
        assert!(matches!(parse(&bad), Err(HubFault::Broken(_))));
    }
}
