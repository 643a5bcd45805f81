//! `facility:fac_...`: everything at a facility's docks, for its operator and the tenant's staff; and
//! `facility:fac_...:slots`: only that its free slots are others now, for everybody who may ask for them.

use crate::{
    Facilities,
    agents::Yard,
    arrivals::{self, Told},
    views::facilities::state_name,
};
use contracts::{
    facility::{YardEvent, facility_of, yard_of},
    ports::{Caller, ExpectedArrival, PortFuture, Verdict, permissions},
    shipment::Window,
};
use edge::{
    Problem,
    ws::{Audience, TopicMessage, TopicSource},
};
use kernel::{AppointmentId, FacilityId, StreamRef, Timestamp, TypedId as _, YardId};
use parking_lot::Mutex;
use runtime::Recorded;
use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use std::time::Duration;

/// A subscription is asked for again at every ping (30 s); a facility that nobody asks for is followed no more.
const FOLLOWED_FOR: Duration = Duration::from_secs(90);

/// A facility that somebody follows.
struct Followed {
    until: Timestamp,
    told: Told,
}

/// The topics of facilities.
pub struct YardTopics {
    facilities: Facilities,
    followed: Mutex<FxHashMap<FacilityId, Followed>>,
}

/// Which of a facility's two topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    Slots,
}

fn parse(topic: &str) -> Option<(FacilityId, Part)> {
    let name = topic.strip_prefix("facility:")?;
    let (id, part) = match name.strip_suffix(":slots") {
        Some(id) => (id, Part::Slots),
        None => (name, Part::Whole),
    };
    Some((id.parse().ok()?, part))
}

impl YardTopics {
    /// Nobody listens yet.
    #[must_use]
    pub fn new(facilities: Facilities) -> Self {
        Self { facilities, followed: Mutex::default() }
    }

    pub(crate) const fn facilities(&self) -> &Facilities {
        &self.facilities
    }

    pub(crate) fn whole(facility: FacilityId) -> String {
        format!("facility:{facility}")
    }

    async fn admit(&self, caller: &Caller, topic: &str) -> Result<Audience, Problem> {
        let (id, part) = parse(topic).ok_or_else(Problem::not_found)?;
        let found = self.facilities.found(id).await?;
        let resource = match part {
            Part::Whole => found.operated(),
            Part::Slots => found.visited_by(caller),
        };
        let platform = &self.facilities.platform;
        match platform.authenticator.authorise(caller, permissions::FACILITY_READ, &resource) {
            Verdict::Allow => {}
            Verdict::Deny => return Err(Problem::forbidden()),
            Verdict::Hide => return Err(Problem::not_found()),
        }
        if part == Part::Whole {
            let until = platform.runtime.now().after(FOLLOWED_FOR);
            let mut followed = self.followed.lock();
            let fresh = || Followed { until, told: Told::default() };
            followed.entry(id).or_insert_with(fresh).until = until;
        }
        Ok(Audience::ALL)
    }

    /// The facilities that somebody follows.
    pub(crate) fn followed(&self, now: Timestamp) -> Vec<FacilityId> {
        let mut followed = self.followed.lock();
        followed.retain(|_, facility| now < facility.until);
        followed.keys().copied().collect()
    }

    /// The arrivals that are news to the followers of a facility.
    pub(crate) fn news(&self, facility: FacilityId, yard: &Yard) -> Vec<(AppointmentId, ExpectedArrival)> {
        let mut followed = self.followed.lock();
        let Some(followed) = followed.get_mut(&facility) else { return Vec::new() };
        arrivals::news(yard, &*self.facilities.forecast, &mut followed.told)
    }
}

impl TopicSource for YardTopics {
    fn prefix(&self) -> &'static str {
        "facility"
    }

    fn authorise<'a>(
        &'a self,
        caller: &'a Caller,
        topic: &'a str,
    ) -> PortFuture<'a, Result<Audience, Problem>> {
        Box::pin(self.admit(caller, topic))
    }

    fn messages(&self, event: &Recorded) -> Vec<TopicMessage> {
        let (Some(happened), Some(yard)) = (event.of::<YardEvent>(), event.id::<YardId>()) else {
            return Vec::new();
        };
        let facility = facility_of(yard);
        let time = event.time().to_string();
        let said = |kind: &str, data: Value| json!({ "type": kind, "subject": facility, "time": time.as_str(), "data": data });
        let whole = particulars(happened)
            .map(|data| TopicMessage::new(Self::whole(facility), said(event.type_name, data)));
        let slots = changes_slots(happened).then(|| {
            TopicMessage::new(format!("facility:{facility}:slots"), said("slots.changed", json!({})))
        });
        whole.into_iter().chain(slots).collect()
    }

    fn stream(&self, topic: &str) -> Option<StreamRef> {
        parse(topic).map(|(facility, _)| yard_of(facility).stream())
    }
}

