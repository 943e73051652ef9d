//! The arguments, as people type them.

mod report;
mod rights;

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use samenloop_core::case::{
    CaseReference, CheckReason, ChildView, ClaimReason, ClosedList, ConfirmReason, ContactReason,
    HandOverReason, Outcome, Registration, SecondReading, UnfoundedReason,
};
use samenloop_core::value::{ConnectionId, Day, Domain};

use crate::journal::WithdrawalReason;
use crate::language::Language;
use crate::manifest::OVERLAP_DAYS;
use crate::report::Form;
pub(super) use report::{Breach, Printed, Report};
pub(super) use rights::{AskRights, Rights};

/// Signalen sturen, en samenlopen lezen.
#[derive(Debug, Parser)]
#[command(name = "samenloop", version, arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) common: Common,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What every command takes, before or after the subcommand.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// De configuratie van uw aansluiting
    #[arg(long, global = true, env = "SAMENLOOP_CONFIG", value_name = "BESTAND")]
    pub(super) config: Option<PathBuf>,
    /// Uitvoer voor programma's
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// De taal: nl of en
    #[arg(long = "lang", global = true, value_enum, default_value = "nl", value_name = "TAAL")]
    pub(super) language: Language,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Signalen: voor aanleverende organisaties
    Signal {
        #[command(subcommand)]
        command: Signal,
    },
    /// De codes waarmee een signaal zegt wat er is gezien
    Codes(Codes),
    /// Samenlopen: voor zorgcoördinatoren
    Alert {
        #[command(subcommand)]
        command: Alert,
    },
    /// Cijfers per kwartaal, naar domein en regio, zonder kleine getallen: voor zorgcoördinatoren en de FG
    Stats,
    /// Een bureau in uw browser, voor wie geen eigen systeem heeft: signalen invullen, versturen en intrekken
    Desk(Desk),
    /// Contactverzoeken van zorgcoördinatoren: voor aanleverende organisaties
    Contact {
        #[command(subcommand)]
        command: Contact,
    },
    /// Rechten van kind en ouder: voor aanleverende organisaties, het contactpunt en de FG
    Rights {
        #[command(subcommand)]
        command: Rights,
    },
    /// Het logboek van de hub: is alles wat u stuurde bewaard zoals de hub het heeft getekend?
    Audit {
        #[command(subcommand)]
        command: Audit,
    },
    /// Stukken voor de verantwoording, uit het manifest en het logboek: register, DPIA, regeling, datalek
    Report {
        #[command(subcommand)]
        command: Report,
    },
    /// Wie meedoet, onder welke voorwaarden: tonen voor iedereen, de rest voor sleutelbeheerders
    Manifest {
        #[command(subcommand)]
        command: Manifest,
    },
    /// Sleutels van deze aansluiting: voor iedere deelnemer en voor sleutelbeheerders
    Key {
        #[command(subcommand)]
        command: Key,
    },
}

#[derive(Debug, Args)]
pub(super) struct Codes {
    /// Woorden die er alle in voorkomen, in het Nederlands of het Engels
    #[arg(long, value_name = "WOORDEN", default_value = "")]
    pub(super) search: String,
    /// Alleen codes die dit domein ziet
    #[arg(long, value_name = "DOMEIN", value_parser = domain)]
    pub(super) domain: Option<Domain>,
    /// Ook codes die voor uw organisatie niet zijn aangezet
    #[arg(long)]
    pub(super) all: bool,
}

fn domain(text: &str) -> Result<Domain, String> {
    Domain::parse(text).map_err(|_| Domain::ALL.map(Domain::code).join(", "))
}

#[derive(Debug, Args)]
pub(super) struct Desk {
    /// De poort op deze computer; 0 voor een die vrij is
    #[arg(long, default_value_t = 0, value_name = "POORT")]
    pub(super) port: u16,
    /// Na hoeveel minuten zonder gebruik u weer moet inloggen
    #[arg(long, default_value_t = 30, value_name = "MINUTEN", value_parser = clap::value_parser!(u16).range(1..=480))]
    pub(super) idle: u16,
}

