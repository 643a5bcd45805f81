//! `tenant create` and `user create`: the first accounts of an installation; `tenant list` and `user list`: who there is.

use super::opened::{lasting, open_reading};
use crate::{
    cli::UserCreateArgs,
    configuration::{OptionsFile, StoreOptions, StorePlace},
    failure::Failure,
    house::House,
    output::say,
};
use contracts::ports::Role;
use identity::{IdentityError, NewUser, Placement};
use kernel::TenantId;
use std::io::Read as _;
use store::Store;
use zeroize::Zeroizing;

/// More than any password may have, with its line end.
const PASSWORD_BYTES_MAX: u64 = 4096;

/// `tenant create`.
pub async fn create_tenant(name: &str, store: &StoreOptions, file: &OptionsFile) -> Result<(), Failure> {
    let house = House::open(lasting(StorePlace::decide(store, file)?)?).await?;
    let created = house.identity().create_tenant(name).await;
    house.close().await;
    say(created.map_err(refused)?)
}

/// `user create`.
pub async fn create_user(args: UserCreateArgs, file: &OptionsFile) -> Result<(), Failure> {
    let role = Role::from_name(&args.role).ok_or_else(|| unknown_role(&args.role))?;
    let password = read_password()?;
    let house = House::open(lasting(StorePlace::decide(&args.store, file)?)?).await?;
    let created = create(&house, role, args, password).await;
    house.close().await;
    say(created.map_err(refused)?)
}

/// `tenant list`.
pub async fn list_tenants(store: &StoreOptions, limit: u32, file: &OptionsFile) -> Result<(), Failure> {
    let store = open_reading(&StorePlace::decide(store, file)?.store).await?;
    for tenant in identity::list_tenants(&store, limit).await? {
        say(format_args!("{}  {}  {}", tenant.id, tenant.created_at, tenant.name))?;
    }
    Ok(())
}

/// `user list`.
pub async fn list_users(
    store: &StoreOptions,
    tenant: Option<&str>,
    role: Option<&str>,
    limit: u32,
    file: &OptionsFile,
) -> Result<(), Failure> {
    let role = role.map(|name| Role::from_name(name).ok_or_else(|| unknown_role(name))).transpose()?;
    let store = open_reading(&StorePlace::decide(store, file)?.store).await?;
    let tenant = named_tenant(&store, tenant).await?;
    for user in identity::list_users(&store, tenant, role, limit).await? {
        let identity::ListedUser { id, organisation, role, state, created_at } = user;
        say(format_args!("{id}  {:<10}  {state:<8}  {organisation}  {created_at}", role.name()))?;
    }
    Ok(())
}

/// The tenant of that id, else the only one.
async fn named_tenant(store: &Store, named: Option<&str>) -> Result<TenantId, Failure> {
    if let Some(text) = named {
        let wrong = |_| Failure::Configuration(format!("--tenant `{text}` is no tenant's id"));
        return text.parse().map_err(wrong);
    }
    match identity::list_tenants(store, 2).await?.as_slice() {
        [only] => Ok(only.id),
        [] => Err(Failure::Refused("there is no tenant yet".to_owned())),
        _ => Err(Failure::Configuration("there are several tenants; name one with --tenant".to_owned())),
    }
}

async fn create(
    house: &House,
    role: Role,
    args: UserCreateArgs,
    password: Zeroizing<String>,
) -> Result<kernel::UserId, IdentityError> {
    let identity = house.identity();
    let tenant = match &args.tenant {
        Some(tenant) => identity.resolve_tenant(Some(tenant)).await?,
        None => {
            identity.ensure_default_tenant().await?;
            identity.resolve_tenant(None).await?
        }
    };
    let name = args.name.or_else(|| args.email.split('@').next().map(str::to_owned)).unwrap_or_default();
    let placement = match role {
        Role::Shipper | Role::Carrier | Role::Driver | Role::Facility => Placement::Own(args.organisation),
        _ => Placement::Operator,
    };
    let new = NewUser { tenant, role, placement, name, email: Some(args.email), phone: None, password };
    Ok(identity.create_user(new).await?.user)
}

fn unknown_role(name: &str) -> Failure {
    let known: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
    Failure::Configuration(format!("--role `{name}` is no role; there are {}", known.join(", ")))
}

fn refused(error: IdentityError) -> Failure {
    match error {
        IdentityError::Store(error) => Failure::Store(error),
        IdentityError::Refused(refusal) if !refusal.fields.is_empty() => {
            let lines: Vec<_> =
                refusal.fields.iter().map(|field| format!("{}: {}", field.field, field.detail)).collect();
            Failure::Refused(lines.join("\n"))
        }
        other => Failure::Refused(other.to_string()),
    }
}

/// The password from the standard input, without the line end that `echo` adds.
fn read_password() -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::new());
    std::io::stdin()
        .lock()
        .take(PASSWORD_BYTES_MAX)
        .read_to_string(&mut text)
        .map_err(|error| Failure::Refused(format!("the password cannot be read: {error}")))?;
    let end = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(end);
    Ok(text)
}
