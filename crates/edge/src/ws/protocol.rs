//! The messages of the WebSocket, both ways, and its close codes.

use axum::extract::ws::Utf8Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest topic.
pub(super) const TOPIC_BYTES_MAX: usize = 128;

/// What a client says.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum ClientMessage {
    /// Who it is; the first message. Again later with a newer token of the same user, before the old one expires.
    Auth {
        #[serde(default)]
        token: Option<String>,
        #[serde(default)]
        api_key: Option<String>,
    },
    /// Begins to listen; with `after`, from the event after the one with that `id`.
    Subscribe {
        topic: String,
        #[serde(default)]
        after: Option<String>,
    },
    /// Stops to listen.
    Unsubscribe { topic: String },
}

/// What the server says.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ServerMessage<'a> {
    /// The credential is good.
    Authenticated { user_id: String },
    /// From here on; `id` resumes from here.
    Subscribed { topic: &'a str, id: String },
    /// No longer; `code` says why when the client did not ask for it.
    Unsubscribed {
        topic: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<&'a str>,
    },
    /// Something happened.
    Event { topic: &'a str, id: String, data: &'a Value },
    /// The last message was not carried out.
    Error {
        code: &'a str,
        detail: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        topic: Option<&'a str>,
    },
}

impl ServerMessage<'_> {
    /// As it is sent.
    pub(super) fn text(&self) -> Utf8Bytes {
        serde_json::to_string(self).unwrap_or_default().into()
    }
}

/// Why the server ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// The server stops; come back elsewhere or later.
    GoingAway = 1001,
    /// A message is larger than allowed.
    TooBig = 1009,
    /// The credential cannot be checked now, or the user has too much of something; come back elsewhere or later.
    TryLater = 1013,
    /// Too many messages that cannot be understood.
    Malformed = 4400,
    /// No valid credential, or it is no longer valid.
    Unauthenticated = 4401,
    /// The client did not answer: no `auth` message or no pong in time.
    Silent = 4408,
    /// It reads more slowly than events come; resume with the last `id`.
    TooSlow = 4429,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_may_say_only_what_there_is() {
        let read = |text: &str| serde_json::from_str::<ClientMessage>(text).ok();
        let subscribe = ClientMessage::Subscribe { topic: "shipment:x".into(), after: Some("7".into()) };
        assert_eq!(read(r#"{"type":"subscribe","topic":"shipment:x","after":"7"}"#), Some(subscribe));
        let auth = ClientMessage::Auth { token: Some("t".into()), api_key: None };
        assert_eq!(read(r#"{"type":"auth","token":"t"}"#), Some(auth));
        for bad in [
            "",
            "[]",
            r#"{"type":"shout"}"#,
            r#"{"type":"subscribe"}"#,
            r#"{"type":"unsubscribe","topic":"x","y":1}"#,
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_event_has_exactly_its_members() {
        let event =
            ServerMessage::Event { topic: "shipment:x", id: "7".into(), data: &serde_json::json!({"a": 1}) };
        assert_eq!(event.text().as_str(), r#"{"type":"event","topic":"shipment:x","id":"7","data":{"a":1}}"#);
    }
}
