//! samenloop-manifest
