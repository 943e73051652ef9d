//! What may happen to an exchange.

use proptest::collection::vec;
use proptest::prelude::*;

/// Connections that signal, by their place in [`super::model::SENDERS`].
pub(crate) type Sender = usize;

/// What a put says, apart from who, whom and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Content {
    /// Hard or soft.
    pub(crate) hard: bool,
    /// No code, `V11` or `V12`.
    pub(crate) code: Option<&'static str>,
    /// Heard from care, or own.
    pub(crate) hearsay: bool,
    /// Region noord, or west.
    pub(crate) noord: bool,
    /// Months before today's that it was seen: none or one.
    pub(crate) months_ago: u8,
    /// Months after that through which it counts.
    pub(crate) term: u8,
}

/// Where in a tick the power goes: after the database was synced, and before the step named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The number in the small file beside the database.
    Head,
    /// The key of the intake segment.
    Key,
    /// The intake segment itself.
    Segment,
}

/// One step of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// A put with a revision above all before: a new signal, or one that replaces whatever the reference said.
    Push { sender: Sender, reference: u8, child: u8, both_kinds: bool, content: Content },
    /// The last put of a reference again, byte for byte.
    Repeat { sender: Sender, reference: u8 },
    /// The last put of a reference again, of the same revision, with the other kind of identifier as well.
    OtherKind { sender: Sender, reference: u8 },
    /// The last put of a reference with a higher revision and another child: the sender had the wrong one.
    OtherChild { sender: Sender, reference: u8, child: u8 },
    /// The last put of a reference again, of the same revision, with one kind of identifier.
    OneKind { sender: Sender, reference: u8 },
    /// Every last put of a sender again, of the same revision or a higher one: so it carries over.
    CarryOver { sender: Sender, higher: bool },
    /// The last put of a reference again, of the same revision, with another child: that adds nothing.
    SameRevision { sender: Sender, reference: u8, child: u8 },
    /// The last put of a reference with a revision below it, another child and both kinds: too late.
    Stale { sender: Sender, reference: u8, child: u8 },
    /// The end of a reference, known or not.
    Withdraw { sender: Sender, reference: u8 },
    /// The hub files, judges and tells.
    Tick,
    /// So many days later.
    Days(u8),
    /// The first day of a month, so many months later.
    Months(u8),
    /// A new manifest without a connection.
    StrikeOut(Sender),
    /// A new manifest with the connection back.
    Restore(Sender),
    /// A new manifest that announces an epoch.
    Announce,
    /// A new manifest in which the announced epoch is active, and the active one overlaps.
    Rotate,
    /// A new manifest in which the announced epoch is active, and the active one is burned.
    Burn,
    /// A new manifest that ends the overlap.
    Retire,
    /// A new manifest that destroys what was retired; after the next tick the hub does.
    Destroy,
    /// A manifest that may not be: what was destroyed overlaps again.
    Revive,
    /// These senders, a bit each, install the keys of every epoch that is announced or in use.
    Follow(u8),
    /// The power goes between two writes: what lies on disk now is copied, and the copy is opened.
    Crash,
    /// The power goes in the middle of a tick. Without a crash, a tick.
    CrashInTick(Moment),
}

fn sender() -> std::ops::Range<Sender> {
    0..super::model::SENDERS.len()
}

fn content() -> impl Strategy<Value = Content> {
    let code = prop_oneof![2 => Just(None), 1 => Just(Some("V11")), 1 => Just(Some("V12"))];
    let term = prop_oneof![Just(1_u8), Just(2), Just(3), Just(6), Just(12)];
    (prop::bool::weighted(0.4), code, prop::bool::weighted(0.1), any::<bool>(), 0_u8..2, term).prop_map(
        |(hard, code, hearsay, noord, months_ago, term)| Content {
            hard,
            code,
            hearsay,
            noord,
            months_ago,
            term,
        },
    )
}

fn operation() -> impl Strategy<Value = Operation> {
    let child = 0_u8..3;
    let reference = 0_u8..3;
    let known = (sender(), reference.clone());
    let moment = prop_oneof![Just(Moment::Head), Just(Moment::Key), Just(Moment::Segment)];
    let push = (known.clone(), child.clone(), any::<bool>(), content()).prop_map(
        |((sender, reference), child, both_kinds, content)| Operation::Push {
            sender,
            reference,
            child,
            both_kinds,
            content,
        },
    );
    prop_oneof![
        14 => push,
        1 => known.clone().prop_map(|(sender, reference)| Operation::Repeat { sender, reference }),
        2 => known.clone().prop_map(|(sender, reference)| Operation::OtherKind { sender, reference }),
        1 => known.clone().prop_map(|(sender, reference)| Operation::OneKind { sender, reference }),
        2 => (sender(), any::<bool>()).prop_map(|(sender, higher)| Operation::CarryOver { sender, higher }),
        2 => (known.clone(), child.clone())
            .prop_map(|((sender, reference), child)| Operation::OtherChild { sender, reference, child }),
        1 => (known.clone(), child.clone())
            .prop_map(|((sender, reference), child)| Operation::SameRevision { sender, reference, child }),
        1 => (known.clone(), child)
            .prop_map(|((sender, reference), child)| Operation::Stale { sender, reference, child }),
        2 => known.prop_map(|(sender, reference)| Operation::Withdraw { sender, reference }),
        8 => Just(Operation::Tick),
        1 => (1_u8..4).prop_map(Operation::Days),
        1 => (1_u8..8).prop_map(Operation::Months),
        4 => life_of_an_epoch(),
        1 => sender().prop_map(Operation::StrikeOut),
        1 => sender().prop_map(Operation::Restore),
        1 => Just(Operation::Crash),
        1 => moment.prop_map(Operation::CrashInTick),
    ]
}

