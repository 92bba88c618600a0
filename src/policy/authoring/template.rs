//! An id becomes a template of a rule and of its tests, which pass as they are.

use crate::{policy::builtin::builtin, text};

/// Why a text can't be the id of a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadId {
    /// It has other characters than an id has.
    #[error(
        "`{0}` can't be a rule's id: lowercase letters, digits and `-` between them, like `team-tag-set`"
    )]
    Form(String),
    /// A built-in rule has it.
    #[error("`{0}` is a built-in rule: give yours another id")]
    Taken(String),
}

/// The source and the test file of a new rule.
///
/// # Errors
/// When the id has not the form of one, or is a built-in rule's.
pub fn template(id: &str) -> Result<(String, String), BadId> {
    let is_part = |part: &str| {
        let mut bytes = part.bytes();
        !part.is_empty() && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    if !id.split('-').all(is_part) || id.len() > 64 {
        let shown = text::terminal(&text::truncate(id, 80)).into_owned();
        return Err(BadId::Form(shown));
    }
    let taken = format!("builtin:{id}.rhai");
    if builtin().iter().any(|rule| rule.path == taken) {
        return Err(BadId::Taken(id.to_owned()));
    }
    Ok((RULE.replace("ID", id), TESTS.to_owned()))
}

const RULE: &str = r#"//! Say here, in a sentence, what holds where this rule passes.
const META = #{
    id: "ID",
    title: "Connector says what it is for",
    severity: "medium", // critical | high | medium | low | info
    remediation: "Update the connector with a description that says who uses it.",
    params: #{
        min_length: 10, // an inventory can set another value
    },
};

fn check(ctx) {
    let description = ctx.observed.description;
    // What is absent can't be compared: ask first.
    if !present(description) {
        return fail_at("description", "there is no description");
    }
    if description.len() < ctx.params.min_length {
        return fail_at("description", `the description has less than ${ctx.params.min_length} characters`);
    }
    pass()
}
"#;

const TESTS: &str = r#"# Run by `hubdrift rules test`. Each case starts from `base` and changes what it says.
base:
  name: jira-secops
  description: Issues of the security team
  provider: {type: JIRA_CLOUD}
cases:
  - name: it says what it is for
    expect: {outcome: pass}
  - name: no description
    unset: [description]
    expect: {outcome: fail, path: description, message: there is no description}
  - name: too short
    set: {description: Jira}
    expect: {outcome: fail, message: {matches: "less than 10"}}
  - name: short is enough
    set: {description: Jira}
    params: {min_length: 4}
    expect: {outcome: pass}
"#;
