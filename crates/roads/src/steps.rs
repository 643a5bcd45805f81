//! Turn by turn: a route in words, in Italian and English.

use crate::{
    geometry::Point,
    graph::{Edge, Graph},
    metric::turn_degrees,
    road::Class,
    route::Route,
};
use std::ops::Range;

/// A language of directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Italian.
    Italian,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manoeuvre {
    /// Set out, in the direction of the compass: 0 is north, then clockwise in eighths.
    Depart(u8),
    /// Go on, on a road with another name.
    Continue,
    /// Turn a little to the left.
    SlightLeft,
    /// Turn left.
    Left,
    /// Turn sharply to the left.
    SharpLeft,
    /// Turn a little to the right.
    SlightRight,
    /// Turn right.
    Right,
    /// Turn sharply to the right.
    SharpRight,
    /// Turn back.
    UTurn,
    /// Enter a roundabout and leave it at this exit, counted from 1.
    Roundabout(u8),
    /// Board a ferry.
    Ferry,
    /// The end.
    Arrive,
}

impl Manoeuvre {
    /// A stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Depart(_) => "depart",
            Self::Continue => "continue",
            Self::SlightLeft => "slight_left",
            Self::Left => "left",
            Self::SharpLeft => "sharp_left",
            Self::SlightRight => "slight_right",
            Self::Right => "right",
            Self::SharpRight => "sharp_right",
            Self::UTurn => "u_turn",
            Self::Roundabout(_) => "roundabout",
            Self::Ferry => "ferry",
            Self::Arrive => "arrive",
        }
    }
}

/// A step of a route: what to do, and how far to go then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What to do.
    pub manoeuvre: Manoeuvre,
    /// The name or number of the road one is then on; empty when it has none.
    pub road: String,
    /// Where.
    pub point: Point,
    /// How far then, in mm.
    pub length_mm: u64,
    /// How long that takes, in ms.
    pub time_ms: u64,
}

/// The steps of a route. Lengths and times add up to the route's. Roads that it only touches, because it begins or ends
/// at their very end, are no steps.
#[must_use]
pub fn steps(graph: &Graph, route: &Route) -> Vec<Step> {
    let driven = driven(route);
    let edges = &route.edges[driven.clone()];
    let mut steps: Vec<Step> = Vec::new();
    for (index, edge) in edges.iter().enumerate() {
        let manoeuvre = match index.checked_sub(1) {
            None => Some(Manoeuvre::Depart(compass(graph, route, driven.start))),
            Some(before) => manoeuvre(graph, edges, index, edges[before], *edge),
        };
        if let Some(manoeuvre) = manoeuvre {
            let point = if index == 0 { route.from.point } else { graph.point(graph.tail(*edge)) };
            let road = spoken_road(graph, &edges[index..], manoeuvre);
            steps.push(Step { manoeuvre, road, point, length_mm: 0, time_ms: 0 });
        }
        let (start, end) = route.driven_mm[driven.start + index];
        if let Some(step) = steps.last_mut() {
            step.length_mm += u64::from(end.saturating_sub(start));
            step.time_ms += route.times_ms[driven.start + index];
        }
    }
    // What turning takes there is still a part of the way.
    if let Some(first) = steps.first_mut() {
        first.time_ms += route.times_ms[..driven.start].iter().sum::<u64>();
    }
    if let Some(last) = steps.last_mut() {
        last.time_ms += route.times_ms[driven.end..].iter().sum::<u64>();
    }
    let arrive = Manoeuvre::Arrive;
    steps.push(Step {
        manoeuvre: arrive,
        road: String::new(),
        point: route.to.point,
        length_mm: 0,
        time_ms: 0,
    });
    steps
}

/// From the first edge that is driven to the last one; the first one where none is.
fn driven(route: &Route) -> Range<usize> {
    let is_driven = |(start, end): &(u32, u32)| start < end;
    let first = route.driven_mm.iter().position(is_driven).unwrap_or(0);
    let last = route.driven_mm.iter().rposition(is_driven).unwrap_or(0);
    first..last + 1
}

fn road_name(graph: &Graph, edge: Edge) -> &str {
    let road = graph.road(edge);
    if road.name > 0 { graph.text(road.name) } else { graph.text(road.number) }
}

/// The road one is on after a manoeuvre: after a roundabout, the road one leaves it by.
fn spoken_road(graph: &Graph, ahead: &[Edge], manoeuvre: Manoeuvre) -> String {
    let after = |edge: &&Edge| !graph.road(**edge).roundabout;
    let edge = match manoeuvre {
        Manoeuvre::Roundabout(_) => ahead.iter().find(after).copied(),
        _ => None,
    };
    road_name(graph, edge.unwrap_or(ahead[0])).to_owned()
}

fn compass(graph: &Graph, route: &Route, first: usize) -> u8 {
    let line = route.piece(graph, first);
    let towards = line.iter().find(|point| **point != line[0]).map_or(0.0, |next| line[0].bearing(*next));
    ((towards / 45.0).round() as u8) % 8
}

