//! Signing in, staying signed in, signing out.

use crate::{
    Identity, IdentityError,
    agents::{
        Account, EndReason, LOGIN_LOCK, REFRESH_LIFE, Session, SessionCommand, Standing, User, UserCommand,
    },
    identity::Attached,
    personal::{LOGIN_SCOPE, Login, Person},
    secrets::hash_of,
    tokens::{ACCESS_LIFE, Claims},
    views::{self, Slice},
    wire::{Secret, SessionForm, Tokens},
};
use kernel::{Actor, PersonId, SessionId, Timestamp, TypedId, UserId, Uuid};
use runtime::{CommandError, Order, Origin, Wait};
use zeroize::Zeroizing;

/// So many sessions are ended in one unit.
const SESSIONS_AT_ONCE: i64 = 100;

const WRONG: IdentityError =
    IdentityError::Unauthorised { code: "login.invalid", detail: "the account or the password is wrong" };
const ENDED: IdentityError =
    IdentityError::Unauthorised { code: "session.ended", detail: "the session has ended" };
const EXCHANGED: IdentityError = IdentityError::Unauthorised {
    code: "session.exchanged",
    detail: "another request exchanged the token at the same moment; ask again",
};

/// An account that a login named, with what is needed to let it in.
struct Found {
    user: UserId,
    account: Account,
    locked_until: Option<Timestamp>,
    password: Option<Zeroizing<String>>,
}

impl Identity {
    /// Signs in. An unknown account, a disabled one and a wrong password take the same time and get the same answer;
    /// too many failures lock known and unknown logins alike.
    ///
    /// # Errors
    /// 401 `login.invalid`, 429 `login.locked`, 503 `login.busy` or the store's.
    pub(crate) async fn login(
        &self,
        login: &Login,
        password: &Secret,
        form: SessionForm,
    ) -> Result<Tokens, IdentityError> {
        let Attached { runtime, vault } = self.attached()?;
        let index = login.index(vault);
        let attempts = &self.inner.attempts;
        if let Some(until) = attempts.locked_until(&index, runtime.now()) {
            return Err(IdentityError::Locked { until });
        }
        let found = self.find(&index).await?;
        let phc = found.as_ref().and_then(|found| found.password.clone());
        let fits = self.inner.passwords.fits(password.reveal().clone(), phc).await?;
        match found {
            // Whether the password was right does not show while the account is locked.
            Some(Found { locked_until: Some(until), .. }) => Err(IdentityError::Locked { until }),
            Some(found) if fits && found.account.standing == Standing::Active => {
                let tokens = self.open_session(found.user, &found.account, form).await?;
                attempts.forgive(&index);
                Ok(tokens)
            }
            other => {
                attempts.record(&index, runtime.now());
                if let Some(found) = other {
                    self.record_failure(&found)?;
                }
                Err(WRONG)
            }
        }
    }

    async fn find(&self, index: &str) -> Result<Option<Found>, IdentityError> {
        let Attached { runtime, vault } = self.attached()?;
        let Some(owner) = runtime.store().claim_owner(LOGIN_SCOPE, index).await? else {
            // An unknown account costs a look into the vault too.
            let _nobody = Person::open(vault, PersonId::from_uuid(Uuid::nil())).await?;
            return Ok(None);
        };
        let user: UserId = owner.parse().map_err(|_| IdentityError::Defect("a login belongs to no user"))?;
        let Some(state) = runtime.state::<User>(user).await? else {
            return Ok(None);
        };
        let Some(account) = state.account.clone() else {
            return Ok(None);
        };
        let person = Person::open(vault, account.person).await?;
        if !person.logins().iter().any(|login| login.index(vault) == index) {
            // The index outlived a change of the phone: the person itself says what it is found by.
            return Ok(None);
        }
        let password = person.password.map(|phc| Zeroizing::new(phc.reveal().clone()));
        let locked_until = state.failures.locked_until(runtime.now());
        Ok(Some(Found { user, account, locked_until, password }))
    }

    /// Writes the failure down after the answer: an unknown account has nothing to write, and must not answer sooner.
    fn record_failure(&self, found: &Found) -> Result<(), IdentityError> {
        let runtime = self.attached()?.runtime.clone();
        let origin = self.origin(found.account.tenant, Actor::System("identity"))?;
        let user = found.user;
        tokio::spawn(async move {
            let order = Order::new::<User>(user, UserCommand::RecordFailure).wait(Wait::Durable);
            if let Err(error) = runtime.submit(&origin, order).await {
                tracing::warn!(%user, %error, "a failed login was not recorded");
            }
        });
        Ok(())
    }

