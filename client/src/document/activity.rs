//! The processing activities (AVG art. 30): what is done with what, for what.

/// One processing activity.
pub(super) struct Activity {
    pub(super) name: &'static str,
    pub(super) purpose: &'static str,
    pub(super) about: &'static str,
    pub(super) recipients: &'static str,
}

/// Every activity of the hub and its parties.
pub(super) const ACTIVITIES: [Activity; 6] = [
    Activity {
        name: "Signalen aannemen en bewaren",
        purpose: "Een organisatie kan een zorg over een kind achterlaten, zodat die naast zorgen van anderen telt.",
        about: "pseudoniem, soort (zacht of hard), maand, regio, eigen waarneming of van horen zeggen, code als die is aangezet, verzegelde details",
        recipients: "niemand: een signaal op zich is voor niemand te lezen",
    },
    Activity {
        name: "Samenlopen bepalen en melden",
        purpose: "Zorgcoördinatoren horen het als zorgen van verschillende organisaties over één kind samenkomen, zodat het kind hulp en bescherming krijgt.",
        about: "de signalen van één pseudoniem; de uitkomst van de regel, met de getallen die haar geven",
        recipients: "de zorgcoördinatoren van de regio's van de signalen, en hun achtervang",
    },
    Activity {
        name: "Opvolgen",
        purpose: "Een zorgcoördinator pakt de samenloop op, belt met de melders, beslist en sluit af met een uitkomst.",
        about: "de samenloop, stappen met hun reden, het eigen zaaknummer van de zorgcoördinator, contactverzoeken",
        recipients: "zorgcoördinatoren; een melder die om contact wordt gevraagd, ziet alleen dat en bij welk eigen signaal",
    },
    Activity {
        name: "Rechten van kind en ouder uitvoeren",
        purpose: "Inzage, beperking en wissing, na een besluit van twee organisaties.",
        about: "pseudoniemen uit het verzoek, soort verzoek, besluit met reden, het antwoord",
        recipients: "het contactpunt dat vroeg; wie beslist ziet geen kind en geen antwoord",
    },
    Activity {
        name: "Wissen wat zijn termijn heeft gehad",
        purpose: "Niets langer bewaren dan nodig.",
        about: "alles hierboven",
        recipients: "niemand",
    },
    Activity {
        name: "Vastleggen wie wat deed",
        purpose: "Achteraf kunnen aantonen wie wat deed, en of de hub iets liet vallen of veranderde.",
        about: "aansluiting, soort handeling, uur of dag, aantal; nooit een kind, pseudoniem of persoon",
        recipients: "functionaris gegevensbescherming: beide logboeken; een organisatie: het bewijs van haar eigen zendingen",
    },
];
