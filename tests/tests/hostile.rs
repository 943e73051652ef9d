//! What somebody without rights, or with one agency's key, tries against the real hub. Nothing of it is stored.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests")]

use samenloop_client::key::Purpose;
use samenloop_keys_example::{Authority, Issued, Kit, Request, key_of};
use samenloop_tests::{Exchange, bsn, this_month};

const HEADER: &str = "referentie;bsn;soort;maand;regio";

fn line() -> String {
    format!("h-1;{};hard;{};west", bsn(77), this_month())
}

/// Puts another certificate in the place of police's own.
fn use_certificate(exchange: &Exchange, issued: &Issued) {
    let directory = exchange.kit_directory().join("politie-west");
    std::fs::write(directory.join("cert.pem"), &issued.certificate_pem).unwrap();
    // A key may be a PEM as well.
    std::fs::write(directory.join("tls.key"), &issued.key_pem).unwrap();
}

fn request_of(connection: &str) -> Request {
    Request::of_connection(Kit::exchange(), connection, &Kit::oin_of(connection).unwrap())
}

fn request() -> Request {
    request_of("politie-west")
}

/// Pushes a line that must be refused, and says with which sentence.
fn refused(exchange: &Exchange, what: &str) -> String {
    let answer = exchange.run_with(
        "politie-west",
        &["signal", "push", "-", "--json", "--wait", "0"],
        format!("{HEADER}\n{}\n", line()).as_bytes(),
    );
    assert_eq!(answer.status, 1, "{what}: {answer:?}");
    assert_eq!(answer.json()["accepted"], 0, "{what}: {answer:?}");
    println!("{what}: {}", answer.err.trim());
    assert!(answer.err.len() > 20, "{what}: a sentence says what to do");
    answer.err
}

#[test]
fn only_the_one_right_certificate_is_let_in() {
    let mut exchange = Exchange::start();
    let kit = exchange.kit_directory();
    let authority = Authority::of_kit(&kit).unwrap();
    // Over the key that the manifest pins, so that nothing but the certificate itself is wrong.
    let key = key_of(&kit, "politie-west", "tls.key", Purpose::Tls).unwrap();
    let own = |request: &Request| authority.reissue(request, &key).unwrap();
    let mut expired = request();
    (expired.starts_in_days, expired.ends_in_days) = (-30, -1);
    let mut two_names = request();
    two_names.uris.push(two_names.uris[0].replace("politie-west", "school-west"));
    let mut unknown = request();
    unknown.uris = vec![unknown.uris[0].replace("politie-west", "voetbalclub-west")];
    let mut no_name = request();
    no_name.uris.clear();
    let mut other_oin = request();
    other_oin.oin = request_of("school-west").oin;
    let mut sentences = std::collections::BTreeSet::new();
    for (what, certificate) in [
        ("expired", own(&expired)),
        ("two names", own(&two_names)),
        ("not in the manifest", own(&unknown)),
        ("no name", own(&no_name)),
        ("another OIN", own(&other_oin)),
        ("the right name under a key that the manifest does not pin", authority.issue(&request()).unwrap()),
        ("another kit's CA", foreign().reissue(&request(), &key).unwrap()),
    ] {
        use_certificate(&exchange, &certificate);
        sentences.insert(refused(&exchange, what));
    }
    assert!(sentences.len() >= 2, "what is wrong is told apart where the caller can mend it: {sentences:?}");
    stored_nothing(&mut exchange);
}

/// The authority of a kit that this hub has never heard of.
fn foreign() -> Authority {
    let other = Exchange::kit();
    Authority::of_kit(&other.kit_directory()).unwrap()
}

fn stored_nothing(exchange: &mut Exchange) {
    exchange.two_ticks();
    assert_eq!(exchange.stop_hub(), Some(0));
    let verified = exchange.hub(&["verify"]);
    assert_eq!(verified.status, 0, "{verified:?}");
    assert!(verified.out.contains("0 rows of 0 references"), "{verified:?}");
    assert!(verified.out.contains("0 batches wait"), "{verified:?}");
}

