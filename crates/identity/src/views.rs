//! The views of identity: ids, roles, states and times only. Names, e-mails and phones lie in the vault.

use crate::agents::{ApiKeyEvent, OrganisationEvent, SessionEvent, Standing, TenantEvent, UserEvent};
use contracts::{driver::DriverEvent, ports::Role};
use kernel::{ApiKeyId, DriverId, OrganisationId, PersonId, SessionId, TenantId, Timestamp, UserId};
use runtime::{Recorded, View};
use std::str::FromStr;
use store::{Reach, Row, Statement, Store, StoreError, Value, ViewSchema, Write};

macro_rules! statements {
    ($($name:ident = $label:literal, $sql:literal;)+) => {
        $(static $name: Statement = Statement { name: $label, sql: $sql };)+
    };
}

statements! {
    TENANT_INSERT = "identity.tenants.upsert",
        "INSERT INTO tenants (id, name, operator_id, dispute_window_seconds, locale, created_at) \
         VALUES ($1, $2, $3, NULL, 'en', $4) ON CONFLICT (id) DO UPDATE SET name = excluded.name";
    TENANT_SETTINGS = "identity.tenants.settings",
        "UPDATE tenants SET dispute_window_seconds = $2, locale = $3 WHERE id = $1";
    TENANT_FIRST_TWO = "identity.tenants.first_two", "SELECT id FROM tenants ORDER BY created_at, id LIMIT 2";
    TENANTS_LISTED = "identity.tenants.listed",
        "SELECT id, name, created_at FROM tenants ORDER BY created_at, id LIMIT $1";
    TENANT_WINDOWS = "identity.tenants.windows",
        "SELECT id, dispute_window_seconds FROM tenants WHERE dispute_window_seconds IS NOT NULL";
    ORGANISATION_INSERT = "identity.organisations.upsert",
        "INSERT INTO organisations (id, tenant_id, kind, person_id, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (id) DO UPDATE SET kind = excluded.kind";
    ORGANISATIONS_OF_TENANT = "identity.organisations.of_tenant",
        "SELECT id, kind, person_id FROM organisations WHERE tenant_id = $1 AND ($2 = '' OR kind = $2) \
         ORDER BY created_at, id LIMIT $3 OFFSET $4";
    ORGANISATIONS_COUNT = "identity.organisations.count",
        "SELECT COUNT(*) FROM organisations WHERE tenant_id = $1 AND ($2 = '' OR kind = $2)";
    USER_INSERT = "identity.users.upsert",
        "INSERT INTO users (id, tenant_id, organisation_id, person_id, role, state, created_at, changed_at) \
         VALUES ($1, $2, $3, $4, $5, 'active', $6, $6) ON CONFLICT (id) DO UPDATE SET role = excluded.role";
    USER_ROLE = "identity.users.role", "UPDATE users SET role = $2, changed_at = $3 WHERE id = $1";
    USER_STATE = "identity.users.state", "UPDATE users SET state = $2, changed_at = $3 WHERE id = $1";
    USERS_CHANGED = "identity.users.changed", "SELECT id, role, state, changed_at FROM users WHERE changed_at > $1";
    USERS_OF_TENANT = "identity.users.of_tenant",
        "SELECT id, organisation_id, person_id, role, state, created_at FROM users \
         WHERE tenant_id = $1 AND ($2 = '' OR role = $2) AND ($3 = '' OR organisation_id = $3) \
         ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5";
    USERS_COUNT = "identity.users.count",
        "SELECT COUNT(*) FROM users WHERE tenant_id = $1 AND ($2 = '' OR role = $2) \
         AND ($3 = '' OR organisation_id = $3)";
    SESSION_INSERT = "identity.sessions.upsert",
        "INSERT INTO sessions (id, tenant_id, user_id, state, opened_at, refreshed_at, expires_at, ended_at) \
         VALUES ($1, $2, $3, 'open', $4, $4, $5, NULL) ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at";
    SESSION_REFRESHED = "identity.sessions.refreshed",
        "UPDATE sessions SET refreshed_at = $2, expires_at = $3 WHERE id = $1";
    SESSION_ENDED = "identity.sessions.ended", "UPDATE sessions SET state = $2, ended_at = $3 WHERE id = $1";
    SESSIONS_ENDED_SINCE = "identity.sessions.ended_since", "SELECT id, ended_at FROM sessions WHERE ended_at > $1";
    SESSIONS_OPEN = "identity.sessions.open",
        "SELECT id, opened_at, refreshed_at, expires_at FROM sessions \
         WHERE user_id = $1 AND state = 'open' AND expires_at > $2 ORDER BY opened_at DESC, id DESC LIMIT $3 OFFSET $4";
    SESSIONS_COUNT = "identity.sessions.count",
        "SELECT COUNT(*) FROM sessions WHERE user_id = $1 AND state = 'open' AND expires_at > $2";
    KEY_INSERT = "identity.api_keys.upsert",
        "INSERT INTO api_keys (id, tenant_id, user_id, person_id, role, scopes, state, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, 'active', $7, $8) ON CONFLICT (id) DO UPDATE SET state = excluded.state";
    KEY_REVOKED = "identity.api_keys.revoked", "UPDATE api_keys SET state = 'revoked' WHERE id = $1";
    KEYS_LISTED = "identity.api_keys.listed",
        "SELECT id, user_id, person_id, role, scopes, state, created_at, expires_at FROM api_keys \
         WHERE tenant_id = $1 AND ($2 = '' OR user_id = $2) ORDER BY created_at DESC, id DESC LIMIT $3 OFFSET $4";
    KEYS_COUNT = "identity.api_keys.count",
        "SELECT COUNT(*) FROM api_keys WHERE tenant_id = $1 AND ($2 = '' OR user_id = $2)";
    KEYS_ACTIVE = "identity.api_keys.active",
        "SELECT id, person_id FROM api_keys WHERE user_id = $1 AND state = 'active' ORDER BY id LIMIT $2";
    DRIVER_USER_INSERT = "identity.driver_users.upsert",
        "INSERT INTO driver_users (driver_id, user_id) VALUES ($1, $2) \
         ON CONFLICT (driver_id) DO UPDATE SET user_id = excluded.user_id";
    DRIVER_USERS = "identity.driver_users.all", "SELECT driver_id, user_id FROM driver_users";
}

