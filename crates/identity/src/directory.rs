//! Who there is, for the command line: read from the views alone, beside a running server.

use crate::views::{self, Slice};
use contracts::ports::Role;
use kernel::{OrganisationId, TenantId, Timestamp, UserId};
use store::{Store, StoreError};

/// A tenant of the installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedTenant {
    /// Its id.
    pub id: TenantId,
    /// The brokerage's name.
    pub name: String,
    /// Since when.
    pub created_at: Timestamp,
}

/// A user of a tenant, without what is personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedUser {
    /// Its id.
    pub id: UserId,
    /// Its organisation.
    pub organisation: OrganisationId,
    /// Its role.
    pub role: Role,
    /// `active`, `disabled` or `erased`.
    pub state: String,
    /// Since when.
    pub created_at: Timestamp,
}

/// At most `limit` tenants, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn list_tenants(store: &Store, limit: u32) -> Result<Vec<ListedTenant>, StoreError> {
    let rows = views::tenants(store, limit).await?;
    Ok(rows.into_iter().map(|(id, name, created_at)| ListedTenant { id, name, created_at }).collect())
}

/// At most `limit` users of a tenant, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn list_users(
    store: &Store,
    tenant: TenantId,
    role: Option<Role>,
    limit: u32,
) -> Result<Vec<ListedUser>, StoreError> {
    let slice = Slice { limit: i64::from(limit), offset: 0 };
    let (rows, _) = views::users(store, tenant, role, None, slice).await?;
    Ok(rows
        .into_iter()
        .map(|row| ListedUser {
            id: row.id,
            organisation: row.organisation,
            role: row.role,
            state: row.state,
            created_at: row.created_at,
        })
        .collect())
}
