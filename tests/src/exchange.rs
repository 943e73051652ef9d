//! One exchange: a kit in a directory of its own, and its hub as a process.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use crate::programs;

/// How long anything on this machine may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// A kit and its hub. The hub ends with it.
#[derive(Debug)]
pub struct Exchange {
    directory: Arc<tempfile::TempDir>,
    hub: Option<Child>,
}

/// What a command answered.
#[derive(Debug)]
pub struct Answer {
    /// Exit status.
    pub status: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Answer {
    fn of(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).expect("output is UTF-8"),
            err: String::from_utf8(output.stderr).expect("output is UTF-8"),
        }
    }

    /// Standard output as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Exchange {
    /// A kit without a running hub.
    ///
    /// # Panics
    /// When the kit cannot be written.
    #[must_use]
    pub fn kit() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let kit = directory.path().join("kit");
        let output =
            Command::new(&programs().keys_example).arg(&kit).output().expect("the kit's program runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self { directory: Arc::new(directory), hub: None }
    }

    /// A kit with its hub.
    ///
    /// # Panics
    /// When either does not start.
    #[must_use]
    pub fn start() -> Self {
        let mut exchange = Self::kit();
        exchange.start_hub();
        exchange
    }

    /// The same kit for another thread, which does not own the hub's process.
    #[must_use]
    pub fn view(&self) -> Self {
        Self { directory: Arc::clone(&self.directory), hub: None }
    }

    /// The directory of the kit.
    #[must_use]
    pub fn kit_directory(&self) -> PathBuf {
        self.directory.path().join("kit")
    }

    /// A directory for files of the test's own.
    #[must_use]
    pub fn scratch(&self) -> &Path {
        self.directory.path()
    }

    /// The command that serves this kit.
    #[must_use]
    pub fn hub_command(&self) -> Command {
        let mut command = Command::new(&programs().hub);
        command
            .arg("serve")
            .arg("--config")
            .arg(self.kit_directory().join("hub.toml"))
            .arg("--danger-example-keys");
        command
    }

    /// Starts the hub, and waits until it says that it listens.
    ///
    /// # Panics
    /// When it does not say so in time.
    pub fn start_hub(&mut self) {
        let command = self.hub_command();
        self.start_hub_as(command);
    }

    /// As [`Self::start_hub`], with a command of the test's own.
    ///
    /// # Panics
    /// When it does not say so in time.
    pub fn start_hub_as(&mut self, mut command: Command) {
        let log = std::fs::File::options().create(true).append(true).open(self.hub_log()).expect("a log");
        let earlier = usize::try_from(log.metadata().expect("a log").len()).expect("a log of this test");
        let mut hub = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("the hub runs");
        let begun = Instant::now();
        // Its own word: on loopback another program may answer at its port.
        loop {
            let log = std::fs::read(self.hub_log()).expect("a log");
            let said = String::from_utf8_lossy(log.get(earlier..).unwrap_or_default());
            if said.lines().any(|line| line.starts_with("listening on ")) {
                break;
            }
            let ended = hub.try_wait().expect("a child can be asked");
            assert!(ended.is_none(), "the hub ended: {said}");
            assert!(begun.elapsed() < PATIENCE, "the hub does not listen: {said}");
            std::thread::sleep(Duration::from_millis(10));
        }
        self.hub = Some(hub);
    }

    /// What the hub wrote to standard error so far.
    #[must_use]
    pub fn hub_log(&self) -> PathBuf {
        self.directory.path().join("hub.log")
    }

    /// Where the hub listens, read from its configuration.
    ///
    /// # Panics
    /// When the kit has no hub.toml.
    #[must_use]
    pub fn hub_address(&self) -> String {
        let text = std::fs::read_to_string(self.kit_directory().join("hub.toml")).expect("hub.toml");
        let line = text.lines().find_map(|line| line.strip_prefix("listen = ")).expect("listen");
        line.trim_matches('"').to_owned()
    }

    /// Ends the hub at once, as a power cut does to a process.
    pub fn kill_hub(&mut self) {
        if let Some(mut hub) = self.hub.take() {
            let _ = hub.kill();
            let _ = hub.wait();
        }
    }

    /// Asks the hub to end, and says with which status it did.
    ///
    /// # Panics
    /// When it does not end in time.
    pub fn stop_hub(&mut self) -> Option<i32> {
        let hub = self.hub.as_mut()?;
        let asked = Command::new("kill").args(["-TERM", &hub.id().to_string()]).status().expect("kill runs");
        assert!(asked.success());
        let status = self.wait_for_hub();
        self.hub = None;
        status
    }

    /// Waits until the hub has ended by itself.
    ///
    /// # Panics
    /// When it does not in time.
    pub fn wait_for_hub(&mut self) -> Option<i32> {
        let hub = self.hub.as_mut()?;
        let begun = Instant::now();
        loop {
            if let Some(status) = hub.try_wait().expect("a child can be asked") {
                return status.code();
            }
            assert!(begun.elapsed() < PATIENCE, "the hub does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A subcommand of `samenloop-hub` that is not `serve`.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn hub(&self, arguments: &[&str]) -> Answer {
        let config = self.kit_directory().join("hub.toml");
        let output = Command::new(&programs().hub).args(arguments).arg("--config").arg(config).output();
        Answer::of(output.expect("samenloop-hub runs"))
    }

    /// `samenloop` as one connection of the kit.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn run(&self, connection: &str, arguments: &[&str]) -> Answer {
        let output = self.command(connection, arguments).stdin(Stdio::null()).output();
        Answer::of(output.expect("samenloop runs"))
    }

    /// As [`Self::run`], with something on standard input.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn run_with(&self, connection: &str, arguments: &[&str], input: &[u8]) -> Answer {
        let mut running = self.begin(connection, arguments);
        running.write(input);
        running.answer()
    }

    /// Begins `samenloop` as one connection of the kit, and lets it run.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn begin(&self, connection: &str, arguments: &[&str]) -> Running {
        let mut command = self.command(connection, arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Running(command.spawn().expect("samenloop runs"))
    }

    /// The command `samenloop` of one connection, not yet started.
    #[must_use]
    pub fn command(&self, connection: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(&programs().samenloop);
        command.args(arguments).arg("--config").arg(self.kit_directory().join(format!("{connection}.toml")));
        command
    }

    /// Pushes lines of a file; `header` names its columns.
    #[must_use]
    pub fn push(&self, connection: &str, header: &str, lines: &[&str]) -> Answer {
        let file = format!("{header}\n{}\n", lines.join("\n"));
        self.run_with(connection, &["signal", "push", "-", "--json"], file.as_bytes())
    }

    /// Pushes lines that must all be accepted.
    ///
    /// # Panics
    /// When one is not.
    pub fn push_all(&self, connection: &str, header: &str, lines: &[&str]) {
        let answer = self.push(connection, header, lines);
        assert_eq!(answer.status, 0, "{connection}: {answer:?}");
        assert_eq!(answer.json()["accepted"], lines.len(), "{connection}: {answer:?}");
    }

    /// Waits two ticks: what was acked before is by then filed and told.
    pub fn two_ticks(&self) {
        std::thread::sleep(Duration::from_millis(2200));
    }

    /// The open alerts of a coordinator once there are so many, or after a minute: a large tick takes longer than its
    /// beat.
    ///
    /// # Panics
    /// When they cannot be listed.
    #[must_use]
    pub fn alerts_once(&self, coordinator: &str, wanted: usize) -> Vec<serde_json::Value> {
        let begun = Instant::now();
        loop {
            self.two_ticks();
            let alerts = self.alerts(coordinator);
            if alerts.len() >= wanted || begun.elapsed() > 3 * PATIENCE {
                return alerts;
            }
        }
    }

    /// The open alerts of a coordinator.
    ///
    /// # Panics
    /// When they cannot be listed.
    #[must_use]
    pub fn alerts(&self, coordinator: &str) -> Vec<serde_json::Value> {
        let answer = self.run(coordinator, &["alert", "list", "--json"]);
        assert_eq!(answer.status, 0, "{answer:?}");
        answer.json().as_array().expect("an array").clone()
    }
}

