//! What agencies and coordinators run: signals in, alerts out.
//!
//! A supplier of a case system uses this library; the binary `samenloop` is a thin layer over [`cli`].
//! An identity enters through [`input`] and leaves as a pseudonym in [`prepare`]; nothing in between is
//! written, printed or sent. Knows nothing of how the hub keeps or judges what it gets.

pub mod alert;
pub mod audit;
pub mod cli;
pub mod clock;
pub mod codes;
pub mod config;
pub mod contact;
mod core_dump;
pub mod desk;
pub mod details;
pub mod document;
#[cfg(test)]
mod fixture;
pub mod follow;
mod hex;
pub mod hub;
pub mod inbox;
pub mod input;
pub mod journal;
pub mod key;
pub mod language;
pub mod leaving;
pub mod manifest;
pub mod membership;
mod message;
pub mod number;
pub mod own;
pub mod prepare;
pub mod push;
pub mod quarter;
pub mod refusal;
pub mod remark;
pub mod report;
pub mod rights;
pub mod trace;
