//! samenloop-server
