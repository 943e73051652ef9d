//! samenloop-keys-example
