//! The figures of the quarters that are over, to look at and to print.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;

use super::{CoordinatorFault, FIGURES, asked, frame};
use crate::contact::organisation_of;
use crate::desk::Desk;
use crate::desk::gate::Visitor;
use crate::desk::page::{Frame, Page, Trouble, own_entry, shown};
use crate::hub::Hub;
use crate::membership::Membership;
use crate::quarter::{Chapter, Quarter, QuarterFigures, Told, chapters, legend, scope, told_of_last};

#[derive(Template)]
#[template(path = "desk/coordinator/figures.html")]
struct FiguresPage {
    frame: Frame,
    organisation: String,
    today: String,
    scope: &'static str,
    legend: &'static str,
    chapters: Vec<Chapter>,
}

/// `GET /cijfers`
pub(super) async fn show(State(desk): State<Arc<Desk>>, Extension(visitor): Extension<Visitor>) -> Page {
    let language = visitor.language;
    let read = asked(&desk, told).await;
    let (membership, told) = read.map_err(|fault| Trouble::of(&fault).page(language))?;
    let page = page(&desk, &visitor, &membership, told).map_err(|it| it.page(language))?;
    Ok(shown(StatusCode::OK, &page))
}

type Quarters = Vec<(Quarter, Option<Told>)>;

async fn told(desk: Arc<Desk>) -> Result<(Membership, Quarters), CoordinatorFault> {
    let membership = Membership::load(desk.config.clone(), desk.today())?;
    let told = told_of_last(&Hub::new(&membership)?, desk.today()).await?;
    Ok((membership, told))
}

/// The last quarter stands first.
fn page(
    desk: &Desk,
    visitor: &Visitor,
    membership: &Membership,
    told: Quarters,
) -> Result<FiguresPage, Trouble> {
    let (language, today) = (visitor.language, desk.today());
    let own = own_entry(membership)?;
    let manifest = membership.manifest();
    let of = |it| chapters(&QuarterFigures::new(it, manifest, own, today), language);
    Ok(FiguresPage {
        frame: frame(visitor, FIGURES.to_owned()),
        organisation: organisation_of(manifest, &own.id).to_owned(),
        today: language.day(today),
        scope: scope(language),
        legend: legend(language),
        chapters: told.into_iter().rev().flat_map(of).collect(),
    })
}
