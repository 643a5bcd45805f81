//! A value about a person, which masks itself when printed (design, section 4).

use std::fmt;

/// Wraps personal data. `Debug` and `Display` print a mask; only [`Personal::reveal`] shows the value, so that a
/// reader of the code sees every place where it leaves. It has no serde implementation on purpose.
#[derive(Clone, PartialEq, Eq)]
pub struct Personal<T>(T);

impl<T> Personal<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself: for encryption, for comparison, and for an answer to somebody who may see it.
    pub const fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T> fmt::Display for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_shows_a_mask() {
        let name = Personal::new("Ada Rossi".to_owned());
        assert_eq!(format!("{name} {name:?}"), "*** ***");
        assert_eq!(name.reveal(), "Ada Rossi");
    }
}
