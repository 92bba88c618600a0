"""promtool reads the metrics, and the alert rules of docs/prometheus.md do what they say.

HUBDRIFT_REPORTS_DIR is the folder in which the core tests left their reports.
Without it, or without promtool, these tests are skipped.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PROMTOOL = shutil.which("promtool")
DOCS = Path(__file__).parents[2] / "docs" / "prometheus.md"

pytestmark = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")


def promtool(*arguments, **options):
    return subprocess.run([PROMTOOL, *arguments], capture_output=True, text=True, **options)


def reports():
    folder = os.environ.get("HUBDRIFT_REPORTS_DIR")
    if not folder:
        pytest.skip("HUBDRIFT_REPORTS_DIR is not set")
    found = sorted(Path(folder).glob("*.prometheus"))
    assert found, folder
    return found


def test_promtool_finds_nothing_to_say():
    for path in reports():
        checked = promtool("check", "metrics", input=path.read_text())
        # It ends with 0 and says so where a name is bad style.
        assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", ""), path


def test_the_metrics_repeat_the_audit():
    for path in reports():
        audit = json.loads(path.with_suffix(".json").read_text())
        lines = path.read_text().splitlines()
        code = audit["verdict"]["exit_code"]
        assert f"hubdrift_exit_code {code}" in lines, path
        assert f"hubdrift_run_success {int(code not in (1, 130))}" in lines, path
        counted = sum(finding["counted"] for finding in audit["findings"])
        assert (f"hubdrift_findings_counted {counted}" in lines) == (code != 1), path
        assert ("hubdrift_clean 1" in lines) <= (code == 0 and counted == 0), path


def test_a_made_up_bad_name_is_found():
    """The check itself is checked."""
    bad = "# TYPE hubdrift_x_total gauge\nhubdrift_x_total 1\n"
    assert promtool("check", "metrics", input=bad).returncode != 0
    assert promtool("check", "metrics", input="hubdrift_x{a=\"1\"} 1\nhubdrift_x{a=\"1\"} 2\n").returncode != 0


def alert_rules():
    blocks = re.findall(r"^```yaml\n(groups:.*?)^```", DOCS.read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1
    return blocks[0]


def test_promtool_reads_the_alert_rules(tmp_path):
    rules = tmp_path / "rules.yml"
    rules.write_text(alert_rules())
    checked = promtool("check", "rules", str(rules))
    assert checked.returncode == 0, checked.stderr
    assert "9 rules found" in checked.stdout


HEALTHY = {
    "hubdrift_run_finished_timestamp_seconds": "0+3600x48",
    "hubdrift_observed_timestamp_seconds": "0+3600x48",
    "hubdrift_run_success": "1x48",
    "hubdrift_complete": "1x48",
    "hubdrift_exit_code": "0x48",
    'hubdrift_target_read{target="prod",account="111122223333",region="us-east-1"}': "1x48",
    'hubdrift_coverage_of{measure="read"}': "100x48",
    "hubdrift_waiver_soonest_expiry_timestamp_seconds": "9999999x48",
}

SCENARIOS = {
    "nothing": ({}, []),
    "no run for a day": ({"hubdrift_run_finished_timestamp_seconds": "3600x48"}, ["HubdriftNotRun"]),
    "never run": (dict.fromkeys(HEALTHY), ["HubdriftNotRun"]),
    # As a run with exit 1 leaves it: what has no result is not there.
    "failed": (
        {name: None for name in HEALTHY if "run" not in name}
        | {"hubdrift_run_success": "0x48", "hubdrift_complete": "0x48"},
        ["HubdriftFailed"],
    ),
    "incomplete": (
        {
            "hubdrift_complete": "0x48",
            'hubdrift_target_read{target="prod",account="111122223333",region="us-east-1"}': None,
            'hubdrift_target_read{target="prod",account="111122223333",region="us-east-1",reason="throttled"}': "0x48",
        },
        ["HubdriftIncomplete", "HubdriftTargetUnread"],
    ),
    "policy": ({'hubdrift_findings{kind="policy",severity="high",counted="true"}': "2x48"}, ["HubdriftPolicy"]),
    "waived": ({'hubdrift_findings{kind="policy",severity="high",counted="false"}': "2x48"}, []),
    "drift": ({'hubdrift_findings{kind="missing",severity="high",counted="true"}': "1x48"}, ["HubdriftDrift"]),
    "less": ({'hubdrift_coverage_of{measure="read"}': "100x23 50x25"}, ["HubdriftSeesLess"]),
    "old": ({"hubdrift_observed_timestamp_seconds": "-172800x48"}, ["HubdriftObservedLongAgo"]),
    "of unknown age": ({"hubdrift_observed_timestamp_seconds": None}, ["HubdriftObservedLongAgo"]),
    "a waiver ends": ({"hubdrift_waiver_soonest_expiry_timestamp_seconds": "604800x48"}, ["HubdriftWaiverEnds"]),
}
ALERTS = sorted({alert for _, alerts in SCENARIOS.values() for alert in alerts})


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_alert_rules_alert(name, tmp_path):
    (tmp_path / "rules.yml").write_text(alert_rules())
    changes, expected = SCENARIOS[name]
    series = {name: values for name, values in (HEALTHY | changes).items() if values}
    # An hour a step; after two days each of these alerts is either there or isn't.
    query = {
        "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
        "eval_time": "45h",
        "exp_samples": [{"labels": f'{{alertname="{alert}"}}', "value": 1} for alert in sorted(expected)],
    }
    test = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": "1h",
        "tests": [
            {
                "interval": "1h",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "promql_expr_test": [query],
            }
        ],
    }
    # JSON is YAML.
    (tmp_path / "test.yml").write_text(json.dumps(test))
    tested = promtool("test", "rules", str(tmp_path / "test.yml"), cwd=tmp_path)
    assert tested.returncode == 0, tested.stderr + tested.stdout


def test_every_alert_is_tried():
    assert sorted(re.findall(r"- alert: (\w+)", alert_rules())) == ALERTS
