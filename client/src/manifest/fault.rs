//! What a book refuses, in the administrators' language.

use samenloop_core::manifest::ManifestFault;
use samenloop_manifest::note::NoteFault;
use samenloop_manifest::{
    BookFault, EpochOrder, MAX_DAYS, MAX_OVERLAP_DAYS, MAX_TERM_DAYS, OpenFault, PublicationFault, RootFault,
    StatementFault, SuccessionFault, SuccessionOrderFault, Unsound, UnsoundEpoch,
};

use super::toml_text;
use crate::language::{Language, Say, cause};

impl Say for BookFault {
    fn say(&self, language: Language) -> String {
        if language == Language::En {
            return sentence(&self.to_string());
        }
        match self {
            Self::File(fault) => fault.say(language),
            Self::Root { path, fault } => format!("{}: {}", path.display(), fault.say(language)),
            Self::NewRoot(fault) => format!("De nieuwe root wordt niet aangenomen. {}", fault.say(language)),
            Self::Open(fault) => fault.say(language),
            Self::Order(fault) => fault.say(language),
            Self::Empty(path) => format!(
                "In {} staat nog geen manifest. Vraag de sleutelbeheerders om het nieuwste, en neem het over met: samenloop manifest import BESTAND",
                path.display()
            ),
        }
    }
}

/// An English fault as a sentence: texts of TOML have lines of their own.
fn sentence(fault: &str) -> String {
    let fault = fault.trim_end();
    if fault.ends_with('.') { fault.to_owned() } else { format!("{fault}.") }
}

impl Say for PublicationFault {
    fn say(&self, language: Language) -> String {
        match (self, language) {
            (_, Language::En) => sentence(&self.to_string()),
            (Self::Io { path, source }, Language::Nl) => format!(
                "Het bestand {} is niet te lezen of te schrijven: {}.",
                path.display(),
                cause(source, language)
            ),
            (Self::Form { path, what }, Language::Nl) => format!(
                "Het bestand {} is geen publicatie van een manifest, of het is afgebroken ({what}). Haal het opnieuw op.",
                path.display()
            ),
        }
    }
}

impl Say for OpenFault {
    fn say(&self, language: Language) -> String {
        if language == Language::En {
            return sentence(&self.to_string());
        }
        match self {
            Self::Statement(fault) => fault.say(language),
            Self::OtherBody => {
                "De handtekeningen horen bij een ander manifest. Neem tekst en handtekeningen van dezelfde publicatie.".into()
            }
            Self::Size => "Dit is groter dan een manifest kan zijn. Kijk of het het goede bestand is.".into(),
            Self::Toml(text) => toml_text::dutch(text),
            Self::Differs(what) => format!(
                "Het manifest noemt bij {what} iets anders dan de root die hier vastligt, of dan de handtekeningen: het is voor een andere uitwisseling of onder een andere root geschreven."
            ),
            Self::OtherTaxonomy => {
                "Het manifest noemt een andere codelijst dan die van dit programma. Gebruik de versie van het programma die bij deze codelijst hoort.".into()
            }
            Self::Unsound(fault) => fault.say(language),
            Self::Whole(fault) => fault.say(language),
        }
    }
}

impl Say for StatementFault {
    fn say(&self, language: Language) -> String {
        if language == Language::En {
            return sentence(&self.to_string());
        }
        match self {
            Self::Note(fault) => fault.say(language),
            Self::TooFew { signed, needed } => format!(
                "Geldige handtekeningen: {signed}. Nodig: {needed}. Elke sleutelbeheerder telt één keer. Vraag de anderen om te tekenen."
            ),
            Self::Text => "Er is wel getekend, maar iets anders dan wat hier hoort te staan: oorsprong, volgnummer en vingerafdruk.".into(),
            Self::OtherOrigin { expected } => format!(
                "De handtekeningen zijn van een andere uitwisseling. Hier hoort {expected}."
            ),
        }
    }
}

impl Say for NoteFault {
    fn say(&self, language: Language) -> String {
        if language == Language::En {
            return sentence(&self.to_string());
        }
        match self {
            Self::Size => {
                "Het bestand met handtekeningen is te groot. Kijk of het het goede bestand is.".into()
            }
            Self::Form => {
                "Dit is geen bestand met handtekeningen, of het einde ontbreekt. Haal het opnieuw op.".into()
            }
            Self::Line(number) => {
                format!("Handtekening {number} is geen hele regel. Haal het bestand opnieuw op.")
            }
            Self::BadSignature(name) => format!(
                "De handtekening van {name} klopt niet, daarom wordt niets hiervan aangenomen. Haal het bestand opnieuw op. Blijft het fout, waarschuw dan de andere sleutelbeheerders."
            ),
        }
    }
}

