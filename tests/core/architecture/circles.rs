//! Which file of a crate names which, and where that goes round in a circle.
//!
//! A name counts where it is defined: a module that only hands it on is looked through. Declaring a
//! module is no edge, and neither is handing a name on that the module itself doesn't use.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::{
    Source,
    tokens::{after_item, without_tests},
};

/// A path of names, as `["crate", "model", "Fact"]`.
type Path = Vec<String>;

/// One file of a crate as its imports see it.
struct File {
    /// Its path below the crate's root.
    name: String,
    /// The path of its module below the crate's root.
    module: Path,
    /// What it declares: functions, types, constants, modules.
    defined: BTreeSet<String>,
    /// The names that `use` brings into it, each with what it stands for.
    imported: BTreeMap<String, Path>,
    /// Modules all of whose names are brought into it.
    globs: Vec<Path>,
    /// All that it names by a path, besides what it only hands on.
    named: Vec<Path>,
}

/// Every edge between two files: who names, and who is named.
pub(super) fn edges(root: &str, sources: &[Source]) -> BTreeSet<(String, String)> {
    let test_only = test_only(sources);
    let files: Vec<File> = sources
        .iter()
        .map(|(name, text)| file(root, name, text))
        .filter(|file| !test_only.contains(&file.module))
        .collect();
    let by_module: BTreeMap<&[String], &File> = files.iter().map(|it| (&*it.module, it)).collect();
    let mut edges = BTreeSet::new();
    for file in &files {
        for path in &file.named {
            let target =
                absolute(file, path, &by_module).and_then(|path| definer(&path, &by_module, 0));
            if let Some(target) = target.filter(|target| *target != file.name) {
                edges.insert((file.name.clone(), target.to_owned()));
            }
        }
    }
    edges
}

/// The groups of files that reach each other, each with the edges inside it.
pub(super) fn circles(edges: &BTreeSet<(String, String)>) -> Vec<String> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in edges {
        next.entry(from).or_default().push(to);
    }
    let reached = |from: &str| {
        let mut reached = BTreeSet::new();
        let mut open = vec![from];
        while let Some(file) = open.pop() {
            for to in next.get(file).into_iter().flatten() {
                if reached.insert(*to) {
                    open.push(to);
                }
            }
        }
        reached
    };
    let reach: BTreeMap<&str, BTreeSet<&str>> =
        next.keys().map(|file| (*file, reached(file))).collect();
    let is_mutual = |a: &str, b: &str| {
        let leads = |from: &str, to: &str| reach.get(from).is_some_and(|it| it.contains(to));
        leads(a, b) && leads(b, a)
    };
    let mut groups: BTreeSet<Vec<&str>> = BTreeSet::new();
    for file in next.keys().filter(|file| is_mutual(file, file)) {
        groups.insert(
            next.keys()
                .copied()
                .filter(|it| is_mutual(file, it))
                .collect(),
        );
    }
    let describe = |group: Vec<&str>| {
        let inside = edges
            .iter()
            .filter(|(from, to)| group.contains(&from.as_str()) && group.contains(&to.as_str()));
        let inside: Vec<_> = inside.map(|(from, to)| format!("{from} -> {to}")).collect();
        inside.join(", ")
    };
    groups.into_iter().map(describe).collect()
}

/// The modules that exist in tests alone.
fn test_only(sources: &[Source]) -> BTreeSet<Path> {
    let mut found = BTreeSet::new();
    for (name, text) in sources {
        let text = text.replace("\n    ", "\n");
        for (at, attribute) in text.match_indices("#[cfg(test)]\nmod ") {
            let rest = &text[at + attribute.len()..];
            if let Some((child, _)) = rest.split_once(';').filter(|(it, _)| is_ident(it)) {
                let mut module = module_of("", name);
                module.push(child.to_owned());
                found.insert(module);
            }
        }
    }
    found
}

