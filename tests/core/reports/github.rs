//! GitHub's annotations, read as the runner documents that it reads commands.

use std::collections::BTreeMap;

use hubdrift::{audit::*, model::Place, report::Format, text};
use proptest::prelude::*;

use super::{any_audit, text_of};
use crate::samples;

/// A workflow command, unescaped.
#[derive(Debug)]
struct Command {
    name: String,
    properties: BTreeMap<String, String>,
    data: String,
}

/// Reads one line: `::name key=value,key=value::data`, blanks in front of it ignored.
fn command(line: &str) -> Option<Command> {
    let rest = line.trim_start().strip_prefix("::")?;
    let (info, data) = rest.split_once("::")?;
    let (name, properties) = info.split_once(' ').unwrap_or((info, ""));
    // The percent sign comes last, so that `%250A` is not a line end.
    let unescape = |text: &str, escapes: &[(&str, &str)]| {
        escapes
            .iter()
            .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
            .replace("%25", "%")
    };
    let ends = [("%0D", "\r"), ("%0A", "\n")];
    let all = [ends[0], ends[1], ("%3A", ":"), ("%2C", ",")];
    let pairs = properties
        .split(',')
        .filter_map(|pair| pair.split_once('='));
    Some(Command {
        name: name.to_owned(),
        properties: pairs
            .map(|(key, value)| (key.to_owned(), unescape(value, &all)))
            .collect(),
        data: unescape(data, &ends),
    })
}

/// Every line is one command of the three that are annotations, and no more than ten of each.
fn commands(report: &str) -> Vec<Command> {
    assert!(!report.contains('\r') && report.ends_with('\n'));
    let commands: Vec<Command> = report
        .lines()
        .map(|line| command(line).unwrap_or_else(|| panic!("no command: {line}")))
        .collect();
    for name in ["error", "warning", "notice"] {
        assert!(of(&commands, name).len() <= 10, "{report}");
    }
    for command in &commands {
        assert!(
            ["error", "warning", "notice"].contains(&&*command.name),
            "{command:?}"
        );
        let known = ["file", "line", "col", "title"];
        assert!(command.properties.keys().all(|key| known.contains(&&**key)));
        assert!(command.properties.contains_key("title"), "{command:?}");
        assert!(command.data.chars().count() < 4_096 - 300, "{command:?}");
    }
    commands
}

fn of<'a>(commands: &'a [Command], name: &str) -> Vec<&'a Command> {
    commands.iter().filter(|c| c.name == name).collect()
}

/// A hostile text makes no command of its own, and steers no log.
pub(super) fn stays_valid(audit: &Audit) {
    let report = text_of(Format::Github, audit);
    assert!(!report.chars().any(|c| c != '\n' && text::is_unsafe(c)));
    assert!(!report.contains("##[") && !report.contains("##vso["));
    let commands = commands(&report);
    assert!(!of(&commands, "error").is_empty());
    for command in &commands {
        assert!(
            !command
                .data
                .chars()
                .any(|c| c != '\n' && text::is_unsafe(c))
        );
        if let Some(line) = command.properties.get("line") {
            assert!(line.parse::<u32>().is_ok_and(|line| line > 0));
        }
    }
}

#[test]
fn snapshots_of_the_github_report() {
    for (name, audit) in samples::named() {
        insta::assert_snapshot!(name, text_of(Format::Github, &audit));
    }
}

#[test]
fn what_a_command_is_made_of_is_escaped_and_comes_back() {
    let mut audit = samples::clean();
    let mut finding = samples::finding(About::Missing, "a:b,c/d%0A", "100%: ::error::x, y%0Az");
    finding.location = Some(Place::new("./dir,a:b/../x%2C::y.yaml", 7, 0));
    audit.findings.push(finding);
    (audit.verdict.drift, audit.verdict.exit_code) = (true, 2);
    let report = text_of(Format::Github, &audit);
    let commands = commands(&report);
    let [error] = of(&commands, "error")[..] else {
        panic!("{report}");
    };
    assert_eq!(error.properties["file"], "x%2C::y.yaml");
    assert_eq!(error.properties["line"], "7");
    assert_eq!(error.properties["col"], "1");
    assert_eq!(error.properties["title"], "drift/missing a:b,c/d%0A");
    assert_eq!(error.data, "a:b,c/d%0A: missing: 100%: ::error::x, y%0Az");
}

#[test]
fn ten_of_a_kind_are_shown_the_worst_first_and_the_rest_is_counted() {
    let mut audit = samples::clean();
    for n in 0..30 {
        let mut finding = samples::finding(
            samples::change("description"),
            &format!("prod/{n}"),
            "differs",
        );
        finding.why_not = (n % 2 != 0).then_some(WhyNot::NotInFailOn);
        audit.findings.push(finding);
    }
    for n in 0..12 {
        let mut waived = samples::finding(About::Missing, &format!("prod/w{n}"), "gone");
        (waived.why_not, waived.waiver) = (Some(WhyNot::Waived), Some(samples::waiver()));
        audit.findings.push(waived);
    }
    let unread = samples::finding(About::Unread, "prod/late", "throttled");
    audit.findings.push(unread);
    (audit.verdict.drift, audit.verdict.complete) = (true, false);
    audit.verdict.exit_code = 4;
    let commands = commands(&text_of(Format::Github, &audit));
    let errors = of(&commands, "error");
    assert_eq!(errors.len(), 10);
    assert!(errors[0].data.starts_with("prod/late: unread:"));
    assert!(errors[9].data.contains("… and 6 more of this kind"));
    assert!(!errors[8].data.contains("more of this kind"));
    let warnings = of(&commands, "warning");
    assert!(warnings[9].data.contains("… and 5 more of this kind"));
    let notices = of(&commands, "notice");
    assert_eq!(notices.len(), 10);
    assert!(notices[8].data.contains("… and 3 more of this kind"));
    assert!(notices[0].data.contains("waived until 2026-12-31"));
    assert!(notices[9].properties["title"].starts_with("hubdrift: INCOMPLETE DRIFT exit=4"));
}

proptest! {
    #[test]
    fn a_step_has_an_error_if_and_only_if_the_run_ends_badly(audit in any_audit()) {
        let commands = commands(&text_of(Format::Github, &audit));
        prop_assert_eq!(of(&commands, "error").is_empty(), audit.verdict.exit_code == 0);
        let last = commands.last().expect("a result");
        let exit = format!(" exit={}", audit.verdict.exit_code);
        prop_assert!(last.name == "notice" && last.properties["title"].ends_with(&exit));
    }
}
