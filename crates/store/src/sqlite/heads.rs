//! A bounded memory of stream heads. The folder is exclusively ours, so what the writer wrote last is what stands.

use crate::chain::StreamHead;
use kernel::StreamRef;
use rustc_hash::FxHashMap;

/// Heads kept in each of the two halves: about 4 MB together.
const HALF: usize = 16_384;

/// Two halves: when the young one is full it becomes the old one, and what was old and never asked for again goes.
#[derive(Default)]
pub struct Heads {
    young: FxHashMap<StreamRef, StreamHead>,
    old: FxHashMap<StreamRef, StreamHead>,
}

impl Heads {
    pub fn get(&self, stream: StreamRef) -> Option<StreamHead> {
        self.young.get(&stream).or_else(|| self.old.get(&stream)).copied()
    }

    pub fn put(&mut self, stream: StreamRef, head: StreamHead) {
        if self.young.len() >= HALF {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(stream, head);
    }

    pub fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Uuid;

    fn stream(n: usize) -> StreamRef {
        StreamRef { prefix: "shp", id: Uuid::from_u128(n as u128) }
    }

    #[test]
    fn it_stays_small_and_never_answers_something_old() {
        let mut heads = Heads::default();
        for n in 0..HALF * 5 {
            heads.put(stream(n), StreamHead { version: 1, hash: [0; 32] });
            heads.put(stream(0), StreamHead { version: n as i64, hash: [1; 32] });
            assert_eq!(heads.get(stream(0)).map(|head| head.version), Some(n as i64));
            assert!(heads.young.len() + heads.old.len() <= 2 * HALF);
        }
        assert_eq!(heads.get(stream(1)), None);
        heads.clear();
        assert_eq!(heads.get(stream(0)), None);
    }
}
