//! What `UpdateConnectorV2` can change of a provider becomes the JSON of its `Provider` parameter.

use serde::Serialize;

/// The settings of a provider that can be updated, each provider's together.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all_fields = "PascalCase")]
pub enum ProviderUpdate<'a> {
    /// Jira Cloud.
    JiraCloud {
        /// The project's key.
        project_key: &'a str,
    },
    /// ServiceNow.
    ServiceNow {
        /// The secret with its credentials.
        secret_arn: &'a str,
    },
    /// Azure, which takes scope and regions together.
    Azure {
        /// Its regions.
        azure_regions: Vec<String>,
        /// What is in scope.
        scope_configuration: Scope,
    },
    /// GCP, which takes scope and regions together.
    #[serde(rename = "GCP")]
    Gcp {
        /// Its regions.
        #[serde(rename = "GCPRegions")]
        gcp_regions: Vec<String>,
        /// What is in scope.
        scope_configuration: Scope,
    },
}

/// What a cloud provider's connector covers.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Scope {
    /// What the values are.
    pub scope_type: String,
    /// The tenants, subscriptions, projects or organisations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope_values: Option<Vec<String>>,
}
