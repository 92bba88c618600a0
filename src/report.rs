//! From an audit to bytes: one file or folder a format, each a pure function; `common` has what they share.
//!
//! A report decides nothing: what counts, and the exit code, stand in the audit
//! before any format sees it.

mod common;
mod github;
mod gitlab;
mod html;
pub mod json;
mod junit;
mod markdown;
mod ocsf;
mod prometheus;
mod sarif;
mod text;

pub use common::times::observed;
pub use junit::rule_tests;
pub use text::Style;

use crate::{audit::Audit, model::names::names};

/// A report's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For people at a terminal, read like a Terraform plan.
    Text,
    /// The audit itself.
    Json,
    /// For CI systems.
    Junit,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// For job summaries.
    Markdown,
    /// One page for a browser, with all that it needs.
    Html,
    /// GitHub's annotations, as workflow commands.
    Github,
    /// GitLab's Code Quality.
    Gitlab,
    /// OCSF Compliance Findings, one a line.
    Ocsf,
    /// Metrics for the textfile collector of Prometheus' node exporter.
    Prometheus,
}

names!(Format {
    Text => "text",
    Json => "json",
    Junit => "junit",
    Sarif => "sarif",
    Markdown => "markdown",
    Html => "html",
    Github => "github",
    Gitlab => "gitlab",
    Ocsf => "ocsf",
    Prometheus => "prometheus",
});

/// The audit in that format, as the bytes of a whole file.
pub fn render(format: Format, audit: &Audit, style: Style) -> Vec<u8> {
    match format {
        Format::Text => text::render(audit, style),
        Format::Json => json::render(audit),
        Format::Junit => junit::render(audit),
        Format::Sarif => sarif::render(audit),
        Format::Markdown => markdown::render(audit),
        Format::Html => html::render(audit),
        Format::Github => github::render(audit),
        Format::Gitlab => gitlab::render(audit),
        Format::Ocsf => ocsf::render(audit),
        Format::Prometheus => prometheus::render(audit),
    }
}
