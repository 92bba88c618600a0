//! The arguments of `hubdrift rules`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use hubdrift::report::Format;

use super::output::{OutputArgs, report_to};
use crate::{
    commands::rules::{Options, Selection, TestOptions},
    files::ReportTo,
};

#[derive(Args)]
pub struct RulesArgs {
    #[command(subcommand)]
    command: Sub,
}

#[derive(Subcommand)]
enum Sub {
    /// The rules, with their severity and level
    List {
        #[command(flatten)]
        from: FromArgs,
        /// How: text or json
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: Shown,
    },
    /// One rule: what it checks, its parameters, what to do about a failure
    Show {
        /// The rule's id
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        from: FromArgs,
        /// Print its source instead
        #[arg(long)]
        source: bool,
    },
    /// What a rule can see: the fields of `ctx` with their types, and an example
    Facts {
        /// How: text or json
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: Shown,
    },
    /// Write a new rule and its tests, to begin with
    New {
        /// Its id, such as team-tag-set
        #[arg(value_name = "ID")]
        id: String,
        /// The directory that it goes to
        #[arg(long, value_name = "DIR", default_value = "policies")]
        dir: PathBuf,
    },
    /// Run the tests of rules: their cases, and whether they pass by accident
    #[command(
        after_help = "A rule's tests are beside it: ID.test.yaml for ID.rhai. Exit codes: 0 all hold, 1 a rule or a test file is invalid or there is nothing to test, 3 something doesn't hold."
    )]
    Test {
        /// A rule, a test file or a directory of them; without one, the rules of the inventory in
        /// hubdrift.yaml, if that is there, and the built-in ones
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Write a report: text or junit; to PATH, to standard output (`-` or nothing), or
        /// appended (`+PATH`); repeatable
        #[arg(long, value_name = "FORMAT[=PATH]", value_delimiter = None, value_parser = text_or_junit)]
        report: Vec<ReportTo>,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Find what can't be right in rules, without running them
    #[command(
        after_help = "Exit codes: 0 nothing found, 1 a rule is invalid, 3 something was found."
    )]
    Lint {
        /// A rule or a directory of them; without one, the rules of the inventory in
        /// hubdrift.yaml, if that is there, and the built-in ones
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Write the built-in rules and their tests into a directory
    Export {
        /// The directory, which is made if it is not there
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// Replace files that are there
        #[arg(long)]
        force: bool,
    },
}

#[derive(Args)]
struct FromArgs {
    /// The inventory that sets the rules; hubdrift.yaml, if that is there
    #[arg(long, value_name = "FILE")]
    inventory: Vec<PathBuf>,
    /// More rules: a .rhai file, or a directory of them (repeatable)
    #[arg(long, value_name = "PATH")]
    policies: Vec<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shown {
    Text,
    Json,
}

impl RulesArgs {
    pub fn into_options(self) -> Options {
        match self.command {
            Sub::List { from, format } => Options::List {
                from: from.into_options(),
                json: format == Shown::Json,
            },
            Sub::Show { id, from, source } => Options::Show {
                id,
                from: from.into_options(),
                source,
            },
            Sub::Facts { format } => Options::Facts {
                json: format == Shown::Json,
            },
            Sub::New { id, dir } => Options::New { id, dir },
            Sub::Test {
                paths,
                report,
                output,
            } => Options::Test(TestOptions {
                paths,
                reports: report,
                color: output.color(),
                quiet: output.quiet,
            }),
            Sub::Lint { paths, output } => Options::Lint {
                paths,
                color: output.color(),
                quiet: output.quiet,
            },
            Sub::Export { dir, force } => Options::Export { dir, force },
        }
    }
}

impl FromArgs {
    fn into_options(self) -> Selection {
        Selection {
            inventory: self.inventory,
            policies: self.policies,
        }
    }
}

/// Reads `text[=PATH]` or `junit[=PATH]`.
fn text_or_junit(text: &str) -> Result<ReportTo, String> {
    let report = report_to(text)?;
    match report.format {
        Format::Text | Format::Junit => Ok(report),
        other => Err(format!(
            "there is no `{}` of tests; there are: text, junit",
            other.as_str()
        )),
    }
}
