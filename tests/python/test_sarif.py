"""The SARIF report, read by the schema of its specification and by Microsoft's validator.

HUBDRIFT_SARIF_SCHEMA names the schema of SARIF 2.1.0, HUBDRIFT_SARIF_MULTITOOL the program
`Sarif.Multitool` of the npm package `@microsoft/sarif-multitool`. What is not there is skipped.
"""

import json
import os
import subprocess
from pathlib import Path

import jsonschema
import pytest
import sample_reports


@pytest.fixture(scope="module")
def validator():
    path = os.environ.get("HUBDRIFT_SARIF_SCHEMA")
    if not path:
        pytest.skip("HUBDRIFT_SARIF_SCHEMA is not set: nothing to validate against")
    schema = json.loads(Path(path).read_text(encoding="utf-8"))
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())


def validate(tmp_path, *targets):
    """What the validator has to say, by level; its exit code is 0 whatever it finds."""
    program = os.environ.get("HUBDRIFT_SARIF_MULTITOOL")
    if not program:
        pytest.skip("HUBDRIFT_SARIF_MULTITOOL is not set: there is no validator")
    output = tmp_path / "validated.sarif"
    run = subprocess.run(
        # GitHub's rules as well as the specification's.
        [program, "validate", *targets, "--rule-kind", "Sarif;Ghas", "--output", str(output)],
        env=os.environ | {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}, capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    said = {"files": int(run.stdout.split(" files scanned")[0].split()[-1]), "error": [], "warning": [], "note": []}
    for log in json.loads(output.read_text(encoding="utf-8-sig"))["runs"]:
        for invocation in log["invocations"]:
            assert invocation["executionSuccessful"], invocation
            assert not invocation.get("toolExecutionNotifications"), invocation
            assert not invocation.get("toolConfigurationNotifications"), invocation
        for result in log.get("results", []):
            if result.get("kind", "fail") == "fail":
                said[result.get("level", "warning")].append((result["ruleId"], result["message"]))
    return said


@pytest.mark.parametrize("path", sample_reports.each("sarif"))
def test_the_schema_of_the_specification_accepts_it(path, validator):
    errors = list(validator.iter_errors(json.loads(path.read_text(encoding="utf-8"))))
    assert not errors, errors[:3]


def test_the_schema_is_one_that_refuses(validator):
    assert not validator.is_valid({"version": "2.1.0", "runs": [{"results": []}]})


@pytest.mark.parametrize("path", sample_reports.each("sarif"))
def test_it_tells_the_verdict(path):
    text = path.read_text(encoding="utf-8")
    assert not sample_reports.has_unsafe(text)
    (run,) = json.loads(text)["runs"]
    audit = sample_reports.audit_of(path)
    (invocation,) = run["invocations"]
    code = audit["verdict"]["exit_code"]
    assert invocation["exitCode"] == code
    assert invocation["executionSuccessful"] == (code in (0, 2, 3))
    assert len(run["results"]) >= len(audit["findings"]) + len(audit["errors"])


def test_microsofts_validator_finds_no_error(tmp_path):
    folder = os.environ.get("HUBDRIFT_REPORTS_DIR")
    if not folder:
        pytest.skip("HUBDRIFT_REPORTS_DIR is not set: no reports to read")
    said = validate(tmp_path, str(Path(folder).resolve() / "*.sarif"))
    assert said["files"] == len(list(Path(folder).glob("*.sarif"))) > 5
    assert not said["error"], said["error"][:5]
    # hubdrift has no page of its own to name in `informationUri`.
    assert {rule for rule, _ in said["warning"]} <= {"SARIF2005"}, said["warning"][:5]


@pytest.mark.parametrize("path", sample_reports.each("sarif")[:1])
def test_the_validator_is_one_that_refuses(path, tmp_path):
    log = json.loads(path.read_text(encoding="utf-8"))
    for rule in log["runs"][0]["tool"]["driver"]["rules"]:
        del rule["help"]
    broken = tmp_path / "broken.sarif"
    broken.write_text(json.dumps(log), encoding="utf-8")
    assert validate(tmp_path, str(broken))["error"]
