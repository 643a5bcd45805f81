//! The user: an account that acts for one organisation in one role. Who the person is lies in the vault.

use super::Failures;
use contracts::{events, ports::Role};
use kernel::{OrganisationId, PersonId, Refusal, TenantId, Timestamp, UserId};
use runtime::Agent;
use serde::{Deserialize, Serialize};

/// At most so many subjects in one record of access: a page.
pub(crate) const ACCESS_SUBJECTS_MAX: usize = 100;

/// A user was registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRegistered {
    /// The tenant.
    pub tenant: TenantId,
    /// The organisation it acts for.
    pub organisation: OrganisationId,
    /// Its role.
    pub role: Role,
    /// The vault's subject that holds name, e-mail, phone and the password's hash.
    pub person: PersonId,
}

/// Its role changed; every token with the old one is void.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleChanged {
    /// Before.
    pub from: Role,
    /// After.
    pub to: Role,
}

/// It may not sign in any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disabled {}

/// It may sign in again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enabled {}

/// It changed what the vault holds of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileChanged {
    /// The names of the fields, such as `phone`; never their values.
    pub fields: Vec<String>,
}

/// It has a new password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordChanged {}

/// Somebody tried to sign in with a wrong password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginFailed {
    /// How many failures count now, this one included; 0 when it locked the login and the count began anew.
    pub failures: u32,
    /// The end of the lock that this failure brought.
    pub locked_until: Option<Timestamp>,
}

/// It signed in after failures, which count no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailuresForgiven {}

/// It saw personal data of others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalDataAccessed {
    /// Whose, at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<UserId>,
    /// The vault's subjects that are nobody's account, such as a shipment's contact; at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub persons: Vec<PersonId>,
    /// For what: the route's name, such as `users.list`.
    pub purpose: String,
}

/// The vault forgot it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalDataErased {
    /// The vault's subject whose key is gone.
    pub person: PersonId,
}

events! {
    /// What happens to a user.
    pub enum UserEvent(schema 1) {
        /// It exists.
        "user.registered" => Registered(UserRegistered),
        /// Its role changed.
        "user.role_changed" => RoleChanged(RoleChanged),
        /// It is locked out.
        "user.disabled" => Disabled(Disabled),
        /// It is back.
        "user.enabled" => Enabled(Enabled),
        /// Its personal data changed.
        "user.profile_changed" => ProfileChanged(ProfileChanged),
        /// Its password changed.
        "user.password_changed" => PasswordChanged(PasswordChanged),
        /// A login failed.
        "login.failed" => LoginFailed(LoginFailed),
        /// A login succeeded after failures.
        "login.failures_forgiven" => FailuresForgiven(FailuresForgiven),
        /// It saw data of others.
        "personal_data.accessed" => PersonalDataAccessed(PersonalDataAccessed),
        /// Its own data is gone.
        "personal_data.erased" => PersonalDataErased(PersonalDataErased),
    }
}

/// What a user can be asked.
#[derive(Debug, Clone)]
pub enum UserCommand {
    /// Begin to exist.
    Register(UserRegistered),
    /// Take another role.
    ChangeRole {
        /// Which; it must be of the same kind of organisation.
        role: Role,
    },
    /// Be locked out.
    Disable,
    /// Come back.
    Enable,
    /// Have changed fields in the vault.
    ChangeProfile {
        /// Their names.
        fields: Vec<String>,
    },
    /// Have a new password.
    ChangePassword,
    /// A wrong password was given.
    RecordFailure,
    /// The right password was given; refused while locked or disabled.
    SignIn,
    /// A refresh token was given; refused while disabled.
    StaySignedIn,
    /// Personal data of others was shown.
    RecordAccess {
        /// Whose, by account.
        subjects: Vec<UserId>,
        /// Whose, by the vault's subject.
        persons: Vec<PersonId>,
        /// For what.
        purpose: &'static str,
    },
    /// Be forgotten.
    Erase,
}

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It may.
    Active,
    /// Locked out by an administrator.
    Disabled,
    /// Its person was erased; it never comes back.
    Erased,
}

