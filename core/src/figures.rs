//! Figures from which no small number can be had (V-45): counts by two axes with their totals, of which those under ten
//! are kept back, and others beside them so that no sum gives one back. Rows may be in groups.
//!
//! Counts and totals are a circulation: the whole flows to the rows, through the cells to the columns, and back. What is
//! kept back could be anything that leaves this in balance, and has to have a range of at least ten. The range is exact:
//! what can flow around a count, without those that are shown.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The smallest count that is shown, and the smallest range of one that is not.
pub const LEAST: u32 = 10;

/// More than any count flows around.
const ENDLESS: u32 = u32::MAX / 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    /// A row of a group.
    Row(usize, usize),
    /// A column of a group.
    Part(usize, usize),
    /// Where the rows of a group come from.
    Group(usize),
    Column(usize),
    /// Where all rows come from.
    Source,
    /// Where all columns go to.
    Sink,
}

/// A count, by what it lies between: a cell between its row and its column, a total at either end.
type Edge = (Node, Node);

/// What may still flow from one node to others.
type Room = BTreeMap<Node, BTreeMap<Node, u32>>;

#[derive(Debug, Clone)]
struct Circulation {
    counts: BTreeMap<Edge, u32>,
    kept_back: BTreeSet<Edge>,
}

impl Circulation {
    /// Counts, of which those under [`LEAST`] are kept back.
    fn new(counts: BTreeMap<Edge, u32>) -> Self {
        let small = counts.iter().filter(|(_, count)| **count < LEAST);
        Self { kept_back: small.map(|(edge, _)| *edge).collect(), counts }
    }

    /// Cells with their totals.
    fn of(cells: &[Vec<u32>]) -> Self {
        let mut counts = BTreeMap::from([((Node::Sink, Node::Source), 0)]);
        for (row, cells) in cells.iter().enumerate() {
            for (column, count) in cells.iter().enumerate() {
                let (row, column) = (Node::Row(0, row), Node::Column(column));
                add(&mut counts, &[Node::Source, row, column, Node::Sink], *count);
            }
        }
        Self::new(counts)
    }

    /// Groups of rows, with totals for each row, group and column, and for each column of a group. What is zero is left
    /// out: who knows which rows and columns can have anything builds on it, so nothing is hidden behind it.
    fn of_groups(groups: &[Vec<Vec<u32>>]) -> Self {
        let mut counts = BTreeMap::new();
        for (group, rows) in groups.iter().enumerate() {
            for (row, cells) in rows.iter().enumerate() {
                for (column, count) in cells.iter().enumerate().filter(|(_, count)| **count > 0) {
                    let (row, part) = (Node::Row(group, row), Node::Part(group, column));
                    let through =
                        [Node::Source, Node::Group(group), row, part, Node::Column(column), Node::Sink];
                    add(&mut counts, &through, *count);
                }
            }
        }
        Self::new(counts)
    }

    fn count(&self, edge: Edge) -> u32 {
        self.counts.get(&edge).copied().unwrap_or_default()
    }

    /// The range in which a count lies by all that is shown.
    fn range(&self, edge: Edge) -> u32 {
        let (from, to) = edge;
        let down = self.flow(from, to, edge).min(self.count(edge));
        self.flow(to, from, edge).saturating_add(down)
    }

    /// How much can flow from one node to another over counts that are kept back: more over each without an end, less
    /// until nothing is left of it.
    fn flow(&self, from: Node, to: Node, without: Edge) -> u32 {
        let mut room = Room::new();
        for edge in self.kept_back.iter().filter(|it| **it != without) {
            room.entry(edge.0).or_default().insert(edge.1, ENDLESS);
            room.entry(edge.1).or_default().insert(edge.0, self.count(*edge));
        }
        let mut flow = 0;
        while flow < LEAST
            && let Some(path) = path(&room, from, to)
        {
            let narrowest = path.iter().filter_map(|(a, b)| room.get(a)?.get(b)).min().copied();
            let step = narrowest.unwrap_or_default().min(LEAST);
            for (a, b) in path {
                *room.entry(a).or_default().entry(b).or_default() -= step;
                *room.entry(b).or_default().entry(a).or_default() += step;
            }
            flow += step;
        }
        flow
    }

    /// What to keep back besides, so that more can flow around a count: the way round that keeps back least. A way that
    /// is `wide` lets ten flow around.
    fn beside(&self, bare: Edge, is_wide: bool) -> Vec<Edge> {
        let mut ways: BTreeMap<Node, Vec<(Node, Edge)>> = BTreeMap::new();
        for (edge, count) in self.counts.iter().filter(|(edge, _)| **edge != bare) {
            ways.entry(edge.0).or_default().push((edge.1, *edge));
            if !is_wide || *count >= LEAST {
                ways.entry(edge.1).or_default().push((edge.0, *edge));
            }
        }
        let cost = |edge: Edge| if self.kept_back.contains(&edge) { 0 } else { u64::from(self.count(edge)) };
        let (mut came_by, mut waiting) = (BTreeMap::new(), BTreeSet::from([(0_u64, bare.1, bare)]));
        while let Some((paid, at, by)) = waiting.pop_first() {
            if came_by.contains_key(&at) {
                continue;
            }
            came_by.insert(at, by);
            let ahead = ways.get(&at).into_iter().flatten();
            waiting.extend(ahead.map(|(next, edge)| (paid + cost(*edge), *next, *edge)));
        }
        let (mut way, mut at) = (Vec::new(), bare.0);
        while let Some(edge) = came_by.get(&at).filter(|_| at != bare.1) {
            way.push(*edge);
            at = if edge.0 == at { edge.1 } else { edge.0 };
        }
        way.retain(|it| !self.kept_back.contains(it));
        way
    }

