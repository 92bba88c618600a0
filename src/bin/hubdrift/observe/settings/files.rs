//! The bytes of the two files become profiles, SSO sessions and services, each key with its place. It
//! opens no file.

use std::collections::BTreeMap;

use super::{
    environment::Environment,
    ini::{self, Entry, Section, Value},
    python,
    setting::{Problem, Problems, Setting},
};

/// Where the two files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// `~/.aws/config`, or another.
    pub config: String,
    /// `~/.aws/credentials`, or another.
    pub credentials: String,
}

impl Paths {
    /// As the environment says.
    ///
    /// # Errors
    /// When that needs a home directory that isn't known, or a variable that is not UTF-8.
    pub fn of(environment: &Environment) -> Result<Self, Vec<Problem>> {
        let path = |name: &str, usual: &str| match environment.get(name) {
            Some(path) => python::path(path, environment).map_err(|why| format!("{name}: {why}")),
            // Without a home there are no usual files; that is no mistake.
            None if environment.home()?.is_none() => Ok(String::new()),
            None => python::path(usual, environment),
        };
        let config = path("AWS_CONFIG_FILE", "~/.aws/config");
        let credentials = path("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
        match (config, credentials) {
            (Ok(config), Ok(credentials)) => Ok(Self {
                config,
                credentials,
            }),
            (Err(config), Err(credentials)) if config == credentials => Err(vec![config]),
            (config, credentials) => {
                Err(config.err().into_iter().chain(credentials.err()).collect())
            }
        }
    }
}

/// A file that was looked for.
#[derive(Debug, Clone, Default)]
pub struct File {
    /// Its path.
    pub path: String,
    /// What is in it; nothing where there is no such file.
    pub content: Option<Vec<u8>>,
}

/// Keys by name, each with where it stands.
pub type Keys = BTreeMap<String, Setting<Value>>;

/// A profile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// What both files say; the credentials file has the last word.
    pub keys: Keys,
    /// What the credentials file says.
    pub shared: Option<Keys>,
    /// What the configuration file says.
    pub config: Option<Keys>,
}

/// What the two files say.
#[derive(Debug, Clone, Default)]
pub struct Files {
    profiles: BTreeMap<String, Profile>,
    sessions: BTreeMap<String, Keys>,
    services: BTreeMap<String, Keys>,
    paths: [String; 2],
}

impl Files {
    /// Reads both.
    ///
    /// # Errors
    /// When the AWS CLI would refuse one of them: all that is wrong with both.
    pub fn read(config: &File, credentials: &File) -> Result<Self, Vec<Problem>> {
        let (mut files, mut problems) = (Self::default(), Problems::default());
        files.paths = [config.path.clone(), credentials.path.clone()];
        for section in sections(config, &mut problems) {
            let (kind, name) = kind(&section.header);
            let label = match kind {
                "profile" => format!("profile `{name}`"),
                kind => format!("[{kind} {name}]"),
            };
            let keys = keys(section, &label, &config.path);
            match kind {
                // A profile that is written in two ways is the last one of them.
                "profile" => {
                    let profile = Profile {
                        name: name.clone(),
                        config: Some(keys.clone()),
                        keys,
                        shared: None,
                    };
                    files.profiles.insert(name, profile);
                }
                "sso-session" => _ = files.sessions.insert(name, keys),
                "services" => _ = files.services.insert(name, keys),
                _ => {}
            }
        }
        for section in sections(credentials, &mut problems) {
            let name = section.header.clone();
            let keys = keys(section, &format!("profile `{name}`"), &credentials.path);
            let profile = files.profiles.entry(name.clone()).or_default();
            profile.name = name;
            profile.keys.extend(keys.clone());
            profile.shared = Some(keys);
        }
        problems.or(files)
    }

    /// The profile of this name.
    pub fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.get(name)
    }

    /// What the SSO session of this name says.
    pub fn session(&self, name: &str) -> Option<&Keys> {
        self.sessions.get(name)
    }

    /// What the services section of this name says.
    pub fn services(&self, name: &str) -> Option<&Keys> {
        self.services.get(name)
    }

    /// Both paths, for messages.
    pub fn places(&self) -> String {
        let [config, credentials] = &self.paths;
        format!("{config} or {credentials}")
    }
}

impl Profile {
    /// What a key says. An empty value is refused: nobody can mean it, and it hides what would count otherwise.
    ///
    /// # Errors
    /// When it is empty, or not a text.
    pub fn text(&self, key: &str) -> Result<Option<Setting>, Problem> {
        text(&self.keys, key)
    }
}

/// What a key of these says.
///
/// # Errors
/// When it is empty, or not a text.
pub fn text(keys: &Keys, key: &str) -> Result<Option<Setting>, Problem> {
    match keys.get(key) {
        None => Ok(None),
        Some(Setting {
            value: Value::Text(text),
            from,
        }) if !text.is_empty() => Ok(Some(Setting::new(text.clone(), from.clone()))),
        Some(Setting {
            value: Value::Text(_),
            from,
        }) => Err(format!(
            "`{key}` is empty ({from}); write a value, or leave the key out"
        )),
        Some(Setting { from, .. }) => Err(format!(
            "`{key}` has lines indented below it ({from}), where one value is expected; write it on the key's line"
        )),
    }
}

