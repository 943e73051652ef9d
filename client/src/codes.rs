//! Finding a code: what to look for, and whether a connection may send it (V-02).

use samenloop_core::manifest::Connection;
use samenloop_core::value::Domain;
use samenloop_manifest::{CodeText, Words, catalogue, domain_words};

/// A code that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    text: &'static CodeText,
    is_enabled: bool,
}

impl Found {
    /// The code, in words.
    #[must_use]
    pub const fn text(&self) -> &'static CodeText {
        self.text
    }

    /// Whether the connection may send it. Offer no other for choice.
    #[must_use]
    pub const fn is_enabled(&self) -> bool {
        self.is_enabled
    }
}

/// The codes in which every word of `search` occurs, in either language and whatever its capitals and accents, and
/// which `domain` sees; all of them where nothing is asked. In the order of the list, enabled or not.
pub fn find(search: &str, domain: Option<Domain>, connection: &Connection) -> impl Iterator<Item = Found> {
    let search = folded(search);
    let words: Vec<_> = search.split_whitespace().map(str::to_owned).collect();
    let allowed = connection.codes.clone();
    catalogue()
        .iter()
        .filter(move |text| domain.is_none_or(|domain| text.domains().contains(&domain)))
        .filter(move |text| {
            let searched = searched(text);
            words.iter().all(|word| searched.contains(word))
        })
        .map(move |text| Found { text, is_enabled: allowed.allow(text.code(), text.entry()) })
}

/// Everything of a code that a search looks through, folded. Not when it should not be used: that names what the
/// code is *not* about.
fn searched(text: &CodeText) -> String {
    let terms = [text.phase(), text.life_area(), text.indicator()].into_iter();
    let terms = terms.chain(text.forms()).map(|term| term.words());
    let domains = text.domains().iter().filter_map(|domain| domain_words(*domain));
    let mut searched = text.code().to_string();
    for words in std::iter::once(text.label()).chain(terms).chain(domains) {
        searched.extend([" ", Words::dutch(words), " ", Words::english(words)]);
    }
    folded(&searched)
}

/// Small letters without accents, as people type them who are in a hurry.
fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).filter_map(unaccented).collect()
}

/// The letter under an accent, of the letters that Dutch and English borrow; `None` for an accent by itself.
const fn unaccented(letter: char) -> Option<char> {
    Some(match letter {
        '\u{300}'..='\u{36f}' => return None,
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' => 'o',
        'ù'..='ü' => 'u',
        'ý' | 'ÿ' => 'y',
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use samenloop_core::manifest::CodesAllowed;
    use samenloop_core::value::Code;

    use super::*;
    use crate::fixture;

    fn connection(unmarked: bool, marked: &[&str]) -> Connection {
        let manifest = fixture::manifest();
        let marked = marked.iter().map(|code| Code::parse(code).unwrap()).collect();
        let school = manifest.connection(&fixture::id("school-west")).unwrap().clone();
        Connection { codes: CodesAllowed { unmarked, marked }, ..school }
    }

    fn codes(search: &str) -> Vec<String> {
        find(search, None, &connection(true, &[])).map(|it| it.text().code().to_string()).collect()
    }

    #[test]
    fn every_word_occurs_in_either_language_whatever_its_capitals_and_accents() {
        assert_eq!(codes("schoolverzuim"), ["I07"]);
        assert_eq!(codes("SCHOOL absence unexplained"), ["I07"]);
        // One word in each language.
        assert_eq!(codes("oplopend absence"), ["I07"]);
        assert_eq!(codes("schoolverzuim hotel"), Vec::<String>::new());
        assert_eq!(codes("v11"), ["V11"]);
        for spelling in ["financien", "FINANCIËN", "financie\u{308}n", "  financiën "] {
            assert_eq!(codes(spelling), codes("financiën"), "{spelling}");
        }
        assert!(codes("financiën").contains(&"F01".to_owned()));
        assert_eq!(codes("").len(), 84);
    }

    #[test]
    fn a_code_is_not_found_by_what_it_is_not_about() {
        assert!(catalogue().iter().any(|it| it.not_when().dutch().contains("kattenkwaad")));
        assert_eq!(codes("kattenkwaad"), Vec::<String>::new());
    }

    #[test]
    fn a_domain_leaves_the_codes_that_it_sees() {
        let school = connection(true, &[]);
        let wonen: Vec<_> = find("", Some(Domain::Wonen), &school).collect();
        assert!(!wonen.is_empty() && wonen.len() < 84);
        assert!(wonen.iter().all(|it| it.text().domains().contains(&Domain::Wonen)));
    }

    /// V-02: codes are off until enabled, and a marked one until it is entered itself.
    #[test]
    fn only_codes_of_the_manifest_are_enabled() {
        let enabled = |connection: &Connection| find("", None, connection).filter(Found::is_enabled).count();
        assert_eq!(enabled(&connection(false, &[])), 0);
        assert_eq!(enabled(&connection(true, &[])), 60);
        assert_eq!(enabled(&connection(false, &["A01"])), 1);
        assert_eq!(enabled(&connection(true, &["A01", "D13"])), 62);
        // Naming an unmarked code among the marked ones enables nothing.
        assert_eq!(enabled(&connection(false, &["V11"])), 0);
    }
}
