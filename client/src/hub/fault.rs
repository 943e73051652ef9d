//! What can go wrong between this machine and the hub, and what a person can do about it.

use prost::Message;
use rustls::{AlertDescription, CertificateError};
use samenloop_proto::v1::{self, Reason};
use tonic::{Code, Status};

use crate::key::KeyFault;
use crate::language::{Language, Say};

/// Why TLS failed for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsFault {
    /// Our certificate has expired.
    OwnExpired,
    /// Our certificate is of an authority that the hub does not know.
    OwnForeign,
    /// The hub got no certificate of us.
    OwnMissing,
    /// The hub refuses our certificate for another reason.
    OwnRefused,
    /// The hub's certificate has expired.
    HubExpired,
    /// The hub's certificate is not of our authority, or not for the name in the manifest.
    HubForeign,
    /// No common version or cipher: the other end is no hub.
    NoHub,
}

impl TlsFault {
    /// What a TLS error means; `None` for one that may pass by itself.
    #[must_use]
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "rustls's enum is open: what is new may pass by itself"
    )]
    pub fn of(error: &rustls::Error) -> Option<Self> {
        match error {
            rustls::Error::AlertReceived(alert) => Self::of_alert(*alert),
            rustls::Error::InvalidCertificate(
                CertificateError::Expired | CertificateError::ExpiredContext { .. },
            ) => Some(Self::HubExpired),
            rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
                Some(Self::HubForeign)
            }
            rustls::Error::PeerIncompatible(_) | rustls::Error::InvalidMessage(_) => Some(Self::NoHub),
            _ => None,
        }
    }

    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "rustls's enum is open: what is new may pass by itself"
    )]
    const fn of_alert(alert: AlertDescription) -> Option<Self> {
        match alert {
            AlertDescription::CertificateExpired => Some(Self::OwnExpired),
            AlertDescription::UnknownCA => Some(Self::OwnForeign),
            AlertDescription::CertificateRequired | AlertDescription::NoCertificate => Some(Self::OwnMissing),
            AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateUnknown
            | AlertDescription::AccessDenied
            | AlertDescription::DecryptError => Some(Self::OwnRefused),
            AlertDescription::ProtocolVersion
            | AlertDescription::HandshakeFailure
            | AlertDescription::NoApplicationProtocol => Some(Self::NoHub),
            _ => None,
        }
    }

    const fn dutch(self) -> &'static str {
        match self {
            Self::OwnExpired => {
                "Uw certificaat is verlopen. Vraag bij de sleutelbeheerder een nieuw certificaat aan."
            }
            Self::OwnForeign => {
                "De hub kent de uitgever van uw certificaat niet. Controleer welk certificaat in de configuratie staat."
            }
            Self::OwnMissing => {
                "De hub kreeg geen certificaat. Controleer certificate en key in de configuratie."
            }
            Self::OwnRefused => {
                "De hub weigert uw certificaat. Vraag de sleutelbeheerder of het bij uw aansluiting hoort."
            }
            Self::HubExpired => "Het certificaat van de hub is verlopen. Bel de beheerder van de hub.",
            Self::HubForeign => {
                "Dit is niet de hub uit het manifest: het certificaat klopt niet. Stuur niets; bel de beheerder van de hub."
            }
            Self::NoHub => {
                "Op dit adres antwoordt geen hub van samenloop. Controleer het adres in de configuratie."
            }
        }
    }

    const fn english(self) -> &'static str {
        match self {
            Self::OwnExpired => "Your certificate has expired. Ask the administrators for a new one.",
            Self::OwnForeign => {
                "The hub does not know the issuer of your certificate. Check the configuration."
            }
            Self::OwnMissing => "The hub got no certificate. Check certificate and key in the configuration.",
            Self::OwnRefused => {
                "The hub refuses your certificate. Ask the administrators whether it is your connection's."
            }
            Self::HubExpired => "The certificate of the hub has expired. Call the hub's operator.",
            Self::HubForeign => {
                "This is not the hub of the manifest: its certificate is wrong. Send nothing; call the hub's operator."
            }
            Self::NoHub => {
                "No samenloop hub answers at this address. Check the address in the configuration."
            }
        }
    }
}

/// Why the organisation's own proxy lets nothing through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyFault {
    /// No connection to it. May pass by itself.
    Unreachable,
    /// It wants a name and a password, or other ones.
    SignIn,
    /// It does not allow the hub's address; this is its HTTP status.
    Refused(u16),
    /// What answers there is no proxy.
    NoProxy,
    /// A proxy of a kind that samenloop does not speak to.
    Kind,
}