/// What to do between two edges; none when one just goes on.
fn manoeuvre(graph: &Graph, edges: &[Edge], index: usize, before: Edge, edge: Edge) -> Option<Manoeuvre> {
    let (old, new) = (graph.road(before), graph.road(edge));
    if new.class == Class::Ferry && old.class != Class::Ferry {
        return Some(Manoeuvre::Ferry);
    }
    if new.roundabout {
        return (!old.roundabout).then(|| Manoeuvre::Roundabout(exit(graph, &edges[index..])));
    }
    if old.roundabout {
        // The exit was announced at the entrance; a route that began inside still has to leave.
        let entered = edges[..index].iter().any(|edge| !graph.road(*edge).roundabout);
        return (!entered).then_some(Manoeuvre::Right);
    }
    if edge == before.reversed() {
        return Some(Manoeuvre::UTurn);
    }
    let angle = turn_degrees(graph, before, edge);
    let choices = graph.out(graph.head(before)).len() > 2;
    let name = road_name(graph, edge);
    let renamed = !name.is_empty() && name != road_name(graph, before);
    match (angle, choices) {
        (..-135.0, true) => Some(Manoeuvre::SharpLeft),
        (-135.0..-45.0, true) => Some(Manoeuvre::Left),
        (45.0..135.0, true) => Some(Manoeuvre::Right),
        (135.0.., true) => Some(Manoeuvre::SharpRight),
        (-45.0..-20.0, true) if renamed => Some(Manoeuvre::SlightLeft),
        (20.0..45.0, true) if renamed => Some(Manoeuvre::SlightRight),
        _ => renamed.then_some(Manoeuvre::Continue),
    }
}

/// Which exit a route leaves a roundabout by, counted from 1; the last one counted when it ends inside.
fn exit(graph: &Graph, edges: &[Edge]) -> u8 {
    let inside = edges.iter().take_while(|edge| graph.road(**edge).roundabout);
    let exits = inside.map(|edge| {
        let out = graph.out(graph.head(*edge)).iter();
        let leads_out = |next: &&Edge| {
            let road = graph.road(**next);
            !road.roundabout && road.open(next.direction()) != 0
        };
        out.filter(leads_out).count().min(1)
    });
    exits.sum::<usize>().clamp(1, 99) as u8
}

impl Step {
    /// The step as a sentence.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        match language {
            Language::English => self.english(),
            Language::Italian => self.italian(),
        }
    }

    fn english(&self) -> String {
        const COMPASS: [&str; 8] =
            ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"];
        let onto = if self.road.is_empty() { String::new() } else { format!(" onto {}", self.road) };
        let on = if self.road.is_empty() { String::new() } else { format!(" on {}", self.road) };
        match self.manoeuvre {
            Manoeuvre::Depart(eighth) => format!("Head {}{on}", COMPASS[usize::from(eighth % 8)]),
            Manoeuvre::Continue => format!("Continue{onto}"),
            Manoeuvre::SlightLeft => format!("Keep left{onto}"),
            Manoeuvre::Left => format!("Turn left{onto}"),
            Manoeuvre::SharpLeft => format!("Turn sharp left{onto}"),
            Manoeuvre::SlightRight => format!("Keep right{onto}"),
            Manoeuvre::Right => format!("Turn right{onto}"),
            Manoeuvre::SharpRight => format!("Turn sharp right{onto}"),
            Manoeuvre::UTurn => format!("Turn back{on}"),
            Manoeuvre::Roundabout(exit) => format!("At the roundabout, take exit {exit}{onto}"),
            Manoeuvre::Ferry => format!("Take the ferry {}", self.road).trim_end().to_owned(),
            Manoeuvre::Arrive => "You have arrived".to_owned(),
        }
    }

    fn italian(&self) -> String {
        const COMPASS: [&str; 8] =
            ["nord", "nord-est", "est", "sud-est", "sud", "sud-ovest", "ovest", "nord-ovest"];
        let on = if self.road.is_empty() { String::new() } else { format!(" su {}", self.road) };
        match self.manoeuvre {
            Manoeuvre::Depart(eighth) => format!("Procedi verso {}{on}", COMPASS[usize::from(eighth % 8)]),
            Manoeuvre::Continue => format!("Continua{on}"),
            Manoeuvre::SlightLeft => format!("Mantieni la sinistra{on}"),
            Manoeuvre::Left => format!("Svolta a sinistra{on}"),
            Manoeuvre::SharpLeft => format!("Svolta stretta a sinistra{on}"),
            Manoeuvre::SlightRight => format!("Mantieni la destra{on}"),
            Manoeuvre::Right => format!("Svolta a destra{on}"),
            Manoeuvre::SharpRight => format!("Svolta stretta a destra{on}"),
            Manoeuvre::UTurn => format!("Inverti la marcia{on}"),
            Manoeuvre::Roundabout(exit) => format!("Alla rotonda prendi l'uscita {exit}{on}"),
            Manoeuvre::Ferry => format!("Prendi il traghetto {}", self.road).trim_end().to_owned(),
            Manoeuvre::Arrive => "Sei arrivato".to_owned(),
        }
    }
}
