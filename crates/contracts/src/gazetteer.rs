//! A small gazetteer of European cities: for short references and for simulation without road data.

use kernel::Position;

/// A city.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct City {
    /// Its name in English.
    pub name: &'static str,
    /// Three capitals, unique.
    pub code: &'static str,
    /// ISO 3166-1 alpha-2 country.
    pub country: &'static str,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

impl City {
    /// Its position.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position { latitude: self.latitude, longitude: self.longitude }
    }
}

const fn city(
    code: &'static str,
    name: &'static str,
    country: &'static str,
    latitude: f64,
    longitude: f64,
) -> City {
    City { name, code, country, latitude, longitude }
}

/// The cities, in no particular order.
pub const CITIES: &[City] = &[
    city("MIL", "Milan", "IT", 45.4642, 9.19),
    city("ROM", "Rome", "IT", 41.9028, 12.4964),
    city("NAP", "Naples", "IT", 40.8518, 14.2681),
    city("TRN", "Turin", "IT", 45.0703, 7.6869),
    city("PAL", "Palermo", "IT", 38.1157, 13.3615),
    city("GOA", "Genoa", "IT", 44.4056, 8.9463),
    city("BLQ", "Bologna", "IT", 44.4949, 11.3426),
    city("FLR", "Florence", "IT", 43.7696, 11.2558),
    city("BRI", "Bari", "IT", 41.1171, 16.8719),
    city("CTA", "Catania", "IT", 37.5079, 15.083),
    city("VCE", "Venice", "IT", 45.4408, 12.3155),
    city("VRN", "Verona", "IT", 45.4384, 10.9916),
    city("PAD", "Padua", "IT", 45.4064, 11.8768),
    city("TRS", "Trieste", "IT", 45.6495, 13.7768),
    city("BRE", "Brescia", "IT", 45.5416, 10.2118),
    city("PMF", "Parma", "IT", 44.8015, 10.3279),
    city("MOD", "Modena", "IT", 44.6471, 10.9252),
    city("PRU", "Perugia", "IT", 43.1107, 12.3908),
    city("ANC", "Ancona", "IT", 43.6158, 13.5189),
    city("PES", "Pescara", "IT", 42.4618, 14.2161),
    city("BZO", "Bolzano", "IT", 46.4983, 11.3548),
    city("LIV", "Livorno", "IT", 43.5485, 10.3106),
    city("TAR", "Taranto", "IT", 40.4644, 17.247),
    city("REG", "Reggio Calabria", "IT", 38.1113, 15.6473),
    city("CAG", "Cagliari", "IT", 39.2238, 9.1217),
    city("PCZ", "Piacenza", "IT", 45.0526, 9.693),
    city("PAR", "Paris", "FR", 48.8566, 2.3522),
    city("LYS", "Lyon", "FR", 45.764, 4.8357),
    city("MRS", "Marseille", "FR", 43.2965, 5.3698),
    city("NCE", "Nice", "FR", 43.7102, 7.262),
    city("TLS", "Toulouse", "FR", 43.6047, 1.4442),
    city("LIL", "Lille", "FR", 50.6292, 3.0573),
    city("STR", "Strasbourg", "FR", 48.5734, 7.7521),
    city("BOD", "Bordeaux", "FR", 44.8378, -0.5792),
    city("BER", "Berlin", "DE", 52.52, 13.405),
    city("HAM", "Hamburg", "DE", 53.5511, 9.9937),
    city("MUC", "Munich", "DE", 48.1351, 11.582),
    city("CGN", "Cologne", "DE", 50.9375, 6.9603),
    city("FRA", "Frankfurt", "DE", 50.1109, 8.6821),
    city("STU", "Stuttgart", "DE", 48.7758, 9.1829),
    city("LEJ", "Leipzig", "DE", 51.3397, 12.3731),
    city("NUE", "Nuremberg", "DE", 49.4521, 11.0767),
    city("VIE", "Vienna", "AT", 48.2082, 16.3738),
    city("INN", "Innsbruck", "AT", 47.2692, 11.4041),
    city("GRZ", "Graz", "AT", 47.0707, 15.4395),
    city("ZRH", "Zurich", "CH", 47.3769, 8.5417),
    city("BSL", "Basel", "CH", 47.5596, 7.5886),
    city("MAD", "Madrid", "ES", 40.4168, -3.7038),
    city("BCN", "Barcelona", "ES", 41.3874, 2.1686),
    city("VLC", "Valencia", "ES", 39.4699, -0.3763),
    city("SVQ", "Seville", "ES", 37.3891, -5.9845),
    city("ZAZ", "Zaragoza", "ES", 41.6488, -0.8891),
    city("LIS", "Lisbon", "PT", 38.7223, -9.1393),
    city("OPO", "Porto", "PT", 41.1579, -8.6291),
    city("AMS", "Amsterdam", "NL", 52.3676, 4.9041),
    city("RTM", "Rotterdam", "NL", 51.9244, 4.4777),
    city("BRU", "Brussels", "BE", 50.8503, 4.3517),
    city("ANR", "Antwerp", "BE", 51.2194, 4.4025),
    city("WAW", "Warsaw", "PL", 52.2297, 21.0122),
    city("KRK", "Krakow", "PL", 50.0647, 19.945),
    city("WRO", "Wroclaw", "PL", 51.1079, 17.0385),
    city("PRG", "Prague", "CZ", 50.0755, 14.4378),
    city("BRQ", "Brno", "CZ", 49.1951, 16.6068),
    city("BTS", "Bratislava", "SK", 48.1486, 17.1077),
    city("BUD", "Budapest", "HU", 47.4979, 19.0402),
    city("LJU", "Ljubljana", "SI", 46.0569, 14.5058),
    city("ZAG", "Zagreb", "HR", 45.815, 15.9819),
    city("BEG", "Belgrade", "RS", 44.7866, 20.4489),
    city("BUH", "Bucharest", "RO", 44.4268, 26.1025),
    city("SOF", "Sofia", "BG", 42.6977, 23.3219),
    city("ATH", "Athens", "GR", 37.9838, 23.7275),
    city("SKG", "Thessaloniki", "GR", 40.6401, 22.9444),
    city("CPH", "Copenhagen", "DK", 55.6761, 12.5683),
    city("STO", "Stockholm", "SE", 59.3293, 18.0686),
    city("GOT", "Gothenburg", "SE", 57.7089, 11.9746),
    city("OSL", "Oslo", "NO", 59.9139, 10.7522),
    city("HEL", "Helsinki", "FI", 60.1699, 24.9384),
    city("RIX", "Riga", "LV", 56.9496, 24.1052),
    city("VNO", "Vilnius", "LT", 54.6872, 25.2797),
    city("TLL", "Tallinn", "EE", 59.437, 24.7536),
    city("DUB", "Dublin", "IE", 53.3498, -6.2603),
    city("LUX", "Luxembourg", "LU", 49.6116, 6.1319),
];