fn sections(file: &File, problems: &mut Problems) -> Vec<Section> {
    let path = &file.path;
    let Some(bytes) = &file.content else {
        return Vec::new();
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        problems.push(format!("{path} is not UTF-8; save it as UTF-8"));
        return Vec::new();
    };
    match ini::parse(text) {
        Ok(sections) => sections,
        Err(faults) => {
            let problem = |it: ini::Fault| {
                let line = it.line;
                format!(
                    "{path}:{line}: {}; the AWS CLI reads nothing of such a file: correct it",
                    it.message
                )
            };
            problems.extend(faults.into_iter().map(problem));
            Vec::new()
        }
    }
}

/// What a section of the configuration file is, and of which name.
fn kind(header: &str) -> (&'static str, String) {
    if header == "default" {
        return ("profile", header.to_owned());
    }
    let kinds = ["profile", "sso-session", "services"];
    let Some(kind) = kinds.into_iter().find(|kind| header.starts_with(kind)) else {
        return ("", String::new());
    };
    // The CLI passes over what has no name, or more than one.
    match python::split(header).as_deref() {
        Ok([_, name]) => (kind, name.clone()),
        _ => ("", String::new()),
    }
}

fn keys(section: Section, label: &str, path: &str) -> Keys {
    let placed = |(key, Entry { value, line }): (String, Entry)| {
        (key, Setting::new(value, format!("{label}, {path}:{line}")))
    };
    section.keys.into_iter().map(placed).collect()
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// The files of these texts.
    pub fn files(config: &str, credentials: &str) -> Result<Files, Vec<Problem>> {
        let file = |path: &str, text: &str| File {
            path: path.to_owned(),
            content: Some(text.as_bytes().to_vec()),
        };
        Files::read(&file("config", config), &file("credentials", credentials))
    }

    #[test]
    fn profiles_have_their_names_by_the_rules_of_a_shell() {
        let read = files(
            "[default]\na=1\n[profile \"x y\"]\na=2\n[profile x z]\na=3\n[profile]\n[other]\na=4\n[services s]\n",
            "[profile q]\na=5\n[other]\na=6\n",
        )
        .expect("they are read");
        let a = |name| read.profile(name)?.text("a").expect("a text");
        let value = |name| a(name).map(|it| it.value);
        assert_eq!(value("default").as_deref(), Some("1"));
        assert_eq!(a("x y"), Some(Setting::new("2", "profile `x y`, config:4")));
        assert_eq!(value("x"), None);
        assert_eq!(value("q"), None);
        assert_eq!(value("profile q").as_deref(), Some("5"));
        assert_eq!(value("other").as_deref(), Some("6"));
        assert!(read.services("s").is_some());
    }

    #[test]
    fn the_credentials_file_has_the_last_word_and_a_later_profile_is_the_profile() {
        let read = files(
            "[profile default]\na=1\nb=1\n[default]\na=2\n",
            "[default]\na=3\nc=3\n",
        )
        .expect("they are read");
        let profile = read.profile("default").expect("it is there");
        let text = |key| profile.text(key).expect("a text").map(|it| it.value);
        assert_eq!(text("a").as_deref(), Some("3"));
        assert_eq!(text("b"), None);
        assert_eq!(text("c").as_deref(), Some("3"));
    }

    #[test]
    fn an_empty_value_and_a_block_are_refused_where_a_text_is_asked_for() {
        let read = files("[default]\na=\nb=\n  c=d\n", "").expect("they are read");
        let profile = read.profile("default").expect("it is there");
        assert!(profile.text("a").expect_err("empty").contains("config:2"));
        assert!(profile.text("b").expect_err("a block").contains("config:3"));
    }

    #[test]
    fn what_is_wrong_with_both_files_is_said_at_once() {
        let wrong = files("x\n", "[a]\n[a]\n").expect_err("they are refused");
        assert!(wrong[0].starts_with("config:1: "), "{wrong:?}");
        assert!(wrong[1].starts_with("credentials:2: "), "{wrong:?}");
    }

    #[test]
    fn the_files_are_where_the_environment_says() {
        let paths = |variables: &[(&str, &str)]| {
            Paths::of(&Environment::new(variables.iter().copied()))
                .map(|it| (it.config, it.credentials))
        };
        let usual = (
            "/h/.aws/config".to_owned(),
            "/h/.aws/credentials".to_owned(),
        );
        assert_eq!(paths(&[("HOME", "/h")]), Ok(usual));
        let own = ("/h/c".to_owned(), String::new());
        let set = [
            ("HOME", "/h"),
            ("AWS_CONFIG_FILE", "~/c"),
            ("AWS_SHARED_CREDENTIALS_FILE", ""),
        ];
        assert_eq!(paths(&set), Ok(own));
        assert!(paths(&[("AWS_CONFIG_FILE", "~/c")]).is_err());
    }
}
