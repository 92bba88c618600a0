//! The one table of facts: what can be known about a connector, and how it behaves.
//!
//! The inventory's keys, the diff, the fixes, the getters that rules see, the
//! JSON Schema and `rules facts` are all read off [`TABLE`]. Whoever adds a
//! fact adds a row here and the place on the wire where it is read.
//!
//! Types, enum members and what can be updated were read from the service
//! model of Security Hub (botocore 1.44.5).

use crate::model::{Connector, Fact};

/// What is true of one fact.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// The fact.
    pub fact: Fact,
    /// Its path in inventories, rules, drift and reports, such as `provider.project_key`.
    pub path: &'static str,
    /// Its type.
    pub kind: Kind,
    /// When the API promises to send it.
    pub presence: Presence,
    /// The types of the providers that can have it; empty: all.
    pub providers: &'static [&'static str],
    /// Whether an inventory may expect it.
    pub expect: Expectable,
    /// How it can be changed.
    pub change: Change,
    /// One sentence for people.
    pub doc: &'static str,
    /// What it looks like.
    pub example: &'static str,
}

/// The type of a fact. It decides how values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text, compared exactly.
    Text,
    /// An ARN: text with a form of its own.
    Arn,
    /// One of the API's enums. A value that isn't a member is kept as it came.
    Enum(&'static EnumSpec),
    /// A point in time.
    Time,
    /// A list whose order means nothing.
    Set,
    /// Health issues.
    Issues,
    /// Text by key.
    Tags,
}

impl Kind {
    /// The type's name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Arn => "ARN",
            Self::Enum(_) => "enum",
            Self::Time => "time",
            Self::Set => "set of texts",
            Self::Issues => "list of issues",
            Self::Tags => "map of texts",
        }
    }
}

/// An enum of the API.
#[derive(Debug, PartialEq, Eq)]
pub struct EnumSpec {
    /// Its name in the service model.
    pub name: &'static str,
    /// Its members that we know.
    pub members: &'static [&'static str],
}

impl EnumSpec {
    /// Whether `value` is a member that we know.
    pub fn knows(&self, value: &str) -> bool {
        self.members.contains(&value)
    }
}

/// When the API promises to send a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Always.
    Required,
    /// Always, for connectors of these provider types.
    RequiredFor(&'static [&'static str]),
    /// It may be absent.
    Optional,
}

/// Whether an inventory may expect a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectable {
    /// Yes.
    Yes,
    /// No, and this is why, or what to do instead.
    No(&'static str),
}

/// How a fact can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// By `UpdateConnectorV2`.
    Update,
    /// By `TagResource` and `UntagResource`.
    Tag,
    /// By authorising the connector anew.
    Reauthorise,
    /// Only by a new connector.
    Replace,
    /// Not by a call: it is a consequence of something else.
    None,
}

/// Provider types.
pub static PROVIDER_TYPE: EnumSpec = EnumSpec {
    name: "ConnectorProviderName",
    members: &["JIRA_CLOUD", "SERVICENOW", "AZURE", "GCP"],
};
/// States of a connection.
pub static CONNECTOR_STATUS: EnumSpec = EnumSpec {
    name: "ConnectorStatus",
    members: &[
        "CONNECTED",
        "DEGRADED",
        "FAILED_TO_CONNECT",
        "PENDING_AUTHORIZATION",
        "PENDING_CONFIGURATION",
        "UNKNOWN",
    ],
};
/// States of enablement.
pub static ENABLEMENT_STATUS: EnumSpec = EnumSpec {
    name: "EnablementStatus",
    members: &[
        "ENABLED",
        "PENDING_ENABLEMENT",
        "FAILED_TO_ENABLE",
        "PENDING_UPDATE",
        "FAILED_TO_UPDATE",
        "PENDING_DELETION",
        "FAILED_TO_DELETE",
    ],
};
/// States of an authorisation.
pub static AUTH_STATUS: EnumSpec = EnumSpec {
    name: "ConnectorAuthStatus",
    members: &["ACTIVE", "FAILED"],
};
/// What the values of a cloud scope are.
pub static SCOPE_TYPE: EnumSpec = EnumSpec {
    name: "ScopeType",
    members: &["TENANT", "SUBSCRIPTION", "PROJECT", "ORGANIZATION"],
};
/// Kinds of health issue.
pub static ISSUE_CODE: EnumSpec = EnumSpec {
    name: "HealthIssueCode",
    members: &[
        "AUTHENTICATION_FAILURE",
        "STREAM_AUTHORIZATION_FAILURE",
        "DISCOVERY_FAILURE",
        "STREAM_LIMIT_EXCEEDED",
        "STREAM_DISCONNECTED",
        "RECORDING_FAILURE",
        "NO_HEALTH_DATA",
    ],
};

