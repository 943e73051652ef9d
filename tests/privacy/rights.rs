//! L-05: rights requests on disk, and what rests.

use std::collections::BTreeSet;

use samenloop_core::value::{Epoch, Kind, Place, Pseudonym};
use samenloop_tests::{Exchange, bsn};

use crate::disk::Loot;
use crate::keys::{Candidate, HubKeys, index, name_of};
use crate::reading::{Bytes, Known, ReadPlace};
use crate::run::{ERASED, run};
use crate::traces::named_in;

/// Of whom access is asked, and nobody decided yet: of the one something is filed, of the other nothing.
const PENDING: [u32; 2] = [150, 1998];
/// Of whom it was asked and answered.
const ANSWERED: u32 = 151;
/// Who rests.
const RESTING: u32 = 152;

const AGENCY: &str = "gemeente-west";
const POINT: &str = "contactpunt";

/// The contact point asks what an agency sealed to it; gives the number of the request.
fn ask(exchange: &Exchange, kind: &str, child: u32) -> String {
    let path = exchange.scratch().join(format!("verzoek-{child}.json")).to_str().unwrap().to_owned();
    let sealing = ["rights", kind, "--identifier-from", "-", "--out", &path];
    let sealed = exchange.run_with(AGENCY, &sealing, format!("bsn;{}\n", bsn(child)).as_bytes());
    assert_eq!(sealed.status, 0, "{sealed:?}");
    let asked = exchange.done(POINT, &["rights", kind, &path, "--json"]).json();
    asked[0]["id"].as_str().unwrap().to_owned()
}

/// Every request of the run: the next tick answers those on which the privacy officer decides.
pub(crate) fn ask_all(exchange: &Exchange) {
    for child in PENDING {
        ask(exchange, "access", child);
    }
    for (kind, child) in [("access", ANSWERED), ("restrict", RESTING), ("erase", ERASED)] {
        let id = ask(exchange, kind, child);
        exchange.done("fg", &["rights", "release", &id]);
    }
}

/// The numbers of those about whom a request waits.
pub(crate) fn pending_names() -> BTreeSet<String> {
    PENDING.map(|it| name_of("bsn", it)).into()
}

fn as_place((epoch, kind, pseudonym): ReadPlace) -> Place {
    Place::new(Epoch::new(epoch), Kind::new(kind).unwrap(), Pseudonym::new(pseudonym))
}

/// L-05: until it is answered a request holds pseudonyms, under a key that is there for a quarter and more. They open the
/// rows of that child, and of nobody else; an answered one holds them no longer.
#[test]
fn with_the_hubs_secrets_a_request_that_waits_opens_the_rows_of_its_child() {
    let run = run();
    let (keys, loot) = (run.secrets("after"), Loot::of(&run.hub("after").join("data")));
    let requests = loot.cases(b'q', &keys);
    let waiting: Vec<_> = requests.iter().filter_map(|it| Bytes(it).undecided_request()).collect();
    assert_eq!((requests.len(), waiting.len()), (5, 2));
    assert!(waiting.iter().all(|(by, _)| by == POINT));
    let places: BTreeSet<_> = waiting.into_iter().flat_map(|(_, places)| places).collect();
    let true_places = pending_names()
        .into_iter()
        .flat_map(|name| [1, 2].map(|epoch| (epoch, 1, *run.place(epoch, &name).pseudonym().bytes())));
    assert_eq!(places, true_places.collect());
    let unknown = |it| Candidate { name: "unknown".to_owned(), place: as_place(it) };
    let opened = loot.known(&places.into_iter().map(unknown).collect::<Vec<_>>(), &keys);
    let said = run.sent().filter(|it| PENDING.contains(&it.child));
    let said: Known = said.map(|it| ("unknown".to_owned(), it.seen())).collect();
    assert_eq!((opened, said.len()), (said, 2));
    // With an epoch key it is known whose they are; of who was answered nothing is left in any of them.
    let asked = named_in(requests.iter().map(Vec::as_slice), run.candidates());
    assert_eq!(asked, pending_names());
    // Without the hub's secrets none of them opens.
    assert_eq!(loot.cases(b'q', &HubKeys::default()).len(), 0);
}

/// L-05: which unknown indexes rest.
#[test]
fn with_the_hubs_secrets_it_shows_which_indexes_rest() {
    let run = run();
    let (keys, loot) = (run.secrets("after"), Loot::of(&run.hub("after").join("data")));
    let rest: BTreeSet<_> = loot.own(b'h', &keys).iter().map(|it| Bytes(it).restriction()).collect();
    let name = name_of("bsn", RESTING);
    let truly = [1, 2].map(|it| (it, index(&keys.epochs[&it].pepper, &run.place(it, &name))));
    assert_eq!(rest, truly.into());
    assert_eq!(loot.own(b'h', &HubKeys::default()).len(), 0);
}

/// L-05: which references of which agency were erased on request, and on which day; not of which child they were.
#[test]
fn with_the_hubs_secrets_it_shows_which_references_were_erased() {
    let run = run();
    let (keys, loot) = (run.secrets("after"), Loot::of(&run.hub("after").join("data")));
    let records = loot.own(b'w', &keys);
    let erased: BTreeSet<_> = records.iter().map(|it| Bytes(it).erased()).collect();
    let of_child = run.waves.iter().flatten().filter(|it| it.child == ERASED);
    let truly: BTreeSet<_> =
        of_child.map(|it| (it.sender.to_owned(), run.reference(it), run.day.clone())).collect();
    assert_eq!((&erased, truly.len()), (&truly, 2));
    assert_eq!(loot.own(b'w', &HubKeys::default()).len(), 0);
    // The child is in none of it, and none of its rows is left.
    assert_eq!(named_in(records.iter().map(Vec::as_slice), run.candidates()), BTreeSet::new());
    let name = name_of("bsn", ERASED);
    assert!(loot.known(run.candidates(), &keys).iter().all(|(known, _)| *known != name));
}
