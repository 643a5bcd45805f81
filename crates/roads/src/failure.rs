//! What can go wrong with road data.

use std::path::{Path, PathBuf};

/// Why road data cannot be read, built or written.
#[derive(Debug, thiserror::Error)]
pub enum RoadsError {
    /// A file cannot be opened, read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not what its name says: truncated, damaged or hostile.
    #[error("{}: {what} (near byte {at})", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        what: String,
        /// About where, in the file as stored.
        at: u64,
    },
    /// The file is in order but holds no road that a vehicle can use.
    #[error("{}: it holds no road that a vehicle can use", .0.display())]
    Empty(PathBuf),
    /// More than this format or this machine can hold.
    #[error("too large: {0}")]
    TooLarge(&'static str),
}

impl RoadsError {
    /// For `map_err` on what the system refuses.
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |source| Self::File { path: path.to_owned(), source }
    }

    pub(crate) fn malformed(path: &Path, at: u64, what: impl Into<String>) -> Self {
        Self::Malformed { path: path.to_owned(), what: what.into(), at }
    }
}
