"""Readers that we did not write read the reports of a real run.

HUBDRIFT_BIN is the binary to test. HUBDRIFT_JUNIT_XSD names a JUnit schema to
validate against; without it reports are parsed only.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest
import read_junit

HOSTILE = "\u001b[31m ]]> --> <script>alert(1)</script> ::error::x %0A | ` \u202e \u0085 \ufffe =cmd()"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The reports of the demonstration, which has every state in it."""
    folder = tmp_path_factory.mktemp("demo")
    reports = [f"--report={kind}={folder / kind}" for kind in ("json", "junit", "text")]
    subprocess.run([os.environ["HUBDRIFT_BIN"], "demo", "--quiet", *reports], check=True)
    return folder


def xsd():
    path = os.environ.get("HUBDRIFT_JUNIT_XSD")
    return Path(path).resolve() if path else None


def test_two_readers_agree_on_the_junit_report(demo, capsys):
    read_junit.main(str(demo / "junit"), xsd())
    audit = json.loads((demo / "json").read_text())
    counts = dict(pair.split("=") for pair in capsys.readouterr().out.split())
    drift_and_policy = [
        finding
        for finding in audit["findings"]
        if finding["counted"] and finding["kind"] in ("changed", "missing", "unmanaged", "policy")
    ]
    assert int(counts["failure"]) == len(drift_and_policy) > 0
    assert int(counts["error"]) > 0


def test_the_json_report_is_the_audit(demo):
    audit = json.loads((demo / "json").read_text())
    assert audit["schema"] == "hubdrift.report/1"
    assert audit["verdict"] == {"exit_code": 4, "complete": False, "drift": True, "policy": True}
    assert {connector["state"] for connector in audit["connectors"]} == {
        "in_sync",
        "changed",
        "missing",
        "unmanaged",
        "unread",
    }
    # The only place that may say a secret says that it doesn't.
    assert "auth.example" not in (demo / "json").read_text()


def test_hostile_names_leave_the_junit_report_whole(tmp_path):
    state = {
        "schema": "hubdrift.snapshot/1",
        "targets": [{"name": "t", "account": "111122223333", "region": "us-east-1", "connectors": [{
            "connector_id": "00000000-0000-4000-8000-000000000001",
            "body": {
                "ConnectorId": "00000000-0000-4000-8000-000000000001",
                "Name": HOSTILE,
                "Description": HOSTILE * 1000,
                "CreatedAt": "2026-01-02T03:04:05Z",
                "LastUpdatedAt": "2026-01-02T03:04:05Z",
                "Health": {"ConnectorStatus": HOSTILE, "LastCheckedAt": "2026-01-02T03:04:05Z", "Message": HOSTILE},
                "ProviderDetail": {HOSTILE: {}},
            },
        }]}],
    }  # fmt: skip
    (tmp_path / "state.json").write_text(json.dumps(state))
    (tmp_path / "hubdrift.yaml").write_text("version: 1\n")
    binary = os.environ["HUBDRIFT_BIN"]
    emulator = subprocess.Popen(
        [binary, "emulate", str(tmp_path / "state.json")], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        exports = emulator.stdout.readline().split()[1:]
        environment = dict(export.split("=", 1) for export in exports)
        environment |= {"PATH": os.environ["PATH"], "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(tmp_path)}
        run = subprocess.run(
            [binary, "check", "--report", "junit=junit.xml", "--report", "json=audit.json", "--report", "text"],
            cwd=tmp_path, env=environment, capture_output=True,
        )  # fmt: skip
    finally:
        emulator.terminate()
        emulator.wait()
    assert run.returncode == 4, run.stderr
    read_junit.main(str(tmp_path / "junit.xml"), xsd())
    name = json.loads((tmp_path / "audit.json").read_text())["connectors"][0]["name"]
    assert name == HOSTILE
    shown = run.stdout.decode()
    assert not [c for c in shown if c != "\n" and (ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\ufffe")]
