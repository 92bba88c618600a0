"""GitLab's Code Quality, read by a schema of the format as GitLab's documentation states it."""

import json

import jsonschema
import pytest
import sample_reports

SCHEMA = json.loads((sample_reports.READERS / "gitlab-code-quality.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sample_reports.each("gitlab"))
def test_it_is_what_the_documentation_says(path):
    text = path.read_text(encoding="utf-8")
    assert not text.startswith("\ufeff"), "GitLab takes no byte order mark"
    assert not sample_reports.has_unsafe(text)
    violations = json.loads(text)
    jsonschema.Draft7Validator(SCHEMA).validate(violations)
    fingerprints = [violation["fingerprint"] for violation in violations]
    assert len(fingerprints) == len(set(fingerprints))


@pytest.mark.parametrize("path", sample_reports.each("gitlab"))
def test_what_is_not_known_blocks(path):
    severities = [violation["severity"] for violation in json.loads(path.read_text(encoding="utf-8"))]
    code = sample_reports.audit_of(path)["verdict"]["exit_code"]
    assert ("blocker" in severities) == (code not in (0, 2, 3))
    assert any(severity != "info" for severity in severities) == (code != 0)


def test_the_schema_is_one_that_refuses():
    violation = {
        "description": "x", "check_name": "x", "fingerprint": "x", "severity": "major",
        "location": {"path": "./x", "lines": {"begin": 1}},
    }  # fmt: skip
    assert not jsonschema.Draft7Validator(SCHEMA).is_valid([violation])
    violation["location"]["path"] = "x"
    assert jsonschema.Draft7Validator(SCHEMA).is_valid([violation])
