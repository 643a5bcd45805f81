//! A track as frames that a player shows one after the other, at any speed.

use crate::Sample;
use kernel::Timestamp;

/// A player shows at most one frame in so many milliseconds; what would come faster is left out.
const FRAME_MS: f64 = 100.0;

/// One frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Where the vehicle was.
    pub sample: Sample,
    /// When to show it, in milliseconds of play after the part's beginning.
    pub play_ms: u64,
}

/// The frames of a part of a track that begins at `from`, oldest first, played `speed` times as fast as it was driven. Of
/// positions that are nearer than a player shows them the first is taken, and the last of the part always.
#[must_use]
pub fn frames(samples: &[Sample], from: Timestamp, speed: f64) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    let last = samples.len().saturating_sub(1);
    let mut next_ms = 0.0;
    for (index, sample) in samples.iter().enumerate() {
        let play_ms = play_ms(from, sample.at, speed);
        if play_ms >= next_ms || index == last {
            frames.push(Frame { sample: sample.clone(), play_ms: play_ms as u64 });
            next_ms = play_ms + FRAME_MS;
        }
    }
    frames
}

/// Milliseconds of play from one instant to another.
#[must_use]
pub fn play_ms(from: Timestamp, to: Timestamp, speed: f64) -> f64 {
    to.since(from).as_secs_f64() * 1000.0 / speed
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Position;
    use proptest::prelude::*;
    use std::time::Duration;

    const START: Timestamp = Timestamp::from_millis(1_772_352_000_000);

    fn track(seconds: impl IntoIterator<Item = u64>) -> Vec<Sample> {
        let sample = |second| Sample {
            position: Position { latitude: 45.0, longitude: 9.0 },
            at: START.after(Duration::from_secs(second)),
            speed_kmh: None,
            heading: None,
            mocked: None,
        };
        seconds.into_iter().map(sample).collect()
    }

    fn times(track: &[Sample], speed: f64) -> Vec<u64> {
        frames(track, START, speed).iter().map(|frame| frame.play_ms).collect()
    }

    #[test]
    fn a_track_is_played_as_it_was_driven_slower_and_faster() {
        let track = track([0, 10, 20, 25]);
        assert_eq!(times(&track, 1.0), [0, 10_000, 20_000, 25_000]);
        assert_eq!(times(&track, 0.5), [0, 20_000, 40_000, 50_000]);
        assert_eq!(times(&track, 100.0), [0, 100, 200, 250], "the last is always shown");
        assert_eq!(times(&track, 200.0), [0, 100, 125]);
        assert_eq!(times(&[], 1.0), [0_u64; 0]);
    }

    proptest! {
        #[test]
        fn no_player_is_flooded(steps in proptest::collection::vec(1_u64..100, 0..200), speed in 0.1..3600.0_f64) {
            let seconds = steps.iter().scan(0, |at, step| { *at += step; Some(*at) });
            let times = times(&track(seconds), speed);
            let but_last = times.len().saturating_sub(1);
            prop_assert!(times[..but_last].windows(2).all(|pair| pair[1] - pair[0] >= 99));
            prop_assert!(times.is_sorted());
        }
    }
}
