//! Runs what the examples' READMEs say: the lines of each `console` block that begin with `$ `
//! are typed into one bash session, and the other lines are what must come back.

use std::{
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::support::scrubbed;

/// A command of a README, and what it says comes of it.
#[derive(Debug)]
struct Step {
    line: usize,
    command: String,
    expected: String,
}

/// The steps of a README; a line beginning with `> ` continues a command.
fn steps(readme: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for (number, line) in readme.lines().enumerate() {
        if line.starts_with("```") {
            inside = line == "```console";
            continue;
        }
        if !inside {
            continue;
        }
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step {
                line: number + 1,
                command: command.to_owned(),
                expected: String::new(),
            });
            continue;
        }
        let step = steps
            .last_mut()
            .expect("a console block begins with a command");
        match line.strip_prefix("> ") {
            Some(more) if step.expected.is_empty() => {
                step.command = format!("{}\n{more}", step.command);
            }
            _ => {
                step.expected += line;
                step.expected.push('\n');
            }
        }
    }
    steps
}

/// A session that types the commands, and says before each which one it is. It gives up
/// after a while, and leaves nothing running.
fn script(steps: &[Step]) -> String {
    let mut script = "exec 2>&1\ntrap 'kill $(jobs -p) 2>/dev/null' EXIT\n\
        mark() { local code=$?; printf '\\036%s\\036' \"$1\"; return $code; }\n"
        .to_owned();
    for (index, step) in steps.iter().enumerate() {
        script += &format!("mark {index}\n{}\n", step.command);
    }
    script
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("the example") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("it is copied");
        }
    }
}

/// Runs the session in a copy of the example, and gives what each command printed.
fn run(example: &Path, steps: &[Step]) -> Vec<String> {
    let directory = tempfile::tempdir().expect("a directory");
    let (home, place) = (
        directory.path().join("home"),
        directory.path().join("example"),
    );
    fs::create_dir(&home).expect("a home");
    copy(example, &place);

    // The environment of any test's hubdrift, with it on the search path.
    let scrubbed = scrubbed(&home);
    let binaries = Path::new(env!("CARGO_BIN_EXE_hubdrift"))
        .parent()
        .expect("a directory");
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    let all = std::iter::once(binaries.to_owned()).chain(std::env::split_paths(&path));
    let mut session = Command::new("bash");
    session.args(["--noprofile", "--norc"]).env_clear();
    for (name, value) in scrubbed.get_envs() {
        session.env(name, value.expect("nothing is removed"));
    }
    session.env("PATH", std::env::join_paths(all).expect("a search path"));
    session
        .current_dir(&place)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = session.spawn().expect("bash is there");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin
        .write_all(script(steps).as_bytes())
        .expect("it is typed");
    drop(stdin);
    let mut stdout = child.stdout.take().expect("a pipe");
    let reader = std::thread::spawn(move || {
        let mut printed = String::new();
        stdout.read_to_string(&mut printed).expect("text");
        printed
    });
    let began = Instant::now();
    while child.try_wait().expect("it runs or has ended").is_none() {
        if began.elapsed() > Duration::from_mins(1) {
            // Not killed outright: what it started has to be ended by it.
            let sent = Command::new("kill").arg(child.id().to_string()).status();
            panic!("the session did not end within a minute, and was sent a signal: {sent:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let printed = reader.join().expect("it was read");
    let mut parts = printed.split('\u{1e}').skip(1);
    let mut outputs = Vec::new();
    while let (Some(index), Some(output)) = (parts.next(), parts.next()) {
        assert_eq!(
            index,
            outputs.len().to_string(),
            "the session stopped: {printed}"
        );
        outputs.push(output.to_owned());
    }
    outputs
}

fn examples() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let entries = fs::read_dir(root).expect("there are examples");
    let mut found: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|it| it.is_dir())
        .collect();
    found.sort();
    found
}

#[test]
fn every_example_does_what_its_readme_says() {
    let examples = examples();
    assert!(!examples.is_empty());
    let mut wrong = Vec::new();
    for example in examples {
        let name = example
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let readme = fs::read_to_string(example.join("README.md"))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let steps = steps(&readme);
        assert!(!steps.is_empty(), "{name}: its README shows no command");
        let outputs = run(&example, &steps);
        assert_eq!(
            outputs.len(),
            steps.len(),
            "{name}: the session stopped early: {outputs:#?}"
        );
        for (step, output) in steps.iter().zip(outputs) {
            if output != step.expected {
                let Step {
                    line,
                    command,
                    expected,
                } = step;
                wrong.push(format!(
                    "{name}/README.md:{line}: $ {command}\nexpected:\n{expected}printed:\n{output}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn commands_and_outputs_are_told_apart() {
    let found =
        steps("text\n```console\n$ one \\\n> two\nout\n\n$ three\n```\n$ no\n```yaml\n$ no\n```\n");
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(
        (found[0].command.as_str(), found[0].expected.as_str()),
        ("one \\\ntwo", "out\n\n")
    );
    assert_eq!(
        (
            found[1].command.as_str(),
            found[1].expected.as_str(),
            found[1].line
        ),
        ("three", "", 7)
    );
}
