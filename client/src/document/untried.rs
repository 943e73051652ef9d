//! Parties and coalitions of docs/threats.md that no attack is made for: the Dutch of their rows.
//!
//! Whoever changes one there reads these sentences again: `tests/house` holds [`THREATS_READ`] to the page.

use super::leakage::Row;

/// The first 16 hex digits of SHA-256 over those rows of docs/threats.md, as they were when these sentences were last read
/// beside them.
pub const THREATS_READ: &str = "931fc6439abbe984";

/// Every such row, in the order of the page.
pub(super) const UNTRIED: [Row; 9] = [
    Row {
        id: "N-01",
        party: "de beheerder van de mailserver, of wie een functionele postbus leest",
        learns: "dat er voor deze zorgcoördinator iets klaarstaat; dat deze organisatie is gevraagd te bellen, of dat er in haar signalen of contactverzoeken iets veranderde; dat er een verzoek over rechten wacht; in welk uur van de mail",
        not: "welke samenloop, hoeveel, van wie, uit welke regio of welk domein; wanneer een signaal binnenkwam",
        limits: "Mail gaat alleen uit op de uren van het manifest, en is steeds een van enkele vaste zinnen.",
    },
    Row {
        id: "N-02",
        party: "één organisatie die zich niet aan haar overeenkomst houdt",
        learns: "als L-02; zij kan signalen sturen over ieder kind waarvan zij het nummer heeft, tot haar dagelijkse grens",
        not: "wat haar signalen teweegbrachten",
        limits: "Zij doet het onder haar eigen naam.",
    },
    Row {
        id: "N-03",
        party: "wie het logboek dataverwerkingen leest",
        learns: "welke aansluiting hoeveel signalen stuurde, en wanneer; wie wanneer iets las of deed; in welke ronde samenlopen zijn bijgehouden, en hoeveel; welke regels over hetzelfde signaal gaan, en welke over dezelfde samenloop",
        not: "van welk kind een regel is, een regio, een code; welke signalen in dezelfde samenloop staan, of van hetzelfde kind zijn",
        limits: "Er is geen rol in het manifest die dit logboek leest: wie er op de machine van de hub bij kan, of een collector ervan beheert, kan het lezen.",
    },
    Row {
        id: "N-04",
        party: "een contactpunt",
        learns: "de pseudoniemen van verzoeken die eraan verzegeld zijn; nadat een tweede organisatie instemde, en op de dag van antwoorden, wat er van dat kind is bewaard, zonder details",
        not: "wie het kind is, tenzij de organisatie het zegt; iets van een kind over wie niemand iets vroeg",
        limits: "Het aantal verzoeken heeft een grens, en ieder verzoek ligt vast.",
    },
    Row {
        id: "N-05",
        party: "twee zorgcoördinatoren samen",
        learns: "dat twee samenlopen dezelfde zijn, door de signalen erin naast elkaar te leggen",
        not: "hetzelfde door de nummers van die samenlopen te vergelijken",
        limits: "Ieder ziet een eigen nummer van een samenloop.",
    },
    Row {
        id: "N-06",
        party: "een functionaris gegevensbescherming",
        learns: "wie op welke dag hoeveel regels stuurde; welke aansluiting hoeveel samenlopen las, wat zij deed en vroeg, en wanneer; welke verzoeken over rechten er zijn, en hij beslist erover",
        not: "een kind, een pseudoniem, de inhoud van een signaal, een samenloop of een antwoord",
        limits: "Iedere keer dat een logboek is gelezen, staat in het logboek.",
    },
    Row {
        id: "N-07",
        party: "een organisatie, een contactpunt en een functionaris gegevensbescherming samen",
        learns: "wat er is bewaard van ieder kind dat de organisatie noemt; binnen de grens van het contactpunt, en op de dag van antwoorden",
        not: "iets van een kind dat zij niet noemen",
        limits: "Het ligt vast onder alle drie de namen.",
    },
    Row {
        id: "N-08",
        party: "een organisatie en wie het logboek dataverwerkingen leest, samen",
        learns: "of een kind dat de organisatie noemt, in een samenloop staat: zij stuurt één signaal in een ronde zonder andere, en ziet of er een samenloop wordt bijgehouden",
        not: "welke andere signalen van dat kind zijn",
        limits: "Binnen haar dagelijkse grens, en onder een naam die vastligt. Daarom hoort alleen de functionaris gegevensbescherming dit logboek te lezen.",
    },
    Row {
        id: "N-09",
        party: "een organisatie en een functionaris gegevensbescherming van dezelfde rechtspersoon",
        learns: "eens per dag, en nooit vaker, hoeveel samenlopen van de hele uitwisseling er openden, veranderden en eindigden, en van hoeveel er alleen de afloop nog is; op een dag zonder andere dus of het ene kind waarover zij een signaal gaf of introk, bekend is of was",
        not: "welk kind, welke samenloop, door wie",
        limits: "Iedere keer dat een logboek is gelezen, ligt vast, en ieder signaal ook.",
    },
];
