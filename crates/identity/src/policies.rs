//! Who may what, as data: Cedar policies in `policies/`, one file a role, default deny (design, section 7).
//!
//! A verdict depends only on (permission, role, relation, credential), of which there are a few thousand. Each is asked
//! of Cedar once and kept; a kept verdict costs a table lookup. The policies are sliced by role, since Cedar scans.

use crate::{relation::Relation, wire::Grant};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    Schema,
};
use contracts::ports::{Permission, Role, permissions};
use std::{
    collections::{HashMap, HashSet},
    str::FromStr,
    sync::atomic::{AtomicU8, Ordering},
};

const SCHEMA: &str = include_str!("../policies/schema.cedarschema");
const EVERYONE: &str = include_str!("../policies/everyone.cedar");

const fn policies_of(role: Role) -> &'static str {
    match role {
        Role::Shipper => include_str!("../policies/shipper.cedar"),
        Role::Carrier => include_str!("../policies/carrier.cedar"),
        Role::Driver => include_str!("../policies/driver.cedar"),
        Role::Facility => include_str!("../policies/facility.cedar"),
        Role::Broker => include_str!("../policies/broker.cedar"),
        Role::Supervisor => include_str!("../policies/supervisor.cedar"),
        Role::Finance => include_str!("../policies/finance.cedar"),
        Role::Support => include_str!("../policies/support.cedar"),
        Role::Auditor => include_str!("../policies/auditor.cedar"),
        Role::Admin => include_str!("../policies/admin.cedar"),
    }
}

/// The policies or their schema cannot be read. They are embedded, so this is a defect of the build.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the policies cannot be read: {0}")]
pub struct PolicyError(String);

impl PolicyError {
    fn of(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// How the caller signed in; the context class of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CredentialClass {
    /// A person with a session.
    Session,
    /// An API key.
    Key,
}

impl CredentialClass {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 2] = [Self::Session, Self::Key];

    const fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Key => "key",
        }
    }
}

// A key's scopes are the bits of one word.
const _: () = assert!(permissions::ALL.len() <= 64);

const UNKNOWN: u8 = 0;
const ALLOWED: u8 = 1;
const REFUSED: u8 = 2;

/// The policies with their kept verdicts.
pub(crate) struct Policies {
    authorizer: Authorizer,
    entities: Entities,
    slices: HashMap<Role, PolicySet>,
    numbers: HashMap<&'static str, usize>,
    verdicts: Vec<AtomicU8>,
}

