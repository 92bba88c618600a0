//! The API's enums, by their names in its service model, with the members that are known.

use super::spec::EnumSpec;
use crate::model::provider::{AZURE, GCP, JIRA_CLOUD, SERVICENOW};

/// Provider types.
pub static PROVIDER_TYPE: EnumSpec = EnumSpec {
    name: "ConnectorProviderName",
    members: &[JIRA_CLOUD, SERVICENOW, AZURE, GCP],
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
