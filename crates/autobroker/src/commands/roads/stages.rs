//! What an import keeps until it is done, in the folder `GRAPH.import` beside its graph: the roads once they are read, and
//! from time to time how far their order is. An import that was ended goes on from there when it is asked for again.

use super::failure;
use crate::failure::Failure;
use roads::{Graph, Imported, LeftOut, file, hierarchy::Hierarchy, order::Dissection};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

/// So many junctions are cut between two times that the order is kept, or those of the whole graph once.
const CUT_MIN: usize = 200_000;

/// What an import is of: a file that has changed is read anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Source {
    version: String,
    file: PathBuf,
    written: Vec<Written>,
    country: Option<[u8; 2]>,
}

/// One file as it is: a folder's own times stay as they are when a file in it is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Written {
    file: PathBuf,
    bytes: u64,
    modified_ns: u128,
}

impl Written {
    fn of(file: PathBuf) -> std::io::Result<Self> {
        let metadata = fs::metadata(&file)?;
        let modified = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Self { file, bytes: metadata.len(), modified_ns: modified.as_nanos() })
    }

    /// A file, or those in a folder.
    fn all_of(path: &Path) -> std::io::Result<Vec<Self>> {
        if !path.is_dir() {
            return Ok(vec![Self::of(path.to_owned())?]);
        }
        let files = fs::read_dir(path)?.map(|entry| Self::of(entry?.path()));
        let mut files = files.collect::<std::io::Result<Vec<Self>>>()?;
        files.sort();
        Ok(files)
    }
}

/// What is known once the roads are read.
#[derive(Debug, Serialize, Deserialize)]
struct Read {
    source: Source,
    bytes: u64,
    restrictions_left_out: u32,
    roads_cut: u32,
}

/// Where an import went on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoneOn {
    /// From nothing.
    Begun,
    /// The roads were read.
    Roads,
    /// Some of them were in order.
    Ordering,
}

impl GoneOn {
    /// A stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Roads => "roads",
            Self::Ordering => "ordering",
        }
    }
}

/// The stages of one import.
pub struct Stages {
    folder: PathBuf,
    source: Source,
}

impl Stages {
    /// The stages of a file on its way to a graph.
    pub fn of(file: &Path, country: Option<[u8; 2]>, graph: &Path) -> Result<Self, Failure> {
        let refused = |error: std::io::Error| Failure::Refused(format!("{}: {error}", file.display()));
        let mut folder = graph.as_os_str().to_owned();
        folder.push(".import");
        let source = Source {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            file: fs::canonicalize(file).map_err(refused)?,
            written: Written::all_of(file).map_err(refused)?,
            country,
        };
        Ok(Self { folder: folder.into(), source })
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The roads that were read before; none when there are none, of another file, or damaged.
    pub fn roads(&self) -> Option<Imported> {
        let read: Read = serde_json::from_slice(&fs::read(self.at("read.json")).ok()?).ok()?;
        if read.source != self.source {
            return None;
        }
        let graph = file::read_unordered(&self.at("roads")).ok()?;
        let left_out = LeftOut { restrictions: read.restrictions_left_out, cut_roads: read.roads_cut };
        Some(Imported { graph, left_out, bytes: read.bytes })
    }

    /// Keeps the roads; that they are there is written last.
    pub fn keep_roads(&self, imported: &Imported) -> Result<(), Failure> {
        self.clear();
        fs::create_dir_all(&self.folder).map_err(|error| self.refused(&error))?;
        file::write_unordered(&self.at("roads"), &imported.graph).map_err(failure)?;
        let read = Read {
            source: self.source.clone(),
            bytes: imported.bytes,
            restrictions_left_out: imported.left_out.restrictions,
            roads_cut: imported.left_out.cut_roads,
        };
        let read = serde_json::to_vec(&read).map_err(|error| Failure::Refused(error.to_string()))?;
        self.put("read.json", &read)
    }

    /// Contracts the roads, with what was ordered of them before.
    pub fn contract(
        &self,
        graph: &Graph,
        progress: &mut dyn FnMut(usize),
    ) -> Result<(Hierarchy, GoneOn), Failure> {
        let kept = fs::read(self.at("order")).ok();
        let taken_up = kept.and_then(|bytes| Dissection::taken_up(graph, &bytes));
        let from = if taken_up.is_some() { GoneOn::Ordering } else { GoneOn::Roads };
        let mut dissection = taken_up.unwrap_or_else(|| Dissection::of(graph));
        while !dissection.work(graph.node_count().max(CUT_MIN)) {
            progress(dissection.done());
            self.put("order", &dissection.put_away())?;
        }
        let hierarchy = Hierarchy::with_order(graph, dissection.order());
        Ok((hierarchy.map_err(|wrong| Failure::Refused(wrong.to_string()))?, from))
    }

    /// The graph is written, or the stages are of no use.
    pub fn clear(&self) {
        // What cannot be removed is not read either: it is of another file or will be written anew.
        let _ = fs::remove_dir_all(&self.folder);
    }

    /// Writes a file and renames it into its place: there is all of it or none.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let unfinished = self.at(&format!("{name}.unfinished"));
        let written = fs::write(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, self.at(name)));
        written.map_err(|error| self.refused(&error))
    }

    fn refused(&self, error: &std::io::Error) -> Failure {
        Failure::Refused(format!("{}: {error}", self.folder.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roads_of_a_folder_are_read_anew_when_a_file_in_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let (source, graph) = (folder.path().join("region"), folder.path().join("graph"));
        fs::create_dir(&source).unwrap();
        let write = |name: &str, text: &str| fs::write(source.join(name), text).unwrap();
        write("nodes.csv", "1");
        write("roads.csv", "1,2");
        let before = Stages::of(&source, None, &graph).unwrap().source;
        assert_eq!(before, Stages::of(&source, None, &graph).unwrap().source);
        write("roads.csv", "1");
        assert_ne!(before, Stages::of(&source, None, &graph).unwrap().source);
        write("roads.csv", "1,2");
        write("tolls.csv", "");
        assert_ne!(before, Stages::of(&source, None, &graph).unwrap().source);
        assert!(Stages::of(&folder.path().join("absent"), None, &graph).is_err());
    }
}
