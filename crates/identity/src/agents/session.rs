//! The session: one login, a family of refresh tokens of which only the newest is good. Whoever shows an older one holds
//! a copy, and nobody can tell who stole from whom, so the family ends (design, section 7).

use contracts::events;
use kernel::{Refusal, SessionId, TenantId, Timestamp, UserId};
use runtime::Agent;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a refresh token is good.
pub(crate) const REFRESH_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long the token before the newest one still gets the newest one, in a session that is kept in a cookie: two tabs
/// of one browser share the cookie and may ask at the same moment (docs/decisions/0010).
pub(crate) const REFRESH_GRACE: Duration = Duration::from_secs(10);
/// How long a family may live, however often it is refreshed.
pub(crate) const SESSION_LIFE: Duration = Duration::from_secs(90 * 24 * 3600);

/// A session was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionOpened {
    /// Whose.
    pub user: UserId,
    /// The tenant.
    pub tenant: TenantId,
    /// SHA-256 of the first refresh token, hex.
    pub token_hash: String,
    /// Until when that token is good.
    pub expires_at: Timestamp,
    /// Whether a browser keeps the tokens in a cookie that its tabs share.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_cookie: bool,
}

/// The refresh token was exchanged for the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRefreshed {
    /// SHA-256 of the next token, hex.
    pub token_hash: String,
    /// Until when that one is good.
    pub expires_at: Timestamp,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Its user ended it.
    Logout,
    /// An old refresh token was shown.
    Reuse,
    /// The password was changed.
    Password,
    /// Somebody of the brokerage ended it.
    Admin,
}

impl EndReason {
    /// The wire and view name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Reuse => "reuse",
            Self::Password => "password",
            Self::Admin => "admin",
        }
    }
}

/// The session ended; its access tokens are void too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRevoked {
    /// Why.
    pub reason: EndReason,
}

events! {
    /// What happens to a session.
    pub enum SessionEvent(schema 1) {
        /// It began.
        "session.opened" => Opened(SessionOpened),
        /// Its token was rotated.
        "session.refreshed" => Refreshed(SessionRefreshed),
        /// It ended.
        "session.revoked" => Revoked(SessionRevoked),
    }
}

/// What a session can be asked.
#[derive(Debug, Clone)]
pub enum SessionCommand {
    /// Begin.
    Open {
        /// Whose.
        user: UserId,
        /// The tenant.
        tenant: TenantId,
        /// SHA-256 of the first token, hex.
        token_hash: String,
        /// Whether a browser keeps the tokens in a cookie.
        in_cookie: bool,
    },
    /// Exchange a token that was surely made by us for this session (its seal was checked). An old one ends the
    /// session: then the answer is the event of the end, not a refusal, so that it is written. Nothing happens when a
    /// cookie's token was exchanged a moment ago: the caller hands out the same next token again.
    Refresh {
        /// SHA-256 of the token that was shown, hex.
        shown_hash: String,
        /// SHA-256 of the next one, hex.
        next_hash: String,
    },
    /// End.
    Revoke {
        /// Why.
        reason: EndReason,
    },
}

/// A session's state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Whose; absent until it is opened.
    pub(crate) user: Option<UserId>,
    /// The tenant.
    pub(crate) tenant: Option<TenantId>,
    /// SHA-256 of the good token, hex.
    pub(crate) token_hash: String,
    /// SHA-256 of the token before, hex, and when it was exchanged.
    pub(crate) previous: Option<(String, Timestamp)>,
    /// Whether a browser keeps the tokens in a cookie.
    pub(crate) in_cookie: bool,
    /// Until when that token is good.
    pub(crate) expires_at: Option<Timestamp>,
    /// Until when the family may live.
    pub(crate) ends_at: Option<Timestamp>,
    /// Why it ended, when it has.
    pub(crate) ended: Option<EndReason>,
}

