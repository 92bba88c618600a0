//! A rule's syntax tree becomes the facts that the rule may look at.
//!
//! Too many rather than too few: a name that could be a fact's is taken for one.

use std::collections::BTreeSet;

use rhai::{AST, ASTNode, Expr, ImmutableString};

use crate::{facts::TABLE, model::Fact};

/// The facts whose names stand in the rule, as fields of anything.
pub(super) fn mentions(ast: &AST) -> BTreeSet<Fact> {
    let mut fields: BTreeSet<ImmutableString> = BTreeSet::new();
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some(ASTNode::Expr(Expr::Property(property, _))) = path.last() {
            fields.insert(property.2.clone());
        }
        true
    });
    let mentioned = |path: &str| path.split('.').all(|name| fields.contains(name));
    TABLE
        .iter()
        .filter(|spec| mentioned(spec.path))
        .map(|spec| spec.fact)
        .collect()
}
