//! The main job on this machine, told so that a policy officer can follow it: kit, hub, four agencies that
//! push, what the coordinator sees and why, what the others could not see, and the coordinator's desk.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a demo stops where it fails"
)]

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use samenloop_tests::{Desk, Exchange, Page, programs};

const AGENCIES: [(&str, &str); 4] = [
    ("school-west", "een school (onderwijs)"),
    ("gemeente-west", "de gemeente (sociaal domein)"),
    ("veilig-thuis-west", "Veilig Thuis (jeugdbescherming)"),
    ("politie-west", "de politie (politie en justitie)"),
];
const COORDINATOR: &str = "zorgcoordinator-west";

fn heading(number: u32, text: &str) {
    println!("\n{number}. {text}\n{}", "-".repeat(text.chars().count() + 3));
}

fn indented(text: &str) {
    text.lines().for_each(|line| println!("   {line}"));
}

fn main() {
    println!("samenloop: 0 + 0 + 0 = 1");
    println!("Alles hieronder is verzonnen, en draait alleen op deze computer.");
    eprintln!("(de programma's worden eerst gebouwd; de eerste keer duurt dat enkele minuten)");
    programs();

    heading(1, "Een oefenset en een hub");
    let exchange = Exchange::start();
    let kit = exchange.kit_directory();
    println!(
        "   Sleutels, certificaten en voorbeelden zijn gemaakt; de hub luistert op {}.",
        exchange.hub_address()
    );
    println!("   Iedere organisatie heeft een eigen certificaat. Zonder certificaat komt niemand binnen.");

    heading(2, "Vier organisaties sturen signalen");
    let mut identifiers = BTreeSet::new();
    for (agency, name) in AGENCIES {
        let file = kit.join("samples").join(format!("{agency}.csv"));
        let numbers = identifiers_in(&file);
        let answer = exchange.run(agency, &["signal", "push", file.to_str().unwrap(), "--json"]);
        assert_eq!(answer.status, 0, "{answer:?}");
        println!(
            "   {agency}, {name}: {} signalen verstuurd, {} aangenomen.",
            answer.json()["sent"],
            answer.json()["accepted"],
        );
        identifiers.extend(numbers);
    }
    println!("   Elk kind is onderweg een pseudoniem: een code die alleen de organisaties kunnen maken.");
    println!("   Het antwoord is steeds hetzelfde: ontvangen. Nooit: dit kind is ook elders gezien.");

    heading(3, "Wat de zorgcoördinator van regio west ziet");
    exchange.two_ticks();
    let alerts = exchange.alerts(COORDINATOR);
    let children = children_of(&kit);
    println!("   Deze vier zagen samen {children} kinderen. Bij {} van hen is er samenloop:\n", alerts.len());
    for alert in &alerts {
        let list = |field: &str| {
            let values = alert[field].as_array().unwrap().iter();
            values.map(|it| it.as_str().unwrap().to_owned()).collect::<Vec<_>>().join(", ")
        };
        println!(
            "   - {} signalen; samen tellen: {}",
            alert["signals"].as_array().unwrap().len(),
            list("domains")
        );
    }
    println!(
        "\n   Zij ziet geen naam en geen nummer. Alleen: wie zag iets, wat voor signaal, in welke maand."
    );

    heading(4, "Waarom: een samenloop van dichtbij");
    let fullest = alerts.iter().max_by_key(|it| it["signals"].as_array().unwrap().len()).expect("an alert");
    let shown = exchange.run(COORDINATOR, &["alert", "show", fullest["id"].as_str().unwrap()]);
    indented(&shown.out);

    what_the_others_could_not_see(&exchange, &identifiers);
    println!(
        "   De overige {} kinderen: geen samenloop, geen bericht, niemand die het weet.",
        children - alerts.len()
    );
    println!("   Dat betekent niets over die kinderen; het betekent dat de regel niet is gehaald.");

    on_the_desk(&exchange, fullest["id"].as_str().unwrap());
}

