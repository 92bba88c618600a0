//! The command line becomes plain options. clap's types stop here.

mod aws;
mod no_effect;
mod overrides;
mod report;
mod rules;
mod snapshot;
mod targets;
mod time;

use std::{ffi::OsString, path::PathBuf};

use aws::AwsArgs;
use report::{PartArgs, ReportArgs};
use rules::RulesArgs;
use snapshot::{EvidenceArgs, SnapshotArgs};
use targets::TargetsArgs;
use time::time;

use clap::{
    Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum,
    builder::BoolishValueParser,
};
use hubdrift::{audit::FailOn, report::Format};
use jiff::Timestamp;

use crate::{
    commands::{
        self,
        check::{self, Overrides},
        demo, emulate, schema, validate,
    },
    files::{Destination, ReportTo, is_stdout},
};

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
    Check(Box<check::Options>),
    /// `hubdrift snapshot`
    Snapshot(Box<commands::snapshot::Options>),
    /// `hubdrift validate`
    Validate(validate::Options),
    /// `hubdrift targets`
    Targets(Box<commands::targets::Options>),
    /// `hubdrift emulate`
    Emulate(emulate::Options),
    /// `hubdrift demo`
    Demo(demo::Options),
    /// `hubdrift report`
    Report(commands::report::Options),
    /// `hubdrift rules`
    Rules(commands::rules::Options),
    /// `hubdrift schema`
    Schema(schema::Options),
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
    let set = matches.subcommand().and_then(|(name, matches)| {
        let command = whole.find_subcommand(name)?;
        Some(overrides::overrides(command, matches))
    });
    Ok(Line {
        verbose,
        command: command.into_options(set.unwrap_or_default()),
    })
}

/// The reports that a command line names, also one that makes no sense; `set` is the one that the
/// environment names for commands that have reports.
pub fn reports(args: impl IntoIterator<Item = OsString>, set: Option<OsString>) -> Vec<ReportTo> {
    let mut args = args.into_iter().filter_map(|arg| arg.into_string().ok());
    let (mut found, mut has_reports) = (Vec::new(), false);
    while let Some(arg) = args.next() {
        has_reports |= ["check", "report"].contains(&&*arg);
        let value = match arg.strip_prefix("--report") {
            Some("") => args.next(),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        found.extend(value.and_then(|value| report_to(&value).ok()));
    }
    // As clap does: what is set counts where nothing is said.
    if found.is_empty() && has_reports {
        let set = set.and_then(|set| set.into_string().ok());
        found.extend(set.and_then(|set| report_to(&set).ok()));
    }
    found
}

#[derive(Parser)]
#[command(name = "hubdrift", version, about, long_about = None, max_term_width = 100, propagate_version = true)]
#[command(
    after_help = "Exit codes: 0 clean, 1 no result to trust, 2 drift, 3 a mandatory rule failed, 4 incomplete, 130 interrupted."
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
struct InventoryArgs {
    /// The inventory; several files are one inventory
    #[arg(value_name = "INVENTORY", default_value = "hubdrift.yaml", env = "HUBDRIFT_INVENTORY", value_delimiter = None)]
    inventory: Vec<PathBuf>,
}

#[derive(Args)]
struct TargetArgs {
    /// Look at this target only (repeatable)
    #[arg(
        long,
        value_name = "NAME",
        env = "HUBDRIFT_TARGET",
        help_heading = "Input"
    )]
    target: Vec<String>,
}

#[derive(Args)]
struct InputArgs {
    #[command(flatten)]
    inventory: InventoryArgs,
    /// More rules: a .rhai file, or a directory of them (repeatable)
    #[arg(
        long,
        value_name = "PATH",
        env = "HUBDRIFT_POLICIES",
        help_heading = "Input"
    )]
    policies: Vec<PathBuf>,
    /// Leave the built-in rules out
    // No environment variable for this and the next: they take findings away, and a gate is not
    // turned green from a runner's settings.
    #[arg(long, help_heading = "Input")]
    no_builtin_rules: bool,
    /// The waivers, instead of the inventory's
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    waivers: Option<PathBuf>,
}

