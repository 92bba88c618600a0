//! An inventory becomes a plan: which targets to ask, and what to list and read there. What a target
//! answers is not known here, except that a listing names further connectors to read.

mod shard;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    inventory::{Exception, Expected, Identity, Inventory, Target, Unmanaged},
    model::{ConnectorId, Fact, Listing, Place, Summary, Value},
};

pub use shard::{NoShard, Shard};

/// What a run reads.
#[derive(Debug, Clone)]
pub struct Plan {
    /// One for each target in scope, by name.
    pub targets: Vec<TargetPlan>,
    /// How many targets the inventory has.
    pub targets_of: usize,
    /// The filters in force, as they were typed.
    pub filters: Vec<String>,
    /// The names of the targets that the filters exclude.
    pub left_out: Vec<String>,
    /// The shard whose plan this is, if there are shards.
    pub shard: Option<Shard>,
    /// The names of the targets of other shards.
    pub elsewhere: BTreeSet<String>,
}

/// What a run reads in one target.
#[derive(Debug, Clone)]
pub struct TargetPlan {
    /// The target.
    pub target: Target,
    /// Whether every page of `ListConnectorsV2` is needed.
    pub list: bool,
    /// Whether unmanaged connectors are read as well.
    pub read_unmanaged: bool,
    /// Connectors that are known by id, and whether their tags are needed.
    ids: BTreeMap<ConnectorId, bool>,
    /// Connectors that are known by name, and whether their tags are needed.
    names: BTreeMap<String, bool>,
    /// Whether a rule needs every connector's tags.
    all_tags: bool,
}

/// One `GetConnectorV2`, and whether the tags are read too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Read {
    /// The connector to ask for.
    pub id: ConnectorId,
    /// Whether `ListTagsForResource` follows.
    pub tags: bool,
}

/// Why there is nothing to read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Empty {
    /// A name that is no target's.
    #[error("there is no target `{0}`; the inventory has: {1}")]
    UnknownTarget(String, String),
    /// Targets that would not be asked, each with its place.
    #[error("{}", .0.iter().map(|(name, _)| unasked(name)).collect::<Vec<_>>().join("; "))]
    Unasked(Vec<(String, Option<Place>)>),
    /// Neither a connector nor a listing.
    #[error(
        "there is no connector to read and no target to list, so nothing would be checked (--allow-empty permits that)"
    )]
    Nothing,
}

/// Why a target would not be asked.
fn unasked(name: &str) -> String {
    format!(
        "the target `{name}` would not be asked at all: no connector is expected there, and what is unmanaged is ignored"
    )
}

/// Plans the reading of `inventory`, or of its targets named in `only` where there are any.
///
/// `rules_need_tags` says that a rule which is on needs every connector's tags.
///
/// # Errors
/// When a filter names no target, or one twice; or a target would not be asked and `allow_empty` is false.
pub fn plan(
    inventory: &Inventory,
    only: &[String],
    rules_need_tags: bool,
    allow_empty: bool,
) -> Result<Plan, Empty> {
    let names: Vec<_> = inventory
        .targets
        .iter()
        .map(|target| target.name.as_str())
        .collect();
    if let Some(unknown) = only.iter().find(|name| !names.contains(&name.as_str())) {
        return Err(Empty::UnknownTarget(unknown.clone(), names.join(", ")));
    }
    let expected = inventory.connectors_by_target();
    let (included, excluded): (Vec<_>, Vec<_>) = inventory
        .targets
        .iter()
        .partition(|target| only.is_empty() || only.contains(&target.name));
    let target_plan = |target: &Target| {
        let connectors = expected
            .get(target.name.as_str())
            .map_or(&[][..], Vec::as_slice);
        plan_target(target, connectors, rules_need_tags)
    };
    let plan = Plan {
        targets: included.into_iter().map(target_plan).collect(),
        targets_of: inventory.targets.len(),
        filters: only.iter().map(|name| format!("--target {name}")).collect(),
        left_out: excluded.into_iter().map(|it| it.name.clone()).collect(),
        shard: None,
        elsewhere: BTreeSet::new(),
    };
    let (asked, unasked): (Vec<_>, Vec<_>) =
        plan.targets.iter().partition(|target| target.is_asked());
    if allow_empty || (unasked.is_empty() && !asked.is_empty()) {
        return Ok(plan);
    }
    if asked.is_empty() {
        return Err(Empty::Nothing);
    }
    let unasked = unasked.into_iter().map(|it| &it.target);
    let unasked = unasked.map(|target| (target.name.clone(), target.place.clone()));
    Err(Empty::Unasked(unasked.collect()))
}

impl Plan {
    /// The target's name and the labels of each expected connector in scope; and once for each target
    /// whose unmanaged connectors are read, which have no labels.
    pub fn connectors<'a>(
        &'a self,
        inventory: &'a Inventory,
    ) -> impl Iterator<Item = (&'a str, &'a BTreeMap<String, String>)> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        let names: BTreeSet<&str> = self.targets.iter().map(TargetPlan::name).collect();
        let expected = inventory
            .connectors
            .iter()
            .map(|it| (it.target.as_str(), &it.labels));
        let unmanaged = self.targets.iter().filter(|it| it.read_unmanaged);
        expected
            .filter(move |(target, _)| names.contains(target))
            .chain(unmanaged.map(|it| (it.name(), &NONE)))
    }

    /// The targets of one shard, which may be none.
    #[must_use]
    pub fn shard(self, shard: Shard) -> Self {
        let is_own = |it: &TargetPlan| shard.of_target(&it.target.name) == shard.number;
        let (targets, others): (Vec<_>, Vec<_>) = self.targets.into_iter().partition(is_own);
        Self {
            targets,
            shard: Some(shard),
            elsewhere: others.into_iter().map(|it| it.target.name).collect(),
            ..self
        }
    }
}

