//! One WebSocket from its upgrade to its end.

use super::{
    CloseCode, Hub,
    hub::{Knock, Place, Serving, Signals, Subscription},
    outbox::{Due, Outbox},
    protocol::{ClientMessage, ServerMessage, TOPIC_BYTES_MAX},
    resume::{Stretch, read_topic},
};
use crate::{
    Metrics, Problem,
    rate::{Limiter, Party},
};
use axum::{
    Extension,
    extract::{
        State,
        ws::{
            CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection,
        },
    },
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use contracts::ports::{AuthenticationError, Caller, Credential};
use futures_util::SinkExt as _;
use rustc_hash::FxHashMap;
use std::{net::IpAddr, sync::Arc, time::Duration};
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};

/// The read buffer of one socket: most messages are a line, and most sockets are idle.
const READ_BUFFER_BYTES: usize = 1024;
/// The write buffer of one socket; it is flushed after every burst.
const WRITE_BUFFER_BYTES: usize = 1024;
/// Written and not yet taken by the system, at most.
const WRITE_BUFFER_BYTES_MAX: usize = 1024 * 1024;
/// Messages that cannot be understood before the socket is closed.
const MISTAKES_MAX: u32 = 20;
/// Pings without an answer before the socket is closed.
const MISSED_PINGS_MAX: u32 = 2;
/// How long a goodbye may take.
const CLOSE_TIME: Duration = Duration::from_secs(1);

/// What is said to whoever said too much, as to whoever sent too many requests.
const RATE_LIMITED: &str = "rate_limited";
const TOO_MANY_MESSAGES: &str = "too many requests and messages; come back in a minute";

/// What is said when all places are taken.
const FULL: &str = "websocket.full";
const NO_ROOM: &str = "there is no room for another WebSocket now";

/// Where a socket comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// `GET /api/v1/ws`.
pub(crate) async fn upgrade(
    State((hub, requests)): State<(Hub, Arc<Limiter>)>,
    Extension(Peer(address)): Extension<Peer>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else { return not_a_websocket() };
    let (Some(_), Some(knock)) = (hub.serving(), hub.knock(address)) else {
        return Problem::unavailable(FULL, NO_ROOM).into_response();
    };
    let limit = hub.options().message_bytes_max;
    upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
        .max_message_size(limit)
        .max_frame_size(limit)
        .on_upgrade(move |socket| serve(hub, requests, knock, socket))
}

fn not_a_websocket() -> Response {
    let detail = "this address speaks WebSocket only";
    let mut response =
        Problem::new(StatusCode::UPGRADE_REQUIRED, "websocket.required", detail).into_response();
    response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    response
}

/// Why a connection ends: said by us with a code, or already over.
enum End {
    Say(CloseCode),
    Gone,
}

/// The only error that is worth telling: the message was too big. All others mean that nobody is there.
fn unreadable(error: &axum::Error) -> End {
    if error.to_string().contains("too long") { End::Say(CloseCode::TooBig) } else { End::Gone }
}

fn resume_problem(code: &'static str, detail: &str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
}

type Step<T = ()> = Result<T, End>;

async fn serve(hub: Hub, requests: Arc<Limiter>, knock: Knock, socket: WebSocket) {
    let signals = hub.signals();
    let Some(serving) = hub.serving() else { return };
    let mut connection = Connection {
        hub: &hub,
        serving: &serving,
        requests: &requests,
        seat: Seat::Outside(knock),
        signals,
        socket,
        outbox: Outbox::new(hub.options().queue_max),
        subscriptions: FxHashMap::default(),
        mistakes: 0,
        _counted: Counted::of(hub.metrics()),
    };
    let end = match timeout(hub.options().auth_time, connection.authenticate()).await {
        Ok(Ok(identity)) => connection.run(identity).await,
        Ok(Err(end)) => end,
        Err(_) => End::Say(CloseCode::Silent),
    };
    Box::pin(connection.close(end)).await;
}

/// Counts an open socket.
struct Counted(Metrics);