impl ProxyFault {
    fn dutch(self) -> String {
        match self {
            Self::Unreachable => "De proxy uit HTTPS_PROXY is niet bereikbaar. Controleer het adres, of vraag uw systeembeheerder.".into(),
            Self::SignIn => "De proxy vraagt een naam en wachtwoord. Vraag uw systeembeheerder wat er in HTTPS_PROXY moet staan.".into(),
            Self::Refused(status) => format!("De proxy laat de hub niet toe (antwoord {status}). Vraag uw systeembeheerder om het adres van de hub toe te staan."),
            Self::NoProxy => "Op het adres in HTTPS_PROXY antwoordt geen proxy. Controleer het adres, of vraag uw systeembeheerder.".into(),
            Self::Kind => "Deze soort proxy gebruikt samenloop niet. Zet in HTTPS_PROXY een adres dat begint met http://.".into(),
        }
    }

    fn english(self) -> String {
        match self {
            Self::Unreachable => "The proxy in HTTPS_PROXY cannot be reached. Check its address.".into(),
            Self::SignIn => {
                "The proxy wants a name and a password. Ask your administrator what HTTPS_PROXY should be."
                    .into()
            }
            Self::Refused(status) => format!(
                "The proxy does not allow the hub (status {status}). Ask your administrator to allow its address."
            ),
            Self::NoProxy => "No proxy answers at the address in HTTPS_PROXY. Check the address.".into(),
            Self::Kind => "This kind of proxy cannot be used. HTTPS_PROXY begins with http://.".into(),
        }
    }
}

/// Why a call did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HubFault {
    /// A file of the configuration is no certificate or key.
    #[error("{0} is not a usable certificate or key")]
    Credentials(String),
    /// The sealed private key does not open.
    #[error("{0}")]
    Key(KeyFault),
    /// The private key is not of a certificate that the manifest enters for this connection.
    #[error("the key is not the one that the manifest enters for this connection")]
    KeyNotOwn,
    /// TLS, for good.
    #[error("TLS: {}", .0.english())]
    Tls(TlsFault),
    /// The organisation's own proxy.
    #[error("{}", .0.english())]
    Proxy(ProxyFault),
    /// The hub refuses the call.
    #[error("the hub refuses: {}", crate::refusal::reason_name(*.reason))]
    Refused {
        /// Why.
        reason: Reason,
        /// With [`Reason::ManifestOutdated`]: the hub's manifest.
        manifest_sequence: u64,
    },
    /// No connection, or one that broke. May pass by itself.
    #[error("the hub cannot be reached")]
    Unreachable,
    /// The hub cannot keep its word now; the text holds its correlation id. May pass by itself.
    #[error("the hub is unavailable: {0}")]
    Unavailable(String),
    /// The hub answers something that no hub answers. For good.
    #[error("the hub's answer is wrong: {0}")]
    Broken(&'static str),
}

impl HubFault {
    /// Whether trying again later may help.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable | Self::Unavailable(_) | Self::Proxy(ProxyFault::Unreachable))
    }

    /// Whether the hub has a newer manifest than the caller.
    #[must_use]
    pub const fn is_outdated(&self) -> bool {
        matches!(self, Self::Refused { reason: Reason::ManifestOutdated, .. })
    }

    /// What a gRPC status means, when TLS says nothing more of it.
    #[must_use]
    pub fn of(status: &Status) -> Self {
        if !status.details().is_empty()
            && let Ok(refusal) = v1::Refusal::decode(status.details())
        {
            let manifest_sequence = refusal.manifest_sequence;
            let reason = refusal.reason();
            return if reason == Reason::Unavailable {
                Self::Unavailable(printable(status.message()))
            } else {
                Self::Refused { reason, manifest_sequence }
            };
        }
        let refused = |reason| Self::Refused { reason, manifest_sequence: 0 };
        match status.code() {
            Code::InvalidArgument | Code::OutOfRange => refused(Reason::Malformed),
            Code::Unauthenticated => refused(Reason::NotTakingPart),
            Code::PermissionDenied => refused(Reason::OtherRole),
            Code::FailedPrecondition => refused(Reason::NotValid),
            Code::ResourceExhausted => refused(Reason::Quota),
            Code::Unimplemented | Code::NotFound | Code::AlreadyExists | Code::DataLoss | Code::Ok => {
                Self::Broken("it does not know this call")
            }
            // What never reached the hub has a cause here; what the hub says has none.
            Code::Unavailable if std::error::Error::source(status).is_some() => Self::Unreachable,
            Code::Unavailable => Self::Unavailable(printable(status.message())),
            Code::Cancelled | Code::Unknown | Code::DeadlineExceeded | Code::Aborted | Code::Internal => {
                Self::Unreachable
            }
        }
    }
}

