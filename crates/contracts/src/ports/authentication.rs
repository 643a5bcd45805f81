//! Who is calling and what they may do: `edge` asks, `identity` answers (design, sections 3 and 7).

use super::PortFuture;
use kernel::{Actor, DriverId, OrganisationId, PersonId, Personal, RequestId, TenantId, UserId};
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

    /// The role of a wire name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// How far the role sees. A list is filtered by it: the organisation's rows, or the tenant's.
    #[must_use]
    pub const fn scope(self) -> Scope {
        match self {
            Self::Shipper | Self::Carrier | Self::Driver | Self::Facility => Scope::Organisation,
            Self::Broker | Self::Supervisor | Self::Finance | Self::Support | Self::Auditor | Self::Admin => {
                Scope::Tenant
            }
        }
    }
}

/// How far a role sees. (A driver sees what its carrier is party to, and acts only for itself: the policies say so.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// What its organisation is party to.
    Organisation,
    /// Everything in its tenant.
    Tenant,
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

/// An action on a kind of resource, such as `shipment:read`. The names are the constants of [`permissions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Permission(pub &'static str);

/// Every permission there is. The policies (identity, `policies/`) say which role has it on what.
pub mod permissions {
    use super::Permission;

    macro_rules! permissions {
        ($($(#[$meta:meta])* $name:ident = $text:literal;)+) => {
            $($(#[$meta])* pub const $name: Permission = Permission($text);)+
            /// All of them, in the order of their declaration.
            pub const ALL: &[Permission] = &[$($name),+];
        };
    }

    permissions! {
        /// Post a shipment (resource: default, it becomes the caller's organisation's).
        SHIPMENT_CREATE = "shipment:create";
        /// Read or list shipments.
        SHIPMENT_READ = "shipment:read";
        /// Change one before its first bid.
        SHIPMENT_AMEND = "shipment:amend";
        /// Take one over and find a carrier for it by hand (staff).
        SHIPMENT_DISPATCH = "shipment:dispatch";
        /// Cancel one.
        SHIPMENT_CANCEL = "shipment:cancel";
        /// Move the trip on by a step (resource: the booked driver and its carrier).
        SHIPMENT_ADVANCE = "shipment:advance";
        /// Rate the driver (resource: the shipper's organisation).
        SHIPMENT_RATE = "shipment:rate";
        /// Open a dispute (resource: the shipper's organisation and the booked carrier's).
        SHIPMENT_DISPUTE = "shipment:dispute";
        /// Read its history.
        SHIPMENT_EVENTS = "shipment:events";
        /// See where its truck is.
        SHIPMENT_POSITION = "shipment:position";
        /// Offer a price (resource: the bidding driver and its carrier).
        BID_SUBMIT = "bid:submit";
        /// Read bids (resource: the shipper's organisation for all of them, the bidder's carrier for its own).
        BID_READ = "bid:read";
        /// Select one (resource: the shipper's organisation).
        BID_SELECT = "bid:select";
        /// Confirm a selected one (resource: its driver and carrier).
        BID_CONFIRM = "bid:confirm";
        /// Take one back (resource: its driver and carrier).
        BID_WITHDRAW = "bid:withdraw";
        /// Create a driver, shipper or facility agent (resource: default, it becomes the caller's organisation's).
        AGENT_CREATE = "agent:create";
        /// Read one.
        AGENT_READ = "agent:read";
        /// Change one, go online or offline.
        AGENT_UPDATE = "agent:update";
        /// Report a position.
        AGENT_POSITION = "agent:position";
        /// Lift a suspension.
        AGENT_REINSTATE = "agent:reinstate";
        /// Read payments (resource: shipper's and carrier's organisations).
        PAYMENT_READ = "payment:read";
        /// Settle a dispute, ask again for a transfer that the gateway declined.
        PAYMENT_SETTLE = "payment:settle";
        /// Read the tenant's ledger.
        LEDGER_READ = "ledger:read";
        /// Create a user (resource: the organisation it will belong to).
        USER_CREATE = "user:create";
        /// List users (names need [`PERSONAL_READ`] too).
        USER_READ = "user:read";
        /// Change a user's role, disable it.
        USER_UPDATE = "user:update";
        /// Read other people's names, e-mails and phones; every access is recorded.
        PERSONAL_READ = "personal:read";
        /// Change one's own name, phone and password.
        PERSONAL_UPDATE = "personal:update";
        /// Erase a person.
        PERSONAL_ERASE = "personal:erase";
        /// Read the tenant and its settings.
        TENANT_READ = "tenant:read";
        /// Change the tenant's settings.
        TENANT_SETTINGS = "tenant:settings";
        /// Make an API key for oneself.
        API_KEY_CREATE = "api_key:create";
        /// List API keys.
        API_KEY_READ = "api_key:read";
        /// Revoke one.
        API_KEY_REVOKE = "api_key:revoke";
        /// List sessions.
        SESSION_READ = "session:read";
        /// End one.
        SESSION_REVOKE = "session:revoke";
        /// Read the list of effects and its dead letters.
        EFFECTS_READ = "effects:read";
        /// Send a dead letter again.
        EFFECTS_REPLAY = "effects:replay";
        /// Close a circuit breaker of the process by hand (resource: the host tenant).
        BREAKERS_RESET = "breakers:reset";
        /// Have the process read its configuration file again (resource: the host tenant).
        CONFIGURATION_RELOAD = "configuration:reload";
        /// Read who may do what.
        POLICIES_READ = "policies:read";
        /// Add a document to a shipment (resource: its parties).
        DOCUMENT_UPLOAD = "document:upload";
        /// List and read the documents of a shipment.
        DOCUMENT_READ = "document:read";
        /// Report that something went wrong on a trip (resource: the booked driver and its carrier).
        ISSUE_REPORT = "issue:report";
        /// Read such reports.
        ISSUE_READ = "issue:read";
        /// Say how one was settled.
        ISSUE_RESOLVE = "issue:resolve";
        /// Make and revoke links by which a shipment is followed without an account (resource: the shipper's).
        SHARE_CREATE = "share:create";
        /// List those links.
        SHARE_READ = "share:read";
        /// See what needs a person, lanes, carriers' records and the agents.
        OPERATIONS_READ = "operations:read";
        /// Search the log of the tenant.
        LOG_READ = "log:read";
        /// See where all trucks are: of the tenant, or of one's own organisation.
        FLEET_READ = "fleet:read";
        /// See facilities, their docks, hours and free slots (resource: the operator; carriers count as party).
        FACILITY_READ = "facility:read";
        /// Set hours, docks and closures (resource: the operator).
        FACILITY_MANAGE = "facility:manage";
        /// Book, confirm, move and cancel appointments (resource: the carrier's organisation and the operator).
        APPOINTMENT_BOOK = "appointment:book";
        /// Read appointments (resource: the carrier's organisation and the operator).
        APPOINTMENT_READ = "appointment:read";
        /// Check trucks in, begin and end work, see to issues (resource: the operator).
        APPOINTMENT_HANDLE = "appointment:handle";
        /// See the tenant's geofences.
        GEOFENCE_READ = "geofence:read";
        /// Draw, change and remove them.
        GEOFENCE_WRITE = "geofence:write";
        /// Ask for routes, matrices and areas (resource: default).
        ROUTE_PLAN = "route:plan";
        /// See closures and slowdowns of the tenant's roads.
        TRAFFIC_READ = "traffic:read";
        /// Report and lift them.
        TRAFFIC_WRITE = "traffic:write";
        /// Plan which truck visits which stops, stop the search (resource of a new one: default).
        PLAN_CREATE = "plan:create";
        /// Read such a plan, price what was changed by hand.
        PLAN_READ = "plan:read";
        /// Tender the shipments of a plan to the carriers it names.
        PLAN_COMMIT = "plan:commit";
    }
}

/// What the caller wants to touch. Absent fields do not relate to anyone.
///
/// `Resource::default()` is a collection or something that is about to be created: allowed to every role that has the
/// permission at all, in whatever scope; the route then filters by [`Role::scope`]. A resource that names a party but
/// no tenant is visible to its parties alone.
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
    fn authenticate<'a>(
        &'a self,
        credential: Credential<'a>,
    ) -> PortFuture<'a, Result<Caller, AuthenticationError>>;
    /// May they? Default deny. Cached by (permission, role, relation).
    fn authorise(&self, caller: &Caller, permission: Permission, resource: &Resource) -> Verdict;
    /// Writes down, durably and before the answer, that the caller is about to see personal data of others. Whoever
    /// keeps no such record, as fakes do, does nothing.
    fn record_access<'a>(&'a self, _access: PersonalAccess<'a>) -> PortFuture<'a, Result<(), NotRecorded>> {
        Box::pin(std::future::ready(Ok(())))
    }
    /// The tenant whose installation this is: the first one. Its administrators may act on the process that all tenants
    /// share. Whoever knows no tenants, as fakes do, says none: then nobody stands apart.
    fn host_tenant(&self) -> PortFuture<'_, Result<Option<TenantId>, AuthenticationError>> {
        Box::pin(std::future::ready(Ok(None)))
    }
    /// What organisations are called, in the order asked; `None` for one that is unknown or whose name cannot be read
    /// now. A name may be a person's own: it is for those who may see it. Whoever knows no names, as fakes do, says none.
    fn organisation_names<'a>(
        &'a self,
        organisations: &'a [OrganisationId],
    ) -> PortFuture<'a, Vec<Option<OrganisationName>>> {
        Box::pin(std::future::ready(vec![None; organisations.len()]))
    }
    /// Whether an organisation is a carrier of this tenant. Whoever knows no organisations, as fakes do, believes it.
    fn is_carrier(
        &self,
        _tenant: TenantId,
        _organisation: OrganisationId,
    ) -> PortFuture<'_, Result<bool, AuthenticationError>> {
        Box::pin(std::future::ready(Ok(true)))
    }
}

/// What an organisation is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationName {
    /// The vault's subject, for the record of who saw it.
    pub person: PersonId,
    /// The name.
    pub name: Personal<String>,
}

/// Somebody sees personal data of others.
#[derive(Debug, Clone)]
pub struct PersonalAccess<'a> {
    /// Who.
    pub caller: &'a Caller,
    /// In which request.
    pub correlation: RequestId,
    /// The vault's subjects.
    pub persons: Vec<PersonId>,
    /// For what: the kind of thing that was shown, such as `shipment.contact`.
    pub purpose: &'static str,
}

/// The access cannot be written down now, so nothing may be shown; 503 at the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the access cannot be recorded now")]
pub struct NotRecorded;
