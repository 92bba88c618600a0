//! Runs a credential process and reads the credentials that it prints.

use std::{process::Stdio, time::SystemTime};

use aws_credential_types::Credentials;
use hubdrift::model::Unread;
use serde::Deserialize;

use super::refusal::no_credentials;

/// What a credential process prints.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Printed {
    version: u32,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expiration: Option<String>,
}

/// Runs a credential process: without a shell, and nothing that it prints is shown.
pub async fn run(command: &[String]) -> Result<Credentials, Unread> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(no_credentials("the credential process names no program"));
    };
    let output = tokio::process::Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| {
            no_credentials(format!("the credential process can't be started: {error}"))
        })?;
    if !output.status.success() {
        return Err(no_credentials(format!(
            "the credential process failed ({}); run it yourself to see what it says",
            output.status
        )));
    }
    let printed: Printed = serde_json::from_slice(&output.stdout).map_err(|_| {
        no_credentials("the credential process printed no credentials in AWS's format")
    })?;
    if printed.version != 1 {
        return Err(no_credentials(
            "the credential process printed a version of AWS's format other than 1",
        ));
    }
    let end = match printed
        .expiration
        .as_deref()
        .map(str::parse::<jiff::Timestamp>)
    {
        None => None,
        Some(Ok(end)) => Some(SystemTime::from(end)),
        Some(Err(_)) => {
            return Err(no_credentials(
                "the credential process printed an `Expiration` that is no time",
            ));
        }
    };
    if end.is_some_and(|end| end <= SystemTime::now()) {
        return Err(no_credentials(
            "the credential process printed credentials that have ended",
        ));
    }
    Ok(Credentials::new(
        printed.access_key_id,
        printed.secret_access_key,
        printed.session_token.filter(|it| !it.is_empty()),
        end,
        "hubdrift",
    ))
}