fn is_ident(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// `report/text.rs` is the module `report::text`; the crate's root is none.
fn module_of(root: &str, name: &str) -> Path {
    if name == root || name == "main.rs" || name == "lib.rs" {
        return Path::new();
    }
    let stem = name.trim_end_matches(".rs");
    stem.split('/').map(str::to_owned).collect()
}

fn file(root: &str, name: &str, text: &str) -> File {
    let tokens = without_tests(text);
    let mut file = File {
        name: name.to_owned(),
        module: module_of(root, name),
        defined: BTreeSet::new(),
        imported: BTreeMap::new(),
        globs: Vec::new(),
        named: Vec::new(),
    };
    let mut handed_on = Vec::new();
    let mut idents = BTreeSet::new();
    read(tokens, &mut file, &mut handed_on, &mut idents);
    let is_used = |path: &Path| path.last().is_some_and(|name| idents.contains(name));
    file.named.extend(handed_on.into_iter().filter(is_used));
    file
}

/// Reads tokens into `file`; what `pub use` hands on goes to `handed_on`, every other name to `idents`.
fn read(
    tokens: TokenStream,
    file: &mut File,
    handed_on: &mut Vec<Path>,
    idents: &mut BTreeSet<String>,
) {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    let mut is_public = false;
    while at < trees.len() {
        match &trees[at] {
            TokenTree::Ident(ident) if ident == "pub" => is_public = true,
            TokenTree::Ident(ident) if ident == "use" => {
                let end = after_item(&trees, at);
                let tree: TokenStream = trees[at + 1..end].iter().cloned().collect();
                import(&tree, &mut Path::new(), is_public, file, handed_on);
                (at, is_public) = (end, false);
                continue;
            }
            TokenTree::Ident(ident) => {
                let word = ident.to_string();
                let keyword = [
                    "fn", "struct", "enum", "trait", "type", "const", "static", "mod",
                ];
                if let Some(TokenTree::Ident(name)) = trees.get(at + 1)
                    && keyword.contains(&word.as_str())
                {
                    file.defined.insert(name.to_string());
                    (at, is_public) = (at + 2, false);
                    continue;
                }
                let (path, end) = path_at(&trees, at);
                idents.extend(path.iter().cloned());
                if path.len() > 1 {
                    file.named.push(path);
                }
                (at, is_public) = (end, false);
                continue;
            }
            TokenTree::Group(group) => {
                let of_pub = is_public && group.delimiter() == Delimiter::Parenthesis;
                if !of_pub {
                    read(group.stream(), file, handed_on, idents);
                    is_public = false;
                }
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => is_public = false,
        }
        at += 1;
    }
}

/// The path that begins with the name at `at`, and the index behind it.
fn path_at(trees: &[TokenTree], mut at: usize) -> (Path, usize) {
    let mut path = Path::new();
    while let Some(TokenTree::Ident(ident)) = trees.get(at) {
        path.push(ident.to_string());
        if !is_colons(trees, at + 1) || !matches!(trees.get(at + 3), Some(TokenTree::Ident(_))) {
            return (path, at + 1);
        }
        at += 3;
    }
    (path, at)
}

fn is_colons(trees: &[TokenTree], at: usize) -> bool {
    let is_colon = |tree: Option<&TokenTree>| matches!(tree, Some(TokenTree::Punct(it)) if it.as_char() == ':');
    is_colon(trees.get(at)) && is_colon(trees.get(at + 1))
}

/// Reads what stands behind `use`, below the path `above`.
fn import(
    tree: &TokenStream,
    above: &mut Path,
    is_public: bool,
    file: &mut File,
    handed_on: &mut Vec<Path>,
) {
    let trees: Vec<TokenTree> = tree.clone().into_iter().collect();
    let depth = above.len();
    let mut alias = None;
    let mut at = 0;
    let mut finish = |above: &mut Path, alias: Option<String>| {
        if above.len() > depth {
            let mut path = above.clone();
            if path.last().is_some_and(|it| it == "self") && path.len() > 1 {
                path.pop();
            }
            let name = alias.or_else(|| path.last().cloned()).unwrap_or_default();
            file.imported.insert(name, path.clone());
            if is_public {
                handed_on.push(path);
            } else {
                file.named.push(path);
            }
        }
        above.truncate(depth);
    };
    let mut groups = Vec::new();
    let mut globs = Vec::new();
    while let Some(tree) = trees.get(at) {
        match tree {
            TokenTree::Ident(ident) if ident == "as" => {
                alias = trees.get(at + 1).map(ToString::to_string);
                at += 1;
            }
            TokenTree::Ident(ident) => above.push(ident.to_string()),
            TokenTree::Group(group) => {
                groups.push((above.clone(), group.stream()));
                above.truncate(depth);
            }
            TokenTree::Punct(punct) if punct.as_char() == '*' => {
                globs.push(above.clone());
                above.truncate(depth);
            }
            TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | ';') => {
                finish(above, alias.take());
            }
            _ => {}
        }
        at += 1;
    }
    finish(above, alias);
    for mut path in globs {
        file.globs.push(path.clone());
        if !is_public {
            path.push("*".to_owned());
            file.named.push(path);
        }
    }
    for (mut path, stream) in groups {
        import(&stream, &mut path, is_public, file, handed_on);
    }
}

/// What a path in `file` stands for, from the crate's root; `None` where it is of no file of the crate.
fn absolute(file: &File, path: &[String], by_module: &BTreeMap<&[String], &File>) -> Option<Path> {
    let mut absolute = file.module.clone();
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" => {
            absolute.clear();
            rest = &path[1..];
        }
        "self" => rest = &path[1..],
        "super" => {
            while rest.first().is_some_and(|it| it == "super") {
                absolute.pop();
                rest = &rest[1..];
            }
        }
        first => {
            absolute.push(first.to_owned());
            by_module.get(&*absolute)?;
            rest = &path[1..];
        }
    }
    absolute.extend_from_slice(rest);
    Some(absolute)
}

/// The file that defines what stands at a path.
fn definer<'f>(
    path: &[String],
    by_module: &BTreeMap<&[String], &'f File>,
    hops: usize,
) -> Option<&'f str> {
    let depth = (0..=path.len())
        .rev()
        .find(|n| by_module.contains_key(&path[..*n]))?;
    let file = by_module[&path[..depth]];
    let Some(name) = path.get(depth) else {
        return Some(&file.name);
    };
    if file.defined.contains(name) || name == "*" || hops > 8 {
        return Some(&file.name);
    }
    let through = |import: &Path| {
        let mut target = absolute(file, import, by_module)?;
        target.extend_from_slice(&path[depth + 1..]);
        definer(&target, by_module, hops + 1)
    };
    if let Some(import) = file.imported.get(name) {
        return through(import);
    }
    let defines = |glob: &&Path| {
        let target = absolute(file, glob, by_module);
        let target = target.and_then(|target| by_module.get(&*target).copied());
        target.is_some_and(|it| it.defined.contains(name) || it.imported.contains_key(name))
    };
    match file.globs.iter().find(defines) {
        Some(glob) => {
            let mut import = glob.clone();
            import.push(name.clone());
            through(&import)
        }
        None => Some(&file.name),
    }
}
