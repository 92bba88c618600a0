//! What a rule is evaluated on: one connector, with what the inventory and the diff say of it.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    diff::Drift,
    inventory::Expectation,
    model::{Connector, Unread},
};

/// A connector as rules see it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The target it is in.
    pub target: &'a Arc<TargetFacts>,
    /// The user's labels.
    pub labels: &'a BTreeMap<String, String>,
    /// What the inventory expects of it; empty when it is unmanaged.
    pub expected: &'a [Expectation],
    /// What was observed.
    pub state: SubjectState<'a>,
    /// How the two differ.
    pub drift: &'a [Drift],
    /// Whether the tags were asked for.
    pub tags_read: bool,
}

/// What there is to judge.
#[derive(Debug, Clone, Copy)]
pub enum SubjectState<'a> {
    /// The connector; shared, because rules may keep it while they run.
    Present(&'a Arc<Connector>),
    /// There is none: rules are skipped.
    Missing,
    /// It could not be read: rules are errors.
    Unread(&'a Unread),
}

/// A target as rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TargetFacts {
    /// Its name in the inventory.
    pub name: String,
    /// The account, when it is known.
    pub account: Option<String>,
    /// The region, when it is known.
    pub region: Option<String>,
}