impl Counted {
    fn of(metrics: &Metrics) -> Self {
        metrics.socket_opened();
        Self(metrics.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.socket_closed();
    }
}

/// Where a socket stands: it takes no place of others before it is known whose it is.
enum Seat {
    Outside(#[expect(dead_code, reason = "counts for as long as it lives")] Knock),
    Inside(#[expect(dead_code, reason = "counts for as long as it lives")] Place),
}

/// Is over when the server stops.
async fn stopped(signals: &mut watch::Receiver<Signals>) {
    let _stopped_or_gone = signals.wait_for(|signals| signals.stopped).await;
}

/// Who the socket belongs to and how that is proved.
struct Identity {
    caller: Caller,
    proof: Proof,
}

enum Proof {
    Token(String),
    ApiKey(String),
}

impl Proof {
    const fn credential(&self) -> Credential<'_> {
        match self {
            Self::Token(token) => Credential::Bearer(token.as_str()),
            Self::ApiKey(key) => Credential::ApiKey(key.as_str()),
        }
    }
}

struct Connection<'a> {
    hub: &'a Hub,
    serving: &'a Serving,
    /// Counts what users ask for, here and by requests.
    requests: &'a Limiter,
    seat: Seat,
    signals: watch::Receiver<Signals>,
    socket: WebSocket,
    outbox: Arc<Outbox>,
    subscriptions: FxHashMap<String, Arc<Subscription>>,
    mistakes: u32,
    /// Last, so that a socket that is counted no more holds nothing any more.
    _counted: Counted,
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        for (topic, subscription) in self.subscriptions.drain() {
            self.hub.unregister(&topic, &subscription);
        }
    }
}

