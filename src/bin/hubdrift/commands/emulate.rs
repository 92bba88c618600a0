//! `hubdrift emulate`: turns a state file into an endpoint that serves until Ctrl-C.
//!
//! It prints address and credentials as one line that a shell can take over; it knows nothing of what
//! is served.

use std::{
    io::Write as _,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use anyhow::Context as _;

use crate::{
    emulator::{self, State},
    terminal,
};

/// What was asked for.
#[derive(Debug)]
pub struct Options {
    /// The file with what is served.
    pub state: PathBuf,
    /// Where to listen, on the loopback address; 0 is any free port.
    pub port: u16,
}

/// Serves until Ctrl-C.
///
/// # Errors
/// When the state cannot be read or makes no sense, or the port is taken.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let name = options.state.display().to_string();
    let text = std::fs::read_to_string(&options.state)
        .with_context(|| format!("failed to read {name}"))?;
    let state = State::parse(&name, &text)?;
    let exports = exports(&state);
    let running =
        emulator::start(state, SocketAddr::from((Ipv4Addr::LOCALHOST, options.port))).await?;

    let address = running.address();
    writeln!(
        std::io::stdout(),
        "export AWS_ENDPOINT_URL=http://{address} {exports}"
    )
    .context("failed to say the address on stdout")?;
    terminal::note(&format!(
        "serving {name}; copy the line above into another shell. Ctrl-C ends it.\n"
    ));
    tokio::signal::ctrl_c()
        .await
        .context("failed to wait for Ctrl-C")?;

    let requests = running.requests();
    let mut counts: Vec<String> = requests
        .iter()
        .map(|(operation, count)| format!("{} {count}", operation.name()))
        .collect();
    if running.throttled() > 0 {
        counts.push(format!("throttled {}", running.throttled()));
    }
    running.shutdown().await;
    terminal::note(&format!("requests served: {}\n", counts.join(", ")));
    Ok(())
}

/// The environment of a client, but for the endpoint.
fn exports(state: &State) -> String {
    let (id, secret) = state.example_key();
    let region = state.targets().next().map_or("", |it| it.region.as_str());
    // The AWS CLI and boto3 read the region under another name than the newer SDKs.
    [
        ("AWS_ACCESS_KEY_ID", id),
        ("AWS_SECRET_ACCESS_KEY", secret),
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
    ]
    .map(|(name, value)| format!("{name}={}", quote(value)))
    .join(" ")
}

/// A word that a POSIX shell reads as this text.
fn quote(text: &str) -> String {
    let plain = |it: char| it.is_ascii_alphanumeric() || "-_./+=:@".contains(it);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_the_shell() {
        let text = r#"{"schema":"hubdrift.snapshot/1","targets":[{"name":"t","account":"111122223333","region":"eu-west-1"}],
            "emulator":{"credentials":[{"access_key_id":"AKID","secret_access_key":"it's","account":"111122223333"}]}}"#;
        let state = State::parse("s", text).unwrap();
        assert_eq!(
            exports(&state),
            r"AWS_ACCESS_KEY_ID=AKID AWS_SECRET_ACCESS_KEY='it'\''s' AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1"
        );
    }
}
