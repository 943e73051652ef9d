//! Figures from which no small number can be had (V-45): counts by two axes with their totals, of which those under ten
//! are kept back, and others beside them so that no sum gives one back.
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
    Row(usize),
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
    /// Counts with their totals, of which those under [`LEAST`] are kept back.
    fn of(cells: &[Vec<u32>]) -> Self {
        let mut counts = BTreeMap::new();
        for (row, cells) in cells.iter().enumerate() {
            // What is zero is left out: who knows which rows and columns can have anything builds on it.
            for (column, count) in cells.iter().enumerate().filter(|(_, count)| **count > 0) {
                let (row, column) = (Node::Row(row), Node::Column(column));
                for edge in
                    [(Node::Source, row), (row, column), (column, Node::Sink), (Node::Sink, Node::Source)]
                {
                    let sum = counts.entry(edge).or_insert(0_u32);
                    *sum = sum.saturating_add(*count);
                }
            }
        }
        let small = counts.iter().filter(|(_, count)| **count < LEAST);
        Self { kept_back: small.map(|(edge, _)| *edge).collect(), counts }
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

    /// What to keep back besides, so that a count gets its range: the smallest that gives it, else the smallest there is.
    fn beside(&self, bare: Edge) -> Option<Edge> {
        let shown = self.counts.iter().filter(|(edge, _)| !self.kept_back.contains(edge));
        let mut shown: Vec<_> = shown.map(|(edge, count)| (*count, *edge)).collect();
        shown.sort_unstable();
        let gives = |edge: Edge| {
            let mut with = self.clone();
            with.kept_back.insert(edge);
            with.range(bare) >= LEAST
        };
        shown.iter().find(|(_, edge)| gives(*edge)).or(shown.first()).map(|(_, edge)| *edge)
    }

    /// Keeps back until nothing that is kept back can be had from the rest.
    fn protected(mut self) -> Self {
        while let Some(bare) = self.kept_back.iter().copied().find(|it| self.range(*it) < LEAST) {
            // All that is kept back together can be anything.
            let Some(edge) = self.beside(bare) else { break };
            self.kept_back.insert(edge);
        }
        self
    }

    fn shown(&self, rows: usize, columns: usize) -> Vec<Vec<Option<u32>>> {
        let line = |row: usize| {
            let edge = |column: usize| match (row < rows, column < columns) {
                (true, true) => (Node::Row(row), Node::Column(column)),
                (true, false) => (Node::Source, Node::Row(row)),
                (false, true) => (Node::Column(column), Node::Sink),
                (false, false) => (Node::Sink, Node::Source),
            };
            let figure = |it: Edge| self.counts.get(&it).copied().filter(|_| !self.kept_back.contains(&it));
            (0..=columns).map(edge).map(figure).collect()
        };
        (0..=rows).map(line).collect()
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

/// Rows of counts with a total behind each, and below them a row of totals; `None` for what is kept back. Zero is not
/// shown either, but is no secret: no number from 1 to 9 can be had by who knows every zero.
#[must_use]
pub fn shown(cells: &[Vec<u32>]) -> Vec<Vec<Option<u32>>> {
    let columns = cells.iter().map(Vec::len).max().unwrap_or_default();
    Circulation::of(cells).protected().shown(cells.len(), columns)
}

#[cfg(test)]
mod tests;