    /// The smallest count that gives another its range once it is kept back as well.
    fn smallest(&self, bare: Edge) -> Option<Edge> {
        let shown = self.counts.iter().filter(|(edge, _)| !self.kept_back.contains(edge));
        let mut shown: Vec<_> = shown.map(|(edge, count)| (*count, *edge)).collect();
        shown.sort_unstable();
        let gives = |edge: Edge| {
            let mut with = self.clone();
            with.kept_back.insert(edge);
            with.range(bare) >= LEAST
        };
        shown.into_iter().map(|(_, edge)| edge).find(|edge| gives(*edge))
    }

    /// Keeps back until nothing that is kept back can be had from the rest. What is kept back never narrows a range.
    fn protected(mut self) -> Self {
        while let Some(bare) = self.kept_back.iter().copied().find(|it| self.range(*it) < LEAST) {
            let mut beside = self.beside(bare, false);
            if beside.is_empty() {
                beside = self.smallest(bare).map_or_else(|| self.beside(bare, true), |it| vec![it]);
            }
            // All that is kept back together can be anything.
            if beside.is_empty() {
                break;
            }
            self.kept_back.extend(beside);
        }
        self
    }

    /// A count that is shown.
    fn figure(&self, from: Node, to: Node) -> Option<u32> {
        let edge = (from, to);
        self.counts.get(&edge).copied().filter(|_| !self.kept_back.contains(&edge))
    }

    fn shown(&self, rows: usize, columns: usize) -> Vec<Vec<Option<u32>>> {
        let line = |row: usize| {
            let figure = |column: usize| match (row < rows, column < columns) {
                (true, true) => self.figure(Node::Row(0, row), Node::Column(column)),
                (true, false) => self.figure(Node::Source, Node::Row(0, row)),
                (false, true) => self.figure(Node::Column(column), Node::Sink),
                (false, false) => self.figure(Node::Sink, Node::Source),
            };
            (0..=columns).map(figure).collect()
        };
        (0..=rows).map(line).collect()
    }

    /// A line of figures, each between two nodes, with its total.
    fn line(&self, columns: usize, ends: impl Fn(usize) -> Edge, total: Edge) -> Vec<Option<u32>> {
        (0..columns).map(ends).chain([total]).map(|(from, to)| self.figure(from, to)).collect()
    }

    fn shown_groups(&self, groups: &[Vec<Vec<u32>>]) -> Groups {
        let columns = groups.iter().flatten().map(Vec::len).max().unwrap_or_default();
        let group = |group: usize, rows: &[Vec<u32>]| {
            let row = |row: usize| {
                let of = Node::Row(group, row);
                self.line(columns, |column| (of, Node::Part(group, column)), (Node::Group(group), of))
            };
            let all = |column| (Node::Part(group, column), Node::Column(column));
            Group {
                rows: (0..rows.len()).map(row).collect(),
                totals: self.line(columns, all, (Node::Source, Node::Group(group))),
            }
        };
        Groups {
            groups: groups.iter().enumerate().map(|(at, rows)| group(at, rows)).collect(),
            totals: self.line(columns, |it| (Node::Column(it), Node::Sink), (Node::Sink, Node::Source)),
        }
    }
}

/// Adds a count to each part of its way around.
fn add(counts: &mut BTreeMap<Edge, u32>, through: &[Node], count: u32) {
    let last = through.last().zip(through.first()).map(|(last, first)| (*last, *first));
    let ways = through.iter().zip(through.iter().skip(1)).map(|(from, to)| (*from, *to));
    for edge in ways.chain(last) {
        let sum = counts.entry(edge).or_insert(0_u32);
        *sum = sum.saturating_add(count);
    }
}

/// The shortest way with room on every part of it.
fn path(room: &Room, from: Node, to: Node) -> Option<Vec<Edge>> {
    let (mut came_from, mut waiting) = (BTreeMap::from([(from, from)]), VecDeque::from([from]));
    while let Some(at) = waiting.pop_front() {
        for (next, _) in room.get(&at).into_iter().flatten().filter(|(_, left)| **left > 0) {
            if !came_from.contains_key(next) {
                came_from.insert(*next, at);
                waiting.push_back(*next);
            }
        }
    }
    let (mut path, mut at) = (Vec::new(), to);
    while at != from {
        let before = *came_from.get(&at)?;
        path.push((before, at));
        at = before;
    }
    Some(path)
}

/// Rows of counts with a total behind each, and below them a row of totals; `None` for what is kept back.
#[must_use]
pub fn shown(cells: &[Vec<u32>]) -> Vec<Vec<Option<u32>>> {
    let columns = cells.iter().map(Vec::len).max().unwrap_or_default();
    Circulation::of(cells).protected().shown(cells.len(), columns)
}

/// A group of rows, each with its total behind it, and the totals of the group; `None` for what is kept back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The rows.
    pub rows: Vec<Vec<Option<u32>>>,
    /// The totals of its columns, and that of the group.
    pub totals: Vec<Option<u32>>,
}

/// Groups of rows, and the totals over all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groups {
    /// The groups.
    pub groups: Vec<Group>,
    /// The totals of the columns, and that of all.
    pub totals: Vec<Option<u32>>,
}

/// As [`shown`], of rows in groups. Zero is not shown either, but is no secret here: no number from 1 to 9 can be had by
/// who knows every zero.
#[must_use]
pub fn shown_in_groups(groups: &[Vec<Vec<u32>>]) -> Groups {
    Circulation::of_groups(groups).protected().shown_groups(groups)
}

#[cfg(test)]
mod tests;
