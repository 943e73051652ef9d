//! Alerting.
