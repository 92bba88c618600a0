//! OCSF's words: one Compliance Finding of 1.8.0, with those of its attributes that are used here.
//!
//! Names and numbers are the schema's (<https://schema.ocsf.io/1.8.0/classes/compliance_finding>).
//! It knows nothing of audits.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

/// A text: the audit's own where it isn't shortened.
pub(super) type Text<'a> = Cow<'a, str>;

/// Attributes that the schema gives as a number, and often as a word beside it.
macro_rules! numbers {
    ($(#[$doc:meta])* $type:ident { $($(#[$member_doc:meta])* $member:ident = $number:literal $caption:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum $type { $($(#[$member_doc])* $member),* }

        impl $type {
            pub(super) const fn number(self) -> u8 {
                match self { $(Self::$member => $number),* }
            }

            /// The schema's caption of the number.
            pub(super) const fn caption(self) -> &'static str {
                match self { $(Self::$member => $caption),* }
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_u8(self.number())
            }
        }
    };
}

numbers! {
    /// What happened to the finding.
    Activity { Create = 1 "Create", Update = 2 "Update", Close = 3 "Close", }
}

numbers! {
    /// How bad it is.
    SeverityId {
        Informational = 1 "Informational",
        Low = 2 "Low",
        Medium = 3 "Medium",
        High = 4 "High",
        Critical = 5 "Critical",
    }
}

numbers! {
    /// What a check came to. 99 is what the schema has no number for: the word says what.
    Compliance {
        /// The check passed.
        Pass = 1 "Pass",
        /// In the schema's words, it "did not yield a result due to missing information".
        Warning = 2 "Warning",
        /// The check failed.
        Fail = 3 "Fail",
        /// Of the run: it passed for a part of the inventory only.
        Partial = 99 "Partial",
        /// Gone since the baseline.
        Resolved = 99 "Resolved",
        StaleWaiver = 99 "Stale waiver",
    }
}

numbers! {
    /// Where a finding is in its life; 99 as above.
    Life {
        New = 1 "New",
        Suppressed = 3 "Suppressed",
        Resolved = 4 "Resolved",
        /// The baseline has it.
        Existing = 99 "Existing",
    }
}

/// One event: a line of the report.
#[derive(Serialize)]
pub(super) struct Event<'a> {
    pub activity_id: Activity,
    pub activity_name: &'static str,
    pub category_uid: u8,
    pub class_uid: u16,
    pub type_uid: u32,
    pub severity_id: SeverityId,
    pub severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_id: Option<Life>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'static str>,
    /// Milliseconds since 1970.
    pub time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Text<'a>>,
    pub metadata: Metadata<'a>,
    pub cloud: Cloud<'a>,
    pub finding_info: FindingInfo<'a>,
    pub compliance: Judgement<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation: Option<Remediation<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unmapped: Option<Unmapped<'a>>,
}

/// Who says it.
#[derive(Serialize, Clone)]
pub(super) struct Metadata<'a> {
    pub version: &'static str,
    pub product: Product<'a>,
    pub log_name: &'static str,
    pub profiles: [&'static str; 1],
    /// The finding's kind, `pass` or `run`.
    pub event_code: &'static str,
}

#[derive(Serialize, Clone)]
pub(super) struct Product<'a> {
    pub name: &'static str,
    pub vendor_name: &'static str,
    pub version: Text<'a>,
}

/// The account and the region.
#[derive(Serialize)]
pub(super) struct Cloud<'a> {
    pub provider: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(rename = "cloud_partition")]
    pub partition: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<Account<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Text<'a>>,
}

#[derive(Serialize)]
pub(super) struct Account<'a> {
    pub uid: Text<'a>,
    /// The target's name in the inventory.
    pub name: Text<'a>,
    pub type_id: u8,
    pub r#type: &'static str,
}

#[derive(Serialize)]
pub(super) struct FindingInfo<'a> {
    pub uid: Text<'a>,
    /// The check on this connector, whatever it came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid_alt: Option<String>,
    pub title: Text<'a>,
    pub types: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub analytic: Option<Analytic<'a>>,
    /// Milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen_time: Option<i64>,
}

/// The rule.
#[derive(Serialize)]
pub(super) struct Analytic<'a> {
    pub uid: Text<'a>,
    pub name: Text<'a>,
    pub type_id: u8,
    pub r#type: &'static str,
    /// The digest of the rule's source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Text<'a>>,
}

/// OCSF's `compliance`.
#[derive(Serialize)]
pub(super) struct Judgement<'a> {
    pub control: Text<'a>,
    pub status_id: Compliance,
    pub status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desc: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub status_details: Vec<Text<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub standards: Vec<Text<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub requirements: Vec<Text<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub control_parameters: Vec<Parameter<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks: Option<[Check<'a>; 1]>,
}

#[derive(Serialize)]
pub(super) struct Parameter<'a> {
    pub name: Text<'a>,
    pub value: String,
}

#[derive(Serialize)]
pub(super) struct Check<'a> {
    pub uid: Text<'a>,
    pub name: Text<'a>,
    pub status_id: Compliance,
    pub status: &'static str,
}

#[derive(Serialize)]
pub(super) struct Resource<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<Text<'a>>,
    /// The address.
    pub uid_alt: Text<'a>,
    pub name: Text<'a>,
    pub r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Text<'a>>,
    /// The user's labels, `env=prod`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct Remediation<'a> {
    pub desc: Text<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Text<'a>>,
}

/// What OCSF has no attribute for, in hubdrift's words.
#[derive(Serialize, Default)]
pub(super) struct Unmapped<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<&'static str>,
    pub counted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_not: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiver: Option<Waiver<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<u8>,
    /// Which account and region was read, and as whom.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub read: Vec<String>,
    /// What was set that changed what was read or how it was judged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct Waiver<'a> {
    pub reason: Text<'a>,
    pub owner: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<Text<'a>>,
    pub expires: Text<'a>,
}
