//! L-12 and L-13: administrators who break their word, as many as must and one fewer.

use samenloop_client::key::Purpose;
use samenloop_core::value::{ConnectionId, Epoch};
use samenloop_keys_example::{Kit, key_of};
use samenloop_pseudonym::contribution::{Contribution, epoch_key};
use samenloop_tests::{Exchange, rewrite};

use crate::disk::Loot;
use crate::keys::{Key, candidates};
use crate::office::{Office, entry_of, following};
use crate::reading::Known;
use crate::run::{Run, run};

/// What an administrator gave to the key of an epoch.
fn given(run: &Run, administrator: &str, epoch: u32) -> Key {
    let (file, purpose) = (format!("contribution-{epoch}.key"), Purpose::Contribution(Epoch::new(epoch)));
    key_of(&run.kit(), administrator, &file, purpose).unwrap().as_slice().try_into().unwrap()
}

/// The key that contributions of these administrators make.
fn made_of(epoch: u32, contributions: &[(&str, Key)]) -> Option<Key> {
    let one = |(of, value): &(&str, Key)| Contribution::new(ConnectionId::parse(of).unwrap(), *value);
    let contributions: Vec<_> = contributions.iter().map(one).collect();
    epoch_key(Kit::exchange(), Epoch::new(epoch), 2, &contributions).ok().map(|it| *it)
}

/// L-12: the two who made the key make it again, and have what any agency has of it; one of them has nothing.
#[test]
fn m_administrators_make_the_epoch_key_and_one_fewer_does_not() {
    let run = run();
    let loot = Loot::of(&run.hub("after").join("data"));
    let secrets = run.secrets("after");
    for epoch in [1, 2] {
        let [a, b] = ["beheer-a", "beheer-b"].map(|it| (it, given(run, it, epoch)));
        let key = made_of(epoch, &[a, b]).unwrap();
        assert_eq!(key, run.epoch_key(epoch));
        assert_eq!(loot.known(&candidates(epoch, &key), &secrets), run.truth());
        assert_eq!(made_of(epoch, &[a]), None, "one contribution is no key");
        // One of them, and what he can think of in the other's place: his own once more, none at all, of another epoch.
        let of_other_epoch = given(run, "beheer-b", 3 - epoch);
        let thought_of = [a.1, [0; 32], of_other_epoch, run.key("reference.key", Purpose::Reference)];
        for guess in
            thought_of.map(|it| made_of(epoch, &[a, ("beheer-b", it)]).unwrap()).into_iter().chain([a.1])
        {
            assert_ne!(guess, key);
            assert_eq!(loot.known(&candidates(epoch, &guess), &secrets), Known::new());
        }
    }
}

/// L-13: with k signatures every party takes the connection, and shows it; with one fewer nobody does.
#[test]
fn k_administrators_add_a_connection_that_everybody_sees_and_fewer_add_none() {
    let exchange = Exchange::start();
    let office = Office::of(&exchange);
    let first = office.first();
    let body = following(first.manifest().body());
    let like = entry_of(&body, "school-west").to_owned();
    let added = |text: &str| {
        let own = like.replacen("id = \"school-west\"", "id = \"school-erbij\"", 1);
        let key = own.lines().find(|it| it.starts_with("certificate_keys")).unwrap().to_owned();
        let details = own.lines().find(|it| it.starts_with("details_key")).unwrap().to_owned();
        let own = own.replace(&key, &format!("certificate_keys = [\"{}\"]", "07".repeat(32)));
        format!("{text}\n{}", own.replace(&details, &format!("details_key = \"{}\"", "5a".repeat(32))))
    };
    let sees = |party: &str| exchange.run(party, &["manifest", "show"]).out.contains("school-erbij");
    // Each with something that it asks the hub: whoever does is given the newest manifest.
    let asking = [
        ("school-west", ["contact", "list"]),
        ("politie-west", ["contact", "list"]),
        ("zorgcoordinator-noord", ["alert", "list"]),
        ("beheer-c", ["key", "status"]),
        ("fg", ["rights", "list"]),
    ];
    let parties = asking.map(|(party, _)| party);
    // Whoever has only one signature has no manifest, whatever else stands below it.
    for (what, forged, _) in office.forgeries(&added(&body)) {
        let file = exchange.scratch().join("forged.json");
        forged.write(&file).unwrap();
        for party in parties {
            let answer = exchange.run(party, &["manifest", "import", file.to_str().unwrap()]);
            assert_eq!(answer.status, 1, "{what}, {party}: {answer:?}");
        }
        std::fs::remove_file(file).unwrap();
    }
    assert!(!parties.iter().any(|it| sees(it)));
    exchange.publish(|draft| rewrite(draft, added));
    for (party, question) in asking {
        let answer = exchange.run(party, &question);
        assert!(sees(party), "{party}: {answer:?}");
    }
}
