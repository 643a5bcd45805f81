//! `Idempotency-Key`: the same key and body give the first answer again, another body 409 (design, section 7).
//!
//! Two parts hold the promise together. The runtime commits the key with the unit, so that whatever happens there is
//! one effect. This part keeps the first answer before it gives it, so that whoever has seen it gets it again byte for
//! byte, also after a crash; takes the key of a request that changed nothing in the store; and lets requests with the
//! same key wait for one another. Where two processes get the same key at once, one answer is kept, and both give it.
//!
//! A kept answer is given again only to the rights it was given under. Whoever has others by now is judged anew: the
//! handler, whose policies speak first, runs again, and the kept answer follows only where it lets the request through.

use crate::{
    Problem,
    kept_answers::{Keeping, KeptAnswers},
};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use contracts::ports::Caller;
use http_body_util::BodyExt as _;
use kernel::{StreamRef, TypedId as _};
use parking_lot::Mutex;
use runtime::IdempotencyKey;
use rustc_hash::FxHashMap;
use sha2::{Digest as _, Sha256};
use std::{future::Future, sync::Arc, time::Duration};
use store::{IdempotencyRecord, KeptAnswer, StoreError};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// The header.
const HEADER: &str = "idempotency-key";
/// The longest key.
const KEY_CHARS_MAX: usize = 128;
/// How long a request waits for another with the same key before it is told so.
const TURN_WAIT: Duration = Duration::from_secs(10);

/// Reads the header and joins it with who calls and what is asked; `None` when there is no header.
///
/// # Errors
/// 422 when it is not 1 to 128 printable ASCII characters, or comes twice.
pub(crate) fn key_of(parts: &Parts, caller: &Caller, body: &[u8]) -> Result<Option<IdempotencyKey>, Problem> {
    let Some(key) = header_of(&parts.headers)? else { return Ok(None) };
    let mut hash = Sha256::new();
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    for part in [parts.method.as_str().as_bytes(), b"\n", target.as_bytes(), b"\n", body] {
        hash.update(part);
    }
    let key = format!("{}/{}/{key}", caller.tenant, caller.actor);
    Ok(Some(IdempotencyKey { key, body_hash: hash.finalize().into() }))
}

fn header_of(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let printable = |text: &&str| text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let text = value.to_str().ok().filter(|text| (1..=KEY_CHARS_MAX).contains(&text.len())).filter(printable);
    match (text, values.next()) {
        (Some(text), None) => Ok(Some(text)),
        _ => Err(Problem::field(
            "Idempotency-Key",
            "invalid_value",
            "must be given once, with 1 to 128 printable ASCII characters",
        )),
    }
}

/// Who asks, as far as a kept answer has to do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asker {
    /// For whom a key is taken that no unit took.
    by: StreamRef,
    /// What the policies judge by and can change while an answer is kept.
    rights: String,
}

impl Asker {
    pub(crate) fn of(caller: &Caller) -> Self {
        let rights = format!("{}/{}", caller.role.name(), caller.organisation);
        Self { by: caller.user.stream(), rights }
    }
}

/// Answers each key once.
pub(crate) struct Desk {
    kept: Arc<dyn KeptAnswers>,
    turns: Mutex<FxHashMap<String, Arc<AsyncMutex<()>>>>,
    wait: Duration,
}

impl Desk {
    pub(crate) fn new(kept: Arc<dyn KeptAnswers>) -> Self {
        Self { kept, turns: Mutex::default(), wait: TURN_WAIT }
    }

    /// The key with its request's hash as it is kept.
    pub(crate) fn keyed(&self, key: IdempotencyKey) -> IdempotencyKey {
        IdempotencyKey { body_hash: self.kept.keyed(key.body_hash), ..key }
    }

