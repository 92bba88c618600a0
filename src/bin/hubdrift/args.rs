//! The command line becomes plain options. clap's types stop here.

mod aws;
mod check;
mod input;
mod no_effect;
mod output;
mod overrides;
mod report;
mod rules;
mod snapshot;
mod targets;
mod time;

use std::{ffi::OsString, path::PathBuf};

use clap::{
    Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum,
    builder::BoolishValueParser,
};
use jiff::Timestamp;

use check::CheckArgs;
use input::InputArgs;
pub use output::reports;
use output::{OutputArgs, report_to};
use overrides::Overrides;
use report::ReportArgs;
use rules::RulesArgs;
use snapshot::SnapshotArgs;
use targets::TargetsArgs;
use time::time;

use crate::{commands, files::ReportTo};

/// The command line.
#[derive(Debug)]
pub struct Line {
    /// Whether to log each request.
    pub verbose: bool,
    /// What was asked for.
    pub command: Command,
}

/// What was asked for.
#[derive(Debug)]
pub enum Command {
    /// `hubdrift check`
    Check(Box<commands::check::Options>),
    /// `hubdrift snapshot`
    Snapshot(Box<commands::snapshot::Options>),
    /// `hubdrift validate`
    Validate(commands::validate::Options),
    /// `hubdrift targets`
    Targets(Box<commands::targets::Options>),
    /// `hubdrift emulate`
    Emulate(commands::emulate::Options),
    /// `hubdrift demo`
    Demo(commands::demo::Options),
    /// `hubdrift report`
    Report(commands::report::Options),
    /// `hubdrift rules`
    Rules(commands::rules::Options),
    /// `hubdrift schema`
    Schema(commands::schema::Options),
}

/// Reads the command line.
///
/// # Errors
/// When it makes no sense, or asks for help; both as clap prints them.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Line, clap::Error> {
    let mut whole = Cli::command();
    let matches = whole.try_get_matches_from_mut(args)?;
    no_effect::check(&mut whole, &matches)?;
    let Cli { verbose, command } =
        Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut whole))?;
    let overrides = matches.subcommand().and_then(|(name, matches)| {
        let command = whole.find_subcommand(name)?;
        Some(overrides::overrides(command, matches))
    });
    Ok(Line {
        verbose,
        command: command.into_options(overrides.unwrap_or_default()),
    })
}

#[derive(Parser)]
#[command(name = "hubdrift", version, about, long_about = None, max_term_width = 100, propagate_version = true)]
#[command(
    after_help = "Exit codes: 0 everything in scope was read and checked and nothing counts as a finding, 1 no result to trust, 2 drift, 3 a mandatory rule failed or a stale waiver counts, 4 incomplete, 130 interrupted."
)]
struct Cli {
    /// Log each request to standard error: its id, attempt and time
    #[arg(short, long, global = true, env = "HUBDRIFT_VERBOSE", value_parser = BoolishValueParser::new())]
    verbose: bool,
    #[command(subcommand)]
    command: Sub,
}

#[derive(Subcommand)]
enum Sub {
    /// Read the connectors, compare them with the inventory, judge them by the rules, and report
    Check(Box<CheckArgs>),
    /// Read what `check` would read, and save it
    Snapshot(Box<SnapshotArgs>),
    /// Render saved JSON reports again, and put those of shards together
    Report(ReportArgs),
    /// Check inventory, rules and waivers without AWS
    Validate(ValidateArgs),
    /// Say who and where would be read, before anything is: STS is asked, and nobody else
    #[command(
        after_help = "Exit codes: 0 each target would be read as it says, 1 one of them can't be asked, is another account, or is the same place as another."
    )]
    Targets(Box<TargetsArgs>),
    /// Serve a saved state as a local Security Hub and STS endpoint
    Emulate(EmulateArgs),
    /// Check a built-in scenario against a built-in endpoint; no account needed
    Demo(DemoArgs),
    /// List, show, write and test rules
    Rules(RulesArgs),
    /// Print a JSON Schema
    Schema(SchemaArgs),
}

#[derive(Args)]
struct ValidateArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Nothing to check is no error
    #[arg(long)]
    allow_empty: bool,
    /// Judge dates as at this time instead of now
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    now: Option<Timestamp>,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Args)]
struct EmulateArgs {
    /// The state: a snapshot, to which faults and limits may be added
    #[arg(value_name = "STATE.json")]
    state: PathBuf,
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
}

#[derive(Args)]
struct DemoArgs {
    /// Write a report, as `check` does (repeatable)
    #[arg(long, value_name = "FORMAT[=PATH]", value_delimiter = None, value_parser = report_to)]
    report: Vec<ReportTo>,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Args)]
struct SchemaArgs {
    /// Of which file
    #[arg(value_name = "WHAT")]
    what: SchemaOf,
}

#[derive(Clone, Copy, ValueEnum)]
enum SchemaOf {
    /// The inventory
    Inventory,
    /// A waivers file
    Waivers,
    /// A JSON report
    Report,
    /// A snapshot
    Snapshot,
}

impl Sub {
    fn into_options(self, overrides: Overrides) -> Command {
        match self {
            Self::Check(args) => Command::Check(Box::new(args.into_options(overrides))),
            Self::Snapshot(args) => Command::Snapshot(Box::new(args.into_options(overrides))),
            Self::Validate(args) => Command::Validate(commands::validate::Options {
                input: args.input.into_options(),
                allow_empty: args.allow_empty,
                now: args.now,
                color: args.output.color(),
                quiet: args.output.quiet,
            }),
            Self::Targets(args) => Command::Targets(Box::new(args.into_options(overrides))),
            Self::Report(args) => Command::Report(args.into_options()),
            Self::Emulate(EmulateArgs { state, port }) => {
                Command::Emulate(commands::emulate::Options { state, port })
            }
            Self::Demo(DemoArgs { report, output }) => Command::Demo(commands::demo::Options {
                reports: report,
                color: output.color(),
                quiet: output.quiet,
            }),
            Self::Rules(args) => Command::Rules(args.into_options()),
            Self::Schema(SchemaArgs { what }) => Command::Schema(match what {
                SchemaOf::Inventory => commands::schema::Options::Inventory,
                SchemaOf::Waivers => commands::schema::Options::Waivers,
                SchemaOf::Report => commands::schema::Options::Report,
                SchemaOf::Snapshot => commands::schema::Options::Snapshot,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
