//! A finding becomes the texts that its row on the page shows.

use std::borrow::Cow;

use std::collections::HashMap;

use crate::{
    audit::{Age, ConnectorRecord, DriftRecord, Finding, FindingKind, State, WhyNot},
    model::{Level, Outcome, Place, Unread},
    report::common::{
        fix, remarks,
        value::{self, count},
    },
};

use super::{
    findings::{Group, Item, Subject, What},
    sections::target_of,
    versus::Versus,
};

/// How much of a message is shown; the JSON report has all of it.
const MESSAGE: usize = 600;

/// The longest command that is shown.
const COMMAND: usize = 2_000;

/// How many connectors that are unread with their target are named.
const LOST: usize = 200;

/// A group as the page shows it.
pub(super) struct GroupView {
    pub(super) address: String,
    /// The state, or what else the group is about; also the class that colours its badge.
    pub(super) state: &'static str,
    /// The class that colours the group: the worst in it, so that `in_sync` looks good nowhere a rule failed.
    pub(super) tone: &'static str,
    /// In short what the findings are about, for when they are folded.
    pub(super) gist: String,
    /// The place of the group's target in the filter's list.
    pub(super) target: Option<usize>,
    /// What is known about it: its name, its provider, when it was read.
    pub(super) known: Vec<String>,
    pub(super) rows: Vec<Row>,
    /// What else there is to say about it.
    pub(super) notes: Vec<String>,
}

/// A finding as the page shows it.
pub(super) struct Row {
    pub(super) kind: FindingKind,
    pub(super) severity: &'static str,
    pub(super) counts: bool,
    /// `advisory`, where its rule is.
    pub(super) level: Option<&'static str>,
    /// `new` or `existing`, against a baseline.
    pub(super) age: Option<&'static str>,
    /// The field or the rule.
    pub(super) subject: Option<String>,
    pub(super) message: Option<String>,
    pub(super) versus: Option<Versus>,
    /// A command that would put it right.
    pub(super) command: Option<String>,
    pub(super) notes: Vec<String>,
    pub(super) place: Option<String>,
}

impl GroupView {
    /// The view of `group`, with no more than `most` of its rows; `places` has those of the targets in the filter's list.
    pub(super) fn of(group: &Group<'_>, most: usize, places: &HashMap<&str, usize>) -> Self {
        let (address, state) = match &group.about {
            // Nothing tells whether it is in sync.
            Subject::Connector(record) if record.is_unchecked() && record.location.is_some() => {
                (&*record.address, "not_checked")
            }
            Subject::Connector(record) => (&*record.address, record.state.as_str()),
            Subject::Target(target, _) => (&*target.name, "target"),
            Subject::Other(address) => (*address, "other"),
        };
        let own = match group.about {
            Subject::Connector(record) => place(record.location.as_ref()),
            Subject::Target(..) | Subject::Other(_) => None,
        };
        let tone = tone(&group.items);
        let mut rows: Vec<Row> = group.items.iter().take(most).map(Row::of).collect();
        for row in &mut rows {
            // The connector's own place stands above the rows, once.
            row.place = row.place.take().filter(|place| own.as_ref() != Some(place));
        }
        Self {
            address: value::line(address, 200),
            state,
            tone,
            gist: gist(&group.items, tone),
            target: target_of(group).and_then(|name| places.get(name).copied()),
            known: known(&group.about),
            rows,
            notes: notes(group),
        }
    }

    /// The state in words.
    pub(super) fn state_words(&self) -> String {
        match self.state {
            "other" => String::new(),
            state => value::words(state),
        }
    }
}

