//! What a document's first bytes say that it is; what a client calls it is not believed.

/// A kind of bytes that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentType {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
    /// PDF.
    Pdf,
}

impl ContentType {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Jpeg, Self::Png, Self::Webp, Self::Pdf];

    /// By the first bytes: JPEG (ISO 10918-1, SOI and the first marker), PNG (RFC 2083, section 3.1), WebP (RFC 9649,
    /// section 2.4), PDF (ISO 32000-1, section 7.5.2).
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            Some(Self::Webp)
        } else {
            bytes.starts_with(b"%PDF-").then_some(Self::Pdf)
        }
    }

    /// The media type.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
        }
    }

    /// What a file of it ends with.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Pdf => "pdf",
        }
    }

    /// The one of a media type, whatever its parameters and capitals.
    #[must_use]
    pub fn named(media_type: &str) -> Option<Self> {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        Self::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(essence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell() {
        for (bytes, expected) in [
            (&b"\xff\xd8\xff\xe0rest"[..], Some(ContentType::Jpeg)),
            (b"\x89PNG\r\n\x1a\nrest", Some(ContentType::Png)),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Some(ContentType::Webp)),
            (b"%PDF-1.7", Some(ContentType::Pdf)),
            (b"RIFF\x10\0\0\0WAVE", None),
            (b"<svg onload=alert(1)>", None),
            (b"GIF89a", None),
            (b"\xff\xd8", None),
            (b"", None),
        ] {
            assert_eq!(ContentType::of(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn names_are_read_back() {
        for known in ContentType::ALL {
            assert_eq!(ContentType::named(&format!("{}; a=b", known.name().to_uppercase())), Some(known));
        }
        assert_eq!(ContentType::named("text/html"), None);
    }
}
