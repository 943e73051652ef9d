//! Random sequences on both engines, beside a naive model of what must be true.
//!
//! **A failure** is: an engine's fault; an alert that the model does not have, or the other way round; an alert
//! with other signals, numbers, regions or day than the model's; a signal listed twice; news of other alerts than
//! those that opened, that a domain joined, or that lapsed; an acknowledged line that no tick files, or that two
//! do; a sequence number or tick number with a gap; any of these after a crash.
//!
//! **No failure** is: the order of alerts and their random numbers; a lapsed alert that stays lapsed while the
//! rows of its child converge again, until somebody pushes a signal of that child (a repeat of the same
//! revision is no such push); a connection that is restored and whose signals an alert lists only once its child
//! is touched; two alerts on one child by two kinds of identifier; the time that anything takes.
//!
//! Sequences come from seeds, which a failure prints with the smallest sequence that still fails.
//! `SAMENLOOP_SIMULATION_SEEDS` runs more of them, `SAMENLOOP_SIMULATION_FIRST` begins at another seed. What
//! was found so is kept below as a test with a name.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a simulation that cannot go on fails"
)]

#[path = "simulation/engine.rs"]
mod engine;
#[path = "simulation/model.rs"]
mod model;
#[path = "simulation/operation.rs"]
mod operation;
#[path = "simulation/run.rs"]
mod run;

use engine::{Engine, Memory, Sled};
use operation::{Operation, sequence};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

/// Seeds that run unless the environment asks for more.
const SEEDS: u64 = 300;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|it| it.parse().ok()).unwrap_or(otherwise)
}

fn on<E: Engine>(engine: E, operations: &[Operation]) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(run::run(engine, operations))
}

fn on_memory(operations: &[Operation]) -> Result<(), String> {
    on(Memory::new(), operations)
}

fn on_sled(operations: &[Operation]) -> Result<(), String> {
    on(Sled::new().map_err(|fault| fault.to_string())?, operations)
}

fn simulate(engine: impl Fn(&[Operation]) -> Result<(), String>, seeds: u64) {
    let first = number("SAMENLOOP_SIMULATION_FIRST", 0);
    for seed in first..first + seeds {
        let config =
            Config { cases: 1, failure_persistence: None, max_shrink_iters: 4096, ..Config::default() };
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        let outcome = runner.run(&sequence(), |operations| engine(&operations).map_err(TestCaseError::fail));
        match outcome {
            Ok(()) => {}
            Err(TestError::Fail(why, smallest)) => {
                let steps: Vec<_> = smallest.iter().map(|it| format!("{it:?}")).collect();
                panic!("seed {seed}: {why}\n{}", steps.join(",\n"))
            }
            Err(TestError::Abort(why)) => panic!("seed {seed}: {why}"),
        }
    }
}

#[test]
fn the_memory_engine_does_what_the_model_says() {
    simulate(on_memory, number("SAMENLOOP_SIMULATION_SEEDS", SEEDS));
}

#[test]
fn the_sled_engine_does_what_the_model_says_through_crashes() {
    simulate(on_sled, number("SAMENLOOP_SIMULATION_SEEDS", SEEDS));
}