impl Session {
    fn refresh(&self, shown: &str, next: &str, now: Timestamp) -> Result<Vec<SessionEvent>, Refusal> {
        if self.ended.is_some() {
            return Err(Refusal::conflict("session.ended", "the session has ended"));
        }
        // The texts are hashes of 256 random bits: comparing them leaks nothing that helps to guess a token.
        if self.token_hash != shown {
            if self.was_just_exchanged(shown, now) {
                return Ok(Vec::new());
            }
            return Ok(vec![SessionRevoked { reason: EndReason::Reuse }.into()]);
        }
        if self.expires_at.is_none_or(|at| now >= at) {
            return Err(Refusal::conflict("session.expired", "the session has expired"));
        }
        let expires_at = self.ends_at.map_or(now, |end| end.min(now.after(REFRESH_LIFE)));
        Ok(vec![SessionRefreshed { token_hash: next.to_owned(), expires_at }.into()])
    }

    /// Whether another tab exchanged this very token a moment ago.
    fn was_just_exchanged(&self, shown: &str, now: Timestamp) -> bool {
        let exchanged = self.previous.as_ref().filter(|(hash, _)| self.in_cookie && hash == shown);
        exchanged.is_some_and(|(_, at)| now < at.after(REFRESH_GRACE))
    }
}

impl Agent for Session {
    type Id = SessionId;
    type Command = SessionCommand;
    type Event = SessionEvent;
    const KIND: &'static str = "session";
    const SNAPSHOT: u32 = 2;

    fn decide(&self, command: &SessionCommand, now: Timestamp) -> Result<Vec<SessionEvent>, Refusal> {
        if let SessionCommand::Open { user, tenant, token_hash, in_cookie } = command {
            if self.user.is_some() {
                return Err(Refusal::conflict("session.exists", "the session exists already"));
            }
            let expires_at = now.after(REFRESH_LIFE);
            let (user, tenant, token_hash, in_cookie) = (*user, *tenant, token_hash.clone(), *in_cookie);
            return Ok(vec![SessionOpened { user, tenant, token_hash, expires_at, in_cookie }.into()]);
        }
        if self.user.is_none() {
            return Err(Refusal::not_found("session.unknown", "there is no such session"));
        }
        match command {
            SessionCommand::Refresh { shown_hash, next_hash } => self.refresh(shown_hash, next_hash, now),
            SessionCommand::Revoke { reason } if self.ended.is_none() => {
                Ok(vec![SessionRevoked { reason: *reason }.into()])
            }
            SessionCommand::Revoke { .. } | SessionCommand::Open { .. } => Ok(Vec::new()),
        }
    }

    fn evolve(&mut self, event: &SessionEvent, at: Timestamp) {
        match event {
            SessionEvent::Opened(opened) => {
                self.user = Some(opened.user);
                self.tenant = Some(opened.tenant);
                self.token_hash.clone_from(&opened.token_hash);
                self.in_cookie = opened.in_cookie;
                self.expires_at = Some(opened.expires_at);
                self.ends_at = Some(at.after(SESSION_LIFE));
            }
            SessionEvent::Refreshed(refreshed) => {
                let before = std::mem::replace(&mut self.token_hash, refreshed.token_hash.clone());
                self.previous = Some((before, at));
                self.expires_at = Some(refreshed.expires_at);
            }
            SessionEvent::Revoked(revoked) => self.ended = Some(revoked.reason),
        }
    }

    fn state_name(&self) -> &'static str {
        match (self.user, self.ended) {
            (None, _) => "",
            (Some(_), None) => "open",
            (Some(_), Some(_)) => "revoked",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{TypedId, Uuid};
    use proptest::prelude::*;

    const HOUR: i64 = 3600;

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn opened() -> Session {
        opened_in(false)
    }

    fn opened_in(in_cookie: bool) -> Session {
        let mut session = Session::default();
        let user = UserId::from_uuid(Uuid::from_u128(1));
        let tenant = TenantId::from_uuid(Uuid::from_u128(2));
        let open = SessionCommand::Open { user, tenant, token_hash: "t0".to_owned(), in_cookie };
        run(&mut session, &open, 0).unwrap();
        session
    }

    fn run(
        session: &mut Session,
        command: &SessionCommand,
        at: i64,
    ) -> Result<Vec<SessionEvent>, &'static str> {
        let events = session.decide(command, second(at)).map_err(|refusal| refusal.code)?;
        events.iter().for_each(|event| session.evolve(event, second(at)));
        Ok(events)
    }