    /// Opens a session, unless the user was locked or disabled meanwhile: both are decided in one unit.
    async fn open_session(
        &self,
        user: UserId,
        account: &Account,
        form: SessionForm,
    ) -> Result<Tokens, IdentityError> {
        let runtime = &self.attached()?.runtime;
        let session = SessionId::generate(runtime.now(), &**runtime.entropy());
        let minted = self.mint(session)?;
        let (tenant, token_hash) = (account.tenant, hash_of(&minted));
        let in_cookie = form == SessionForm::Cookie;
        let open = SessionCommand::Open { user, tenant, token_hash, in_cookie };
        let order =
            Order::new::<Session>(session, open).and::<User>(user, UserCommand::SignIn).wait(Wait::Durable);
        let origin = self.origin(account.tenant, Actor::User(user))?;
        match runtime.submit(&origin, order).await {
            // The account is read again: another process may have changed the role, and the unit has seen it.
            Ok(_receipt) => self.tokens(user, &self.known_account(user).await?, session, minted),
            Err(CommandError::Refused(refusal)) if refusal.code == "login.locked" => {
                Err(IdentityError::Locked { until: runtime.now().after(LOGIN_LOCK) })
            }
            Err(CommandError::Refused(_)) => Err(WRONG),
            Err(error) => Err(error.into()),
        }
    }

    fn mint(&self, session: SessionId) -> Result<String, IdentityError> {
        let entropy = self.attached()?.runtime.entropy();
        let minted = self.inner.refresh_tokens.mint(session, &**entropy);
        minted.map(|minted| minted.text).ok_or(IdentityError::Defect("a refresh token cannot be sealed"))
    }

    fn tokens(
        &self,
        user: UserId,
        account: &Account,
        session: SessionId,
        refresh_token: String,
    ) -> Result<Tokens, IdentityError> {
        let runtime = &self.attached()?.runtime;
        let iat = runtime.now().millis().div_euclid(1000);
        let claims = Claims {
            sub: user,
            ten: account.tenant,
            org: account.organisation,
            role: account.role,
            sid: session,
            iat,
            exp: iat.saturating_add_unsigned(ACCESS_LIFE.as_secs()),
        };
        let signed = self.inner.tokens.sign(&claims);
        let access_token = signed.map_err(|_| IdentityError::Defect("an access token cannot be signed"))?;
        Ok(Tokens {
            access_token,
            refresh_token: Some(refresh_token),
            token_type: "Bearer",
            expires_in: ACCESS_LIFE.as_secs(),
            refresh_expires_in: REFRESH_LIFE.as_secs(),
        })
    }

    /// Exchanges a refresh token for the next pair. An old one ends the session; only the tabs of one browser, which
    /// share a cookie, get the same next pair when they ask at the same moment.
    ///
    /// # Errors
    /// 401 `token.invalid`, `session.ended` or `session.expired`; else the store's.
    pub(crate) async fn refresh(&self, shown: &Secret) -> Result<Tokens, IdentityError> {
        let runtime = &self.attached()?.runtime;
        let (session, user, account) = self.owner_of(shown).await?;
        let next = self.next_token(session, shown).await?;
        let refresh =
            SessionCommand::Refresh { shown_hash: hash_of(shown.reveal()), next_hash: hash_of(&next) };
        let order = Order::new::<Session>(session, refresh).and::<User>(user, UserCommand::StaySignedIn);
        let order = order.wait(Wait::Durable);
        let origin = self.origin(account.tenant, Actor::User(user))?;
        match runtime.submit(&origin, order).await {
            Ok(_receipt) => {}
            Err(CommandError::Refused(refusal)) if refusal.code == "session.expired" => {
                let (code, detail) = ("session.expired", "the session has expired; sign in again");
                return Err(IdentityError::Unauthorised { code, detail });
            }
            Err(CommandError::Refused(_)) => return Err(ENDED),
            Err(error) => return Err(error.into()),
        }
        let state = runtime.state::<Session>(session).await?;
        match state {
            Some(state) if state.ended.is_none() && state.token_hash == hash_of(&next) => {
                self.tokens(user, &self.known_account(user).await?, session, next)
            }
            // A third request exchanged the next token already: this one asks with that one.
            Some(state) if state.ended.is_none() => Err(EXCHANGED),
            _ => {
                self.inner.known.session_ended(session, runtime.now());
                Err(ENDED)
            }
        }
    }