/// The views, for the runtime.
pub(crate) const VIEWS: [View; 6] = [
    View {
        schema: ViewSchema {
            name: "tenants",
            version: 1,
            ddl: "CREATE TABLE tenants (id TEXT PRIMARY KEY, name TEXT NOT NULL, operator_id TEXT NOT NULL, \
                  dispute_window_seconds BIGINT, locale TEXT NOT NULL, created_at BIGINT NOT NULL)",
            tables: &["tenants"],
        },
        statements: &[&TENANT_INSERT, &TENANT_SETTINGS, &TENANT_FIRST_TWO, &TENANTS_LISTED, &TENANT_WINDOWS],
        project: project_tenant,
    },
    View {
        schema: ViewSchema {
            name: "organisations",
            version: 2,
            ddl: "CREATE TABLE organisations (id TEXT PRIMARY KEY, tenant_id TEXT NOT NULL, kind TEXT NOT NULL, \
                  person_id TEXT NOT NULL, created_at BIGINT NOT NULL); \
                  CREATE INDEX idx_organisations_tenant_id_created_at ON organisations (tenant_id, created_at)",
            tables: &["organisations"],
        },
        statements: &[&ORGANISATION_INSERT, &ORGANISATIONS_OF_TENANT, &ORGANISATIONS_COUNT],
        project: project_organisation,
    },
    View {
        schema: ViewSchema {
            name: "users",
            version: 1,
            ddl: "CREATE TABLE users (id TEXT PRIMARY KEY, tenant_id TEXT NOT NULL, organisation_id TEXT NOT NULL, \
                  person_id TEXT NOT NULL, role TEXT NOT NULL, state TEXT NOT NULL, created_at BIGINT NOT NULL, \
                  changed_at BIGINT NOT NULL); \
                  CREATE INDEX idx_users_tenant_id_created_at ON users (tenant_id, created_at); \
                  CREATE INDEX idx_users_changed_at ON users (changed_at)",
            tables: &["users"],
        },
        statements: &[&USER_INSERT, &USER_ROLE, &USER_STATE, &USERS_CHANGED, &USERS_OF_TENANT, &USERS_COUNT],
        project: project_user,
    },
    View {
        schema: ViewSchema {
            name: "sessions",
            version: 1,
            ddl: "CREATE TABLE sessions (id TEXT PRIMARY KEY, tenant_id TEXT NOT NULL, user_id TEXT NOT NULL, \
                  state TEXT NOT NULL, opened_at BIGINT NOT NULL, refreshed_at BIGINT NOT NULL, \
                  expires_at BIGINT NOT NULL, ended_at BIGINT); \
                  CREATE INDEX idx_sessions_user_id_opened_at ON sessions (user_id, state, opened_at); \
                  CREATE INDEX idx_sessions_ended_at ON sessions (ended_at)",
            tables: &["sessions"],
        },
        statements: &[
            &SESSION_INSERT,
            &SESSION_REFRESHED,
            &SESSION_ENDED,
            &SESSIONS_ENDED_SINCE,
            &SESSIONS_OPEN,
            &SESSIONS_COUNT,
        ],
        project: project_session,
    },
    View {
        schema: ViewSchema {
            name: "api_keys",
            version: 1,
            ddl: "CREATE TABLE api_keys (id TEXT PRIMARY KEY, tenant_id TEXT NOT NULL, user_id TEXT NOT NULL, \
                  person_id TEXT NOT NULL, role TEXT NOT NULL, scopes TEXT, state TEXT NOT NULL, \
                  created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL); \
                  CREATE INDEX idx_api_keys_tenant_id_created_at ON api_keys (tenant_id, created_at); \
                  CREATE INDEX idx_api_keys_user_id_state ON api_keys (user_id, state)",
            tables: &["api_keys"],
        },
        statements: &[&KEY_INSERT, &KEY_REVOKED, &KEYS_LISTED, &KEYS_COUNT, &KEYS_ACTIVE],
        project: project_api_key,
    },
    View {
        schema: ViewSchema {
            name: "driver_users",
            version: 1,
            ddl: "CREATE TABLE driver_users (driver_id TEXT PRIMARY KEY, user_id TEXT NOT NULL)",
            tables: &["driver_users"],
        },
        statements: &[&DRIVER_USER_INSERT, &DRIVER_USERS],
        project: project_driver,
    },
];

