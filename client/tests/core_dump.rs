//! The running command, as the system sees it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests only")]

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Ends the command with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_crash_of_the_command_leaves_no_core_dump() {
    let directory = tempfile::tempdir().unwrap();
    // Whoever reads a pipe that nobody writes waits.
    let pipe = directory.path().join("config");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let command = Command::new(env!("CARGO_BIN_EXE_samenloop"))
        .args(["signal", "list", "--config"])
        .arg(&pipe)
        .stdin(Stdio::null())
        .spawn();
    let running = Running(command.unwrap());
    let limits = format!("/proc/{}/limits", running.0.id());
    let begun = Instant::now();
    loop {
        let limits = std::fs::read_to_string(&limits).unwrap();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        let words: Vec<_> = core.split_whitespace().skip(4).collect();
        if words[..2] == ["0", "0"] {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{core}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
