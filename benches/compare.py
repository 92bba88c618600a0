"""How long judging takes: whole processes, hubdrift beside regorus and cfn-guard, over the same connectors.

    cargo build --release
    cargo install --locked --root target/compare cfn-guard@3.2.0
    cargo install --locked --root target/compare regorus@0.14.0 --example regorus
    python3 benches/compare.py [five] [builtin] [growth] [listed] [formats] [guard]

No network and no account. Programs take turns, so that a machine's mood hits all alike; the fastest of
`RUNS` runs is shown, with the memory it took at the most. Prints; asserts nothing about time, but that each
program found nothing wrong, so that none is fast because it did nothing.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
HUBDRIFT = ROOT / "target/release/hubdrift"
TOOLS = ROOT / "target/compare/bin"
ACCOUNT, REGION = "111122223333", "us-east-1"
NOW = "2026-11-22T10:00:00Z"
RUNS = int(os.environ.get("RUNS", "5"))
FORMATS = "text json junit sarif markdown html github gitlab ocsf prometheus".split()


def uuid(n):
    return f"00000000-0000-4000-8000-{n:012}"


def body(n):
    """A healthy connector, about 600 bytes: its id, name, description, project and times are its own, its key is one
    of five. What a rule said of one connector may be said again of those that are alike where it looks, so none of
    the rules measured here may find that all are."""
    checked = f"2026-11-22T{n // 3600 % 9:02}:{n // 60 % 60:02}:{n % 60:02}Z"
    created = f"2026-{n % 9 + 1:02}-{n % 28 + 1:02}T{n % 24:02}:04:05Z"
    return {
        "ConnectorArn": f"arn:aws:securityhub:{REGION}:{ACCOUNT}:connectorv2/{uuid(n)}",
        "ConnectorId": uuid(n),
        "Name": f"jira-{n}",
        "Description": f"Jira for the team {n}",
        "KmsKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0c0ffee0-0000-4000-8000-00000000000{n % 5}",
        "CreatedAt": created,
        "LastUpdatedAt": created,
        "Health": {"ConnectorStatus": "CONNECTED", "LastCheckedAt": checked, "Issues": []},
        "ProviderDetail": {"JiraCloud": {"ProjectKey": f"T{n}", "Domain": "acme.atlassian.net", "AuthStatus": "ACTIVE"}},
        "EnablementStatus": "ENABLED",
    }


def snapshot(bodies):
    listing = [{"ConnectorId": it["ConnectorId"], "Name": it["Name"]} for it in bodies]
    target = {
        "name": "default",
        "account": ACCOUNT,
        "region": REGION,
        "hub": "enabled",
        "listing": {"complete": True, "summaries": listing},
        "connectors": [{"connector_id": it["ConnectorId"], "body": it} for it in bodies],
    }
    return {"schema": "hubdrift.snapshot/1", "taken_at": "2026-11-22T09:00:00Z", "targets": [target]}


def write(path, value):
    path.write_text(json.dumps(value, separators=(",", ":")))
    return path


class World:
    """The same connectors in the form that each program reads, in a folder of their own."""

    def __init__(self, size):
        self.size = size
        self.folder = Path(tempfile.mkdtemp(prefix="hubdrift-compare-"))
        self.snapshot = self.folder / "snapshot.json"
        self.bodies = self.folder / "connectors.json"
        # In a process of its own: a child's peak of memory begins with its parent's.
        subprocess.run([sys.executable, __file__, "world", str(size), self.folder], check=True)

    def inventory(self, policies="", connectors="[]"):
        path = self.folder / "hubdrift.yaml"
        target = f'{{account: "{ACCOUNT}", region: {REGION}, unmanaged: judge}}'
        path.write_text(f"version: 1\ntargets: {{default: {target}}}\nconnectors: {connectors}\n{policies}")
        return path

    def five(self):
        return self.inventory(f"policies: {{builtin: false, paths: ['{HERE / 'compare/rules'}']}}\n")

    def listed(self):
        entry = "\n  - {{id: e{0}, name: jira-{0}, expect: {{provider: {{type: JIRA_CLOUD, project_key: T{0}}}}}}}"
        return self.inventory(connectors="".join(entry.format(n) for n in range(self.size)))

    def hubdrift(self, inventory, report="prometheus", output="report"):
        return [HUBDRIFT, "check", inventory, "--observed", self.snapshot, "--now", NOW, "-q"] + [
            f"--report={report}={self.folder / output}"
        ]


def run(argv, env=None):
    """Wall seconds, processor seconds and peak memory in MB of one process, and what it printed."""
    begun = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen([str(arg) for arg in argv], stdout=out, env={"PATH": os.environ["PATH"], **(env or {})})
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        printed = out.read()
    assert process.returncode == 0, f"{argv[0]} ended with {process.returncode}"
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, printed


def best(commands):
    """Runs the named commands in turns; the figures of each one's fastest run."""
    seen = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, (argv, env, is_well) in commands.items():
            *figures, printed = run(argv, env)
            assert is_well(printed), f"{name} did not judge all, or found something"
            seen[name].append(figures)
    return {name: min(runs) for name, runs in seen.items()}


