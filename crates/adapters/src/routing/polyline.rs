//! Encoded polylines (Google, "Encoded Polyline Algorithm Format"): differences of coordinates, five bits a character.

use super::{VendorError, on_earth};
use kernel::Position;

/// The places of a polyline with so many decimals: 5 for Google, 6 for Valhalla and `polyline6` of OSRM.
///
/// # Errors
/// [`VendorError::Refused`] when the text is no polyline.
pub(super) fn decode(text: &str, decimals: i32) -> Result<Vec<Position>, VendorError> {
    let scale = 10_f64.powi(decimals);
    let mut numbers = Numbers(text.bytes());
    let (mut latitude, mut longitude) = (0_i64, 0_i64);
    let mut places = Vec::new();
    while let Some(change) = numbers.next()? {
        latitude = latitude.wrapping_add(change);
        longitude = longitude.wrapping_add(numbers.next()?.ok_or_else(broken)?);
        places.push(on_earth(latitude as f64 / scale, longitude as f64 / scale)?);
    }
    Ok(places)
}

fn broken() -> VendorError {
    VendorError::Refused("a line of the answer is no polyline".to_owned())
}

struct Numbers<'a>(std::str::Bytes<'a>);

impl Numbers<'_> {
    fn next(&mut self) -> Result<Option<i64>, VendorError> {
        let (mut value, mut shift) = (0_i64, 0_u32);
        loop {
            let Some(byte) = self.0.next() else {
                return if shift == 0 { Ok(None) } else { Err(broken()) };
            };
            let bits = i64::from(byte.checked_sub(63).filter(|bits| *bits < 64).ok_or_else(broken)?);
            value |= (bits & 0x1f) << shift;
            shift += 5;
            if bits & 0x20 == 0 {
                return Ok(Some(if value & 1 == 0 { value >> 1 } else { !(value >> 1) }));
            }
            if shift > 50 {
                return Err(broken());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_its_description() {
        let places = decode("_p~iF~ps|U_ulLnnqC_mqNvxq`@", 5).unwrap();
        let expected = [(38.5, -120.2), (40.7, -120.95), (43.252, -126.453)];
        assert_eq!(places.len(), expected.len());
        for (place, (latitude, longitude)) in places.iter().zip(expected) {
            assert!((place.latitude - latitude).abs() < 1e-9 && (place.longitude - longitude).abs() < 1e-9);
        }
    }

    #[test]
    fn what_is_no_polyline_is_refused() {
        for text in ["_p~iF", "_p~iF~", "\u{7f}", " ", "____________________", "~~~~~~~~~~~~~?"] {
            assert!(decode(text, 5).is_err(), "{text:?}");
        }
        assert_eq!(decode("", 5).unwrap(), Vec::new());
    }
}
