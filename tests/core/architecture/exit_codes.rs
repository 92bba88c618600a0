//! Exit codes that are written as numbers where they should be named.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::tokens::without_tests;

/// The places where a file's code, tests aside, takes a number for an exit code.
pub(super) fn numbers(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    look(without_tests(text), Inside::Code, &mut found);
    found
}

/// What tokens stand in.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    /// Nothing that has to do with exit codes.
    Code,
    /// The arms of a match on an exit code.
    Arms,
    /// A pattern that is held against one.
    Pattern,
}

fn look(tokens: TokenStream, inside: Inside, found: &mut Vec<String>) {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut is_list = inside == Inside::Pattern;
    let mut of_exit_code = false;
    for (at, tree) in trees.iter().enumerate() {
        match tree {
            TokenTree::Ident(ident) if ident == "match" => of_exit_code = false,
            TokenTree::Ident(ident) if ident == "exit_code" => {
                of_exit_code = true;
                let compared = punctuation(&trees[at + 1..]);
                // `matches!(exit_code, 0 | 2)`
                is_list |= compared == ",";
                if matches!(
                    compared.as_str(),
                    "==" | "!=" | "<" | ">" | "<=" | ">=" | ":"
                ) && let Some(TokenTree::Literal(number)) = trees.get(at + 1 + compared.len())
                {
                    found.push(format!("exit_code {compared} {number}"));
                }
            }
            TokenTree::Ident(ident) if *ident == "exit" || *ident == "from" => {
                let of = trees.get(at.wrapping_sub(3)).map(ToString::to_string);
                let is_end = matches!(of.as_deref(), Some("ExitCode" | "process"));
                if let (true, Some(TokenTree::Group(group))) = (is_end, trees.get(at + 1))
                    && let Some(TokenTree::Literal(number)) = group.stream().into_iter().next()
                {
                    found.push(format!("{ident}({number})"));
                }
            }
            TokenTree::Literal(number) => {
                let number = number.to_string();
                let is_pattern = is_list || ends_pattern(&trees[at + 1..]);
                if number == "130" || (is_list || inside == Inside::Arms) && is_pattern {
                    found.push(number);
                }
            }
            TokenTree::Group(group) => {
                let is_arms = of_exit_code && group.delimiter() == Delimiter::Brace;
                let is_pattern = inside == Inside::Arms && ends_pattern(&trees[at + 1..]);
                let inside = match (is_arms, is_pattern) {
                    (true, _) => Inside::Arms,
                    (false, true) => Inside::Pattern,
                    (false, false) => Inside::Code,
                };
                look(group.stream(), inside, found);
                // `match (exit_code, other)`
                of_exit_code |= group.stream().to_string().contains("exit_code");
                if group.delimiter() == Delimiter::Brace {
                    of_exit_code = false;
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

/// Whether what stands before these tokens is a pattern of a match.
fn ends_pattern(rest: &[TokenTree]) -> bool {
    match rest.first() {
        Some(TokenTree::Ident(word)) => word == "if",
        _ => matches!(punctuation(rest).as_str(), "=>" | "|"),
    }
}

/// The punctuation that these tokens begin with.
fn punctuation(trees: &[TokenTree]) -> String {
    let mut text = String::new();
    for tree in trees {
        match tree {
            TokenTree::Punct(punct) => text.push(punct.as_char()),
            _ => break,
        }
    }
    text
}
