//! What must be known at every request without asking the store: which sessions and users a token no longer speaks for,
//! who drives which driver agent, each tenant's dispute window, and the API keys seen of late.
//!
//! An observer keeps it up to date with every committed event, also of other processes; the views fill it at the start.
//! What this process voids itself it notes before it answers, since with several processes the observer comes later.

use crate::{
    agents::{ApiKeyEvent, SessionEvent, TenantEvent, UserEvent},
    tokens::{ACCESS_LIFE, Claims},
};
use contracts::{
    driver::DriverEvent,
    ports::{Caller, Role},
};
use kernel::{ApiKeyId, DriverId, SessionId, TenantId, Timestamp, TypedId, UserId};
use moka::sync::Cache;
use parking_lot::RwLock;
use runtime::{Observer, Recorded};
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// At most so many API keys are kept with their verdicts.
const KEYS_MAX: u64 = 10_000;
/// How long a change is remembered: twice the life of the tokens that it may contradict, for clocks that differ.
pub(crate) const REMEMBERED: Duration = Duration::from_secs(2 * ACCESS_LIFE.as_secs());

/// Fewer entries than these are not worth a sweep.
const SWEEP_MIN: usize = 64;

/// What an API key may, as found out once.
pub(crate) struct KeyGrant {
    /// The caller it stands for.
    pub(crate) caller: Caller,
    /// The permissions it is limited to, by their numbers.
    pub(crate) scopes: u64,
    /// SHA-256 of its text, hex.
    pub(crate) secret_hash: String,
    /// Until when it is good.
    pub(crate) expires_at: Timestamp,
}

/// How a user changed while older tokens of it may be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UserChange {
    /// The role that holds now, when it changed.
    pub(crate) role: Option<Role>,
    /// Whether the account may be used.
    pub(crate) active: bool,
}

/// What is remembered for a while: whenever it has doubled, what is too old is forgotten.
struct Recent<K, V> {
    entries: HashMap<K, (V, Timestamp)>,
    sweep_at: usize,
}

impl<K: Eq + Hash, V> Recent<K, V> {
    fn new() -> Self {
        Self { entries: HashMap::new(), sweep_at: SWEEP_MIN }
    }

    fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|(value, _)| value)
    }

    fn put(&mut self, key: K, value: V, at: Timestamp) {
        if self.entries.len() >= self.sweep_at {
            self.entries.retain(|_, (_, since)| at.since(*since) < REMEMBERED);
            self.sweep_at = (2 * self.entries.len()).max(SWEEP_MIN);
        }
        self.entries.insert(key, (value, at));
    }
}

/// See the module.
pub(crate) struct Known {
    ended_sessions: RwLock<Recent<SessionId, ()>>,
    changed_users: RwLock<Recent<UserId, UserChange>>,
    drivers: RwLock<HashMap<DriverId, UserId>>,
    windows: RwLock<HashMap<TenantId, Duration>>,
    keys: Cache<ApiKeyId, Arc<KeyGrant>>,
    changes: AtomicU64,
}

impl Known {
    pub(crate) fn new() -> Self {
        Self {
            ended_sessions: RwLock::new(Recent::new()),
            changed_users: RwLock::new(Recent::new()),
            drivers: RwLock::default(),
            windows: RwLock::default(),
            keys: Cache::new(KEYS_MAX),
            changes: AtomicU64::new(0),
        }
    }

    /// Whether a genuine token still speaks for its user.
    pub(crate) fn stands(&self, claims: &Claims) -> bool {
        if self.ended_sessions.read().get(&claims.sid).is_some() {
            return false;
        }
        let changed = self.changed_users.read().get(&claims.sub).copied();
        changed.is_none_or(|change| change.active && change.role.is_none_or(|role| role == claims.role))
    }

    /// Who drives a driver agent.
    pub(crate) fn user_of(&self, driver: DriverId) -> Option<UserId> {
        self.drivers.read().get(&driver).copied()
    }

    /// The tenant's own dispute window.
    pub(crate) fn window(&self, tenant: TenantId) -> Option<Duration> {
        self.windows.read().get(&tenant).copied()
    }

    /// What is known of a key.
    pub(crate) fn key(&self, id: ApiKeyId) -> Option<Arc<KeyGrant>> {
        self.keys.get(&id)
    }

    /// Counts the changes that may void a key; take it before reading the store.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    /// Keeps a key's verdict, unless something changed since `changes`: then it may be stale already.
    pub(crate) fn keep_key(&self, id: ApiKeyId, grant: Arc<KeyGrant>, changes: u64) {
        self.keys.insert(id, grant);
        if self.changes() != changes {
            self.keys.invalidate(&id);
        }
    }

    /// A session ended.
    pub(crate) fn session_ended(&self, session: SessionId, at: Timestamp) {
        self.ended_sessions.write().put(session, (), at);
    }

    /// A user's role or standing changed.
    pub(crate) fn user_changed(&self, user: UserId, role: Option<Role>, active: Option<bool>, at: Timestamp) {
        {
            let mut changed = self.changed_users.write();
            let before = changed.get(&user).copied().unwrap_or(UserChange { role: None, active: true });
            let after = UserChange { role: role.or(before.role), active: active.unwrap_or(before.active) };
            changed.put(user, after, at);
        }
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.keys.invalidate_all();
    }