/// Names of cities where they lie, as far as they differ from the English ones.
const LOCAL_NAMES: &[(&str, &str)] = &[
    ("MIL", "Milano"),
    ("ROM", "Roma"),
    ("NAP", "Napoli"),
    ("TRN", "Torino"),
    ("GOA", "Genova"),
    ("FLR", "Firenze"),
    ("VCE", "Venezia"),
    ("PAD", "Padova"),
    ("MRS", "Marseille"),
    ("MUC", "München"),
    ("CGN", "Köln"),
    ("FRA", "Frankfurt am Main"),
    ("NUE", "Nürnberg"),
    ("VIE", "Wien"),
    ("ZRH", "Zürich"),
    ("VLC", "València"),
    ("SVQ", "Sevilla"),
    ("ZAZ", "Zaragoza"),
    ("LIS", "Lisboa"),
    ("BRU", "Bruxelles"),
    ("ANR", "Antwerpen"),
    ("WAW", "Warszawa"),
    ("KRK", "Kraków"),
    ("WRO", "Wrocław"),
    ("PRG", "Praha"),
    ("BEG", "Beograd"),
    ("BUH", "București"),
    ("SOF", "Sofiya"),
    ("ATH", "Athina"),
    ("SKG", "Thessaloniki"),
    ("CPH", "København"),
    ("GOT", "Göteborg"),
    ("HEL", "Helsinki"),
];

/// What a city is called where it lies.
#[must_use]
pub fn local_name(city: &City) -> &'static str {
    LOCAL_NAMES.iter().find(|(code, _)| *code == city.code).map_or(city.name, |(_, name)| name)
}

