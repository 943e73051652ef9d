//! samenloop-client
