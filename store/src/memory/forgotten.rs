//! What was forgotten is named nowhere.

use samenloop_core::batch::Line;
use samenloop_core::fixture::{self, Draft, connection, day, place, reference};
use samenloop_core::manifest::ManifestEntries;

use super::*;

#[tokio::test]
async fn no_record_and_no_news_names_an_alert_that_is_forgotten() {
    let store = MemoryStore::new("zhz");
    let entries = ManifestEntries { expires: day("2027-06-20"), ..fixture::entries() };
    let manifest = Arc::new(Manifest::new(entries).unwrap());
    let on = |days| {
        let tick = Tick { manifest: Arc::clone(&manifest), today: fixture::today().plus_days(days) };
        || tick
    };
    let send = async |sender: &str, line: Line| {
        store.admit(Arrival::new(connection(sender), fixture::today(), vec![line])).await.unwrap();
    };
    send("politie-west", Draft::hard(1).put(vec![place(1, fixture::KIND, 7)])).await;
    send("school-west", Draft::soft(2).put(vec![place(1, fixture::KIND, 7)])).await;
    store.file(on(0)).await.unwrap();
    send("school-west", Line::Withdraw(reference(2))).await;
    store.file(on(0)).await.unwrap();
    let named = || {
        let contents = store.contents();
        let links: usize = contents.references.values().map(|it| it.alerts.len()).sum();
        (contents.alerts.len(), links, contents.news.values().map(BTreeSet::len).sum::<usize>())
    };
    assert_eq!(named(), (1, 1, 2), "police's signal was on an alert that opened and lapsed");
    for days in [30, 31] {
        store.file(on(days)).await.unwrap();
        store.sweep(fixture::today().plus_days(days)).await.unwrap();
        assert_eq!(named(), if days == 30 { (1, 1, 2) } else { (0, 0, 0) });
    }
}
