//! The arguments of `samenloop rights`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use samenloop_core::rights::{RightsReason, Verdict};
use samenloop_core::value::ConnectionId;

use super::listed;

/// Eerst verzegelt een organisatie het verzoek, dan vraagt het contactpunt, dan beslist een ander, dan volgt het antwoord.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Rights {
    /// Vraagt inzage
    Access(AskRights),
    /// Vraagt om wat er staat 90 dagen niet te gebruiken
    Restrict(AskRights),
    /// Vraagt om wissing
    Erase(AskRights),
    /// Vraagt om wat rust weer te laten meetellen
    Lift(AskRights),
    /// Toont de verzoeken, zonder kind, met de dagen die er nog zijn
    List,
    /// Beslist over een verzoek van een andere organisatie
    Release {
        /// Het nummer uit de lijst; het begin is genoeg
        id: String,
        /// Wat u besluit
        #[arg(long, value_name = "BESLUIT", default_value = "release", value_parser = listed::<Verdict>())]
        verdict: Verdict,
        /// Waarom, als het niet of niet geheel wordt vrijgegeven
        #[arg(long, value_name = "REDEN", value_parser = listed::<RightsReason>())]
        reason: Option<RightsReason>,
    },
    /// Schrijft de brief bij het antwoord op uw verzoek
    Letter {
        /// Het nummer uit de lijst; het begin is genoeg
        id: String,
        /// Als pagina om af te drukken
        #[arg(long)]
        html: bool,
        /// In dit bestand, dat er nog niet is
        #[arg(long, value_name = "BESTAND")]
        out: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct AskRights {
    /// Contactpunt: het verzoek dat een organisatie verzegelde
    #[arg(value_name = "VERZOEK", conflicts_with = "identifier_from")]
    pub(in crate::cli) request: Option<PathBuf>,
    /// Organisatie: het bestand met de nummers van één kind, zoals: bsn;nummer. - voor standaardinvoer
    #[arg(long, value_name = "BESTAND")]
    pub(in crate::cli) identifier_from: Option<PathBuf>,
    /// Het contactpunt [standaard: het enige]
    #[arg(long, value_name = "NAAM", value_parser = ConnectionId::parse, conflicts_with = "request")]
    pub(in crate::cli) contact_point: Option<ConnectionId>,
    /// Het verzegelde verzoek, dat er nog niet is [standaard: verzoek.json]
    #[arg(long, value_name = "BESTAND", conflicts_with = "request")]
    pub(in crate::cli) out: Option<PathBuf>,
}
