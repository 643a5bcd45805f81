//! `decode`: what trackers' messages say, one a line in, one JSON object a line out.

use crate::{cli::DecodeArgs, failure::Failure};
use devices::{DecodeError, Message, Point, Protocol, hex};
use kernel::{Clock as _, Timestamp};
use runtime::SystemClock;
use serde::Serialize;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read as _, Write},
    path::Path,
};

/// A line is at most so long: the largest message of any protocol, in hexadecimal, and room.
const LINE_BYTES_MAX: usize = 256 * 1024;

/// Decodes a file or the standard input to the standard output.
pub fn run(args: &DecodeArgs) -> Result<(), Failure> {
    let received = SystemClock.now();
    let out = io::stdout().lock();
    if args.file == Path::new("-") {
        return stream(args.protocol.into(), io::stdin().lock(), out, received);
    }
    let file = File::open(&args.file)
        .map_err(|error| Failure::Refused(format!("{} cannot be read: {error}", args.file.display())))?;
    stream(args.protocol.into(), BufReader::new(file), out, received)
}

/// Answers every line that is not empty. Lines are answered as they come: nothing waits while input is at hand.
fn stream(
    protocol: Protocol,
    mut input: impl BufRead,
    output: impl Write,
    received: Timestamp,
) -> Result<(), Failure> {
    let mut output = io::BufWriter::new(output);
    let mut line = Vec::new();
    while let Some(whole) = next_line(&mut input, &mut line)
        .map_err(|error| Failure::Refused(format!("the input cannot be read: {error}")))?
    {
        let answer = match (whole, line.trim_ascii()) {
            (true, []) => continue,
            (true, text) => bytes_of(protocol, text).and_then(|bytes| protocol.decode(&bytes, received)),
            (false, _) => Err(DecodeError::TooLong),
        };
        write_answer(&mut output, &answer).map_err(|error| Failure::output(&error))?;
    }
    output.flush().map_err(|error| Failure::output(&error))
}

/// The next line; whether it is whole, or was longer than a line may be and is skipped. None at the end.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    let limit = u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX);
    if input.by_ref().take(limit).read_until(b'\n', line)? == 0 {
        return Ok(None);
    }
    if line.len() < LINE_BYTES_MAX || line.ends_with(b"\n") {
        return Ok(Some(true));
    }
    loop {
        line.clear();
        let read = input.by_ref().take(limit).read_until(b'\n', line)?;
        if read == 0 || line.ends_with(b"\n") {
            return Ok(Some(false));
        }
    }
}

/// A text protocol's line is the message itself; everything else, and H02's binary form, is hexadecimal.
fn bytes_of(protocol: Protocol, line: &[u8]) -> Result<Vec<u8>, DecodeError> {
    match protocol {
        Protocol::Osmand => Ok(line.to_vec()),
        Protocol::H02 if line.starts_with(b"*") => Ok(line.to_vec()),
        Protocol::H02 | Protocol::Teltonika | Protocol::Gt06 => hex::decode(line),
    }
}

fn write_answer(output: &mut impl Write, answer: &Result<Message, DecodeError>) -> io::Result<()> {
    match answer {
        Ok(message) => serde_json::to_writer(&mut *output, &Decoded::from(message))?,
        Err(error) => {
            serde_json::to_writer(&mut *output, &Undecoded { error: error.to_string(), code: error.code() })?;
        }
    }
    output.write_all(b"\n")
}

#[derive(Serialize)]
struct Undecoded {
    error: String,
    code: &'static str,
}

#[derive(Serialize)]
struct Decoded<'a> {
    positions: Vec<DecodedPosition<'a>>,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'a str>,
    #[serde(skip_serializing_if = "devices::Attributes::is_empty")]
    attributes: &'a devices::Attributes,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused: Vec<RefusedPosition>,
}