    /// A key is void.
    pub(crate) fn key_revoked(&self, id: ApiKeyId) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.keys.invalidate(&id);
    }

    /// A driver agent has a user.
    pub(crate) fn driver_has(&self, driver: DriverId, user: UserId) {
        self.drivers.write().insert(driver, user);
    }

    /// A tenant set its dispute window.
    pub(crate) fn window_is(&self, tenant: TenantId, seconds: u32) {
        self.windows.write().insert(tenant, Duration::from_secs(u64::from(seconds)));
    }

    fn user_event(&self, user: UserId, event: &UserEvent, at: Timestamp) {
        match event {
            UserEvent::RoleChanged(changed) => self.user_changed(user, Some(changed.to), None, at),
            UserEvent::Disabled(_) | UserEvent::PersonalDataErased(_) => {
                self.user_changed(user, None, Some(false), at)
            }
            UserEvent::Enabled(_) => self.user_changed(user, None, Some(true), at),
            UserEvent::Registered(_)
            | UserEvent::ProfileChanged(_)
            | UserEvent::PasswordChanged(_)
            | UserEvent::LoginFailed(_)
            | UserEvent::FailuresForgiven(_)
            | UserEvent::PersonalDataAccessed(_) => {}
        }
    }
}

impl Observer for Known {
    fn committed(&self, event: &Recorded) {
        match event.stream.prefix {
            UserId::PREFIX => {
                if let (Some(id), Some(typed)) = (event.id(), event.of::<UserEvent>()) {
                    self.user_event(id, typed, event.time());
                }
            }
            SessionId::PREFIX => {
                if let (Some(id), Some(SessionEvent::Revoked(_))) = (event.id(), event.of::<SessionEvent>()) {
                    self.session_ended(id, event.time());
                }
            }
            ApiKeyId::PREFIX => {
                if let (Some(id), Some(ApiKeyEvent::Revoked(_))) =
                    (event.id::<ApiKeyId>(), event.of::<ApiKeyEvent>())
                {
                    self.key_revoked(id);
                }
            }
            TenantId::PREFIX => {
                if let (Some(id), Some(TenantEvent::SettingsChanged(changed))) =
                    (event.id(), event.of::<TenantEvent>())
                    && let Some(seconds) = changed.settings.dispute_window_seconds
                {
                    self.window_is(id, seconds);
                }
            }
            DriverId::PREFIX => {
                if let (Some(id), Some(DriverEvent::Registered(registered))) =
                    (event.id(), event.of::<DriverEvent>())
                    && let Some(user) = registered.user
                {
                    self.driver_has(id, user);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Actor, OrganisationId, Uuid};

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn claims() -> Claims {
        Claims {
            sub: UserId::from_uuid(Uuid::from_u128(1)),
            ten: TenantId::from_uuid(Uuid::from_u128(2)),
            org: OrganisationId::from_uuid(Uuid::from_u128(3)),
            role: Role::Broker,
            sid: SessionId::from_uuid(Uuid::from_u128(4)),
            iat: 1000,
            exp: 1900,
        }
    }

    #[test]
    fn a_token_falls_with_its_session_its_role_and_its_user() {
        let claims = claims();
        let fresh = || {
            let known = Known::new();
            assert!(known.stands(&claims));
            known
        };
        let known = fresh();
        known.session_ended(claims.sid, NOW);
        assert!(!known.stands(&claims));
        let known = fresh();
        known.user_changed(claims.sub, Some(Role::Support), None, NOW);
        assert!(!known.stands(&claims));
        assert!(known.stands(&Claims { role: Role::Support, ..claims.clone() }));
        let known = fresh();
        known.user_changed(claims.sub, None, Some(false), NOW);
        assert!(!known.stands(&claims));
        known.user_changed(claims.sub, Some(Role::Support), None, NOW);
        assert!(!known.stands(&Claims { role: Role::Support, ..claims.clone() }));
        known.user_changed(claims.sub, None, Some(true), NOW);
        assert!(known.stands(&Claims { role: Role::Support, ..claims.clone() }));
    }

    #[test]
    fn what_no_token_can_contradict_any_more_is_forgotten() {
        let known = Known::new();
        for n in 0..10_000_u32 {
            let at = Timestamp::from_millis(i64::from(n) * 60_000);
            known.session_ended(SessionId::from_uuid(Uuid::from_u128(u128::from(n))), at);
            known.user_changed(UserId::from_uuid(Uuid::from_u128(u128::from(n))), None, Some(false), at);
        }
        assert!(known.ended_sessions.read().entries.len() <= SWEEP_MIN);
        assert!(known.changed_users.read().entries.len() <= SWEEP_MIN);
    }

    #[test]
    fn a_key_read_before_a_change_is_not_kept_after_it() {
        let known = Known::new();
        let claims = claims();
        let id = ApiKeyId::from_uuid(Uuid::from_u128(5));
        let grant = || {
            let caller = Caller { actor: Actor::Key(id), ..claims.caller() };
            Arc::new(KeyGrant { caller, scopes: 0, secret_hash: String::new(), expires_at: NOW })
        };
        let before = known.changes();
        known.keep_key(id, grant(), before);
        assert!(known.key(id).is_some());
        known.user_changed(claims.sub, None, Some(false), NOW);
        assert!(known.key(id).is_none());
        known.keep_key(id, grant(), before);
        assert!(known.key(id).is_none());
    }
}
