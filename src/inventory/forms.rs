//! The forms of single values of a target: account ids, regions, roles.

use crate::{
    model::{Arn, is_account, is_region},
    text::excerpt,
    yaml::{Node, Validator, Yaml},
};

/// An account id. Without quotes YAML may read it as a number, and a leading zero would be lost.
pub(super) fn account(check: &mut Validator, node: &Node<'_>) -> Option<String> {
    let unquoted = match node.value() {
        Yaml::Int(_) | Yaml::Float(_) => true,
        Yaml::Text(text) => {
            node.is_plain() && text.bytes().all(|b| b.is_ascii_digit() || b == b'_')
        }
        _ => false,
    };
    if unquoted {
        let problem =
            node.problem("an account id must stand in quotes: YAML takes it for a number");
        check.add(problem.help("write it like \"111122223333\""));
        return None;
    }
    let text = check.text(node, "account")?;
    if is_account(text) {
        return Some(text.to_owned());
    }
    check.add(node.problem(format!(
        "`{}` is not an account id: twelve digits are expected",
        excerpt(text)
    )));
    None
}

/// A region's name.
pub(super) fn region(check: &mut Validator, node: &Node<'_>) -> Option<String> {
    let text = check.text(node, "region")?;
    if is_region(text) {
        return Some(text.to_owned());
    }
    check.add(node.problem(format!(
        "`{}` is not a region: a name like us-east-1 is expected",
        excerpt(text)
    )));
    None
}

/// A role's name, which may have a path before it.
pub(super) fn is_role_name(name: &str) -> bool {
    name.len() <= 512
        && !name.starts_with('/')
        && !name.ends_with('/')
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-/".contains(&b))
}

/// The ARN of a role.
pub(super) fn role_arn(check: &mut Validator, text: &str, node: &Node<'_>) -> Option<String> {
    let arn = check.parse::<Arn>(text, node)?;
    let is_role = arn.resource.strip_prefix("role/").is_some_and(is_role_name);
    if is_role && arn.service == "iam" && arn.region.is_empty() && arn.account.len() == 12 {
        return Some(text.to_owned());
    }
    check.add(node.problem(format!(
        "`{}` is not a role's ARN: arn:PARTITION:iam::ACCOUNT:role/NAME is expected",
        excerpt(text)
    )));
    None
}