const MOVES: &str = "it changes by itself; judge it with a rule instead";
const SECRET: &str = "it is a secret, and is never read into anything";
const CLOUDS: &[&str] = &["AZURE", "GCP"];
const JIRA: &[&str] = &["JIRA_CLOUD"];

/// A row of the table.
const fn row(
    fact: Fact,
    path: &'static str,
    kind: Kind,
    presence: Presence,
    change: Change,
    doc: &'static str,
    example: &'static str,
) -> Spec {
    Spec {
        fact,
        path,
        kind,
        presence,
        providers: &[],
        expect: Expectable::Yes,
        change,
        doc,
        example,
    }
}

/// The same row for a fact that no inventory may expect.
const fn never(spec: Spec, why: &'static str) -> Spec {
    Spec {
        expect: Expectable::No(why),
        ..spec
    }
}

/// The same row for a fact that only connectors of these provider types can have.
const fn of(providers: &'static [&'static str], spec: Spec) -> Spec {
    Spec { providers, ..spec }
}

/// All facts, in the order in which they are shown.
pub static TABLE: [Spec; Fact::COUNT] = {
    use Change::{None, Reauthorise, Replace, Tag, Update};
    use Fact as F;
    use Kind::{Arn, Enum, Issues, Set, Tags, Text, Time};
    use Presence::{Optional, Required, RequiredFor};
    [
        never(
            row(
                F::ConnectorId,
                "connector_id",
                Text,
                Required,
                Replace,
                "The connector's id, a UUID.",
                "1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d",
            ),
            "it says which connector is meant: write it beside `id`, not in `expect`",
        ),
        never(
            row(
                F::ConnectorArn,
                "connector_arn",
                Arn,
                Optional,
                Replace,
                "The connector's ARN.",
                "arn:aws:securityhub:us-east-1:111122223333:connectorv2/1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d",
            ),
            "it says which connector is meant: write it beside `id`, not in `expect`",
        ),
        row(
            F::Name,
            "name",
            Text,
            Required,
            Replace,
            "The connector's name.",
            "jira-secops",
        ),
        row(
            F::Description,
            "description",
            Text,
            Optional,
            Update,
            "What it is for.",
            "Jira for the security team",
        ),
        row(
            F::KmsKeyArn,
            "kms_key_arn",
            Arn,
            Optional,
            Replace,
            "The customer managed KMS key that encrypts its secrets.",
            "arn:aws:kms:us-east-1:111122223333:key/0c0ffee0-0000-4000-8000-000000000001",
        ),
        never(
            row(
                F::CreatedAt,
                "created_at",
                Time,
                Required,
                None,
                "When it was created.",
                "2026-03-01T09:00:00Z",
            ),
            MOVES,
        ),
        never(
            row(
                F::LastUpdatedAt,
                "last_updated_at",
                Time,
                Required,
                None,
                "When it was last updated.",
                "2026-11-01T09:00:00Z",
            ),
            MOVES,
        ),
        row(
            F::EnablementStatus,
            "enablement_status",
            Enum(&ENABLEMENT_STATUS),
            Optional,
            None,
            "Whether it is enabled.",
            "ENABLED",
        ),
        row(
            F::EnablementStatusReason,
            "enablement_status_reason",
            Text,
            Optional,
            None,
            "Why it is in that state.",
            "ok",
        ),
        row(
            F::HealthConnectorStatus,
            "health.connector_status",
            Enum(&CONNECTOR_STATUS),
            Required,
            None,
            "Whether it is connected.",
            "CONNECTED",
        ),
        never(
            row(
                F::HealthLastCheckedAt,
                "health.last_checked_at",
                Time,
                Required,
                None,
                "When that was last checked.",
                "2026-11-22T08:00:00Z",
            ),
            MOVES,
        ),
        never(
            row(
                F::HealthMessage,
                "health.message",
                Text,
                Optional,
                None,
                "What the health check said.",
                "Connection is healthy",
            ),
            MOVES,
        ),
        never(
            row(
                F::HealthIssues,
                "health.issues",
                Issues,
                Optional,
                None,
                "The issues that the health check found: `code` and `message` of each.",
                "[]",
            ),
            MOVES,
        ),
        row(
            F::ProviderType,
            "provider.type",
            Enum(&PROVIDER_TYPE),
            Required,
            Replace,
            "Which provider it connects to.",
            "JIRA_CLOUD",
        ),
        of(
            JIRA,
            row(
                F::ProviderCloudId,
                "provider.cloud_id",
                Text,
                Optional,
                Reauthorise,
                "Jira Cloud: the id of the cloud site.",
                "5f1e0d2c-1111-4222-8333-444455556666",
            ),
        ),
        of(
            JIRA,
            row(
                F::ProviderProjectKey,
                "provider.project_key",
                Text,
                Optional,
                Update,
                "Jira Cloud: the project in which issues are made.",
                "SEC",
            ),
        ),
        of(
            JIRA,
            row(
                F::ProviderDomain,
                "provider.domain",
                Text,
                Optional,
                Reauthorise,
                "Jira Cloud: the site's domain.",
                "acme.atlassian.net",
            ),
        ),
        never(
            of(
                JIRA,
                row(
                    F::ProviderAuthUrl,
                    "provider.auth_url",
                    Text,
                    Optional,
                    Reauthorise,
                    "Jira Cloud: whether an authorisation URL was there; the URL is a secret and is always `[redacted]`.",
                    "[redacted]",
                ),
            ),
            SECRET,
        ),
        of(
            &["JIRA_CLOUD", "SERVICENOW"],
            row(
                F::ProviderAuthStatus,
                "provider.auth_status",
                Enum(&AUTH_STATUS),
                RequiredFor(&["SERVICENOW"]),
                Reauthorise,
                "Jira Cloud and ServiceNow: whether the authorisation holds.",
                "ACTIVE",
            ),
        ),
        of(
            &["SERVICENOW"],
            row(
                F::ProviderInstanceName,
                "provider.instance_name",
                Text,
                Optional,
                Replace,
                "ServiceNow: the instance.",
                "acme",
            ),
        ),
        of(
            &["SERVICENOW"],
            row(
                F::ProviderSecretArn,
                "provider.secret_arn",
                Arn,
                RequiredFor(&["SERVICENOW"]),
                Update,
                "ServiceNow: the secret with the instance's credentials.",
                "arn:aws:secretsmanager:us-east-1:111122223333:secret:servicenow-AbCdEf",
            ),
        ),
        of(
            CLOUDS,
            row(
                F::ProviderAwsConfigConnectorArn,
                "provider.aws_config_connector_arn",
                Arn,
                RequiredFor(CLOUDS),
                Replace,
                "Azure and GCP: the AWS Config connector.",
                "arn:aws:config:us-east-1:111122223333:connector/azure-main",
            ),
        ),
        of(
            CLOUDS,
            row(
                F::ProviderScopeType,
                "provider.scope_type",
                Enum(&SCOPE_TYPE),
                RequiredFor(CLOUDS),
                Update,
                "Azure and GCP: what the scope's values are.",
                "SUBSCRIPTION",
            ),
        ),
        of(
            CLOUDS,
            row(
                F::ProviderScopeValues,
                "provider.scope_values",
                Set,
                Optional,
                Update,
                "Azure and GCP: the tenants, subscriptions, projects or organisations.",
                "[0f0f0f0f-0000-4000-8000-000000000009]",
            ),
        ),
        of(
            &["AZURE"],
            row(
                F::ProviderAzureRegions,
                "provider.azure_regions",
                Set,
                RequiredFor(&["AZURE"]),
                Update,
                "Azure: the regions.",
                "[westeurope]",
            ),
        ),
        of(
            &["GCP"],
            row(
                F::ProviderGcpRegions,
                "provider.gcp_regions",
                Set,
                RequiredFor(&["GCP"]),
                Update,
                "GCP: the regions.",
                "[europe-west1]",
            ),
        ),
        row(
            F::Tags,
            "tags",
            Tags,
            Optional,
            Tag,
            "The connector's tags; read only when the inventory or a rule needs them.",
            "{team: secops}",
        ),
    ]
};

