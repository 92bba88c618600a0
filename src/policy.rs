//! Rules become outcomes: sources and settings come in, and for each connector the result of each rule goes out.
//!
//! Three folders, of which each knows only those before it: `language`, what rules are written in; `run`, which
//! compiles, evaluates and memoises them; and `authoring`, what their authors work with. The only place that names
//! rhai; nothing of it shows in what is public here.
//!
//! # How the author of a rule sees it
//! A rule is one file with `const META`, read without running anything, and
//! `fn check(ctx)`, which returns `pass()`, `fail(message)`,
//! `fail_at(path, message)` or `not_applicable(reason)`. Whatever else happens
//! is the outcome `error`: nothing returned, a bool, something thrown, a limit
//! reached, a path that is no fact, a misspelt field.
//!
//! `ctx` has `now`, `target`, `labels`, `params`, `expected`, `observed` and
//! `drift`. A fact is a text, a time, a set of texts, a list of issues, an
//! enum, or absent:
//!
//! - **Absent** is a value that only `present(x)` and `is_absent(x)` take. `present` is
//!   false of an empty text or list too, and of one with nothing but blanks in it. Comparing
//!   what is absent, looking for it, or putting it into a text is an error, not `false`.
//! - **An enum** is compared with the names of its members. A name that is no
//!   member is an error, and so is any comparison of an observed value that
//!   hubdrift doesn't know. It becomes text in `${…}`, for messages: a rule
//!   that did so and doesn't fail is an error too.
//! - Different types don't compare: that is an error, a text beside a number too.
//! - A verdict has to be returned: after a `fail(…)` that isn't, nothing else but a failure counts.
//!
//! # Functions
//! Each refuses, with an error, what is of another type, what is absent (but for the first two)
//! and an enum's value that hubdrift doesn't know (but for the first three).
//!
//! | function | is |
//! |---|---|
//! | `present(x)` | whether a fact, label, tag or parameter is there and has more in it than blanks |
//! | `is_absent(x)` | whether it is not there at all; an empty list is there |
//! | `is_known(enum)` | whether the value is a member that hubdrift knows |
//! | `one_of(x, [..])` | whether `x` equals one of them; each is compared, so a misspelt member is an error even behind the right one |
//! | `matches(text, regex)` | whether the regular expression is found in the text; anchor it with `^` and `$` |
//! | `glob(text, pattern)` | whether the whole text has the form of the pattern: `*` is any characters or none, `?` exactly one, capitals count; also `glob(text, [..])`, one of several |
//! | `hours_since(time)`, `days_since(time)` | how much time has gone by until `ctx.now`, with fractions; negative for a time to come |
//! | `arn(text)` | an ARN's `partition`, `service`, `region`, `account` and `resource`; a part that is empty is absent |
//!
//! Lists have `len`, `is_empty`, `contains`, `filter`, `map`, `some`, `all`, `find` and `join`;
//! labels, tags and maps `len`, `is_empty`, `contains`, `keys` and `values`; rhai's functions on
//! texts and numbers are there. Loops are `for … in …`. `throw "why"` ends the rule as an error,
//! which is right where its parameters make no sense.
//!
//! # How it is held
//! Rules are compiled, evaluated and dropped on threads of their own, because
//! only a large stack survives what a rule may nest. A panic in the engine is
//! caught and is an `error`; the process's panic hook is left alone, as it is
//! the binary's to set. The threads' names begin with [`THREADS`], so that a
//! hook can tell them.

mod authoring;
mod builtin;
mod language;
mod paths;
mod rule;
mod run;
mod subject;

pub use authoring::{
    describe::{facts_json, facts_text},
    lint::Lint,
    page::{about, example_setting, example_waiver, rule_index, rule_page},
    template::{BadId, template},
    testing,
};
pub use builtin::{builtin, builtin_tests};
pub use rule::{Meta, RuleResult, Source};
pub use run::{Policy, Rule, THREADS, compile};
pub use subject::{Subject, SubjectState, TargetFacts};
