//! Random texts that a visitor shows again: link, cookie, proof of a form.

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::hex::hex;

/// The operating system gives no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no random bytes")]
pub struct NoRandom;

/// 32 random bytes as 64 hexadecimal digits. No `Debug`; wiped on drop.
pub(super) struct Token(Zeroizing<String>);

impl Token {
    /// Draws one.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub(super) fn draw() -> Result<Self, NoRandom> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *bytes).map_err(|_| NoRandom)?;
        Ok(Self(Zeroizing::new(hex(&*bytes))))
    }

    /// The text, for the one page or header that gives it away.
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// Whether a text is this token; in a time that does not tell how much of it is right.
    pub(super) fn is(&self, text: &str) -> bool {
        self.0.as_bytes().ct_eq(text.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_is_another_and_only_its_whole_text_is_it() {
        let (one, other) = (Token::draw().unwrap(), Token::draw().unwrap());
        assert!(one.is(one.text()) && !one.is(other.text()));
        assert_eq!(one.text().len(), 64);
        assert!(!one.is(&one.text()[..63]) && !one.is(""));
        assert!(!one.is(&one.text().to_uppercase()) || one.text().bytes().all(|it| it.is_ascii_digit()));
    }
}
