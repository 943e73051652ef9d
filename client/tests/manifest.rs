//! `samenloop manifest` as administrators run it: what it prints, what it refuses, and that a refusal changes nothing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests only")]

mod administration;

use administration::{Office, publication, signing_key, today};
use samenloop_manifest::Publication;

fn office() -> Office {
    Office::new(0, 35, 0)
}

/// An office with a draft of manifest 2 in which the quota is doubled.
fn drafted() -> Office {
    let office = office();
    office.done("a", &["manifest", "new", "d.toml"]);
    let text = office.read("d.toml").replace("quota_lines = 1000", "quota_lines = 2000");
    office.write("d.toml", &text);
    office
}

#[test]
fn a_new_draft_keeps_what_it_does_not_change() {
    let office = Office::new(3, 35, 0);
    let told = office.done("a", &["manifest", "new"]);
    assert!(told.contains("manifest-2.toml"), "{told}");
    let published = office.done("school", &["manifest", "show", "--toml"]);
    let draft = office.read("manifest-2.toml");
    assert!(draft.contains("sequence = 2 # one higher each time"), "{draft}");
    let changed: Vec<_> = draft.lines().filter(|it| published.lines().all(|was| was != *it)).collect();
    let keys: Vec<_> = changed.iter().map(|it| it.split(' ').next().unwrap()).collect();
    assert_eq!(keys, ["sequence", "issued", "expires", "predecessor"]);
    assert_eq!(draft.lines().count(), published.lines().count() + 1);
    assert!(draft.contains(&format!("expires = \"{}\"", today().plus_days(35))));
    office.refused("a", &["manifest", "new"], &["manifest-2.toml is er al en blijft zoals het is"]);
}

#[test]
fn a_person_reads_what_changes_and_when() {
    let office = drafted();
    let told = office.done("b", &["manifest", "diff", "d.toml"]);
    assert!(
        told.contains("Wat erbij komt:\n  school mag 2000 regels per dag sturen (was 1000).\n"),
        "{told}"
    );
    assert!(told.contains("Dit werkt meteen zodra het gepubliceerd is"), "{told}");
    let english = office.done("b", &["manifest", "diff", "d.toml", "--lang", "en"]);
    assert!(english.contains("school may send 2000 lines a day (was 1000)."), "{english}");
    let json: serde_json::Value =
        serde_json::from_str(&office.done("b", &["manifest", "diff", "d.toml", "--json"])).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 1);
    assert_eq!((&json[0]["name"], &json[0]["direction"]), (&"school".into(), &"adds".into()));
}

#[test]
fn two_sign_and_everybody_takes_it() {
    let office = drafted();
    let dry = office.done("a", &["manifest", "sign", "d.toml", "--dry-run"]);
    assert!(dry.contains("Er is niet getekend") && !office.path("d.toml.note").exists(), "{dry}");
    let first = office.done("a", &["manifest", "sign", "d.toml"]);
    assert!(first.contains("school mag 2000 regels"), "{first}");
    assert!(first.contains("Handtekeningen: 1 van 2: a.") && !first.contains("Genoeg"), "{first}");
    office.refused("a", &["manifest", "sign", "d.toml"], &["a heeft al getekend", "d.toml.note"]);
    office.refused(
        "a",
        &["manifest", "publish", "d.toml", "--offline"],
        &["d.toml: Geldige handtekeningen: 1. Nodig: 2."],
    );
    let second = office.done("b", &["manifest", "sign", "d.toml"]);
    assert!(second.contains("Handtekeningen: 2 van 2: a en b.") && second.contains("Genoeg"), "{second}");
    let told = office.done("b", &["manifest", "publish", "d.toml", "--offline"]);
    assert!(told.contains("De hub heeft het nog niet"), "{told}");
    assert_eq!((office.newest("a"), office.newest("b")), (1, 2));
    assert!(office.done("school", &["manifest", "import", "publication-2.json"]).contains("is overgenomen"));
    assert!(office.done("school", &["manifest", "import", "publication-2.json"]).contains("al bekend"));
    assert_eq!(office.newest("school"), 2);
    assert_eq!(office.done("school", &["manifest", "show", "--toml"]), office.read("d.toml"));
}

#[test]
fn what_the_hub_does_not_take_does_not_enter_the_own_book() {
    let office = drafted();
    for id in ["a", "b"] {
        office.done(id, &["manifest", "sign", "d.toml"]);
    }
    // This machine has no certificate to call the hub with.
    let said = office.run("a", &["manifest", "publish", "d.toml"]);
    assert_eq!((said.status, office.newest("a")), (1, 1), "{}", said.err);
}

