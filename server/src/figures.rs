//! `FigureService`: what was counted of quarters that are over, without small numbers (V-45).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use samenloop_core::case::ClosedList as _;
use samenloop_core::census::{KEPT_QUARTERS, Of, Publication, Row, Table};
use samenloop_core::clock::Clock;
use samenloop_core::manifest::Role;
use samenloop_core::permit::ReadFigures;
use samenloop_core::value::{Domain, RegionId};
use samenloop_proto::v1::figure_service_server::FigureService;
use samenloop_proto::v1::{self, FetchFiguresRequest, FetchFiguresResponse, FigureRow};
use samenloop_store::{Fault, Store};
use tonic::{Request, Response, Status};

use crate::HubParts;
use crate::door::{check_manifest, peer_of};
use crate::refusal::Refusal;
use crate::rendering::{coordinated, domain};
use crate::seat::Seat;

/// The door for figures.
pub(crate) struct Figures<S> {
    store: Arc<S>,
    seat: Arc<Seat>,
    clock: Arc<dyn Clock>,
    /// A quarter that is over never changes: what of it may be told is worked out once.
    told: Mutex<BTreeMap<u16, Arc<Publication>>>,
}

#[tonic::async_trait]
impl<S: Store> FigureService for Figures<S> {
    async fn fetch_figures(
        &self,
        request: Request<FetchFiguresRequest>,
    ) -> Result<Response<FetchFiguresResponse>, Status> {
        let peer = peer_of(&request)?;
        let (manifest, today) = (self.seat.current(), self.clock.today());
        let permit = peer.permit::<ReadFigures>(&manifest, self.clock.unix_seconds(), today)?;
        check_manifest(&self.seat.newest(), request.get_ref().manifest.as_ref())?;
        let now = today.quarter();
        let quarter = u16::try_from(request.get_ref().quarter).ok();
        let asked = quarter.filter(|it| (now.saturating_sub(KEPT_QUARTERS)..now).contains(it));
        let Some(quarter) = asked else {
            let what = format!("figures are of one of the last {KEPT_QUARTERS} quarters that are over");
            return Err(Refusal::Malformed(what).into());
        };
        let caller = permit.connection();
        let told = self.publication(quarter).await.map_err(|fault| Refusal::fault(&fault))?;
        let Some(told) = told else { return Ok(Response::new(FetchFiguresResponse::default())) };
        Ok(Response::new(match caller.role {
            Role::PrivacyOfficer => rendered(&told),
            Role::Agency(_) | Role::Coordinator | Role::ContactPoint | Role::Administrator => {
                // As the manifest's regions say it, and not the connection itself: who is struck out there reads no more.
                rendered(&told.of_regions(&coordinated(&manifest, caller)))
            }
        }))
    }
}

impl<S: Store> Figures<S> {
    pub(crate) fn of(parts: &HubParts<S>) -> Self {
        Self {
            store: Arc::clone(&parts.store),
            seat: Arc::clone(&parts.seat),
            clock: Arc::clone(&parts.clock),
            told: Mutex::default(),
        }
    }

    /// What may be told of a quarter; `None` while it is not over by the hub's own ticks.
    async fn publication(&self, quarter: u16) -> Result<Option<Arc<Publication>>, Fault> {
        let told = || self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = told().get(&quarter) {
            return Ok(Some(Arc::clone(known)));
        }
        let Some(counted) = self.store.census(quarter).await? else { return Ok(None) };
        let worked_out = tokio::task::spawn_blocking(move || Arc::new(Publication::of(&counted)));
        let publication = worked_out.await.map_err(|_| Fault::Closed)?;
        let mut told = told();
        told.insert(quarter, Arc::clone(&publication));
        // Quarters whose term is over are forgotten here too.
        told.retain(|it, _| it.saturating_add(KEPT_QUARTERS) >= quarter);
        Ok(Some(publication))
    }
}

fn rendered(publication: &Publication) -> FetchFiguresResponse {
    let sent = publication.sent().iter().map(|(region, domain)| sent_row(region, *domain));
    FetchFiguresResponse { told: true, rows: publication.rows().iter().map(row).chain(sent).collect() }
}

fn row(row: &Row) -> FigureRow {
    let of_domain = match row.of {
        Of::Domain(_, it) => domain(it),
        Of::Several | Of::Region(_) => v1::Domain::Unspecified,
    };
    FigureRow {
        table: row.table.number().into(),
        region: row.of.region().map(ToString::to_string).unwrap_or_default(),
        domain: of_domain.into(),
        // No count that is shown is 0.
        counts: row.counts.iter().map(|it| it.unwrap_or_default()).collect(),
    }
}

fn sent_row(region: &RegionId, of: Domain) -> FigureRow {
    FigureRow {
        table: Table::Sent.number().into(),
        region: region.to_string(),
        domain: domain(of).into(),
        counts: Vec::new(),
    }
}
