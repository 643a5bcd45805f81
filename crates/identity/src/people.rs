//! Looking at people and changing what is known of them. Whoever sees another's personal data is written down first.

use crate::{
    Identity, IdentityError,
    accounts::taken,
    agents::{
        Account, ApiKey, ApiKeyCommand, EndReason, Organisation, OrganisationKind, Standing, Tenant, User,
        UserCommand,
    },
    identity::Attached,
    personal::{Login, Person, PersonFields, Phone, shown},
    routes::{Me, MyOrganisation, MyTenant},
    views::{self, OrganisationRow, UserRow},
    wire::{OrganisationView, Secret, UserView},
};
use contracts::ports::{Authenticator, Caller, OrganisationName, Resource, Role, Verdict, permissions};
use edge::{Page, Platform, Problem, Session};
use kernel::{OrganisationId, PersonId, SessionId, TenantId, UserId};
use runtime::{Order, Origin, Wait};

/// So many API keys are revoked in one unit.
const KEYS_AT_ONCE: i64 = 100;

impl Identity {
    async fn account(&self, user: UserId) -> Result<Option<Account>, IdentityError> {
        let state = self.attached()?.runtime.state::<User>(user).await?;
        Ok(state.and_then(|state| state.account.clone()))
    }

    pub(crate) async fn known_account(&self, user: UserId) -> Result<Account, IdentityError> {
        self.account(user).await?.ok_or(IdentityError::Defect("a user is not there"))
    }

    /// A user as a resource; `None` when there is no such user.
    pub(crate) async fn resource_of_user(&self, user: UserId) -> Result<Option<Resource>, IdentityError> {
        Ok(self.account(user).await?.map(|account| Resource {
            tenant: Some(account.tenant),
            organisations: vec![account.organisation],
            users: vec![user],
            driver: None,
        }))
    }

    /// The caller as it sees itself.
    pub(crate) async fn me(&self, user: UserId) -> Result<Me, IdentityError> {
        let Attached { runtime, vault } = self.attached()?;
        let account = self.known_account(user).await?;
        let person = Person::open(vault, account.person).await?;
        let organisation = runtime.state::<Organisation>(account.organisation).await?;
        let organisation = organisation.as_ref().and_then(|state| state.known.as_ref());
        let organisation = organisation.ok_or(IdentityError::Defect("an organisation is not there"))?;
        let name = Person::open(vault, organisation.person).await?.name;
        let tenant = runtime.state::<Tenant>(account.tenant).await?;
        let oldest = views::first_two_tenants(runtime.store()).await?;
        Ok(Me {
            user: view_of(user, &account, Some(&person)),
            organisation: MyOrganisation {
                id: account.organisation.to_string(),
                kind: organisation.kind.name().to_owned(),
                name: shown(name.as_ref()).unwrap_or_default(),
            },
            tenant: MyTenant {
                id: account.tenant.to_string(),
                name: tenant.map(|tenant| tenant.name.clone()).unwrap_or_default(),
                is_host: oldest.first() == Some(&account.tenant),
            },
        })
    }

    /// What organisations are called, in the order asked.
    pub(crate) async fn names_of(
        &self,
        organisations: &[OrganisationId],
    ) -> Result<Vec<Option<OrganisationName>>, IdentityError> {
        let Attached { runtime, vault } = self.attached()?;
        let mut names = Vec::with_capacity(organisations.len());
        for id in organisations {
            let state = runtime.state::<Organisation>(*id).await?;
            let Some(person) =
                state.as_ref().and_then(|state| state.known.as_ref()).map(|known| known.person)
            else {
                names.push(None);
                continue;
            };
            let name = Person::open(vault, person).await?.name;
            names.push(name.map(|name| OrganisationName { person, name }));
        }
        Ok(names)
    }

