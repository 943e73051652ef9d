//! tmp
pub mod clock;
pub mod config;
pub mod details;
pub mod input;
pub mod journal;
pub mod keys;
pub mod language;
pub mod membership;
pub mod prepare;
pub mod refusal;