/// The row of `fact`.
pub fn spec(fact: Fact) -> &'static Spec {
    &TABLE[fact as usize]
}

/// The row whose path is `path`.
pub fn by_path(path: &str) -> Option<&'static Spec> {
    TABLE.iter().find(|spec| spec.path == path)
}

/// Whether the API promises `spec`'s fact for a connector of the type `provider`.
pub fn is_promised(spec: &Spec, provider: Option<&str>) -> bool {
    match spec.presence {
        Presence::Required => true,
        Presence::RequiredFor(providers) => provider.is_some_and(|p| providers.contains(&p)),
        Presence::Optional => false,
    }
}

/// Whether a connector of the type `provider` can have `spec`'s fact. What a provider that isn't
/// known can have isn't known.
pub fn can_have(spec: &Spec, provider: Option<&str>) -> bool {
    provider.is_none_or(|provider| {
        spec.providers.is_empty()
            || spec.providers.contains(&provider)
            || !PROVIDER_TYPE.knows(provider)
    })
}

/// Why this fact of a connector was not read, for a message; only where it wasn't.
pub fn why_unread(fact: Fact, connector: &Connector) -> String {
    if !spec(fact).path.starts_with("provider.") {
        return "the client that saved the answer may have dropped it".to_owned();
    }
    match connector.text(Fact::ProviderType) {
        Some(name) => format!("hubdrift doesn't know what the provider `{name}` says"),
        None => "the answer doesn't say which provider it is".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_fact_has_its_own_row_and_path() {
        for (index, (spec, fact)) in TABLE.iter().zip(Fact::ALL).enumerate() {
            assert_eq!(spec.fact, *fact, "row {index}");
            assert_eq!(by_path(spec.path).map(|s| s.fact), Some(*fact));
        }
        let paths: BTreeSet<_> = TABLE.iter().map(|spec| spec.path).collect();
        assert_eq!(paths.len(), Fact::COUNT);
    }

    #[test]
    fn each_setting_of_a_provider_says_whose_it_is() {
        for spec in &TABLE {
            let is_setting = spec.path.starts_with("provider.") && spec.fact != Fact::ProviderType;
            assert_eq!(spec.providers.is_empty(), !is_setting, "{}", spec.path);
            assert!(spec.providers.iter().all(|it| PROVIDER_TYPE.knows(it)));
            if let Presence::RequiredFor(promised) = spec.presence {
                let can_have = |it: &&str| can_have(spec, Some(it));
                assert!(promised.iter().all(can_have), "{}", spec.path);
            }
        }
        let domain = spec(Fact::ProviderDomain);
        assert!(can_have(domain, Some("JIRA_CLOUD")) && can_have(domain, Some("AcmeDesk")));
        assert!(can_have(domain, None) && !can_have(domain, Some("GCP")));
    }

    #[test]
    fn a_path_has_at_most_two_parts() {
        // The getters that rules see are two levels deep; a third would need a type of its own.
        assert!(TABLE.iter().all(|spec| spec.path.matches('.').count() <= 1));
    }

    #[test]
    fn what_the_design_refuses_in_expect_is_refused() {
        for path in [
            "created_at",
            "last_updated_at",
            "health.last_checked_at",
            "health.message",
            "provider.auth_url",
        ] {
            let spec = by_path(path).expect(path);
            assert!(matches!(spec.expect, Expectable::No(_)), "{path}");
        }
    }
}
