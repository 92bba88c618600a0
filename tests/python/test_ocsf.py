"""OCSF's own schema and py-ocsf-models read the events.

HUBDRIFT_REPORTS_DIR is the folder in which the core tests left their reports. The
schema comes with the package ocsf-json-schema.
"""

import copy
import json
import os
from pathlib import Path

import pytest
from ocsf_json_schema import get_ocsf_schema
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding
from read_ocsf import Schema


def reports():
    folder = os.environ.get("HUBDRIFT_REPORTS_DIR")
    if not folder:
        pytest.skip("HUBDRIFT_REPORTS_DIR is not set")
    found = sorted(Path(folder).glob("*.ocsf"))
    assert found, folder
    return found


def events(path):
    # A line is one object, and nothing but a line feed ends it.
    lines = path.read_bytes().split(b"\n")
    assert lines.pop() == b""
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def schema():
    return Schema(get_ocsf_schema("1.8.0"))


def test_the_schema_has_nothing_to_say(schema):
    for path in reports():
        for event in events(path):
            assert schema.problems(event) == [], (path, event)


def test_the_check_finds_what_is_wrong(schema):
    path = next(path for path in reports() if path.stem == "policy")
    event = next(event for event in events(path) if event["metadata"]["event_code"] == "policy")

    def spoilt(spoil):
        other = copy.deepcopy(event)
        spoil(other)
        return schema.problems(other)

    assert spoilt(lambda it: None) == []
    for spoil in [
        lambda it: it.pop("time"),
        lambda it: it.pop("cloud"),
        lambda it: it.update(time="2026-06-01T12:00:00Z"),
        lambda it: it.update(made_up=1),
        lambda it: it.update(severity_id=7),
        lambda it: it.update(severity="Low"),
        lambda it: it.update(resource={"name": "x"}),
        lambda it: it.update(resources={"name": "x"}),
        lambda it: it["resources"][0].pop("uid") and it["resources"][0].pop("name"),
        lambda it: it["compliance"].update(status_id=4),
        lambda it: it["finding_info"].pop("uid"),
        lambda it: it["finding_info"]["analytic"].update(type_id=True),
        lambda it: it["metadata"].update(profiles=["made_up"]),
    ]:
        assert spoilt(spoil) != []


def test_py_ocsf_models_parses_every_event():
    for path in reports():
        for event in events(path):
            parsed = ComplianceFinding.model_validate(event)
            assert parsed.compliance.status_id == event["compliance"]["status_id"], path
            assert parsed.time == event["time"]


def test_the_events_repeat_the_audit():
    for path in reports():
        audit = json.loads(path.with_suffix(".json").read_text())
        run, *others = events(path)
        assert run["metadata"]["event_code"] == "run"
        code = audit["verdict"]["exit_code"]
        assert (run["compliance"]["status_id"] == 3) == (code == 1), path
        passes = [event for event in others if event["metadata"]["event_code"] == "pass"]
        told = sorted(event["finding_info"]["uid"] for event in others if event not in passes)
        assert told == sorted(it["fingerprint"] for it in audit["findings"] + audit["resolved"]), path
        passed = [
            f"{connector['address']}#{result['rule']}"
            for connector in audit["connectors"]
            for result in connector["results"]
            if result["outcome"] == "pass" and code != 1
        ]
        rules = [event for event in passes if event["compliance"]["control"] != "hubdrift.changed"]
        assert sorted(event["finding_info"]["uid_alt"] for event in rules) == sorted(passed), path
