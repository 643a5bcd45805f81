//! `log verify`: both hash chains from the first event to the last, and the views if asked for.

use super::opened::open_reading;
use crate::{
    assembly,
    cli::VerifyArgs,
    configuration::{OptionsFile, StorePlace},
    failure::Failure,
    hex,
    output::say,
};
use std::path::Path;
use store::{LogHead, Store, StoreError, StoreUrl, Verification};

/// Runs the command.
pub async fn run(args: &VerifyArgs, file: &OptionsFile) -> Result<(), Failure> {
    let expected = args.expect.as_deref().map(parse_head).transpose()?;
    let place = StorePlace::decide(&args.store, file)?;
    let store = open_reading(&place.store).await?;
    let verification = match &expected {
        Some(head) => store.verify_against(head).await?,
        None => store.verify().await?,
    };
    report(&verification)?;
    match (&place.store, args.views) {
        (_, false) => Ok(()),
        (StoreUrl::Sqlite(folder), true) => compare_views_of_a_copy(folder).await,
        (_, true) => compare_views(&store).await,
    }
}

/// Comparing views makes tables. A folder's log is not touched: a server may hold it, or nobody may write to it.
async fn compare_views_of_a_copy(folder: &Path) -> Result<(), Failure> {
    let copy =
        tempfile::tempdir().map_err(|error| StoreError::Open(format!("no room for a copy: {error}")))?;
    Store::copy_folder(folder, copy.path())?;
    compare_views(&Store::open(&StoreUrl::Sqlite(copy.path().to_owned())).await?).await
}

fn report(verification: &Verification) -> Result<(), Failure> {
    match verification {
        Verification::Whole { events, head } => {
            say(format_args!("whole: {events} events; head {}:{}", head.position, hex::encode(&head.hash)))
        }
        Verification::Broken { position, stream, what } => {
            let of = stream.as_ref().map(|stream| format!(" of {stream}")).unwrap_or_default();
            Err(Failure::Broken(format!("broken: the event at position {position}{of} is {what}")))
        }
    }
}

/// Views that are missing or of an older version are made first, as a start would.
async fn compare_views(store: &Store) -> Result<(), Failure> {
    let assembly = assembly::offline()?;
    runtime::prepare_views(&assembly, store).await?;
    let differences = runtime::compare_views(&assembly, store).await?;
    if differences.is_empty() {
        return say(format_args!("views: {} equal to a rebuild from the log", assembly.views().len()));
    }
    let lines: Vec<String> = differences.iter().map(|(view, what)| format!("{view}: {what}")).collect();
    Err(Failure::Broken(format!("views that differ from the log:\n{}", lines.join("\n"))))
}

/// Reads `POSITION:HASH`.
fn parse_head(text: &str) -> Result<LogHead, Failure> {
    let parsed = text.split_once(':').and_then(|(position, hash)| {
        let position = position.parse::<i64>().ok().filter(|position| *position >= 0)?;
        Some(LogHead { position, hash: hex::decode(hash)? })
    });
    parsed.ok_or_else(|| {
        Failure::Configuration(format!("--expect `{text}` must be POSITION:HASH as `log verify` prints it"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_head_is_read_again() {
        let head = LogHead { position: 1042, hash: [0xab; 32] };
        assert_eq!(parse_head(&format!("1042:{}", hex::encode(&head.hash))).unwrap(), head);
        for text in ["", "1042", "1042:ab", "-1:ab", &format!("x:{}", hex::encode(&[0; 32]))] {
            assert!(matches!(parse_head(text), Err(Failure::Configuration(_))), "{text}");
        }
    }

    #[test]
    fn a_broken_log_names_the_event() {
        let broken = Verification::Broken { position: 17, stream: Some("shp_1".to_owned()), what: "altered" };
        let failure = report(&broken).unwrap_err();
        assert_eq!(
            (failure.code(), failure.to_string().as_str()),
            (3, "broken: the event at position 17 of shp_1 is altered")
        );
    }
}