#[derive(Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that people type"
)]
struct CheckArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    only: TargetArgs,
    #[command(flatten)]
    part: PartArgs,
    #[command(flatten)]
    evidence: EvidenceArgs,

    /// What counts: changed, missing, unmanaged, policy, stale-waiver
    #[arg(long, value_name = "LIST", value_delimiter = ',', help_heading = "Judging", default_values_t = DEFAULT_FAIL_ON)]
    fail_on: Vec<Kind>,
    /// Nothing counts but what is unread, in error, or missing and so not judged by the rules
    #[arg(long, help_heading = "Judging")]
    report_only: bool,
    /// Nothing to check is no error
    #[arg(long, help_heading = "Judging")]
    allow_empty: bool,
    /// Judge as at this time instead of now
    #[arg(long, value_name = "RFC3339", value_parser = time, help_heading = "Judging")]
    now: Option<Timestamp>,

    /// Write a report: text, json, junit, sarif, markdown, html, github, gitlab, ocsf or prometheus;
    /// to PATH, to standard output (`-` or nothing), or appended (`+PATH`); repeatable
    #[arg(long, value_name = "FORMAT[=PATH]", env = "HUBDRIFT_REPORT", value_delimiter = None, value_parser = report_to, help_heading = "Output")]
    report: Vec<ReportTo>,
    /// Put what was observed into the JSON report
    #[arg(long, env = "HUBDRIFT_INCLUDE_OBSERVED", value_parser = BoolishValueParser::new(), help_heading = "Output")]
    include_observed: bool,
    /// Don't show how far reading is
    #[arg(long, env = "HUBDRIFT_NO_PROGRESS", value_parser = BoolishValueParser::new(), help_heading = "Output")]
    no_progress: bool,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    aws: AwsArgs,
}

#[derive(Args)]
struct ColorArgs {
    /// Colours: auto, always or never
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        env = "HUBDRIFT_COLOR",
        help_heading = "Output"
    )]
    color: Color,
}

#[derive(Args)]
struct OutputArgs {
    #[command(flatten)]
    color: ColorArgs,
    /// No text report unless it is asked for, and no notes
    #[arg(short, long, env = "HUBDRIFT_QUIET", value_parser = BoolishValueParser::new(), help_heading = "Output")]
    quiet: bool,
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

#[derive(Clone, Copy, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

/// [`FailOn`] as it is typed.
#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Changed,
    Missing,
    Unmanaged,
    Policy,
    StaleWaiver,
}

const DEFAULT_FAIL_ON: [Kind; 4] = [Kind::Changed, Kind::Missing, Kind::Unmanaged, Kind::Policy];

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Unmanaged => "unmanaged",
            Self::Policy => "policy",
            Self::StaleWaiver => "stale-waiver",
        })
    }
}

impl From<Kind> for FailOn {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Changed => Self::Changed,
            Kind::Missing => Self::Missing,
            Kind::Unmanaged => Self::Unmanaged,
            Kind::Policy => Self::Policy,
            Kind::StaleWaiver => Self::StaleWaiver,
        }
    }
}