/// The desk of the coordinator: looked at as a browser does, and left open for who sits at a terminal.
fn on_the_desk(exchange: &Exchange, fullest: &str) {
    heading(6, "Het bureau van de zorgcoördinator");
    let mut desk = Desk::open(exchange, COORDINATOR);
    let mut visitor = desk.visitor();
    println!("   Haar bureau is een webpagina op haar eigen computer, nu op http://{}.", visitor.host);
    let overview = visitor.get("/");
    let one = visitor.get(&format!("/samenloop/{fullest}"));
    assert_eq!((overview.status, one.status), (200, 200), "{overview:?} {one:?}");
    println!("\n   Op het overzicht staat, na de nummers voor direct gevaar:");
    texts(&overview, "h1").iter().chain(&texts(&overview, "h2")[1..]).for_each(|it| println!("   - {it}"));
    println!("\n   Op de pagina van de samenloop van hierboven:");
    texts(&one, "h2").iter().for_each(|it| println!("   - {it}"));
    println!("\n   En wat zij kan doen: {}.", texts(&one, "a class=\"button\"").join(", "));
    let is_watched = io::stdin().is_terminal() && io::stdout().is_terminal();
    if !is_watched || std::env::var_os("CI").is_some() {
        return;
    }
    assert_eq!(visitor.send(&overview, "/uit", &[]).status, 200);
    println!("\n   Kijk zelf, met deze link (hij werkt één keer):\n\n   {}\n", desk.link());
    println!("   Klaar? Druk op Enter; dan stopt alles en wordt alles gewist.");
    let _ = io::stdin().read_line(&mut String::new());
}

/// What stands in each element of a page that begins with this tag.
fn texts(page: &Page, tag: &str) -> Vec<String> {
    let name = tag.split(' ').next().unwrap();
    let of = |part: &str| {
        let (_, text) = part.split_once('>').unwrap();
        text.split_once(&format!("</{name}>")).unwrap().0.replace("&#39;", "'")
    };
    page.body.split(&format!("<{tag}")).skip(1).map(of).collect()
}

fn what_the_others_could_not_see(exchange: &Exchange, identifiers: &BTreeSet<String>) {
    let kit = exchange.kit_directory();
    heading(5, "Wat de anderen niet konden zien");
    let refused = exchange.run("politie-west", &["alert", "list"]);
    assert_eq!(refused.status, 1, "an agency may not read: {refused:?}");
    println!("   De politie vraagt om samenlopen en krijgt:");
    indented(refused.err.trim());
    let searched = files_of_hub(&kit.join("hub"), &exchange.hub_log());
    let found = searched.iter().map(|file| occurrences(file, identifiers)).sum::<usize>();
    println!(
        "\n   In alles wat de hub bewaart ({} bestanden, {} kB) is gezocht naar {} nummers van kinderen: {found} gevonden.",
        searched.len(),
        searched.iter().map(|file| file.metadata().map_or(0, |it| it.len())).sum::<u64>() / 1024,
        identifiers.len(),
    );
    assert_eq!(found, 0, "an identifier reached the hub");
    let agency_file = kit.join("samples").join("school-west.csv");
    assert!(occurrences(&agency_file, identifiers) > 0, "the search finds what is there");
    println!("   (Dezelfde zoekactie vindt ze wel in het bestand van de school: daar horen ze.)");
}

/// Synthetic children of whom one of the four sent a signal, as the kit counts them.
fn children_of(kit: &Path) -> usize {
    let text = std::fs::read_to_string(kit.join("samples/expected.json")).expect("the kit's own account");
    let children: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let of_the_four =
        |signal: &serde_json::Value| AGENCIES.iter().any(|(agency, _)| signal["agency"] == *agency);
    let children = children.as_array().unwrap().iter();
    children.filter(|child| child["signals"].as_array().unwrap().iter().any(of_the_four)).count()
}

/// The numbers in the identifier columns of a sample.
fn identifiers_in(file: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(file).expect("a sample");
    let mut lines = text.lines();
    let header: Vec<_> = lines.next().expect("a header").split(';').collect();
    let columns: Vec<_> = header
        .iter()
        .enumerate()
        .filter(|(_, it)| ["bsn", "v_nummer"].contains(it))
        .map(|(at, _)| at)
        .collect();
    let fields = lines.flat_map(|line| {
        let fields: Vec<_> = line.split(';').collect();
        columns.iter().map(move |at| fields[*at].to_owned()).collect::<Vec<_>>()
    });
    fields.filter(|it| !it.is_empty()).collect()
}

fn files_of_hub(directory: &Path, log: &Path) -> Vec<PathBuf> {
    let mut found = vec![log.to_owned()];
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).expect("the hub's directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found
}

fn occurrences(file: &Path, numbers: &BTreeSet<String>) -> usize {
    let bytes = std::fs::read(file).unwrap_or_default();
    let digits = bytes.split(|it| !it.is_ascii_digit()).filter(|run| run.len() >= 9);
    digits
        .filter(|run| {
            numbers.iter().any(|number| run.windows(number.len()).any(|it| it == number.as_bytes()))
        })
        .count()
}
