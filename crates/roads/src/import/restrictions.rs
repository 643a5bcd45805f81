//! Turn restrictions: from relations to sequences of edges (the OSM wiki's page "Relation:restriction").

use super::element::{Member, MemberKind, Tags};
use crate::{
    conditions::{Condition, clauses},
    graph::{Edge, Leaving, Parts, Restriction},
    road::{EVERY_KIND, Kind, Kinds},
};
use rustc_hash::FxHashMap;
use std::ops::Range;

/// What is via.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Via {
    Node(i64),
    Ways(Vec<i64>),
}

/// A restriction as the relation says it.
#[derive(Debug, Clone)]
pub struct Raw {
    from: Vec<i64>,
    via: Via,
    to: Vec<i64>,
    /// Only this way on, instead of not this way.
    only: bool,
    u_turn: bool,
    kinds: Kinds,
    when: Condition,
}

impl Raw {
    /// The ways it speaks of.
    pub fn ways(&self) -> impl Iterator<Item = i64> + '_ {
        let via: &[i64] = if let Via::Ways(ways) = &self.via { ways } else { &[] };
        self.from.iter().chain(via).chain(&self.to).copied()
    }
}

/// The pieces of road that ways were cut into.
#[derive(Debug, Default)]
pub struct WayPieces(pub FxHashMap<i64, Range<u32>>);

/// The restrictions of a relation: one for each key that speaks of vehicles.
pub fn read(members: &[Member], tags: &Tags) -> Vec<Raw> {
    if !tags.get("type").is_some_and(|kind| kind == "restriction" || kind.starts_with("restriction:")) {
        return Vec::new();
    }
    let ways = |role: &str| -> Vec<i64> {
        members.iter().filter(|m| m.kind == MemberKind::Way && m.role == role).map(|m| m.id).collect()
    };
    let via_node = members.iter().find(|m| m.kind == MemberKind::Node && m.role == "via");
    let via = via_node.map_or_else(|| Via::Ways(ways("via")), |node| Via::Node(node.id));
    let (from, to) = (ways("from"), ways("to"));
    if from.is_empty() || to.is_empty() || via == Via::Ways(Vec::new()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (key, value) in tags.iter() {
        let Some(rest) = key.strip_prefix("restriction") else { continue };
        let (rest, conditional) =
            rest.strip_suffix(":conditional").map_or((rest, false), |rest| (rest, true));
        let Some(bound) = bound(rest) else { continue };
        let kinds = bound.kinds & !excepted(tags);
        let stated = if conditional { clauses(value) } else { vec![(value.trim(), Condition::default())] };
        for (value, when) in stated {
            let only = value.starts_with("only_");
            if kinds == 0 || !(only || value.starts_with("no_")) {
                continue;
            }
            let mut when = when;
            when.hazmat |= bound.hazmat;
            let u_turn = value == "no_u_turn";
            found.push(Raw {
                from: from.clone(),
                via: via.clone(),
                to: to.clone(),
                only,
                u_turn,
                kinds,
                when,
            });
        }
    }
    found
}

/// Whom a key speaks of.
struct Bound {
    kinds: Kinds,
    hazmat: bool,
}

fn bound(suffix: &str) -> Option<Bound> {
    let kinds = match suffix {
        "" | ":motor_vehicle" | ":vehicle" | ":hazmat" => EVERY_KIND,
        ":motorcar" => Kind::Car.bit(),
        ":goods" => Kind::Van.bit(),
        ":hgv" => Kind::Truck.bit(),
        _ => return None,
    };
    Some(Bound { kinds, hazmat: suffix == ":hazmat" })
}

fn excepted(tags: &Tags) -> Kinds {
    let kind = |name: &str| match name.trim() {
        "motor_vehicle" | "vehicle" => EVERY_KIND,
        "motorcar" => Kind::Car.bit(),
        "goods" => Kind::Van.bit(),
        "hgv" => Kind::Truck.bit(),
        _ => 0,
    };
    tags.get("except").map_or(0, |names| names.split(';').fold(0, |kinds, name| kinds | kind(name)))
}

/// The forbidden sequences of edges; none when the roads are unknown or do not meet.
pub fn resolve(
    raw: &Raw,
    pieces: &WayPieces,
    parts: &Parts,
    leaving: &Leaving,
    junction: &dyn Fn(i64) -> Option<u32>,
) -> Vec<Restriction> {
    let ways = Ways { pieces, parts, leaving };
    let chains = match &raw.via {
        Via::Node(node) => junction(*node).map_or_else(Vec::new, |node| vec![(node, Vec::new(), node)]),
        Via::Ways(via) => ways.chain(&raw.from, via, &raw.to).into_iter().collect(),
    };
    let mut found = Vec::new();
    for (start, via, end) in chains {
        let before: Vec<Edge> = raw.from.iter().flat_map(|way| ways.entering(*way, start)).collect();
        let after: Vec<Edge> = raw.to.iter().flat_map(|way| ways.leaving(*way, end)).collect();
        let one_each = raw.from.len() == before.len() && raw.to.len() == after.len();
        // A way that goes on beyond the junction leaves open which half is meant, except for turning back.
        if !(one_each || raw.u_turn) {
            continue;
        }
        for from in &before {
            let mut way = vec![*from];
            way.extend_from_slice(&via);
            if raw.only {
                found.extend(ways.all_but(&way, &after));
            } else {
                let turns =
                    after.iter().filter(|to| !(raw.u_turn && via.is_empty()) || **to == from.reversed());
                found.extend(turns.map(|to| [way.as_slice(), &[*to]].concat()));
            }
        }
    }
    let restriction = |edges| Restriction { edges, kinds: raw.kinds, when: raw.when.clone() };
    found.into_iter().map(restriction).collect()
}

/// Ways as edges.
struct Ways<'a> {
    pieces: &'a WayPieces,
    parts: &'a Parts,
    leaving: &'a Leaving,
}