#[derive(Serialize)]
struct DecodedPosition<'a> {
    time: String,
    latitude: f64,
    longitude: f64,
    speed_kmh: Option<f64>,
    heading: Option<f64>,
    altitude: Option<f64>,
    satellites: Option<u16>,
    valid: bool,
    attributes: &'a devices::Attributes,
}

#[derive(Serialize)]
struct RefusedPosition {
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
}

impl<'a> From<&'a Message> for Decoded<'a> {
    fn from(message: &'a Message) -> Self {
        let refused = message.refused.iter().map(|refused| RefusedPosition {
            reason: refused.reason.code(),
            time: refused.at.map(|at| at.to_string()),
        });
        Self {
            positions: message.points.iter().map(DecodedPosition::from).collect(),
            kind: &message.kind,
            device: message.device.as_deref(),
            attributes: &message.attributes,
            refused: refused.collect(),
        }
    }
}

impl<'a> From<&'a Point> for DecodedPosition<'a> {
    fn from(point: &'a Point) -> Self {
        Self {
            time: point.at.to_string(),
            latitude: point.position.latitude,
            longitude: point.position.longitude,
            speed_kmh: point.speed_kmh,
            heading: point.heading,
            altitude: point.altitude,
            satellites: point.satellites,
            valid: point.valid,
            attributes: &point.attributes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);
    const LOGIN: &str = "000F313233343536373839303132333435";

    fn decoded(protocol: Protocol, input: &[u8]) -> String {
        let mut output = Vec::new();
        stream(protocol, input, &mut output, NOW).unwrap();
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn each_line_is_answered_and_a_bad_one_stops_nothing() {
        let record = "000000000000003508010000014f8e016420002141bbaf0f4e96a7fffa0000120000000602010047030242669c92000002c7000000009100000000000100002df3";
        let input = format!(
            "{LOGIN}\n\n  \nnot hexadecimal\n{record}\r\n{}00\n{record}",
            &record[..record.len() - 2]
        );
        insta::assert_snapshot!(decoded(Protocol::Teltonika, input.as_bytes()));
    }

    #[test]
    fn gt06_is_hexadecimal() {
        let input = "787822220f0c1d023305c9027ac8180c46586000140001cc00287d001f71000001000820860d0a\n78780D01012345678901234500018CDD0D0A\n78782322110c070f1b0270000000000000000000040081360104cb8a00bef3000000000523030d0a\n";
        insta::assert_snapshot!(decoded(Protocol::Gt06, input.as_bytes()));
    }

    #[test]
    fn h02_is_text_or_hexadecimal() {
        let input = "*HQ,9001000002,V8,213945,A,3542.2043,N,38.6508,W,0.00,170,221025,FBFFF9FF,0,0,0,0,22,31,126,0#\n24410600082621532131081504419390060740418306000000fffffbfdff0015060000002c02dc0c000000001f\n*HQ,356327080425330,XT,1,100#\n";
        insta::assert_snapshot!(decoded(Protocol::H02, input.as_bytes()));
    }

    #[test]
    fn osmand_is_a_query_or_json() {
        let input = r#"/?id=902064&lat=42.06288&lon=-88.23412&timestamp=2016-01-27T18%3A55%3A47Z&hdop=6.0&altitude=224.0&speed=10.0
{"location":{"timestamp":"2021-07-21T08:06:34.444Z","coords":{"latitude":-6.1148096,"longitude":106.6837015,"speed":18.67,"heading":63,"altitude":35.7}},"device_id":"8737767034"}
id=1&lat=91&lon=0&timestamp=1377177267
lat=60&lon=30
"#;
        insta::assert_snapshot!(decoded(Protocol::Osmand, input.as_bytes()));
    }

    #[test]
    fn a_line_without_an_end_is_skipped_in_bounded_memory() {
        let mut input = vec![b'0'; 3 * LINE_BYTES_MAX];
        input.extend(format!("\n{LOGIN}\n").bytes());
        let answers = decoded(Protocol::Teltonika, &input);
        let lines: Vec<&str> = answers.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].contains("frame.too_long") && lines[1].contains("login"), "{answers}");
    }
}
