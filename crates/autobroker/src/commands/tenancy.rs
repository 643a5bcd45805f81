//! `tenant create` and `user create`: the first accounts of an installation.

use super::opened::lasting;
use crate::{
    cli::UserCreateArgs,
    configuration::{OptionsFile, StoreOptions, StorePlace},
    failure::Failure,
    house::House,
    output::say,
};
use contracts::ports::Role;
use identity::{IdentityError, NewUser, Placement};
use std::io::Read as _;
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
