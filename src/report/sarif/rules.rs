//! Rules, and the checks that no rule makes, become SARIF's reporting descriptors.

use std::collections::{HashMap, HashSet};

use crate::{
    audit::{Audit, RuleRecord},
    model::{self, Severity},
    report::common::{
        checks::{CHECKS, Check},
        entry::Entry,
        value,
    },
};

use super::wire::{
    Configuration, Descriptor, Help, Level, Reference, RuleProperties, message, plain,
};

/// How many tags GitHub takes of a rule.
const TAGS: usize = 20;

/// How much of an id is written, in characters.
const ID: usize = 255;

/// How much of a description is written, in characters; GitHub takes 1,024.
const DESCRIPTION: usize = 1_000;

/// Every descriptor of the run, and where each is.
pub(super) struct Rules<'a> {
    pub(super) descriptors: Vec<Descriptor>,
    index: HashMap<&'a str, usize>,
}

impl<'a> Rules<'a> {
    /// The checks that no rule makes, the rules of the audit, and rules that only entries name.
    pub(super) fn of(audit: &'a Audit, entries: &[Entry<'a>]) -> Self {
        let mut rules = Self {
            descriptors: Vec::new(),
            index: HashMap::new(),
        };
        for check in &CHECKS {
            rules.add(check.id, || of_check(check));
        }
        for rule in audit.rules.iter().filter(|rule| !rule.id.trim().is_empty()) {
            rules.add(&rule.id, || of_rule(rule));
        }
        for entry in entries {
            rules.add(entry.check, || of_name(entry));
        }
        rules
    }

    fn add(&mut self, id: &'a str, descriptor: impl FnOnce() -> Descriptor) {
        if !self.index.contains_key(id) {
            self.index.insert(id, self.descriptors.len());
            self.descriptors.push(descriptor());
        }
    }

    /// Where the descriptor of that check is. Every entry's is there.
    pub(super) fn index(&self, id: &str) -> usize {
        self.index.get(id).copied().unwrap_or_default()
    }

    /// A reference to a rule of the audit.
    pub(super) fn reference(&self, id: &str) -> Option<Reference> {
        let index = *self.index.get(id)?;
        let id = self.descriptors.get(index)?.id.clone();
        Some(Reference {
            id,
            index: Some(index),
        })
    }
}

/// How bad it is to readers of SARIF.
pub(super) const fn level(severity: Severity) -> Level {
    match severity {
        Severity::Critical | Severity::High => Level::Error,
        Severity::Medium => Level::Warning,
        Severity::Low | Severity::Info => Level::Note,
    }
}

/// The middle of GitHub's range for each severity; information is none of them.
const fn security_severity(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Critical => Some("9.5"),
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("2.0"),
        Severity::Info => None,
    }
}

fn of_check(check: &Check) -> Descriptor {
    let (kind, _) = check.id.split_once('/').unwrap_or((check.id, ""));
    Descriptor {
        id: check.id.to_owned(),
        name: name(check.id),
        short_description: plain(check.title),
        full_description: plain(check.help),
        help: Help {
            text: check.help.to_owned(),
            markdown: markdown(check.help),
        },
        help_uri: None,
        default_configuration: Configuration {
            enabled: true,
            level: level(check.severity),
        },
        properties: properties(check.severity, kind, &[]),
    }
}

fn of_rule(rule: &RuleRecord) -> Descriptor {
    let title = or(&rule.title, "A rule without a title");
    let remediation = or(&rule.remediation, "The rule does not say what to do.");
    let uri = rule.help_uri.as_deref();
    let mut text = remediation.clone();
    let mut formatted = markdown(&remediation);
    if !rule.controls.is_empty() {
        let controls: Vec<String> = rule.controls.iter().take(TAGS).map(|c| short(c)).collect();
        text.push_str(&format!("\n\nControls: {}", controls.join(", ")));
        formatted.push_str("\n\nControls:\n");
        for control in &controls {
            formatted.push_str(&format!("\n- {}", markdown(control)));
        }
    }
    if let Some(uri) = uri {
        let uri = value::line(uri, 500);
        text.push_str(&format!("\n\n{uri}"));
        formatted.push_str(&format!("\n\n{}", markdown(&uri)));
    }
    Descriptor {
        id: value::line(&rule.id, ID),
        name: name(&rule.id),
        short_description: message(&title),
        full_description: message(&format!("{title}. {remediation}")),
        help: Help {
            text,
            markdown: formatted,
        },
        help_uri: uri.filter(|uri| is_web(uri)).map(str::to_owned),
        default_configuration: Configuration {
            enabled: rule.level != model::Level::Off,
            level: match rule.level {
                model::Level::Mandatory => level(rule.severity),
                model::Level::Advisory | model::Level::Off => Level::Note,
            },
        },
        properties: properties(rule.severity, "policy", &rule.controls),
    }
}

