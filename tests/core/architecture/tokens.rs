//! The tokens of a source file's code: comments are none, and what exists in tests alone is left out.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The tokens of a file, without the items that stand under `#[cfg(test)]`.
pub(super) fn without_tests(text: &str) -> TokenStream {
    strip(text.parse().expect("Rust"))
}

fn strip(tokens: TokenStream) -> TokenStream {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut kept = Vec::new();
    let mut at = 0;
    while at < trees.len() {
        match &trees[at] {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                let attribute = trees.get(at + 1).map(ToString::to_string);
                if attribute.is_some_and(|it| it.replace(' ', "") == "[cfg(test)]") {
                    at = after_item(&trees, at + 2);
                    continue;
                }
                // Other attributes hold no code.
                at += 2;
                continue;
            }
            TokenTree::Group(group) => {
                let inside = Group::new(group.delimiter(), strip(group.stream()));
                kept.push(TokenTree::Group(inside));
            }
            other => kept.push(other.clone()),
        }
        at += 1;
    }
    kept.into_iter().collect()
}

/// The index behind the item that begins at `at`: behind its `;` or its block.
pub(super) fn after_item(trees: &[TokenTree], mut at: usize) -> usize {
    let is_use = matches!(trees.get(at), Some(TokenTree::Ident(ident)) if *ident == "use");
    while let Some(tree) = trees.get(at) {
        at += 1;
        match tree {
            TokenTree::Punct(punct) if punct.as_char() == ';' => break,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace && !is_use => break,
            _ => {}
        }
    }
    at
}
