//! Turns a target of a snapshot into what is looked up in it: connectors by their id, and the
//! entries of its list.
//!
//! It knows nothing of requests.

use std::borrow::Cow;
use std::collections::HashMap;

use hubdrift::observed::snapshot::{Connector, Target};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::limits::Bucket;
use super::summary::summarise;

/// A target, with the list that `ListConnectorsV2` reads out.
#[derive(Debug)]
pub struct ServedTarget {
    /// As the file has it.
    pub target: Target<'static>,
    /// Where in it which connector is.
    by_id: HashMap<String, usize>,
    /// The entries of the list.
    pub entries: Vec<Entry>,
    /// Whether the list is complete; if not, the page after the last entry is an error.
    pub complete: bool,
    /// Its token bucket, where it is limited.
    pub bucket: Option<Bucket>,
}

/// An entry of the list, with what a list can be filtered by.
#[derive(Debug)]
pub struct Entry {
    /// As it is sent.
    pub summary: Box<RawValue>,
    /// Of which provider.
    pub provider_name: Option<String>,
    /// In which state.
    pub connector_status: Option<String>,
    /// Whether enabled.
    pub enablement_status: Option<String>,
}

impl ServedTarget {
    /// Derives the list from the connectors, where the state has none and was written by hand: then it
    /// names all that exist.
    pub fn new(mut target: Target<'static>, bucket: Option<Bucket>) -> Self {
        let (summaries, complete): (Vec<_>, _) = match target.listing.take() {
            Some(listing) => {
                let summaries = listing.summaries.into_iter().map(Cow::into_owned);
                (summaries.collect(), listing.complete)
            }
            // Observed without a listing: whether there were others is not known.
            None if target.connectors.iter().any(|it| it.observed_at.is_some()) => {
                (Vec::new(), false)
            }
            None => (
                target
                    .connectors
                    .iter()
                    .filter_map(|it| summarise(&target, it))
                    .collect(),
                true,
            ),
        };
        let ids = target.connectors.iter().enumerate();
        Self {
            by_id: ids
                .map(|(index, it)| (it.connector_id.clone().into_owned(), index))
                .collect(),
            target,
            entries: summaries.into_iter().map(entry).collect(),
            complete,
            bucket,
        }
    }

    /// The connector with this id.
    pub fn connector(&self, connector_id: &str) -> Option<&Connector<'static>> {
        self.target.connectors.get(*self.by_id.get(connector_id)?)
    }
}

/// Reads what a list can be filtered by from an entry; nothing, if it is not in the API's form.
fn entry(summary: Box<RawValue>) -> Entry {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "PascalCase", default)]
    struct Wire {
        provider_summary: ProviderSummary,
        enablement_status: Option<String>,
    }
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "PascalCase", default)]
    struct ProviderSummary {
        provider_name: Option<String>,
        connector_status: Option<String>,
    }
    let wire: Wire = serde_json::from_str(summary.get()).unwrap_or_default();
    Entry {
        summary,
        provider_name: wire.provider_summary.provider_name,
        connector_status: wire.provider_summary.connector_status,
        enablement_status: wire.enablement_status,
    }
}
