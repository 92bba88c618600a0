//! One page for a browser, with all that it needs: a manager sees the verdict, an engineer works through the findings.
//!
//! The templates in `html/` are filled in here and escape what they show, see
//! [`Safe`]. The page asks no network for anything, and its own policy forbids
//! that: only the style and the script whose digests stand in it are obeyed.
//! Without the script everything is still there, but for the filter.

mod charts;
mod findings;
mod row;
mod sections;
mod versus;
mod waivers;

use std::{collections::HashMap, fmt};

use askama::{Template, filters::Escaper};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

use super::common::{basis, completeness, coverage, headline::Headline, times::observed, value};
use crate::{
    audit::{Audit, code},
    model::Severity,
    text,
};
use charts::Bar;
use findings::Group;
use row::GroupView;
use sections::{Counts, RuleView, TargetView};
use waivers::WaiverView;

/// How the page looks.
const STYLE: &str = include_str!("html/style.css");

/// What the page does: filter, and unfold before it is printed.
const SCRIPT: &str = include_str!("html/script.js");

/// How many findings are shown; and of targets, connectors, errors, … each.
///
/// A browser copes with these at once, and the page stays below some 20 MB.
const SHOWN: usize = 10_000;

/// How many targets are named at the top; the others are under "Who asked, and where".
const READ: usize = 5;

/// How much of an error's message is shown.
const MESSAGE: usize = 8_000;

/// Up to this many findings are unfolded when the page opens.
const UNFOLDED: usize = 100;

/// Renders the report.
pub(super) fn render(audit: &Audit) -> Vec<u8> {
    let page = Page::of(audit).render();
    page.expect("writing into memory does not fail")
        .into_bytes()
}

/// How text becomes HTML, for every template (`askama.toml` names it).
///
/// What steers, hides or reorders text is made visible, then markup is escaped.
#[derive(Clone, Copy)]
pub(super) struct Safe;

impl Escaper for Safe {
    fn write_escaped_str<W: fmt::Write>(&self, dest: W, string: &str) -> fmt::Result {
        askama::filters::Html.write_escaped_str(dest, &text::terminal(string))
    }
}

/// What templates may ask of a value.
#[expect(
    clippy::inline_always,
    clippy::unnecessary_wraps,
    clippy::unused_self,
    reason = "the form that askama gives a filter"
)]
mod filters {
    use crate::report::common::value;

    /// The text as one line of at most `max_chars` characters; where it is cut, with its whole length.
    #[askama::filter_fn]
    pub(super) fn line(
        text: impl AsRef<str>,
        _: &dyn askama::Values,
        max_chars: usize,
    ) -> askama::Result<String> {
        Ok(value::line(text.as_ref(), max_chars))
    }

    /// A name such as `not_applicable` in words.
    #[askama::filter_fn]
    pub(super) fn words(name: &str, _: &dyn askama::Values) -> askama::Result<String> {
        Ok(value::words(name))
    }
}

/// All that the page shows.
#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    audit: &'a Audit,
    policy: String,
    style: &'static str,
    script: &'static str,
    headline: Headline,
    tone: &'static str,
    meaning: &'static str,
    /// What the result has to be read with.
    conditions: Vec<String>,
    scope: String,
    /// Which account and region was read, and as whom.
    read: Vec<String>,
    coverage: Vec<Coverage>,
    states: Counts,
    outcomes: Counts,
    severities: Vec<OfSeverity>,
    targets: Vec<TargetView<'a>>,
    groups: Vec<Group<'a>>,
    /// The targets that have findings, and where each stands in the filter's list.
    filter: Vec<&'a str>,
    places: HashMap<&'a str, usize>,
    /// How many findings there are of each kind.
    kinds: Counts,
    rules: Vec<RuleView<'a>>,
    waivers: Vec<WaiverView>,
    fail_on: String,
}

/// How much of something was covered.
struct Coverage {
    word: &'static str,
    meaning: &'static str,
    percent: String,
    done: u64,
    of: u64,
    bar: Bar,
}

/// The findings of one severity.
struct OfSeverity {
    name: &'static str,
    counting: u64,
    spared: u64,
    bar: Bar,
}

impl<'a> Page<'a> {
    fn of(audit: &'a Audit) -> Self {
        let groups = findings::groups(audit);
        let mut places = HashMap::new();
        let mut filter = Vec::new();
        let with_findings: std::collections::HashSet<&str> =
            groups.iter().filter_map(sections::target_of).collect();
        for target in &audit.targets {
            if with_findings.contains(&*target.name) {
                places.entry(&*target.name).or_insert_with(|| {
                    filter.push(&*target.name);
                    filter.len() - 1
                });
            }
        }
        let headline = Headline::of(audit);
        Self {
            audit,
            policy: policy(),
            style: STYLE,
            script: SCRIPT,
            tone: tone(audit, &headline),
            meaning: meaning(audit, &headline),
            headline,
            conditions: conditions(audit),
            scope: coverage::scope(audit),
            read: basis::read(audit, READ),
            coverage: coverage(audit),
            states: sections::states(audit),
            outcomes: sections::outcomes(&audit.summary.outcomes),
            severities: severities(&groups),
            targets: sections::targets(audit, &groups, &places),
            kinds: kinds(&groups),
            rules: sections::rules(audit),
            waivers: waivers::waivers(&groups, audit.judged.now),
            fail_on: basis::fail_on(&audit.judged.flags),
            groups,
            filter,
            places,
        }
    }

    fn judged_at(&self) -> String {
        value::time(self.audit.judged.now)
    }

    fn started_at(&self) -> String {
        value::time(self.audit.run.started_at)
    }

    fn finished_at(&self) -> String {
        value::time(self.audit.run.finished_at)
    }

