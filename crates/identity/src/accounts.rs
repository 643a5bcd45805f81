//! Tenants, organisations and users come into being here, whether by a form, an administrator or the command line.

use crate::{
    Identity, IdentityError,
    agents::{
        Organisation, OrganisationCommand, OrganisationKind, OrganisationRegistered, Tenant, TenantCommand,
        User, UserCommand, UserRegistered,
    },
    identity::Attached,
    personal::{Email, LOGIN_SCOPE, Login, PersonFields, Phone, seal_name},
    views,
    wire::{Secret, check_email, check_name, check_phone},
};
use contracts::ports::Role;
use edge::Fields;
use kernel::{Actor, OrganisationId, PersonId, Refusal, TenantId, UserId};
use runtime::{CommandError, Order, Origin};
use store::Claim;
use zeroize::Zeroizing;

/// The name of the tenant that is made when there is none.
const DEFAULT_TENANT: &str = "Auto-Broker";
/// Tenant names are unique, so that two processes at their first start make one tenant.
const TENANT_NAME_SCOPE: &str = "tenant_name";

/// Which organisation a new user acts for.
#[derive(Clone, PartialEq, Eq)]
pub enum Placement {
    /// A new one of this name; the user's own name when absent.
    Own(Option<String>),
    /// One that exists in the tenant.
    Existing(OrganisationId),
    /// The brokerage itself.
    Operator,
}

/// A user to be created.
pub struct NewUser {
    /// In which tenant.
    pub tenant: TenantId,
    /// In which role.
    pub role: Role,
    /// For which organisation.
    pub placement: Placement,
    /// The person's name, 1 to 200 characters.
    pub name: String,
    /// The person's e-mail address; it or the phone must be there.
    pub email: Option<String>,
    /// The person's phone number.
    pub phone: Option<String>,
    /// 10 to 256 characters.
    pub password: Zeroizing<String>,
}

/// A user that was created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreatedUser {
    /// The user.
    pub user: UserId,
    /// Its organisation.
    pub organisation: OrganisationId,
}

/// A [`NewUser`] after its checks.
struct Checked {
    name: String,
    email: Option<Email>,
    phone: Option<Phone>,
    password: Secret,
    placement: Placement,
}

impl Checked {
    fn of(new: NewUser) -> Result<Self, Refusal> {
        let mut fields = Fields::new();
        let name = check_name(&new.name, "name", &mut fields);
        let (email, phone) =
            (check_email(new.email.as_deref(), &mut fields), check_phone(new.phone.as_deref(), &mut fields));
        let reachable = new.email.is_some() || new.phone.is_some();
        fields.require(
            reachable,
            "email",
            "missing",
            "an e-mail address or a phone number is needed to sign in",
        );
        let password = Secret::from(new.password);
        password.check_password("password", &mut fields);
        let placement = match new.placement {
            Placement::Own(Some(own)) => Placement::Own(Some(check_name(&own, "organisation", &mut fields))),
            other => other,
        };
        fields.finish()?;
        Ok(Self { name, email, phone, password, placement })
    }

    fn logins(&self) -> impl Iterator<Item = Login> + '_ {
        let phone = self.phone.clone().map(Login::Phone);
        self.email.clone().map(Login::Email).into_iter().chain(phone)
    }
}

