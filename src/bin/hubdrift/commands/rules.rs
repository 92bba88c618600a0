//! `hubdrift rules`: what rules there are, what they can see, and whether they hold.

mod gather;
mod show;
mod test;
mod write;

use std::{io::Write as _, path::PathBuf};

use anstream::ColorChoice;
use anyhow::Context as _;

use crate::{files::ReportTo, terminal};

/// What was asked for.
#[derive(Debug)]
pub enum Options {
    /// `rules list`
    List {
        /// Which rules.
        from: From,
        /// As JSON.
        json: bool,
    },
    /// `rules show`
    Show {
        /// The rule.
        id: String,
        /// Which rules.
        from: From,
        /// Only its source.
        source: bool,
    },
    /// `rules facts`
    Facts {
        /// As JSON.
        json: bool,
    },
    /// `rules new`
    New {
        /// The new rule's id.
        id: String,
        /// Where it goes.
        dir: PathBuf,
    },
    /// `rules test`
    Test(TestOptions),
    /// `rules lint`
    Lint {
        /// Rules, or directories of them.
        paths: Vec<PathBuf>,
        /// Whether to use colours.
        color: ColorChoice,
        /// Whether to say nothing when nothing is found.
        quiet: bool,
    },
    /// `rules export`
    Export {
        /// Where they go.
        dir: PathBuf,
        /// Whether files that are there are replaced.
        force: bool,
    },
}

/// Which rules to list or show: the built-in ones, those of the inventory, and more.
#[derive(Debug)]
pub struct From {
    /// The inventory's files; empty for `hubdrift.yaml`, if that is there.
    pub inventory: Vec<PathBuf>,
    /// More rules.
    pub policies: Vec<PathBuf>,
}

/// What `rules test` was asked for.
#[derive(Debug)]
pub struct TestOptions {
    /// Rules, test files, or directories of them.
    pub paths: Vec<PathBuf>,
    /// The reports.
    pub reports: Vec<ReportTo>,
    /// Whether to use colours.
    pub color: ColorChoice,
    /// Whether to leave the text report away unless it is asked for.
    pub quiet: bool,
}

/// Does it and gives the exit code: 0, 1, or 3 where rules don't hold.
pub fn run(options: &Options) -> u8 {
    let done = match options {
        Options::List { from, json } => show::list(from, *json).and_then(|text| print(&text)),
        Options::Show { id, from, source } => {
            show::show(id, from, *source).and_then(|text| print(&text))
        }
        Options::Facts { json: true } => print(&format!("{:#}\n", hubdrift::policy::facts_json())),
        Options::Facts { json: false } => print(&hubdrift::policy::facts_text()),
        Options::New { id, dir } => write::new(id, dir).and_then(|text| print(&text)),
        Options::Export { dir, force } => write::export(dir, *force).and_then(|text| print(&text)),
        Options::Test(options) => return test::test(options),
        Options::Lint {
            paths,
            color,
            quiet,
        } => return test::lint(paths, *color, *quiet),
    };
    match done {
        Ok(()) => 0,
        Err(error) => {
            // Problems come with their lines, as they are to be shown.
            let said = match error.downcast_ref::<show::Refused>() {
                Some(show::Refused(shown)) => shown.clone(),
                None => format!("error: {error:#}\n"),
            };
            terminal::note(&said);
            1
        }
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    std::io::stdout()
        .lock()
        .write_all(text.as_bytes())
        .context("failed to write to standard output")
}
