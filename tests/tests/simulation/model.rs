//! What must be true of an exchange: plain lists, and everything recomputed from them at every tick.
//!
//! Written from the rule and the protocol, not from the engines: no index, no record, no room.

use std::collections::BTreeSet;

use samenloop_core::value::{Day, Month};

use super::operation::{Content, Sender};

/// Connection, legal entity and domain; whether the domain's own observations count.
pub(crate) const SENDERS: [(&str, &str, &str, bool); 6] = [
    ("school-west", "school-west", "onderwijs", true),
    ("gemeente-west", "gemeente-west", "sociaal-domein", true),
    ("leerplicht-west", "gemeente-west", "onderwijs", true),
    ("politie-west", "politie-west", "politie-justitie", true),
    ("coa-noord", "coa-noord", "asielketen", true),
    ("riec-west", "riec-west", "bestuur-veiligheid", false),
];

/// A child as one kind of identifier knows it.
pub(crate) type Subject = (u8, u8);

/// A line that was acknowledged.
#[derive(Debug, Clone)]
pub(crate) enum Line {
    Put { sender: Sender, reference: u8, revision: u64, at: Vec<Subject>, content: Content, month: Month },
    Withdraw { sender: Sender, reference: u8 },
}

/// One reference from its first put to the end of its term; the same reference later is another life.
#[derive(Debug, Clone)]
struct Life {
    number: u32,
    sender: Sender,
    reference: u8,
    revision: u64,
    content: Content,
    month: Month,
    until: Month,
    cap: Month,
    withdrawn: bool,
    at: Vec<Subject>,
}

/// A signal as an alert shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shown {
    pub(crate) sender: String,
    pub(crate) reference: u64,
    pub(crate) revision: u64,
    pub(crate) hard: bool,
    pub(crate) code: Option<String>,
    pub(crate) until: Month,
    pub(crate) counts: bool,
}

/// What the rule compares.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Counted {
    pub(crate) domains: BTreeSet<String>,
    pub(crate) organisations: BTreeSet<String>,
    pub(crate) pairs: usize,
    pub(crate) hard: bool,
}

/// An alert as a coordinator gets it, whatever its number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct View {
    pub(crate) open: bool,
    pub(crate) kind: u8,
    pub(crate) opened: Day,
    pub(crate) regions: BTreeSet<String>,
    pub(crate) counted: Counted,
    pub(crate) signals: Vec<Shown>,
}

struct Alert {
    subject: Subject,
    open: bool,
    opened: Day,
    counted: Counted,
    regions: BTreeSet<String>,
    list: Vec<Life>,
    /// Lives that it lists or listed, and that did not leave this child since.
    holds: BTreeSet<u32>,
}

/// The exchange.
pub(crate) struct Model {
    pub(crate) today: Day,
    pub(crate) taking_part: [bool; SENDERS.len()],
    waiting: Vec<Line>,
    lives: Vec<Life>,
    alerts: Vec<Alert>,
    born: u32,
}

/// What a tick did: lines filed, and the alerts to tell.
pub(crate) struct Ticked {
    pub(crate) lines: usize,
    pub(crate) told: Vec<View>,
}

impl Model {
    pub(crate) fn new(today: Day) -> Self {
        Self {
            today,
            taking_part: [true; SENDERS.len()],
            waiting: Vec::new(),
            lives: Vec::new(),
            alerts: Vec::new(),
            born: 0,
        }
    }

    /// An ack was given for this line: from now on it may not get lost.
    pub(crate) fn acknowledged(&mut self, line: Line) {
        self.waiting.push(line);
    }

    pub(crate) fn views(&self) -> Vec<View> {
        let mut views: Vec<_> = self.alerts.iter().map(Alert::view).collect();
        views.sort();
        views
    }

    pub(crate) fn tick(&mut self) -> Ticked {
        let waiting = std::mem::take(&mut self.waiting);
        let lines = waiting.len();
        let mut touched = BTreeSet::new();
        for line in waiting {
            match line {
                Line::Put { .. } => touched.extend(self.put(line)),
                Line::Withdraw { sender, reference } => self.withdraw(sender, reference),
            }
        }
        let mut told = Vec::new();
        let mut judged = BTreeSet::new();
        for subject in touched {
            let here: Vec<_> = self.lives.iter().filter(|it| it.at.contains(&subject)).cloned().collect();
            let active: Vec<_> = here.iter().filter(|it| self.is_active(it)).cloned().collect();
            let found = self.alerts.iter().position(|alert| {
                alert.open
                    && alert.subject == subject
                    && here.iter().any(|it| alert.holds.contains(&it.number))
            });
            match found {
                Some(at) => {
                    judged.insert(at);
                    told.extend(self.alerts[at].follow(active));
                }
                None if converges(&active) => {
                    let alert = Alert::open(subject, self.today, active);
                    judged.insert(self.alerts.len());
                    told.push(alert.view());
                    self.alerts.push(alert);
                }
                None => {}
            }
        }
        for at in (0..self.alerts.len()).filter(|at| !judged.contains(at)) {
            if self.alerts[at].open {
                let list = self.alerts[at].list.iter().filter(|it| self.is_active(it)).cloned().collect();
                told.extend(self.alerts[at].follow(list));
            }
        }
        told.sort();
        Ticked { lines, told }
    }

