//! samenloop-store