    async fn next_token(&self, session: SessionId, shown: &Secret) -> Result<String, IdentityError> {
        let state = self.attached()?.runtime.state::<Session>(session).await?;
        if !state.is_some_and(|state| state.in_cookie) {
            return self.mint(session);
        }
        let minted = self.inner.refresh_tokens.mint_after(session, shown.reveal());
        minted.map(|minted| minted.text).ok_or(IdentityError::Defect("a refresh token cannot be sealed"))
    }

    /// The session, user and account of a refresh token that we made.
    async fn owner_of(&self, shown: &Secret) -> Result<(SessionId, UserId, Account), IdentityError> {
        let forged = || IdentityError::Unauthorised {
            code: "token.invalid",
            detail: "the refresh token is not valid",
        };
        let runtime = &self.attached()?.runtime;
        let session = self.inner.refresh_tokens.session_of(shown.reveal()).ok_or_else(forged)?;
        let state = runtime.state::<Session>(session).await?;
        let user = state.and_then(|state| state.user).ok_or_else(forged)?;
        let owner = runtime.state::<User>(user).await?;
        let account = owner.and_then(|owner| owner.account.clone()).ok_or_else(forged)?;
        Ok((session, user, account))
    }

    /// Ends the session of a refresh token.
    ///
    /// # Errors
    /// 401 `token.invalid`; else the store's.
    pub(crate) async fn logout_with(&self, shown: &Secret) -> Result<SessionId, IdentityError> {
        let (session, user, account) = self.owner_of(shown).await?;
        let origin = self.origin(account.tenant, Actor::User(user))?;
        self.end_session(&origin, session, EndReason::Logout).await?;
        Ok(session)
    }

    /// Ends a session; ending it again changes nothing.
    pub(crate) async fn end_session(
        &self,
        origin: &Origin,
        session: SessionId,
        reason: EndReason,
    ) -> Result<(), IdentityError> {
        let order = Order::new::<Session>(session, SessionCommand::Revoke { reason }).wait(Wait::Durable);
        let runtime = &self.attached()?.runtime;
        let _receipt = runtime.submit(origin, order).await?;
        self.inner.known.session_ended(session, runtime.now());
        Ok(())
    }

    /// Ends all sessions of a user but one.
    pub(crate) async fn end_sessions(
        &self,
        origin: &Origin,
        user: UserId,
        but: Option<SessionId>,
        reason: EndReason,
    ) -> Result<(), IdentityError> {
        let runtime = &self.attached()?.runtime;
        loop {
            let slice = Slice { limit: SESSIONS_AT_ONCE, offset: 0 };
            let (open, _) = views::open_sessions(runtime.store(), user, runtime.now(), slice).await?;
            let mut ending = open.iter().map(|row| row.id).filter(|id| Some(*id) != but);
            let Some(first) = ending.next() else {
                return Ok(());
            };
            let revoke = || SessionCommand::Revoke { reason };
            let order = Order::new::<Session>(first, revoke()).wait(Wait::Durable);
            let order = ending.fold(order, |order, id| order.and::<Session>(id, revoke()));
            // A repeated key would do nothing and this would never end.
            let origin = Origin { idempotency: None, ..origin.clone() };
            let _receipt = runtime.submit(&origin, order).await?;
            for row in open.iter().filter(|row| Some(row.id) != but) {
                self.inner.known.session_ended(row.id, runtime.now());
            }
        }
    }

    /// The session of the bearer token in a request's headers, when it has a genuine one.
    pub(crate) fn session_in(&self, headers: &axum::http::HeaderMap) -> Option<SessionId> {
        let value = headers.get(axum::http::header::AUTHORIZATION)?.to_str().ok()?;
        let (_, token) = value.split_once(' ')?;
        let now = self.attached().ok()?.runtime.now();
        self.inner.tokens.verify(token.trim(), now).ok().map(|claims| claims.sid)
    }
}
