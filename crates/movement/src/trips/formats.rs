//! Tracks and reports as files: GPX 1.1, GeoJSON (RFC 7946: longitude first) and CSV (RFC 4180).

use super::{LegKind, Report, Utilisation};
use crate::Sample;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// One track with one segment.
#[must_use]
pub fn gpx(samples: &[Sample]) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx version=\"1.1\" creator=\"Auto-Broker\" \
         xmlns=\"http://www.topografix.com/GPX/1/1\">\n<trk><trkseg>\n",
    );
    for sample in samples {
        // Writing into a string cannot fail.
        let _written = writeln!(
            text,
            "<trkpt lat=\"{:.7}\" lon=\"{:.7}\"><time>{}</time></trkpt>",
            sample.position.latitude, sample.position.longitude, sample.at
        );
    }
    text.push_str("</trkseg></trk>\n</gpx>\n");
    text
}

/// One feature: a line with the times of its points, or nothing to draw for fewer than two.
#[must_use]
pub fn geojson(samples: &[Sample]) -> Value {
    let places: Vec<Value> =
        samples.iter().map(|sample| json!([sample.position.longitude, sample.position.latitude])).collect();
    let times: Vec<String> = samples.iter().map(|sample| sample.at.to_string()).collect();
    let geometry = match places.len() {
        // A line has two points or more.
        0 => Value::Null,
        1 => json!({ "type": "Point", "coordinates": places.first() }),
        _ => json!({ "type": "LineString", "coordinates": places }),
    };
    json!({ "type": "Feature", "geometry": geometry, "properties": { "times": times } })
}

/// One line a leg, then one for all legs of each kind: `total_drive` says what was driven with freight aboard and which
/// part without. No field can hold a comma or a quotation mark.
#[must_use]
pub fn report_csv(report: &Report, used: &Utilisation) -> String {
    let mut text =
        String::from("kind,from,to,seconds,distance_km,latitude,longitude,loaded_km,empty_share\r\n");
    for leg in &report.legs {
        let distance = if leg.kind == LegKind::Stop { 0.0 } else { leg.distance_km };
        let _written = write!(
            text,
            "{},{},{},{},{distance:.3},{:.7},{:.7},,\r\n",
            leg.kind.name(),
            leg.from,
            leg.to,
            leg.duration().as_secs(),
            leg.place.latitude,
            leg.place.longitude,
        );
    }
    let (Some(first), Some(last)) = (report.legs.first(), report.legs.last()) else { return text };
    for kind in [LegKind::Drive, LegKind::Stop, LegKind::Gap] {
        let (name, seconds, km) = (kind.name(), report.time_in(kind).as_secs(), report.km_in(kind));
        let loaded = match kind {
            LegKind::Drive => format!("{:.3}", used.loaded_km),
            LegKind::Stop | LegKind::Gap => String::new(),
        };
        let empty = used.empty_share().filter(|_| kind == LegKind::Drive);
        let empty = empty.map_or_else(String::new, |share| format!("{share:.3}"));
        let _written =
            write!(text, "total_{name},{},{},{seconds},{km:.3},,,{loaded},{empty}\r\n", first.from, last.to);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trips::Leg;
    use kernel::{Position, Timestamp};

    const AT: Timestamp = Timestamp::from_millis(1_772_352_000_000);

    fn sample(latitude: f64) -> Sample {
        let position = Position { latitude, longitude: 9.19 };
        Sample { position, at: AT, speed_kmh: None, heading: None, mocked: None }
    }

    #[test]
    fn gpx_is_a_track() {
        let text = gpx(&[sample(45.4642)]);
        let point = "<trkpt lat=\"45.4642000\" lon=\"9.1900000\"><time>2026-03-01T08:00:00Z</time></trkpt>\n";
        assert!(text.contains(point) && text.ends_with("</trkseg></trk>\n</gpx>\n"), "{text}");
    }

    #[test]
    fn geojson_has_the_longitude_first() {
        let line = geojson(&[sample(45.0), sample(46.0)]);
        assert_eq!(
            line["geometry"],
            json!({ "type": "LineString", "coordinates": [[9.19, 45.0], [9.19, 46.0]] })
        );
        assert_eq!(line["properties"]["times"][0], "2026-03-01T08:00:00Z");
        assert_eq!(geojson(&[sample(45.0)])["geometry"]["type"], "Point");
        assert_eq!(geojson(&[])["geometry"], Value::Null);
    }

    #[test]
    fn a_report_is_one_line_a_leg_and_one_for_each_kind() {
        let leg = Leg {
            kind: LegKind::Drive,
            from: AT,
            to: AT.after(std::time::Duration::from_secs(60)),
            distance_km: 1.25,
            place: sample(45.0).position,
        };
        let to = AT.after(std::time::Duration::from_secs(60));
        let used = Utilisation::of(&Report { legs: vec![leg.clone()], ..Report::default() }, &[(AT, to)]);
        let text = report_csv(&Report { legs: vec![leg], ..Report::default() }, &used);
        let lines: Vec<&str> = text.split("\r\n").collect();
        let span = "2026-03-01T08:00:00Z,2026-03-01T08:01:00Z";
        assert_eq!(
            lines[1..],
            [
                format!("drive,{span},60,1.250,45.0000000,9.1900000,,"),
                format!("total_drive,{span},60,1.250,,,1.250,0.000"),
                format!("total_stop,{span},0,0.000,,,,"),
                format!("total_gap,{span},0,0.000,,,,"),
                String::new(),
            ]
        );
        let columns = |line: &str| line.matches(',').count();
        assert!(lines[1..5].iter().all(|line| columns(line) == columns(lines[0])));
        assert_eq!(report_csv(&Report::default(), &used).lines().count(), 1);
    }
}