impl Standing {
    /// The view name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Erased => "erased",
        }
    }
}

/// What is known of a user that exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The tenant.
    pub(crate) tenant: TenantId,
    /// The organisation.
    pub(crate) organisation: OrganisationId,
    /// The role.
    pub(crate) role: Role,
    /// The vault's subject.
    pub(crate) person: PersonId,
    /// Whether it may be used.
    pub(crate) standing: Standing,
    /// When it was registered.
    pub(crate) since: Timestamp,
}

/// A user's state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Absent until it exists.
    pub(crate) account: Option<Account>,
    /// Failed logins.
    pub(crate) failures: Failures,
}

impl User {
    fn account(&self) -> Result<&Account, Refusal> {
        self.account.as_ref().ok_or_else(|| Refusal::not_found("user.unknown", "there is no such user"))
    }

    fn alive(&self) -> Result<&Account, Refusal> {
        let account = self.account()?;
        match account.standing {
            Standing::Erased => Err(Refusal::conflict("user.erased", "the user's data was erased")),
            Standing::Active | Standing::Disabled => Ok(account),
        }
    }

    fn change_role(&self, role: Role) -> Result<Vec<UserEvent>, Refusal> {
        let account = self.alive()?;
        let (from, to) = (account.role, role);
        if super::OrganisationKind::of_role(from) != super::OrganisationKind::of_role(to) {
            return Err(Refusal::conflict(
                "user.role_of_another_kind",
                "the role does not fit the user's organisation",
            ));
        }
        Ok((from != to).then(|| RoleChanged { from, to }.into()).into_iter().collect())
    }

    fn active(&self) -> Result<(), Refusal> {
        if self.account()?.standing == Standing::Active {
            Ok(())
        } else {
            Err(Refusal::forbidden("user.disabled", "the account is disabled"))
        }
    }

    fn sign_in(&self, now: Timestamp) -> Result<Vec<UserEvent>, Refusal> {
        self.active()?;
        if self.failures.locked_until(now).is_some() {
            return Err(Refusal::conflict("login.locked", "too many failed logins; try again later"));
        }
        Ok((!self.failures.is_clear()).then(|| FailuresForgiven {}.into()).into_iter().collect())
    }

    fn record_failure(&self, now: Timestamp) -> Result<Vec<UserEvent>, Refusal> {
        self.account()?;
        if self.failures.locked_until(now).is_some() {
            return Ok(Vec::new());
        }
        let mut after = self.failures.clone();
        after.record(now);
        let failures = u32::try_from(after.count()).unwrap_or(u32::MAX);
        Ok(vec![LoginFailed { failures, locked_until: after.locked_until(now) }.into()])
    }

    fn record_access(
        &self,
        subjects: &[UserId],
        persons: &[PersonId],
        purpose: &str,
    ) -> Result<Vec<UserEvent>, Refusal> {
        self.account()?;
        if subjects.len() > ACCESS_SUBJECTS_MAX || persons.len() > ACCESS_SUBJECTS_MAX {
            return Err(Refusal::field("subjects", "too_many", "at most 100 people at once"));
        }
        let accessed = PersonalDataAccessed {
            subjects: subjects.to_vec(),
            persons: persons.to_vec(),
            purpose: purpose.to_owned(),
        };
        let anybody = !subjects.is_empty() || !persons.is_empty();
        Ok(anybody.then(|| accessed.into()).into_iter().collect())
    }
}

impl Agent for User {
    type Id = UserId;
    type Command = UserCommand;
    type Event = UserEvent;
    const KIND: &'static str = "user";
    const SNAPSHOT: u32 = 1;

