//! A clock that is an hour off changes nothing.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use samenloop_client::config::Config;
use samenloop_client::hub::Hub;
use samenloop_client::input::{Reader, Source};
use samenloop_client::journal::Journal;
use samenloop_client::membership::Membership;
use samenloop_client::push::{Observer, Push, Totals};
use samenloop_client::refusal::Refusal;
use samenloop_core::clock::Clock;
use samenloop_core::value::Day;
use samenloop_tests::{Exchange, bsn, day};

use super::HEADER;

/// A machine whose clock is so many seconds off, and therefore says this day.
pub(crate) struct Off {
    pub(crate) seconds: i64,
    pub(crate) day: String,
}

impl Clock for Off {
    fn unix_seconds(&self) -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs()
            .checked_add_signed(self.seconds)
            .unwrap()
    }

    fn today(&self) -> Day {
        Day::parse(&self.day).unwrap()
    }
}

#[derive(Default)]
struct Refused(Vec<&'static str>);

impl Observer for Refused {
    fn refused(&mut self, _: u64, refusal: &Refusal) {
        self.0.push(refusal.name());
    }
    fn withdrawn_earlier(&mut self, _: u64) {}
    fn progress(&mut self, _: &Totals) {}
    fn waiting(&mut self) {}
}

/// Pushes a file by this clock; gives the totals and why lines were refused.
pub(crate) fn push_by(
    exchange: &Exchange,
    connection: &str,
    clock: Off,
    file: &str,
) -> (Totals, Vec<&'static str>) {
    let config = Config::read(&exchange.kit_directory().join(format!("{connection}.toml"))).unwrap();
    let mut journal = Journal::open(config.journal()).unwrap();
    let membership = Membership::load(config, clock.today()).unwrap();
    let agency = std::sync::Arc::new(membership.agency(clock.today()).unwrap());
    let reader =
        Reader::new(Source::stream(std::io::Cursor::new(file.as_bytes().to_vec())).unwrap()).unwrap();
    let mut refused = Refused::default();
    let pushed = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let hub = Hub::new(&membership).unwrap();
        let (journal, observer) = (&mut journal, &mut refused);
        let push = Push { hub: &hub, journal, clock: &clock, observer, wait: Duration::ZERO };
        push.file(agency, reader, |_, _| ()).await
    });
    (pushed.map_err(|(_, fault)| fault).unwrap(), refused.0)
}

/// An hour before and after midnight the day is another one as well.
#[test]
fn an_agency_whose_clock_is_an_hour_off_pushes_as_others_do() {
    let exchange = Exchange::start();
    let month = &day(-35)[..7];
    let clocks = [(3600, 0), (-3600, 0), (3600, 1), (-3600, -1)];
    for (child, (seconds, days)) in (0..).zip(clocks) {
        let clock = Off { seconds, day: day(days) };
        let line = format!("p-{child};{};hard;{month};west\n", bsn(child));
        let (totals, refused) = push_by(&exchange, "politie-west", clock, &format!("{HEADER}\n{line}"));
        assert_eq!((totals.accepted, refused.len()), (1, 0), "{seconds} {days}: {refused:?}");
        exchange.push_all("school-west", HEADER, &[&line.trim().replace("hard", "zacht")]);
    }
    exchange.two_ticks();
    assert_eq!(exchange.alerts("zorgcoordinator-west").len(), clocks.len());
    // What was sent with a fast clock is replaced by what is sent later with a right one.
    let corrected: Vec<_> = (0..4).map(|it| format!("p-{it};{};zacht;{month};west", bsn(it))).collect();
    let corrected: Vec<_> = corrected.iter().map(String::as_str).collect();
    exchange.push_all("politie-west", HEADER, &corrected);
    exchange.two_ticks();
    assert_eq!(exchange.alerts("zorgcoordinator-west").len(), 0, "two soft signals do not converge");
}