fn life_of_an_epoch() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => Just(Operation::Announce),
        4 => Just(Operation::Rotate),
        1 => Just(Operation::Burn),
        2 => Just(Operation::Retire),
        2 => Just(Operation::Destroy),
        1 => Just(Operation::Revive),
        6 => any::<u8>().prop_map(Operation::Follow),
    ]
}

/// A random sequence.
pub(crate) fn sequence() -> impl Strategy<Value = Vec<Operation>> {
    vec(operation(), 8..72)
}

/// A random sequence with a rotation in it, in which little time passes: some follow before it, some during the
/// overlap, and some never.
pub(crate) fn rotation() -> impl Strategy<Value = Vec<Operation>> {
    let few = |most| vec(crowded(), 0..most);
    let around = (few(24), any::<u8>(), few(8), few(16), any::<u8>(), few(16), few(8), few(16));
    around.prop_map(|(before, early, announced, active, late, overlap, retired, after)| {
        let steps: [(Vec<Operation>, Operation); 8] = [
            (before, Operation::Announce),
            (Vec::new(), Operation::Follow(early)),
            (announced, Operation::Rotate),
            (active, Operation::Follow(late)),
            (overlap, Operation::Retire),
            (retired, Operation::Destroy),
            (after, Operation::Tick),
            (Vec::new(), Operation::Tick),
        ];
        steps.into_iter().flat_map(|(first, then)| first.into_iter().chain([then])).collect()
    })
}

/// A rotation that every sender carries over in time, in new revisions; and what happens before, during and after
/// it, without any other. Nobody is struck out, who could not carry over.
pub(crate) fn smooth_rotation() -> impl Strategy<Value = Vec<Operation>> {
    let takes_part = |it: &Operation| !matches!(it, Operation::StrikeOut(_));
    let calm = move |it: &Operation| !it.is_of_an_epoch() && takes_part(it);
    let few = || vec(crowded().prop_filter("one rotation", calm), 0..20);
    let passes = |it: &Operation| matches!(it, Operation::Days(_) | Operation::Months(_));
    let in_time = vec(crowded().prop_filter("in time", move |it| calm(it) && !passes(it)), 0..20);
    (few(), few(), in_time, few()).prop_map(|(before, announced, overlap, after)| {
        let all = 0..super::model::SENDERS.len();
        let carry = all.map(|sender| Operation::CarryOver { sender, higher: true });
        [
            vec_of([Operation::Tick]),
            before,
            vec_of([Operation::Announce, Operation::Follow(u8::MAX)]),
            announced,
            vec_of([Operation::Rotate]),
            overlap,
            carry.collect(),
            vec_of([Operation::Retire, Operation::Tick, Operation::Destroy, Operation::Tick]),
            after,
        ]
        .concat()
    })
}

fn vec_of<const N: usize>(operations: [Operation; N]) -> Vec<Operation> {
    operations.to_vec()
}

impl Operation {
    /// Whether only a rotation has it.
    pub(crate) const fn is_of_an_epoch(&self) -> bool {
        matches!(
            self,
            Self::Announce
                | Self::Rotate
                | Self::Burn
                | Self::Retire
                | Self::Destroy
                | Self::Revive
                | Self::Follow(_)
        )
    }
}

/// What happens while an epoch rotates: pushes on two children, most of them of one kind.
fn crowded() -> impl Strategy<Value = Operation> {
    let push = (sender(), 0_u8..2, 0_u8..2, prop::bool::weighted(0.2), content()).prop_map(
        |(sender, reference, child, both_kinds, content)| Operation::Push {
            sender,
            reference,
            child,
            both_kinds,
            content: Content { term: 12, ..content },
        },
    );
    prop_oneof![
        8 => push,
        5 => (sender(), any::<bool>()).prop_map(|(sender, higher)| Operation::CarryOver { sender, higher }),
        4 => Just(Operation::Tick),
        4 => operation(),
    ]
}
