//! The `autobroker` binary: everything is in the library, so that tests can start servers in their own process.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    autobroker::run()
}
