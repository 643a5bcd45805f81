//! Real sockets over a real runtime.

mod resuming;

use super::*;
use crate::{
    ApiOptions, serve_api,
    test_world::{LampId, Lamps, World, user},
};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream},
    net::TcpStream,
    sync::mpsc,
    time::timeout,
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async, connect_async, tungstenite::Message};

/// Longer than anything here takes; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

fn router(world: &World, requests_per_minute: u32) -> axum::Router {
    let options = ApiOptions::new("1", world.metrics.clone(), guard::Registry::new(), world.hub.clone());
    options.rate_limits.set(requests_per_minute, 0);
    serve_api(&world.platform, Vec::new(), options)
}

async fn serve(world: &World) -> SocketAddr {
    serve_limited(world, 1000).await
}

async fn serve_limited(world: &World, requests_per_minute: u32) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = router(world, requests_per_minute);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Connections inside this process: under a stopped clock, nothing of them is still under way in the system's buffers
/// when the clock is turned.
struct Pipes(mpsc::UnboundedReceiver<DuplexStream>);

impl axum::serve::Listener for Pipes {
    type Io = DuplexStream;
    type Addr = ();

    async fn accept(&mut self) -> (DuplexStream, ()) {
        match self.0.recv().await {
            Some(pipe) => (pipe, ()),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Client<S = MaybeTlsStream<TcpStream>>(WebSocketStream<S>);

impl Client {
    async fn connect(address: SocketAddr) -> Self {
        Self(connect_async(format!("ws://{address}/api/v1/ws")).await.unwrap().0)
    }

    async fn signed_in(address: SocketAddr, token: &str) -> Self {
        let mut client = Self::connect(address).await;
        client.sign_in(token).await;
        client
    }
}

impl Client<DuplexStream> {
    async fn piped(pipes: &mpsc::UnboundedSender<DuplexStream>, token: &str) -> Self {
        let (near, far) = tokio::io::duplex(4096);
        pipes.send(far).unwrap();
        let mut client = Self(client_async("ws://localhost/api/v1/ws", near).await.unwrap().0);
        client.sign_in(token).await;
        client
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    async fn sign_in(&mut self, token: &str) {
        self.say(json!({"type": "auth", "token": token})).await;
        assert_eq!(self.hear().await["type"], "authenticated");
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn next(&mut self) -> Message {
        timeout(PATIENCE, self.0.next()).await.expect("an answer").expect("a message").unwrap()
    }

    /// The next text; pings are answered on the way.
    async fn hear(&mut self) -> Value {
        loop {
            match self.next().await {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("expected a text, got {other:?}"),
            }
        }
    }

    /// Everything up to the close; the close's code.
    async fn end(&mut self) -> u16 {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("an end") {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(_)) => {}
                other => panic!("ended without a close: {other:?}"),
            }
        }
    }

    async fn subscribe(&mut self, lamp: LampId, after: Option<i64>) -> Value {
        let topic = format!("lamp:{lamp}");
        match after {
            None => self.say(json!({"type": "subscribe", "topic": topic})).await,
            Some(after) => {
                self.say(json!({"type": "subscribe", "topic": topic, "after": after.to_string()})).await
            }
        }
        self.hear().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_subscribes_hears_what_it_may() {
    let world = World::new(HubOptions::default()).await;
    let address = serve(&world).await;
    let (lamp, other) = (world.lamp(), world.lamp());
    let mut owner = Client::signed_in(address, "user-1").await;
    let mut passer = Client::signed_in(address, "user-2").await;
    for client in [&mut owner, &mut passer] {
        let answer = client.subscribe(lamp, None).await;
        assert_eq!((&answer["type"], &answer["id"]), (&json!("subscribed"), &json!("0")));
    }
    world.light(other, 1).await;
    let bright = world.light(lamp, 900).await;
    let dim = world.light(lamp, 100).await;
    let topic = format!("lamp:{lamp}");
    let event = |position: i64, lumen: u32| json!({"type": "event", "topic": topic, "id": position.to_string(), "data": {"lumen": lumen}});
    assert_eq!(owner.hear().await, event(bright, 900));
    assert_eq!(owner.hear().await, event(dim, 100));
    assert_eq!(passer.hear().await, event(dim, 100), "the bright one was not for it");
    world.hub.publish(&topic, Audience::ALL, || json!({"colour": "red"}));
    let live = owner.hear().await;
    assert_eq!((&live["data"]["colour"], &live["id"]), (&json!("red"), &json!(dim.to_string())));
    owner.say(json!({"type": "unsubscribe", "topic": topic})).await;
    assert_eq!(owner.hear().await, json!({"type": "unsubscribed", "topic": topic}));
    world.hub.publish("lamp:nobody", Audience::ALL, || panic!("made for nobody"));
    world.light(lamp, 1).await;
    owner.say(json!({"type": "unsubscribe", "topic": topic})).await;
    assert_eq!(owner.hear().await["code"], "topic.not_subscribed", "and no event in between");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resumed_subscription_has_no_gap_and_no_duplicate() {
    let world = Arc::new(World::new(HubOptions { queue_max: 5000, ..HubOptions::default() }).await);
    let address = serve(&world).await;
    let (lamp, other) = (world.lamp(), world.lamp());
    let writer = {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let mut positions = Vec::new();
            for n in 0..600 {
                positions.push(world.light(lamp, n % 500).await);
                if n % 3 == 0 {
                    world.light(other, n).await;
                }
            }
            positions
        })
    };
    let (mut heard, mut after) = (Vec::new(), 0);
    // Breaks the connection again and again while events come, and goes on where it stood.
    while heard.len() < 600 {
        let mut client = Client::signed_in(address, "user-1").await;
        assert_eq!(client.subscribe(lamp, Some(after)).await["type"], "subscribed");
        for _ in 0..(600 - heard.len()).min(70) {
            after = client.hear().await["id"].as_str().unwrap().parse().unwrap();
            heard.push(after);
        }
    }
    assert_eq!(heard, writer.await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn too_old_a_token_and_nonsense_are_declined() {
    let world =
        World::new(HubOptions { resume_events_max: 3, subscriptions_max: 1, ..HubOptions::default() }).await;
    let address = serve(&world).await;
    let lamp = world.lamp();
    for _ in 0..5 {
        world.light(lamp, 1).await;
    }
    let mut client = Client::signed_in(address, "user-1").await;
    assert_eq!(client.subscribe(lamp, Some(1)).await["code"], "resume.too_old");
    for never in [-1, 6, i64::MAX] {
        assert_eq!(client.subscribe(lamp, Some(never)).await["code"], "resume.invalid");
    }
    for (topic, code) in [("lamp:x", "not_found"), ("moon:x", "topic.unknown"), ("lamp", "topic.unknown")] {
        client.say(json!({"type": "subscribe", "topic": topic})).await;
        let answer = client.hear().await;
        assert_eq!((&answer["code"], &answer["topic"]), (&json!(code), &json!(topic)));
    }
    assert_eq!(client.subscribe(lamp, Some(3)).await["type"], "subscribed");
    assert_eq!(
        (client.hear().await["id"].clone(), client.hear().await["id"].clone()),
        (json!("4"), json!("5"))
    );
    assert_eq!(client.subscribe(lamp, None).await["type"], "subscribed", "again is no second one");
    assert_eq!(client.subscribe(world.lamp(), None).await["code"], "subscriptions.too_many");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_message_must_be_a_good_credential_in_time() {
    let world =
        World::new(HubOptions { auth_time: Duration::from_millis(300), ..HubOptions::default() }).await;
    let address = serve(&world).await;
    assert_eq!(Client::connect(address).await.end().await, CloseCode::Silent as u16);
    for first in [
        json!({"type": "auth", "token": "nonsense"}),
        json!({"type": "auth"}),
        json!({"type": "subscribe", "topic": "lamp:x"}),
        json!([]),
    ] {
        let mut client = Client::connect(address).await;
        client.say(first).await;
        assert_eq!(client.hear().await["type"], "error");
        assert_eq!(client.end().await, CloseCode::Unauthenticated as u16);
    }
    let mut client = Client::connect(address).await;
    client.0.send(Message::binary(vec![1])).await.unwrap();
    assert_eq!(client.end().await, CloseCode::Unauthenticated as u16);
    let mut client = Client::connect(address).await;
    client.say(json!({"type": "auth", "api_key": "user-3"})).await;
    assert_eq!(client.hear().await, json!({"type": "authenticated", "user_id": user(3).to_string()}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_is_lost_ends_what_runs() {
    let world =
        World::new(HubOptions { ping_every: Duration::from_millis(50), ..HubOptions::default() }).await;
    let address = serve(&world).await;
    let mut client = Client::signed_in(address, "user-2").await;
    let lamp = world.lamp();
    client.subscribe(lamp, None).await;
    world.people.blind.lock().insert(user(2));
    let expected = json!({"type": "unsubscribed", "topic": format!("lamp:{lamp}"), "code": "not_found"});
    assert_eq!(client.hear().await, expected);
    world.people.revoked.lock().insert("user-2".into());
    assert_eq!(client.hear().await["code"], "token.revoked");
    assert_eq!(client.end().await, CloseCode::Unauthenticated as u16);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_token_of_the_same_user_keeps_the_socket_alive() {
    let world =
        World::new(HubOptions { ping_every: Duration::from_millis(50), ..HubOptions::default() }).await;
    let address = serve(&world).await;
    let mut client = Client::signed_in(address, "user-2").await;
    client.say(json!({"type": "auth", "token": "user-02"})).await;
    assert_eq!(client.hear().await["type"], "authenticated");
    world.people.revoked.lock().insert("user-2".into());
    for _ in 0..3 {
        assert!(matches!(client.next().await, Message::Ping(_)), "it lives on");
    }
    client.say(json!({"type": "auth", "token": "user-3"})).await;
    assert_eq!(client.end().await, CloseCode::Unauthenticated as u16, "another user is another socket");
}

#[tokio::test]
async fn a_peer_that_vanished_is_let_go_and_one_that_is_silent_is_not() {
    let every = Duration::from_secs(30);
    let world = World::new(HubOptions { ping_every: every, ..HubOptions::default() }).await;
    let (pipes, listener) = mpsc::unbounded_channel();
    let router = router(&world, 1000);
    tokio::spawn(async move { axum::serve(Pipes(listener), router).await });
    // Nobody moves its end any more, and nothing says so: no answer, no close, no end of the stream.
    let vanished = Client::piped(&pipes, "user-1").await;
    let mut silent = Client::piped(&pipes, "user-2").await;
    let answering = tokio::spawn(async move { while silent.0.next().await.is_some() {} });
    tokio::time::pause();
    let since = tokio::time::Instant::now();
    while world.metrics.text().contains("websocket_connections 2") {
        assert!(since.elapsed() < 4 * every, "a place is kept for nobody");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert!(since.elapsed() > 2 * every, "it had time to answer: {:?}", since.elapsed());
    tokio::time::sleep(100 * every).await;
    assert!(world.metrics.text().contains("websocket_connections 1"), "whoever answers may stay silent");
    answering.abort();
    drop(vanished);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_is_dropped_and_holds_nobody_up() {
    let options =
        HubOptions { queue_max: 16, send_time: Duration::from_millis(200), ..HubOptions::default() };
    let world = World::new(options).await;
    let address = serve(&world).await;
    let lamp = world.lamp();
    let mut slow = Client::signed_in(address, "user-1").await;
    slow.subscribe(lamp, None).await;
    let (topic, much) = (format!("lamp:{lamp}"), "x".repeat(60_000));
    let flood = async {
        while !world.metrics.text().contains("websocket_connections 0") {
            world.hub.publish(&topic, Audience::ALL, || json!(much));
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, flood).await.expect("it is dropped");
    let mut quick = Client::signed_in(address, "user-1").await;
    quick.subscribe(lamp, None).await;
    let position = world.light(lamp, 1).await;
    assert_eq!(quick.hear().await["id"], position.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_falls_to_the_newest_value_and_holds_nobody_up() {
    let options = HubOptions { queue_max: 4, send_time: PATIENCE, ..HubOptions::default() };
    let world = World::new(options).await;
    let address = serve(&world).await;
    let lamp = world.lamp();
    let mut slow = Client::signed_in(address, "user-1").await;
    slow.subscribe(lamp, None).await;
    let (topic, much) = (format!("lamp:{lamp}"), "x".repeat(60_000));
    // Many times what the queue and the system's buffers hold; nobody reads meanwhile.
    let values = 500;
    for value in 1..=values {
        world.hub.publish_latest(&topic, Audience::ALL, || json!({ "value": value, "much": much }));
    }
    let mut heard = Vec::new();
    while heard.last() != Some(&values) {
        heard.push(slow.hear().await["data"]["value"].as_i64().unwrap());
    }
    assert!(heard.len() < 400, "what was overtaken is not sent: {}", heard.len());
    assert!(heard.is_sorted(), "never an older one after a newer one");
    let position = world.light(lamp, 1).await;
    assert_eq!(slow.hear().await["id"], position.to_string(), "it is still there, and hears of events");
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_are_handed_on_and_limits_hold() {
    let world = World::new(HubOptions { sockets_max: 1, ..HubOptions::default() }).await;
    let address = serve(&world).await;
    let mut client = Client::signed_in(address, "user-1").await;
    assert!(connect_async(format!("ws://{address}/api/v1/ws")).await.is_err(), "there is one place only");
    client.0.send(Message::binary(vec![])).await.unwrap();
    client.0.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    assert_eq!(client.next().await, Message::binary(vec![3, 2, 1]));
    for _ in 0..20 {
        client.say(json!({"type": "shout"})).await;
        assert_eq!(client.hear().await["code"], "malformed");
    }
    assert_eq!(client.end().await, CloseCode::Malformed as u16);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_too_big_and_a_server_that_stops_close_with_their_codes() {
    let world = World::new(HubOptions::default()).await;
    let address = serve(&world).await;
    let mut big = Client::signed_in(address, "user-1").await;
    let mut other = Client::signed_in(address, "user-2").await;
    let _may_break_off = big.0.send(Message::binary(vec![0; 64 * 1024 + 1])).await;
    assert_eq!(big.end().await, CloseCode::TooBig as u16);
    world.hub.stop();
    assert_eq!(other.end().await, CloseCode::GoingAway as u16);
    assert!(connect_async(format!("ws://{address}/api/v1/ws")).await.is_err());
}

#[tokio::test]
async fn a_credential_is_looked_at_before_what_is_said_is_done() {
    let world = World::new(HubOptions::default()).await;
    let address = serve(&world).await;
    let subscribe = json!({"type": "subscribe", "topic": format!("lamp:{}", world.lamp())});
    for (token, message) in
        [("user-2", Message::text(subscribe.to_string())), ("user-3", Message::binary(vec![1, 2, 3]))]
    {
        let mut client = Client::signed_in(address, token).await;
        world.people.revoked.lock().insert(token.into());
        client.0.send(message).await.unwrap();
        assert_eq!(client.hear().await["code"], "token.revoked");
        assert_eq!(client.end().await, CloseCode::Unauthenticated as u16);
    }
}

#[tokio::test]
async fn whose_credential_cannot_be_checked_hears_and_does_nothing_more() {
    let world = World::new(HubOptions::default()).await;
    let address = serve(&world).await;
    let lamp = world.lamp();
    let mut listening = Client::signed_in(address, "user-1").await;
    listening.subscribe(lamp, None).await;
    let mut asking = Client::signed_in(address, "user-2").await;
    world.people.away.store(true, Ordering::Release);
    world.light(lamp, 1).await;
    assert_eq!(listening.hear().await["code"], "authentication.unavailable");
    assert_eq!(listening.end().await, CloseCode::TryLater as u16);
    assert_eq!(asking.subscribe(lamp, None).await["code"], "authentication.unavailable");
    assert_eq!(asking.end().await, CloseCode::TryLater as u16);
    let mut late = Client::connect(address).await;
    late.say(json!({"type": "auth", "token": "user-1"})).await;
    assert_eq!(late.end().await, CloseCode::TryLater as u16);
}

/// The lamps, but who wants to listen stands before a door.
struct Gated {
    lamps: Lamps,
    knocks: mpsc::UnboundedSender<()>,
    door: Arc<tokio::sync::Semaphore>,
}

impl TopicSource for Gated {
    fn prefix(&self) -> &'static str {
        self.lamps.prefix()
    }

    fn authorise<'a>(
        &'a self,
        caller: &'a contracts::ports::Caller,
        topic: &'a str,
    ) -> contracts::ports::PortFuture<'a, Result<Audience, crate::Problem>> {
        Box::pin(async move {
            self.knocks.send(()).unwrap();
            self.door.acquire().await.unwrap().forget();
            self.lamps.authorise(caller, topic).await
        })
    }

    fn messages(&self, event: &runtime::Recorded) -> Vec<TopicMessage> {
        self.lamps.messages(event)
    }

    fn stream(&self, topic: &str) -> Option<kernel::StreamRef> {
        self.lamps.stream(topic)
    }
}

#[tokio::test]
async fn who_subscribes_again_hears_nothing_twice() {
    let world = World::new(HubOptions::default()).await;
    let (knocks, mut knocked) = mpsc::unbounded_channel();
    let door = Arc::new(tokio::sync::Semaphore::new(1));
    let lamps = Lamps(Arc::clone(&world.people));
    let gated = Arc::new(Gated { lamps, knocks, door: Arc::clone(&door) });
    world.hub.attach(&world.platform, vec![gated], None).await.unwrap();
    let address = serve(&world).await;
    let lamp = world.lamp();
    let mut client = Client::signed_in(address, "user-1").await;
    client.subscribe(lamp, None).await;
    knocked.recv().await.unwrap();
    client.say(json!({"type": "subscribe", "topic": format!("lamp:{lamp}"), "after": "0"})).await;
    knocked.recv().await.unwrap();
    // While the socket waits at the door, these queue up for the subscription that is about to end.
    let mut lit = vec![world.light(lamp, 1).await, world.light(lamp, 2).await];
    door.add_permits(1);
    assert_eq!(client.hear().await["type"], "subscribed");
    let mut heard = vec![client.hear().await, client.hear().await];
    lit.push(world.light(lamp, 3).await);
    heard.push(client.hear().await);
    let ids: Vec<i64> = heard.iter().map(|event| event["id"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(ids, lit);
}

/// A family that stops the handing out of an event until its channel is dropped.
struct Stopper {
    reached: mpsc::UnboundedSender<()>,
    goes_on: parking_lot::Mutex<std::sync::mpsc::Receiver<()>>,
}

impl TopicSource for Stopper {
    fn prefix(&self) -> &'static str {
        "stop"
    }

    fn authorise<'a>(
        &'a self,
        _: &'a contracts::ports::Caller,
        _: &'a str,
    ) -> contracts::ports::PortFuture<'a, Result<Audience, crate::Problem>> {
        Box::pin(async { Ok(Audience::ALL) })
    }

    fn messages(&self, _: &runtime::Recorded) -> Vec<TopicMessage> {
        let _told_or_over = (self.reached.send(()), self.goes_on.lock().recv());
        Vec::new()
    }

    fn stream(&self, _: &str) -> Option<kernel::StreamRef> {
        None
    }
}

#[tokio::test]
async fn who_subscribes_while_an_event_is_handed_out_is_told_that_it_has_happened() {
    let world = World::new(HubOptions::default()).await;
    let (reached, mut stopped) = mpsc::unbounded_channel();
    let (go_on, goes_on) = std::sync::mpsc::channel();
    let lamps = Arc::new(Lamps(Arc::clone(&world.people)));
    let stopper = Arc::new(Stopper { reached, goes_on: parking_lot::Mutex::new(goes_on) });
    world.hub.attach(&world.platform, vec![lamps, stopper], None).await.unwrap();
    let address = serve(&world).await;
    let lamp = world.lamp();
    let mut client = Client::signed_in(address, "user-1").await;
    client.say(json!({"type": "subscribe", "topic": "stop:here"})).await;
    client.hear().await;
    let subscribing = async {
        stopped.recv().await.unwrap();
        // The lamp's listeners have been looked for, in vain.
        let answer = client.subscribe(lamp, None).await;
        drop(go_on);
        answer
    };
    let (position, answer) = tokio::join!(world.light(lamp, 1), subscribing);
    assert_eq!((&answer["type"], &answer["id"]), (&json!("subscribed"), &json!(position.to_string())));
    let next = world.light(lamp, 2).await;
    assert_eq!(client.hear().await["id"], next.to_string());
}

#[tokio::test]
async fn what_is_said_counts_as_requests_of_its_user() {
    let world = World::new(HubOptions::default()).await;
    let address = serve_limited(&world, 4).await;
    let lamp = world.lamp();
    let mut client = Client::signed_in(address, "user-1").await;
    client.say(json!({"type": "auth", "token": "user-01"})).await;
    assert_eq!(client.hear().await["type"], "authenticated");
    for _ in 0..3 {
        assert_eq!(client.subscribe(lamp, None).await["type"], "subscribed");
    }
    let refused = client.subscribe(lamp, Some(0)).await;
    assert_eq!((&refused["type"], &refused["code"]), (&json!("error"), &json!("rate_limited")));
    assert_eq!(refused["topic"], format!("lamp:{lamp}"));
    client.say(json!({"type": "auth", "token": "user-1"})).await;
    assert_eq!(client.hear().await["code"], "rate_limited");
    let position = world.light(lamp, 1).await;
    assert_eq!(client.hear().await["id"], position.to_string(), "what it listens to goes on");
    let mut other = Client::signed_in(address, "user-2").await;
    assert_eq!(other.subscribe(lamp, None).await["type"], "subscribed");
}

#[tokio::test]
async fn how_much_is_resumed_is_limited_by_user() {
    let world = World::new(HubOptions { resume_batches_per_minute: 3, ..HubOptions::default() }).await;
    let address = serve(&world).await;
    let lamp = world.lamp();
    let mut other = Client::signed_in(address, "user-1").await;
    let mut client = Client::signed_in(address, "user-1").await;
    for _ in 0..3 {
        assert_eq!(client.subscribe(lamp, Some(0)).await["type"], "subscribed");
    }
    assert_eq!(other.subscribe(lamp, Some(0)).await["code"], "resume.rate_limited");
    assert_eq!(other.subscribe(lamp, None).await["type"], "subscribed", "from now on it may");
    let mut neighbour = Client::signed_in(address, "user-2").await;
    assert_eq!(neighbour.subscribe(lamp, Some(0)).await["type"], "subscribed");
    // 500 events are the first batch, and the rest is one more.
    for lumen in 0..501 {
        world.light(lamp, lumen % 500).await;
    }
    let mut long = Client::signed_in(address, "user-3").await;
    assert_eq!(long.subscribe(lamp, Some(0)).await["type"], "subscribed");
    for _ in 0..501 {
        assert_eq!(long.hear().await["type"], "event");
    }
    assert_eq!(long.subscribe(lamp, Some(0)).await["type"], "subscribed");
    for _ in 0..500 {
        assert_eq!(long.hear().await["type"], "event");
    }
    assert_eq!(
        long.hear().await["code"],
        "resume.rate_limited",
        "the second batch is the fourth of this minute"
    );
}

#[tokio::test]
async fn who_has_not_authenticated_takes_no_place_of_others() {
    let options =
        HubOptions { sockets_max: 1, waiting_max: 3, waiting_per_address_max: 2, ..HubOptions::default() };
    let world = World::new(options).await;
    let address = serve(&world).await;
    let url = format!("ws://{address}/api/v1/ws");
    let first = Client::connect(address).await;
    let mut second = Client::connect(address).await;
    assert!(connect_async(&url).await.is_err(), "two may wait");
    second.sign_in("user-1").await;
    assert!(connect_async(&url).await.is_err(), "the one place is taken");
    drop(second);
    let mut third =
        eventually(async || connect_async(&url).await.ok().map(|(stream, _)| Client(stream))).await;
    let mut fourth = first;
    third.sign_in("user-2").await;
    fourth.say(json!({"type": "auth", "token": "user-3"})).await;
    assert_eq!(fourth.hear().await["code"], "websocket.full", "it was taken meanwhile");
    assert_eq!(fourth.end().await, CloseCode::TryLater as u16);
}

#[test]
fn each_address_waits_for_itself() {
    let options = HubOptions { waiting_max: 3, waiting_per_address_max: 2, ..HubOptions::default() };
    let hub = Hub::new(options, crate::Metrics::new());
    let [one, two, three] = [1, 2, 3].map(|n| std::net::IpAddr::from([192, 0, 2, n]));
    let (a, b) = (hub.knock(one).unwrap(), hub.knock(one).unwrap());
    assert!(hub.knock(one).is_none());
    let c = hub.knock(two).unwrap();
    assert!(hub.knock(three).is_none(), "all together are bounded too");
    drop((a, b));
    assert!(hub.knock(one).is_some() && hub.knock(three).is_some());
    drop(c);
}

/// Asks again until there is an answer.
async fn eventually<T>(ask: impl AsyncFn() -> Option<T>) -> T {
    let asking = async {
        loop {
            match ask().await {
                Some(answer) => return answer,
                None => tokio::task::yield_now().await,
            }
        }
    };
    timeout(PATIENCE, asking).await.expect("an answer in time")
}

#[tokio::test]
async fn a_user_has_so_many_sockets() {
    let world = World::new(HubOptions { sockets_per_user_max: 2, ..HubOptions::default() }).await;
    let address = serve(&world).await;
    let first = Client::signed_in(address, "user-1").await;
    let mut second = Client::signed_in(address, "user-1").await;
    let mut third = Client::connect(address).await;
    third.say(json!({"type": "auth", "token": "user-1"})).await;
    assert_eq!(third.hear().await["code"], "sockets.too_many");
    assert_eq!(third.end().await, CloseCode::TryLater as u16);
    Client::signed_in(address, "user-2").await;
    second.0.close(None).await.unwrap();
    let gone = async {
        while !world.metrics.text().contains("websocket_connections 1\n") {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, gone).await.expect("the others are gone");
    Client::signed_in(address, "user-1").await;
    drop(first);
    let unlimited = serve_limited(&world, 0).await;
    let mut many = Vec::new();
    for _ in 0..4 {
        many.push(Client::signed_in(unlimited, "user-3").await);
    }
}