/// `samenloop` while it runs. Ends with this value.
#[derive(Debug)]
pub struct Running(Child);

impl Running {
    /// Writes to its standard input; a command that ended may not read everything.
    ///
    /// # Panics
    /// After its input was closed.
    pub fn write(&mut self, input: &[u8]) {
        let _ = self.0.stdin.as_mut().expect("an open input").write_all(input);
    }

    /// Waits until it says this on standard error, which its answer then holds from there on.
    ///
    /// # Panics
    /// When it does not in time.
    pub fn until_it_says(&mut self, what: &str) {
        let (mut pipe, wanted) = (self.0.stderr.take().expect("a pipe"), what.to_owned());
        let (told, heard) = mpsc::channel();
        std::thread::spawn(move || {
            let (mut said, mut byte) = (Vec::new(), [0]);
            while !said.ends_with(wanted.as_bytes()) {
                pipe.read_exact(&mut byte).expect("it goes on");
                said.extend(byte);
            }
            let _ = told.send(pipe);
        });
        let pipe = heard.recv_timeout(PATIENCE);
        self.0.stderr = Some(pipe.unwrap_or_else(|_| panic!("it does not say: {what}")));
    }

    /// Asks it to end, as Ctrl-C does, and waits for its end.
    ///
    /// # Panics
    /// When it cannot be asked.
    #[must_use]
    pub fn interrupted(self) -> Answer {
        let asked = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        assert!(asked.expect("kill runs").success());
        self.ended()
    }

