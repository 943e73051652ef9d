//! What must be true of an exchange: plain lists, and everything recomputed from them at every tick.
//!
//! Written from the rule and the protocol, not from the engines: no index, no record, no room. The model knows
//! children: a rotation is nothing to it, but that a signal ends with the last epoch under which its agency
//! pushed it.

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

/// Days after which an alert goes to the fallback, in every region of the fixture.
const TERM_DAYS: u32 = 7;

/// Days for which an alert is kept after it lapsed.
const KEPT_DAYS: u32 = 30;

/// A child as one kind of identifier knows it.
pub(crate) type Subject = (u8, u8);

/// A child under the key of an epoch.
pub(crate) type Place = (u32, Subject);

/// A line that was acknowledged.
#[derive(Debug, Clone)]
pub(crate) enum Line {
    Put { sender: Sender, reference: u8, revision: u64, at: Vec<Place>, content: Content, month: Month },
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
    at: BTreeSet<Place>,
    /// Epochs under which it was pushed or withdrawn.
    known: BTreeSet<u32>,
    /// Epochs under which its last revision was pushed.
    named: BTreeSet<u32>,
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
    /// The day on which it ended.
    ended: Option<Day>,
    opened: Day,
    counted: Counted,
    regions: BTreeSet<String>,
    list: Vec<Life>,
    /// How often the circle of its owners widened, when it was last told.
    circle: u8,
    /// Lives that it lists or listed and that did not leave this child since, by the epoch that showed it.
    holds: BTreeSet<(u32, u32)>,
    /// It lost a signal that was pushed anew after its epoch had ended.
    bereft: bool,
    /// A sweep found that no life leads to it any more: how it ended is left.
    emptied: bool,
}

/// The exchange.
pub(crate) struct Model {
    pub(crate) today: Day,
    pub(crate) taking_part: [bool; SENDERS.len()],
    waiting: Vec<Line>,
    lives: Vec<Life>,
    alerts: Vec<Alert>,
    born: u32,
    /// Epochs that were in use at a tick, and whose keys are not gone.
    kept: BTreeSet<u32>,
    gone: BTreeSet<u32>,
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
            kept: BTreeSet::new(),
            gone: BTreeSet::new(),
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

    /// The keys of an epoch are gone, and with them all that only it knew.
    pub(crate) fn destroyed(&mut self, epoch: u32) {
        self.gone.insert(epoch);
        self.kept.remove(&epoch);
        for life in &mut self.lives {
            life.known.remove(&epoch);
            life.at.retain(|it| it.0 != epoch);
        }
        self.lives.retain(|it| !it.known.is_empty());
        self.alerts.iter_mut().for_each(|it| it.holds.retain(|(shown, _)| *shown != epoch));
    }

    /// Forgets what is past its term, also where it is shown.
    pub(crate) fn sweep(&mut self) {
        for life in self.lives.extract_if(.., |it| it.until.last_day() < self.today) {
            self.alerts.iter_mut().for_each(|alert| alert.forget(life.number));
        }
        for alert in &mut self.alerts {
            alert.emptied |= !alert.open && alert.list.is_empty() && alert.holds.is_empty();
        }
    }

    /// A tick under a manifest in which these epochs are live.
    pub(crate) fn tick(&mut self, live: &BTreeSet<u32>) -> Ticked {
        let live = live - &self.gone;
        self.kept.extend(&live);
        let waiting = std::mem::take(&mut self.waiting);
        let lines = waiting.len();
        let mut touched = BTreeSet::new();
        for line in waiting {
            match line {
                Line::Put { .. } => touched.extend(self.put(line, &live)),
                Line::Withdraw { sender, reference } => self.withdraw(sender, reference, &live),
            }
        }
        let kept = |ended: Day| ended.days_until(self.today).is_some_and(|days| days <= KEPT_DAYS);
        self.alerts.retain(|it| it.ended.is_none_or(kept));
        let mut told = self.leave_what_ended(&live);
        let (live_places, ended): (Vec<Place>, Vec<Place>) =
            touched.into_iter().partition(|it| live.contains(&it.0));
        for place in live_places.into_iter().chain(ended) {
            told.extend(self.judge(place, &live));
        }
        for at in 0..self.alerts.len() {
            if self.alerts[at].open {
                let list = self.alerts[at].list.iter().filter(|it| self.is_active(it)).cloned().collect();
                told.extend(self.alerts[at].follow(list, self.today).then_some(at));
            }
        }
        let mut told: Vec<_> = told.into_iter().map(|at| self.alerts[at].view()).collect();
        told.sort();
        Ticked { lines, told }
    }

    fn is_active(&self, life: &Life) -> bool {
        !life.withdrawn && life.until.last_day() >= self.today && self.taking_part[life.sender]
    }