    fn total(&self) -> usize {
        self.groups.iter().map(|group| group.items.len()).sum()
    }

    /// The findings that have no row of their own: of connectors that are unread with their target.
    fn told_with_targets(&self) -> usize {
        self.audit.findings.len().saturating_sub(self.total())
    }

    /// The groups that there is room for, the last one perhaps not whole.
    fn shown(&self) -> impl Iterator<Item = GroupView> {
        let mut room = SHOWN;
        self.groups.iter().map_while(move |group| {
            let view = (room > 0).then(|| GroupView::of(group, room, &self.places))?;
            room -= view.rows.len();
            Some(view)
        })
    }

    fn is_unfolded(&self) -> bool {
        self.total() <= UNFOLDED
    }

    /// Whether it has to be said that no rule came to a judgement.
    fn lacks_judgement(&self) -> bool {
        coverage::lacks_rules(self.audit)
    }

    /// Where nothing was judged, charts of zeros would only hide why.
    fn has_overview(&self) -> bool {
        coverage::was_judged(self.audit)
    }

    fn states_bar(&self) -> Bar {
        Bar::stacked(&self.states)
    }

    fn outcomes_bar(&self) -> Bar {
        Bar::stacked(&self.outcomes)
    }
}

/// The lines of a message about a file, which comes with the lines of the file that it is about.
fn lines(message: &str) -> Vec<String> {
    let message = text::truncate(message, MESSAGE);
    message.lines().map(str::to_owned).collect()
}

/// What the page permits itself: nothing but its own style and script, known by their digests.
fn policy() -> String {
    let digest = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        digest(STYLE),
        digest(SCRIPT)
    )
}

/// The class that colours the verdict.
fn tone(audit: &Audit, headline: &Headline) -> &'static str {
    match (audit.verdict.exit_code, headline.clean) {
        (_, true) => "good",
        (code::CLEAN, false) => "warn",
        (code::INCOMPLETE | code::INTERRUPTED, false) => "unknown",
        (_, false) => "bad",
    }
}

/// What the exit code means.
fn meaning(audit: &Audit, headline: &Headline) -> &'static str {
    let found = audit.verdict.drift || audit.verdict.policy;
    match audit.verdict.exit_code {
        code::CLEAN if headline.clean && audit.is_read_and_checked() => {
            "Everything in scope was read and checked, and nothing counts as a finding."
        }
        code::CLEAN if found => "What was found does not count under the flags in force.",
        code::CLEAN => "Nothing that counts was found in what was looked at.",
        code::FAILED => "There is no result to trust. What was wrong is said below.",
        code::DRIFT => {
            "The account is not as the inventory says. Everything was read, and no mandatory rule failed."
        }
        code::POLICY => "Everything was read. A mandatory rule failed, or a stale waiver counts.",
        code::INCOMPLETE => {
            "Something could not be read or checked, so what stands here may not be all there is."
        }
        code::INTERRUPTED => {
            "The run was interrupted. What had been observed by then is reported; the rest is not known."
        }
        _ => "The run ended with a code that has no meaning here.",
    }
}

/// Why the run is incomplete, how old what was observed is, what it was compared with, and the
/// flags in force.
fn conditions(audit: &Audit) -> Vec<String> {
    let because = completeness::lacking(audit);
    let because = (!because.is_empty()).then(|| format!("incomplete: {}", because.join(", ")));
    let baseline = basis::baseline(audit).into_iter();
    because
        .into_iter()
        .chain(observed(audit))
        .chain(baseline.map(|it| format!("baseline: {it}")))
        .chain(basis::flags(audit))
        .chain(
            basis::overrides(audit)
                .into_iter()
                .map(|set| format!("set: {set}")),
        )
        .collect()
}

fn coverage(audit: &Audit) -> Vec<Coverage> {
    let all = audit.summary.coverage;
    [
        (
            "read",
            "found, or said not to exist, of all in scope",
            all.read,
        ),
        (
            "managed",
            "in the inventory, of all that exist",
            all.managed,
        ),
        (
            "checked",
            "by a rule or a comparison, and no rule left open, of all in scope",
            all.checked,
        ),
    ]
    .map(|(word, meaning, ratio)| Coverage {
        word,
        meaning,
        percent: coverage::percent(ratio),
        done: ratio.done,
        of: ratio.of,
        bar: Bar::ratio(ratio),
    })
    .into()
}

fn severities(groups: &[Group<'_>]) -> Vec<OfSeverity> {
    let all = [
        Severity::Critical,
        Severity::High,
        Severity::Medium,
        Severity::Low,
        Severity::Info,
    ];
    let counts = all.map(|severity| {
        let (mut counting, mut spared) = (0, 0);
        for item in groups.iter().flat_map(|group| &group.items) {
            if item.severity == severity {
                *(if item.why_not.is_none() {
                    &mut counting
                } else {
                    &mut spared
                }) += 1;
            }
        }
        (severity.as_str(), counting, spared)
    });
    let longest = counts
        .iter()
        .map(|(_, counting, spared)| counting + spared)
        .max();
    let view = |(name, counting, spared)| OfSeverity {
        name,
        counting,
        spared,
        bar: Bar::of(
            &[(name, counting), ("spared", spared)],
            longest.unwrap_or(0),
        ),
    };
    counts.map(view).into()
}

fn kinds(groups: &[Group<'_>]) -> Counts {
    let mut kinds = std::collections::BTreeMap::new();
    for item in groups.iter().flat_map(|group| &group.items) {
        *kinds.entry(item.kind).or_default() += 1;
    }
    kinds
        .into_iter()
        .map(|(kind, n)| (kind.as_str(), n))
        .collect()
}