fn id_of(event: &Recorded) -> Value {
    event.stream.to_string().into()
}

fn project_tenant(event: &Recorded, writes: &mut Vec<Write>) {
    let write = match event.of::<TenantEvent>() {
        Some(TenantEvent::Created(created)) => Write::new(
            &TENANT_INSERT,
            vec![
                id_of(event),
                created.name.as_str().into(),
                created.operator.to_string().into(),
                event.time().into(),
            ],
        ),
        Some(TenantEvent::SettingsChanged(changed)) => {
            let seconds = changed.settings.dispute_window_seconds.map(i64::from);
            let locale = changed.settings.locale.name();
            Write::new(&TENANT_SETTINGS, vec![id_of(event), seconds.into(), locale.into()])
        }
        None => return,
    };
    writes.push(write);
}

fn project_organisation(event: &Recorded, writes: &mut Vec<Write>) {
    let Some(OrganisationEvent::Registered(registered)) = event.of::<OrganisationEvent>() else {
        return;
    };
    writes.push(Write::new(
        &ORGANISATION_INSERT,
        vec![
            id_of(event),
            registered.tenant.to_string().into(),
            registered.kind.name().into(),
            registered.person.to_string().into(),
            event.time().into(),
        ],
    ));
}

fn project_user(event: &Recorded, writes: &mut Vec<Write>) {
    let Some(typed) = event.of::<UserEvent>() else {
        return;
    };
    let state = |standing: Standing| {
        Write::new(&USER_STATE, vec![id_of(event), standing.name().into(), event.time().into()])
    };
    let write = match typed {
        UserEvent::Registered(registered) => Write::new(
            &USER_INSERT,
            vec![
                id_of(event),
                registered.tenant.to_string().into(),
                registered.organisation.to_string().into(),
                registered.person.to_string().into(),
                registered.role.name().into(),
                event.time().into(),
            ],
        ),
        UserEvent::RoleChanged(changed) => {
            Write::new(&USER_ROLE, vec![id_of(event), changed.to.name().into(), event.time().into()])
        }
        UserEvent::Disabled(_) => state(Standing::Disabled),
        UserEvent::Enabled(_) => state(Standing::Active),
        UserEvent::PersonalDataErased(_) => state(Standing::Erased),
        UserEvent::ProfileChanged(_)
        | UserEvent::PasswordChanged(_)
        | UserEvent::LoginFailed(_)
        | UserEvent::FailuresForgiven(_)
        | UserEvent::PersonalDataAccessed(_) => return,
    };
    writes.push(write);
}