impl Identity {
    /// Creates a tenant with the brokerage's own organisation. Its name, 1 to 200 characters, is unique whatever the
    /// case of its letters.
    ///
    /// # Errors
    /// [`IdentityError::Refused`] with `tenant.name_taken` or the field; else the store's.
    pub async fn create_tenant(&self, name: &str) -> Result<TenantId, IdentityError> {
        let mut fields = Fields::new();
        let name = check_name(name, "name", &mut fields);
        fields.finish()?;
        let Attached { runtime, vault } = self.attached()?;
        let (now, entropy) = (runtime.now(), &**runtime.entropy());
        let tenant = TenantId::generate(now, entropy);
        let operator = OrganisationId::generate(now, entropy);
        let person = PersonId::generate(now, entropy);
        let registered = OrganisationRegistered { tenant, kind: OrganisationKind::Operator, person };
        let claim =
            Claim::Unique { scope: TENANT_NAME_SCOPE, key: name.to_lowercase(), owner: tenant.to_string() };
        let order = Order::new::<Tenant>(tenant, TenantCommand::Create { name: name.clone(), operator })
            .and::<Organisation>(operator, OrganisationCommand::Register(registered))
            .write(seal_name(vault, tenant, person, &name))
            .claim(claim);
        match runtime.submit(&self.origin(tenant, Actor::System("identity"))?, order).await {
            Ok(_receipt) => Ok(tenant),
            Err(CommandError::Taken { .. }) => {
                Err(Refusal::conflict("tenant.name_taken", "there is a tenant of this name").into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The oldest tenant; made when there is none. Several processes may ask at once.
    ///
    /// # Errors
    /// The store's.
    pub async fn ensure_default_tenant(&self) -> Result<TenantId, IdentityError> {
        let store = self.attached()?.runtime.store();
        if let Some(tenant) = views::first_two_tenants(store).await?.first() {
            return Ok(*tenant);
        }
        match self.create_tenant(DEFAULT_TENANT).await {
            Err(IdentityError::Refused(refusal)) if refusal.code == "tenant.name_taken" => {
                let found = views::first_two_tenants(store).await?;
                found.first().copied().ok_or(IdentityError::Defect("a tenant's name is taken by no tenant"))
            }
            made => made,
        }
    }

    /// The tenant that a request names, else the only one.
    ///
    /// # Errors
    /// [`IdentityError::Refused`] of the field `tenant`: unknown, or absent where there are several.
    pub async fn resolve_tenant(&self, named: Option<&str>) -> Result<TenantId, IdentityError> {
        let runtime = &self.attached()?.runtime;
        if let Some(text) = named {
            let unknown = || Refusal::field("tenant", "unknown", "there is no such tenant");
            let tenant: TenantId = text.parse().map_err(|_| unknown())?;
            return match runtime.state::<Tenant>(tenant).await? {
                Some(_) => Ok(tenant),
                None => Err(unknown().into()),
            };
        }
        match views::first_two_tenants(runtime.store()).await?.as_slice() {
            [only] => Ok(*only),
            [] => Err(Refusal::field("tenant", "unknown", "there is no tenant yet").into()),
            _ => Err(Refusal::field("tenant", "missing", "there are several tenants; name one").into()),
        }
    }

    /// Creates a user and, when it has none, its organisation. Signing in works at once.
    ///
    /// # Errors
    /// [`IdentityError::Refused`] with the fields, or `account.exists`; [`IdentityError::Busy`]; else the store's.
    pub async fn create_user(&self, new: NewUser) -> Result<CreatedUser, IdentityError> {
        let origin = self.origin(new.tenant, Actor::System("identity"))?;
        self.admit(&origin, new).await
    }

    /// The user who signs in with an e-mail address; `None` when nobody does.
    ///
    /// # Errors
    /// 422 when it is no address; the store's.
    pub async fn user_with_email(&self, email: &str) -> Result<Option<CreatedUser>, IdentityError> {
        let Attached { runtime, vault } = self.attached()?;
        let mut fields = Fields::new();
        let checked = check_email(Some(email), &mut fields);
        fields.finish()?;
        let Some(login) = checked.map(Login::Email) else { return Ok(None) };
        let Some(owner) = runtime.store().claim_owner(LOGIN_SCOPE, &login.index(vault)).await? else {
            return Ok(None);
        };
        let user: UserId = owner.parse().map_err(|_| IdentityError::Defect("a login belongs to no user"))?;
        let state = runtime.state::<User>(user).await?;
        let account = state.and_then(|state| state.account.clone());
        Ok(account.map(|account| CreatedUser { user, organisation: account.organisation }))
    }

    /// The same, on behalf of whoever `origin` says.
    pub(crate) async fn admit(&self, origin: &Origin, new: NewUser) -> Result<CreatedUser, IdentityError> {
        let Attached { runtime, vault } = self.attached()?;
        let (tenant, role) = (new.tenant, new.role);
        let checked = Checked::of(new)?;
        let entropy = &**runtime.entropy();
        let password = self.inner.passwords.hash(checked.password.reveal().clone(), entropy).await?;
        let now = runtime.now();
        let (user, person) = (UserId::generate(now, entropy), PersonId::generate(now, entropy));
        let (organisation, founding) = self.place(tenant, role, &checked).await?;
        let fields = PersonFields {
            name: Some(&checked.name),
            email: checked.email.as_ref(),
            phone: checked.phone.as_ref(),
            password: Some(&password),
        };
        let mut order = Order::new::<User>(
            user,
            UserCommand::Register(UserRegistered { tenant, organisation, role, person }),
        )
        .write(vault.seal_new(tenant, person, &fields.named()));
        if let Some((registered, name)) = founding {
            let writes = seal_name(vault, tenant, registered.person, &name);
            order = order
                .and::<Organisation>(organisation, OrganisationCommand::Register(registered))
                .write(writes);
        }
        for login in checked.logins() {
            order = order.claim(login.claim(vault, user));
        }
        let receipt = runtime.submit(origin, order).await.map_err(taken)?;
        // A repeated idempotency key names the user that the first request made.
        let user = receipt.id().unwrap_or(user);
        let state = runtime.state::<User>(user).await?;
        let organisation = state.and_then(|state| state.account.as_ref().map(|account| account.organisation));
        Ok(CreatedUser {
            user,
            organisation: organisation.ok_or(IdentityError::Defect("a new user is not there"))?,
        })
    }

    /// The organisation of a new user, and what is to be registered when it is new too.
    async fn place(
        &self,
        tenant: TenantId,
        role: Role,
        checked: &Checked,
    ) -> Result<(OrganisationId, Option<(OrganisationRegistered, String)>), IdentityError> {
        let runtime = &self.attached()?.runtime;
        let kind = OrganisationKind::of_role(role);
        match &checked.placement {
            Placement::Operator => {
                let state = runtime.state::<Tenant>(tenant).await?;
                let operator = state.and_then(|tenant| tenant.operator);
                let unknown = || Refusal::field("tenant", "unknown", "there is no such tenant");
                Ok((operator.ok_or_else(unknown)?, None))
            }
            Placement::Existing(id) => {
                let state = runtime.state::<Organisation>(*id).await?;
                let known = state
                    .as_ref()
                    .and_then(|state| state.known.as_ref())
                    .filter(|known| known.tenant == tenant);
                let unknown =
                    || Refusal::field("organisation_id", "unknown", "there is no such organisation");
                if known.ok_or_else(unknown)?.kind != kind {
                    let detail = "the role does not fit this kind of organisation";
                    return Err(Refusal::field("organisation_id", "wrong_kind", detail).into());
                }
                Ok((*id, None))
            }
            Placement::Own(name) => {
                let (now, entropy) = (runtime.now(), &**runtime.entropy());
                let registered =
                    OrganisationRegistered { tenant, kind, person: PersonId::generate(now, entropy) };
                let name = name.clone().unwrap_or_else(|| checked.name.clone());
                Ok((OrganisationId::generate(now, entropy), Some((registered, name))))
            }
        }
    }
}

/// Another has the e-mail or the phone.
pub(crate) fn taken(error: CommandError) -> IdentityError {
    match error {
        CommandError::Taken { .. } => {
            Refusal::conflict("account.exists", "an account with this e-mail or phone exists").into()
        }
        other => other.into(),
    }
}
