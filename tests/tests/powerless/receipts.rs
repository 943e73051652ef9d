//! Acks: without the hub's receipt for these very bytes nothing counts as sent.

use samenloop_proto::v1::{self, BatchAck};
use samenloop_server::receipt::ReceiptKey;
use samenloop_tests::files;

use crate::hub::{AGENCY, Asked, receipt};
use crate::{push, taken_over};

/// An answer to a batch.
type Lie = fn(Asked<'_>) -> BatchAck;

/// Acks that are not the hub's receipt for this batch; each with a part of what is told.
const LIES: [(&str, Lie, &str); 9] = [
    (
        "signed with another key",
        |it| {
            let stranger = ReceiptKey::from_seed(&[0x66; 32]).unwrap();
            BatchAck { receipt: receipt(&stranger, AGENCY, it.batch, &it.honest), ..it.honest }
        },
        "not signed by the hub",
    ),
    ("not signed", |it| BatchAck { receipt: vec![0; 64], ..it.honest }, "not signed by the hub"),
    ("without a receipt", |it| BatchAck { receipt: Vec::new(), ..it.honest }, "not signed by the hub"),
    (
        "a receipt for another agency",
        |it| BatchAck { receipt: receipt(it.key, "gemeente-west", it.batch, &it.honest), ..it.honest },
        "not signed by the hub",
    ),
    (
        "a receipt for other lines under the same name",
        |it| {
            let other = v1::SignalBatch { lines: Vec::new(), ..it.batch.clone() };
            BatchAck { receipt: receipt(it.key, AGENCY, &other, &it.honest), ..it.honest }
        },
        "not signed by the hub",
    ),
    (
        "the receipt of the batch before",
        |it| BatchAck { receipt: it.before.unwrap().receipt.clone(), ..it.honest },
        "not signed by the hub",
    ),
    ("the ack of the batch before", |it| it.before.unwrap().clone(), "it answers another batch"),
    (
        "a place in the order that was not signed",
        |it| BatchAck { first_sequence: it.honest.first_sequence + 1, ..it.honest },
        "not signed by the hub",
    ),
    (
        "a line that is neither taken nor refused",
        |it| {
            let fewer = BatchAck { count: 0, ..it.honest };
            BatchAck { receipt: receipt(it.key, AGENCY, it.batch, &fewer), ..fewer }
        },
        "it does not count every line",
    ),
];

#[test]
fn an_ack_that_is_not_the_hubs_receipt_for_this_batch_counts_for_nothing() {
    let (exchange, hub, _) = taken_over();
    let honest = || {
        let pushed = push(&exchange, "r-0");
        assert_eq!((pushed.status, pushed.json()["accepted"].as_u64()), (0, Some(1)), "{pushed:?}");
    };
    honest();
    let before = files(&exchange.kit_directory());
    for (what, lie, sentence) in LIES {
        hub.answers().acking = Box::new(lie);
        let refused = push(&exchange, "r-1");
        assert_eq!(
            (refused.status, refused.json()["accepted"].as_u64()),
            (1, Some(0)),
            "{what}: {refused:?}"
        );
        let withdrawn = exchange.run("school-west", &["signal", "withdraw", "r-0", "--wait", "0"]);
        assert_eq!(withdrawn.status, 1, "{what}: {withdrawn:?}");
        for answer in [refused, withdrawn] {
            for words in [sentence, "Stuur niets meer; bel de beheerder van de hub"] {
                assert!(answer.err.contains(words), "{what}, {words}: {answer:?}");
            }
        }
        assert!(files(&exchange.kit_directory()) == before, "{what}: a file changed");
    }
    hub.answers().acking = Box::new(|it| it.honest);
    honest();
    assert_eq!(exchange.run("school-west", &["signal", "withdraw", "r-0"]).status, 0);
    assert!(files(&exchange.kit_directory()) != before);
}
