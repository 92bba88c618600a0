//! A world for one test: an account served by the real emulator, files in a directory of its
//! own, and `hubdrift` run there with an environment of which nothing comes from outside.
//!
//! The output of every check is searched for what no report may ever say.

use std::{
    cell::OnceCell,
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

mod bodies;
mod checked;
mod formats;

pub use bodies::*;
pub use checked::*;
pub use formats::*;

/// Whether a variable describes the machine rather than what hubdrift should do: the search path, the time
/// zone, the language, and what moves the clock (`faketime`). Tests have to hold whatever these are.
fn is_of_the_machine(name: &str) -> bool {
    matches!(name, "PATH" | "TZ" | "LANG" | "LANGUAGE" | "LD_PRELOAD")
        || name.starts_with("LC_")
        || name.starts_with("FAKETIME")
}

/// A program with no setting from outside: see [`is_of_the_machine`].
pub fn without_settings(program: &str, home: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_of_the_machine)))
        .env("HOME", home)
        .env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

/// `hubdrift` without arguments, and with no setting from outside.
pub fn scrubbed(home: &Path) -> Command {
    without_settings(env!("CARGO_BIN_EXE_hubdrift"), home)
}

/// `hubdrift` with these arguments. The connectors of the tests are healthy at [`NOW`], so they are judged at
/// that time, on whatever day the tests run; unless the arguments have another time.
pub fn hubdrift(home: &Path, arguments: &[&str]) -> Command {
    let mut command = scrubbed(home);
    match arguments {
        [judging @ ("check" | "validate"), rest @ ..]
            if !rest.iter().any(|it| it.starts_with("--now")) =>
        {
            command.args([judging, "--now", NOW]).args(rest)
        }
        _ => command.args(arguments),
    };
    command
}

/// The same command as the last arguments of another one.
pub fn wrapped(inner: &Command, wrapper: &[&str]) -> Command {
    let mut command = Command::new(wrapper[0]);
    command
        .args(&wrapper[1..])
        .arg(inner.get_program())
        .args(inner.get_args())
        .env_clear()
        .envs(inner.get_envs().filter_map(|(k, v)| Some((k, v?))));
    if let Some(directory) = inner.get_current_dir() {
        command.current_dir(directory);
    }
    command
}

/// The same command, with its signals set by this option of `env`, whatever the tests have inherited:
/// `nohup` ignores SIGHUP, and a background job of a shell SIGINT and SIGQUIT. `None` where `env` has no
/// such option.
#[cfg(unix)]
pub fn with_signals(command: &Command, option: &str) -> Option<Command> {
    let tried = Command::new("env").args([option, "true"]).output();
    let knows = tried.is_ok_and(|it| it.status.success());
    knows.then(|| wrapped(command, &["env", DEFAULT_SIGNALS, option]))
}

/// That every signal does what it does to a process by default, and none is blocked.
#[cfg(unix)]
pub const DEFAULT_SIGNALS: &str = "--default-signal";

/// Sends a signal by its number: in some languages `kill` doesn't know their names.
#[cfg(unix)]
#[track_caller]
pub fn signal(child: &Child, number: u8) {
    let (number, id) = (format!("-{number}"), child.id().to_string());
    let sent = Command::new("kill").args([number, id]).status();
    assert!(sent.expect("kill is there").success());
}

/// Makes a pipe that has a name.
#[cfg(unix)]
pub fn make_pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.expect("mkfifo is there").success());
}

