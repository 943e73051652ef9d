//! Numbers that say nothing: 16 random bytes by which the hub knows one thing, and nobody anything else.

use std::fmt;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// The number of these bytes.
            #[must_use]
            pub const fn new(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            #[must_use]
            pub const fn bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}

number! {
    /// The hub's own number of an alert. People see another number, one per recipient.
    AlertId
}

number! {
    /// A rights request's own number.
    RequestId
}

number! {
    /// A letter's own number, by which a recipient knows a repeat.
    LetterId
}

number! {
    /// By what a line of the processing log names a data subject: drawn for one record of one child and kept in that
    /// record, sealed. Never made of anything, and another in each record, so that the log alone shows neither who a
    /// child is nor that two records are of one child. Whoever opens the record finds its lines; once it is erased nobody
    /// does.
    SubjectId
}
