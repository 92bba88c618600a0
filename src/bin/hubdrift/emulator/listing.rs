//! Turns the parameters of `ListConnectorsV2` and the entries of a target into one page.
//!
//! It hands the entries out as they are, and does not know where they come from.

use std::fmt::Write as _;

use super::reply::{Answer, ApiError, Reply};
use super::served::{Entry, ServedTarget};
use super::uri;

/// The most entries that a page of the API has.
pub const MAX_PAGE: usize = 100;

/// The parameters of `ListConnectorsV2`.
#[derive(Debug, PartialEq, Eq)]
pub struct ListQuery {
    max_results: Option<usize>,
    provider_name: Option<String>,
    connector_status: Option<String>,
    enablement_status: Option<String>,
    /// Which page, from 1.
    pub page: u64,
    /// How many entries the pages before had.
    offset: usize,
    /// The end of this list's tokens, so that they are refused for other lists.
    seal: String,
}

impl ListQuery {
    /// Reads a query string; a token must be one of this list.
    ///
    /// # Errors
    /// The API's own, when the parameters make no sense.
    pub fn parse(query: &str, account: &str, region: &str) -> Result<Self, ApiError> {
        let Some(mut parameters) = uri::parameters(query) else {
            return Err(ApiError::validation(
                "The query string is not percent-encoded UTF-8",
            ));
        };
        let max_results = match parameters.remove("MaxResults") {
            None => None,
            Some(text) => match text.parse() {
                Ok(number @ 1..=MAX_PAGE) => Some(number),
                _ => {
                    return Err(ApiError::validation(format!(
                        "1 validation error detected: Value '{text}' at 'maxResults' failed to satisfy constraint: \
                         Member must be between 1 and {MAX_PAGE}, inclusive"
                    )));
                }
            },
        };
        let provider_name = member(parameters.remove("ProviderName"), "providerName", PROVIDERS)?;
        let connector_status = member(
            parameters.remove("ConnectorStatus"),
            "connectorStatus",
            CONNECTOR_STATUSES,
        )?;
        let enablement_status = member(
            parameters.remove("EnablementStatus"),
            "enablementStatus",
            ENABLEMENT_STATUSES,
        )?;
        let seal = format!(
            "{account}/{region}/{provider_name:?}/{connector_status:?}/{enablement_status:?}"
        );
        let (page, offset) = match parameters.remove("NextToken") {
            None => (1, 0),
            Some(token) => open_token(&token, &seal)
                .ok_or_else(|| ApiError::validation("Invalid NextToken"))?,
        };
        Ok(Self {
            max_results,
            provider_name,
            connector_status,
            enablement_status,
            page,
            offset,
            seal,
        })
    }
}

const PROVIDERS: &[&str] = &["JIRA_CLOUD", "SERVICENOW", "AZURE", "GCP"];
const CONNECTOR_STATUSES: &[&str] = &[
    "CONNECTED",
    "DEGRADED",
    "FAILED_TO_CONNECT",
    "PENDING_AUTHORIZATION",
    "PENDING_CONFIGURATION",
    "UNKNOWN",
];
const ENABLEMENT_STATUSES: &[&str] = &[
    "ENABLED",
    "PENDING_ENABLEMENT",
    "FAILED_TO_ENABLE",
    "PENDING_UPDATE",
    "FAILED_TO_UPDATE",
    "PENDING_DELETION",
    "FAILED_TO_DELETE",
];

fn member(value: Option<String>, name: &str, members: &[&str]) -> Result<Option<String>, ApiError> {
    match value {
        Some(value) if !members.contains(&value.as_str()) => Err(ApiError::validation(format!(
            "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: \
             Member must satisfy enum value set: [{}]",
            members.join(", ")
        ))),
        value => Ok(value),
    }
}

/// The page that is asked for, of at most `page_size` entries.
pub fn list(served: &ServedTarget, query: &ListQuery, page_size: usize) -> Reply {
    let size = query.max_results.unwrap_or(MAX_PAGE).min(page_size);
    let mut entries = served.entries.iter().filter(|entry| passes(entry, query));
    let entries_here: Vec<&str> = entries
        .by_ref()
        .skip(query.offset)
        .take(size)
        .map(|entry| entry.summary.get())
        .collect();
    // What a snapshot could not list stays unlisted: the page that failed fails again.
    if !served.complete && entries_here.is_empty() {
        return ApiError::new(
            500,
            "InternalServerException",
            "The listing in the state is not complete",
        )
        .into();
    }
    let mut body = format!("{{\"Connectors\":[{}]", entries_here.join(","));
    if entries.next().is_some() || !served.complete {
        let end = query.offset.saturating_add(entries_here.len());
        let token = seal_token(query.page + 1, end, &query.seal);
        // Writing to a string does not fail.
        let _ = write!(body, ",\"NextToken\":\"{token}\"");
    }
    body.push('}');
    Answer::json(200, body).into()
}

/// Whether an entry of the list has what the query asks for.
fn passes(entry: &Entry, query: &ListQuery) -> bool {
    let fits = |asked: &Option<String>, has: &Option<String>| asked.is_none() || asked == has;
    fits(&query.provider_name, &entry.provider_name)
        && fits(&query.connector_status, &entry.connector_status)
        && fits(&query.enablement_status, &entry.enablement_status)
}

/// An opaque token: page, offset and seal in hexadecimal.
fn seal_token(page: u64, offset: usize, seal: &str) -> String {
    let text = format!("{page} {offset} {seal}");
    text.bytes().fold(String::new(), |mut token, byte| {
        // Writing to a string does not fail.
        let _ = write!(token, "{byte:02x}");
        token
    })
}

fn open_token(token: &str, seal: &str) -> Option<(u64, usize)> {
    let pairs = token.as_bytes().chunks(2);
    let bytes: Option<Vec<u8>> = pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    let text = String::from_utf8(bytes?).ok()?;
    let mut parts = text.splitn(3, ' ');
    let page = parts.next()?.parse().ok()?;
    let offset = parts.next()?.parse().ok()?;
    let opened = (page, offset);
    // Only a token that we would write ourselves is one of ours.
    (parts.next()? == seal && seal_token(page, offset, seal) == token).then_some(opened)
}
