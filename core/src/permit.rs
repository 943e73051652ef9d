//! Permits: proof, as a value, that a caller may do one thing.

use std::marker::PhantomData;

use crate::manifest::{Connection, Manifest, Role};
use crate::value::{ConnectionId, Day};

/// Sending and withdrawing signals.
#[derive(Debug)]
pub enum Submit {}

/// Reading one's own alerts, and acting on them.
#[derive(Debug)]
pub enum ReadAlerts {}

/// Taking part at all, in whatever role: fetching the manifest, declaring one's own keys.
#[derive(Debug)]
pub enum TakePart {}

/// Publishing manifests and seeing how far each agency is with an epoch.
#[derive(Debug)]
pub enum Administer {}

/// Asking for the rights of a child, and fetching what came of it.
#[derive(Debug)]
pub enum AskRights {}

/// Deciding on such a request. Not on one's own: that is for the room to say.
#[derive(Debug)]
pub enum DecideRights {}

/// Reading the audit logs.
#[derive(Debug)]
pub enum Audit {}

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

/// Proof that a connection may do `Act`, checked against the manifest of this moment. Not kept between calls.
#[derive(Debug)]
pub struct Permit<'m, Act> {
    connection: &'m Connection,
    manifest: &'m Manifest,
    act: PhantomData<Act>,
}

impl<'m, Act> Permit<'m, Act> {
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

    /// Lets a connection that takes part today do what its role may.
    fn of_role(
        manifest: &'m Manifest,
        identity: &Identity,
        today: Day,
        may: impl FnOnce(Role) -> bool,
    ) -> Result<Self, PermitRefusal> {
        let connection = taking_part(manifest, identity, today)?;
        let permit = Self { connection, manifest, act: PhantomData };
        if may(connection.role) { Ok(permit) } else { Err(PermitRefusal::OtherRole) }
    }
}

impl<'m> Permit<'m, Submit> {
    /// Lets an agency that takes part today send signals.
    ///
    /// # Errors
    /// [`PermitRefusal`] says why not.
    pub fn submit(manifest: &'m Manifest, identity: &Identity, today: Day) -> Result<Self, PermitRefusal> {
        Self::of_role(manifest, identity, today, |role| matches!(role, Role::Agency(_)))
    }
}

impl<'m> Permit<'m, ReadAlerts> {
    /// Lets a coordinator that takes part today read; also under an expired manifest (P-22).
    ///
    /// # Errors
    /// [`PermitRefusal`] says why not.
    pub fn read_alerts(
        manifest: &'m Manifest,
        identity: &Identity,
        today: Day,
    ) -> Result<Self, PermitRefusal> {
        Self::of_role(manifest, identity, today, |role| matches!(role, Role::Coordinator))
    }
}

impl<'m> Permit<'m, TakePart> {
    /// Lets whoever takes part today do what all may; also under an expired manifest (P-22).
    ///
    /// # Errors
    /// [`PermitRefusal`] says why not.
    pub fn take_part(manifest: &'m Manifest, identity: &Identity, today: Day) -> Result<Self, PermitRefusal> {
        Self::of_role(manifest, identity, today, |_| true)
    }
}

impl<'m> Permit<'m, Administer> {
    /// Lets an administrator that takes part today publish and look on; also under an expired manifest, or
    /// nobody could renew it.
    ///
    /// # Errors
    /// [`PermitRefusal`] says why not.
    pub fn administer(
        manifest: &'m Manifest,
        identity: &Identity,
        today: Day,
    ) -> Result<Self, PermitRefusal> {
        Self::of_role(manifest, identity, today, |role| matches!(role, Role::Administrator))
    }
}

impl<'m> Permit<'m, AskRights> {
    /// Lets a contact point that takes part today ask; also under an expired manifest (P-22).
    ///
    /// # Errors
    /// [`PermitRefusal`] says why not.
    pub fn ask_rights(
        manifest: &'m Manifest,
        identity: &Identity,
        today: Day,
    ) -> Result<Self, PermitRefusal> {
        Self::of_role(manifest, identity, today, |role| matches!(role, Role::ContactPoint))
    }
}

impl<'m> Permit<'m, DecideRights> {
    /// Lets a contact point or privacy officer that takes part today look on and decide; also under an expired
    /// manifest (P-22).
    ///
    /// # Errors
    /// [`PermitRefusal`] says why not.
    pub fn decide_rights(
        manifest: &'m Manifest,
        identity: &Identity,
        today: Day,
    ) -> Result<Self, PermitRefusal> {
        Self::of_role(manifest, identity, today, Role::answers_rights)
    }
}

impl<'m> Permit<'m, Audit> {
    /// Lets a privacy officer that takes part today read the audit logs; also under an expired manifest (P-22).
    ///
    /// # Errors
    /// [`PermitRefusal`] says why not.
    pub fn audit(manifest: &'m Manifest, identity: &Identity, today: Day) -> Result<Self, PermitRefusal> {
        Self::of_role(manifest, identity, today, |role| matches!(role, Role::PrivacyOfficer))
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
