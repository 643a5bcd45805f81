//! What every OpenStreetMap file format says: nodes, ways and relations with tags.

use crate::{failure::RoadsError, geometry::Point};

/// The tags of an element, in the file's order.
#[derive(Debug, Clone, Copy)]
pub struct Tags<'a>(pub &'a [(&'a str, &'a str)]);

impl<'a> Tags<'a> {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == key).map(|(_, value)| *value)
    }

    /// Whether a key has this value.
    pub fn is(&self, key: &str, value: &str) -> bool {
        self.get(key) == Some(value)
    }

    /// All keys and values.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().copied()
    }
}

/// What a member of a relation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberKind {
    /// A node.
    Node,
    /// A way.
    Way,
    /// A relation.
    Relation,
}

/// A member of a relation.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// What it is.
    pub kind: MemberKind,
    /// Its id among its kind.
    pub id: i64,
    /// What it does there.
    pub role: &'a str,
}

/// An element of the map. Ids may be negative in files from editors.
#[derive(Debug)]
pub enum Element<'a> {
    /// A point.
    Node {
        /// Its id.
        id: i64,
        /// Where it is.
        point: Point,
        /// Its tags.
        tags: Tags<'a>,
    },
    /// A line through nodes.
    Way {
        /// Its id.
        id: i64,
        /// The ids of its nodes in order.
        nodes: &'a [i64],
        /// Its tags.
        tags: Tags<'a>,
    },
    /// A statement about other elements.
    Relation {
        /// Its members in order.
        members: &'a [Member<'a>],
        /// Its tags.
        tags: Tags<'a>,
    },
}

/// Which elements a pass over the file is for; readers skip the others unread where the format lets them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Ways and relations.
    Lines,
    /// Nodes.
    Nodes,
}

/// Takes the elements of a pass.
pub type Sink<'s> = &'s mut dyn FnMut(Element<'_>) -> Result<(), RoadsError>;

/// Hears how many bytes of the file have been read.
pub type Heard<'s> = &'s mut dyn FnMut(u64);