#[derive(Debug, Subcommand)]
pub(super) enum Manifest {
    /// Maakt een ontwerp dat op het nieuwste manifest volgt
    New {
        /// Het bestand [standaard: manifest-<nummer>.toml]
        #[arg(value_name = "ONTWERP")]
        draft: Option<PathBuf>,
        /// Onder deze nieuwe root
        #[arg(long, value_name = "ROOT")]
        root: Option<PathBuf>,
    },
    /// Controleert een ontwerp zoals iedere deelnemer dat straks doet
    Check(DraftFile),
    /// Zegt wat een ontwerp verandert
    Diff(DraftFile),
    /// Tekent een ontwerp, of een nieuwe root, naast de handtekeningen van anderen
    Sign {
        #[command(flatten)]
        file: DraftFile,
        #[command(flatten)]
        dry: DryRun,
    },
    /// Publiceert een ontwerp dat genoeg sleutelbeheerders tekenden
    Publish {
        #[command(flatten)]
        file: DraftFile,
        /// Niet naar de hub: alleen het bestand en uw eigen manifesten
        #[arg(long)]
        offline: bool,
    },
    /// Toont het nieuwste manifest
    Show {
        /// De tekst die getekend is, letterlijk
        #[arg(long, conflicts_with = "json")]
        toml: bool,
    },
    /// Neemt een publicatie over uit een bestand
    Import {
        /// Een publicatie, zoals publish die schrijft
        #[arg(value_name = "BESTAND")]
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(super) struct DraftFile {
    /// Het ontwerp
    #[arg(value_name = "ONTWERP")]
    pub(super) draft: PathBuf,
    /// De nieuwe root, als het ontwerp het eerste daaronder is
    #[arg(long, value_name = "ROOT")]
    pub(super) root: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct DryRun {
    /// Zegt wat er zou gebeuren, en verandert niets
    #[arg(long = "dry-run")]
    pub(super) is_dry: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Signal {
    /// Controleert een bestand; er gaat niets de deur uit
    Check {
        /// CSV of JSON Lines; - voor standaardinvoer
        #[arg(value_name = "BESTAND")]
        file: PathBuf,
        #[command(flatten)]
        report: InReport,
    },
    /// Stuurt de signalen van een bestand naar de hub
    Push {
        /// CSV of JSON Lines; - voor standaardinvoer
        #[arg(value_name = "BESTAND", required_unless_present = "watch")]
        file: Option<PathBuf>,
        /// Let op een map: stuurt wat daar komt te staan, en verplaatst het met een verslag naar klaar of fout
        #[arg(long, value_name = "MAP", conflicts_with = "file")]
        watch: Option<PathBuf>,
        #[command(flatten)]
        report: InReport,
        #[command(flatten)]
        wait: Wait,
    },
    /// Trekt signalen in
    Withdraw(Withdraw),
    /// Verlengt signalen, na een nieuw oordeel dat de zorg nog bestaat
    Extend(Extend),
    /// Toont uw eigen signalen uit het journaal, zonder verbinding
    List(List),
}

#[derive(Debug, Args)]
pub(super) struct Withdraw {
    /// Uw eigen referenties
    #[arg(required = true, value_name = "REFERENTIE")]
    pub(super) references: Vec<String>,
    /// Waarom; blijft in uw journaal
    #[arg(long, value_enum, value_name = "REDEN")]
    pub(super) reason: Option<WithdrawalReason>,
    #[command(flatten)]
    pub(super) wait: Wait,
}

#[derive(Debug, Args)]
pub(super) struct Extend {
    /// Uw eigen referenties, ten hoogste 500
    #[arg(required = true, num_args = 1..=500, value_name = "REFERENTIE")]
    pub(super) references: Vec<String>,
    /// Het bestand met hun regels; - voor standaardinvoer. De maand wordt die van vandaag, het andere blijft zoals het er staat
    #[arg(long, value_name = "BESTAND")]
    pub(super) file: PathBuf,
    /// Zonder vraag: een professional heeft elk van deze signalen opnieuw beoordeeld
    #[arg(long)]
    pub(super) yes: bool,
    #[command(flatten)]
    pub(super) wait: Wait,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Alleen deze: uw eigen referentie, of het kenmerk dat de zorgcoördinator noemt (het begin is genoeg)
    #[arg(value_name = "KENMERK")]
    pub(super) references: Vec<String>,
    /// Alleen wat nog telt en binnen zoveel dagen afloopt, zoals 60d
    #[arg(long, value_name = "DAGEN", value_parser = days)]
    pub(super) expires_within: Option<u32>,
}

/// `60d` or `60`.
fn days(text: &str) -> Result<u32, String> {
    let days = text.strip_suffix('d').unwrap_or(text);
    days.parse().map_err(|_| "60d".to_owned())
}

#[derive(Debug, Args)]
pub(super) struct InReport {
    /// Ook een verslag naast het bestand: <bestand>.verslag.txt, .json of .csv
    #[arg(long = "report", value_enum, value_name = "VORM")]
    pub(super) form: Option<Form>,
}

#[derive(Debug, Args)]
pub(super) struct Wait {
    /// Hoe lang de hub weg mag zijn voordat het commando stopt
    #[arg(long = "wait", default_value_t = 60, value_name = "SECONDEN")]
    pub(super) seconds: u64,
}

#[derive(Debug, Subcommand)]
pub(super) enum Alert {
    /// Toont de samenlopen van uw regio's
    List {
        /// Ook vervallen en gesloten samenlopen
        #[arg(long)]
        all: bool,
    },
    /// Toont één samenloop
    Show {
        /// Het nummer uit de lijst; het begin is genoeg
        id: String,
    },
    /// Rekent op deze computer na of een samenloop klopt met de regel en met het manifest
    Explain {
        /// Het nummer uit de lijst; het begin is genoeg
        id: String,
    },
    /// Toont wat verandert, totdat u stopt
    Watch,
    #[command(flatten)]
    Act(Act),
}

/// Een reden uit een gesloten lijst.
fn listed<T: ClosedList + Send + Sync>() -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(T::ALL.iter().map(|it| it.code()))
        .try_map(|code| T::parse(&code).ok_or("not on the list"))
}

#[derive(Debug, Args)]
pub(super) struct OnAlert {
    /// Het nummer van de samenloop; het begin is genoeg
    pub(super) id: String,
    /// Uw eigen zaaknummer, zoals ZHZ-26-117: geen naam en geen persoonsnummer [standaard: dat van uw vorige stap]
    #[arg(long = "case", value_name = "ZAAKNUMMER", value_parser = CaseReference::parse)]
    pub(super) case: Option<CaseReference>,
}

#[derive(Debug, Args)]
pub(super) struct NextCheck {
    /// De dag van de volgende veiligheidscheck, JJJJ-MM-DD
    #[arg(long = "check", value_name = "DAG", value_parser = Day::parse)]
    pub(super) day: Day,
}

#[derive(Debug, Args)]
pub(super) struct ReadByAnother {
    /// Las iemand anders mee? Nodig als alle signalen zacht zijn
    #[arg(long = "read-by-another", value_name = "ANTWOORD", value_parser = listed::<SecondReading>())]
    pub(super) reading: Option<SecondReading>,
}

/// Wat een zorgcoördinator met een samenloop doet. Ieder met een reden uit een gesloten lijst.
#[derive(Debug, Subcommand)]
pub(super) enum Act {
    /// Pakt een samenloop op: u voert de regie
    Claim {
        #[command(flatten)]
        on: OnAlert,
        /// Waarom
        #[arg(long, value_name = "REDEN", value_parser = listed::<ClaimReason>())]
        reason: ClaimReason,
        #[command(flatten)]
        check: NextCheck,
    },
    /// Bevestigt een samenloop
    Confirm {
        #[command(flatten)]
        on: OnAlert,
        /// Waarom
        #[arg(long, value_name = "REDEN", value_parser = listed::<ConfirmReason>())]
        reason: ConfirmReason,
        #[command(flatten)]
        read: ReadByAnother,
    },
    /// Verklaart een samenloop niet gegrond
    Unfounded {
        #[command(flatten)]
        on: OnAlert,
        /// Waarom
        #[arg(long, value_name = "REDEN", value_parser = listed::<UnfoundedReason>())]
        reason: UnfoundedReason,
        #[command(flatten)]
        read: ReadByAnother,
    },
    /// Vraagt organisaties die een signaal gaven om u te bellen
    Contact {
        #[command(flatten)]
        on: OnAlert,
        /// Wie: aansluitingen uit de samenloop
        #[arg(long = "of", required = true, value_name = "AANSLUITING", value_parser = ConnectionId::parse)]
        of: Vec<ConnectionId>,
        /// Waarom
        #[arg(long, value_name = "REDEN", value_parser = listed::<ContactReason>())]
        reason: ContactReason,
    },
    /// Draagt een samenloop over aan een andere zorgcoördinator
    Handover {
        #[command(flatten)]
        on: OnAlert,
        /// Aan wie
        #[arg(long, value_name = "AANSLUITING", value_parser = ConnectionId::parse)]
        to: ConnectionId,
        /// Waarom
        #[arg(long, value_name = "REDEN", value_parser = listed::<HandOverReason>())]
        reason: HandOverReason,
        #[command(flatten)]
        check: NextCheck,
    },
    /// Verzet de volgende veiligheidscheck
    Check {
        #[command(flatten)]
        on: OnAlert,
        /// Waarom
        #[arg(long, value_name = "REDEN", value_parser = listed::<CheckReason>())]
        reason: CheckReason,
        #[command(flatten)]
        check: NextCheck,
    },
    /// Sluit een samenloop met een uitkomst
    Close {
        #[command(flatten)]
        on: OnAlert,
        /// Wat ervan kwam
        #[arg(long, value_name = "UITKOMST", value_parser = listed::<Outcome>())]
        outcome: Outcome,
        /// Is het kind gemeld bij CoMensha?
        #[arg(long = "comensha", value_name = "ANTWOORD", value_parser = listed::<Registration>())]
        registration: Registration,
        /// Is bekend wat het kind zelf vindt, of waarom niet?
        #[arg(long = "child-view", value_name = "ANTWOORD", value_parser = listed::<ChildView>())]
        view: ChildView,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// Controleert het controlepunt van vandaag, en of elke zending met een ontvangstbewijs erin staat
    Verify,
    /// Geeft het bewijs dat een zending in het logboek staat, voor wie de hub niet vertrouwt (C2SP tlog-proof)
    Proof {
        /// Het nummer van de eerste regel van de zending, zoals op het ontvangstbewijs
        sequence: u64,
    },
    /// Controleert beide logboeken en schrijft ze als bestanden voor een andere controleur (C2SP tlog-tiles); voor de FG
    Export {
        /// De map waar `intake` en `case` in komen
        directory: PathBuf,
    },
    /// Gaat verder met een hub die is teruggezet, als zijn logboek dat zelf meldt; wat hier bewaard was, blijft als bewijs
    Accept,
    /// Doet hetzelfde steeds opnieuw, tot er iets niet klopt
    Watch {
        /// Na hoeveel minuten
        #[arg(long, default_value_t = 1440, value_name = "MINUTEN", value_parser = clap::value_parser!(u32).range(1..))]
        every: u32,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Contact {
    /// Toont de contactverzoeken aan uw organisatie, met uw eigen kenmerken uit het journaal
    List,
    /// Antwoordt op een contactverzoek
    Answer {
        /// Het nummer uit de lijst; het begin is genoeg
        id: String,
        #[command(flatten)]
        answer: AnswerWith,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct AnswerWith {
    /// Wij bellen
    #[arg(long)]
    pub(super) will_call: bool,
    /// Wij zijn niet bereikbaar tot deze dag, JJJJ-MM-DD
    #[arg(long, value_name = "DAG", value_parser = Day::parse)]
    pub(super) not_available_until: Option<Day>,
    /// Deze zaak is niet meer van ons
    #[arg(long)]
    pub(super) not_ours: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Key {
    /// Maakt de sleutels die er nog niet zijn, en het bestand waarmee u zich aanmeldt
    New {
        /// Ook de inpaksleutel voor deze sleutelperiode
        #[arg(long, value_name = "NUMMER")]
        epoch: Option<u32>,
        /// Het OIN van uw organisatie, voor de aanvraag van een certificaat
        #[arg(long, value_name = "OIN")]
        oin: Option<String>,
        /// De uitwisseling, zolang er nog geen root is
        #[arg(long, requires = "origin", value_name = "NAAM")]
        exchange: Option<String>,
        /// De oorsprong van manifesten, zolang er nog geen root is
        #[arg(long, requires = "exchange", value_name = "NAAM")]
        origin: Option<String>,
    },
    /// Haalt het nieuwste manifest op en installeert de sleutels van sleutelperiodes
    Install,
    /// Toont hoe ver de sleutels zijn: bij een sleutelbeheerder die van iedereen
    Status,
    /// Trekt de bijdrage van een sleutelbeheerder; doe dit zonder netwerk
    Contribute {
        /// De sleutelperiode
        #[arg(long, value_name = "NUMMER")]
        epoch: u32,
    },
    /// Pakt uw bijdrage in voor wie een inpaksleutel aanmeldde
    Wrap {
        /// Het ontwerp
        #[arg(value_name = "ONTWERP")]
        draft: PathBuf,
        /// Aanmeldingen met een inpaksleutel, zoals key new ze schrijft; zonder deze wordt de hub gevraagd
        #[arg(value_name = "AANMELDING")]
        enrolments: Vec<PathBuf>,
        /// De sleutelperiode [standaard: de aangekondigde, en anders de actieve]
        #[arg(long, value_name = "NUMMER")]
        epoch: Option<u32>,
        #[command(flatten)]
        dry: DryRun,
    },
    /// Vernietigt de sleutel op deze computer van een sleutelperiode die voorbij is; met een ontwerp die van iedereen
    Destroy {
        /// Het ontwerp; zonder ontwerp gaat het om deze computer
        #[arg(value_name = "ONTWERP")]
        draft: Option<PathBuf>,
        /// De sleutelperiode
        #[arg(long, value_name = "NUMMER")]
        epoch: u32,
        #[command(flatten)]
        dry: DryRun,
    },
    #[command(flatten)]
    Draft(KeyDraft),
}

/// Sleutelperiodes in een ontwerp van het manifest.
#[derive(Debug, Subcommand)]
pub(super) enum KeyDraft {
    /// Kondigt een sleutelperiode aan, met toezeggingen; zonder toezeggingen gaat de aangekondigde in
    Rotate {
        /// Het ontwerp
        #[arg(value_name = "ONTWERP")]
        draft: PathBuf,
        /// De toezeggingen van de sleutelbeheerders, zoals key contribute ze schrijft
        #[arg(value_name = "TOEZEGGING")]
        commitments: Vec<PathBuf>,
        /// Hoe lang de oude sleutelperiode overlapt
        #[arg(long, value_name = "DAGEN", default_value_t = OVERLAP_DAYS)]
        overlap_days: u32,
        /// Ook als niet voor iedereen is ingepakt
        #[arg(long)]
        leave_behind: bool,
        #[command(flatten)]
        dry: DryRun,
    },
    /// Stelt de overlappende sleutelperiode buiten gebruik
    Retire {
        /// Het ontwerp
        #[arg(value_name = "ONTWERP")]
        draft: PathBuf,
        #[command(flatten)]
        dry: DryRun,
    },
    /// Trekt een sleutelperiode in waarvan de sleutel bij anderen bekend kan zijn
    Burn {
        /// Het ontwerp
        #[arg(value_name = "ONTWERP")]
        draft: PathBuf,
        /// De sleutelperiode
        #[arg(long, value_name = "NUMMER")]
        epoch: u32,
        /// Hoe lang zij nog overlapt, 0 tot en met 72
        #[arg(long, value_name = "UREN", default_value_t = 0)]
        overlap_hours: u32,
        /// Een oefening: zegt wat er zou gebeuren, en verandert niets
        #[arg(long)]
        drill: bool,
        #[command(flatten)]
        dry: DryRun,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn common_arguments_stand_before_or_after_the_subcommand() {
        Arguments::command().debug_assert();
        for line in [
            "samenloop --config c --json --lang en signal push -",
            "samenloop signal --config c push - --json --lang en",
            "samenloop signal push - --config c --json --lang en",
        ] {
            let arguments = Arguments::try_parse_from(line.split(' ')).unwrap();
            assert_eq!(arguments.common.config, Some("c".into()));
            assert!(arguments.common.json && arguments.common.language == Language::En);
        }
    }
}