fn project_session(event: &Recorded, writes: &mut Vec<Write>) {
    let write = match event.of::<SessionEvent>() {
        Some(SessionEvent::Opened(opened)) => Write::new(
            &SESSION_INSERT,
            vec![
                id_of(event),
                opened.tenant.to_string().into(),
                opened.user.to_string().into(),
                event.time().into(),
                opened.expires_at.into(),
            ],
        ),
        Some(SessionEvent::Refreshed(refreshed)) => Write::new(
            &SESSION_REFRESHED,
            vec![id_of(event), event.time().into(), refreshed.expires_at.into()],
        ),
        Some(SessionEvent::Revoked(revoked)) => {
            Write::new(&SESSION_ENDED, vec![id_of(event), revoked.reason.name().into(), event.time().into()])
        }
        None => return,
    };
    writes.push(write);
}

fn project_api_key(event: &Recorded, writes: &mut Vec<Write>) {
    let write = match event.of::<ApiKeyEvent>() {
        Some(ApiKeyEvent::Created(created)) => {
            let terms = &created.terms;
            Write::new(
                &KEY_INSERT,
                vec![
                    id_of(event),
                    terms.tenant.to_string().into(),
                    terms.user.to_string().into(),
                    terms.person.to_string().into(),
                    terms.role.name().into(),
                    terms.scopes.as_ref().map(|scopes| scopes.join(" ")).into(),
                    event.time().into(),
                    terms.expires_at.into(),
                ],
            )
        }
        Some(ApiKeyEvent::Revoked(_)) => Write::new(&KEY_REVOKED, vec![id_of(event)]),
        None => return,
    };
    writes.push(write);
}

fn project_driver(event: &Recorded, writes: &mut Vec<Write>) {
    if let Some(DriverEvent::Registered(registered)) = event.of::<DriverEvent>()
        && let Some(user) = registered.user
    {
        writes.push(Write::new(&DRIVER_USER_INSERT, vec![id_of(event), user.to_string().into()]));
    }
}

fn parsed<T: FromStr>(row: &Row, column: usize) -> Result<T, StoreError> {
    row.text(column)?
        .parse()
        .map_err(|_| StoreError::Defect(format!("column {column} is not an id of its kind")))
}

fn role(row: &Row, column: usize) -> Result<Role, StoreError> {
    Role::from_name(row.text(column)?)
        .ok_or_else(|| StoreError::Defect(format!("column {column} is not a role")))
}

fn time(row: &Row, column: usize) -> Result<Timestamp, StoreError> {
    Ok(Timestamp::from_micros(row.int(column)?))
}

/// The text of an optional id, empty for none: portable SQL compares it without guessing a type for NULL.
fn or_empty(id: Option<impl ToString>) -> Value {
    Value::Text(id.map(|id| id.to_string()).unwrap_or_default())
}

async fn count(store: &Store, statement: &'static Statement, params: Vec<Value>) -> Result<u64, StoreError> {
    let rows = store.query(statement, params, Reach::Long).await?;
    let total = rows.first().map(|row| row.int(0)).transpose()?.unwrap_or(0);
    Ok(u64::try_from(total).unwrap_or(0))
}

