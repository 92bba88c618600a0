//! The types that values of a rule have, as far as they can be told without running it.

use crate::{
    facts::{self, EnumSpec, Kind, Spec, TABLE},
    model::Fact,
    policy::language::question::Question,
};

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Type {
    /// Nothing, yet.
    Nothing,
    /// Anything.
    Any,
    Ctx,
    Target,
    Params,
    Labels,
    Tags,
    /// The tags that are expected.
    ExpectedTags,
    /// All facts, observed or expected.
    Facts {
        observed: bool,
    },
    /// The facts whose paths begin with one word.
    Group {
        name: &'static str,
        observed: bool,
    },
    /// A fact that is no container.
    Fact(Fact),
    Issues,
    Issue,
    IssueCode,
    Drifts,
    Drift,
    Arn,
    Time,
    Text,
    /// What has no fields, and is no fact.
    Plain,
}

/// What a field is.
pub(crate) enum Field {
    /// A value of this type.
    Is(Type),
    /// There is none of this name; these there are.
    Unknown(&'static str, Vec<&'static str>),
}

impl Type {
    /// A value that is one or the other.
    pub(crate) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, one) | (one, Self::Nothing) => one,
            (one, other) if one == other => one,
            _ => Self::Any,
        }
    }

    /// The enum whose value it is.
    pub(crate) fn members(self) -> Option<&'static EnumSpec> {
        match self {
            Self::Fact(fact) => match facts::spec(fact).kind {
                Kind::Enum(members) => Some(members),
                _ => None,
            },
            Self::IssueCode => Some(&facts::ISSUE_CODE),
            _ => None,
        }
    }

    /// Whether its fields are what somebody chose to call them.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::Labels | Self::Tags | Self::ExpectedTags)
    }

    /// What one of its elements is.
    pub(crate) fn item(self) -> Self {
        match self {
            Self::Issues => Self::Issue,
            Self::Drifts => Self::Drift,
            _ => Self::Any,
        }
    }

    /// The field `name`.
    pub(crate) fn field(self, name: &str) -> Field {
        const CTX: &[(&str, Type)] = &[
            ("now", Type::Time),
            ("target", Type::Target),
            ("labels", Type::Labels),
            ("params", Type::Params),
            ("expected", Type::Facts { observed: false }),
            ("observed", Type::Facts { observed: true }),
            ("drift", Type::Drifts),
        ];
        const ISSUE: &[(&str, Type)] = &[("code", Type::IssueCode), ("message", Type::Text)];
        const TARGET: &[&str] = &["name", "account", "region", "partition"];
        const DRIFT: &[&str] = &["path", "expected", "observed"];
        const ARN: &[&str] = &["partition", "service", "region", "account", "resource"];
        let of = |what, fields: &[(&'static str, Self)]| {
            let field = fields.iter().find(|(field, _)| *field == name);
            field.map_or_else(
                || Field::Unknown(what, fields.iter().map(|(field, _)| *field).collect()),
                |(_, is)| Field::Is(*is),
            )
        };
        let texts = |what, fields: &[&'static str]| {
            if fields.contains(&name) {
                Field::Is(Self::Text)
            } else {
                Field::Unknown(what, fields.to_vec())
            }
        };
        match self {
            Self::Ctx => of("ctx", CTX),
            Self::Target => texts("ctx.target", TARGET),
            Self::Issue => of("an issue", ISSUE),
            Self::Drift => texts("a drifted field", DRIFT),
            Self::Arn => texts("an ARN", ARN),
            Self::Facts { observed } => {
                let what = if observed {
                    "ctx.observed"
                } else {
                    "ctx.expected"
                };
                Self::of_facts(what, "", observed, name)
            }
            Self::Group {
                name: group,
                observed,
            } => Self::of_facts(group, group, observed, name),
            _ => Field::Is(Self::Any),
        }
    }

    fn of_facts(what: &'static str, group: &'static str, observed: bool, name: &str) -> Field {
        let mut known = Vec::new();
        for spec in &TABLE {
            let (first, rest) = spec.path.split_once('.').unwrap_or(("", spec.path));
            if first == group {
                if rest == name {
                    return Field::Is(Self::of_fact(spec, observed));
                }
                known.push(rest);
            } else if group.is_empty() {
                if first == name {
                    return Field::Is(Self::Group {
                        name: first,
                        observed,
                    });
                }
                if known.last() != Some(&first) {
                    known.push(first);
                }
            }
        }
        Field::Unknown(what, known)
    }

    fn of_fact(spec: &Spec, observed: bool) -> Self {
        match spec.kind {
            Kind::Issues => Self::Issues,
            Kind::Tags if observed => Self::Tags,
            Kind::Tags => Self::ExpectedTags,
            _ => Self::Fact(spec.fact),
        }
    }
}

/// What a rule asks that reads the field `name` of a value of this type.
pub(crate) fn question(of: Type, name: &str) -> Option<Question> {
    let (path, observed) = match of {
        Type::Facts { observed } => (name.to_owned(), observed),
        Type::Group {
            name: group,
            observed,
        } => (format!("{group}.{name}"), observed),
        Type::Tags => return Some(Question::Tag(name.to_owned())),
        Type::Labels => return Some(Question::Label(name.to_owned())),
        Type::Target => {
            return match name {
                "account" => Some(Question::Account),
                "region" | "partition" => Some(Question::Region),
                _ => None,
            };
        }
        _ => return None,
    };
    let fact = facts::by_path(&path)?.fact;
    Some(if observed {
        Question::Fact(fact)
    } else {
        Question::Expected(fact)
    })
}