def show(name, figures, more=""):
    wall, cpu, memory = figures
    print(f"  {name:28} {wall:7.2f} s  {cpu:7.2f} s of processor  {memory:7.0f} MB  {more}")


def clean(world, output="report"):
    def is_well(_):
        text = (world.folder / output).read_text()
        return "hubdrift_clean 1" in text and f'state="unmanaged"}} {world.size}\n' in text

    return is_well


def five():
    world = World(100_000)
    size = world.snapshot.stat().st_size / 1e6
    print(f"five rules, {world.size} connectors, a snapshot of {size:.0f} MB")
    regorus = [TOOLS / "regorus", "eval", "-d", HERE / "compare/rules.rego", "-d", world.bodies, "data.hubdrift.violations"]
    found = best(
        {
            "hubdrift": (world.hubdrift(world.five()), None, clean(world)),
            "regorus 0.14": (regorus, None, lambda out: json.loads(out)["result"][0]["expressions"][0]["value"] == []),
        }
    )
    for name, figures in found.items():
        show(name, figures, f"{figures[2] / size:.1f} times the snapshot" if name == "hubdrift" else "")


def guard():
    world = World(int(os.environ.get("GUARD", "10000")))
    print(f"five rules, {world.size} connectors")
    argv = [TOOLS / "cfn-guard", "validate", "-r", HERE / "compare/rules.guard", "-d", world.bodies]
    argv += ["--structured", "-o", "json", "-S", "none"]
    passed = lambda out: len(json.loads(out)[0]["compliant"]) == 5
    found = best({"hubdrift": (world.hubdrift(world.five()), None, clean(world)), "cfn-guard 3.2": (argv, None, passed)})
    for name, figures in found.items():
        show(name, figures)


def outcomes(world):
    lines = (world.folder / "report").read_text().splitlines()
    return sum(int(line.split()[-1]) for line in lines if line.startswith("hubdrift_outcomes{"))


def builtin():
    world = World(100_000)
    print(f"all built-in rules, {world.size} connectors")
    argv = world.hubdrift(world.inventory())
    one = ["taskset", "-c", "0", *argv]
    found = best({"two cores": (argv, None, clean(world)), "one core": (one, None, clean(world))})
    for name, figures in found.items():
        show(name, figures, f"{outcomes(world) / figures[0] / 1e6:.2f} million outcomes a second, all told")
    print(f"  two cores are {found['one core'][0] / found['two cores'][0]:.2f} times one")


def growth():
    print("from 1,000 to 100,000 connectors, all built-in rules")
    each = {}
    for size in (1_000, 10_000, 100_000):
        world = World(size)
        figures = best({"hubdrift": (world.hubdrift(world.inventory()), None, clean(world))})["hubdrift"]
        each[size] = figures[1] / size * 1e6
        show(f"{size}", figures, f"{each[size]:.1f} µs of processor a connector")


def listed():
    world = World(100_000)
    print(f"an inventory that lists all {world.size}")
    is_well = lambda _: "hubdrift_clean 1" in (world.folder / "report").read_text()
    show("hubdrift", best({"hubdrift": (world.hubdrift(world.listed()), None, is_well)})["hubdrift"])


def formats():
    world = World(100_000)
    print(f"each format, {world.size} connectors, all built-in rules; rendering is the difference to prometheus")
    for name in FORMATS:
        argv = world.hubdrift(world.inventory(), name, name)
        figures = best({name: (argv, None, lambda _: True)})[name]
        written = (world.folder / name).stat().st_size / 1e6
        show(name, figures, f"{written:.1f} MB written")


def make(size, folder):
    """Writes the files of a world."""
    bodies = [body(n) for n in range(size)]
    write(folder / "snapshot.json", snapshot(bodies))
    write(folder / "connectors.json", {"connectors": bodies})


if __name__ == "__main__" and sys.argv[1:2] == ["world"]:
    make(int(sys.argv[2]), Path(sys.argv[3]))
elif __name__ == "__main__":
    for name in sys.argv[1:] or ["five", "builtin", "growth", "listed"]:
        {"five": five, "guard": guard, "builtin": builtin, "growth": growth, "listed": listed, "formats": formats}[name]()
