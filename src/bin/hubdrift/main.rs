//! hubdrift: a drift and audit checker for AWS Security Hub connectors.
//!
//! A thin shell around the library: arguments and files in, reports and an
//! exit code out, and AWS in between.

#![expect(
    clippy::result_large_err,
    reason = "a `Problem` is made once a file; a box would only be taken apart again"
)]

mod args;
mod clock;
mod commands;
mod emulator;
mod files;
mod interrupt;
mod log;
mod observe;
mod progress;
mod terminal;

use std::{panic, path::PathBuf, process::ExitCode};

use args::Command;
use commands::{check, demo, emulate, finish, report, rules, schema, snapshot, targets, validate};
use hubdrift::audit::code;

/// Rules make many small values, on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    quiet_rules();
    interrupt::outlive_limits();
    // The panic's own message is on standard error already.
    let code = panic::catch_unwind(|| match args::parse(std::env::args_os()) {
        Ok(args::Line { verbose, command }) => {
            if verbose {
                log::begin();
            }
            run(command)
        }
        Err(error) => usage(&error),
    });
    ExitCode::from(code.unwrap_or(code::FAILED))
}

fn run(command: Command) -> u8 {
    match command {
        Command::Check(options) => check::run(&options),
        Command::Validate(options) => validate::run(&options),
        Command::Targets(options) => targets::run(&options),
        Command::Snapshot(options) => snapshot::run(&options),
        Command::Report(options) => report::run(&options),
        Command::Demo(options) => demo::run(&options),
        Command::Emulate(options) => done(block_on(emulate::run(options))),
        Command::Rules(options) => rules::run(&options),
        Command::Schema(options) => done(schema::run(options)),
    }
}

fn block_on(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Runtime::new()?.block_on(work)
}

/// The exit code of a command that has no verdict.
fn done(result: anyhow::Result<()>) -> u8 {
    match result {
        Ok(()) => code::CLEAN,
        Err(error) => {
            terminal::note(&format!("error: {error:#}\n"));
            code::FAILED
        }
    }
}

/// A rule that makes the engine panic is reported as an error of that rule; the panic's own
/// message would only add noise. Every other panic is printed as usual.
fn quiet_rules() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let thread = std::thread::current();
        if !thread
            .name()
            .is_some_and(|name| name.starts_with(hubdrift::policy::THREADS))
        {
            usual(info);
        }
    }));
}

/// Prints help, or what is wrong with the command line. clap would end the latter with 2, which here means drift.
fn usage(error: &clap::Error) -> u8 {
    let printed = error.print();
    if error.use_stderr() {
        let message = error.to_string();
        // Each of the words may have been meant as a file to read, so no report replaces one of them.
        let words = std::env::args_os().chain(std::env::var_os("HUBDRIFT_INVENTORY"));
        let words: Vec<_> = words
            .chain(["hubdrift.yaml".into()])
            .map(PathBuf::from)
            .collect();
        let reports = args::reports(std::env::args_os(), std::env::var_os("HUBDRIFT_REPORT"));
        finish::report_usage(&reports, &words, message.trim_end().to_owned());
    }
    if error.use_stderr() || printed.is_err() {
        code::FAILED
    } else {
        code::CLEAN
    }
}
