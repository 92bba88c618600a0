//! The pages of the built-in rules are current, complete, and what they show is valid.

use std::{fs, path::Path};

use hubdrift::{
    inventory::{self},
    waiver,
    yaml::SourceFile,
};

use super::*;

/// Each page by the name of its file.
fn pages() -> BTreeMap<String, String> {
    let sources = policy::builtin();
    let policy = compile(sources.clone());
    let metas = policy.rules().iter().map(|rule| &rule.meta);
    let mut pages: BTreeMap<_, _> = metas
        .clone()
        .zip(&sources)
        .map(|(meta, source)| (format!("{}.md", meta.id), policy::rule_page(meta, source)))
        .collect();
    pages.insert("README.md".to_owned(), policy::rule_index(metas));
    pages
}

#[test]
fn the_committed_pages_are_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules");
    let pages = pages();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::create_dir_all(&folder).expect("a folder");
        for (name, page) in &pages {
            fs::write(folder.join(name), page).expect("written");
        }
    }
    let entries = fs::read_dir(&folder).expect("docs/rules");
    let committed: BTreeMap<_, _> = entries
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy();
            (
                name.into_owned(),
                fs::read_to_string(&path).expect("a text"),
            )
        })
        .collect();
    let names = |pages: &BTreeMap<String, String>| pages.keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        names(&committed),
        names(&pages),
        "one page a rule, and no other"
    );
    for (name, page) in &pages {
        assert!(
            committed[name] == *page,
            "run `UPDATE_DOCS=1 cargo test --no-default-features rule_pages` and commit docs/rules/{name}"
        );
    }
}

#[test]
fn every_rule_says_what_it_is_about() {
    let policy = compile(policy::builtin());
    for (source, rule) in policy::builtin().iter().zip(policy.rules()) {
        let about = policy::about(&source.text);
        for name in rule.meta.params.keys() {
            let word = format!("`{name}`");
            assert!(about.contains(&word), "{}: what is {word}?", source.path);
        }
        let first = about.split("\n\n").next().unwrap_or_default();
        assert!(
            first.len() > 20 && first.ends_with('.'),
            "{}: {first}",
            source.path
        );
    }
}

/// The blocks of YAML in a page.
fn yaml(page: &str) -> Vec<&str> {
    let blocks = page.split("```yaml\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap_or_default())
        .collect()
}

#[test]
fn what_a_page_shows_is_valid() {
    let today = jiff::civil::date(2026, 11, 22);
    for (name, page) in pages().iter().filter(|(name, _)| *name != "README.md") {
        let blocks = yaml(page);
        let [setting, waiver] = blocks[..] else {
            panic!("{name}: {blocks:?}")
        };
        let file = |text: String| SourceFile {
            path: name.as_str().into(),
            text,
        };
        let inventory = inventory::parse(&[file(format!("version: 1\n{setting}"))])
            .unwrap_or_else(|problems| panic!("{}", shown(&problems)));
        let policy = policy::compile(policy::builtin(), &inventory.policies.rules)
            .unwrap_or_else(|problems| panic!("{}", shown(&problems)));
        let id = name.trim_end_matches(".md");
        let rule = policy.rules().iter().find(|rule| &*rule.meta.id == id);
        let rule = rule.expect("the page's rule");
        assert_eq!(rule.level, Level::Mandatory, "{name}");
        // Shown are the defaults, so that nothing but the level can differ.
        assert_eq!(rule.params, rule.meta.params, "{name}");
        assert_eq!(rule.severity, rule.meta.severity, "{name}");
        // Whoever takes it decides until when: a day that stood there would have passed some time.
        let decided = waiver.replace("YYYY-MM-DD", &today.to_string());
        assert_ne!(decided, waiver, "{name}");
        let waivers = waiver::parse(&file(decided), today)
            .unwrap_or_else(|problems| panic!("{}", shown(&problems)));
        assert_eq!(waivers.len(), 1, "{name}");
    }
}

#[test]
fn what_a_rule_says_can_not_break_its_page() {
    let source = rule_with(
        "odd",
        "controls: [\"a|b\"], params: #{p: \"a|b `c`\"}",
        "// ```\nfn check(ctx) { pass() }",
    );
    let policy = compile(vec![source.clone()]);
    let page = policy::rule_page(&policy.rules()[0].meta, &source);
    assert!(page.contains("| controls | a\\|b |"), "{page}");
    assert!(
        page.contains("| `p` | text | ``\"a\\|b `c`\"`` |"),
        "{page}"
    );
    assert!(page.contains("````rhai\n"), "{page}");
    assert!(page.ends_with("````\n"), "{page}");
}