    fn refresh(session: &mut Session, shown: u32, at: i64) -> Result<&'static str, &'static str> {
        let command =
            SessionCommand::Refresh { shown_hash: format!("t{shown}"), next_hash: format!("t{}", shown + 1) };
        run(session, &command, at).map(|events| events.first().map_or("", contracts::Event::type_name))
    }

    #[test]
    fn two_tabs_that_ask_at_once_share_the_next_token_and_a_later_one_is_a_thief() {
        let mut session = opened_in(true);
        assert_eq!(refresh(&mut session, 0, HOUR), Ok("session.refreshed"));
        assert_eq!(refresh(&mut session, 0, HOUR + 9), Ok(""), "the other tab");
        assert_eq!(session.token_hash, "t1");
        assert_eq!(refresh(&mut session.clone(), 0, HOUR + 10), Ok("session.revoked"));
        assert_eq!(refresh(&mut session, 1, HOUR + 9), Ok("session.refreshed"));
        assert_eq!(refresh(&mut session, 0, HOUR + 9), Ok("session.revoked"), "two exchanges ago");
    }

    #[test]
    fn each_refresh_token_is_good_once_and_showing_it_again_ends_the_family() {
        let mut session = opened();
        assert_eq!(refresh(&mut session, 0, HOUR), Ok("session.refreshed"));
        assert_eq!(refresh(&mut session, 1, 2 * HOUR), Ok("session.refreshed"));
        assert_eq!(refresh(&mut session, 0, 3 * HOUR), Ok("session.revoked"));
        assert_eq!(session.ended, Some(EndReason::Reuse));
        assert_eq!(refresh(&mut session, 2, 3 * HOUR), Err("session.ended"));
    }

    #[test]
    fn a_token_expires_after_seven_days_and_a_family_after_ninety() {
        let mut session = opened();
        assert_eq!(refresh(&mut session.clone(), 0, 7 * 24 * HOUR), Err("session.expired"));
        let mut shown = 0;
        let mut now = 0;
        let end = loop {
            now += 6 * 24 * HOUR;
            match refresh(&mut session, shown, now) {
                Ok(_) => shown += 1,
                Err(code) => break code,
            }
        };
        assert_eq!((end, now), ("session.expired", 90 * 24 * HOUR));
    }

    #[test]
    fn an_end_is_written_once() {
        let mut session = opened();
        let end = SessionCommand::Revoke { reason: EndReason::Logout };
        assert_eq!(run(&mut session, &end, 1).unwrap().len(), 1);
        assert_eq!(run(&mut session, &end, 2).unwrap().len(), 0);
        assert_eq!(session.state_name(), "revoked");
        assert_eq!(run(&mut Session::default(), &end, 1), Err("session.unknown"));
    }

    impl PartialEq for SessionEvent {
        fn eq(&self, other: &Self) -> bool {
            format!("{self:?}") == format!("{other:?}")
        }
    }

    proptest! {
        #[test]
        fn only_the_newest_token_is_ever_good(shows in prop::collection::vec(0_u32..6, 1..60)) {
            let mut session = opened();
            let mut newest = 0;
            for (n, shown) in shows.into_iter().enumerate() {
                let alive = session.ended.is_none();
                let answer = refresh(&mut session, shown, n as i64);
                match (alive, shown == newest) {
                    (false, _) => prop_assert_eq!(answer, Err("session.ended")),
                    (true, true) => {
                        prop_assert_eq!(answer, Ok("session.refreshed"));
                        newest += 1;
                    }
                    (true, false) => {
                        prop_assert_eq!(answer, Ok("session.revoked"));
                        prop_assert_eq!(session.ended, Some(EndReason::Reuse));
                    }
                }
            }
        }
    }
}
