//! `hubdrift rules`: what rules there are, what they can see, and whether they hold.

mod gather;
mod show;
mod test;
mod write;

use std::path::PathBuf;

use anstream::ColorChoice;
use hubdrift::{audit::code, text};

pub use show::Selection;
pub use test::TestOptions;

use crate::terminal;

/// What was asked for.
#[derive(Debug)]
pub enum Options {
    /// `rules list`
    List {
        /// Which rules.
        from: Selection,
        /// As JSON.
        json: bool,
    },
    /// `rules show`
    Show {
        /// The rule.
        id: String,
        /// Which rules.
        from: Selection,
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

/// Does it and gives the exit code: 0, 1, or 3 where rules don't hold.
pub fn run(options: &Options) -> u8 {
    let text = match options {
        Options::List { from, json } => show::list(from, *json),
        Options::Show { id, from, source } => show::show(id, from, *source),
        Options::Facts { json: true } => Ok(format!("{:#}\n", hubdrift::policy::facts_json())),
        Options::Facts { json: false } => Ok(hubdrift::policy::facts_text()),
        Options::New { id, dir } => write::new(id, dir),
        Options::Export { dir, force } => write::export(dir, *force),
        Options::Test(options) => return test::test(options),
        Options::Lint {
            paths,
            color,
            quiet,
        } => return test::lint(paths, *color, *quiet),
    };
    match text.and_then(|text| terminal::print(&text)) {
        Ok(()) => code::CLEAN,
        Err(error) => {
            // Problems come with their lines, as they are to be shown.
            let shown = match error.downcast_ref::<show::Refused>() {
                Some(show::Refused(shown)) => shown.clone(),
                None => format!("error: {}\n", text::terminal(&format!("{error:#}"))),
            };
            terminal::note(&shown);
            code::FAILED
        }
    }
}