#[test]
fn a_body_that_is_not_sound_is_refused_with_its_line() {
    let office = drafted();
    let line = |text: &str, words: &str| text.lines().position(|it| it.contains(words)).unwrap() + 1;
    let text = office.read("d.toml");
    let (active, overlap) = (
        "state = \"active\"\n",
        format!(
            "state = \"overlap\"\noverlap_from = \"{}\"\noverlap_until = \"{}\"\n",
            today(),
            today().plus_days(61)
        ),
    );
    let second_epoch = {
        let from = text.find("[[epochs]]").unwrap();
        let to = text.find("# The school").unwrap();
        text[from..to].replace("number = 1", "number = 2")
    };
    let epochs = |first: &str| {
        text.replacen(active, first, 1).replace("# The school", &format!("{second_epoch}# The school"))
    };
    let one_contribution: String =
        text.lines().filter(|it| !it.contains("administrator = \"b\"")).map(|it| format!("{it}\n")).collect();
    for (body, at, words) in [
        (epochs(active), "state = \"active\"", "Precies één sleutelperiode is actief"),
        (epochs(&overlap), "number = 1", "een overlap van 61 dagen; hoogstens 60"),
        (text.replace("fallback = \"zorgcoordinator\"\n", ""), "[[regions]]", "het veld fallback ontbreekt"),
        (
            text.replacen("legal_basis = \"wet\"", "legal_basis = \"\"", 1),
            "id = \"school\"\norg",
            "legal_basis of agreement is leeg",
        ),
        (text.replace("\"onderwijs\"", "\"onderwijz\""), "onderwijz", "een domein van domains.csv"),
        (one_contribution, "number = 1", "1 van de 2 bijdragen die nodig zijn"),
        (text.replace("exchange = \"test\"", "exchange = \"ander\""), "exchange", "een andere uitwisseling"),
        (text.replace("sequence = 2", "sequence = 4"), "sequence", "Neem eerst 2 over"),
        (
            text.replace("predecessor = \"", &format!("predecessor = \"{}\" # ", "00".repeat(32))),
            "predecessor",
            "een andere voorganger",
        ),
        (
            text.replace("tick_seconds = 60", "tick_seconds = 60\nhidden = 1"),
            "hidden",
            "het veld hidden bestaat niet",
        ),
    ] {
        office.write("bad.toml", &body);
        // The place is one line, or the first of two.
        let at = at.split('\n').next().unwrap();
        let first = line(&body, at);
        let last = body.lines().count() - body.lines().rev().position(|it| it.contains(at)).unwrap();
        let said = office.run("a", &["manifest", "check", "bad.toml"]);
        let named = [first, last].iter().any(|it| {
            said.err.contains(&format!("regel {it}: ")) || said.err.contains(&format!("Regel {it}, "))
        });
        assert!(named && said.err.contains("bad.toml"), "{first} or {last}: {}", said.err);
        for command in ["check", "diff", "sign"] {
            office.refused("a", &["manifest", command, "bad.toml"], &[words]);
        }
    }
}

#[test]
fn an_expired_or_older_manifest_is_refused() {
    let office = drafted();
    let issued = format!("issued = \"{}\"", today());
    let early = format!("issued = \"{}\"", today().plus_days(1));
    let draft = office.altered("d.toml", &issued, &early);
    office.refused("a", &["manifest", "sign", &draft], &["issued is", "moet nog komen"]);
    let expires = format!("expires = \"{}\"", today().plus_days(35));
    let draft = office.altered("d.toml", &expires, &format!("expires = \"{}\"", today().plus_days(36)));
    office.refused("a", &["manifest", "check", &draft], &["expires ligt niet"]);
    // An earlier one, well signed, does not come back.
    for id in ["a", "b"] {
        office.done(id, &["manifest", "sign", "d.toml"]);
    }
    office.done("a", &["manifest", "publish", "d.toml", "--offline"]);
    let first = office.book("b").publication(1).unwrap().unwrap();
    first.write(&office.path("first.json")).unwrap();
    office.refused(
        "a",
        &["manifest", "import", "first.json"],
        &["first.json", "Een ouder manifest wordt nooit meer aangenomen"],
    );
    let late = Office::new(40, 35, 0);
    let said = late.run("school", &["manifest", "show"]);
    assert!(said.err.contains("verlopen") && said.err.contains("Vraag de sleutelbeheerders"), "{}", said.err);
    late.done("a", &["manifest", "new", "d.toml"]);
    let (now, then) = (today().to_string(), late.book("a").newest().unwrap().issued());
    let text = late.read("d.toml").replace(&format!("issued = \"{now}\""), &format!("issued = \"{then}\""));
    let ends = today().plus_days(35).to_string();
    late.write("d.toml", &text.replace(&ends, &then.plus_days(35).to_string()));
    late.refused("a", &["manifest", "check", "d.toml"], &["en dat is voorbij"]);
}