    /// Gives the kept answer, or runs the handler and keeps its answer when it went well. An answer that did not is not
    /// kept: nothing was committed, and the client may correct its request under the same key. A key that no unit took is
    /// taken for who asks.
    ///
    /// A refusal of what was carried out before is none: the first answer is given where another process has kept it, and
    /// where nobody has, that it was carried out.
    pub(crate) async fn once(
        &self,
        key: &IdempotencyKey,
        asker: &Asker,
        run: impl Future<Output = Response>,
    ) -> Response {
        let Ok(_turn) = tokio::time::timeout(self.wait, self.turn(&key.key)).await else {
            let detail = "a request with this idempotency key is still being carried out";
            return Problem::conflict("idempotency.in_progress", detail).into_response();
        };
        match self.kept.find(&key.key).await {
            Err(error) => Problem::from(error).into_response(),
            Ok(Some(record)) if record.body_hash != key.body_hash => Problem::key_reused().into_response(),
            Ok(Some(IdempotencyRecord { response: Some(first), .. })) if first.rights == asker.rights => {
                replayed(first)
            }
            Ok(Some(IdempotencyRecord { response: Some(first), stream, .. })) => {
                judged_anew(first, &stream, run.await)
            }
            // Committed, but nobody was answered: the handler finds the repetition by itself, and its answer is the first.
            Ok(Some(_) | None) => {
                let response = run.await;
                match response.status() {
                    status if status.is_success() => self.first(key, asker, response).await,
                    StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => {
                        self.refused(key, asker, response).await
                    }
                    _ => response,
                }
            }
        }
    }

    async fn refused(&self, key: &IdempotencyKey, asker: &Asker, refusal: Response) -> Response {
        let Ok(Some(record)) = self.kept.find(&key.key).await else { return refusal };
        let is_same = record.body_hash == key.body_hash;
        match record.response {
            Some(first) if is_same && first.rights == asker.rights => replayed(first),
            // Taken here and by no unit: what was asked had changed nothing, so that this refusal is all there is to say.
            None if record.stream == asker.by.to_string() => refusal,
            Some(_) | None if is_same => carried_out(&record.stream),
            Some(_) | None => refusal,
        }
    }

    async fn first(&self, key: &IdempotencyKey, asker: &Asker, response: Response) -> Response {
        let (mut parts, body) = response.into_parts();
        let how = parts.extensions.remove::<Keeping>().unwrap_or_default();
        let bytes = match body.collect().await {
            Ok(collected) => collected.to_bytes(),
            Err(error) => return Problem::defect(&error).into_response(),
        };
        let Ok(body) = std::str::from_utf8(&bytes) else {
            return Response::from_parts(parts, Body::from(bytes));
        };
        let answer =
            KeptAnswer { status: parts.status.as_u16(), body: body.to_owned(), rights: asker.rights.clone() };
        match self.keep(key, asker.by, &answer, &how).await {
            // What was done is durable, and the key with it: the client repeats the request and learns of it.
            Err(error) => Problem::from(error).into_response(),
            Ok(Some(first)) if first.body != body => replayed(first),
            Ok(_) => Response::from_parts(parts, Body::from(bytes)),
        }
    }

    /// Keeps the answer, unless another process did so before; the one that is kept now, when one may be.
    async fn keep(
        &self,
        key: &IdempotencyKey,
        by: StreamRef,
        answer: &KeptAnswer,
        how: &Keeping,
    ) -> Result<Option<KeptAnswer>, StoreError> {
        let known = self.kept.find(&key.key).await?;
        if known.is_none() {
            self.kept.take(key, by).await?;
        }
        if known.is_none_or(|record| record.body_hash == key.body_hash && record.response.is_none()) {
            self.kept.keep(key, answer, how).await?;
        }
        let kept = self.kept.find(&key.key).await?.filter(|record| record.body_hash == key.body_hash);
        Ok(kept.and_then(|record| record.response))
    }

    /// Waits until no other request with this key runs.
    async fn turn<'a>(&'a self, key: &'a str) -> Turn<'a> {
        let queue = Arc::clone(self.turns.lock().entry(key.to_owned()).or_default());
        // Made before the wait, so that giving up while waiting tidies up as well.
        let mut turn = Turn { desk: self, key, held: None };
        turn.held = Some(queue.lock_owned().await);
        turn
    }
}

struct Turn<'a> {
    desk: &'a Desk,
    key: &'a str,
    held: Option<OwnedMutexGuard<()>>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut turns = self.desk.turns.lock();
        self.held = None;
        // Only the table itself still knows the queue: nobody waits in it.
        if turns.get(self.key).is_some_and(|queue| Arc::strong_count(queue) == 1) {
            turns.remove(self.key);
        }
    }
}

/// The kept answer for who has other rights than it was given under, if the handler lets the request through today.
fn judged_anew(first: KeptAnswer, stream: &str, today: Response) -> Response {
    match today.status() {
        status if status.is_success() => replayed(first),
        // Perhaps said before the policies were asked.
        StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => carried_out(stream),
        _ => today,
    }
}