    /// Applies the rule to a child under the key of an epoch; returns the alert that is to be told. Under the key
    /// of an epoch that ended, no alert opens.
    fn judge(&mut self, (epoch, subject): Place, live: &BTreeSet<u32>) -> Option<usize> {
        let is_here = |it: &&Life| {
            it.at.contains(&(epoch, subject)) && it.has_kind(subject.0, live) && it.named.contains(&epoch)
        };
        let here: Vec<_> = self.lives.iter().filter(is_here).cloned().collect();
        let mut list: Vec<_> = here.iter().filter(|it| self.is_active(it)).cloned().collect();
        let found = (0..self.alerts.len()).find(|at| self.is_of(&self.alerts[*at], (epoch, subject), &here));
        let at = match found {
            Some(at) => at,
            None if live.contains(&epoch) && converges(&list) => {
                self.alerts.push(Alert::open(subject, self.today, list.clone()));
                self.alerts.len() - 1
            }
            None => return None,
        };
        let copies =
            self.alerts[at].list.iter().filter(|it| here.iter().all(|here| here.number != it.number));
        list.extend(copies.filter(|it| self.is_active(it)).cloned().collect::<Vec<_>>());
        let alert = &mut self.alerts[at];
        let told = alert.follow(list, self.today) || found.is_none();
        let shown = here.iter().map(|it| it.number).filter(|it| alert.list.iter().any(|of| of.number == *it));
        alert.holds.extend(shown.map(|it| (epoch, it)));
        told.then_some(at)
    }

    /// Whether an open alert is of the child whose signals are here: one of them showed it under this key, or two
    /// organisations stand here whose signals stand together under another key that showed it.
    fn is_of(&self, alert: &Alert, (epoch, subject): Place, here: &[Life]) -> bool {
        let shows =
            |epoch, together: &[&Life]| together.iter().any(|it| alert.holds.contains(&(epoch, it.number)));
        let elsewhere = self.kept.iter().filter(|other| **other != epoch).any(|other| {
            let together: Vec<_> = here.iter().filter(|it| it.at.contains(&(*other, subject))).collect();
            let there = together.iter().filter(|it| self.taking_part[it.sender]);
            let organisations: BTreeSet<_> = there.map(|it| SENDERS[it.sender].1).collect();
            organisations.len() >= 2 && shows(*other, &together)
        });
        let here: Vec<_> = here.iter().collect();
        alert.open && alert.subject == subject && (elsewhere || shows(epoch, &here))
    }

    /// What no live epoch holds is on no open alert. What this ends has ended before children are judged.
    fn leave_what_ended(&mut self, live: &BTreeSet<u32>) -> BTreeSet<usize> {
        let mut told = BTreeSet::new();
        for at in 0..self.alerts.len() {
            let alert = &self.alerts[at];
            if !alert.open {
                continue;
            }
            let lives = self.lives.iter().filter(|it| it.has_kind(alert.subject.0, live));
            let there: BTreeSet<_> = lives.map(|it| it.number).collect();
            let has_ended = |it: &Life| !there.contains(&it.number) && it.until.last_day() >= self.today;
            let ended = alert.bereft || alert.list.iter().any(has_ended);
            let list: Vec<_> = alert.list.iter().filter(|it| !has_ended(it)).cloned().collect();
            let list = list.into_iter().filter(|it| self.is_active(it)).collect();
            let alert = &mut self.alerts[at];
            alert.bereft = false;
            if ended && alert.follow(list, self.today) {
                told.insert(at);
            }
        }
        told
    }

