//! Turns a role and a session's name into temporary credentials, and keeps them.
//!
//! The same requests give the same credentials in every run, so that tests are deterministic; they
//! are no secret. It does not know who may have them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::counts::Counts;
use super::principals::{Principal, Session};
use super::roles::RoleArn;

/// How many sessions are stored; the oldest are evicted, so that memory is bounded.
const MAX_SESSIONS: usize = 1 << 14;

/// What `AssumeRole` hands out.
#[derive(Debug)]
pub struct Issued {
    /// The id of the key.
    pub access_key_id: String,
    /// Everything else.
    pub principal: Arc<Principal>,
}

/// The sessions that were issued.
#[derive(Debug, Default)]
pub struct Sessions {
    stored: Mutex<Stored>,
}

#[derive(Debug, Default)]
struct Stored {
    by_key: HashMap<String, Arc<Principal>>,
    /// The keys, from the oldest on.
    order: VecDeque<String>,
    counts: Counts,
}

impl Sessions {
    /// The session with this access key, also when it is over.
    pub fn get(&self, access_key_id: &str) -> Option<Arc<Principal>> {
        let stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        stored.by_key.get(access_key_id).cloned()
    }

    /// Begins a session.
    pub fn issue(&self, role: &RoleArn, name: &str, expires: Timestamp) -> Issued {
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        let count = stored.counts.next((&role.arn, name));
        let seed = format!("{count} {} {name}", role.arn);
        let key = format!("ASIA{}", letters("key", &seed, 16, BASE32));
        let principal = Arc::new(Principal {
            account: role.account.clone(),
            arn: Some(role.session_arn(name)),
            role_id: Some(role_id(role)),
            secret: Some(letters("secret", &seed, 40, BASE64)),
            session: Some(Session {
                token: format!("{}==", letters("token", &seed, 298, BASE64)),
                expires,
            }),
        });
        stored.by_key.insert(key.clone(), Arc::clone(&principal));
        stored.order.push_back(key.clone());
        if stored.order.len() > MAX_SESSIONS
            && let Some(oldest) = stored.order.pop_front()
        {
            stored.by_key.remove(&oldest);
        }
        Issued {
            access_key_id: key,
            principal,
        }
    }
}

/// The id that a role has beside its name.
pub fn role_id(role: &RoleArn) -> String {
    format!("AROA{}", letters("role", &role.arn, 17, BASE32))
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// `count` letters of the alphabet, derived from the seed alone.
fn letters(what: &str, seed: &str, count: usize, alphabet: &[u8]) -> String {
    let blocks = (0_u32..).map(|block| Sha256::digest(format!("{block} {what} {seed}")));
    let bytes = blocks.flatten().take(count);
    bytes
        .map(|byte| char::from(alphabet[usize::from(byte) % alphabet.len()]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issue(sessions: &Sessions, name: &str) -> Issued {
        let role = RoleArn::parse("arn:aws:iam::222233334444:role/x").unwrap();
        sessions.issue(&role, name, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn sessions_are_the_same_in_every_run() {
        let run = || {
            let sessions = Sessions::default();
            [
                issue(&sessions, "a"),
                issue(&sessions, "a"),
                issue(&sessions, "b"),
            ]
            .map(|it| (it.access_key_id, it.principal))
        };
        let first = run();
        assert_eq!(first, run());
        let mut keys: Vec<_> = first.iter().map(|(key, _)| key).collect();
        keys.dedup();
        assert_eq!(keys.len(), 3);
        let (key, principal) = &first[0];
        assert_eq!((key.len(), &key[..4]), (20, "ASIA"));
        assert_eq!(principal.secret.as_ref().unwrap().len(), 40);
        assert_eq!(principal.session.as_ref().unwrap().token.len(), 300);
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let sessions = Sessions::default();
        let first = issue(&sessions, "a");
        let second = issue(&sessions, "a");
        for _ in 0..MAX_SESSIONS - 1 {
            issue(&sessions, "b");
        }
        assert_eq!(sessions.get(&first.access_key_id), None);
        assert!(sessions.get(&second.access_key_id).is_some());
    }
}
