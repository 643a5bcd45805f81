//! What the routes of plans share.

use crate::searches::{Search, Searches};
use axum::extract::FromRef;
use contracts::ports::{Permission, RoutePlanner, TrafficReports};
use edge::{Platform, Problem, Session};
use kernel::PlanId;
use market::Market;
use std::sync::Arc;

/// The state of the routes of plans.
#[derive(Clone)]
pub struct Dispatch {
    /// What every route can reach.
    pub platform: Platform,
    /// Where drivers are.
    pub market: Market,
    /// Who measures ways.
    pub planner: Arc<dyn RoutePlanner>,
    /// What hinders traffic.
    pub traffic: Arc<dyn TrafficReports>,
    /// The searches of this process.
    pub searches: Searches,
}

impl FromRef<Dispatch> for Platform {
    fn from_ref(dispatch: &Dispatch) -> Self {
        dispatch.platform.clone()
    }
}

impl Dispatch {
    /// A plan that the caller may have to do with.
    ///
    /// # Errors
    /// 404 for an unknown, forgotten or foreign plan, 403 for a role without the permission.
    pub(crate) fn search(
        &self,
        session: &Session,
        plan: PlanId,
        permission: Permission,
    ) -> Result<Arc<Search>, Problem> {
        let now = self.platform.runtime.now();
        let search = self.searches.find(plan, now).ok_or_else(Problem::not_found)?;
        session.authorise(&self.platform, permission, &search.resource())?;
        Ok(search)
    }
}
