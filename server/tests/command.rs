//! The command line of `samenloop-hub`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::process::{Command, Output};

fn hub(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_samenloop-hub"))
        .args(arguments)
        .env_remove("SAMENLOOP_CONFIG")
        .output()
        .unwrap()
}

fn told(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8(output.stderr.clone()).unwrap())
}

#[test]
fn wrong_usage_exits_with_2() {
    for arguments in [
        &["check"][..],
        &["--config"],
        &[],
        &["serve", "--no-such-flag"],
        &["verify", "--danger-example-keys", "--config", "hub.toml"],
    ] {
        let (status, told) = told(&hub(arguments));
        assert_eq!(status, Some(2), "{arguments:?}: {told}");
        assert!(!told.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_configuration_that_cannot_be_read_exits_with_1_and_names_the_file() {
    for command in ["check", "serve", "verify", "rebuild"] {
        // Before the command and after it.
        for arguments in [["--config", "no-such.toml", command], [command, "--config", "no-such.toml"]] {
            let (status, told) = told(&hub(&arguments));
            assert_eq!(status, Some(1), "{told}");
            assert!(told.contains("no-such.toml"), "{told}");
        }
    }
}

#[test]
fn json_prints_one_object_and_nothing_on_stderr() {
    for arguments in
        [["--json", "check", "--config", "no-such.toml"], ["check", "--config", "no-such.toml", "--json"]]
    {
        let output = hub(&arguments);
        let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(printed["ok"], false);
        assert!(printed["problems"][0].as_str().unwrap().contains("no-such.toml"));
        assert_eq!(told(&output), (Some(1), String::new()));
    }
}