/// Opens a pipe for writing as soon as hubdrift opens it for reading, unless it has `ended` before.
#[cfg(unix)]
#[track_caller]
pub fn when_it_reads(pipe: &Path, mut ended: impl FnMut() -> bool) -> fs::File {
    std::thread::scope(|scope| {
        let opened = scope.spawn(|| fs::OpenOptions::new().write(true).open(pipe));
        while !opened.is_finished() {
            if ended() {
                // Lets the other thread go on.
                drop(fs::File::open(pipe));
                panic!("it ended without reading {}", pipe.display());
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        opened.join().expect("no panic").expect("it is opened")
    })
}

/// Says which test was skipped here, and why. The test harness would not show it, so it is bypassed.
#[track_caller]
pub fn skipped(why: &str) {
    let test = std::panic::Location::caller();
    let _ = writeln!(std::io::stderr(), "\nSKIPPED: {test}: {}", why.trim_end());
}

/// The ids of the built-in rules.
pub fn builtin_rules() -> Vec<String> {
    let id = |path: &str| {
        Some(
            path.strip_prefix("builtin:")?
                .strip_suffix(".rhai")?
                .to_owned(),
        )
    };
    let sources = hubdrift::policy::builtin();
    let ids = sources.iter().map(|source| id(&source.path));
    ids.map(|id| id.expect("a built-in rule's path")).collect()
}

/// A running `hubdrift emulate`; killed when dropped.
#[derive(Debug)]
pub struct Emulator {
    child: Child,
    pub address: String,
    /// The first line that it printed.
    pub line: String,
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Emulator {
    /// Serves what the file `state` says.
    pub fn start(state: &Path, home: &Path) -> Self {
        let mut command = scrubbed(home);
        command.arg("emulate").arg(state).args(["--port", "0"]);
        // Else it could inherit that the signal which ends it is ignored.
        #[cfg(unix)]
        let mut command = with_signals(&command, DEFAULT_SIGNALS).unwrap_or(command);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the emulator starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("the emulator says its address");
        let Some((_, rest)) = line.split_once("http://") else {
            let mut printed = String::new();
            let stderr = child.stderr.take().expect("a pipe");
            BufReader::new(stderr)
                .read_to_string(&mut printed)
                .expect("text");
            panic!("the emulator did not start: {printed}");
        };
        let address = rest.split(' ').next().expect("an address").to_owned();
        Self {
            child,
            address,
            line,
        }
    }

    /// Ends it as Ctrl-C does, and gives what it printed about the requests.
    #[cfg(unix)]
    fn interrupt(mut self) -> String {
        signal(&self.child, 2);
        let mut printed = String::new();
        let mut stderr = self.child.stderr.take().expect("a pipe");
        stderr.read_to_string(&mut printed).expect("text");
        printed
    }
}

/// An account, files, and an environment.
#[derive(Debug)]
pub struct World {
    directory: tempfile::TempDir,
    state: Value,
    expected: Vec<String>,
    target: String,
    more: String,
    environment: BTreeMap<&'static str, Option<String>>,
    by_the_clock: bool,
    emulator: OnceCell<Emulator>,
}

impl World {
    /// One target, `prod`, without connectors.
    pub fn new() -> Self {
        Self {
            directory: tempfile::tempdir().expect("a directory"),
            state: json!({
                "schema": "hubdrift.snapshot/1",
                "targets": [{"name": "prod", "account": ACCOUNT, "region": "us-east-1", "connectors": []}],
                "emulator": {"faults": []},
            }),
            expected: Vec::new(),
            target: format!("account: \"{ACCOUNT}\", region: us-east-1"),
            more: String::new(),
            environment: BTreeMap::new(),
            by_the_clock: false,
            emulator: OnceCell::new(),
        }
    }

    /// What this state says; the inventory has to be written by hand, or be that of `prod`.
    pub fn of_state(state: Value) -> Self {
        Self {
            state,
            ..Self::new()
        }
    }

    /// One healthy connector, `prod/alpha`, found and expected by name: a clean result.
    pub fn clean() -> Self {
        Self::new()
            .has(jira(1, "alpha"))
            .expects("id: alpha, name: alpha")
    }

    /// The same, but for the body that is served.
    pub fn serving(body: Value) -> Self {
        Self::new().has(body).expects("id: alpha, name: alpha")
    }

    /// `prod/alpha` and `europe/gamma`, found by name: two clean targets. The entry of the latter also has `more`.
    pub fn of_two_targets(more: &str) -> Self {
        let inventory = format!(
            "version: 1
targets:
  prod: {{account: \"{ACCOUNT}\", region: us-east-1}}
  europe: {{account: \"{ACCOUNT}\", region: eu-west-1}}
connectors:
  - {{id: alpha, target: prod, name: alpha}}
  - {{id: gamma, target: europe, name: gamma{more}}}
"
        );
        Self::new()
            .has(jira(1, "alpha"))
            .serves("europe", "eu-west-1")
            .has(living_in(ACCOUNT, "eu-west-1", jira(1, "gamma")))
            .file("hubdrift.yaml", &inventory)
    }

    /// Another target that is served; the inventory has to be written by hand then.
    pub fn serves(mut self, name: &str, region: &str) -> Self {
        let target = json!({"name": name, "account": ACCOUNT, "region": region, "connectors": []});
        self.state["targets"]
            .as_array_mut()
            .expect("targets")
            .push(target);
        self
    }

    /// A connector of the account, in the target that was added last.
    pub fn has(self, body: Value) -> Self {
        self.has_tagged(body, &json!({}))
    }

    /// The same, with tags.
    pub fn has_tagged(mut self, body: Value, tags: &Value) -> Self {
        // The body's own id may be the lie under test, so it is served under the id of its place.
        let connectors = self.last_target()["connectors"].as_array_mut();
        let connectors = connectors.expect("connectors");
        let served = id(u32::try_from(connectors.len()).expect("few") + 1);
        let mut connector = json!({"connector_id": served, "tags": tags});
        connector["body"] = body;
        connectors.push(connector);
        self
    }

    /// What the listing of the target that was added last says, instead of what is there.
    pub fn lists(mut self, summaries: &Value) -> Self {
        self.last_target()["listing"] = json!({"complete": true, "summaries": summaries});
        self
    }

    /// Something else of the target's state, such as its hub.
    pub fn target_state(mut self, key: &str, value: &str) -> Self {
        self.last_target()[key] = json!(value);
        self
    }

    /// The target that was added last.
    fn last_target(&mut self) -> &mut Value {
        let targets = self.state["targets"].as_array_mut();
        targets.and_then(|it| it.last_mut()).expect("a target")
    }

    /// Something that goes wrong.
    pub fn fault(mut self, fault: Value) -> Self {
        self.state["emulator"]["faults"]
            .as_array_mut()
            .expect("faults")
            .push(fault);
        self
    }

    /// Another setting of the emulator.
    pub fn emulator(mut self, key: &str, value: Value) -> Self {
        self.state["emulator"][key] = value;
        self
    }

    /// An expected connector: the inside of a flow mapping.
    pub fn expects(mut self, connector: &str) -> Self {
        self.expected.push(connector.to_owned());
        self
    }

    /// More settings of the target `prod` in the inventory.
    pub fn target_setting(mut self, setting: &str) -> Self {
        self.target = format!("{}, {setting}", self.target);
        self
    }

    /// More of the inventory, at the top level.
    pub fn inventory_more(mut self, text: &str) -> Self {
        self.more.push_str(text);
        self.more.push('\n');
        self
    }

    /// A file beside the inventory; `hubdrift.yaml` replaces the whole inventory.
    pub fn file(self, path: &str, text: &str) -> Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a directory")).expect("it is made");
        fs::write(path, text).expect("the file is written");
        self
    }

    /// Sets a variable of hubdrift's environment.
    pub fn env(mut self, name: &'static str, value: &str) -> Self {
        self.environment.insert(name, Some(value.to_owned()));
        self
    }

    /// Judged by the machine's clock, as users' connectors are. What is served has to be healthy then.
    pub fn by_the_clock(mut self) -> Self {
        self.by_the_clock = true;
        self
    }

    /// Takes a variable out of hubdrift's environment.
    pub fn without_env(mut self, name: &'static str) -> Self {
        self.environment.insert(name, None);
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The names of all files beside the inventory.
    pub fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.directory.path()).expect("a directory");
        let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("an entry").file_name();
        let mut names: Vec<_> = entries
            .map(|it| name(it).into_string().expect("text"))
            .collect();
        names.sort();
        names
    }

    /// The address of the emulator, which is started when it is first needed.
    pub fn address(&self) -> &str {
        let start = || {
            let home = self.path("home");
            fs::create_dir_all(&home).expect("a home");
            let state = home.join("state.json");
            fs::write(&state, self.state.to_string()).expect("the state is written");
            Emulator::start(&state, &home)
        };
        &self.emulator.get_or_init(start).address
    }

    /// What the emulator says of the requests it was sent.
    #[cfg(unix)]
    pub fn requests(mut self) -> String {
        self.address();
        self.emulator.take().expect("it runs").interrupt()
    }

    /// A `hubdrift` that finds the files and the emulator.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let inventory = self.path("hubdrift.yaml");
        if !inventory.exists() {
            let connectors: Vec<_> = self
                .expected
                .iter()
                .map(|it| format!("\n  - {{{it}}}"))
                .collect();
            let connectors = if connectors.is_empty() {
                " []".to_owned()
            } else {
                connectors.concat()
            };
            let text = format!(
                "version: 1\ntargets:\n  prod: {{{}}}\nconnectors:{connectors}\n{}",
                self.target, self.more
            );
            fs::write(&inventory, text).expect("the inventory is written");
        }
        let home = self.path("home");
        let mut command = if self.by_the_clock {
            let mut command = scrubbed(&home);
            command.args(arguments);
            command
        } else {
            hubdrift(&home, arguments)
        };
        command
            .current_dir(self.directory.path())
            .env("AWS_ENDPOINT_URL", format!("http://{}", self.address()))
            .env("AWS_ACCESS_KEY_ID", "EMULATOR")
            .env("AWS_SECRET_ACCESS_KEY", "emulator");
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    /// Runs `hubdrift` with these arguments.
    pub fn run(&self, arguments: &[&str]) -> Run {
        let run = Run::of(self.command(arguments));
        assert!(
            !run.stdout.contains(SECRET) && !run.stderr.contains(SECRET),
            "AuthUrl was printed: {run:#?}"
        );
        run
    }

    /// Runs `hubdrift check` with the text report on stdout and every other report in a file,
    /// and looks for what none of them may say.
    pub fn check(&self, arguments: &[&str]) -> Checked {
        let mut all = vec![
            "check",
            "--report",
            "json=report.json",
            "--report",
            "junit=report.xml",
        ];
        all.extend(arguments);
        let run = self.run(&all);
        let (json, junit) = (self.read("report.json"), self.read("report.xml"));
        let report = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
        let checked = Checked { run, report, junit };
        checked.assert_truthful(&json);
        checked
    }
}