/// A text without capitals, and the letters of Europe's Latin alphabets without their marks.
fn folded(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => plain.push('a'),
            'ç' | 'ć' | 'č' => plain.push('c'),
            'ď' | 'đ' => plain.push('d'),
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => plain.push('e'),
            'ì' | 'í' | 'î' | 'ï' | 'ī' => plain.push('i'),
            'ł' => plain.push('l'),
            'ñ' | 'ń' | 'ň' => plain.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ő' => plain.push('o'),
            'ř' => plain.push('r'),
            'ś' | 'š' | 'ş' | 'ș' => plain.push('s'),
            'ť' | 'ţ' | 'ț' => plain.push('t'),
            'ù' | 'ú' | 'û' | 'ü' | 'ů' | 'ű' => plain.push('u'),
            'ý' => plain.push('y'),
            'ź' | 'ż' | 'ž' => plain.push('z'),
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            // Marks that stand by themselves after their letter.
            '\u{300}'..='\u{36f}' => {}
            other => plain.push(other),
        }
    }
    plain
}

/// How well a city answers what was typed: 0 best; `None` not at all.
fn fit(city: &City, typed: &str) -> Option<u8> {
    let names = [folded(city.name), folded(local_name(city))];
    if names.iter().any(|name| name == typed) || folded(city.code) == typed {
        Some(0)
    } else if names.iter().any(|name| name.starts_with(typed)) {
        Some(1)
    } else {
        names.iter().any(|name| name.split([' ', '-']).any(|word| word.starts_with(typed))).then_some(2)
    }
}

/// The cities whose English or local name, code, or a word of them begins with what was typed, whatever its accents and
/// capitals; the best first, at most `limit`.
#[must_use]
pub fn search(typed: &str, limit: usize) -> Vec<&'static City> {
    let typed = folded(typed.trim());
    let mut found: Vec<(u8, &'static City)> =
        CITIES.iter().filter_map(|city| Some((fit(city, &typed)?, city))).collect();
    found.sort_by_key(|(fit, city)| (*fit, city.name));
    found.into_iter().take(limit).map(|(_, city)| city).collect()
}

/// The city nearest to a position by great circle.
#[must_use]
pub fn nearest(position: Position) -> &'static City {
    let mut best = &CITIES[0];
    let mut best_km = f64::INFINITY;
    for city in CITIES {
        if position.at_least_km(city.position()) >= best_km {
            continue;
        }
        let km = city.position().distance_km(position);
        if km < best_km {
            (best, best_km) = (city, km);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_unique_and_three_capitals() {
        let codes: HashSet<_> = CITIES.iter().map(|city| city.code).collect();
        assert_eq!(codes.len(), CITIES.len());
        assert!(codes.iter().all(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase())));
    }

    #[test]
    fn a_city_is_found_by_the_beginning_of_any_of_its_names() {
        let names = |typed: &str| search(typed, 3).iter().map(|city| city.name).collect::<Vec<_>>();
        assert_eq!(names("mil"), ["Milan"]);
        assert_eq!(names("MILANO"), ["Milan"]);
        assert_eq!(names("koln"), ["Cologne"]);
        assert_eq!(names("K\u{f6}ln"), ["Cologne"]);
        assert_eq!(names("Ko\u{308}ln"), ["Cologne"]);
        assert_eq!(names("wroc"), ["Wroclaw"]);
        assert_eq!(names("cal"), ["Reggio Calabria"], "a word of it");
        assert_eq!(names("b").len(), 3, "no more than asked for");
        assert!(names("zzz").is_empty() && names("ilan").is_empty());
        for (code, _) in LOCAL_NAMES {
            assert!(CITIES.iter().any(|city| city.code == *code), "{code}");
        }
    }

    #[test]
    fn no_city_is_nearer_than_the_nearest() {
        for latitude in -18..=18 {
            for longitude in -36..=36 {
                let place =
                    Position { latitude: f64::from(latitude) * 5.0, longitude: f64::from(longitude) * 5.0 };
                let distances = CITIES.iter().map(|city| city.position().distance_km(place));
                let least = distances.fold(f64::INFINITY, f64::min);
                assert!((nearest(place).position().distance_km(place) - least).abs() < 1e-6, "{place:?}");
            }
        }
    }

    #[test]
    fn the_nearest_city_of_monza_is_milan() {
        assert_eq!(nearest(Position { latitude: 45.5845, longitude: 9.2744 }).code, "MIL");
    }
}