impl Say for RootFault {
    fn say(&self, language: Language) -> String {
        if language == Language::En {
            return sentence(&self.to_string());
        }
        match self {
            Self::Toml(text) => toml_text::dutch(text),
            Self::Bound(what) => format!("De root klopt niet: {what}."),
            Self::Twice(id) => format!(
                "Sleutelbeheerder {id} staat er twee keer in, of heeft de sleutel van een ander. Ieder heeft één eigen sleutel."
            ),
            Self::KeyName { id, expected } => {
                format!("De sleutel van sleutelbeheerder {id} moet {expected} heten.")
            }
            Self::OneOrganisationSignsAlone(oin) => format!(
                "De organisatie met OIN {oin} zou alleen kunnen tekenen. Zij mag hoogstens één sleutel minder hebben dan er nodig zijn."
            ),
        }
    }
}

impl Say for SuccessionFault {
    fn say(&self, language: Language) -> String {
        if language == Language::En {
            return sentence(&self.to_string());
        }
        match self {
            Self::Root(fault) => fault.say(language),
            Self::Old(fault) => format!("Volgens de oude root: {}", fault.say(language)),
            Self::New(fault) => format!("Volgens de nieuwe root: {}", fault.say(language)),
            Self::OtherBody => "De handtekeningen horen bij een andere root.".into(),
            Self::OtherExchange => "De nieuwe root is van een andere uitwisseling.".into(),
            Self::Sequence { expected, found } => {
                format!("De nieuwe root heeft nummer {found}, en na de vastgelegde komt {expected}.")
            }
        }
    }
}

impl Say for SuccessionOrderFault {
    fn say(&self, language: Language) -> String {
        if language == Language::En {
            return sentence(&self.to_string());
        }
        match self {
            Self::Older { newest, found } => format!(
                "Dit is manifest {found}, en hier is {newest} al bekend. Een ouder manifest wordt nooit meer aangenomen."
            ),
            Self::Fork(number) => format!(
                "Er zijn twee verschillende manifesten met nummer {number}. Was dit een ontwerp: maak een nieuw met samenloop manifest new. Was het gepubliceerd: dan heeft iemand een ander manifest te zien gekregen. Neem geen van beide aan en waarschuw de andere sleutelbeheerders."
            ),
            Self::Gap { newest, found } => format!(
                "Dit is manifest {found}, en {newest} is hier het nieuwste. Neem eerst {} over met: samenloop manifest import BESTAND",
                newest + 1
            ),
            Self::Predecessor(number) => format!(
                "Manifest {number} noemt een andere voorganger dan het manifest dat hier bekend is. Was dit een ontwerp: maak een nieuw met samenloop manifest new. Was het gepubliceerd: neem het niet aan en waarschuw de andere sleutelbeheerders."
            ),
            Self::Issued => "issued ligt voor de dag van de voorganger.".into(),
            Self::TooSoon { days, earliest } => format!(
                "Dit manifest voegt iets toe, en dat werkt pas {days} dagen na issued. Zet in het ontwerp: acts_from = \"{earliest}\""
            ),
            Self::TooLate => "Dit manifest neemt iets weg, en dat werkt meteen. Haal acts_from weg.".into(),
            Self::Both => "Dit manifest neemt iets weg, wat meteen werkt, en voegt iets toe, wat later werkt. Publiceer eerst wat eraf gaat, in een eigen manifest.".into(),
            Self::Epoch { epoch, what } => {
                let what = match what {
                    EpochOrder::Back => "gaat terug, of slaat een deel van haar leven over",
                    EpochOrder::Contributions => "haar bijdragen zijn veranderd, en daarmee haar sleutel",
                    EpochOrder::Number => "een nieuwe sleutelperiode heeft een hoger nummer dan alle eerdere",
                    EpochOrder::Entered => {
                        "een nieuwe sleutelperiode begint als aangekondigd, of als actief na een lek"
                    }
                    EpochOrder::LeftOut => "mag pas weg als ze vernietigd of ingetrokken is",
                };
                format!("Sleutelperiode {epoch}: {what}.")
            }
        }
    }
}