impl Policies {
    /// Reads the embedded policies.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub(crate) fn embedded() -> Result<Self, PolicyError> {
        let (schema, _) = Schema::from_cedarschema_str(SCHEMA).map_err(PolicyError::of)?;
        let actions = schema.action_entities().map_err(PolicyError::of)?;
        let entities = actions.add_entities(relations()?, None).map_err(PolicyError::of)?;
        let mut slices = HashMap::new();
        for role in Role::ALL {
            let text = format!("{EVERYONE}\n{}", policies_of(role));
            slices.insert(role, PolicySet::from_str(&text).map_err(PolicyError::of)?);
        }
        let numbers =
            permissions::ALL.iter().enumerate().map(|(number, permission)| (permission.0, number)).collect();
        let cells = permissions::ALL.len() * Role::ALL.len() * Relation::JUDGED.len() * 2;
        let verdicts = (0..cells).map(|_| AtomicU8::new(UNKNOWN)).collect();
        Ok(Self { authorizer: Authorizer::new(), entities, slices, numbers, verdicts })
    }

    /// The permission's number in [`permissions::ALL`]; `None` for a name that no list knows, which nobody has.
    pub(crate) fn number(&self, permission: Permission) -> Option<usize> {
        self.numbers.get(permission.0).copied()
    }

    /// Do the policies permit it? Default deny.
    pub(crate) fn permit(
        &self,
        permission: Permission,
        role: Role,
        relation: Relation,
        credential: CredentialClass,
    ) -> bool {
        let (Some(number), Some(place)) = (self.number(permission), relation.judged_place()) else {
            return false;
        };
        let row = number * Role::ALL.len() + role as usize;
        let index = (row * Relation::JUDGED.len() + place) * 2 + credential as usize;
        let Some(cell) = self.verdicts.get(index) else {
            return false;
        };
        match cell.load(Ordering::Relaxed) {
            UNKNOWN => {
                let allowed = self.ask(permission, role, relation, credential);
                cell.store(if allowed { ALLOWED } else { REFUSED }, Ordering::Relaxed);
                allowed
            }
            kept => kept == ALLOWED,
        }
    }

    /// The numbers of named permissions as bits; all of them when none are named. Unknown names count for nothing.
    pub(crate) fn scope_bits(&self, names: Option<&[String]>) -> u64 {
        let Some(names) = names else { return u64::MAX };
        names
            .iter()
            .filter_map(|name| self.numbers.get(name.as_str()))
            .fold(0, |bits, number| bits | 1 << number)
    }

    /// Whether `role` may do all that `other` may: then it may make a key with that role.
    pub(crate) fn covers(&self, role: Role, other: Role) -> bool {
        permissions::ALL.iter().all(|permission| {
            Relation::JUDGED.iter().all(|relation| {
                !self.permit(*permission, other, *relation, CredentialClass::Key)
                    || self.permit(*permission, role, *relation, CredentialClass::Session)
            })
        })
    }

    /// Everything that anybody may do.
    pub(crate) fn grants(&self) -> Vec<Grant> {
        let mut grants = Vec::new();
        for role in Role::ALL {
            for permission in permissions::ALL {
                let reaches = [Relation::Tenant, Relation::Organisation, Relation::User];
                let reach = reaches
                    .into_iter()
                    .find(|r| self.permit(*permission, role, *r, CredentialClass::Session));
                if let Some(reach) = reach {
                    grants.push(Grant {
                        role: role.into(),
                        permission: permission.0.to_owned(),
                        reach: if reach == Relation::User { "own" } else { reach.name() }.to_owned(),
                        by_key: self.permit(*permission, role, reach, CredentialClass::Key),
                    });
                }
            }
        }
        grants
    }

    fn ask(
        &self,
        permission: Permission,
        role: Role,
        relation: Relation,
        credential: CredentialClass,
    ) -> bool {
        let verdict =
            self.slices.get(&role).ok_or_else(|| PolicyError("no policies".to_owned())).and_then(|slice| {
                let request = request(permission, role, relation, credential)?;
                Ok(self.authorizer.is_authorized(&request, slice, &self.entities))
            });
        match verdict {
            Ok(response) => {
                // An error while evaluating would skip a policy, perhaps one that forbids.
                response.decision() == Decision::Allow && response.diagnostics().errors().next().is_none()
            }
            Err(error) => {
                tracing::error!(permission = permission.0, role = role.name(), %error, "no verdict, so denied");
                false
            }
        }
    }
}

fn uid(kind: &str, name: &str) -> Result<EntityUid, PolicyError> {
    let kind = EntityTypeName::from_str(kind).map_err(PolicyError::of)?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(name)))
}

fn request(
    permission: Permission,
    role: Role,
    relation: Relation,
    credential: CredentialClass,
) -> Result<Request, PolicyError> {
    let context = serde_json::json!({ "credential": credential.name() });
    let context = Context::from_json_value(context, None).map_err(PolicyError::of)?;
    let principal = uid("Role", role.name())?;
    let action = uid("Action", permission.0)?;
    Request::new(principal, action, uid("Relation", relation.name())?, context, None).map_err(PolicyError::of)
}

