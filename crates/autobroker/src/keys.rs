//! The two secrets of an installation: made at the first start, kept in `keys.toml` in the data folder, or given in
//! the environment so that several processes share them.

use crate::failure::Failure;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::Entropy;
use serde::{Deserialize, Serialize};
use std::{
    fmt, fs,
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
};

/// The environment variable of the master key.
pub const MASTER_KEY: &str = "AUTOBROKER_MASTER_KEY";
/// The environment variable of the signing key.
pub const SIGNING_KEY: &str = "AUTOBROKER_SIGNING_KEY";

const FILE: &str = "keys.toml";

const HEADER: &str = "\
# The keys of this Auto-Broker installation. Keep this file secret and back it up apart from the data:
# without `master_key` no name, e-mail or phone can be read again. Every process of one installation needs the same
# two keys (this file, or AUTOBROKER_MASTER_KEY and AUTOBROKER_SIGNING_KEY). 32 bytes each, base64.
";

/// The secrets. Printing shows a mask.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// Wraps the key of each person in the vault.
    pub master: [u8; 32],
    /// Signs access tokens.
    pub signing: [u8; 32],
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(***)")
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeysFile {
    master_key: String,
    signing_key: String,
}

impl Keys {
    /// Fresh keys.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut keys = Self { master: [0; 32], signing: [0; 32] };
        entropy.fill(&mut keys.master);
        entropy.fill(&mut keys.signing);
        keys
    }

    /// The keys of an installation: from the environment when both are there, else from `data/keys.toml`, which is
    /// made when it is missing.
    ///
    /// # Errors
    /// [`Failure::Configuration`] for a key that is not 32 bytes of base64, only one of the two in the environment,
    /// or a file that cannot be read or made.
    pub fn load(
        data: &Path,
        environment: &dyn Fn(&str) -> Option<String>,
        entropy: &dyn Entropy,
    ) -> Result<Self, Failure> {
        match (environment(MASTER_KEY), environment(SIGNING_KEY)) {
            (Some(master), Some(signing)) => {
                Ok(Self { master: decode(MASTER_KEY, &master)?, signing: decode(SIGNING_KEY, &signing)? })
            }
            (None, None) => Self::from_file(&data.join(FILE), entropy),
            _ => Err(Failure::Configuration(format!("set both {MASTER_KEY} and {SIGNING_KEY}, or neither"))),
        }
    }

    fn from_file(path: &Path, entropy: &dyn Entropy) -> Result<Self, Failure> {
        match fs::read_to_string(path) {
            Ok(text) => {
                warn_when_exposed(path);
                Self::parse(path, &text)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Self::create(path, entropy),
            Err(error) => Err(cannot(path, "read", &error)),
        }
    }

    fn parse(path: &Path, text: &str) -> Result<Self, Failure> {
        let file: KeysFile = toml::from_str(text)
            // The parser's own message quotes the line, and the line is a secret.
            .map_err(|_| Failure::Configuration(format!("{} is not a file of keys", path.display())))?;
        Ok(Self {
            master: decode("master_key", &file.master_key)?,
            signing: decode("signing_key", &file.signing_key)?,
        })
    }

    /// Writes a new file beside and renames it, so that a crash never leaves half a key; when another process was
    /// first, its keys win.
    fn create(path: &Path, entropy: &dyn Entropy) -> Result<Self, Failure> {
        let keys = Self::generate(entropy);
        let file =
            KeysFile { master_key: STANDARD.encode(keys.master), signing_key: STANDARD.encode(keys.signing) };
        let body = toml::to_string(&file).map_err(|error| Failure::Configuration(error.to_string()))?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| cannot(folder, "make", &error))?;
        }
        let draft = draft_path(path, entropy);
        write_private(&draft, &format!("{HEADER}{body}")).map_err(|error| cannot(&draft, "write", &error))?;
        let linked = fs::hard_link(&draft, path);
        let _left = fs::remove_file(&draft);
        match linked {
            Ok(()) => Ok(keys),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let text = fs::read_to_string(path).map_err(|error| cannot(path, "read", &error))?;
                Self::parse(path, &text)
            }
            Err(error) => Err(cannot(path, "make", &error)),
        }
    }
}

fn draft_path(path: &Path, entropy: &dyn Entropy) -> PathBuf {
    let mut bytes = [0; 8];
    entropy.fill(&mut bytes);
    path.with_extension(format!("{:016x}.draft", u64::from_le_bytes(bytes)))
}

fn cannot(path: &Path, verb: &str, error: &std::io::Error) -> Failure {
    Failure::Configuration(format!("cannot {verb} {}: {error}", path.display()))
}

fn decode(name: &str, text: &str) -> Result<[u8; 32], Failure> {
    let bytes = STANDARD.decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    bytes.ok_or_else(|| {
        Failure::Configuration(format!(
            "{name} must be 32 bytes in base64 (make one with `openssl rand -base64 32`)"
        ))
    })
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(unix)]
fn warn_when_exposed(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    if let Ok(meta) = fs::metadata(path)
        && meta.permissions().mode() & 0o077 != 0
    {
        tracing::warn!(path = %path.display(), "the file of keys can be read by others; run: chmod 600 on it");
    }
}

#[cfg(not(unix))]
const fn warn_when_exposed(_path: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::SeededEntropy;

    const NOTHING: &dyn Fn(&str) -> Option<String> = &|_| None;

    #[test]
    fn the_first_start_makes_keys_and_the_next_finds_them() {
        let folder = tempfile::tempdir().unwrap();
        let first = Keys::load(folder.path(), NOTHING, &SeededEntropy::new(1)).unwrap();
        let second = Keys::load(folder.path(), NOTHING, &SeededEntropy::new(2)).unwrap();
        assert_eq!(first, second);
        assert_ne!(first.master, first.signing);
        let left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, [FILE]);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_the_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let _keys = Keys::load(folder.path(), NOTHING, &SeededEntropy::new(1)).unwrap();
        let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn the_environment_comes_first_and_makes_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let key = STANDARD.encode([7; 32]);
        let keys = Keys::load(folder.path(), &|_| Some(key.clone()), &SeededEntropy::new(1)).unwrap();
        assert_eq!(keys, Keys { master: [7; 32], signing: [7; 32] });
        assert!(!folder.path().join(FILE).exists());
    }

    #[test]
    fn half_a_pair_and_short_keys_are_refused_without_showing_them() {
        let folder = tempfile::tempdir().unwrap();
        let one = |name: &str| (name == MASTER_KEY).then(|| STANDARD.encode([7; 32]));
        assert!(matches!(
            Keys::load(folder.path(), &one, &SeededEntropy::new(1)),
            Err(Failure::Configuration(text)) if text.contains("both")
        ));
        let short = STANDARD.encode([7; 31]);
        let error = Keys::load(folder.path(), &|_| Some(short.clone()), &SeededEntropy::new(1)).unwrap_err();
        assert!(!error.to_string().contains(&short), "{error}");
        fs::write(folder.path().join(FILE), "master_key = \"s3cret").unwrap();
        let error = Keys::load(folder.path(), NOTHING, &SeededEntropy::new(1)).unwrap_err();
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }

    #[test]
    fn printing_shows_a_mask() {
        assert_eq!(format!("{:?}", Keys::generate(&SeededEntropy::new(1))), "Keys(***)");
    }
}
