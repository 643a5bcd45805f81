//! A million random frames a decoder: none may panic, and no position that comes out may be one that cannot be true.
//!
//! Random bytes alone hardly get past the checksums, so most frames are real ones with a few bytes changed and the
//! checksum put right again. Without `../shared/data/devices` the frames are grown from the few below.

#![expect(clippy::unwrap_used, reason = "test code")]

use devices::{Protocol, hex};
use kernel::Timestamp;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::{path::Path, time::Duration};

const FRAMES: u32 = 1_000_000;
const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const SEEDS: [(Protocol, &str); 4] = [
    (
        Protocol::Teltonika,
        "000000000000003508010000014f8e016420002141bbaf0f4e96a7fffa0000120000000602010047030242669c92000002c7000000009100000000000100002df3",
    ),
    (Protocol::Gt06, "787822220f0c1d023305c9027ac8180c46586000140001cc00287d001f71000001000820860d0a"),
    (
        Protocol::H02,
        "24410600082621532131081504419390060740418306000000fffffbfdff0015060000002c02dc0c000000001f",
    ),
    (
        Protocol::Osmand,
        "2f3f69643d31266c61743d36302e30266c6f6e3d33302e302674696d657374616d703d31333737313737323637",
    ),
];

fn seeds(protocol: Protocol) -> Vec<Vec<u8>> {
    let own =
        SEEDS.iter().filter(|(of, _)| *of == protocol).map(|(_, text)| hex::decode(text.as_bytes()).unwrap());
    let mut seeds: Vec<Vec<u8>> = own.collect();
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/devices/device_messages.jsonl");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    for case in text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()) {
        if case["protocol"].as_str().unwrap().eq_ignore_ascii_case(protocol.name()) {
            let payload = case["payload"].as_str().unwrap();
            seeds.push(if case["kind"] == "hex" {
                hex::decode(payload.as_bytes()).unwrap()
            } else {
                payload.into()
            });
        }
    }
    seeds
}

/// Changes, removes or adds a few bytes.
fn mutate(frame: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    for _ in 0..random.random_range(0..4) {
        let at = random.random_range(0..=frame.len());
        match random.random_range(0..8) {
            0 if at < frame.len() => drop(frame.remove(at)),
            1 => frame.insert(at, random.random()),
            2 => frame.truncate(at),
            _ => {
                if let Some(byte) = frame.get_mut(at) {
                    *byte = random.random();
                }
            }
        }
    }
}

fn crc(bytes: &[u8], polynomial: u16, start: u16) -> u16 {
    bytes.iter().fold(start, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { polynomial } else { 0 })
    })
}

/// Puts the length and the checksum right, so that the content is read.
fn vouch(protocol: Protocol, frame: &mut [u8]) {
    let length = frame.len();
    match protocol {
        Protocol::Teltonika if frame.starts_with(&[0; 4]) && length > 13 => {
            frame[4..8].copy_from_slice(&u32::try_from(length - 12).unwrap().to_be_bytes());
            let checksum = u32::from(crc(&frame[8..length - 4], 0xa001, 0));
            frame[length - 4..].copy_from_slice(&checksum.to_be_bytes());
        }
        Protocol::Gt06 if length > 10 && length < 250 => {
            if frame.starts_with(&[0x78, 0x78]) {
                frame[2] = u8::try_from(length - 5).unwrap();
            } else {
                frame[2..4].copy_from_slice(&u16::try_from(length - 6).unwrap().to_be_bytes());
            }
            let checksum = !crc(&frame[2..length - 4], 0x8408, 0xffff);
            frame[length - 4..length - 2].copy_from_slice(&checksum.to_be_bytes());
            frame[length - 2..].copy_from_slice(b"\r\n");
        }
        _ => {}
    }
}

/// Decodes `count` frames and counts those that were read.
fn survive(protocol: Protocol, count: u32) -> u32 {
    let seeds = seeds(protocol);
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut read = 0;
    for number in 0..count {
        let mut frame = if number % 8 == 0 {
            let mut bytes = vec![0; random.random_range(0..300)];
            random.fill_bytes(&mut bytes);
            bytes
        } else {
            seeds[random.random_range(0..seeds.len())].clone()
        };
        mutate(&mut frame, &mut random);
        if number % 4 != 0 {
            vouch(protocol, &mut frame);
        }
        let Ok(message) = protocol.decode(&frame, NOW) else { continue };
        read += 1;
        for point in message.points {
            let shown = hex::encode(&frame);
            assert!((-90.0..=90.0).contains(&point.position.latitude), "{shown}");
            assert!((-180.0..=180.0).contains(&point.position.longitude), "{shown}");
            assert!(point.position.latitude.abs() + point.position.longitude.abs() > 0.0, "{shown}");
            assert!(point.speed_kmh.is_none_or(|speed| (0.0..=1000.0).contains(&speed)), "{shown}");
            assert!(point.heading.is_none_or(|heading| (0.0..360.0).contains(&heading)), "{shown}");
            assert!(point.at <= NOW.after(Duration::from_secs(90_000)), "{shown}");
            assert!(point.at >= Timestamp::from_millis(946_684_800_000), "{shown}");
        }
    }
    println!("{}: {read} of {count} random frames were read", protocol.name());
    read
}

#[test]
fn teltonika_survives_a_million_random_frames() {
    assert!(survive(Protocol::Teltonika, FRAMES) > FRAMES / 20);
}

#[test]
fn gt06_survives_a_million_random_frames() {
    assert!(survive(Protocol::Gt06, FRAMES) > FRAMES / 20);
}

#[test]
fn h02_survives_a_million_random_frames() {
    assert!(survive(Protocol::H02, FRAMES) > FRAMES / 20);
}

#[test]
fn osmand_survives_a_million_random_requests() {
    assert!(survive(Protocol::Osmand, FRAMES) > FRAMES / 20);
}

/// The functions that cut streams meet anything at all.
#[test]
fn framing_survives_a_million_random_streams() {
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let mut bytes = [0; 64];
    for _ in 0..FRAMES {
        random.fill_bytes(&mut bytes);
        bytes[0] = *[0, 0x78, 0x79, b'*', b'$', bytes[0]].get(usize::from(bytes[1] % 6)).unwrap();
        if bytes[2] % 2 == 0 {
            bytes[1] = bytes[0];
        }
        let stream = &bytes[..random.random_range(0..=64)];
        for length in
            [devices::teltonika::frame_length, devices::gt06::frame_length, devices::h02::frame_length]
        {
            assert!(
                length(stream).is_ok_and(|length| length.is_none_or(|length| length > 0))
                    || length(stream).is_err()
            );
        }
    }
}