#[test]
fn a_warning_comes_from_day_28() {
    let near = Office::new(28, 35, 0);
    let said = near.run("school", &["manifest", "show"]);
    assert!(said.status == 0 && said.err.contains("Het manifest verloopt over 7 dagen"), "{}", said.err);
    let said = near.run("a", &["manifest", "show", "--lang", "en"]);
    assert!(
        said.err.contains("ends in 7 days") && said.err.contains("Publish a new manifest."),
        "{}",
        said.err
    );
    assert_eq!(Office::new(27, 35, 0).run("school", &["manifest", "show"]).err, "");
}

#[test]
fn signatures_of_others_are_kept_and_wrong_ones_refused() {
    let office = drafted();
    office.done("a", &["manifest", "sign", "d.toml"]);
    let own = office.read("d.toml.note");
    // An unknown signer beside enough known ones.
    let stranger = publication(2, &office.read("d.toml"), &[("x", 7)]);
    let line = stranger.manifest().note().lines().last().unwrap().to_owned();
    office.write("d.toml.note", &format!("{own}{line}\n"));
    office.done("b", &["manifest", "sign", "d.toml"]);
    let note = office.read("d.toml.note");
    assert!(note.starts_with(&own) && note.contains(&line));
    office.done("c", &["manifest", "publish", "d.toml", "--offline"]);
    assert_eq!(office.newest("c"), 2);
}

#[test]
fn a_wrong_signature_or_one_over_other_bytes_stops_everything() {
    let office = drafted();
    office.done("a", &["manifest", "sign", "d.toml"]);
    let note = office.read("d.toml.note");
    // A known signer's line of another text.
    let other = publication(9, "else", &[("b", 2)]);
    let line = other.manifest().note().lines().last().unwrap().to_owned();
    office.write("d.toml.note", &format!("{note}{line}\n"));
    for arguments in
        [["manifest", "sign", "d.toml"].as_slice(), &["manifest", "publish", "d.toml", "--offline"]]
    {
        office.refused(
            "c",
            arguments,
            &["d.toml", "De handtekening van samenloop.example/test/b klopt niet"],
        );
    }
    office.write("d.toml.note", &note);
    let text = office.read("d.toml");
    office.write("d.toml", &text.replace("quota_lines = 2000", "quota_lines = 3000"));
    office.refused("b", &["manifest", "sign", "d.toml"], &["d.toml.note hoort bij andere tekst"]);
    office.write("d.toml.note", "cut off");
    office.refused("b", &["manifest", "sign", "d.toml"], &["d.toml.note", "het einde ontbreekt"]);
    std::fs::remove_file(office.path("d.toml.note")).unwrap();
    office.refused("b", &["manifest", "publish", "d.toml", "--offline"], &["d.toml.note is er niet"]);
}

#[test]
fn a_key_that_is_damaged_closed_or_not_in_the_root_signs_nothing() {
    let office = drafted();
    let sign = ["manifest", "sign", "d.toml"];
    let key = office.read("a/sign.key");
    office.write("a/sign.key", &key[..key.len() / 2]);
    office.refused("a", &sign, &["a/sign.key is geen heel sleutelbestand"]);
    office.write("a/sign.key", &key);
    let secret = office.read("a/machine.secret");
    office.write("a/machine.secret", &office.read("b/machine.secret"));
    office.refused("a", &sign, &["a/sign.key gaat niet open met"]);
    office.write("a/machine.secret", "a passphrase of somebody else\n");
    office.refused("a", &sign, &["a/sign.key is verzegeld met een machinegeheim"]);
    office.write("a/machine.secret", &secret);
    let config = office.read("a.toml");
    office.write("a.toml", &config.replace("connection = 'a'", "connection = 'b'"));
    office.refused("a", &sign, &["niet die van b in de root"]);
    office.write("a.toml", &config);
    office.refused("school", &sign, &["school is geen sleutelbeheerder"]);
    office.done("a", &sign);
}

