//! Looks at the ways of running trips again: at once when an incident may change them, else every two minutes.

use super::{Recheck, Watch, Way, question, tend::submit};
use crate::traffic::{Comparison, compare, drifted};
use contracts::ports::{RouteAnswer, RoutePlanner, RoutesUnavailable};
use kernel::Timestamp;
use runtime::Runtime;

/// So many ways are looked at before other work has its turn.
const RECHECKS_A_ROUND: usize = 500;

/// What became of a way that was looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// It stays.
    Same,
    /// The log has another one.
    Updated,
    /// No way leads there now.
    NoRoute,
    /// Nobody could say; it is looked at again.
    Unavailable,
}

impl Checked {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Same, Self::Updated, Self::NoRoute, Self::Unavailable];

    /// The metric's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Updated => "updated",
            Self::NoRoute => "no_route",
            Self::Unavailable => "unavailable",
        }
    }
}

/// Looks at every way that is due, and tells the log of those that are others now.
pub async fn recheck(watch: &Watch, runtime: &Runtime, planner: &dyn RoutePlanner) {
    for recheck in watch.rechecks(runtime.now(), RECHECKS_A_ROUND) {
        let checked = look_again(watch, runtime, planner, &recheck).await;
        watch.meter.checked(checked);
    }
}

async fn look_again(
    watch: &Watch,
    runtime: &Runtime,
    planner: &dyn RoutePlanner,
    recheck: &Recheck,
) -> Checked {
    let now = runtime.now();
    let (answer, change) = match changed(planner, recheck, runtime.now()).await {
        Ok(found) => found,
        Err(error) => {
            tracing::debug!(%error, "a way cannot be looked at now");
            return Checked::Unavailable;
        }
    };
    let noted = change.and_then(|change| {
        let way = Way::of(&answer)?;
        watch.rerouted(&recheck.wanted, way, change, now)
    });
    // What does not come into the log is found again.
    if let Some(noted) = noted {
        return if submit(runtime, noted).await { Checked::Updated } else { Checked::Unavailable };
    }
    watch.keep_way(&recheck.wanted, recheck.now.clone(), now);
    if answer.routes.is_ok() { Checked::Same } else { Checked::NoRoute }
}

/// The best way now, and how it differs from what is driven.
async fn changed(
    planner: &dyn RoutePlanner,
    recheck: &Recheck,
    instant: Timestamp,
) -> Result<(RouteAnswer, Option<Comparison>), RoutesUnavailable> {
    let Recheck { wanted, before, now, left, .. } = recheck;
    let answer = planner.routes(question(wanted, now.clone(), instant)).await?;
    let change = if before.is_same(now) {
        left.and_then(|left| drifted(left, &answer))
    } else {
        let usual = planner.routes(question(wanted, before.clone(), instant)).await?;
        compare((before, &usual), (now, &answer))
    };
    Ok((answer, change))
}
