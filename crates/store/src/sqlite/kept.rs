//! Answers to requests with an idempotency key wait here for whoever commits next, so that they share its sync.

use super::writer::KeptResponse;
use crate::StoreError;
use parking_lot::Mutex;
use tokio::sync::oneshot;

type Kept = oneshot::Sender<Result<(), StoreError>>;

/// The answers that are not in the table yet.
#[derive(Default)]
pub struct KeptResponses(Mutex<Vec<(KeptResponse, Kept)>>);

/// Answers that a commit has taken along.
pub struct Taken {
    /// What is written.
    pub responses: Vec<KeptResponse>,
    waiting: Vec<Kept>,
}

impl KeptResponses {
    /// Lets an answer wait for the next commit, which tells what became of it.
    pub fn add(&self, response: KeptResponse) -> oneshot::Receiver<Result<(), StoreError>> {
        let (kept, told) = oneshot::channel();
        self.0.lock().push((response, kept));
        told
    }

    /// Takes all for a commit.
    pub fn take(&self) -> Taken {
        let (responses, waiting) = std::mem::take(&mut *self.0.lock()).into_iter().unzip();
        Taken { responses, waiting }
    }

    /// A commit failed that was not made for them: they wait for the next one.
    pub fn put_back(&self, taken: Taken) {
        self.0.lock().extend(taken.responses.into_iter().zip(taken.waiting));
    }
}

impl Taken {
    /// Tells all who wait.
    pub fn tell(self, result: &Result<(), StoreError>) {
        for kept in self.waiting {
            // Who has gone does not need to know.
            let _gone = kept.send(result.clone());
        }
    }
}
