//! The functions that a rule can call: the language's, and those that it defines.

use std::collections::{BTreeMap, BTreeSet};

use rhai::{AST, ASTNode, Engine, ImmutableString, Stmt};

/// The functions that rules can call, with the numbers of arguments that each takes.
#[derive(Debug)]
pub(crate) struct Functions(BTreeMap<String, BTreeSet<usize>>);

impl Functions {
    /// Reads them off the engine.
    pub(crate) fn of(engine: &Engine) -> Self {
        let one = |info: rhai::FuncInfo<'_>| {
            let name = info.metadata.name.as_str();
            let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
            plain.then(|| (name.to_owned(), info.metadata.num_params))
        };
        let mut all: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for (name, count) in engine.collect_fn_metadata(None, one, true) {
            all.entry(name).or_default().insert(count);
        }
        // The language's own, which are no functions of the engine's.
        for name in ["type_of", "is_shared"] {
            all.entry(name.to_owned()).or_default().insert(1);
        }
        Self(all)
    }

    pub(crate) fn arities(&self, name: &str) -> Option<&BTreeSet<usize>> {
        self.0.get(name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// The functions that a rule defines, closures among them.
pub(crate) struct Defined(pub Vec<Function>);

/// One of them.
pub(crate) struct Function {
    pub name: ImmutableString,
    pub params: Vec<ImmutableString>,
    pub body: Vec<Stmt>,
}

impl Defined {
    /// Takes them out of the tree. rhai shows the statements of a function only to a visitor, and
    /// doesn't tell it which function they are of; so each is visited in a tree of its own.
    pub(crate) fn of(ast: &AST) -> Self {
        let one = |function: &rhai::Shared<rhai::ScriptFuncDef>| {
            let (name, params) = (function.name.clone(), function.params.to_vec());
            // Not `clone_functions_only_filtered`, which keeps all of them.
            let mut alone = ast.clone_functions_only();
            alone.retain_functions(|_, _, other, count| other == name && count == params.len());
            let mut body = Vec::new();
            alone.walk(&mut |path: &[ASTNode<'_>]| {
                if let [ASTNode::Stmt(statement)] = path {
                    body.push((*statement).clone());
                }
                true
            });
            Function { name, params, body }
        };
        Self(ast.iter_fn_def().map(one).collect())
    }

    /// Those of a name.
    pub(crate) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Function> {
        self.0.iter().filter(move |function| function.name == name)
    }
}
