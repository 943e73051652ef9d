//! samenloop-tests