    fn decide(&self, command: &UserCommand, now: Timestamp) -> Result<Vec<UserEvent>, Refusal> {
        match command {
            UserCommand::Register(registered) if self.account.is_none() => {
                Ok(vec![registered.clone().into()])
            }
            UserCommand::Register(_) => Err(Refusal::conflict("user.exists", "the user exists already")),
            UserCommand::ChangeRole { role } => self.change_role(*role),
            UserCommand::Disable => {
                let active = self.alive()?.standing == Standing::Active;
                Ok(active.then(|| Disabled {}.into()).into_iter().collect())
            }
            UserCommand::Enable => {
                let disabled = self.alive()?.standing == Standing::Disabled;
                Ok(disabled.then(|| Enabled {}.into()).into_iter().collect())
            }
            UserCommand::ChangeProfile { fields } => {
                self.alive()?;
                Ok(vec![ProfileChanged { fields: fields.clone() }.into()])
            }
            UserCommand::ChangePassword => self.alive().map(|_| vec![PasswordChanged {}.into()]),
            UserCommand::RecordFailure => self.record_failure(now),
            UserCommand::SignIn => self.sign_in(now),
            UserCommand::StaySignedIn => self.active().map(|()| Vec::new()),
            UserCommand::RecordAccess { subjects, persons, purpose } => {
                self.record_access(subjects, persons, purpose)
            }
            UserCommand::Erase => {
                let account = self.account()?;
                let erased = account.standing == Standing::Erased;
                let person = account.person;
                Ok((!erased).then(|| PersonalDataErased { person }.into()).into_iter().collect())
            }
        }
    }

    fn evolve(&mut self, event: &UserEvent, at: Timestamp) {
        if let UserEvent::Registered(registered) = event {
            self.account = Some(Account {
                tenant: registered.tenant,
                organisation: registered.organisation,
                role: registered.role,
                person: registered.person,
                standing: Standing::Active,
                since: at,
            });
        }
        let Some(account) = self.account.as_mut() else {
            return;
        };
        match event {
            UserEvent::RoleChanged(changed) => account.role = changed.to,
            UserEvent::Disabled(_) => account.standing = Standing::Disabled,
            UserEvent::Enabled(_) => account.standing = Standing::Active,
            UserEvent::PersonalDataErased(_) => account.standing = Standing::Erased,
            UserEvent::LoginFailed(_) => self.failures.record(at),
            UserEvent::FailuresForgiven(_) => self.failures = Failures::default(),
            UserEvent::Registered(_)
            | UserEvent::ProfileChanged(_)
            | UserEvent::PasswordChanged(_)
            | UserEvent::PersonalDataAccessed(_) => {}
        }
    }