    /// Those of these organisations that belong to a tenant, in the order asked.
    pub(crate) async fn organisations_known(
        &self,
        tenant: TenantId,
        ids: &[OrganisationId],
    ) -> Result<Vec<OrganisationRow>, IdentityError> {
        let runtime = &self.attached()?.runtime;
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            let state = runtime.state::<Organisation>(*id).await?;
            let known = state.as_ref().and_then(|state| state.known.as_ref());
            if let Some(known) = known.filter(|known| known.tenant == tenant) {
                let kind = known.kind.name().to_owned();
                rows.push(OrganisationRow { id: *id, kind, person: known.person });
            }
        }
        Ok(rows)
    }

    /// A page of a tenant's organisations.
    pub(crate) async fn organisations_of(
        &self,
        tenant: TenantId,
        kind: Option<OrganisationKind>,
        page: Page,
    ) -> Result<(Vec<OrganisationRow>, u64), IdentityError> {
        let store = self.attached()?.runtime.store();
        let kind = kind.map(OrganisationKind::name);
        Ok(views::organisations(store, tenant, kind, page.into()).await?)
    }

    /// How organisations are shown, with their names for those who may see them, which is written down; of its own
    /// nobody asks.
    pub(crate) async fn show_organisations(
        &self,
        session: &Session,
        platform: &Platform,
        rows: Vec<OrganisationRow>,
    ) -> Result<Vec<OrganisationView>, Problem> {
        let caller = &session.caller;
        let of_tenant = Resource { tenant: Some(caller.tenant), ..Resource::default() };
        let may_see = self.may_see_person(caller, &of_tenant);
        let is_named = |row: &OrganisationRow| may_see || row.id == caller.organisation;
        let named: Vec<&OrganisationRow> = rows.iter().filter(|row| is_named(row)).collect();
        let others = named.iter().filter(|row| row.id != caller.organisation);
        let others: Vec<PersonId> = others.map(|row| row.person).collect();
        if !others.is_empty() {
            session.record_access(platform, others, "organisations.list").await?;
        }
        let persons: Vec<PersonId> = named.iter().map(|row| row.person).collect();
        let vault = &self.attached()?.vault;
        let mut people = Person::open_many(vault, &persons).await.map_err(IdentityError::from)?.into_iter();
        let shown = rows.iter().map(|row| OrganisationView {
            id: row.id.to_string(),
            kind: row.kind.clone(),
            name: is_named(row)
                .then(|| people.next())
                .flatten()
                .and_then(|person| shown(person.name.as_ref())),
        });
        Ok(shown.collect())
    }

    /// Changes one's own name or phone; a new phone signs in from now on, the old one no more.
    ///
    /// # Errors
    /// `account.exists` when the phone has another account; else the store's.
    pub(crate) async fn change_profile(
        &self,
        origin: &Origin,
        user: UserId,
        name: Option<String>,
        phone: Option<Phone>,
    ) -> Result<(), IdentityError> {
        let Attached { runtime, vault } = self.attached()?;
        let account = self.known_account(user).await?;
        let fields =
            PersonFields { name: name.as_deref(), email: None, phone: phone.as_ref(), password: None };
        let named = fields.named();
        if named.is_empty() {
            return Ok(());
        }
        let changed = named.iter().map(|(name, _)| (*name).to_owned()).collect();
        let mut order = Order::new::<User>(user, UserCommand::ChangeProfile { fields: changed })
            .write(vault.seal(account.tenant, account.person, &named).await?)
            .wait(Wait::Durable);
        if let Some(phone) = phone {
            let next = Login::Phone(phone);
            let index = next.index(vault);
            let before = Person::open(vault, account.person).await?.logins();
            let phone_before = before.iter().find(|login| matches!(login, Login::Phone(_)));
            if let Some(gone) = phone_before.filter(|login| login.index(vault) != index) {
                order = order.claim(gone.free(vault));
            }
            order = order.claim(next.claim(vault, user));
        }
        let _receipt = runtime.submit(origin, order).await.map_err(taken)?;
        Ok(())
    }

    /// Changes the password and ends every session but `kept`.
    ///
    /// # Errors
    /// 401 `login.invalid`, 429 `login.locked`, 503 `login.busy`; else the store's.
    pub(crate) async fn change_password(
        &self,
        origin: &Origin,
        user: UserId,
        current: &Secret,
        next: &Secret,
        kept: Option<SessionId>,
    ) -> Result<(), IdentityError> {
        let Attached { runtime, vault } = self.attached()?;
        let index = user.to_string();
        if let Some(until) = self.inner.attempts.locked_until(&index, runtime.now()) {
            return Err(IdentityError::Locked { until });
        }
        let account = self.known_account(user).await?;
        let phc = Person::open(vault, account.person).await?.password;
        let phc = phc.map(|phc| phc.reveal().clone().into());
        if !self.inner.passwords.fits(current.reveal().clone(), phc).await? {
            self.inner.attempts.record(&index, runtime.now());
            let (code, detail) = ("login.invalid", "the present password is wrong");
            return Err(IdentityError::Unauthorised { code, detail });
        }
        let hash = self.inner.passwords.hash(next.reveal().clone(), &**runtime.entropy()).await?;
        let fields = PersonFields { name: None, email: None, phone: None, password: Some(&hash) };
        let order = Order::new::<User>(user, UserCommand::ChangePassword)
            .write(vault.seal(account.tenant, account.person, &fields.named()).await?)
            .wait(Wait::Durable);
        let _receipt = runtime.submit(origin, order).await?;
        self.end_sessions(origin, user, kept, EndReason::Password).await
    }

    fn may_see_person(&self, caller: &Caller, resource: &Resource) -> bool {
        self.authorise(caller, permissions::PERSONAL_READ, resource) == Verdict::Allow
    }

    /// Writes down that the caller is about to see personal data of these users; of itself it may always.
    async fn record_access(
        &self,
        session: &Session,
        subjects: Vec<UserId>,
        purpose: &'static str,
    ) -> Result<(), IdentityError> {
        let caller = session.caller.user;
        let subjects: Vec<UserId> = subjects.into_iter().filter(|user| *user != caller).collect();
        if subjects.is_empty() {
            return Ok(());
        }
        let command = UserCommand::RecordAccess { subjects, persons: Vec::new(), purpose };
        let order = Order::new::<User>(caller, command).wait(Wait::Durable);
        let origin = Origin { idempotency: None, ..session.origin.clone() };
        let _receipt = self.attached()?.runtime.submit(&origin, order).await?;
        Ok(())
    }

    /// A page of users, with their names for those who may see them.
    pub(crate) async fn list_users(
        &self,
        session: &Session,
        role: Option<Role>,
        organisation: Option<OrganisationId>,
        page: Page,
    ) -> Result<(Vec<UserView>, u64), IdentityError> {
        let Attached { runtime, vault } = self.attached()?;
        let caller = &session.caller;
        let (rows, total) =
            views::users(runtime.store(), caller.tenant, role, organisation, page.into()).await?;
        // What a list shows belongs to the tenant, or to the caller's organisation when it is filtered by it.
        let of_all = Resource {
            tenant: Some(caller.tenant),
            organisations: organisation.into_iter().collect(),
            ..Resource::default()
        };
        let may_see = self.may_see_person(caller, &of_all);
        let seen: Vec<&UserRow> = rows.iter().filter(|row| may_see || row.id == caller.user).collect();
        let persons: Vec<_> = seen.iter().map(|row| row.person).collect();
        self.record_access(session, seen.iter().map(|row| row.id).collect(), "users.list").await?;
        let mut people = Person::open_many(vault, &persons).await?.into_iter();
        let views = rows.iter().map(|row| {
            let person = (may_see || row.id == caller.user).then(|| people.next()).flatten();
            view_of_row(row, person.as_ref())
        });
        Ok((views.collect(), total))
    }

    /// One user, with its name for those who may see it.
    pub(crate) async fn show_user(&self, session: &Session, user: UserId) -> Result<UserView, IdentityError> {
        let vault = &self.attached()?.vault;
        let account = self.known_account(user).await?;
        let resource = self.resource_of_user(user).await?.unwrap_or_default();
        if user != session.caller.user && !self.may_see_person(&session.caller, &resource) {
            return Ok(view_of(user, &account, None));
        }
        self.record_access(session, vec![user], "users.read").await?;
        Ok(view_of(user, &account, Some(&Person::open(vault, account.person).await?)))
    }

    /// Gives a user another role, locks it out (its sessions end) or lets it back in; all in one unit.
    pub(crate) async fn change_user(
        &self,
        origin: &Origin,
        user: UserId,
        role: Option<Role>,
        active: Option<bool>,
    ) -> Result<(), IdentityError> {
        let standing = active.map(|active| if active { UserCommand::Enable } else { UserCommand::Disable });
        let mut commands = role.map(|role| UserCommand::ChangeRole { role }).into_iter().chain(standing);
        if let Some(first) = commands.next() {
            let order = Order::new::<User>(user, first).wait(Wait::Durable);
            let order = commands.fold(order, |order, command| order.and::<User>(user, command));
            let _receipt = self.attached()?.runtime.submit(origin, order).await?;
            self.note_change(user).await?;
        }
        if active == Some(false) {
            self.end_sessions(origin, user, None, EndReason::Admin).await?;
        }
        Ok(())
    }

    /// Voids the older tokens of a user in this process; the observer does it in the others.
    async fn note_change(&self, user: UserId) -> Result<(), IdentityError> {
        let account = self.known_account(user).await?;
        let active = account.standing == Standing::Active;
        self.inner.known.user_changed(user, Some(account.role), Some(active), self.attached()?.runtime.now());
        Ok(())
    }

    /// Forgets a person; what it owned ends. Doing it again changes nothing.
    pub(crate) async fn erase_user(&self, origin: &Origin, user: UserId) -> Result<(), IdentityError> {
        let Attached { runtime, vault } = self.attached()?;
        let account = self.known_account(user).await?;
        if account.standing != Standing::Erased {
            let person = Person::open(vault, account.person).await?;
            let mut order = Order::new::<User>(user, UserCommand::Erase).write(vault.erase(account.person));
            for login in person.logins() {
                order = order.claim(login.free(vault));
            }
            let _receipt = runtime.submit(origin, order.wait(Wait::Durable)).await?;
            self.note_change(user).await?;
        }
        self.end_sessions(origin, user, None, EndReason::Admin).await?;
        self.revoke_keys(origin, user).await
    }

    /// Revokes all API keys of a user and forgets their names.
    async fn revoke_keys(&self, origin: &Origin, user: UserId) -> Result<(), IdentityError> {
        let Attached { runtime, vault } = self.attached()?;
        loop {
            let keys = views::active_keys(runtime.store(), user, KEYS_AT_ONCE).await?;
            let Some(((first, person), others)) = keys.split_first() else {
                return Ok(());
            };
            let order = Order::new::<ApiKey>(*first, ApiKeyCommand::Revoke).write(vault.erase(*person));
            let order = others.iter().fold(order.wait(Wait::Durable), |order, (id, person)| {
                order.and::<ApiKey>(*id, ApiKeyCommand::Revoke).write(vault.erase(*person))
            });
            let _receipt = runtime.submit(origin, order).await?;
            keys.iter().for_each(|(id, _)| self.inner.known.key_revoked(*id));
        }
    }
}

fn view_of(user: UserId, account: &Account, person: Option<&Person>) -> UserView {
    UserView {
        id: user.to_string(),
        organisation_id: account.organisation.to_string(),
        role: account.role.into(),
        state: account.standing.name().to_owned(),
        created_at: account.since.to_string(),
        name: person.and_then(|person| shown(person.name.as_ref())),
        email: person.and_then(|person| shown(person.email.as_ref())),
        phone: person.and_then(|person| shown(person.phone.as_ref())),
    }
}

fn view_of_row(row: &UserRow, person: Option<&Person>) -> UserView {
    UserView {
        id: row.id.to_string(),
        organisation_id: row.organisation.to_string(),
        role: row.role.into(),
        state: row.state.clone(),
        created_at: row.created_at.to_string(),
        name: person.and_then(|person| shown(person.name.as_ref())),
        email: person.and_then(|person| shown(person.email.as_ref())),
        phone: person.and_then(|person| shown(person.phone.as_ref())),
    }
}