    /// Files a put; returns the places of the children that it touched.
    fn put(&mut self, line: Line, live: &BTreeSet<u32>) -> BTreeSet<Place> {
        let Line::Put { sender, reference, revision, at, content, month } = line else {
            return BTreeSet::new();
        };
        let filed: BTreeSet<Place> = at.iter().filter(|it| self.kept.contains(&it.0)).copied().collect();
        let until = month.plus(content.term);
        let same = self.lives.iter().position(|it| (it.sender, it.reference) == (sender, reference));
        let Some(same) = same else {
            if !filed.is_empty() {
                self.born += 1;
                let epochs: BTreeSet<_> = filed.iter().map(|it| it.0).collect();
                let (known, named, at) = (epochs.clone(), epochs, filed.clone());
                let (number, cap, withdrawn) = (self.born, month.plus(24), false);
                #[rustfmt::skip]
                self.lives.push(Life {
                    number, sender, reference, revision, content, month, until, cap, withdrawn, at, known, named,
                });
            }
            return filed;
        };
        let life = &mut self.lives[same];
        if life.until.last_day() < self.today {
            // An expired reference is as good as absent.
            let number = life.number;
            self.alerts.iter_mut().for_each(|alert| alert.forget(number));
            self.lives.remove(same);
            return self.put(Line::Put { sender, reference, revision, at, content, month }, live);
        }
        if life.withdrawn {
            life.known.extend(live);
            return BTreeSet::new();
        }
        if revision < life.revision {
            return BTreeSet::new();
        }
        let replaces = revision > life.revision;
        if replaces {
            (life.revision, life.content, life.month) = (revision, content, month);
            life.until = until.min(life.cap);
            life.named.clear();
        }
        life.named.extend(filed.iter().map(|it| it.0));
        let mut touched = BTreeSet::new();
        for kind in [1, 2] {
            let (old, new) = (of_kind(&life.at, kind), of_kind(&filed, kind));
            let is_same_child = !old.is_disjoint(&new);
            let is_other_child = old.iter().any(|it| new.iter().any(|new| new.0 == it.0)) && !is_same_child;
            if !replaces && (new.is_subset(&old) || is_other_child) {
                // Only adds other kinds of identifier and other epochs; another child takes a higher revision.
                continue;
            }
            touched.extend(&new);
            let stays = |epoch: &u32| is_same_child && (!replaces || !live.contains(epoch));
            life.at.retain(|it| it.1.0 != kind || stays(&it.0));
            life.at.extend(&new);
            let number = life.number;
            let alerts = self.alerts.iter_mut().filter(|it| it.subject.0 == kind);
            if !is_same_child && (replaces || !old.is_empty()) {
                // Nothing says that this is still the child of before; after its epoch ended, nothing could.
                let begins_anew = !is_other_child && !old.is_empty() && !new.is_empty();
                for alert in alerts {
                    alert.bereft |= begins_anew && alert.list.iter().any(|it| it.number == number);
                    alert.forget(number);
                }
            }
        }
        let life = &mut self.lives[same];
        let epochs: BTreeSet<_> = life.at.iter().map(|it| it.0).collect();
        // An alert that ended is the child's under another key too.
        let (number, new) = (life.number, &epochs - &life.known);
        let held = self.alerts.iter_mut().filter(|it| !it.open && it.holds.iter().any(|it| it.1 == number));
        held.for_each(|it| it.holds.extend(new.iter().map(|epoch| (*epoch, number))));
        life.known.extend(epochs);
        touched
    }

    fn withdraw(&mut self, sender: Sender, reference: u8, live: &BTreeSet<u32>) {
        for life in self.lives.iter_mut().filter(|it| (it.sender, it.reference) == (sender, reference)) {
            // What expired is as good as absent: no tombstone, but on no alert any more either.
            life.withdrawn = life.withdrawn || life.until.last_day() >= self.today;
            life.known.extend(live);
            life.at.clear();
            self.alerts.iter_mut().for_each(|alert| alert.forget(life.number));
        }
    }
}

impl Alert {
    fn open(subject: Subject, opened: Day, list: Vec<Life>) -> Self {
        let (counted, regions) = (counted(&list), regions(&list));
        let (circle, holds) = (0, BTreeSet::new());
        Self {
            subject,
            open: true,
            ended: None,
            opened,
            counted,
            regions,
            list,
            circle,
            holds,
            bereft: false,
            emptied: false,
        }
    }

    fn forget(&mut self, life: u32) {
        self.list.retain(|it| it.number != life);
        self.holds.retain(|it| it.1 != life);
    }

    /// Takes what is active now; returns whether that is told. After the term of its regions the fallback is told,
    /// after twice that the national one, and after ninety days it ends: here nobody picks anything up.
    fn follow(&mut self, list: Vec<Life>, today: Day) -> bool {
        self.list = list;
        let now = counted(&self.list);
        let joined =
            !now.domains.is_subset(&self.counted.domains) || !regions(&self.list).is_subset(&self.regions);
        let waited = self.opened.days_until(today).unwrap_or_default();
        self.open = converges(&self.list) && waited <= 90;
        if !self.open {
            self.ended = Some(today);
            return true;
        }
        (self.counted, self.regions) = (now, regions(&self.list));
        let circle = u8::from(waited > TERM_DAYS) + u8::from(waited > 2 * TERM_DAYS);
        let widened = circle > self.circle;
        self.circle = circle;
        joined || widened
    }

    fn view(&self) -> View {
        let mut signals: Vec<_> = self.list.iter().map(Life::shown).collect();
        signals.sort();
        View {
            open: self.open,
            kind: self.subject.0,
            opened: self.opened,
            regions: self.regions.clone(),
            counted: if self.emptied { Counted::default() } else { self.counted.clone() },
            signals,
        }
    }
}

impl Life {
    fn has_kind(&self, kind: u8, live: &BTreeSet<u32>) -> bool {
        self.at.iter().any(|it| it.1.0 == kind && live.contains(&it.0))
    }

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

fn of_kind(places: &BTreeSet<Place>, kind: u8) -> BTreeSet<Place> {
    places.iter().filter(|it| it.1.0 == kind).copied().collect()
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
