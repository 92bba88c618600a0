//! The arguments about output: reports with their destinations, colours, and notes.

use std::ffi::OsString;

use anstream::ColorChoice;
use clap::{Args, ValueEnum, builder::BoolishValueParser};
use hubdrift::report::Format;

use crate::files::{Destination, ReportTo, is_stdout};

#[derive(Args)]
pub struct ColorArgs {
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

#[derive(Clone, Copy, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl ColorArgs {
    pub const fn choice(&self) -> ColorChoice {
        match self.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        }
    }
}

#[derive(Args)]
pub struct OutputArgs {
    #[command(flatten)]
    color: ColorArgs,
    /// No text report unless it is asked for, and no notes
    #[arg(short, long, env = "HUBDRIFT_QUIET", value_parser = BoolishValueParser::new(), help_heading = "Output")]
    pub quiet: bool,
}

impl OutputArgs {
    pub const fn color(&self) -> ColorChoice {
        self.color.choice()
    }
}

/// Reads `FORMAT[=PATH]`.
pub fn report_to(text: &str) -> Result<ReportTo, String> {
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

/// The reports that a command line names, also one that makes no sense; `set` is what the environment has
/// for commands with reports.
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
    // As clap does: a variable counts where no flag was typed.
    if found.is_empty() && has_reports {
        let set = set.and_then(|set| set.into_string().ok());
        found.extend(set.and_then(|set| report_to(&set).ok()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

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