impl Sub {
    fn into_options(self, set: Overrides) -> Command {
        match self {
            Self::Check(args) => Command::Check(Box::new(args.into_options(set))),
            Self::Snapshot(args) => Command::Snapshot(Box::new(args.into_options(set))),
            Self::Validate(args) => Command::Validate(validate::Options {
                input: args.input.into_options(),
                allow_empty: args.allow_empty,
                now: args.now,
                color: args.output.color(),
                quiet: args.output.quiet,
            }),
            Self::Targets(args) => Command::Targets(Box::new(args.into_options(set))),
            Self::Report(args) => Command::Report(args.into_options()),
            Self::Emulate(EmulateArgs { state, port }) => {
                Command::Emulate(emulate::Options { state, port })
            }
            Self::Demo(DemoArgs { report, output }) => Command::Demo(demo::Options {
                reports: report,
                color: output.color(),
                quiet: output.quiet,
            }),
            Self::Rules(args) => Command::Rules(args.into_options()),
            Self::Schema(SchemaArgs { what }) => Command::Schema(match what {
                SchemaOf::Inventory => schema::Options::Inventory,
                SchemaOf::Waivers => schema::Options::Waivers,
                SchemaOf::Report => schema::Options::Report,
                SchemaOf::Snapshot => schema::Options::Snapshot,
            }),
        }
    }
}

impl InputArgs {
    fn into_options(self) -> check::Input {
        check::Input {
            inventory: self.inventory.inventory,
            policies: self.policies,
            builtin_rules: !self.no_builtin_rules,
            waivers: self.waivers,
        }
    }
}

impl CheckArgs {
    fn into_options(self, set: Overrides) -> check::Options {
        let mut fail_on: Vec<FailOn> = self.fail_on.into_iter().map(FailOn::from).collect();
        fail_on.sort();
        fail_on.dedup();
        check::Options {
            input: self.input.into_options(),
            only: self.only.target,
            shard: self.part.shard,
            baseline: self.part.baseline,
            flags: hubdrift::audit::Flags {
                fail_on,
                report_only: self.report_only,
                new_only: self.part.new_only,
                allow_empty: self.allow_empty,
            },
            now: self.now,
            reports: self.report,
            include_observed: self.include_observed,
            color: self.output.color(),
            quiet: self.output.quiet,
            progress: !(self.no_progress || self.output.quiet),
            limits: self.aws.limits(),
            access: self.aws.into_access(),
            evidence: self.evidence.into_options(),
            set,
        }
    }
}

impl ColorArgs {
    fn choice(&self) -> anstream::ColorChoice {
        match self.color {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        }
    }
}

impl OutputArgs {
    fn color(&self) -> anstream::ColorChoice {
        self.color.choice()
    }
}

/// Reads `FORMAT[=PATH]`.
fn report_to(text: &str) -> Result<ReportTo, String> {
    let (name, path) = text
        .split_once('=')
        .map_or((text, None), |(name, path)| (name, Some(path)));
    let Some(format) = Format::from_name(name) else {
        let names: Vec<_> = Format::ALL.iter().map(|format| format.as_str()).collect();
        return Err(format!(
            "there is no format `{name}`; there are: {}",
            names.join(", ")
        ));
    };
    let destination = match path {
        None => Destination::Stdout,
        Some("" | "+") => return Err("a path is expected after `=`".to_owned()),
        Some(path) => match (path.strip_prefix('+'), path) {
            (Some(path), _) | (None, path) if is_stdout(path.as_ref()) => Destination::Stdout,
            (Some(path), _) => Destination::Append(path.into()),
            (None, path) => Destination::File(path.into()),
        },
    };
    Ok(ReportTo {
        format,
        destination,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn reports_say_where_they_go() {
        let to = |text: &str| report_to(text).map(|report| report.destination);
        assert_eq!(to("json"), Ok(Destination::Stdout));
        for stdout in ["-", "/dev/stdout", "+/dev/stdout", "/dev/fd/1"] {
            assert_eq!(to(&format!("json={stdout}")), Ok(Destination::Stdout));
        }
        assert_eq!(
            to("json=a=b.json"),
            Ok(Destination::File("a=b.json".into()))
        );
        assert_eq!(to("junit=+a.xml"), Ok(Destination::Append("a.xml".into())));
        assert!(to("json=").is_err());
        assert!(
            to("xml")
                .expect_err("no such format")
                .contains("text, json, junit")
        );
    }
}