/// A part of a list: `LIMIT` and `OFFSET`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slice {
    /// At most so many.
    pub(crate) limit: i64,
    /// After so many.
    pub(crate) offset: i64,
}

impl From<edge::Page> for Slice {
    fn from(page: edge::Page) -> Self {
        Self { limit: page.limit(), offset: page.offset() }
    }
}

/// The oldest two tenants: enough to know whose installation it is, and whether there is only one.
pub(crate) async fn first_two_tenants(store: &Store) -> Result<Vec<TenantId>, StoreError> {
    store.query(&TENANT_FIRST_TWO, Vec::new(), Reach::Point).await?.iter().map(|row| parsed(row, 0)).collect()
}

/// The oldest tenants: id, name, since when.
pub(crate) async fn tenants(
    store: &Store,
    limit: u32,
) -> Result<Vec<(TenantId, String, Timestamp)>, StoreError> {
    let rows = store.query(&TENANTS_LISTED, vec![i64::from(limit).into()], Reach::Long).await?;
    rows.iter().map(|row| Ok((parsed(row, 0)?, row.text(1)?.to_owned(), time(row, 2)?))).collect()
}

/// The tenants with a dispute window of their own, in seconds.
pub(crate) async fn tenant_windows(store: &Store) -> Result<Vec<(TenantId, i64)>, StoreError> {
    let rows = store.query(&TENANT_WINDOWS, Vec::new(), Reach::Long).await?;
    rows.iter().map(|row| Ok((parsed(row, 0)?, row.int(1)?))).collect()
}

/// One organisation of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrganisationRow {
    pub(crate) id: OrganisationId,
    pub(crate) kind: String,
    pub(crate) person: PersonId,
}

/// The organisations of a tenant, oldest first, and how many there are in all.
pub(crate) async fn organisations(
    store: &Store,
    tenant: TenantId,
    kind: Option<&'static str>,
    slice: Slice,
) -> Result<(Vec<OrganisationRow>, u64), StoreError> {
    let filter = vec![tenant.to_string().into(), or_empty(kind)];
    let mut params = filter.clone();
    params.extend([slice.limit.into(), slice.offset.into()]);
    let rows = store.query(&ORGANISATIONS_OF_TENANT, params, Reach::Long).await?;
    let organisations = rows.iter().map(|row| {
        Ok(OrganisationRow { id: parsed(row, 0)?, kind: row.text(1)?.to_owned(), person: parsed(row, 2)? })
    });
    let organisations = organisations.collect::<Result<_, StoreError>>()?;
    Ok((organisations, count(store, &ORGANISATIONS_COUNT, filter).await?))
}

/// One user of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserRow {
    pub(crate) id: UserId,
    pub(crate) organisation: OrganisationId,
    pub(crate) person: PersonId,
    pub(crate) role: Role,
    pub(crate) state: String,
    pub(crate) created_at: Timestamp,
}

/// The users of a tenant, newest first, and how many there are in all.
pub(crate) async fn users(
    store: &Store,
    tenant: TenantId,
    role_filter: Option<Role>,
    organisation: Option<OrganisationId>,
    slice: Slice,
) -> Result<(Vec<UserRow>, u64), StoreError> {
    let filter =
        vec![tenant.to_string().into(), or_empty(role_filter.map(Role::name)), or_empty(organisation)];
    let mut params = filter.clone();
    params.extend([slice.limit.into(), slice.offset.into()]);
    let rows = store.query(&USERS_OF_TENANT, params, Reach::Long).await?;
    let users = rows.iter().map(|row| {
        Ok(UserRow {
            id: parsed(row, 0)?,
            organisation: parsed(row, 1)?,
            person: parsed(row, 2)?,
            role: role(row, 3)?,
            state: row.text(4)?.to_owned(),
            created_at: time(row, 5)?,
        })
    });
    let users = users.collect::<Result<_, StoreError>>()?;
    Ok((users, count(store, &USERS_COUNT, filter).await?))
}