/// Whether other slots may be free after it.
const fn changes_slots(event: &YardEvent) -> bool {
    matches!(
        event,
        YardEvent::Site(_)
            | YardEvent::Arranged(_)
            | YardEvent::Configured(_)
            | YardEvent::Closed(_)
            | YardEvent::Reopened(_)
            | YardEvent::Held(_)
            | YardEvent::Scheduled(_)
            | YardEvent::Rescheduled(_)
            | YardEvent::Displaced(_)
            | YardEvent::Released(_)
            | YardEvent::Called(_)
            | YardEvent::Completed(_)
            | YardEvent::Overdue(_)
    )
}

/// What an event says to those who run the facility; `None` for what only the platform needs.
fn particulars(event: &YardEvent) -> Option<Value> {
    let placed = |id: AppointmentId, dock: &str, window: Window| {
        json!({
            "appointment_id": id, "dock": dock, "from": window.from.to_string(), "to": window.to.to_string(),
        })
    };
    Some(match event {
        YardEvent::Swept(_) => return None,
        YardEvent::Site(_)
        | YardEvent::Arranged(_)
        | YardEvent::Configured(_)
        | YardEvent::Closed(_)
        | YardEvent::Reopened(_)
        | YardEvent::CapacityEased(_) => json!({}),
        YardEvent::Held(held) => placed(held.booking.appointment, &held.dock, held.window),
        YardEvent::Scheduled(booked) => placed(booked.booking.appointment, &booked.dock, booked.window),
        YardEvent::Rescheduled(moved) => placed(moved.appointment, &moved.dock, moved.window),
        YardEvent::Called(called) => placed(called.appointment, &called.dock, called.window),
        YardEvent::Displaced(lost) => json!({ "appointment_id": lost.appointment }),
        YardEvent::Missing(missing) => json!({
            "appointment_id": missing.booking.appointment, "from": missing.window.from.to_string(),
            "reason": missing.reason.name(),
        }),
        YardEvent::Released(ended) => json!({ "appointment_id": ended.appointment }),
        YardEvent::Expected(truck) => {
            json!({ "appointment_id": truck.appointment, "eta": truck.eta.to_string() })
        }
        YardEvent::CheckedIn(truck) => {
            json!({ "appointment_id": truck.appointment, "differs": truck.differs })
        }
        YardEvent::Started(work) => json!({ "appointment_id": work.appointment }),
        YardEvent::Completed(work) => {
            json!({ "appointment_id": work.appointment, "detention_minutes": work.detention_minutes })
        }
        YardEvent::Delayed(delay) => {
            json!({ "appointment_id": delay.appointment, "late_by_s": delay.late_by_s })
        }
        YardEvent::Overdue(work) => {
            json!({ "appointment_id": work.appointment, "to": work.expected_until.to_string() })
        }
        YardEvent::Detention(truck) => json!({ "appointment_id": truck.appointment }),
        YardEvent::CapacityWarning(warning) => {
            json!({ "booked_permille": warning.booked_permille, "waiting": warning.waiting })
        }
        YardEvent::StateChanged(changed) => json!({ "state": state_name(changed.state) }),
        YardEvent::IssueReported(issue) => json!({ "number": issue.issue, "kind": issue.kind.name() }),
        YardEvent::IssueResolved(issue) => json!({ "number": issue.issue }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_facility_has_two_topics() {
        let id = "fac_00000000000000000000000000000009";
        let facility = id.parse::<FacilityId>().unwrap();
        assert_eq!(parse(&YardTopics::whole(facility)), Some((facility, Part::Whole)));
        assert_eq!(parse(&format!("facility:{id}:slots")), Some((facility, Part::Slots)));
        for bad in ["facility:", "facility:fac_1", "facility:fac_1:slots", "shipment:x"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
