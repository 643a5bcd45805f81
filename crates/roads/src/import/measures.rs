//! Values with units, as signs and mappers write them (the OSM wiki's page "Map features/Units").

/// A length in cm: `4`, `4.1 m`, `380 cm`, `12'6"`, `12 ft`. None where nothing is signed.
pub fn length_cm(text: &str) -> Option<u16> {
    let text = text.trim();
    if let Some((feet, inches)) = text.split_once('\'') {
        let inches = inches.trim_end_matches(['"', '\'']).trim();
        let inches = if inches.is_empty() { 0.0 } else { inches.parse::<f64>().ok()? };
        return whole((feet.trim().parse::<f64>().ok()? * 12.0 + inches) * 2.54);
    }
    let (number, unit) = split(text)?;
    whole(match unit {
        "" | "m" => number * 100.0,
        "cm" => number,
        "ft" => number * 30.48,
        _ => return None,
    })
}

/// A weight in units of 10 kg: `7.5`, `3.5 t`, `7500 kg`, `16000 lbs`, `8 st`.
pub fn weight_10kg(text: &str) -> Option<u16> {
    let (number, unit) = split(text.trim())?;
    whole(match unit {
        "" | "t" => number * 100.0,
        "kg" => number / 10.0,
        "lbs" | "lb" => number * 0.045_359_237,
        "st" => number * 90.718_474,
        _ => return None,
    })
}

/// A speed in km/h: `50`, `30 mph`, `walk`, `none`.
pub fn speed_kmh(text: &str) -> Option<u8> {
    match text.trim() {
        "walk" => Some(7),
        "none" => Some(NO_SPEED_LIMIT),
        text => {
            let (number, unit) = split(text)?;
            let kmh = match unit {
                "" | "km/h" | "kmh" | "kph" => number,
                "mph" => number * 1.609_344,
                "knots" => number * 1.852,
                _ => return None,
            };
            (1.0..=250.0).contains(&kmh).then_some(kmh.round() as u8)
        }
    }
}

/// What is stored for a road that is signed as free of limits.
pub const NO_SPEED_LIMIT: u8 = 255;

/// A duration in seconds: `00:35`, `1:30:00`, `90` (minutes), `PT1H30M`.
pub fn duration_s(text: &str) -> Option<u32> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix("PT") {
        let mut seconds = 0_u32;
        let mut number = 0_u32;
        for c in rest.chars() {
            match c {
                '0'..='9' => number = number.checked_mul(10)?.checked_add(c.to_digit(10)?)?,
                'H' => seconds = seconds.checked_add(std::mem::take(&mut number).checked_mul(3600)?)?,
                'M' => seconds = seconds.checked_add(std::mem::take(&mut number).checked_mul(60)?)?,
                'S' => seconds = seconds.checked_add(std::mem::take(&mut number))?,
                _ => return None,
            }
        }
        return (seconds > 0).then_some(seconds);
    }
    let parts: Option<Vec<u32>> =
        text.split(':').map(|part| part.parse().ok().filter(|n| *n < 100_000)).collect();
    match parts?.as_slice() {
        [minutes] => Some(minutes * 60),
        [hours, minutes] => Some(hours * 3600 + minutes * 60),
        [hours, minutes, seconds] => Some(hours * 3600 + minutes * 60 + seconds),
        _ => None,
    }
    .filter(|seconds| *seconds > 0)
}

/// A number and what follows it. A comma is taken for a point.
fn split(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ','))).unwrap_or(text.len());
    let number: f64 = text[..end].replace(',', ".").parse().ok()?;
    Some((number, text[end..].trim()))
}

fn whole(value: f64) -> Option<u16> {
    (value >= 1.0 && value < f64::from(u16::MAX)).then_some(value.round() as u16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn units_are_read() {
        assert_eq!(length_cm("4"), Some(400));
        assert_eq!(length_cm("3.8 m"), Some(380));
        assert_eq!(length_cm("12'6\""), Some(381));
        assert_eq!(length_cm("380cm"), Some(380));
        assert_eq!(weight_10kg("7.5"), Some(750));
        assert_eq!(weight_10kg("3500 kg"), Some(350));
        assert_eq!(speed_kmh("30 mph"), Some(48));
        assert_eq!(speed_kmh("none"), Some(NO_SPEED_LIMIT));
        assert_eq!(duration_s("01:30"), Some(5400));
        assert_eq!(duration_s("PT2H5M"), Some(7500));
        assert_eq!(duration_s("45"), Some(2700));
    }

    #[test]
    fn what_is_no_measure_is_none() {
        for text in ["default", "none", "below_default", "", "-3", "1e9", "0", "m"] {
            assert_eq!(length_cm(text), None, "{text}");
            assert_eq!(weight_10kg(text), None, "{text}");
        }
        assert_eq!(speed_kmh("signals"), None);
        assert_eq!(speed_kmh("1000"), None);
        assert_eq!(duration_s("PT99999999999H"), None);
    }

    proptest! {
        #[test]
        fn any_text_ends_in_an_answer(text in ".{0,20}") {
            let _ = (length_cm(&text), weight_10kg(&text), speed_kmh(&text), duration_s(&text));
        }
    }
}