impl Connection<'_> {
    /// Waits for the first message, which must be a good `auth`.
    async fn authenticate(&mut self) -> Step<Identity> {
        let first = tokio::select! {
            first = self.socket.recv() => first,
            () = stopped(&mut self.signals) => return Err(End::Say(CloseCode::GoingAway)),
        };
        match first {
            Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                Ok(ClientMessage::Auth { token, api_key }) => Box::pin(self.enter(token, api_key)).await,
                _ => self.refuse("token.missing", "the first message must be `auth`").await,
            },
            Some(Ok(Message::Binary(_))) => {
                self.refuse("token.missing", "the first message must be `auth`").await
            }
            _ => Err(End::Gone),
        }
    }

    async fn refuse<T>(&mut self, code: &str, detail: &str) -> Step<T> {
        self.say(&ServerMessage::Error { code, detail, topic: None }).await?;
        Err(End::Say(CloseCode::Unauthenticated))
    }

    /// Lets a user in who has not too many sockets; where requests have no limit, sockets have none either.
    async fn enter(&mut self, token: Option<String>, api_key: Option<String>) -> Step<Identity> {
        let identity = self.identify(token, api_key, None).await?;
        let Some(mut place) = self.hub.place() else { return self.send_away(FULL, NO_ROOM).await };
        let limited = self.requests.is_limited(Party::of(&identity.caller));
        if limited && !place.claim(identity.caller.user) {
            return self.send_away("sockets.too_many", "close another WebSocket first").await;
        }
        self.seat = Seat::Inside(place);
        self.welcome(&identity).await?;
        Ok(identity)
    }

    async fn send_away<T>(&mut self, code: &str, detail: &str) -> Step<T> {
        self.say(&ServerMessage::Error { code, detail, topic: None }).await?;
        Err(End::Say(CloseCode::TryLater))
    }

    async fn welcome(&mut self, identity: &Identity) -> Step {
        let user_id = identity.caller.user.to_string();
        self.say(&ServerMessage::Authenticated { user_id }).await
    }

    /// Takes a newer credential; too often is as good as not at all.
    async fn renew(
        &mut self,
        token: Option<String>,
        api_key: Option<String>,
        identity: &mut Identity,
    ) -> Step {
        if !self.lets_in(&identity.caller) {
            let (code, detail) = (RATE_LIMITED, TOO_MANY_MESSAGES);
            return self.say(&ServerMessage::Error { code, detail, topic: None }).await;
        }
        *identity = self.identify(token, api_key, Some(&identity.caller)).await?;
        self.welcome(identity).await
    }

    /// Counts a message like a request of its sender; whether there is room for it.
    fn lets_in(&self, caller: &Caller) -> bool {
        let standing = self.requests.count(Party::of(caller));
        standing.is_none_or(|standing| standing.retry_after_seconds.is_none())
    }

    /// Checks a credential; a later one must belong to the same actor.
    async fn identify(
        &mut self,
        token: Option<String>,
        api_key: Option<String>,
        before: Option<&Caller>,
    ) -> Step<Identity> {
        let proof = match (token, api_key) {
            (Some(token), None) => Proof::Token(token),
            (None, Some(key)) => Proof::ApiKey(key),
            _ => return self.refuse("token.missing", "send a `token` or an `api_key`").await,
        };
        let caller = match self.serving.authenticator.authenticate(proof.credential()).await {
            Ok(caller) => caller,
            Err(error) => return self.turn_away(error).await,
        };
        if before.is_some_and(|before| before.actor != caller.actor) {
            return self.refuse("token.invalid", "the new credential is another user's").await;
        }
        Ok(Identity { caller, proof })
    }

    /// The life of the socket (what happens seldom is boxed, so that thousands of silent sockets do not keep room for it):
    /// what the client says, what is to be said to it, pings, and the three ends.
    async fn run(&mut self, mut identity: Identity) -> End {
        let every = self.hub.options().ping_every;
        let mut ping = interval_at(Instant::now() + every, every);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let outbox = Arc::clone(&self.outbox);
        let mut missed = 0;
        loop {
            let step = tokio::select! {
                message = self.socket.recv() => {
                    missed = 0;
                    match message {
                        Some(Ok(message)) => self.hear(message, &mut identity).await,
                        Some(Err(error)) => Err(unreadable(&error)),
                        None => Err(End::Gone),
                    }
                }
                due = outbox.due() => match due {
                    // Nothing is said to whom it is not meant for any more, also when another process voided the credential.
                    Due::Messages => match self.verify(&mut identity).await {
                        Ok(()) => self.burst(outbox.take()).await,
                        Err(end) => Err(end),
                    },
                    Due::Overrun => self.too_slow(),
                },
                Ok(()) = self.signals.changed() => {
                    let stopped = self.signals.borrow().stopped;
                    if stopped { Err(End::Say(CloseCode::GoingAway)) } else { self.verify(&mut identity).await }
                }
                _ = ping.tick() => {
                    missed += 1;
                    if missed > MISSED_PINGS_MAX { Err(End::Say(CloseCode::Silent)) } else { Box::pin(self.check(&mut identity)).await }
                }
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    /// Carries out what the client says.
    async fn hear(&mut self, message: Message, identity: &mut Identity) -> Step {
        match message {
            Message::Text(text) => match serde_json::from_str(&text) {
                Ok(ClientMessage::Auth { token, api_key }) => {
                    Box::pin(self.renew(token, api_key, identity)).await
                }
                Ok(ClientMessage::Subscribe { topic, after }) => {
                    if !self.lets_in(&identity.caller) {
                        return self.decline(&topic, RATE_LIMITED, TOO_MANY_MESSAGES).await;
                    }
                    self.verify(identity).await?;
                    Box::pin(self.subscribe(&topic, after.as_deref(), identity)).await
                }
                Ok(ClientMessage::Unsubscribe { topic }) => self.unsubscribe(&topic, None).await,
                Err(_) => {
                    self.mistake("malformed", "the message is not one of auth, subscribe, unsubscribe").await
                }
            },
            Message::Binary(frame) => match &self.serving.frames {
                Some(handler) => {
                    self.verify(identity).await?;
                    match handler.handle(&identity.caller, frame).await {
                        Some(answer) => self.send(Message::Binary(answer)).await,
                        None => Ok(()),
                    }
                }
                None => self.mistake("binary.unsupported", "no binary frames are taken here").await,
            },
            Message::Ping(_) | Message::Pong(_) => Ok(()),
            Message::Close(_) => Err(End::Gone),
        }
    }

    async fn mistake(&mut self, code: &str, detail: &str) -> Step {
        self.mistakes += 1;
        self.say(&ServerMessage::Error { code, detail, topic: None }).await?;
        if self.mistakes >= MISTAKES_MAX { Err(End::Say(CloseCode::Malformed)) } else { Ok(()) }
    }

    async fn subscribe(&mut self, topic: &str, after: Option<&str>, identity: &mut Identity) -> Step {
        let serving = self.serving;
        let Some(family) = serving.family(topic).filter(|_| topic.len() <= TOPIC_BYTES_MAX) else {
            return self.decline(topic, "topic.unknown", "there is no such topic").await;
        };
        let after = match after.map(str::parse::<i64>) {
            None => None,
            Some(Ok(position)) if position >= 0 => Some(position),
            Some(_) => {
                return self.decline(topic, "resume.invalid", "`after` is not an id of an event").await;
            }
        };
        let known = self.subscriptions.contains_key(topic);
        if !known && self.subscriptions.len() >= self.hub.options().subscriptions_max {
            return self
                .decline(topic, "subscriptions.too_many", "unsubscribe from another topic first")
                .await;
        }
        let audience = match family.source.authorise(&identity.caller, topic).await {
            Ok(audience) => audience,
            Err(problem) => return self.decline(topic, problem.code, &problem.detail).await,
        };
        self.forget(topic);
        let queue_max = self.hub.options().queue_max;
        let subscription = Subscription::new(topic, Arc::clone(&self.outbox), audience, queue_max);
        self.hub.register(topic, Arc::clone(&subscription));
        let token = self.hub.begun();
        self.subscriptions.insert(topic.to_owned(), Arc::clone(&subscription));
        if let Some(after) = after {
            return self.resume(topic, after, &subscription, identity).await;
        }
        self.say(&ServerMessage::Subscribed { topic, id: token.to_string() }).await?;
        subscription.go_live(token);
        Ok(())
    }

    async fn decline(&mut self, topic: &str, code: &str, detail: &str) -> Step {
        let topic: String = topic.chars().take(TOPIC_BYTES_MAX).collect();
        self.say(&ServerMessage::Error { code, detail, topic: Some(&topic) }).await
    }

    /// Sends what happened after a position from the log, while the hub holds what happens now; then goes live.
    async fn resume(
        &mut self,
        topic: &str,
        after: i64,
        subscription: &Arc<Subscription>,
        identity: &mut Identity,
    ) -> Step {
        let head = match self.serving.runtime.store().head().await {
            Ok(head) => head.position,
            Err(error) => return self.cannot_resume(topic, &Problem::from(error)).await,
        };
        if after > head {
            return self
                .cannot_resume(topic, &resume_problem("resume.invalid", "`after` is not an id of an event"))
                .await;
        }
        if head - after > self.hub.options().resume_events_max {
            let detail = "too much has happened since; read the present state and subscribe without `after`";
            return self.cannot_resume(topic, &resume_problem("resume.too_old", detail)).await;
        }
        let serving = self.serving;
        let Some(family) = serving.family(topic) else { return Ok(()) };
        let mut cursor = after;
        // What is committed after the head was read is handed out after the subscription was registered, and held there.
        loop {
            let standing = serving.resumes.count_as(Party::of(&identity.caller), 1);
            if standing.is_some_and(|standing| standing.retry_after_seconds.is_some()) {
                let detail = "too much was resumed; read the present state and subscribe without `after`";
                return self.cannot_resume(topic, &resume_problem("resume.rate_limited", detail)).await;
            }
            let read = read_topic(&serving.runtime, &*family.source, topic, cursor, head).await;
            let Stretch { events, until } = match read {
                Ok(stretch) => stretch,
                Err(error) => return self.cannot_resume(topic, &Problem::from(error)).await,
            };
            if cursor == after {
                self.say(&ServerMessage::Subscribed { topic, id: after.to_string() }).await?;
            }
            self.verify(identity).await?;
            for event in &events {
                for message in family.source.messages(event) {
                    if message.topic == topic && message.audience.meets(subscription.audience()) {
                        let id = event.position.to_string();
                        self.say(&ServerMessage::Event { topic, id, data: &message.data }).await?;
                    }
                }
            }
            cursor = until;
            // The events of this socket's other topics go on meanwhile; a value would carry an id that is not reached yet.
            self.burst(self.outbox.take_events()).await?;
            if cursor >= head {
                break;
            }
        }
        subscription.go_live(cursor);
        Ok(())
    }

    async fn cannot_resume(&mut self, topic: &str, problem: &Problem) -> Step {
        self.forget(topic);
        self.decline(topic, problem.code, &problem.detail).await
    }

    async fn unsubscribe(&mut self, topic: &str, code: Option<&str>) -> Step {
        if !self.forget(topic) {
            return self.decline(topic, "topic.not_subscribed", "there was no such subscription").await;
        }
        self.say(&ServerMessage::Unsubscribed { topic, code }).await
    }

    fn forget(&mut self, topic: &str) -> bool {
        let Some(subscription) = self.subscriptions.remove(topic) else { return false };
        self.hub.unregister(topic, &subscription);
        subscription.end();
        true
    }

    /// At each ping: is the session still good, may the caller still hear what it hears?
    async fn check(&mut self, identity: &mut Identity) -> Step {
        self.verify(identity).await?;
        let topics: Vec<String> = self.subscriptions.keys().cloned().collect();
        for topic in topics {
            self.check_topic(&topic, &identity.caller).await?;
        }
        self.send(Message::Ping(bytes::Bytes::new())).await
    }

    /// Whether the credential is still good; says so and ends when it is not. The authenticator trusts what it remembers
    /// for a while when the database is away, so one that it cannot check has outlived that too.
    async fn verify(&mut self, identity: &mut Identity) -> Step {
        match self.serving.authenticator.authenticate(identity.proof.credential()).await {
            Ok(caller) => {
                identity.caller = caller;
                Ok(())
            }
            Err(error) => self.turn_away(error).await,
        }
    }

    /// Says why a credential is not taken, and ends. One that cannot be checked may be good elsewhere or later.
    async fn turn_away<T>(&mut self, error: AuthenticationError) -> Step<T> {
        let code = match error {
            AuthenticationError::Unavailable => CloseCode::TryLater,
            _ => CloseCode::Unauthenticated,
        };
        let problem = crate::extract::refused(error);
        self.say(&ServerMessage::Error { code: problem.code, detail: &problem.detail, topic: None }).await?;
        Err(End::Say(code))
    }

    async fn check_topic(&mut self, topic: &str, caller: &Caller) -> Step {
        let serving = self.serving;
        let Some(family) = serving.family(topic) else { return Ok(()) };
        match family.source.authorise(caller, topic).await {
            Ok(audience) => {
                if let Some(subscription) = self.subscriptions.get(topic) {
                    subscription.set_audience(audience);
                }
                Ok(())
            }
            Err(problem) if problem.status.is_server_error() => Ok(()),
            Err(problem) => self.unsubscribe(topic, Some(problem.code)).await,
        }
    }

    /// Sends messages with one flush. What comes meanwhile waits for the next time; values are overtaken, and events end
    /// a socket that does not take them.
    async fn burst(&mut self, messages: impl IntoIterator<Item = Utf8Bytes>) -> Step {
        let socket = &mut self.socket;
        let sending = async {
            for text in messages {
                socket.feed(Message::Text(text)).await?;
            }
            socket.flush().await
        };
        tokio::select! {
            sent = timeout(self.hub.options().send_time, sending) => match sent {
                Ok(sent) => sent.map_err(|_| End::Gone),
                Err(_) => self.too_slow(),
            },
            () = self.outbox.overflowed() => self.too_slow(),
        }
    }

    fn too_slow(&self) -> Step {
        self.hub.metrics().socket_slow();
        Err(End::Say(CloseCode::TooSlow))
    }

    async fn say(&mut self, message: &ServerMessage<'_>) -> Step {
        self.send(Message::Text(message.text())).await
    }

    async fn send(&mut self, message: Message) -> Step {
        match timeout(self.hub.options().send_time, self.socket.send(message)).await {
            Ok(sent) => sent.map_err(|_| End::Gone),
            Err(_) => self.too_slow(),
        }
    }

    /// Says why, if there is somebody to say it to, and lets the closing handshake end.
    async fn close(&mut self, end: End) {
        let goodbye = async {
            if let End::Say(code) = end {
                let frame = CloseFrame { code: code as u16, reason: Utf8Bytes::default() };
                self.socket.send(Message::Close(Some(frame))).await?;
            }
            self.socket.close().await
        };
        let _too_late_to_matter = timeout(CLOSE_TIME, goodbye).await;
    }
}
#[cfg(test)]
mod tests {
    use super::*;

    /// What a task that runs this function keeps in memory.
    const fn kept<R>(_life: fn(Hub, Arc<Limiter>, Knock, WebSocket) -> R) -> usize {
        size_of::<R>()
    }

    #[test]
    fn a_silent_socket_keeps_no_memory_for_what_it_may_say_one_day() {
        assert!(kept(serve) <= 2560, "{} bytes: box what happens seldom", kept(serve));
    }
}
