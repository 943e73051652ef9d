//! The figures of the quarters that are over, to look at and to print.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;

use super::{FIGURES, Sight, Wanted, frame};
use crate::alert::figures::{Figures, RegionFigures, Sheet, legend, scope};
use crate::contact::organisation_of;
use crate::desk::Desk;
use crate::desk::gate::Visitor;
use crate::desk::page::{Frame, Page, Trouble, own_entry, shown};

/// A region with its tables.
struct Region {
    name: String,
    coverage: String,
    silent: String,
    sheets: Vec<Sheet>,
}

#[derive(Template)]
#[template(path = "desk/coordinator/figures.html")]
struct FiguresPage {
    frame: Frame,
    organisation: String,
    today: String,
    scope: &'static str,
    legend: &'static str,
    silent: String,
    sheets: Vec<Sheet>,
    regions: Vec<Region>,
}

/// `GET /cijfers`
pub(super) async fn show(State(desk): State<Arc<Desk>>, Extension(visitor): Extension<Visitor>) -> Page {
    let language = visitor.language;
    let sight = Sight::read(&desk, Wanted::All).await;
    let sight = sight.map_err(|fault| Trouble::of(&fault).page(language))?;
    let own = own_entry(&sight.membership).map_err(|it| it.page(language))?;
    let manifest = sight.membership.manifest();
    let figures = Figures::new(&sight.alerts, manifest, own, desk.today());
    let region = |it: &RegionFigures| Region {
        name: it.name.clone(),
        coverage: it.coverage(language),
        silent: it.silent(language),
        sheets: it.sheets(language),
    };
    let page = FiguresPage {
        frame: frame(&visitor, FIGURES.to_owned()),
        organisation: organisation_of(manifest, &own.id).to_owned(),
        today: language.day(desk.today()),
        scope: scope(language),
        legend: legend(language),
        silent: figures.silent(language),
        sheets: figures.sheets(language),
        regions: figures.regions.iter().map(region).collect(),
    };
    Ok(shown(StatusCode::OK, &page))
}