fn plan_target(target: &Target, connectors: &[&Expected], all_tags: bool) -> TargetPlan {
    let (mut ids, mut names) = (BTreeMap::new(), BTreeMap::new());
    for connector in connectors {
        let tags = all_tags || connector.expect.iter().any(|it| it.fact == Fact::Tags);
        match &connector.identity {
            Identity::Name(name) => _ = names.insert(name.clone(), tags),
            Identity::Id(id) => _ = ids.insert(*id, tags),
            Identity::Arn(arn) => _ = ids.insert(arn.id, tags),
        }
    }
    let read_unmanaged = target.unmanaged != Unmanaged::Ignore;
    // A hub that should be disabled is listed to find out whether it is.
    let list = read_unmanaged || !names.is_empty() || !target.hub_enabled;
    TargetPlan {
        target: target.clone(),
        list,
        read_unmanaged,
        ids,
        names,
        all_tags,
    }
}

impl TargetPlan {
    fn name(&self) -> &str {
        &self.target.name
    }

    /// Whether Security Hub is asked for anything there: a listing or a connector. If not, the target
    /// may not be called read.
    pub fn is_asked(&self) -> bool {
        self.list || !self.ids.is_empty()
    }

    /// The reads that are known before anything was listed.
    pub fn first_reads(&self) -> Vec<Read> {
        let read = |(&id, &tags)| Read { id, tags };
        self.ids.iter().map(read).collect()
    }

    /// The further reads that a listing makes known: connectors found by name, and unmanaged ones.
    pub fn further_reads(&self, listing: &Listing) -> Vec<Read> {
        let (Listing::Complete(summaries)
        | Listing::Partial {
            known: summaries, ..
        }) = listing
        else {
            return Vec::new();
        };
        let mut reads = Vec::new();
        for summary in summaries
            .iter()
            .filter(|summary| !self.ids.contains_key(&summary.id))
        {
            let named = summary.name.as_ref().and_then(|name| self.names.get(name));
            if named.is_some() || self.read_unmanaged {
                reads.push(Read {
                    id: summary.id,
                    tags: named.copied().unwrap_or(self.all_tags),
                });
            }
        }
        reads.sort_unstable();
        reads.dedup();
        reads
    }

    /// Whether an unmanaged connector is only counted: the target ignores it, or excepts it as another
    /// inventory's.
    pub fn sets_aside(&self, summary: &Summary) -> bool {
        let is_excepted = |exception: &Exception| {
            let text = match exception.fact {
                Fact::Name => summary.name.clone(),
                _ => Some(summary.id.to_string()),
            };
            exception.matcher.accepts(text.map(Value::Text).as_ref())
        };
        !self.read_unmanaged || self.target.unmanaged_except.iter().any(is_excepted)
    }

    /// Whether the tags of a connector of this id and name were asked for.
    pub fn asked_tags(&self, id: &ConnectorId, name: Option<&str>) -> bool {
        let tags = self.ids.get(id).or_else(|| self.names.get(name?));
        tags.copied().unwrap_or(self.all_tags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{inventory::parse, yaml::SourceFile};

    fn planned(text: &str, only: &[&str], allow_empty: bool) -> Result<Plan, Empty> {
        let file = SourceFile {
            path: "hubdrift.yaml".to_owned(),
            text: format!("version: 1\n{text}"),
        };
        let only: Vec<_> = only.iter().map(ToString::to_string).collect();
        plan(&parse(&[file]).expect("valid"), &only, false, allow_empty)
    }

    const EUROPE: &str = "target_defaults: {unmanaged: ignore}\ntargets:\n  prod: {region: us-east-1}\n  europe: {region: eu-west-1}\nconnectors: [{id: jira, target: prod, name: jira-1}]\n";

    #[test]
    fn a_target_that_nobody_asks_is_refused_where_it_is_defined() {
        let refused = planned(EUROPE, &[], false).expect_err("nobody asks europe");
        let Empty::Unasked(targets) = &refused else {
            panic!("{refused:#?}");
        };
        let [(name, Some(place))] = &targets[..] else {
            panic!("{targets:#?}");
        };
        assert_eq!(
            (name.as_str(), place.to_string()),
            ("europe", "hubdrift.yaml:5:3".to_owned())
        );
        let message = refused.to_string();
        assert!(message.starts_with("the target `europe` would not be asked"));

        let permitted = planned(EUROPE, &[], true).expect("permitted");
        let asked = permitted
            .targets
            .iter()
            .map(|it| (it.name(), it.is_asked()));
        assert_eq!(
            asked.collect::<Vec<_>>(),
            [("europe", false), ("prod", true)]
        );
        // Out of scope, it need not be asked.
        assert!(planned(EUROPE, &["prod"], false).is_ok());
        assert_eq!(
            planned(EUROPE, &["europe"], false).err(),
            Some(Empty::Nothing)
        );
    }

    #[test]
    fn a_listing_or_a_connector_is_asked_for() {
        for asked in [
            "unmanaged: fail",
            "unmanaged: judge",
            "unmanaged: ignore, hub: disabled",
        ] {
            let text = EUROPE.replace("region: eu-west-1", &format!("region: eu-west-1, {asked}"));
            let plan = planned(&text, &[], false).expect(asked);
            assert!(plan.targets.iter().all(TargetPlan::is_asked), "{asked}");
        }
        let id = "connector_id: 1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d";
        let text = EUROPE.replace("}]", &format!("}}, {{id: x, target: europe, {id}}}]"));
        assert!(planned(&text, &[], false).is_ok());
    }
}
