//! Who is calling and what they may do: `edge` asks, `identity` answers (design, sections 3 and 7).

use super::PortFuture;
use kernel::{Actor, DriverId, OrganisationId, TenantId, UserId};
use serde::{Deserialize, Serialize};

/// The roles (spec 4 and annex, section 14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Posts shipments for its organisation.
    Shipper,
    /// Runs drivers and trucks.
    Carrier,
    /// Drives.
    Driver,
    /// Runs docks.
    Facility,
    /// Dispatches for the brokerage.
    Broker,
    /// Oversees the dispatchers.
    Supervisor,
    /// Sees and settles money.
    Finance,
    /// Helps customers.
    Support,
    /// Reads everything, changes nothing.
    Auditor,
    /// Runs the tenant.
    Admin,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 10] = [
        Self::Shipper,
        Self::Carrier,
        Self::Driver,
        Self::Facility,
        Self::Broker,
        Self::Supervisor,
        Self::Finance,
        Self::Support,
        Self::Auditor,
        Self::Admin,
    ];

    /// The wire name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shipper => "shipper",
            Self::Carrier => "carrier",
            Self::Driver => "driver",
            Self::Facility => "facility",
            Self::Broker => "broker",
            Self::Supervisor => "supervisor",
            Self::Finance => "finance",
            Self::Support => "support",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
        }
    }
}

/// What a request carries to say who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential<'a> {
    /// `Authorization: Bearer ...`.
    Bearer(&'a str),
    /// `X-Api-Key: ...`.
    ApiKey(&'a str),
}

/// An authenticated caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who acts, as the log will say.
    pub actor: Actor,
    /// The user behind it (a key's owner for keys).
    pub user: UserId,
    /// The user's tenant.
    pub tenant: TenantId,
    /// The user's organisation.
    pub organisation: OrganisationId,
    /// The user's role.
    pub role: Role,
}

/// Why a credential is not accepted; all are 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthenticationError {
    /// Not a token or key of ours.
    #[error("the token is not valid")]
    Invalid,
    /// It was valid once.
    #[error("the token has expired")]
    Expired,
    /// The session was ended or the key revoked.
    #[error("the session has ended")]
    Revoked,
    /// The store cannot be asked now; this one is 503.
    #[error("authentication is not available now")]
    Unavailable,
}

/// An action on a kind of resource, such as `shipment:read`. The names are constants beside their routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Permission(pub &'static str);

/// What the caller wants to touch. Absent fields do not relate to anyone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resource {
    /// The tenant it belongs to; `None` for a collection, which is the caller's own tenant's.
    pub tenant: Option<TenantId>,
    /// Organisations that are party to it: its owner first.
    pub organisations: Vec<OrganisationId>,
    /// Users that are party to it.
    pub users: Vec<UserId>,
    /// The driver agent it concerns, if one.
    pub driver: Option<DriverId>,
}

/// The answer to an authorisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Do it.
    Allow,
    /// The caller may know of it but not do this: 403.
    Deny,
    /// The caller may not even know of it: 404.
    Hide,
}

/// Authenticates and authorises.
pub trait Authenticator: Send + Sync {
    /// Who is this? Immediate for a cached verdict; may read the store.
    fn authenticate<'a>(&'a self, credential: Credential<'a>) -> PortFuture<'a, Result<Caller, AuthenticationError>>;
    /// May they? Default deny. Cached by (permission, role, relation).
    fn authorise(&self, caller: &Caller, permission: Permission, resource: &Resource) -> Verdict;
}