/// Users that changed after an instant: id, role now, whether active, when.
pub(crate) async fn users_changed(
    store: &Store,
    after: Timestamp,
) -> Result<Vec<(UserId, Role, bool, Timestamp)>, StoreError> {
    let rows = store.query(&USERS_CHANGED, vec![after.into()], Reach::Long).await?;
    let active = Standing::Active.name();
    rows.iter()
        .map(|row| Ok((parsed(row, 0)?, role(row, 1)?, row.text(2)? == active, time(row, 3)?)))
        .collect()
}

/// One open session of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SessionRow {
    pub(crate) id: SessionId,
    pub(crate) opened_at: Timestamp,
    pub(crate) refreshed_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// The open sessions of a user, newest first, and how many there are in all.
pub(crate) async fn open_sessions(
    store: &Store,
    user: UserId,
    now: Timestamp,
    slice: Slice,
) -> Result<(Vec<SessionRow>, u64), StoreError> {
    let filter: Vec<Value> = vec![user.to_string().into(), now.into()];
    let mut params = filter.clone();
    params.extend([slice.limit.into(), slice.offset.into()]);
    let rows = store.query(&SESSIONS_OPEN, params, Reach::Long).await?;
    let sessions = rows.iter().map(|row| {
        let (opened_at, refreshed_at) = (time(row, 1)?, time(row, 2)?);
        Ok(SessionRow { id: parsed(row, 0)?, opened_at, refreshed_at, expires_at: time(row, 3)? })
    });
    let sessions = sessions.collect::<Result<_, StoreError>>()?;
    Ok((sessions, count(store, &SESSIONS_COUNT, filter).await?))
}

/// Sessions that ended after an instant.
pub(crate) async fn sessions_ended(
    store: &Store,
    after: Timestamp,
) -> Result<Vec<(SessionId, Timestamp)>, StoreError> {
    let rows = store.query(&SESSIONS_ENDED_SINCE, vec![after.into()], Reach::Long).await?;
    rows.iter().map(|row| Ok((parsed(row, 0)?, time(row, 1)?))).collect()
}

/// One API key of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyRow {
    pub(crate) id: ApiKeyId,
    pub(crate) user: UserId,
    pub(crate) person: PersonId,
    pub(crate) role: Role,
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) state: String,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// The API keys of a tenant or of one user, newest first, and how many there are in all.
pub(crate) async fn api_keys(
    store: &Store,
    tenant: TenantId,
    user: Option<UserId>,
    slice: Slice,
) -> Result<(Vec<KeyRow>, u64), StoreError> {
    let filter = vec![tenant.to_string().into(), or_empty(user)];
    let mut params = filter.clone();
    params.extend([slice.limit.into(), slice.offset.into()]);
    let rows = store.query(&KEYS_LISTED, params, Reach::Long).await?;
    let keys = rows.iter().map(|row| {
        let scopes =
            if row.is_null(4) { None } else { Some(row.text(4)?.split(' ').map(str::to_owned).collect()) };
        Ok(KeyRow {
            id: parsed(row, 0)?,
            user: parsed(row, 1)?,
            person: parsed(row, 2)?,
            role: role(row, 3)?,
            scopes,
            state: row.text(5)?.to_owned(),
            created_at: time(row, 6)?,
            expires_at: time(row, 7)?,
        })
    });
    let keys = keys.collect::<Result<_, StoreError>>()?;
    Ok((keys, count(store, &KEYS_COUNT, filter).await?))
}

/// Up to `limit` keys of a user that are not revoked, with the vault's subjects of their names.
pub(crate) async fn active_keys(
    store: &Store,
    user: UserId,
    limit: i64,
) -> Result<Vec<(ApiKeyId, PersonId)>, StoreError> {
    let rows = store.query(&KEYS_ACTIVE, vec![user.to_string().into(), limit.into()], Reach::Point).await?;
    rows.iter().map(|row| Ok((parsed(row, 0)?, parsed(row, 1)?))).collect()
}

/// Who drives which driver agent.
pub(crate) async fn driver_users(store: &Store) -> Result<Vec<(DriverId, UserId)>, StoreError> {
    let rows = store.query(&DRIVER_USERS, Vec::new(), Reach::Long).await?;
    rows.iter().map(|row| Ok((parsed(row, 0)?, parsed(row, 1)?))).collect()
}
