//! A connector as it was observed: a value, or its absence, for each fact.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;

/// Declares [`Fact`] with its count and its list from one enumeration, so that
/// no fact can be left out of either.
macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// One thing that can be known about a connector.
        ///
        /// What each is called, its type, how it compares and how it can be
        /// changed stands in the table of facts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Fact { $($(#[$doc])* $name,)* }

        impl Fact {
            /// Every fact, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
            /// How many there are.
            pub const COUNT: usize = Self::ALL.len();
        }
    };
}

facts! {
    /// The connector's id.
    ConnectorId,
    /// Its ARN.
    ConnectorArn,
    /// Its name.
    Name,
    /// Its description.
    Description,
    /// The customer managed KMS key.
    KmsKeyArn,
    /// When it was created.
    CreatedAt,
    /// When it was last updated.
    LastUpdatedAt,
    /// Whether it is enabled.
    EnablementStatus,
    /// Why it is (not) enabled.
    EnablementStatusReason,
    /// Whether it is connected.
    HealthConnectorStatus,
    /// When that was last checked.
    HealthLastCheckedAt,
    /// What the check said.
    HealthMessage,
    /// The issues that the check found.
    HealthIssues,
    /// Which provider it connects to.
    ProviderType,
    /// Jira Cloud: the cloud's id.
    ProviderCloudId,
    /// Jira Cloud: the project's key.
    ProviderProjectKey,
    /// Jira Cloud: the site's domain.
    ProviderDomain,
    /// Jira Cloud: the authorisation URL. A secret: only ever `[redacted]`.
    ProviderAuthUrl,
    /// Jira Cloud and ServiceNow: whether the authorisation holds.
    ProviderAuthStatus,
    /// ServiceNow: the instance's name.
    ProviderInstanceName,
    /// ServiceNow: the secret with its credentials.
    ProviderSecretArn,
    /// Azure and GCP: the AWS Config connector.
    ProviderAwsConfigConnectorArn,
    /// Azure and GCP: what the scope's values are.
    ProviderScopeType,
    /// Azure and GCP: the tenants, subscriptions, projects or organisations.
    ProviderScopeValues,
    /// Azure: its regions.
    ProviderAzureRegions,
    /// GCP: its regions.
    ProviderGcpRegions,
    /// The connector's tags. Read by a call of its own, only when needed.
    Tags,
}

/// The value of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text as the API sent it, or the name of an enum's member, known or not.
    Text(String),
    /// A point in time.
    Time(Time),
    /// Texts whose order means nothing; sorted, without duplicates.
    Set(Vec<String>),
    /// Health issues, in the API's order.
    Issues(Vec<Issue>),
    /// Tags by key.
    Tags(BTreeMap<String, String>),
}

/// A point in time, with the text it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Time {
    /// When.
    pub at: Timestamp,
    /// As the API wrote it.
    pub text: String,
}

/// An issue that a health check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Issue {
    /// An enum of the API, such as `AUTHENTICATION_FAILURE`; `None` when the answer lacks it.
    pub code: Option<String>,
    /// What the API says about it; `None` when the answer lacks it.
    pub message: Option<String>,
}

/// What was observed of a connector: for each fact a value, or nothing.
///
/// Absent is absent: no default ever stands in for a fact that was not read.
#[derive(Debug, Clone, Default)]
pub struct Connector {
    /// For each fact its place in `values`, from 1; 0 where it was not read. A connector has half
    /// of the facts or fewer, so this takes half the memory of a value or nothing for each fact.
    slots: [u8; Fact::COUNT],
    values: Vec<Value>,
    /// A bit for each fact whose absence doesn't mean that there is none.
    unread: u32,
    answer: Option<Arc<str>>,
}

const _: () = assert!(Fact::COUNT <= u32::BITS as usize, "a fact has a bit");

/// How many facts the API sends of a healthy connector.
const USUAL_COUNT: usize = 14;

impl PartialEq for Connector {
    fn eq(&self, other: &Self) -> bool {
        let same = |fact: &Fact| self.get(*fact) == other.get(*fact);
        let as_read = |fact: &Fact| self.is_unread(*fact) == other.is_unread(*fact);
        Fact::ALL.iter().all(|fact| same(fact) && as_read(fact)) && self.answer == other.answer
    }
}

impl Eq for Connector {}

impl Connector {
    /// The value of `fact`, if it was read.
    pub fn get(&self, fact: Fact) -> Option<&Value> {
        let slot = usize::from(self.slots[fact as usize]);
        self.values.get(slot.checked_sub(1)?)
    }

    /// Sets or takes away the value of `fact`.
    pub fn set(&mut self, fact: Fact, value: Option<Value>) {
        let slot = usize::from(self.slots[fact as usize]);
        match (slot.checked_sub(1), value) {
            (Some(at), Some(value)) => self.values[at] = value,
            (Some(at), None) => {
                self.values.remove(at);
                self.slots[fact as usize] = 0;
                for later in &mut self.slots {
                    *later -= u8::from(usize::from(*later) > slot);
                }
            }
            (None, Some(value)) => {
                if self.values.is_empty() {
                    self.values.reserve_exact(USUAL_COUNT);
                }
                self.values.push(value);
                self.slots[fact as usize] = u8::try_from(self.values.len()).unwrap_or(u8::MAX);
            }
            (None, None) => {}
        }
    }

    /// Notes that `fact` may be absent only because the client that saved the answer, or hubdrift
    /// itself, doesn't know the field.
    pub fn set_unread(&mut self, fact: Fact) {
        self.unread |= 1 << fact as u32;
    }

    /// Whether `fact` was not read, so that it is not known to be absent.
    pub fn is_unread(&self, fact: Fact) -> bool {
        self.unread & 1 << fact as u32 != 0 && self.get(fact).is_none()
    }

    /// The text of `fact`, if it was read and is one.
    pub fn text(&self, fact: Fact) -> Option<&str> {
        match self.get(fact) {
            Some(Value::Text(text)) => Some(text),
            Some(Value::Time(time)) => Some(&time.text),
            _ => None,
        }
    }

    /// The answer that the facts were read from, without its secrets; `None` unless it is kept
    /// for a snapshot.
    pub fn answer(&self) -> Option<&Arc<str>> {
        self.answer.as_ref()
    }

    /// Keeps the answer, or drops it. Whoever calls this has taken its secrets out.
    pub fn keep_answer(&mut self, answer: Option<Arc<str>>) {
        self.answer = answer;
    }

    /// The tags, if they were read.
    pub fn tags(&self) -> Option<&BTreeMap<String, String>> {
        match self.get(Fact::Tags) {
            Some(Value::Tags(tags)) => Some(tags),
            _ => None,
        }
    }
}
