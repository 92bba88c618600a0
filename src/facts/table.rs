//! The table itself: a row for each fact.

use super::{
    enums::{AUTH_STATUS, CONNECTOR_STATUS, ENABLEMENT_STATUS, PROVIDER_TYPE, SCOPE_TYPE},
    spec::{Change, Expectable, Kind, Presence, Spec},
};
use crate::model::{
    Fact,
    provider::{AZURE, GCP, JIRA_CLOUD, SERVICENOW},
};

const CHANGES_BY_ITSELF: &str = "it changes by itself; judge it with a rule instead";
const SECRET: &str = "it is a secret, and is never read into anything";
const CLOUDS: &[&str] = &[AZURE, GCP];

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
            CHANGES_BY_ITSELF,
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
            CHANGES_BY_ITSELF,
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
            CHANGES_BY_ITSELF,
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
            CHANGES_BY_ITSELF,
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
            CHANGES_BY_ITSELF,
        ),
        row(
            F::ProviderType,
            "provider.type",
            Enum(&PROVIDER_TYPE),
            Required,
            Replace,
            "Which provider it connects to.",
            JIRA_CLOUD,
        ),
        of(
            &[JIRA_CLOUD],
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
            &[JIRA_CLOUD],
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
            &[JIRA_CLOUD],
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
                &[JIRA_CLOUD],
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
            &[JIRA_CLOUD, SERVICENOW],
            row(
                F::ProviderAuthStatus,
                "provider.auth_status",
                Enum(&AUTH_STATUS),
                RequiredFor(&[SERVICENOW]),
                Reauthorise,
                "Jira Cloud and ServiceNow: whether the authorisation holds.",
                "ACTIVE",
            ),
        ),
        of(
            &[SERVICENOW],
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
            &[SERVICENOW],
            row(
                F::ProviderSecretArn,
                "provider.secret_arn",
                Arn,
                RequiredFor(&[SERVICENOW]),
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
            &[AZURE],
            row(
                F::ProviderAzureRegions,
                "provider.azure_regions",
                Set,
                RequiredFor(&[AZURE]),
                Update,
                "Azure: the regions.",
                "[westeurope]",
            ),
        ),
        of(
            &[GCP],
            row(
                F::ProviderGcpRegions,
                "provider.gcp_regions",
                Set,
                RequiredFor(&[GCP]),
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