/// The class of the worst of these.
fn tone(items: &[Item<'_>]) -> &'static str {
    let counting = items.iter().filter(|item| item.why_not.is_none());
    if items.iter().any(Item::is_incomplete) {
        "unread"
    } else if let Some(worst) = counting.map(|item| item.severity).max() {
        worst.as_str()
    } else {
        "spared"
    }
}

/// `high: missing, kms_key_arn, auth-active`: how bad it is stands there too, and not in the colour alone.
fn gist(items: &[Item<'_>], tone: &str) -> String {
    let of = |item: &Item<'_>| match item.what {
        What::Drift(record) => record.drift.path.clone(),
        What::Rule(record) => record.result.rule.to_string(),
        _ => match item.finding.and_then(Finding::rule_or_path) {
            Some(about) => about.into_owned(),
            None => item.kind.as_str().replace('_', " "),
        },
    };
    let all: Vec<String> = items.iter().map(of).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let words = match tone {
        "unread" => "not known",
        "spared" => "doesn't count",
        severity => severity,
    };
    format!("{words}: {}", value::names(&all))
}

fn known(about: &Subject<'_>) -> Vec<String> {
    let mut known = Vec::new();
    let mut push = |text: Option<&str>| known.extend(text.map(|text| value::line(text, 200)));
    match about {
        Subject::Connector(record) => {
            // The inventory's id is often the name; then once is enough.
            let own = |name: &&str| !record.address.ends_with(&format!("/{name}"));
            push(record.name.as_deref().filter(own));
            push(record.provider.as_deref());
            push(record.account.as_deref());
            push(record.region.as_deref());
            push(record.connector_arn.as_deref());
            for (label, text) in record.labels.iter().take(20) {
                push(Some(&format!("{label}={text}")));
            }
            push(read_words(record).as_deref());
            push(place(record.location.as_ref()).as_deref());
        }
        Subject::Target(target, _) => {
            push(target.account.as_deref());
            push(target.region.as_deref());
        }
        Subject::Other(_) => {}
    }
    known
}

/// When a connector was read, and the request to ask AWS about.
fn read_words(record: &ConnectorRecord) -> Option<String> {
    let at = record.observed_at?;
    Some(match &record.request_id {
        Some(id) => format!("read {at} (request {id})"),
        None => format!("read {at}"),
    })
}

fn notes(group: &Group<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    match &group.about {
        Subject::Connector(record) => {
            for (outcome, words) in [
                (Outcome::Error, "could not judge it"),
                (Outcome::Skipped, "skipped"),
            ] {
                let shown = |rule: &str| {
                    let is_row = |item: &Item<'_>| matches!(item.what, What::Rule(row) if &*row.result.rule == rule);
                    group.items.iter().any(is_row)
                };
                let rules: Vec<&str> = record
                    .results
                    .iter()
                    .map(|result| &result.result)
                    .filter(|result| result.outcome == outcome && !shown(&result.rule))
                    .map(|result| &*result.rule)
                    .collect();
                if !rules.is_empty() {
                    let number = count(rules.len() as u64, "rule");
                    notes.push(format!("{number} {words}: {}", value::names(&rules)));
                }
            }
        }
        Subject::Target(target, lost) => {
            if !lost.is_empty() {
                let names = value::names_up_to(LOST, lost);
                let number = count(lost.len() as u64, "connector");
                notes.push(format!("{number} unread with it: {names}"));
            } else if target.listed.is_none() {
                notes.push("connectors that aren't in the inventory are not known".to_owned());
            }
        }
        Subject::Other(_) => {}
    }
    notes
}

impl Row {
    fn of(item: &Item<'_>) -> Self {
        let finding = item.finding;
        let mut row = Self {
            kind: item.kind,
            severity: item.severity.as_str(),
            counts: item.why_not.is_none(),
            level: finding
                .and_then(Finding::level)
                .filter(|level| *level != Level::Mandatory)
                .map(Level::as_str),
            age: finding
                .and_then(|finding| finding.baseline)
                .map(|age| match age {
                    Age::New => "new",
                    Age::Existing => "existing",
                }),
            subject: None,
            message: None,
            versus: None,
            command: None,
            notes: Vec::new(),
            place: place(finding.and_then(|finding| finding.location.as_ref())),
        };
        match item.what {
            What::Unread(record) => row.unread(record.unread.as_ref(), finding),
            What::Target(target) => row.unread(target.reason.as_ref(), finding),
            What::Existence(record) => row.existence(record, finding),
            What::Drift(record) => row.drift(record, item),
            What::Rule(record) => {
                let result = &record.result;
                let message = result.message.as_deref();
                row.level = (result.level != Level::Mandatory).then(|| result.level.as_str());
                row.subject = Some(value::line(&result.rule, 120));
                row.message = Some(match (message, &result.path) {
                    (message, Some(path)) => format!(
                        "{} ({})",
                        value::line(message.unwrap_or("no message"), MESSAGE),
                        value::line(path, 120)
                    ),
                    (message, None) => value::line(message.unwrap_or("no message"), MESSAGE),
                });
                row.notes.extend(remarks::refusal(finding));
                let at = place(result.rule_location.as_deref());
                row.notes.extend(at.map(|at| format!("in the rule: {at}")));
            }
            What::Finding => {
                let about = finding.and_then(Finding::rule_or_path);
                row.subject = about.map(|about| value::line(&about, 120));
                row.message = finding.map(|finding| value::line(&finding.full_message(), MESSAGE));
            }
        }
        row.notes
            .extend(item.why_not.as_ref().map(|it| it.words.clone()));
        row.notes.extend(remarks::waiver_ran_out(finding));
        row
    }

    /// Why something is unread: the reason, what was said, and the request to ask AWS about.
    fn unread(&mut self, reason: Option<&Unread>, finding: Option<&Finding>) {
        let Some(reason) = reason else {
            let message = finding.map(Finding::full_message);
            let message = message.unwrap_or(Cow::Borrowed("no reason is given"));
            self.message = Some(value::line(&message, MESSAGE));
            return;
        };
        self.subject = Some(reason.kind.as_str().to_owned());
        self.message = Some(value::line(&reason.message, MESSAGE));
        let request = reason.request_id.as_deref();
        self.notes
            .extend(request.map(|id| format!("request {}", value::line(id, 80))));
    }

    /// Whether it is there at all.
    fn existence(&mut self, record: &ConnectorRecord, finding: Option<&Finding>) {
        let message = match (finding, record.state) {
            (Some(finding), _) => finding.full_message(),
            (None, State::Unmanaged) => Cow::Borrowed("it is there, and not in the inventory"),
            (None, _) => Cow::Borrowed("it is expected, and not there"),
        };
        self.message = Some(value::line(&message, MESSAGE));
        self.place = self
            .place
            .take()
            .or_else(|| place(record.location.as_ref()));
        if record.replaced_by.is_some() {
            self.notes.extend(remarks::replacement(record, finding));
            let line = place(record.location.as_ref());
            self.notes
                .extend(line.map(|line| format!("the line to change: {line}")));
        }
    }

    /// A drifted field, and how it could be put right.
    fn drift(&mut self, record: &DriftRecord, item: &Item<'_>) {
        let drift = &record.drift;
        self.subject = Some(value::line(&drift.path, 120));
        self.versus = Some(Versus::of(&drift.expected, &drift.observed));
        self.place = place(Some(&drift.location));
        self.notes.extend(remarks::refusal(item.finding));
        let why_not = item.why_not.as_ref();
        if why_not.is_some_and(|it| it.why == WhyNot::Waived) {
            return;
        }
        self.notes
            .extend(fix::must(drift.fix.kind).map(str::to_owned));
        match fix::command(&drift.fix, COMMAND) {
            Some(Ok(command)) => self.command = Some(command),
            Some(Err(too_long)) => self.notes.push(format!("the fix is {too_long}")),
            None => {}
        }
    }

    /// The kind in words.
    pub(super) fn kind_words(&self) -> String {
        value::words(self.kind.as_str())
    }
}

fn place(place: Option<&Place>) -> Option<String> {
    place.map(|place| value::line(&place.to_string(), 300))
}