/// collection, user, driver < own < organisation < tenant.
fn relations() -> Result<Vec<Entity>, PolicyError> {
    let entity = |name: &str, parent: Option<&str>| {
        let parents = parent.map(|parent| uid("Relation", parent)).transpose()?;
        Ok(Entity::new_no_attrs(uid("Relation", name)?, HashSet::from_iter(parents)))
    };
    Ok(vec![
        entity("tenant", None)?,
        entity("organisation", Some("tenant"))?,
        entity("own", Some("organisation"))?,
        entity("user", Some("own"))?,
        entity("driver", Some("own"))?,
        entity("collection", Some("own"))?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use cedar_policy::{ValidationMode, Validator};
    use std::fmt::Write as _;

    #[test]
    fn the_policies_are_valid_and_know_exactly_the_permissions() {
        let (schema, warnings) = Schema::from_cedarschema_str(SCHEMA).unwrap();
        assert_eq!(warnings.count(), 0);
        let mut known: Vec<String> =
            schema.actions().map(|action| action.id().unescaped().to_owned()).collect();
        known.retain(|name| name != "read");
        known.sort();
        let mut declared: Vec<String> =
            permissions::ALL.iter().map(|permission| permission.0.to_owned()).collect();
        declared.sort();
        assert_eq!(known, declared);
        let validator = Validator::new(schema);
        for role in Role::ALL {
            let policies = PolicySet::from_str(&format!("{EVERYONE}{}", policies_of(role))).unwrap();
            let result = validator.validate(&policies, ValidationMode::Strict);
            assert!(result.validation_passed(), "{}: {result}", role.name());
        }
    }

    /// Every permission x role x relation x credential. A cell lists the relations in which the role may:
    /// `c`ollection, `u`ser, `d`river, `o`rganisation, `t`enant; capitals where an API key of the role may too.
    #[test]
    fn the_whole_matrix() {
        let policies = Policies::embedded().unwrap();
        let mut table = format!("{:<18}", "");
        for role in Role::ALL {
            let _ = write!(table, " {:<10}", role.name());
        }
        for permission in permissions::ALL {
            let _ = write!(table, "\n{:<18}", permission.0);
            for role in Role::ALL {
                let cell: String =
                    Relation::JUDGED.into_iter().map(|r| letter(&policies, *permission, role, r)).collect();
                let _ = write!(table, " {cell:<10}");
            }
        }
        let table = table.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!("matrix", table);
    }

    fn letter(policies: &Policies, permission: Permission, role: Role, relation: Relation) -> char {
        let [by_session, by_key] =
            CredentialClass::ALL.map(|class| policies.permit(permission, role, relation, class));
        assert!(by_session || !by_key, "a key may never more than a session");
        let letter = relation.name().chars().next().unwrap();
        match (by_session, by_key) {
            (true, true) => letter.to_ascii_uppercase(),
            (true, false) => letter,
            _ => '-',
        }
    }

    #[test]
    fn who_stands_nearer_may_no_less() {
        let policies = Policies::embedded().unwrap();
        let chain = [Relation::Tenant, Relation::Organisation, Relation::User];
        for permission in permissions::ALL {
            for role in Role::ALL {
                for pair in chain.windows(2) {
                    let [far, near] = [pair[0], pair[1]].map(|relation| {
                        policies.permit(*permission, role, relation, CredentialClass::Session)
                    });
                    assert!(near || !far, "{} {}", permission.0, role.name());
                }
            }
        }
    }

    #[test]
    fn an_auditor_changes_nothing_of_anybody_else() {
        let policies = Policies::embedded().unwrap();
        for permission in permissions::ALL {
            for relation in [Relation::Tenant, Relation::Organisation] {
                let may = policies.permit(*permission, Role::Auditor, relation, CredentialClass::Session);
                let looks = permission.0.ends_with(":read")
                    || [
                        permissions::SHIPMENT_EVENTS,
                        permissions::SHIPMENT_POSITION,
                        permissions::ROUTE_PLAN,
                    ]
                    .contains(permission);
                assert_eq!(may, looks, "{}", permission.0);
            }
        }
    }

    #[test]
    fn an_unknown_permission_is_nobodys() {
        let policies = Policies::embedded().unwrap();
        for role in Role::ALL {
            assert!(!policies.permit(
                Permission("shipment:steal"),
                role,
                Relation::User,
                CredentialClass::Session
            ));
        }
    }

    #[test]
    fn keys_go_down_the_ranks_never_up() {
        let policies = Policies::embedded().unwrap();
        for role in Role::ALL {
            assert!(policies.covers(role, role));
            assert!(policies.covers(Role::Admin, role));
            assert!(role == Role::Admin || !policies.covers(role, Role::Admin));
        }
        assert!(policies.covers(Role::Carrier, Role::Driver));
        assert!(policies.covers(Role::Supervisor, Role::Broker));
        assert!(!policies.covers(Role::Shipper, Role::Carrier));
        assert!(!policies.covers(Role::Driver, Role::Carrier));
    }
}
