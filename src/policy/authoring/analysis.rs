//! A rule's syntax tree becomes what the rule looks at, and what in it can't be right.
//!
//! Nothing is run. The walk goes from `check(ctx)` through every function that
//! is called, with the types that its arguments have there, so that it knows
//! an observed fact behind a variable and in a closure. Where a type isn't
//! known, nothing is said against it, and a name that could be a fact's counts
//! as looked at: too many facts rather than too few.

use std::collections::{BTreeMap, BTreeSet};

use rhai::{AST, ASTNode, Engine, ImmutableString, Position, Stmt};

use crate::{facts::TABLE, policy::rule::Meta};

mod checks;
mod thing;
mod types;
mod walk;

pub(crate) use thing::{LooksAt, Thing};
use types::Type;

/// How deep functions may call one another, as in the sandbox, and how many calls are looked into.
const MAX_CALLS: usize = 16;
const MAX_LOOKS: usize = 1_000;

/// What was found in a rule.
#[derive(Debug, Default)]
pub(crate) struct Analysis {
    /// What it may look at that need not be there.
    pub looks_at: LooksAt,
    /// What can't be right, by place.
    pub notes: BTreeMap<(usize, usize), Note>,
    /// The parameters that it uses; `None` when it may use any.
    pub params: Option<BTreeSet<String>>,
    /// The functions that it calls.
    pub called: BTreeSet<String>,
}

/// One thing that can't be right.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    /// Whether the rule ends in an error once it gets there.
    pub certain: bool,
    pub position: Position,
    pub width: usize,
    pub message: String,
    pub help: Option<String>,
}

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

    fn arities(&self, name: &str) -> Option<&BTreeSet<usize>> {
        self.0.get(name)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// The functions that a rule defines, closures among them.
struct Defined(Vec<Function>);

struct Function {
    name: ImmutableString,
    params: Vec<ImmutableString>,
    body: Vec<Stmt>,
}

impl Defined {
    /// Takes them out of the tree. rhai shows the statements of a function only to a visitor, and
    /// doesn't tell it which function they are of; so each is visited in a tree of its own.
    fn of(ast: &AST) -> Self {
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
    fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Function> {
        self.0.iter().filter(move |function| function.name == name)
    }
}

/// Looks through a rule.
pub(crate) fn analyse(ast: &AST, meta: &Meta, functions: &Functions) -> Analysis {
    let defined = Defined::of(ast);
    let mut walk = Walk {
        meta,
        functions,
        defined: &defined,
        found: Analysis {
            params: Some(BTreeSet::new()),
            ..Analysis::default()
        },
        scope: Vec::new(),
        returned: Type::Nothing,
        calls: 0,
        known: BTreeMap::new(),
    };
    walk.call("check", vec![Type::Ctx]);
    walk.found.called.insert("check".to_owned());
    // What nobody calls is looked at all the same.
    let called = walk.found.called.clone();
    for function in &defined.0 {
        if !called.contains(function.name.as_str()) {
            walk.call(&function.name, vec![Type::Any; function.params.len()]);
        }
    }
    walk.found.called = called;
    walk.found
}

/// Where the walk is, and what it found.
struct Walk<'a> {
    meta: &'a Meta,
    functions: &'a Functions,
    defined: &'a Defined,
    found: Analysis,
    scope: Vec<(ImmutableString, Type)>,
    /// What the function's `return`s give.
    returned: Type,
    calls: usize,
    /// What calls give that were looked into; a call inside itself may give anything.
    known: BTreeMap<(String, Vec<Type>), Type>,
}

impl Walk<'_> {
    fn note(
        &mut self,
        certain: bool,
        position: Position,
        width: usize,
        message: String,
        help: Option<String>,
    ) {
        let key = (
            position.line().unwrap_or_default(),
            position.position().unwrap_or_default(),
        );
        self.found.notes.entry(key).or_insert(Note {
            certain,
            position,
            width,
            message,
            help,
        });
    }

    /// Looks into a function of the rule's with these arguments.
    fn call(&mut self, name: &str, args: Vec<Type>) -> Type {
        let defined = self.defined;
        let mut named = defined.named(name);
        let Some(function) = named.find(|function| function.params.len() == args.len()) else {
            return Type::Any;
        };
        self.found.called.insert(name.to_owned());
        let key = (name.to_owned(), args);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        if self.calls >= MAX_CALLS || self.known.len() >= MAX_LOOKS {
            self.give_up();
            return Type::Any;
        }
        self.known.insert(key.clone(), Type::Any);
        let params = function.params.iter().cloned().zip(key.1.iter().copied());
        let scope = std::mem::replace(&mut self.scope, params.collect());
        let returned = std::mem::replace(&mut self.returned, Type::Nothing);
        self.calls += 1;
        let last = self.block(&function.body, true);
        self.calls -= 1;
        self.scope = scope;
        let given = std::mem::replace(&mut self.returned, returned).or(last);
        self.known.insert(key, given);
        given
    }

    /// Where the walk ends early, the rule may do anything.
    fn give_up(&mut self) {
        let looks_at = &mut self.found.looks_at;
        for spec in &TABLE {
            looks_at.add(Thing::Fact(spec.fact), false);
            looks_at.add(Thing::Expected(spec.fact), false);
        }
        for thing in [Thing::Labels, Thing::Account, Thing::Region] {
            looks_at.add(thing, false);
        }
        (looks_at.all_tags, looks_at.drift) = (true, true);
        self.found.params = None;
    }

    /// A field of what may be anything: it could be a fact's, a tag's or a label's.
    fn may_look_at(&mut self, name: &str) {
        let looks_at = &mut self.found.looks_at;
        for spec in &TABLE {
            if spec.path.rsplit('.').next() == Some(name) {
                looks_at.add(Thing::Fact(spec.fact), false);
                looks_at.add(Thing::Expected(spec.fact), false);
            }
        }
        looks_at.add(Thing::Tag(name.to_owned()), false);
        looks_at.add(Thing::Label(name.to_owned()), false);
        match name {
            "account" => looks_at.add(Thing::Account, false),
            "region" | "partition" => looks_at.add(Thing::Region, false),
            "drift" => looks_at.drift = true,
            _ => {}
        }
    }

    /// Tags or labels as a whole, or by a key that can't be told.
    fn looks_at_all(&mut self, of: Type) {
        match of {
            Type::Tags => self.found.looks_at.all_tags = true,
            Type::Labels => self.found.looks_at.add(Thing::Labels, true),
            _ => {}
        }
    }
}
