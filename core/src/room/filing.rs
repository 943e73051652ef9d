//! Filing.