#[test]
fn an_agency_that_calls_itself_a_coordinator_reads_nothing() {
    let exchange = Exchange::start();
    let kit = exchange.kit_directory();
    exchange.push_all("politie-west", HEADER, &[&line()]);
    exchange.push_all("school-west", HEADER, &[&line().replace("hard", "zacht")]);
    exchange.two_ticks();
    assert_eq!(exchange.alerts("zorgcoordinator-west").len(), 1);
    // Police write themselves a coordinator's configuration, with their own certificate.
    let config = std::fs::read_to_string(kit.join("politie-west.toml")).unwrap();
    let (common, _) = config.split_once("[agency]").unwrap();
    std::fs::write(
        kit.join("politie-west.toml"),
        format!("{common}[coordinator]\ndetails_key = \"politie-west/details.key\"\n"),
    )
    .unwrap();
    for arguments in [&["alert", "list", "--json"][..], &["alert", "list", "--all"], &["alert", "show", "00"]]
    {
        let answer = exchange.run("politie-west", arguments);
        assert_eq!(answer.status, 1, "{answer:?}");
        assert!(!answer.out.contains("school-west"), "{answer:?}");
    }
    // And with the coordinator's name and details key over their own certificate, its key as a PEM: the
    // coordinator's machine secret would not open it.
    let key = key_of(&kit, "politie-west", "tls.key", Purpose::Tls).unwrap();
    use_certificate(&exchange, &Authority::of_kit(&kit).unwrap().reissue(&request(), &key).unwrap());
    let borrowed = std::fs::read_to_string(kit.join("zorgcoordinator-west.toml")).unwrap();
    let borrowed = borrowed
        .replace("zorgcoordinator-west/cert.pem", "politie-west/cert.pem")
        .replace("zorgcoordinator-west/tls.key", "politie-west/tls.key");
    std::fs::write(kit.join("politie-west.toml"), borrowed).unwrap();
    let answer = exchange.run("politie-west", &["alert", "list", "--json"]);
    assert_eq!(answer.status, 1, "{answer:?}");
    assert!(answer.err.contains("niet dat van uw aansluiting"), "{answer:?}");
    assert!(!answer.out.contains("school-west"), "{answer:?}");
}

#[test]
fn the_hub_refuses_example_keys_and_a_changed_manifest() {
    let exchange = Exchange::kit();
    let plain = exchange.hub(&["serve"]);
    assert_eq!(plain.status, 1, "{plain:?}");
    assert!(plain.err.contains("--danger-example-keys"), "{plain:?}");
    for party in ["hub", "school-west"] {
        let manifest = exchange.kit_directory().join(party).join("manifests/manifest-1.json");
        let body = std::fs::read_to_string(&manifest).unwrap();
        assert!(body.contains("politie-justitie"));
        std::fs::write(&manifest, body.replace("politie-justitie", "onderwijs")).unwrap();
    }
    let changed = exchange.hub(&["serve", "--danger-example-keys"]);
    assert_eq!(changed.status, 1, "{changed:?}");
    assert!(changed.err.to_lowercase().contains("manifest"), "{changed:?}");
    // Nobody else takes it either.
    let agency = exchange.run("school-west", &["signal", "push", "/dev/null"]);
    assert_eq!(agency.status, 1, "{agency:?}");
}

