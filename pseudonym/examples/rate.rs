//! How many pseudonyms one core makes in a second: `cargo run --release -p samenloop-pseudonym --example rate`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use samenloop_core::value::Epoch;
use samenloop_pseudonym::{EpochKey, Identifier};

fn main() {
    let key = EpochKey::new("rate", Epoch::new(1), [7; 32]);
    let begun = Instant::now();
    let mut made = 0_u32;
    let mut number = 9_000_000_000_u64;
    while begun.elapsed() < Duration::from_secs(2) {
        for _ in 0..1000 {
            number += 1;
            if let Ok(identifier) = Identifier::parse_v_number(&number.to_string()) {
                black_box(key.place(&identifier));
                made += 1;
            }
        }
    }
    let rate = f64::from(made) / begun.elapsed().as_secs_f64();
    println!("{rate:.0} pseudonyms/s on one core, parsing included");
}
