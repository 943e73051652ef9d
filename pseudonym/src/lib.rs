//! samenloop-pseudonym
