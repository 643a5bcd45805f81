//! How a command ends, and the exit codes that say so.

use std::process::ExitCode;
use store::StoreError;

/// Why a command failed. Each kind has its own exit code; `--help` lists them.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// What was asked for was refused or did not work.
    #[error("{0}")]
    Refused(String),
    /// An option, the configuration file or a key is wrong.
    #[error("{0}")]
    Configuration(String),
    /// One option is wrong.
    #[error("{detail}")]
    Option {
        /// Its name in the file.
        name: String,
        /// What is wrong, with the name as it was given.
        detail: String,
    },
    /// The log or a view is not what it should be.
    #[error("{0}")]
    Broken(String),
    /// The store cannot be opened or used now.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The address cannot be listened on, or a server does not answer.
    #[error("{0}")]
    Network(String),
    /// A simulation ended with a broken invariant, or a plan was rejected by its checker.
    #[error("{0}")]
    Invariant(String),
}

/// The exit codes, as `--help` shows them.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  done; for `log verify`: the log is whole
  1  refused: the request cannot be carried out (an e-mail that is taken, a problem with a fault)
  2  usage: an option, the configuration file or a key is wrong
  3  broken: `log verify` found an altered, missing or truncated event, or a view that differs from the log
  4  store: it cannot be opened or is unavailable
  5  network: the address cannot be listened on, or the server does not answer
  6  invariant: a simulation ended with money, shipments or the log out of order, or a plan breaks its rules";

impl Failure {
    /// The exit code.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::Refused(_) => 1,
            Self::Configuration(_) | Self::Option { .. } => 2,
            Self::Broken(_) => 3,
            Self::Store(_) => 4,
            Self::Network(_) => 5,
            Self::Invariant(_) => 6,
        }
    }

    /// An option of this name in the file is wrong.
    pub fn option(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Option { name: name.into(), detail: detail.into() }
    }

    /// A failure to write an answer: to a closed pipe, for instance.
    #[must_use]
    pub fn output(error: &std::io::Error) -> Self {
        Self::Refused(format!("the answer cannot be written: {error}"))
    }
}

impl From<Failure> for ExitCode {
    fn from(failure: Failure) -> Self {
        Self::from(failure.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_documented() {
        let failures = [
            Failure::Refused(String::new()),
            Failure::Configuration(String::new()),
            Failure::Broken(String::new()),
            Failure::Store(StoreError::Open(String::new())),
            Failure::Network(String::new()),
            Failure::Invariant(String::new()),
        ];
        for failure in failures {
            assert!(EXIT_CODES.contains(&format!("\n  {}  ", failure.code())), "{failure:?}");
        }
    }
}
