//! Turns a request into one that is signed: Signature Version 4 written out by hand, so that
//! the emulator is not checked with the code that it checks with.

use hubdrift::text::hex;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

/// With what a request is signed, and for what.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    pub key: &'a str,
    pub secret: &'a str,
    pub token: Option<&'a str>,
    pub region: &'a str,
    pub service: &'a str,
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key);
    let pad = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text);
    let outer = Sha256::new()
        .chain_update(pad(0x5c))
        .chain_update(inner.finalize());
    outer.finalize().to_vec()
}

/// The headers that sign a request to `localhost`, each with its line's end. The query has to be
/// encoded as it is signed.
pub fn headers(signed: Signed, method: &str, path: &str, body: &str, at: Timestamp) -> String {
    let Signed {
        key,
        secret,
        token,
        region,
        service,
    } = signed;
    let date = at.strftime("%Y%m%dT%H%M%SZ").to_string();
    let day = &date[..8];
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut parameters: Vec<_> = query.split('&').collect();
    parameters.sort_unstable();
    let (names, token_line) = match token {
        Some(token) => (
            "host;x-amz-date;x-amz-security-token",
            format!("x-amz-security-token:{token}\n"),
        ),
        None => ("host;x-amz-date", String::new()),
    };
    let canonical = format!(
        "{method}\n{}\n{}\nhost:localhost\nx-amz-date:{date}\n{token_line}\n{names}\n{}",
        path.replace('%', "%25"),
        parameters.join("&"),
        hex(&Sha256::digest(body))
    );
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{date}\n{scope}\n{}",
        hex(&Sha256::digest(canonical))
    );
    let day_key = hmac(format!("AWS4{secret}").as_bytes(), day);
    let key_of = [region, service, "aws4_request"]
        .iter()
        .fold(day_key, |key, part| hmac(&key, part));
    let signature = hex(&hmac(&key_of, &to_sign));
    let token = token.map_or(String::new(), |it| {
        format!("X-Amz-Security-Token: {it}\r\n")
    });
    format!(
        "X-Amz-Date: {date}\r\n{token}Authorization: AWS4-HMAC-SHA256 Credential={key}/{scope}, \
         SignedHeaders={names}, Signature={signature}\r\n"
    )
}