/// What was done must not be done again, and what it was answered cannot be told.
fn carried_out(stream: &str) -> Response {
    let detail = format!("this was carried out before, and its answer cannot be given: look at {stream}");
    Problem::conflict("idempotency.carried_out", detail).into_response()
}

fn replayed(KeptAnswer { status, body, .. }: KeptAnswer) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    response
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use axum::http::Request;
    use contracts::ports::{PortFuture, Role};
    use kernel::{Actor, OrganisationId, TenantId, TypedId, UserId, Uuid};
    use std::sync::{
        LazyLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    };
    use tokio::sync::Notify;

    /// Keeps like the store: an answer only for a key that a handler committed.
    #[derive(Default)]
    pub(crate) struct FakeKept {
        pub(crate) records: Mutex<FxHashMap<String, IdempotencyRecord>>,
        /// Answers cannot be kept now.
        pub(crate) full: AtomicBool,
    }

    impl FakeKept {
        pub(crate) fn commit(&self, key: &IdempotencyKey) {
            self.taken(key, "shp_x".into());
        }

        fn taken(&self, key: &IdempotencyKey, stream: String) {
            let record = IdempotencyRecord { body_hash: key.body_hash, stream, response: None };
            self.records.lock().entry(key.key.clone()).or_insert(record);
        }
    }

    impl KeptAnswers for FakeKept {
        fn find<'a>(&'a self, key: &'a str) -> PortFuture<'a, Result<Option<IdempotencyRecord>, StoreError>> {
            Box::pin(async move { Ok(self.records.lock().get(key).cloned()) })
        }

        fn keep<'a>(
            &'a self,
            key: &'a IdempotencyKey,
            answer: &'a KeptAnswer,
            _how: &'a Keeping,
        ) -> PortFuture<'a, Result<(), StoreError>> {
            Box::pin(async move {
                if self.full.load(Ordering::SeqCst) {
                    return Err(StoreError::ReadOnly("full".into()));
                }
                if let Some(record) = self.records.lock().get_mut(&key.key) {
                    record.response.get_or_insert(answer.clone());
                }
                Ok(())
            })
        }

        fn take<'a>(
            &'a self,
            key: &'a IdempotencyKey,
            by: StreamRef,
        ) -> PortFuture<'a, Result<(), StoreError>> {
            Box::pin(async move {
                self.taken(key, by.to_string());
                Ok(())
            })
        }

        fn keyed(&self, hash: [u8; 32]) -> [u8; 32] {
            hash
        }
    }

    pub(crate) fn caller() -> Caller {
        let id = Uuid::from_u128(5);
        let user = UserId::from_uuid(id);
        Caller {
            actor: Actor::User(user),
            user,
            tenant: TenantId::from_uuid(id),
            organisation: OrganisationId::from_uuid(id),
            role: Role::Shipper,
        }
    }

    fn key(header: &str, body: &[u8]) -> Result<Option<IdempotencyKey>, Problem> {
        let request = Request::post("/api/v1/shipments").header(HEADER, header).body(()).unwrap();
        key_of(&request.into_parts().0, &caller(), body)
    }

    fn by() -> &'static Asker {
        static ASKER: LazyLock<Asker> = LazyLock::new(|| Asker::of(&caller()));
        &ASKER
    }

    fn answer(status: u16, body: &str) -> KeptAnswer {
        KeptAnswer { status, body: body.to_owned(), rights: by().rights.clone() }
    }

    async fn text(response: Response) -> (u16, bool, String) {
        let replayed = response.headers().contains_key("idempotent-replayed");
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, replayed, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[test]
    fn a_key_belongs_to_its_caller_and_its_request() {
        let first = key("abc", b"{}").unwrap().unwrap();
        assert!(first.key.starts_with("ten_") && first.key.contains("/usr_") && first.key.ends_with("/abc"));
        assert_ne!(first.body_hash, key("abc", b"{ }").unwrap().unwrap().body_hash);
        for bad in ["", "a\tb", &"x".repeat(129)] {
            let problem = key(bad, b"{}").unwrap_err();
            assert_eq!((problem.status.as_u16(), problem.errors[0].field.as_ref()), (422, "Idempotency-Key"));
        }
        assert!(key(&"x".repeat(128), b"{}").is_ok());
    }

    #[tokio::test]
    async fn what_was_carried_out_is_not_refused_when_its_answer_was_lost() {
        let kept = Arc::new(FakeKept::default());
        let desk = Desk::new(Arc::clone(&kept) as _);
        let key = key("abc", b"{}").unwrap().unwrap();
        let refusal = || Problem::conflict("share.too_many", "no more").into_response();
        let plain = text(desk.once(&key, by(), async { refusal() }).await).await;
        assert!(plain.0 == 409 && plain.2.contains("share.too_many"), "nothing was done under it: {plain:?}");
        // Its process ended between the commit and the answer.
        kept.commit(&key);
        let late = text(desk.once(&key, by(), async { refusal() }).await).await;
        assert!(late.0 == 409 && late.2.contains("idempotency.carried_out"), "{late:?}");
        let away = async { StatusCode::SERVICE_UNAVAILABLE.into_response() };
        assert_eq!(text(desk.once(&key, by(), away).await).await.0, 503);
        // Another process is a moment ahead: its answer is the first.
        let overtaken = desk.once(&key, by(), async {
            kept.keep(&key, &answer(201, "{\"data\":1}"), &Keeping::default()).await.unwrap();
            refusal()
        });
        assert_eq!(text(overtaken.await).await, (201, true, "{\"data\":1}".into()));
    }

    #[tokio::test]
    async fn a_refusal_of_what_had_changed_nothing_is_given_as_it_is() {
        let kept = Arc::new(FakeKept::default());
        let desk = Desk::new(Arc::clone(&kept) as _);
        let key = key("abc", b"{}").unwrap().unwrap();
        // Its process ended between the taking of the key and the keeping of the answer.
        kept.take(&key, by().by).await.unwrap();
        let refusal = async { Problem::conflict("agent.suspended", "not now").into_response() };
        let refused = text(desk.once(&key, by(), refusal).await).await;
        assert!(refused.0 == 409 && refused.2.contains("agent.suspended"), "{refused:?}");
    }

    #[tokio::test]
    async fn a_kept_answer_is_shown_to_other_rights_only_when_they_are_let_through() {
        let desk = Desk::new(Arc::new(FakeKept::default()));
        let key = key("abc", b"{}").unwrap().unwrap();
        let first = desk.once(&key, by(), async { (StatusCode::CREATED, "{\"data\":1}").into_response() });
        assert_eq!(text(first.await).await.0, 201);
        for changed in [
            Caller { role: Role::Carrier, ..caller() },
            Caller { organisation: OrganisationId::from_uuid(Uuid::from_u128(6)), ..caller() },
        ] {
            let changed = Asker::of(&changed);
            let today =
                async |response: Response| text(desk.once(&key, &changed, async { response }).await).await;
            for refusal in [Problem::forbidden(), Problem::not_found()] {
                let status = refusal.status.as_u16();
                let refused = today(refusal.into_response()).await;
                assert!(refused.0 == status && !refused.1 && !refused.2.contains("data"), "{refused:?}");
            }
            let moved_on = today(Problem::conflict("x.y", "no").into_response()).await;
            assert!(moved_on.2.contains("idempotency.carried_out"), "{moved_on:?}");
            assert_eq!(today("as it is now".into_response()).await, (201, true, "{\"data\":1}".into()));
        }
    }

    #[tokio::test]
    async fn the_first_answer_is_given_again_byte_for_byte() {
        let kept = Arc::new(FakeKept::default());
        let desk = Desk::new(Arc::clone(&kept) as _);
        let key = key("abc", b"{}").unwrap().unwrap();
        let first = desk.once(&key, by(), async {
            kept.commit(&key);
            (StatusCode::CREATED, "{\"data\":1}").into_response()
        });
        assert_eq!(text(first.await).await, (201, false, "{\"data\":1}".into()));
        let again = desk.once(&key, by(), async { unreachable!("the handler must not run again") });
        assert_eq!(text(again.await).await, (201, true, "{\"data\":1}".into()));
        let other = IdempotencyKey { body_hash: [9; 32], ..key.clone() };
        let reused =
            text(desk.once(&other, by(), async { unreachable!("nor for another body") }).await).await;
        assert!(reused.0 == 409 && reused.2.contains("\"idempotency.key_reused\""), "{reused:?}");
        assert!(desk.turns.lock().is_empty());
    }

    #[tokio::test]
    async fn an_answer_that_did_not_go_well_is_not_kept() {
        let desk = Desk::new(Arc::new(FakeKept::default()));
        let key = key("abc", b"{}").unwrap().unwrap();
        let refused = desk.once(&key, by(), async { Problem::conflict("x.y", "no").into_response() }).await;
        assert_eq!(refused.status().as_u16(), 409);
        let corrected = IdempotencyKey { body_hash: [9; 32], ..key };
        assert_eq!(
            desk.once(&corrected, by(), async { "fine".into_response() }).await.status().as_u16(),
            200
        );
    }

    #[tokio::test]
    async fn a_key_that_no_unit_took_is_taken_with_the_answer() {
        let desk = Desk::new(Arc::new(FakeKept::default()));
        let key = key("abc", b"{}").unwrap().unwrap();
        let changed_nothing = desk.once(&key, by(), async { "one".into_response() }).await;
        assert_eq!(text(changed_nothing).await, (200, false, "one".into()));
        let again = desk.once(&key, by(), async { unreachable!("the handler must not run again") });
        assert_eq!(text(again.await).await, (200, true, "one".into()));
        let other = IdempotencyKey { body_hash: [9; 32], ..key };
        let reused = desk.once(&other, by(), async { unreachable!("nor for another body") }).await;
        assert_eq!(text(reused).await.0, 409);
    }

    #[tokio::test]
    async fn of_two_processes_at_once_both_give_the_answer_that_is_kept() {
        let kept = Arc::new(FakeKept::default());
        let (here, there) = (Desk::new(Arc::clone(&kept) as _), Desk::new(Arc::clone(&kept) as _));
        let key = key("abc", b"{}").unwrap().unwrap();
        let meanwhile = here.once(&key, by(), async {
            kept.commit(&key);
            let other = there.once(&key, by(), async { "of the other process".into_response() }).await;
            assert_eq!(text(other).await, (200, false, "of the other process".into()));
            "of this process".into_response()
        });
        assert_eq!(text(meanwhile.await).await, (200, true, "of the other process".into()));
    }

    #[tokio::test]
    async fn an_answer_that_cannot_be_kept_is_not_given() {
        let kept = Arc::new(FakeKept::default());
        let desk = Desk::new(Arc::clone(&kept) as _);
        let key = key("abc", b"{}").unwrap().unwrap();
        let run = |answer: &'static str| {
            kept.commit(&key);
            async move { answer.into_response() }
        };
        kept.full.store(true, Ordering::SeqCst);
        assert_eq!(text(desk.once(&key, by(), run("one")).await).await.0, 503);
        kept.full.store(false, Ordering::SeqCst);
        assert_eq!(text(desk.once(&key, by(), run("two")).await).await, (200, false, "two".into()));
        assert_eq!(text(desk.once(&key, by(), run("three")).await).await, (200, true, "two".into()));
    }

    #[tokio::test]
    async fn of_two_at_once_one_runs_and_the_other_gets_its_answer() {
        let kept = Arc::new(FakeKept::default());
        let desk = Desk::new(Arc::clone(&kept) as _);
        let key = key("abc", b"{}").unwrap().unwrap();
        let (runs, entered, release) = (AtomicUsize::new(0), Notify::new(), Notify::new());
        let handler = || async {
            runs.fetch_add(1, Ordering::SeqCst);
            entered.notify_one();
            release.notified().await;
            kept.commit(&key);
            "answer".into_response()
        };
        let let_go = async {
            entered.notified().await;
            tokio::task::yield_now().await;
            release.notify_one();
        };
        let (a, b, ()) =
            tokio::join!(desk.once(&key, by(), handler()), desk.once(&key, by(), handler()), let_go);
        let (a, b) = (text(a).await, text(b).await);
        assert_eq!((a.2.as_str(), b.2.as_str(), runs.load(Ordering::SeqCst)), ("answer", "answer", 1));
        assert!(!a.1 && b.1);
        assert!(desk.turns.lock().is_empty());
    }

    #[tokio::test]
    async fn who_waits_too_long_is_told_so() {
        let mut desk = Desk::new(Arc::new(FakeKept::default()));
        desk.wait = Duration::from_millis(1);
        let key = key("abc", b"{}").unwrap().unwrap();
        let turn = desk.turn(&key.key).await;
        let waited = text(desk.once(&key, by(), async { unreachable!("it is not its turn") }).await).await;
        assert!(waited.0 == 409 && waited.2.contains("\"idempotency.in_progress\""), "{waited:?}");
        drop(turn);
        assert!(desk.turns.lock().is_empty());
    }
}