    /// Waits until it ends by itself, with its input still open.
    ///
    /// # Panics
    /// When it does not in time.
    #[must_use]
    pub fn ended(mut self) -> Answer {
        let begun = Instant::now();
        while self.0.try_wait().expect("a child can be asked").is_none() {
            assert!(begun.elapsed() < PATIENCE, "it does not end: {:?}", self.0.kill());
            std::thread::sleep(Duration::from_millis(20));
        }
        self.answer()
    }

    /// Closes its input, and waits for its end.
    ///
    /// # Panics
    /// When it cannot be waited for.
    #[must_use]
    pub fn answer(mut self) -> Answer {
        drop(self.0.stdin.take());
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let (stdout, stderr) = (self.0.stdout.take(), self.0.stderr.take());
        // Both at once: a pipe that nobody reads stops its writer.
        std::thread::scope(|scope| {
            scope.spawn(|| stdout.expect("a pipe").read_to_end(&mut out).expect("output"));
            stderr.expect("a pipe").read_to_end(&mut err).expect("output");
        });
        Answer::of(Output { status: self.0.wait().expect("samenloop ends"), stdout: out, stderr: err })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.kill_hub();
    }
}

/// What a command did, as JSON.
///
/// # Panics
/// When it did not.
pub fn done(answer: &Answer) -> serde_json::Value {
    assert_eq!(answer.status, 0, "{answer:?}");
    answer.json()
}

/// Holds a command to be refused, with this on standard error.
///
/// # Panics
/// When it was not, or says something else.
pub fn refused(answer: &Answer, says: &str) {
    assert_eq!(answer.status, 1, "{answer:?}");
    assert!(answer.err.contains(says) && answer.out.is_empty(), "{says}: {answer:?}");
}

/// This month in Amsterdam as `YYYY-MM`, told by the system and not by the code under test.
///
/// # Panics
/// When the system has no `date`.
#[must_use]
pub fn this_month() -> String {
    date("now", "+%Y-%m")
}

/// The day in Amsterdam so many days from now as `YYYY-MM-DD`, told by the system.
///
/// # Panics
/// When the system has no `date`.
#[must_use]
pub fn day(from_now: i32) -> String {
    date(&format!("{from_now} days"), "+%Y-%m-%d")
}

fn date(when: &str, form: &str) -> String {
    let said = Command::new("date").env("TZ", "Europe/Amsterdam").args(["-d", when, form]).output();
    String::from_utf8(said.expect("date runs").stdout).expect("a date").trim().to_owned()
}
