//! The walk over a rule's syntax tree: statements, expressions, fields and calls.

use rhai::{ASTFlags, Expr, FnCallExpr, FnPtr, ImmutableString, Position, Stmt};

use super::{
    state::Walk,
    types::{Field, Type, question},
};
use crate::{
    model::Fact,
    policy::language::{nearest::did_you_mean, question::Question},
};

/// How deep functions may call one another, as in the engine.
const MAX_DEPTH: usize = 16;
/// How many different calls are walked into.
const MAX_CALLS: usize = 1_000;

/// What a step of a chain is: `.x` or `[x]`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Dot,
    Index,
}

impl Walk<'_> {
    /// Statements; what the last one gives, if `used`, is what the block gives.
    pub(crate) fn block(&mut self, statements: &[Stmt], used: bool) -> Type {
        let depth = self.scope.len();
        let mut last = Type::Plain;
        for (index, statement) in statements.iter().enumerate() {
            last = self.statement(statement, used && index + 1 == statements.len());
        }
        self.scope.truncate(depth);
        last
    }

    fn statement(&mut self, statement: &Stmt, used: bool) -> Type {
        match statement {
            Stmt::If(x, _) => {
                self.expression(&x.expr);
                let one = self.block(x.body.statements(), used);
                one.or(self.block(x.branch.statements(), used))
            }
            Stmt::For(x, _) => {
                let item = match self.expression(&x.2.expr) {
                    // A set's elements are texts, and nothing else can be gone through.
                    Type::Fact(_) => Type::Text,
                    list => list.item(),
                };
                let depth = self.scope.len();
                self.scope.push((x.0.name.clone(), item));
                if let Some(counter) = &x.1 {
                    self.scope.push((counter.name.clone(), Type::Plain));
                }
                // What is assigned further down is there the next time round.
                loop {
                    let before = self.scope.clone();
                    self.block(x.2.body.statements(), false);
                    if self.scope == before {
                        break;
                    }
                }
                self.scope.truncate(depth);
                Type::Plain
            }
            Stmt::Var(x, ..) => {
                let is = self.expression(&x.1);
                self.scope.push((x.0.name.clone(), is));
                Type::Plain
            }
            Stmt::Assignment(x) => {
                let is = self.expression(&x.1.rhs);
                match &x.1.lhs {
                    Expr::Variable(name, ..) => {
                        let is = if x.0.is_op_assignment() {
                            Type::Any
                        } else {
                            is
                        };
                        let mut scope = self.scope.iter_mut().rev();
                        if let Some((_, known)) = scope.find(|(known, _)| *known == name.1) {
                            *known = known.or(is);
                        }
                    }
                    other => {
                        self.expression(other);
                    }
                }
                Type::Plain
            }
            Stmt::FnCall(x, position) => {
                let is = self.function(x, *position);
                self.verdict(x, *position, used);
                is
            }
            Stmt::Expr(x) => {
                if let Expr::FnCall(call, position) = &**x {
                    self.verdict(call, *position, used);
                }
                self.expression(x)
            }
            Stmt::Block(x) => self.block(x.statements(), used),
            Stmt::Return(value, ..) => {
                let is = match value {
                    Some(value) => self.expression(value),
                    None => Type::Plain,
                };
                self.returned = self.returned.or(is);
                Type::Nothing
            }
            Stmt::BreakLoop(Some(value), ..) => self.expression(value),
            // The others are words that rules do without, or have nothing in them.
            _ => Type::Plain,
        }
    }

    fn expression(&mut self, expression: &Expr) -> Type {
        match expression {
            Expr::Variable(x, ..) => {
                let mut scope = self.scope.iter().rev();
                let known = scope.find(|(name, _)| *name == x.1);
                known.map_or(Type::Any, |(_, is)| *is)
            }
            Expr::StringConstant(..) => Type::Text,
            Expr::InterpolatedString(parts, _) => {
                self.all(parts);
                Type::Text
            }
            Expr::Array(items, _) => {
                for item in items {
                    self.put_away(item);
                }
                Type::Any
            }
            Expr::Map(x, _) => {
                for (_, value) in &x.0 {
                    self.put_away(value);
                }
                Type::Any
            }
            Expr::Dot(x, flags, _) => {
                let of = self.expression(&x.lhs);
                self.chain(of, Step::Dot, &x.rhs, *flags)
            }
            Expr::Index(x, flags, _) => {
                let of = self.expression(&x.lhs);
                self.chain(of, Step::Index, &x.rhs, *flags)
            }
            Expr::And(all, _) | Expr::Or(all, _) => {
                self.all(all);
                Type::Plain
            }
            Expr::Coalesce(all, _) => {
                self.all(all);
                Type::Any
            }
            Expr::FnCall(call, position) => self.function(call, *position),
            Expr::Stmt(block) => match closure(expression) {
                Some(_) => self.closure(expression, Type::Any),
                None => self.block(block.statements(), true),
            },
            Expr::DynamicConstant(..) => match closure(expression) {
                Some(_) => self.closure(expression, Type::Any),
                None => Type::Any,
            },
            _ => Type::Plain,
        }
    }

    /// What is in a list or a map comes out again as anything.
    fn put_away(&mut self, expression: &Expr) {
        let is = self.expression(expression);
        self.asks_all(is);
    }

    fn all(&mut self, expressions: &[Expr]) {
        for expression in expressions {
            self.expression(expression);
        }
    }

    /// What follows a value: rhai nests the rest of a chain to the right.
    fn chain(&mut self, of: Type, step: Step, rest: &Expr, flags: ASTFlags) -> Type {
        let goes_on = step == Step::Dot || !flags.contains(ASTFlags::BREAK);
        match rest {
            Expr::Dot(x, flags, _) if goes_on => {
                let is = self.step(of, step, &x.lhs);
                self.chain(is, Step::Dot, &x.rhs, *flags)
            }
            Expr::Index(x, flags, _) if goes_on => {
                let is = self.step(of, step, &x.lhs);
                self.chain(is, Step::Index, &x.rhs, *flags)
            }
            last => self.step(of, step, last),
        }
    }

    fn step(&mut self, of: Type, step: Step, what: &Expr) -> Type {
        match (step, what) {
            (Step::Dot, Expr::Property(property, position)) => {
                self.field(of, &property.2, *position)
            }
            (Step::Dot, Expr::MethodCall(call, position)) => self.method(of, call, *position),
            (Step::Dot, other) => {
                self.expression(other);
                Type::Any
            }
            (Step::Index, index) => {
                self.expression(index);
                match (of, index) {
                    (
                        Type::Params | Type::Tags | Type::Labels | Type::ExpectedTags,
                        Expr::StringConstant(name, position),
                    ) => self.field(of, name, *position),
                    (Type::Any, Expr::StringConstant(name, _)) => {
                        self.may_ask(name);
                        Type::Any
                    }
                    (Type::Tags | Type::Labels, _) => {
                        self.asks_all(of);
                        Type::Any
                    }
                    (Type::Params, _) => {
                        self.found.params = None;
                        Type::Any
                    }
                    (
                        Type::Ctx | Type::Target | Type::Facts { .. } | Type::Group { .. },
                        Expr::StringConstant(name, position),
                    ) => {
                        let message = "fields are not looked up by texts".to_owned();
                        let help = format!("write `.{name}`");
                        self.error(*position, name.len() + 2, message, help);
                        Type::Any
                    }
                    _ => of.item(),
                }
            }
        }
    }

    fn field(&mut self, of: Type, name: &str, position: Position) -> Type {
        match of {
            Type::Any => {
                self.may_ask(name);
                return Type::Any;
            }
            Type::Params => {
                self.param(name, position);
                return Type::Any;
            }
            _ => {}
        }
        if let Some(question) = question(of, name) {
            if question == Question::Fact(Fact::Tags) && !self.meta.needs_tags {
                let message = "tags are not read for this rule".to_owned();
                let help = "add `needs: [\"tags\"]` to META".to_owned();
                self.error(position, name.len(), message, help);
            }
            self.found.may_ask.add(question, true);
        }
        if (of, name) == (Type::Ctx, "drift") {
            self.found.may_ask.add(Question::Drift, false);
        }
        match of.field(name) {
            Field::Is(Type::Any) if !of.is_open() => {
                self.may_ask(name);
                Type::Any
            }
            Field::Is(is) => is,
            Field::Unknown(what, known) => {
                self.may_ask(name);
                let near = did_you_mean(name, known.iter().copied());
                let help = near
                    .is_empty()
                    .then(|| format!("there are: {}", known.join(", ")));
                let message = if what.starts_with('a') {
                    format!("{what} has no field `{name}`{near}")
                } else {
                    format!("`{what}` has no field `{name}`{near}")
                };
                self.error(position, name.len(), message, help);
                Type::Any
            }
        }
    }

    /// A call: `f(x)`, or an operator.
    fn function(&mut self, call: &FnCallExpr, position: Position) -> Type {
        let args: Vec<_> = call.args.iter().map(|arg| self.expression(arg)).collect();
        self.exists(call, args.len(), position);
        if !self.is_defined(&call.name) {
            match (call.name.as_str(), &call.args[..]) {
                // `x in y` is this too.
                ("contains", [_, key]) => self.passes(args[0], Some(key)),
                _ => args.iter().for_each(|of| self.passes(*of, None)),
            }
        }
        match (call.name.as_str(), &call.args[..]) {
            ("==" | "!=", [one, other]) => {
                self.member(args[0], other);
                self.member(args[1], one);
                Type::Plain
            }
            ("one_of", [_, list]) => {
                self.members(args[0], list);
                Type::Plain
            }
            ("contains", [list, _]) => {
                self.members(args[1], list);
                Type::Plain
            }
            ("fail_at", [Expr::StringConstant(path, position), _]) => {
                self.path(path, *position);
                Type::Plain
            }
            ("arn", _) => Type::Arn,
            (name, _) if self.is_defined(name) => self.call(name, args),
            _ => Type::Any,
        }
    }

    /// A call of the form `x.f(y)`.
    fn method(&mut self, of: Type, call: &FnCallExpr, position: Position) -> Type {
        self.exists(call, call.args.len() + 1, position);
        let mut args = vec![of];
        for arg in &call.args {
            args.push(match closure(arg) {
                Some(_) => self.closure(arg, of.item()),
                None => self.expression(arg),
            });
        }
        if !self.is_defined(&call.name) {
            let key = call.args.first().filter(|_| call.name == "contains");
            self.passes(of, key);
        }
        match call.name.as_str() {
            "filter" => of,
            "find" => of.item(),
            name if self.is_defined(name) => {
                // rhai gives such a function its first argument as `this`.
                let name = name.to_owned();
                args.remove(0);
                self.call(&name, args)
            }
            _ => Type::Any,
        }
    }

    /// What a function that isn't the rule's own is given: it asks for this key, or may do anything.
    fn passes(&mut self, of: Type, key: Option<&Expr>) {
        match (of, key) {
            (
                Type::Params | Type::Tags | Type::Labels,
                Some(Expr::StringConstant(key, position)),
            ) => {
                self.field(of, key, *position);
            }
            (Type::Params, _) => self.found.params = None,
            _ => self.asks_all(of),
        }
    }

    /// Walks into a closure whose first argument is `item`.
    fn closure(&mut self, expression: &Expr, item: Type) -> Type {
        let Some((name, captured)) = closure(expression) else {
            return Type::Any;
        };
        let mut args: Vec<_> = captured.iter().map(|arg| self.expression(arg)).collect();
        let wanted = self.defined.named(&name).next();
        let wanted = wanted.map_or(0, |function| function.params.len());
        args.push(item);
        args.resize(wanted, Type::Any);
        self.call(&name, args);
        Type::Any
    }

    /// Walks into a function of the rule's with arguments of these types; the type that it gives.
    pub(crate) fn call(&mut self, name: &str, args: Vec<Type>) -> Type {
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
        if self.depth >= MAX_DEPTH || self.known.len() >= MAX_CALLS {
            self.give_up();
            return Type::Any;
        }
        self.known.insert(key.clone(), Type::Any);
        let params = function.params.iter().cloned().zip(key.1.iter().copied());
        let scope = std::mem::replace(&mut self.scope, params.collect());
        let returned = std::mem::replace(&mut self.returned, Type::Nothing);
        self.depth += 1;
        let last = self.block(&function.body, true);
        self.depth -= 1;
        self.scope = scope;
        let given = std::mem::replace(&mut self.returned, returned).or(last);
        self.known.insert(key, given);
        given
    }

    fn is_defined(&self, name: &str) -> bool {
        self.defined.named(name).next().is_some()
    }
}

/// The function that a closure became, and the variables that it captures.
fn closure(expression: &Expr) -> Option<(ImmutableString, &[Expr])> {
    match expression {
        Expr::DynamicConstant(value, _) => {
            let pointer = value.read_lock::<FnPtr>()?;
            Some((pointer.fn_name().into(), &[]))
        }
        Expr::Stmt(block) => {
            let call = match block.statements().last()? {
                Stmt::FnCall(call, _) => call,
                Stmt::Expr(expression) => match &**expression {
                    Expr::FnCall(call, _) => call,
                    _ => return None,
                },
                _ => return None,
            };
            let (first, captured) = call.args.split_first()?;
            let (name, _) = closure(first).filter(|_| call.name == "curry")?;
            Some((name, captured))
        }
        _ => None,
    }
}
