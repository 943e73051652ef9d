//! The rooms. A room takes values and returns a change; rooms do not call doors, engines or clocks.

pub mod admission;
pub mod alerting;
pub mod convergence;
pub mod filing;
pub mod followup;
pub mod rights;
