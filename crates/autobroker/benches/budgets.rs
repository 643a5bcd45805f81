//! `cargo bench -p autobroker`: the same figures as `autobroker bench`, over the binary that Cargo built.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Cargo adds `--bench`, which means nothing here; the rest are options of `autobroker bench`.
    let given = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let own = ["autobroker", "bench", "--binary", env!("CARGO_BIN_EXE_autobroker")].map(str::to_owned);
    autobroker::run_with(own.into_iter().chain(given))
}