    fn state_name(&self) -> &'static str {
        self.account.as_ref().map_or("", |account| account.standing.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::Event;
    use kernel::{TypedId, Uuid};
    use proptest::prelude::*;

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn run(user: &mut User, command: &UserCommand, at: i64) -> Result<Vec<&'static str>, &'static str> {
        let events = user.decide(command, second(at)).map_err(|refusal| refusal.code)?;
        events.iter().for_each(|event| user.evolve(event, second(at)));
        Ok(events.iter().map(Event::type_name).collect())
    }

    fn registered(role: Role) -> User {
        let mut user = User::default();
        let account = UserRegistered {
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            organisation: OrganisationId::from_uuid(Uuid::from_u128(2)),
            role,
            person: PersonId::from_uuid(Uuid::from_u128(3)),
        };
        run(&mut user, &UserCommand::Register(account.clone()), 0).unwrap();
        assert_eq!(run(&mut user, &UserCommand::Register(account), 0), Err("user.exists"));
        user
    }

    #[test]
    fn ten_wrong_passwords_lock_even_the_right_one_out() {
        let mut user = registered(Role::Shipper);
        for n in 0..10 {
            assert_eq!(run(&mut user.clone(), &UserCommand::SignIn, n).map(|_| ()), Ok(()));
            assert_eq!(run(&mut user, &UserCommand::RecordFailure, n), Ok(vec!["login.failed"]));
        }
        assert_eq!(run(&mut user, &UserCommand::SignIn, 10), Err("login.locked"));
        assert_eq!(run(&mut user, &UserCommand::StaySignedIn, 10), Ok(vec![]));
        assert_eq!(run(&mut user, &UserCommand::RecordFailure, 10), Ok(vec![]));
        assert_eq!(run(&mut user, &UserCommand::SignIn, 9 + 900), Ok(vec!["login.failures_forgiven"]));
        assert_eq!(run(&mut user, &UserCommand::SignIn, 910), Ok(vec![]));
    }

    #[test]
    fn a_disabled_user_comes_back_and_an_erased_one_never() {
        let mut user = registered(Role::Shipper);
        assert_eq!(run(&mut user, &UserCommand::Disable, 1), Ok(vec!["user.disabled"]));
        assert_eq!(run(&mut user, &UserCommand::Disable, 1), Ok(vec![]));
        assert_eq!(run(&mut user, &UserCommand::SignIn, 1), Err("user.disabled"));
        assert_eq!(run(&mut user, &UserCommand::StaySignedIn, 1), Err("user.disabled"));
        assert_eq!(run(&mut user, &UserCommand::Enable, 2), Ok(vec!["user.enabled"]));
        assert_eq!(run(&mut user, &UserCommand::SignIn, 2), Ok(vec![]));
        assert_eq!(run(&mut user, &UserCommand::Erase, 3), Ok(vec!["personal_data.erased"]));
        assert_eq!(run(&mut user, &UserCommand::Erase, 3), Ok(vec![]));
        assert_eq!(run(&mut user, &UserCommand::Enable, 4), Err("user.erased"));
        assert_eq!(run(&mut user, &UserCommand::SignIn, 4), Err("user.disabled"));
    }

    #[test]
    fn a_role_changes_only_within_its_kind_of_organisation() {
        let mut user = registered(Role::Broker);
        assert_eq!(
            run(&mut user, &UserCommand::ChangeRole { role: Role::Supervisor }, 1),
            Ok(vec!["user.role_changed"])
        );
        assert_eq!(run(&mut user, &UserCommand::ChangeRole { role: Role::Supervisor }, 1), Ok(vec![]));
        let refused = run(&mut user, &UserCommand::ChangeRole { role: Role::Shipper }, 1);
        assert_eq!(refused, Err("user.role_of_another_kind"));
    }

    #[test]
    fn an_access_names_whom_it_concerned() {
        let mut user = registered(Role::Admin);
        let subject = UserId::from_uuid(Uuid::from_u128(9));
        let access =
            |subjects| UserCommand::RecordAccess { subjects, persons: vec![], purpose: "users.list" };
        assert_eq!(run(&mut user, &access(vec![subject]), 1), Ok(vec!["personal_data.accessed"]));
        assert_eq!(run(&mut user, &access(vec![]), 1), Ok(vec![]));
        assert_eq!(run(&mut user, &access(vec![subject; 101]), 1), Err("invalid_input"));
    }

    #[test]
    fn nothing_happens_to_nobody() {
        let mut nobody = User::default();
        for command in
            [UserCommand::SignIn, UserCommand::RecordFailure, UserCommand::Disable, UserCommand::Erase]
        {
            assert_eq!(run(&mut nobody, &command, 1), Err("user.unknown"));
        }
    }

    proptest! {
        #[test]
        fn a_replayed_user_is_the_same_user(steps in prop::collection::vec((0_u8..6, 0_i64..300), 0..80)) {
            let mut user = registered(Role::Broker);
            let mut log: Vec<(UserEvent, Timestamp)> = Vec::new();
            let mut now = 0;
            for (kind, wait) in steps {
                now += wait;
                let command = match kind {
                    0 => UserCommand::RecordFailure,
                    1 => UserCommand::SignIn,
                    2 => UserCommand::Disable,
                    3 => UserCommand::Enable,
                    4 => UserCommand::ChangeRole { role: Role::Support },
                    _ => UserCommand::ChangePassword,
                };
                for event in user.decide(&command, second(now)).unwrap_or_default() {
                    user.evolve(&event, second(now));
                    log.push((event, second(now)));
                }
            }
            let mut replayed = registered(Role::Broker);
            for (event, at) in log {
                let stored = UserEvent::decode(event.type_name(), 1, &event.encode().unwrap()).unwrap();
                replayed.evolve(&stored, at);
            }
            prop_assert_eq!(replayed, user);
        }
    }
}
