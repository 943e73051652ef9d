//! The arguments of `samenloop report`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use samenloop_core::value::{ConnectionId, Day};

use crate::document::Lost;
use crate::quarter::Quarter;

/// Ieder stuk noemt het manifest waaruit het is gemaakt, met vingerafdruk.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Report {
    /// Het register van verwerkingsactiviteiten (artikel 30 AVG)
    Register(Printed),
    /// De bijlage bij de gegevensbeschermingseffectbeoordeling (artikel 35 AVG)
    Dpia(Printed),
    /// De regeling tussen gezamenlijke verantwoordelijken, met de kern voor betrokkenen (artikel 26 AVG)
    Arrangement(Printed),
    /// De feiten voor de melding van een datalek (artikel 33 AVG); het logboek leest alleen de FG
    Incident(Breach),
    /// De cijfers van een kwartaal dat voorbij is: voor de FG en voor zorgcoördinatoren
    Quarter {
        /// Welk kwartaal, zoals 2026-Q3 [standaard: het laatste dat voorbij is]
        #[arg(value_name = "KWARTAAL", value_parser = Quarter::parse)]
        quarter: Option<Quarter>,
        #[command(flatten)]
        printed: Printed,
    },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Printed {
    /// Als pagina om af te drukken
    #[arg(long)]
    pub(in crate::cli) html: bool,
    /// In dit bestand, dat er nog niet is
    #[arg(long, value_name = "BESTAND")]
    pub(in crate::cli) out: Option<PathBuf>,
    /// Ook als het bestand er al is
    #[arg(long, requires = "out")]
    pub(in crate::cli) replace: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Breach {
    /// Wanneer iemand van u het wist, in Nederlandse tijd: JJJJ-MM-DDTUU:MM
    #[arg(long, value_name = "MOMENT")]
    pub(in crate::cli) discovered: String,
    /// Alleen wat deze aansluiting deed
    #[arg(long, value_name = "AANSLUITING", value_parser = ConnectionId::parse)]
    pub(in crate::cli) connection: Option<ConnectionId>,
    /// De sleutelperiode waarvan de sleutel bij een ander bekend kan zijn
    #[arg(long, value_name = "NUMMER")]
    pub(in crate::cli) epoch: Option<u32>,
    /// Wat kwijt is; mag vaker
    #[arg(long, value_enum, value_name = "WAT")]
    pub(in crate::cli) lost: Vec<Lost>,
    /// Vanaf welke dag het logboek verteld wordt, JJJJ-MM-DD [standaard: een maand voor de ontdekking]
    #[arg(long, value_name = "DAG", value_parser = Day::parse)]
    pub(in crate::cli) since: Option<Day>,
    #[command(flatten)]
    pub(in crate::cli) printed: Printed,
}
