//! Permits: proof, as a value, that a caller may do one thing.

use std::marker::PhantomData;

use crate::manifest::{Connection, Manifest, Role};
use crate::value::{ConnectionId, Day};

/// What a role may do. Reading, looking on and publishing go on under an expired manifest (P-22), or nobody could
/// renew it; whether sending does is for the door to say.
pub trait Act {
    /// Whether it is for this role.
    fn is_for(role: Role) -> bool;
}

macro_rules! acts {
    ($($(#[$doc:meta])+ $act:ident: $is_for:expr,)+) => {
        $(
            $(#[$doc])+
            #[derive(Debug)]
            pub enum $act {}

            impl Act for $act {
                fn is_for(role: Role) -> bool {
                    let is_for: fn(Role) -> bool = $is_for;
                    is_for(role)
                }
            }
        )+
    };
}

acts! {
    /// Sending and withdrawing signals.
    Submit: |role| matches!(role, Role::Agency(_)),
    /// Reading one's own alerts, and acting on them.
    ReadAlerts: |role| matches!(role, Role::Coordinator),
    /// Taking part at all, in whatever role: fetching the manifest, declaring one's own keys.
    TakePart: |_| true,
    /// Publishing manifests and seeing how far each agency is with an epoch.
    Administer: |role| matches!(role, Role::Administrator),
    /// Asking for the rights of a child, and fetching what came of it.
    AskRights: |role| matches!(role, Role::ContactPoint),
    /// Deciding on such a request. Not on one's own: that is for the room to say.
    DecideRights: Role::answers_rights,
    /// Reading figures of quarters that are over: a privacy officer all of them, a coordinator those of its regions.
    ReadFigures: |role| matches!(role, Role::PrivacyOfficer | Role::Coordinator),
    /// Reading the audit logs.
    Audit: |role| matches!(role, Role::PrivacyOfficer),
}

/// What a caller's certificate says, read in one place only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The connection of its one URI name.
    pub connection: ConnectionId,
    /// The OIN of its `serialNumber`.
    pub oin: String,
    /// SHA-256 of its SubjectPublicKeyInfo.
    pub certificate_key: [u8; 32],
}

/// Why a caller may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PermitRefusal {
    /// Not in the manifest, or not with this key or OIN. One answer for all three.
    #[error("this connection does not take part")]
    NotTakingPart,
    /// No legal basis, no agreement, or a date that has passed (V-40).
    #[error("this connection has no legal basis, no agreement, or its date has passed")]
    NotValid,
    /// Its role does not include this.
    #[error("the role of this connection does not include this")]
    OtherRole,
}

/// Proof that a connection may do `A`, checked against the manifest of this moment. Not kept between calls.
#[derive(Debug)]
pub struct Permit<'m, A> {
    connection: &'m Connection,
    manifest: &'m Manifest,
    act: PhantomData<A>,
}

impl<'m, A: Act> Permit<'m, A> {
    /// Lets a connection that takes part today do what its role may.
    ///
    /// # Errors
    /// [`PermitRefusal`] says why not.
    pub fn of(manifest: &'m Manifest, identity: &Identity, today: Day) -> Result<Self, PermitRefusal> {
        let connection = taking_part(manifest, identity, today)?;
        if !A::is_for(connection.role) {
            return Err(PermitRefusal::OtherRole);
        }
        Ok(Self { connection, manifest, act: PhantomData })
    }

    /// Whose permit it is.
    #[must_use]
    pub const fn connection(&self) -> &'m Connection {
        self.connection
    }

    /// The manifest that gave it.
    #[must_use]
    pub const fn manifest(&self) -> &'m Manifest {
        self.manifest
    }
}

fn taking_part<'m>(
    manifest: &'m Manifest,
    identity: &Identity,
    today: Day,
) -> Result<&'m Connection, PermitRefusal> {
    let connection = manifest
        .connection(&identity.connection)
        .filter(|it| it.oin == identity.oin && it.certificate_keys.contains(&identity.certificate_key))
        .ok_or(PermitRefusal::NotTakingPart)?;
    if connection.is_valid(today) { Ok(connection) } else { Err(PermitRefusal::NotValid) }
}
