//! Parses the URLs of services and proxies, as far as it takes to refuse invalid ones.

/// An address: `SCHEME://[USER[:PASSWORD]@]HOST[:PORT][/PATH]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address<'a> {
    /// What is before the `@`, if there is one.
    pub user: Option<&'a str>,
    /// The host, with its port if it has one.
    pub authority: &'a str,
}

/// The address that `url` is, with `http` or `https`.
pub fn address(url: &str) -> Option<Address<'_>> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))?;
    // The libraries below take no other characters, and a query or fragment would be lost.
    let is_plain = |c: char| c.is_ascii_graphic() && !"?#\\\"<>^`{|}".contains(c);
    if !rest.chars().all(is_plain) {
        return None;
    }
    let end = rest.find('/').unwrap_or(rest.len());
    let (user, authority) = match rest[..end].rsplit_once('@') {
        Some((user, authority)) => (Some(user), authority),
        None => (None, &rest[..end]),
    };
    // The colons inside the brackets of an IPv6 address are no port's.
    let after = authority.rfind(']').unwrap_or(0);
    let (host, port) = match authority[after..].rfind(':') {
        Some(at) => (&authority[..after + at], Some(&authority[after + at + 1..])),
        None => (authority, None),
    };
    let is_port = |it: &str| it.bytes().all(|b| b.is_ascii_digit()) && it.parse::<u16>().is_ok();
    let inside = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let is_host = if let Some(inside) = inside {
        inside.parse::<std::net::Ipv6Addr>().is_ok()
    } else {
        let is_letter = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
        !host.is_empty() && host.bytes().all(is_letter)
    };
    (is_host && port.is_none_or(is_port)).then_some(Address { user, authority })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        for (url, user, authority) in [
            ("http://h", None, "h"),
            ("https://h.x:1/", None, "h.x:1"),
            ("http://[fd00:ec2::254]", None, "[fd00:ec2::254]"),
            ("http://[::1]:80/x/y", None, "[::1]:80"),
            ("http://u:p%40@h:1", Some("u:p%40"), "h:1"),
        ] {
            assert_eq!(address(url), Some(Address { user, authority }), "{url}");
        }
        for url in [
            "",
            "h",
            "h:1",
            "http:h",
            "http://",
            "http://:1",
            "http://h:",
            "http://h:x",
            "http://h:65536",
            "http://h:+1",
            "http://h ",
            "http://a b",
            "http://h?x",
            "http://h/#",
            "http://é",
            "http://[::1",
            "http://[x]",
            "http://[]",
            "http://::1",
            "ftp://h",
            "HTTP://h",
            "http://socks5://h",
            "http://h\n",
        ] {
            assert_eq!(address(url), None, "{url}");
        }
    }
}
