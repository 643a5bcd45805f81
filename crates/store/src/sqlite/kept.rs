//! Answers to requests with an idempotency key wait here for the next batch.

use super::writer::KeptResponse;
use parking_lot::Mutex;
use std::{collections::HashMap, sync::Arc};

/// So many may wait; the next one commits them by itself.
const WAITING_LIMIT: usize = 1024;

#[derive(Default)]
struct State {
    waiting: HashMap<String, (u16, String)>,
    /// Being committed now; still visible here until it is visible in the table.
    under_way: Arc<Vec<KeptResponse>>,
}

/// The answers that are not in the table yet.
#[derive(Default)]
pub struct KeptResponses(Mutex<State>);

impl KeptResponses {
    /// Lets an answer wait; `false` when it is time to commit. The first answer to a key stays.
    pub fn add(&self, key: &str, status: u16, body: &str) -> bool {
        let mut state = self.0.lock();
        if !state.under_way.iter().any(|(known, ..)| known == key) {
            state.waiting.entry(key.to_owned()).or_insert_with(|| (status, body.to_owned()));
        }
        state.waiting.len() < WAITING_LIMIT
    }

    /// A waiting answer.
    pub fn get(&self, key: &str) -> Option<(u16, String)> {
        let state = self.0.lock();
        let under_way = state.under_way.iter().find(|(known, ..)| known == key);
        let under_way = under_way.map(|(_, status, body)| (*status, body.clone()));
        under_way.or_else(|| state.waiting.get(key).cloned())
    }

    /// Takes all for a commit; followed by [`KeptResponses::end`].
    pub fn begin(&self) -> Arc<Vec<KeptResponse>> {
        let mut state = self.0.lock();
        let waiting = std::mem::take(&mut state.waiting);
        state.under_way =
            Arc::new(waiting.into_iter().map(|(key, (status, body))| (key, status, body)).collect());
        Arc::clone(&state.under_way)
    }

    /// Forgets what was committed, or lets it wait again.
    pub fn end(&self, committed: bool) {
        let mut state = self.0.lock();
        let under_way = std::mem::take(&mut state.under_way);
        if !committed {
            for (key, status, body) in under_way.iter() {
                state.waiting.insert(key.clone(), (*status, body.clone()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_visible_until_it_is_committed_and_the_first_one_stays() {
        let kept = KeptResponses::default();
        assert!(kept.add("a", 201, "first") && kept.add("a", 500, "second"));
        assert_eq!(kept.get("a"), Some((201, "first".to_owned())));
        assert_eq!(kept.begin().len(), 1);
        assert!(kept.add("a", 500, "third"));
        assert_eq!(kept.get("a"), Some((201, "first".to_owned())));
        kept.end(false);
        assert_eq!(*kept.begin(), [("a".to_owned(), 201, "first".to_owned())]);
        kept.end(true);
        assert_eq!(kept.get("a"), None);
    }

    #[test]
    fn too_many_ask_for_a_commit() {
        let kept = KeptResponses::default();
        let waits = (0..WAITING_LIMIT).take_while(|n| kept.add(&n.to_string(), 200, "")).count();
        assert_eq!(waits, WAITING_LIMIT - 1);
    }
}
