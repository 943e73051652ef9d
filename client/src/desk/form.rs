//! What a form sent, field by field. Wiped on drop; no `Debug`: one of the fields is the number of a child.

use zeroize::Zeroizing;

/// Bytes that a form may have: far more than any of ours.
pub(super) const MAX_FORM_LEN: usize = 16 * 1024;

/// The fields of a form, in order.
pub(super) struct Form(Vec<(String, Zeroizing<String>)>);

impl Form {
    /// Reads `application/x-www-form-urlencoded`.
    pub(super) fn parse(body: &[u8]) -> Self {
        let fields = form_urlencoded::parse(body);
        Self(fields.map(|(name, value)| (name.into_owned(), Zeroizing::new(value.into_owned()))).collect())
    }

    /// A field without the space around it; empty when it is not there.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(it, _)| it == name).map_or("", |(_, value)| value.trim())
    }

    /// Every value of a field that may be given more than once, without the space around it.
    pub(super) fn texts<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(it, _)| it == name).map(|(_, value)| value.trim())
    }

    /// Every field with its value, in order.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &***value))
    }

    /// Whether a box was ticked or a button pressed.
    pub(super) fn has(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_browsers_write_them() {
        let form = Form::parse(b"nummer=+9123.45678+&zaak=Z%2F1%26a%3Db&leeg=&zaak=tweede&los");
        assert_eq!((form.text("nummer"), form.text("zaak")), ("9123.45678", "Z/1&a=b"));
        assert_eq!(form.texts("zaak").collect::<Vec<_>>(), ["Z/1&a=b", "tweede"]);
        assert_eq!((form.text("leeg"), form.text("los"), form.text("weg")), ("", "", ""));
        assert!(form.has("nummer") && !form.has("leeg") && !form.has("weg"));
    }
}