/// A text of the other end, fit for a terminal.
fn printable(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(120).collect()
}

impl Say for HubFault {
    fn say(&self, language: Language) -> String {
        match language {
            Language::Nl => self.dutch(),
            Language::En => self.english(),
        }
    }
}

impl HubFault {
    fn dutch(&self) -> String {
        match self {
            Self::Credentials(path) => format!("Het bestand {path} is geen bruikbaar certificaat of sleutel. Kijk in de configuratie of het pad klopt."),
            Self::Key(fault) => fault.say(Language::Nl),
            Self::KeyNotOwn => "Het certificaat in de configuratie is niet dat van uw aansluiting in het manifest. Er is niets verstuurd. Controleer certificate en key, of vraag de sleutelbeheerder.".into(),
            Self::Tls(fault) => fault.dutch().into(),
            Self::Proxy(fault) => fault.dutch(),
            Self::Refused { reason, manifest_sequence } => refused_in_dutch(*reason, *manifest_sequence),
            Self::Unreachable => "De hub is niet bereikbaar. Controleer de netwerkverbinding en het adres, en probeer het later opnieuw.".into(),
            Self::Unavailable(_) => "De hub kan nu niets aannemen. Probeer het later opnieuw.".into(),
            Self::Broken(what) => format!("Het antwoord van de hub klopt niet ({what}). Stuur niets meer; bel de beheerder van de hub."),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::Credentials(path) => {
                format!("The file {path} is no usable certificate or key. Check the configuration.")
            }
            Self::Key(fault) => fault.say(Language::En),
            Self::KeyNotOwn => "The certificate in the configuration is not the one that the manifest enters for your connection. Nothing was sent. Check certificate and key, or ask the administrators.".into(),
            Self::Tls(fault) => fault.english().into(),
            Self::Proxy(fault) => fault.english(),
            Self::Refused { reason, .. } => {
                format!("The hub refuses: {}.", crate::refusal::reason_name(*reason))
            }
            Self::Unreachable => {
                "The hub cannot be reached. Check network and address, and try again later.".into()
            }
            Self::Unavailable(_) => "The hub can take nothing now. Try again later.".into(),
            Self::Broken(what) => {
                format!("The hub's answer is wrong ({what}). Send nothing more; call the hub's operator.")
            }
        }
    }
}

