//! How a caller stands to what it wants to touch.

use contracts::ports::{Caller, Resource, Role, Scope, Verdict};
use kernel::{DriverId, UserId};

/// The relation classes, nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Relation {
    /// No particular thing: a list, or something that is about to be created.
    Collection,
    /// The caller is one of its users.
    User,
    /// The caller drives the driver agent it concerns.
    Driver,
    /// The caller's organisation is party to it.
    Organisation,
    /// It belongs to the caller's tenant.
    Tenant,
    /// It names parties, the caller is none of them, and it names no tenant.
    Stranger,
    /// It belongs to another tenant.
    Foreign,
}

impl Relation {
    /// Those that the policies judge; strangers and foreigners are turned away before.
    pub(crate) const JUDGED: [Self; 5] =
        [Self::Collection, Self::User, Self::Driver, Self::Organisation, Self::Tenant];

    /// The name in the policies.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Collection => "collection",
            Self::User => "user",
            Self::Driver => "driver",
            Self::Organisation => "organisation",
            Self::Tenant => "tenant",
            Self::Stranger => "stranger",
            Self::Foreign => "foreign",
        }
    }

    /// The place in [`Relation::JUDGED`].
    pub(crate) fn judged_place(self) -> Option<usize> {
        let place = self as usize;
        (place < Self::JUDGED.len()).then_some(place)
    }

    /// The nearest relation of a caller to a resource. `user_of` tells who drives a driver agent.
    pub(crate) fn of(
        caller: &Caller,
        resource: &Resource,
        user_of: impl Fn(DriverId) -> Option<UserId>,
    ) -> Self {
        if resource.tenant.is_some_and(|tenant| tenant != caller.tenant) {
            return Self::Foreign;
        }
        if resource.users.contains(&caller.user) {
            return Self::User;
        }
        if resource.driver.and_then(user_of) == Some(caller.user) {
            return Self::Driver;
        }
        if resource.organisations.contains(&caller.organisation) {
            return Self::Organisation;
        }
        if resource.tenant.is_some() {
            return Self::Tenant;
        }
        let names_nobody =
            resource.users.is_empty() && resource.organisations.is_empty() && resource.driver.is_none();
        if names_nobody { Self::Collection } else { Self::Stranger }
    }

    /// The answer when the policies do not permit it: who has a relation, or sees the whole tenant, may know that it
    /// is there (design, section 7: 403 for the wrong role, 404 for the uninvolved).
    pub(crate) fn refused(self, role: Role) -> Verdict {
        match self {
            Self::Collection | Self::User | Self::Driver | Self::Organisation => Verdict::Deny,
            Self::Tenant if role.scope() == Scope::Tenant => Verdict::Deny,
            Self::Tenant | Self::Stranger | Self::Foreign => Verdict::Hide,
        }
    }
}

/// What belongs to the caller itself: its account, sessions and keys.
pub(crate) fn own_resource(caller: &Caller) -> Resource {
    Resource {
        tenant: Some(caller.tenant),
        organisations: vec![caller.organisation],
        users: vec![caller.user],
        driver: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Actor, OrganisationId, TenantId, TypedId, Uuid};

    fn caller() -> Caller {
        let user = UserId::from_uuid(Uuid::from_u128(1));
        Caller {
            actor: Actor::User(user),
            user,
            tenant: TenantId::from_uuid(Uuid::from_u128(2)),
            organisation: OrganisationId::from_uuid(Uuid::from_u128(3)),
            role: Role::Driver,
        }
    }

    #[test]
    fn the_nearest_relation_counts_and_another_tenant_beats_all() {
        let caller = caller();
        let driver = DriverId::from_uuid(Uuid::from_u128(4));
        let drives = |id| (id == driver).then_some(caller.user);
        let elsewhere = OrganisationId::from_uuid(Uuid::from_u128(9));
        let mut resource = Resource::default();
        assert_eq!(Relation::of(&caller, &resource, drives), Relation::Collection);
        resource.organisations = vec![elsewhere];
        assert_eq!(Relation::of(&caller, &resource, drives), Relation::Stranger);
        resource.tenant = Some(caller.tenant);
        assert_eq!(Relation::of(&caller, &resource, drives), Relation::Tenant);
        resource.organisations.push(caller.organisation);
        assert_eq!(Relation::of(&caller, &resource, drives), Relation::Organisation);
        resource.driver = Some(driver);
        assert_eq!(Relation::of(&caller, &resource, drives), Relation::Driver);
        resource.users = vec![caller.user];
        assert_eq!(Relation::of(&caller, &resource, drives), Relation::User);
        resource.tenant = Some(TenantId::from_uuid(Uuid::from_u128(8)));
        assert_eq!(Relation::of(&caller, &resource, drives), Relation::Foreign);
    }

    #[test]
    fn a_refusal_hides_what_the_caller_has_nothing_to_do_with() {
        for role in Role::ALL {
            assert_eq!(Relation::Foreign.refused(role), Verdict::Hide);
            assert_eq!(Relation::Stranger.refused(role), Verdict::Hide);
            assert_eq!(Relation::Organisation.refused(role), Verdict::Deny);
            let sees_all = role.scope() == Scope::Tenant;
            assert_eq!(Relation::Tenant.refused(role), if sees_all { Verdict::Deny } else { Verdict::Hide });
        }
    }
}
