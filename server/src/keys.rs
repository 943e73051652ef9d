//! `KeyService`: what connections say of their own keys, and how far each agency is with an epoch.
//!
//! No epoch key comes here, nor a contribution: the hub has no call, file or option that takes one (P-14).

use std::collections::BTreeMap;
use std::sync::Arc;

use prost::Message as _;
use samenloop_core::clock::Clock;
use samenloop_core::declaration::{Declaration, Matter};
use samenloop_core::manifest::{HUB, Manifest, Role};
use samenloop_core::permit::{Administer, TakePart};
use samenloop_core::value::Epoch;
use samenloop_manifest::declaration::{DeclarationFault, Declared, Said, SignedDeclaration};
use samenloop_proto::v1::key_service_server::KeyService;
use samenloop_proto::v1::{
    self, AgencyStanding, DeclareKeyRequest, DeclareKeyResponse, EpochRestrictions, EpochStanding,
    ListKeyStandingsRequest, ListKeyStandingsResponse,
};
use samenloop_store::Store;
use tonic::{Request, Response, Status};

use crate::beat::Beat;
use crate::door::{check_manifest, peer_of};
use crate::refusal::Refusal;
use crate::seat::Seat;

/// The door for declarations and standings.
pub(crate) struct Keys<S> {
    pub(crate) store: Arc<S>,
    pub(crate) seat: Arc<Seat>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Whose manifests these are.
    pub(crate) origin: String,
    pub(crate) beat: Beat,
}

#[tonic::async_trait]
impl<S: Store> KeyService for Keys<S> {
    async fn declare_key(
        &self,
        request: Request<DeclareKeyRequest>,
    ) -> Result<Response<DeclareKeyResponse>, Status> {
        let peer = peer_of(&request)?;
        let request = request.into_inner();
        let declaration = {
            let manifest = self.seat.current();
            let permit = peer.permit::<TakePart>(&manifest, self.clock.unix_seconds(), self.clock.today())?;
            check_manifest(&self.seat.newest(), request.manifest.as_ref())?;
            let sent = request.declaration.ok_or(Refusal::Declaration("the request holds no declaration"))?;
            let declared = self.believe(&sent, &manifest)?;
            if *declared.connection() != permit.connection().id {
                return Err(Refusal::Declaration("the declaration is another connection's").into());
            }
            kept(&declared, &sent)?
        };
        let by = declaration.connection().clone();
        let store = Arc::clone(&self.store);
        let kept = self.beat.on(&by, async move { store.declare(declaration).await }).await?;
        kept.map_err(|fault| Refusal::fault(&fault))?;
        Ok(Response::new(DeclareKeyResponse {}))
    }

    async fn list_key_standings(
        &self,
        request: Request<ListKeyStandingsRequest>,
    ) -> Result<Response<ListKeyStandingsResponse>, Status> {
        let peer = peer_of(&request)?;
        let manifest = self.seat.current();
        peer.permit::<Administer>(&manifest, self.clock.unix_seconds(), self.clock.today())?;
        check_manifest(&self.seat.newest(), request.get_ref().manifest.as_ref())?;
        Ok(Response::new(self.standings(&manifest)?))
    }
}

impl<S: Store> Keys<S> {
    /// A declaration that is signed, and of an epoch about which it can be true.
    fn believe(&self, sent: &v1::Declaration, manifest: &Manifest) -> Result<Declared, Refusal> {
        let declared = verified(sent, &self.origin, manifest)
            .map_err(|_| Refusal::Declaration("the declaration is not signed by your certificate's key"))?;
        let entry = manifest.epochs().iter().find(|it| it.epoch == declared.epoch());
        let may_be = match (declared.said(), entry) {
            (Said::Destroyed, Some(_)) => true,
            (Said::WrapKey(_) | Said::Installed, Some(entry)) => !entry.state.is_gone(),
            (_, None) => false,
        };
        if may_be {
            Ok(declared)
        } else {
            Err(Refusal::Declaration("the declaration is of an epoch that is not in the manifest, or gone"))
        }
    }

    fn standings(&self, manifest: &Manifest) -> Result<ListKeyStandingsResponse, Refusal> {
        let fault = |fault| Refusal::fault(&fault);
        let counters = self.store.counters().map_err(fault)?;
        let mut epochs: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for ((connection, epoch), it) in self.store.standings(self.clock.today()).map_err(fault)? {
            let standing = EpochStanding { epoch: epoch.number(), filed: it.filed, carried: it.carried };
            epochs.entry(connection).or_default().push(standing);
        }
        let agencies = manifest.connections().iter().filter(|it| matches!(it.role, Role::Agency(_)));
        let agencies = agencies.map(|it| AgencyStanding {
            connection: it.id.to_string(),
            last_push: counters
                .get(&it.id)
                .and_then(|counter| counter.day)
                .map(|day| day.to_string())
                .unwrap_or_default(),
            epochs: epochs.remove(&it.id).unwrap_or_default(),
        });
        let agencies = agencies.collect();
        let (mut declarations, mut hub_statements) = (Vec::new(), Vec::new());
        let newest = self.seat.newest();
        for declaration in self.store.declarations().map_err(fault)? {
            if declaration.connection().as_str() == HUB {
                hub_statements.push(declaration.bytes().to_vec());
            } else if let Ok(sent) = v1::Declaration::decode(declaration.bytes())
                // Of a certificate that was replaced or struck out nobody believes anything any more.
                && verified(&sent, &self.origin, &newest).is_ok()
            {
                declarations.push(sent);
            }
        }
        let behind = self.store.restrictions_behind(self.clock.today()).map_err(fault)?;
        let of = |(epoch, behind): (Epoch, u64)| EpochRestrictions { epoch: epoch.number(), behind };
        let restrictions = behind.into_iter().map(of).collect();
        Ok(ListKeyStandingsResponse { agencies, declarations, hub_statements, restrictions })
    }
}

fn verified(sent: &v1::Declaration, origin: &str, manifest: &Manifest) -> Result<Declared, DeclarationFault> {
    let v1::Declaration { statement, certificate_key, signature } = sent.clone();
    SignedDeclaration::new(statement, certificate_key, signature).verify(origin, manifest)
}

fn kept(declared: &Declared, sent: &v1::Declaration) -> Result<Declaration, Refusal> {
    let matter: Matter = declared.said().matter();
    Declaration::new(declared.connection().clone(), declared.epoch(), matter, sent.encode_to_vec())
        .map_err(|_| Refusal::Declaration("the declaration is too long"))
}
