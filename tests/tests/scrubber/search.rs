//! Numbers, sought in every form in which a program may write them down.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use samenloop_tests::hex;

/// Bytes that every form has at least.
const SHORTEST: usize = 8;

/// What is sought, by its first bytes.
#[derive(Default)]
pub(crate) struct Sought(HashMap<[u8; SHORTEST], Vec<(Vec<u8>, String)>>);

impl Sought {
    /// Adds a number, with where it was put.
    pub(crate) fn add(&mut self, number: &str, planted: &str) {
        for form in forms(number) {
            let begin = *form.first_chunk().unwrap();
            self.0.entry(begin).or_default().push((form, planted.to_owned()));
        }
    }

    /// Where the numbers that stand in these bytes were put.
    pub(crate) fn within(&self, bytes: &[u8]) -> Vec<&str> {
        let mut begins = vec![false; 1 << 16];
        self.0.keys().for_each(|it| begins[usize::from(u16::from_be_bytes([it[0], it[1]]))] = true);
        let mut met = Vec::new();
        for (at, window) in bytes.windows(SHORTEST).enumerate() {
            // Files of a database are zeros for the most part.
            if begins[usize::from(u16::from_be_bytes([window[0], window[1]]))]
                && window != [0; SHORTEST]
                && let Some(forms) = self.0.get(window)
            {
                let here = forms.iter().filter(|(form, _)| bytes[at..].starts_with(form));
                met.extend(here.map(|(_, planted)| planted.as_str()));
            }
        }
        met
    }
}

/// A number as text; as bytes in hexadecimal digits, in base64 at any place, and as a list; and as eight bytes.
pub(crate) fn forms(number: &str) -> Vec<Vec<u8>> {
    let listed: Vec<_> = number.bytes().map(|it| it.to_string()).collect();
    let value: u64 = number.parse().unwrap();
    let mut forms = vec![
        number.as_bytes().to_vec(),
        hex(number.as_bytes()).into_bytes(),
        listed.join(", ").into_bytes(),
        value.to_be_bytes().to_vec(),
        value.to_le_bytes().to_vec(),
    ];
    for before in 0..3 {
        let encoded = STANDARD.encode([&vec![0; before], number.as_bytes()].concat());
        // Whole sextets of the number alone.
        let (from, until) = ((8 * before).div_ceil(6), 8 * (before + number.len()) / 6);
        forms.push(encoded.as_bytes()[from..until].to_vec());
    }
    forms
}
