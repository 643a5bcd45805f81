//! Which of a file's forms a client takes (RFC 9110, section 12.5.3).

use axum::http::{HeaderMap, header};

/// How the bytes of an answer are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// As they are.
    Identity,
    /// `gzip`.
    Gzip,
    /// `br`, the smallest.
    Brotli,
}

impl Encoding {
    /// As the header names it; nothing for plain bytes.
    pub(crate) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }

    /// Whether a client takes it; plain bytes are always sent when nothing else fits.
    pub(crate) fn is_taken(self, asked: &HeaderMap) -> bool {
        let Some(name) = self.name() else { return true };
        let lists = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        let mut any = None;
        for (coding, wanted) in lists.flat_map(|list| list.split(',')).map(read) {
            if coding.eq_ignore_ascii_case(name) {
                return wanted;
            }
            if coding == "*" {
                any = Some(wanted);
            }
        }
        any.unwrap_or(false)
    }
}

/// One item such as `br;q=0.5`: its name and whether it is wanted at all.
fn read(item: &str) -> (&str, bool) {
    let mut parts = item.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    (name, weight.is_none_or(|weight| weight.trim().parse::<f32>().is_ok_and(|weight| weight > 0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(accept: &str) -> (bool, bool) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, accept.parse().unwrap());
        (Encoding::Brotli.is_taken(&headers), Encoding::Gzip.is_taken(&headers))
    }

    #[test]
    fn a_client_gets_what_it_names_and_never_what_it_refuses() {
        assert_eq!(taken("gzip, deflate, br, zstd"), (true, true));
        assert_eq!(taken("GZIP;q=0.5"), (false, true));
        assert_eq!(taken("br;q=0, *"), (false, true));
        assert_eq!(taken("*;q=0, gzip"), (false, true));
        assert_eq!(taken("gzip; q=0.0, br;q=1.000"), (true, false));
        for none in ["", "identity", "brotli", "br;q=x", "gzip;q=0"] {
            assert_eq!(taken(none), (false, false), "{none}");
        }
        assert!(!Encoding::Brotli.is_taken(&HeaderMap::new()));
        assert!(Encoding::Identity.is_taken(&HeaderMap::new()));
    }
}