impl Ways<'_> {
    fn edges(&self, way: i64) -> impl Iterator<Item = Edge> + use<> {
        let range = self.pieces.0.get(&way).cloned().unwrap_or_default();
        range.flat_map(|segment| [Edge(2 * segment), Edge(2 * segment + 1)])
    }

    fn tail(&self, edge: Edge) -> u32 {
        self.parts.segments[edge.segment()].ends[edge.direction()]
    }

    fn head(&self, edge: Edge) -> u32 {
        self.tail(edge.reversed())
    }

    fn is_open(&self, edge: Edge) -> bool {
        let road = self.parts.segments[edge.segment()].road;
        self.parts.roads[road as usize].open(edge.direction()) != 0
    }

    fn entering(&self, way: i64, node: u32) -> impl Iterator<Item = Edge> + '_ {
        self.edges(way).filter(move |edge| self.head(*edge) == node && self.is_open(*edge))
    }

    fn leaving(&self, way: i64, node: u32) -> impl Iterator<Item = Edge> + '_ {
        self.edges(way).filter(move |edge| self.tail(*edge) == node && self.is_open(*edge))
    }

    /// The edges along the via ways from where `from` touches the first to where `to` touches the last.
    fn chain(&self, from: &[i64], via: &[i64], to: &[i64]) -> Option<(u32, Vec<Edge>, u32)> {
        let touches = |ways: &[i64], node: u32| {
            ways.iter().any(|way| self.edges(*way).any(|edge| self.tail(edge) == node))
        };
        let first = via.first()?;
        let starts = self.edges(*first).map(|edge| self.tail(edge)).filter(|node| touches(from, *node));
        starts.into_iter().find_map(|start| {
            let mut node = start;
            let mut edges = Vec::new();
            for (index, way) in via.iter().enumerate() {
                let next = via.get(index + 1).map_or(to, std::slice::from_ref);
                edges.extend(self.along(*way, node, |node| touches(next, node))?);
                node = edges.last().map_or(node, |edge| self.head(*edge));
            }
            Some((start, edges, node))
        })
    }

    /// The edges of a way from one of its junctions to the first that is wanted, in either direction.
    fn along(&self, way: i64, from: u32, wanted: impl Fn(u32) -> bool) -> Option<Vec<Edge>> {
        let forward: Vec<Edge> = self.edges(way).filter(|edge| edge.direction() == 0).collect();
        let backward: Vec<Edge> = forward.iter().rev().map(|edge| edge.reversed()).collect();
        [forward, backward].into_iter().find_map(|edges| {
            let start = edges.iter().position(|edge| self.tail(*edge) == from)?;
            let end = edges[start..].iter().position(|edge| wanted(self.head(*edge)))?;
            let path = &edges[start..=start + end];
            let whole = path.windows(2).all(|pair| self.head(pair[0]) == self.tail(pair[1]));
            (whole && path.iter().all(|edge| self.is_open(*edge))).then(|| path.to_vec())
        })
    }

    /// Every way to leave a prescribed path: what `only_` forbids.
    fn all_but(&self, way: &[Edge], after: &[Edge]) -> Vec<Vec<Edge>> {
        let mut found = Vec::new();
        for length in 1..=way.len() {
            let (path, last) = (&way[..length], way[length - 1]);
            let prescribed: &[Edge] = way.get(length).map_or(after, std::slice::from_ref);
            for next in self.leaving.of_node(self.head(last)) {
                if self.is_open(*next) && !prescribed.contains(next) && *next != last.reversed() {
                    found.push([path, &[*next]].concat());
                }
            }
        }
        found
    }
}
