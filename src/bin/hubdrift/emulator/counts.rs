//! Counts how often the same key came, and derives request ids from it that are the same in
//! every run.
//!
//! It reads of a request only what tells it from others.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::sync::{Mutex, PoisonError};

use hubdrift::text;
use hyper::http::request::Parts;
use sha2::{Digest as _, Sha256};

/// How many different keys are counted. A load test that reads every connector of a large state stays
/// far below; the bound keeps memory below some 40 MiB whatever is asked.
const MAX_KEYS: usize = 1 << 20;

/// How often each key came.
#[derive(Debug, Default)]
pub struct Counts {
    by_hash: HashMap<u64, u64>,
    others: u64,
}

impl Counts {
    /// Counts a key: how often it came, from 1. Beyond [`MAX_KEYS`] keys, all others share one counter,
    /// so that the number is still unique, but no longer the key's own.
    pub fn next(&mut self, what: impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        let hash = hasher.finish();
        if self.by_hash.len() < MAX_KEYS || self.by_hash.contains_key(&hash) {
            let count = self.by_hash.entry(hash).or_default();
            *count += 1;
            *count
        } else {
            self.others += 1;
            // Above the count of any single key.
            (1 << 63) + self.others
        }
    }
}

/// Request ids that are unique, and the same in every run: concurrent requests come in any order, and
/// reports that print their ids should not change with it.
#[derive(Debug, Default)]
pub struct RequestIds {
    counts: Mutex<Counts>,
}

impl RequestIds {
    /// The id of a request.
    pub fn next(&self, request: &Parts, body: &[u8]) -> String {
        let mut asked = format!("{} {}", request.method, request.uri);
        if !names_a_connector(request.uri.path()) {
            // All callers send the same path here, so that the caller and the body tell requests apart.
            asked.push_str(scope(request).unwrap_or_default());
            asked.push_str(&String::from_utf8_lossy(body));
        }
        let count = {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            counts.next(&asked)
        };
        let id = text::hex(&Sha256::digest(format!("{count} {asked}")));
        let part = |range| id.get(range).unwrap_or_default();
        format!(
            "{}-{}-4{}-8{}-{}",
            part(0..8),
            part(8..12),
            part(13..16),
            part(17..20),
            part(20..32)
        )
    }
}

/// Whether a path names one connector, so that the caller does not matter.
fn names_a_connector(path: &str) -> bool {
    path.starts_with("/connectorsv2/") || path.starts_with("/tags/")
}

/// The credential of a signature without its date, which differs from day to day: the key's
/// id is enough, with the region. Nothing when there is none.
fn scope(request: &Parts) -> Option<&str> {
    let header = request.headers.get("authorization")?.to_str().ok()?;
    let credential = header.split_once("Credential=")?.1;
    let end = credential.find('/')?;
    credential.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(ids: &RequestIds, path: &str, key: &str) -> String {
        let credential = format!("AWS4-HMAC-SHA256 Credential={key}/20261122/us-east-1/x/y");
        let request = hyper::Request::get(path).header("authorization", credential);
        ids.next(&request.body(()).unwrap().into_parts().0, b"")
    }

    #[test]
    fn each_request_has_its_id_in_every_run() {
        let run = |order: &[(&str, &str)]| {
            let ids = RequestIds::default();
            let mut seen: Vec<_> = order
                .iter()
                .map(|(path, key)| id(&ids, path, key))
                .collect();
            seen.sort();
            seen
        };
        let asked = [
            ("/connectorsv2", "A"),
            ("/connectorsv2", "B"),
            ("/connectorsv2/x", "A"),
            ("/connectorsv2/x", "A"),
        ];
        let mut other_order = asked;
        other_order.reverse();
        let first = run(&asked);
        assert_eq!(first, run(&other_order));
        let mut unique = first.clone();
        unique.dedup();
        assert_eq!((unique.len(), first[0].len()), (4, 36));
        // The id of a connector's request does not depend on the caller: recorded reports stay as they are.
        let ids = RequestIds::default();
        assert_eq!(
            id(&ids, "/tags/a", "A"),
            id(&RequestIds::default(), "/tags/a", "B")
        );
    }

    #[test]
    fn what_is_not_remembered_is_still_told_apart() {
        let mut counts = Counts {
            by_hash: (0..MAX_KEYS as u64).map(|it| (it, 1)).collect(),
            others: 0,
        };
        let (first, second) = (counts.next("a"), counts.next("b"));
        assert_ne!(first, second);
        assert_eq!(counts.by_hash.len(), MAX_KEYS);
    }
}