/// A rule that a finding names and the audit doesn't list: there should be none.
fn of_name(entry: &Entry<'_>) -> Descriptor {
    let title = "A rule that the audit does not describe.";
    Descriptor {
        id: value::line(entry.check, ID),
        name: name(entry.check),
        short_description: plain(title),
        full_description: plain(title),
        help: Help {
            text: title.to_owned(),
            markdown: title.to_owned(),
        },
        help_uri: None,
        default_configuration: Configuration {
            enabled: true,
            level: level(entry.severity),
        },
        properties: properties(entry.severity, "policy", &[]),
    }
}

fn properties(severity: Severity, kind: &str, controls: &[String]) -> RuleProperties {
    let ours = ["security", kind].map(str::to_owned);
    let mut seen = HashSet::new();
    let mut tags: Vec<String> = ours
        .into_iter()
        .chain(controls.iter().map(|control| short(control)))
        .filter(|tag| !tag.is_empty() && seen.insert(tag.clone()))
        .collect();
    tags.truncate(TAGS);
    RuleProperties {
        tags,
        security_severity: security_severity(severity),
    }
}

/// A name as the specification has them, `KmsKeySet`; none where it would only repeat the id.
fn name(id: &str) -> Option<String> {
    let mut name = String::new();
    for word in id.split(|c: char| !c.is_ascii_alphanumeric()).take(20) {
        let mut letters = word.chars().take(40);
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.extend(letters);
    }
    (!name.is_empty() && name != id).then_some(name)
}

fn short(text: &str) -> String {
    value::line(text, 80)
}

/// One safe line, or what stands for an empty one.
fn or(text: &str, instead: &str) -> String {
    let line = value::line(text, DESCRIPTION / 3);
    if line.trim().is_empty() {
        instead.to_owned()
    } else {
        line
    }
}

/// Whether a link to it is what it seems to be.
fn is_web(uri: &str) -> bool {
    let plain = |b: u8| b.is_ascii_graphic() && !br#"<>"{}|\^`"#.contains(&b);
    let rest = uri
        .strip_prefix("https://")
        .or_else(|| uri.strip_prefix("http://"));
    uri.len() <= 2_000
        && rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
        && uri.bytes().all(plain)
}

/// A line in which Markdown finds nothing but text: what could begin markup is escaped.
fn markdown(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 16);
    for c in line.chars() {
        if matches!(
            c,
            '\\' | '`'
                | '*'
                | '_'
                | '{'
                | '}'
                | '['
                | ']'
                | '<'
                | '>'
                | '('
                | ')'
                | '#'
                | '+'
                | '!'
                | '|'
                | '~'
                | '&'
                | '@'
                | '='
                | '$'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_ids() {
        assert_eq!(name("kms-key-set").as_deref(), Some("KmsKeySet"));
        assert_eq!(name("drift/changed").as_deref(), Some("DriftChanged"));
        assert_eq!(name("Same"), None);
        assert_eq!(name("世界"), None);
    }

    #[test]
    fn only_pages_are_linked_to() {
        assert!(is_web("https://docs.example.com/a?b=c#d"));
        for not in [
            "javascript:alert(1)",
            "https://",
            "https://a b",
            "https:///etc",
            "https://a\">",
            "file:///etc/passwd",
            "",
        ] {
            assert!(!is_web(not), "{not}");
        }
    }

    #[test]
    fn markup_is_text() {
        assert_eq!(
            markdown("<b> [x](y) `z` **w**"),
            "\\<b\\> \\[x\\]\\(y\\) \\`z\\` \\*\\*w\\*\\*"
        );
    }
}