    fn is_active(&self, life: &Life) -> bool {
        !life.withdrawn && life.until.last_day() >= self.today && self.taking_part[life.sender]
    }

    /// Files a put; returns the children that it touched.
    fn put(&mut self, line: Line) -> Vec<Subject> {
        let Line::Put { sender, reference, revision, at, content, month } = line else { return Vec::new() };
        let until = month.plus(content.term);
        let same = self.lives.iter().position(|it| (it.sender, it.reference) == (sender, reference));
        let Some(same) = same else {
            self.born += 1;
            let cap = month.plus(24);
            let number = self.born;
            let withdrawn = false;
            let at_first = at.clone();
            self.lives.push(Life {
                number,
                sender,
                reference,
                revision,
                content,
                month,
                until,
                cap,
                withdrawn,
                at,
            });
            return at_first;
        };
        if self.lives[same].until.last_day() < self.today {
            // An expired reference is as good as absent.
            let number = self.lives[same].number;
            self.alerts.iter_mut().for_each(|alert| alert.forget(number));
            self.lives.remove(same);
            return self.put(Line::Put { sender, reference, revision, at, content, month });
        }
        let life = &mut self.lives[same];
        if life.withdrawn || revision < life.revision {
            return Vec::new();
        }
        if revision == life.revision {
            // Other kinds of identifier of the same child; another child takes a higher revision.
            let is_new = |it: &Subject| !life.at.iter().any(|(kind, _)| *kind == it.0);
            let new: Vec<_> = at.into_iter().filter(is_new).collect();
            life.at.extend(&new);
            return new;
        }
        let left: Vec<_> = life.at.iter().filter(|it| !at.contains(it)).copied().collect();
        (life.revision, life.content, life.month, life.at) = (revision, content, month, at.clone());
        life.until = until.min(life.cap);
        let number = life.number;
        for alert in self.alerts.iter_mut().filter(|it| left.contains(&it.subject)) {
            alert.forget(number);
        }
        at
    }

    fn withdraw(&mut self, sender: Sender, reference: u8) {
        for life in self.lives.iter_mut().filter(|it| (it.sender, it.reference) == (sender, reference)) {
            // What expired is as good as absent: no tombstone, but on no alert any more either.
            life.withdrawn = life.withdrawn || life.until.last_day() >= self.today;
            life.at.clear();
            self.alerts.iter_mut().for_each(|alert| alert.forget(life.number));
        }
    }
}

impl Alert {
    fn open(subject: Subject, opened: Day, list: Vec<Life>) -> Self {
        let (counted, regions) = (counted(&list), regions(&list));
        let holds = list.iter().map(|it| it.number).collect();
        Self { subject, open: true, opened, counted, regions, list, holds }
    }

    fn forget(&mut self, life: u32) {
        self.list.retain(|it| it.number != life);
        self.holds.remove(&life);
    }

    /// Takes what is active now; returns what is told of it.
    fn follow(&mut self, list: Vec<Life>) -> Option<View> {
        self.holds.extend(list.iter().map(|it| it.number));
        self.list = list;
        let now = counted(&self.list);
        let joined =
            !now.domains.is_subset(&self.counted.domains) || !regions(&self.list).is_subset(&self.regions);
        self.open = converges(&self.list);
        if self.open {
            (self.counted, self.regions) = (now, regions(&self.list));
        }
        (joined || !self.open).then(|| self.view())
    }

    fn view(&self) -> View {
        let mut signals: Vec<_> = self.list.iter().map(Life::shown).collect();
        signals.sort();
        View {
            open: self.open,
            kind: self.subject.0,
            opened: self.opened,
            regions: self.regions.clone(),
            counted: self.counted.clone(),
            signals,
        }
    }
}

impl Life {
    fn counts(&self) -> bool {
        !self.content.hearsay && SENDERS[self.sender].3
    }

    fn shown(&self) -> Shown {
        Shown {
            sender: SENDERS[self.sender].0.to_owned(),
            reference: u64::from(self.reference),
            revision: self.revision,
            hard: self.content.hard,
            code: self.content.code.map(str::to_owned),
            until: self.until,
            counts: self.counts(),
        }
    }
}

fn regions(list: &[Life]) -> BTreeSet<String> {
    list.iter().map(|it| if it.content.noord { "noord" } else { "west" }.to_owned()).collect()
}

fn counted(list: &[Life]) -> Counted {
    let mut counted = Counted::default();
    let mut pairs = Vec::new();
    for life in list.iter().filter(|it| it.counts()) {
        let (_, organisation, domain, _) = SENDERS[life.sender];
        counted.domains.insert(domain.to_owned());
        counted.organisations.insert(organisation.to_owned());
        counted.hard |= life.content.hard;
        if !pairs.contains(&(organisation, life.content.code)) {
            pairs.push((organisation, life.content.code));
        }
    }
    counted.pairs = pairs.len();
    counted
}

fn converges(list: &[Life]) -> bool {
    let Counted { domains, organisations, pairs, hard } = counted(list);
    domains.len() >= 2 && organisations.len() >= 2 && ((hard && pairs >= 2) || pairs >= 3)
}