impl Say for Unsound {
    fn say(&self, language: Language) -> String {
        if language == Language::En {
            return sentence(&self.to_string());
        }
        match self {
            Self::Sequence => {
                "sequence begint bij 1, en elk manifest na het eerste noemt zijn voorganger (predecessor)."
                    .into()
            }
            Self::Expires => format!("expires ligt niet 0 tot {MAX_DAYS} dagen na issued."),
            Self::ActsFrom => "acts_from ligt voor issued.".into(),
            Self::MailHour(hour) => format!("mail_hours noemt {hour}; een uur is 0 tot en met 23."),
            Self::Operator => "De beheerder van de hub heeft een sleutel in de root. Dat mag niet.".into(),
            Self::UnknownAdministrator(id) => format!("{id} is geen sleutelbeheerder van de root."),
            Self::AdministratorOin(id) => format!("Sleutelbeheerder {id} heeft in de root een ander OIN."),
            Self::NoMarkedCode { connection, code } => format!(
                "{connection}: code {code} heeft geen bijzonder kenmerk en hoort niet bij marked_codes."
            ),
            Self::OtherRegion { connection, region } => format!(
                "{connection} coördineert regio {region}, maar die staat niet bij zijn regions. Zet haar erbij."
            ),
            Self::Term { region, days } => {
                format!("Regio {region}: term_days is {days}, en moet 1 tot en met {MAX_TERM_DAYS} zijn.")
            }
            Self::NoDomain(id) => format!("{id}: een aanleverende organisatie heeft een domain nodig."),
            Self::Domain(id) => format!("{id}: alleen een aanleverende organisatie heeft een domain."),
            Self::NoCertificateKey(id) => {
                format!(
                    "{id}: certificate_keys is leeg, dus niemand kan verbinden. Vul er een in, of schrap de aansluiting."
                )
            }
            Self::Kind(id) => format!("{id}: kinds zijn getallen vanaf 1."),
            Self::NoLegalBasis(id) => format!(
                "{id}: legal_basis of agreement is leeg. Vul de grondslag en de overeenkomst in, of schrap de aansluiting."
            ),
            Self::Epoch { number, what } => format!("Sleutelperiode {number}: {}", what.say(language)),
        }
    }
}

impl Say for UnsoundEpoch {
    fn say(&self, language: Language) -> String {
        if language == Language::En {
            return sentence(&self.to_string());
        }
        match self {
            Self::NoDay(field) => format!("{field} ontbreekt."),
            Self::Old(day) => format!(
                "actief sinds {}, en een sleutelperiode duurt hoogstens een jaar. Ga over op een nieuwe.",
                language.day(*day)
            ),
            Self::Overlap(days) => format!(
                "een overlap van {days} dagen; hoogstens {MAX_OVERLAP_DAYS}. Zet overlap_until op een eerdere dag."
            ),
            Self::OverlapEnds => "overlap_until ligt voor overlap_from.".into(),
            Self::Stranger(id) => format!("{id} draagt bij en is geen sleutelbeheerder van de root."),
            Self::Twice(id) => format!("{id} draagt twee keer bij."),
            Self::TooFew { found, needed } => format!(
                "{found} van de {needed} bijdragen die nodig zijn. Vraag de anderen om hun bijdrage (samenloop key contribute)."
            ),
            Self::Alone => {
                "één organisatie levert alle bijdragen die nodig zijn. Minstens één komt van een andere."
                    .into()
            }
            Self::WrapOfNothing { administrator, connection } => {
                format!("{administrator} pakt in voor {connection}, maar draagt niets bij.")
            }
            Self::WrapTwice { administrator, connection } => {
                format!("{administrator} pakt twee keer in voor {connection}.")
            }
            Self::WrapKeys(id) => format!("er is voor {id} ingepakt met verschillende inpaksleutels."),
        }
    }
}

impl Say for ManifestFault {
    fn say(&self, language: Language) -> String {
        if language == Language::En {
            return sentence(&self.to_string());
        }
        match self {
            Self::Twice(what) => format!("{what} staat er twee keer in."),
            Self::Unknown { whose, what } => {
                format!("{whose} noemt {what}, maar die staat er niet als zodanig in.")
            }
            Self::Epochs { active, overlap } => format!(
                "Precies één sleutelperiode is actief en hoogstens één overlapt; hier zijn dat er {active} en {overlap}."
            ),
            Self::SignalsAndCoordinates(id) => {
                format!("Organisatie {id} stuurt signalen én coördineert. Dat mag niet samengaan.")
            }
            Self::Incomplete(id) => {
                format!(
                    "{id} mist een sleutel voor details, een soort nummer (kinds) of een regio die bij de rol hoort."
                )
            }
            Self::Region(id) => format!(
                "Regio {id} heeft geen zorgcoördinator, te veel zorgcoördinatoren, of geen nummer voor direct gevaar."
            ),
            Self::Reserved(id) => {
                format!(
                    "Aansluiting {id} kan niet: die naam is van de hub zelf of van de beheerder van de hub."
                )
            }
            Self::Bound(what) => format!("Een waarde kan niet: {what}."),
        }
    }
}
