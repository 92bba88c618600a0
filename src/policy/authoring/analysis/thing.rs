//! What a rule may look at and that need not be there: facts, tags, labels, expectations.

use std::{collections::BTreeMap, fmt};

use crate::{
    facts::{self, Kind},
    model::Fact,
    policy::language::inputs::Question,
};

/// One thing that need not be there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Thing {
    /// An observed fact; of tags, all of them.
    Fact(Fact),
    /// An observed tag.
    Tag(String),
    /// All labels.
    Labels,
    /// A label.
    Label(String),
    /// What the inventory expects a fact to be.
    Expected(Fact),
    /// The account that the connector is in.
    Account,
    /// The region that it is in.
    Region,
}

impl Thing {
    /// Whether its value, or one in it, is of an enum of the API.
    pub(crate) fn is_enum(&self) -> bool {
        match self {
            Self::Fact(fact) => matches!(facts::spec(*fact).kind, Kind::Enum(_) | Kind::Issues),
            _ => false,
        }
    }

    /// Reads what [`fmt::Display`] writes.
    pub(crate) fn from_path(path: &str) -> Option<Self> {
        if let Some(spec) = facts::by_path(path) {
            return Some(Self::Fact(spec.fact));
        }
        match path.split_once('.') {
            None if path == "labels" => Some(Self::Labels),
            Some(("tags", key)) if !key.is_empty() => Some(Self::Tag(key.to_owned())),
            Some(("labels", key)) if !key.is_empty() => Some(Self::Label(key.to_owned())),
            Some(("expected", path)) => facts::by_path(path).map(|spec| Self::Expected(spec.fact)),
            Some(("target", "account")) => Some(Self::Account),
            Some(("target", "region")) => Some(Self::Region),
            _ => None,
        }
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fact(fact) => f.write_str(facts::spec(*fact).path),
            Self::Tag(key) => write!(f, "tags.{key}"),
            Self::Labels => f.write_str("labels"),
            Self::Label(key) => write!(f, "labels.{key}"),
            Self::Expected(fact) => write!(f, "expected.{}", facts::spec(*fact).path),
            Self::Account => f.write_str("target.account"),
            Self::Region => f.write_str("target.region"),
        }
    }
}

/// All that a rule looks at, rather too much than too little.
#[derive(Debug, Clone, Default)]
pub(crate) struct LooksAt {
    /// Each thing, and whether the rule is sure to mean it: of the others it only uses the name.
    pub things: BTreeMap<Thing, bool>,
    /// Whether it uses tags otherwise than by a key that is written out.
    pub all_tags: bool,
    /// Whether it sees what has drifted: every field that the inventory expects.
    pub drift: bool,
}

impl LooksAt {
    /// The same with what an evaluation asked, where it was not seen that the rule would.
    pub(crate) fn and(&self, asked: &[Question]) -> Self {
        let mut all = self.clone();
        let knows = |is: fn(&Thing) -> bool| self.things.iter().any(|(it, sure)| *sure && is(it));
        for question in asked {
            match question {
                Question::Observed(Fact::Tags) => {
                    if !knows(|it| matches!(it, Thing::Tag(_))) {
                        all.all_tags = true;
                        all.add(Thing::Fact(Fact::Tags), false);
                    }
                }
                Question::Observed(fact) => all.add(Thing::Fact(*fact), false),
                Question::Expected(fact) => all.add(Thing::Expected(*fact), false),
                Question::Labels => {
                    if !knows(|it| matches!(it, Thing::Labels | Thing::Label(_))) {
                        all.add(Thing::Labels, false);
                    }
                }
                Question::Drift => all.drift = true,
                Question::TargetAccount => all.add(Thing::Account, false),
                Question::TargetRegion => all.add(Thing::Region, false),
                // It is always there.
                Question::TargetName => {}
            }
        }
        all
    }

    /// Whether the rule is sure to mean this thing.
    pub(crate) fn names(&self, thing: &Thing) -> bool {
        self.things.get(thing) == Some(&true)
    }

    /// Takes note of a thing.
    pub(crate) fn add(&mut self, thing: Thing, sure: bool) {
        *self.things.entry(thing).or_default() |= sure;
    }
}
