//! Whether a rule is evaluated on a connector, and what its result is where it isn't.

use super::{compile::Rule, evaluation::Evaluation, settings::Effective};
use crate::{
    facts::PROVIDER_TYPE,
    model::{Fact, Level, Outcome, Unread},
    policy::subject::{Subject, SubjectState},
};

/// Whether `rule` is evaluated on `subject` at all.
pub(crate) fn is_run(rule: &Rule, subject: &Subject<'_>) -> bool {
    let is_other = match (subject.state, &rule.meta.providers) {
        (SubjectState::Present(connector), Some(providers)) => {
            other_provider(providers, connector.text(Fact::ProviderType)).is_some()
        }
        _ => false,
    };
    !is_other && without_evaluation(rule, &rule.settings.for_subject(subject), subject).is_none()
}

/// The result for a connector for which the rule is off, or that was not read.
pub(crate) fn without_evaluation(
    rule: &Rule,
    effective: &Effective,
    subject: &Subject<'_>,
) -> Option<Evaluation> {
    if effective.level == Level::Off {
        let place = effective
            .level_place
            .as_ref()
            .map_or_else(String::new, |place| format!(" ({place})"));
        let off = Evaluation::new(
            Outcome::NotApplicable,
            format!("switched off for this connector{place}"),
        );
        let (target, labels) = (&subject.target.name, subject.labels);
        let is_known = matches!(subject.state, SubjectState::Present(connector) if connector.text(Fact::ProviderType).is_some());
        if is_known || !rule.settings.may_be_on(target, labels) {
            return Some(off);
        }
        // A `match` by provider may switch it on: nobody knows.
        return Some(match subject.state {
            SubjectState::Present(_) => Evaluation::error(
                "whether the rule is on for this connector can't be said: `provider.type` is absent",
            ),
            SubjectState::Unread(unread) => unavailable(unread),
            SubjectState::Missing => skipped(),
        });
    }
    match subject.state {
        SubjectState::Present(_) => None,
        SubjectState::Unread(unread) => Some(unavailable(unread)),
        SubjectState::Missing => Some(skipped()),
    }
}

fn unavailable(unread: &Unread) -> Evaluation {
    Evaluation::error(format!("facts_unavailable: {unread}"))
}

fn skipped() -> Evaluation {
    Evaluation::new(Outcome::Skipped, "there is no connector to judge")
}

/// For a rule that is for some providers only: why it isn't for this connector, or why that can't be said.
pub(crate) fn other_provider(providers: &[String], provider: Option<&str>) -> Option<Evaluation> {
    match provider {
        Some(provider) if providers.iter().any(|p| p == provider) => None,
        Some(provider) if PROVIDER_TYPE.knows(provider) => {
            let message = format!(
                "the rule is for {}, not for {provider}",
                providers.join(", ")
            );
            Some(Evaluation::new(Outcome::NotApplicable, message))
        }
        Some(provider) => Some(Evaluation::error(format!(
            "whether the rule is for this connector can't be said: `provider.type` is `{provider}`, which hubdrift doesn't know"
        ))),
        None => Some(Evaluation::error(
            "whether the rule is for this connector can't be said: `provider.type` is absent",
        )),
    }
}