#[test]
fn with_a_delay_what_is_added_waits_and_what_is_taken_does_not() {
    let office = Office::new(1, 34, 72);
    office.done("a", &["manifest", "new", "d.toml"]);
    let text = office.read("d.toml").replace("quota_lines = 1000", "quota_lines = 2000");
    office.write("d.toml", &text);
    let day = today().plus_days(3);
    office.refused("a", &["manifest", "check", "d.toml"], &[&format!("acts_from = \"{day}\"")]);
    let issued = format!("issued = \"{}\"\n", today());
    let waits = format!("{issued}acts_from = \"{day}\"\n");
    office.write("d.toml", &text.replace(&issued, &waits));
    let told = office.done("a", &["manifest", "diff", "d.toml"]);
    assert!(told.contains("Dit werkt vanaf") && told.contains("Tot dan geldt het manifest van nu"), "{told}");
    let both = text.replace("kinds = [1, 2]", "kinds = [1]");
    office.write("d.toml", &both.replace(&issued, &waits));
    office.refused(
        "a",
        &["manifest", "sign", "d.toml"],
        &["Publiceer eerst wat eraf gaat, in een eigen manifest"],
    );
}

#[test]
fn a_document_is_checked_by_the_manifest_that_acts_while_an_addition_waits() {
    let office = Office::new(1, 34, 72);
    office.done("a", &["manifest", "new", "d.toml"]);
    let (issued, day) = (format!("issued = \"{}\"\n", today()), today().plus_days(3));
    let text = office.read("d.toml").replace("quota_lines = 1000", "quota_lines = 2000");
    office.write("d.toml", &text.replace(&issued, &format!("{issued}acts_from = \"{day}\"\n")));
    office.done("a", &["manifest", "sign", "d.toml"]);
    office.done("b", &["manifest", "sign", "d.toml"]);
    office.done("b", &["manifest", "publish", "d.toml", "--offline"]);
    let shown: serde_json::Value =
        serde_json::from_str(&office.done("b", &["manifest", "show", "--json"])).unwrap();
    let (newest, acting) = (shown["sha256"].as_str().unwrap(), shown["acting_sha256"].as_str().unwrap());
    let register = office.done("b", &["report", "register"]);
    assert!(register.contains(acting) && !register.contains(newest), "{register}");
    assert!(register.contains("bij acting_sha256"), "{register}");
    let told = office.done("b", &["manifest", "show"]);
    assert!(told.contains("Vingerafdruk daarvan"), "{told}");
}

#[test]
fn a_new_root_is_signed_by_the_old_and_the_new() {
    let office = office();
    let d = signing_key("c", 4);
    let old = office.read("root.toml");
    let new = old
        .replace("sequence = 1", "sequence = 2")
        .replace(&signing_key("c", 3).verifier().to_string(), &d.verifier().to_string());
    office.write("new-root.toml", &new);
    let first = office.done("a", &["manifest", "sign", "new-root.toml"]);
    assert!(first.contains("c tekent voortaan met sleutel"), "{first}");
    assert!(first.contains("1 van 2 (oude root) en 1 van 2 (nieuwe root): a."), "{first}");
    office.done("b", &["manifest", "sign", "new-root.toml"]);
    office.done("a", &["manifest", "new", "d.toml", "--root", "new-root.toml"]);
    for id in ["a", "b"] {
        office.done(id, &["manifest", "sign", "d.toml", "--root", "new-root.toml"]);
    }
    office.refused("a", &["manifest", "publish", "d.toml", "--offline"], &["bij root"]);
    office.done("a", &["manifest", "publish", "d.toml", "--root", "new-root.toml", "--offline"]);
    assert_eq!((office.newest("a"), office.book("a").root().sequence()), (2, 2));
    let skipped = new.replace("sequence = 2", "sequence = 4");
    office.write("skipped.toml", &skipped);
    office.refused("a", &["manifest", "sign", "skipped.toml"], &["skipped.toml", "na de vastgelegde komt 3"]);
}

#[test]
fn a_publication_of_another_exchange_or_cut_off_is_not_imported() {
    let office = drafted();
    for id in ["a", "b"] {
        office.done(id, &["manifest", "sign", "d.toml"]);
    }
    office.done("a", &["manifest", "publish", "d.toml", "--offline"]);
    let whole = office.read("publication-2.json");
    office.write("cut.json", &whole[..whole.len() / 2]);
    office.refused("b", &["manifest", "import", "cut.json"], &["cut.json", "afgebroken"]);
    let body = office.read("d.toml").replace("samenloop.example/test", "samenloop.example/other");
    let foreign: Publication = publication(2, &body, &[("a", 1), ("b", 2)]);
    foreign.write(&office.path("foreign.json")).unwrap();
    office.refused("b", &["manifest", "import", "foreign.json"], &["foreign.json", "bij origin"]);
    let twice = publication(2, &office.read("d.toml"), &[("a", 1), ("a", 1)]);
    twice.write(&office.path("twice.json")).unwrap();
    office.refused("b", &["manifest", "import", "twice.json"], &["Geldige handtekeningen: 1. Nodig: 2."]);
}