fn refused_in_dutch(reason: Reason, manifest_sequence: u64) -> String {
    match reason {
        Reason::NotTakingPart => "Deze aansluiting doet niet mee volgens de hub. Controleer het certificaat, of vraag de sleutelbeheerder.".into(),
        Reason::NotValid => "De grondslag, de overeenkomst of de einddatum van deze aansluiting klopt niet. Vraag de sleutelbeheerder.".into(),
        Reason::OtherRole => "Deze aansluiting mag dit niet doen: de rol is een andere.".into(),
        Reason::ManifestOutdated => format!("Uw manifest is te oud; de hub heeft nummer {manifest_sequence}. Geef het commando opnieuw: het haalt het nieuwste zelf op."),
        Reason::ManifestDiffers => "De hub heeft een ander manifest met hetzelfde nummer. Stuur niets; bel de sleutelbeheerders.".into(),
        Reason::ManifestExpired => "Het manifest is verlopen: de hub neemt geen nieuwe signalen aan. Haal het nieuwste manifest op bij de sleutelbeheerder.".into(),
        Reason::Quota => "Dit is meer dan afgesproken. Probeer het later opnieuw.".into(),
        Reason::UnknownAlert => "Deze samenloop of dit contactverzoek is er niet, of is niet van u.".into(),
        Reason::LedByAnother => "Een andere zorgcoördinator heeft deze samenloop opgepakt. Kijk met samenloop alert show wie dat is, en bel.".into(),
        Reason::NotLed => "Pak de samenloop eerst op: samenloop alert claim.".into(),
        Reason::AlertEnded => "Deze samenloop is gesloten of vervallen. Er kan niets meer mee.".into(),
        Reason::AlertState => "Dit past niet bij de stand van de samenloop. U hebt hem al opgepakt of beoordeeld, of moet eerst bevestigen of niet gegrond verklaren. Kijk met: samenloop alert show.".into(),
        Reason::Date => "De dag ligt niet tussen morgen en 92 dagen vooruit. Kies een andere dag.".into(),
        Reason::SecondReading => "Alle signalen zijn zacht. Laat iemand meelezen en zeg dat: --read-by-another done, of nobody-available als er niemand is.".into(),
        Reason::Outcome => "De uitkomst past niet bij het oordeel. Kijk met samenloop alert show of u bevestigde of niet gegrond verklaarde.".into(),
        Reason::Recipient => "Aan deze aansluiting kunt u niet overdragen: het is geen zorgcoördinator die meedoet, of u bent het zelf.".into(),
        Reason::Reporter => "Deze aansluiting gaf geen signaal bij deze samenloop, of u vraagt er te veel tegelijk.".into(),
        Reason::AskedBefore => "Deze aansluiting is al gevraagd en heeft nog niet geantwoord. Bel zelf als het niet kan wachten.".into(),
        Reason::UnknownRequest => "Dit verzoek is er niet, of is niet van u. Kijk met: samenloop rights list.".into(),
        Reason::SameOrganisation => "Over een verzoek beslist iemand van een andere organisatie dan die het deed. Er is niets veranderd. Vraag een ander contactpunt of een functionaris gegevensbescherming.".into(),
        Reason::Late => "De dagen om over dit verzoek te beslissen zijn voorbij. Schrijf wie het vroeg met samenloop rights letter, en vraag de organisatie om een nieuw verzoek.".into(),
        Reason::Decided => "Over dit verzoek is al beslist. Uw besluit is niet overgenomen. Kijk met: samenloop rights list.".into(),
        Reason::Clock => "De klok van de hub staat terug, en dan is geen termijn te tellen. Er is niets veranderd en niets verloren. Bel de beheerder van de hub, en geef het commando daarna opnieuw.".into(),
        Reason::EpochNotLive => "Dit is gemaakt onder een sleutelperiode die voorbij is. Er is niets veranderd. Geef samenloop key install en maak het opnieuw; kreeg u een verzoek over rechten van een organisatie, vraag haar dan om een nieuw.".into(),
        Reason::Reason => "Deze reden past niet bij dit besluit, of niet bij wat is gevraagd. Alleen inzage kan worden beperkt. Alleen wissing kan worden geweigerd omdat de gegevens nog nodig zijn.".into(),
        Reason::Unspecified
        | Reason::Malformed
        | Reason::BatchSize
        | Reason::Publication
        | Reason::Declaration
        | Reason::ReferenceTwice
        | Reason::EpochBehind
        | Reason::KindNotAllowed
        | Reason::UnknownRegion
        | Reason::UnknownCode
        | Reason::CodeNotEnabled
        | Reason::SeverityContradictsCode
        | Reason::MonthInFuture
        | Reason::MonthTooOld
        | Reason::TermNotShorter
        | Reason::HearsayOfOwnDomain
        | Reason::AcuteRouteNotFollowed
        | Reason::DetailsNotForRegion
        | Reason::Unavailable => format!(
            "De hub weigert dit bericht ({}). Werk samenloop bij; helpt dat niet, bel de beheerder van de hub.",
            crate::refusal::reason_name(reason)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_certificate_is_said_in_dutch_with_what_to_do() {
        let fault = |alert| TlsFault::of(&rustls::Error::AlertReceived(alert)).unwrap();
        assert_eq!(fault(AlertDescription::CertificateExpired), TlsFault::OwnExpired);
        assert_eq!(fault(AlertDescription::UnknownCA), TlsFault::OwnForeign);
        assert_eq!(fault(AlertDescription::CertificateRequired), TlsFault::OwnMissing);
        assert_eq!(TlsFault::of(&rustls::Error::AlertReceived(AlertDescription::CloseNotify)), None);
        let said = HubFault::Tls(TlsFault::OwnExpired).say(Language::Nl);
        assert!(said.contains("verlopen") && said.contains("Vraag"), "{said}");
    }

    #[test]
    fn a_status_is_read_by_its_refusal_before_its_code() {
        let refusal = v1::Refusal { reason: Reason::ManifestOutdated.into(), line: 0, manifest_sequence: 9 };
        let details = refusal.encode_to_vec().into();
        let status = Status::with_details(Code::FailedPrecondition, "x", details);
        let outdated = HubFault::Refused { reason: Reason::ManifestOutdated, manifest_sequence: 9 };
        assert_eq!(HubFault::of(&status), outdated);
        assert!(!HubFault::of(&status).may_pass());
        assert!(HubFault::of(&Status::unavailable("\u{1b}[2J id")).may_pass());
        assert_eq!(
            HubFault::of(&Status::unavailable("\u{1b}[2J id")),
            HubFault::Unavailable("[2J id".into())
        );
    }
}