/// Every line of the issue's bad input gets a reason and a sentence, and the sound lines beside it stand.
#[test]
fn a_bad_line_is_refused_with_a_reason_and_never_stops_the_others() {
    let exchange = Exchange::start();
    let header = "referentie;bsn;soort;code;maand;regio;waarneming;acuut;acute_route_gevolgd;geldig_tot";
    let (good, month) = (bsn(1), this_month());
    let year: u32 = month[..4].parse().unwrap();
    let cases: Vec<(&str, String)> = vec![
        ("IDENTIFIER_INVALID", format!("x;111222334;zacht;;{month};west;eigen;;;")),
        ("IDENTIFIER_INVALID", format!("x;{good}0;zacht;;{month};west;eigen;;;")),
        ("IDENTIFIER_INVALID", format!("x;abcdefghi;zacht;;{month};west;eigen;;;")),
        ("IDENTIFIER_INVALID", format!("x;９{};zacht;;{month};west;eigen;;;", &good[1..])),
        ("MONTH_INVALID", format!("x;{good};zacht;;{year}-13;west;eigen;;;")),
        ("MONTH_IN_FUTURE", format!("x;{good};zacht;;{}-01;west;eigen;;;", year + 1)),
        ("MONTH_TOO_OLD", format!("x;{good};zacht;;{}-01;west;eigen;;;", year - 2)),
        ("UNKNOWN_REGION", format!("x;{good};zacht;;{month};zuid;eigen;;;")),
        ("UNKNOWN_CODE", format!("x;{good};zacht;Z99;{month};west;eigen;;;")),
        ("CODE_NOT_ENABLED", format!("x;{good};hard;D01;{month};west;eigen;;;")),
        ("SEVERITY_CONTRADICTS_CODE", format!("x;{good};hard;I07;{month};west;eigen;;;")),
        ("HEARSAY_OF_OWN_DOMAIN", format!("x;{good};zacht;;{month};west;van-horen-zeggen:onderwijs;;;")),
        ("ACUTE_ROUTE_NOT_FOLLOWED", format!("x;{good};zacht;;{month};west;eigen;ja;nee;")),
        ("LINE_MALFORMED", format!("x;{good};zacht;")),
    ];
    let mut lines = vec![format!("ok-1;{good};zacht;;{month};west;eigen;;;")];
    lines.extend(
        cases.iter().enumerate().map(|(number, (_, line))| line.replacen('x', &format!("x-{number}"), 1)),
    );
    lines.push(format!("ok-2;{};zacht;I07;{month};west;eigen;nee;nee;", bsn(2)));
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let answer = exchange.push("school-west", header, &lines);
    assert_eq!(answer.status, 3, "{answer:?}");
    let said = answer.json();
    assert_eq!(said["accepted"], 2, "{said:#}");
    let refused = said["refused"].as_array().unwrap();
    assert_eq!(refused.len(), cases.len(), "{said:#}");
    for ((number, (reason, _)), refusal) in (3..).zip(&cases).zip(refused) {
        assert_eq!(refusal["line"], number, "{refusal}");
        assert_eq!(refusal["reason"], *reason, "{refusal}");
        let message = refusal["message"].as_str().unwrap();
        assert!(message.len() > 20 && !message.contains(&good), "{message}");
    }
    // An agency without codes may send none.
    let answer =
        exchange.push("zorg-noord", header, &[&format!("z;{good};zacht;I07;{month};noord;eigen;;;")]);
    assert_eq!(answer.json()["refused"][0]["reason"], "CODE_NOT_ENABLED");
}

#[test]
fn a_file_that_is_none_is_refused_whole() {
    let exchange = Exchange::start();
    let (good, month) = (bsn(1), this_month());
    let cases: Vec<(&str, Vec<u8>)> = vec![
        (
            "neither UTF-8 nor Windows-1252",
            [&b"referentie;bsn;soort;maand;regio\nx;\x81\xfe;zacht;"[..], month.as_bytes(), b";west\n"]
                .concat(),
        ),
        ("no header", format!("x;{good};zacht;{month};west\n").into_bytes()),
        ("a column missing", format!("referentie;bsn;soort;regio\nx;{good};zacht;west\n").into_bytes()),
        (
            "a column too many",
            format!("referentie;bsn;soort;maand;regio;voornaam\nx;{good};zacht;{month};west;Piet\n").into(),
        ),
        ("empty", Vec::new()),
    ];
    for (what, file) in cases {
        let answer = exchange.run_with("school-west", &["signal", "push", "-", "--json"], &file);
        assert_eq!(answer.status, 1, "{what}: {answer:?}");
        assert!(answer.err.len() > 20, "{what}: {answer:?}");
        println!("{what}: {}", answer.err.trim());
    }
    let header_alone = exchange.push("school-west", "referentie;bsn;soort;maand;regio", &[]);
    assert_eq!(header_alone.status, 0, "{header_alone:?}");
    assert_eq!(header_alone.json()["sent"], 0);
    for (arguments, status) in
        [(&["signal", "push"][..], 2), (&["frobnicate"], 2), (&["signal", "push", "/nowhere"], 1)]
    {
        assert_eq!(exchange.run("school-west", arguments).status, status, "{arguments:?}");
    }
}
