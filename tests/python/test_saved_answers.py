"""Files that boto3 and the AWS CLI wrote are checked with --observed: clients we did not write.

HUBDRIFT_BIN is the binary to test.
"""

import json
import os
import subprocess

import boto3
import pytest
from botocore.config import Config

ACCOUNT = "111122223333"
REGION = "us-east-1"
NOW = "2026-11-22T12:00:00Z"
SECRET = "do-not-print-me"


def uuid(number):
    return f"00000000-0000-4000-8000-{number:012d}"


def body(number, name, provider):
    return {
        "ConnectorArn": f"arn:aws:securityhub:{REGION}:{ACCOUNT}:connectorv2/{uuid(number)}",
        "ConnectorId": uuid(number),
        "Name": name,
        "KmsKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0c0ffee0-0000-4000-8000-000000000001",
        "CreatedAt": "2026-01-02T03:04:05.678Z",
        "LastUpdatedAt": "2026-02-03T04:05:06Z",
        "Health": {
            "ConnectorStatus": "CONNECTED",
            "LastCheckedAt": "2026-11-22T11:42:10Z",
            "Issues": [],
        },
        "ProviderDetail": provider,
        "EnablementStatus": "ENABLED",
    }


JIRA = {
    "JiraCloud": {
        "ProjectKey": "SEC",
        "Domain": "acme.atlassian.net",
        "AuthUrl": f"https://auth.example/?state={SECRET}",
        "AuthStatus": "ACTIVE",
    }
}
STATE = {
    "schema": "hubdrift.snapshot/1",
    "targets": [
        {
            "name": "prod",
            "account": ACCOUNT,
            "region": REGION,
            "connectors": [
                {"connector_id": uuid(1), "body": body(1, "alpha", JIRA)},
                {"connector_id": uuid(2), "body": body(2, "beta", JIRA)},
                {"connector_id": uuid(3), "body": body(3, "acme", {"AcmeDesk": {"X": 1}})},
            ],
        }
    ],
    "emulator": {
        "faults": [
            {
                "operation": "get",
                "connector_id": uuid(9),
                "answer": {"status": 200, "content_type": "application/json", "body": "{}"},
            }
        ]
    },
}
INVENTORY = f"""version: 1
targets:
  prod: {{account: "{ACCOUNT}", region: {REGION}, unmanaged: UNMANAGED}}
connectors:
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    state = tmp_path_factory.mktemp("emulator") / "state.json"
    state.write_text(json.dumps(STATE), encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    process = subprocess.Popen(
        [os.environ["HUBDRIFT_BIN"], "emulate", str(state)],
        stdout=subprocess.PIPE,
        text=True,
        env=clean,
    )
    try:
        _, *pairs = process.stdout.readline().split()
        yield clean | dict(pair.split("=", 1) for pair in pairs)
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def client(environment):
    return boto3.session.Session().client(
        "securityhub",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name=environment["AWS_REGION"],
        config=Config(retries={"total_max_attempts": 1}),
    )


def by_id(name):
    return f"connector_id: {uuid({'alpha': 1, 'beta': 2, 'acme': 3}[name])}"


@pytest.fixture
def check(tmp_path):
    """Checks saved answers, without AWS; gives exit code, report and what was said."""

    def run(answers, names, unmanaged="ignore", identity=by_id):
        file, report = tmp_path / "answers.json", tmp_path / "report.json"
        file.write_text(answers, encoding="utf-8")
        inventory = tmp_path / "hubdrift.yaml"
        # By its name a connector may be one of two: which others exist the file doesn't say.
        connectors = "".join(f"  - {{id: {name}, {identity(name)}}}\n" for name in names)
        inventory.write_text(INVENTORY.replace("UNMANAGED", unmanaged) + connectors)
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        command = [os.environ["HUBDRIFT_BIN"], "check", str(inventory), "--now", NOW]
        command += ["--observed", str(file), "--include-observed", f"--report=json={report}"]
        done = subprocess.run(command, capture_output=True, text=True, env=clean)
        said = done.stdout + done.stderr + report.read_text()
        assert SECRET not in said
        return done.returncode, json.loads(report.read_text()), said

    return run


def cli(environment, number, *more):
    command = ["aws", "securityhub", "get-connector-v2", "--connector-id", uuid(number), *more]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def states(report):
    return {it["address"]: it["state"] for it in report["connectors"]}


def test_boto3_default_str(client, check):
    answer = client.get_connector_v2(ConnectorId=uuid(1))
    code, report, _ = check(json.dumps(answer, default=str), ["alpha"])
    assert (code, states(report)) == (0, {"prod/alpha": "in_sync"})
    (connector,) = report["connectors"]
    assert connector["request_id"] == answer["ResponseMetadata"]["RequestId"]
    assert connector["observed"]["created_at"] == "2026-01-02 03:04:05.678000+00:00"


def test_a_name_may_be_another_s(client, check):
    answer = json.dumps(client.get_connector_v2(ConnectorId=uuid(1)), default=str)
    code, report, _ = check(answer, ["alpha"], identity=lambda name: f"name: {name}")
    assert (code, states(report)) == (4, {"prod/alpha": "unread"})


def test_boto3_lists_and_lines(client, check):
    answers = [client.get_connector_v2(ConnectorId=uuid(number)) for number in (1, 2)]
    lines = "\n".join(json.dumps(answer, default=str) for answer in answers)
    for text in (json.dumps(answers, default=str, indent=2), lines):
        code, report, _ = check(text, ["alpha", "beta"])
        assert (code, set(states(report).values())) == (0, {"in_sync"})
        code, report, _ = check(text, ["alpha"], unmanaged="fail")
        assert (code, states(report)[f"prod/{uuid(2)}"]) == (4, "unmanaged")


@pytest.mark.parametrize("timestamps", ["iso8601", "wire"])
def test_cli(environment, check, tmp_path, timestamps):
    config = tmp_path / "config"
    config.write_text(f"[default]\ncli_timestamp_format = {timestamps}\n")
    done = cli(environment | {"AWS_CONFIG_FILE": str(config)}, 1)
    assert done.returncode == 0, done.stderr
    code, report, said = check(done.stdout, ["alpha"])
    assert (code, states(report)) == (0, {"prod/alpha": "in_sync"})
    assert "doesn't say" in said
    code, report, _ = check(done.stdout, ["alpha", "beta"])
    assert (code, states(report)["prod/beta"]) == (4, "unread")


def test_a_provider_that_they_do_not_know(environment, client, check):
    for text in (
        cli(environment, 3).stdout,
        json.dumps(client.get_connector_v2(ConnectorId=uuid(3)), default=str),
    ):
        _, report, _ = check(text, ["acme"])
        (connector,) = report["connectors"]
        assert connector["provider"] == "AcmeDesk"


def test_what_they_make_of_a_broken_answer(environment, client, check):
    for text in (
        cli(environment, 9).stdout,
        json.dumps(client.get_connector_v2(ConnectorId=uuid(9)), default=str),
        cli(environment, 1, "--output", "yaml").stdout or "ConnectorId: x\n",
        cli(environment, 1, "--query", "Name").stdout,
        cli(environment, 40).stdout,
    ):
        code, report, _ = check(text, ["alpha"])
        assert code == 1, text
        assert report["errors"][0]["kind"] == "snapshot"


def test_the_cli_s_list_is_refused_with_advice(environment, check):
    listed = subprocess.run(
        ["aws", "securityhub", "list-connectors-v2"],
        capture_output=True,
        text=True,
        env=environment,
    )
    code, _, said = check(listed.stdout, ["alpha"])
    assert code == 1
    assert "get-connector-v2" in said


def test_a_query_that_leaves_facts_out_is_not_clean(environment, check):
    query = "{ConnectorId: ConnectorId, ConnectorArn: ConnectorArn, Name: Name}"
    code, report, _ = check(cli(environment, 1, "--query", query).stdout, ["alpha"])
    assert (code, states(report)) == (4, {"prod/alpha": "unread"})


def test_a_snapshot_is_served_to_them(environment, client, tmp_path):
    inventory, saved = tmp_path / "hubdrift.yaml", tmp_path / "saved.json"
    inventory.write_text(INVENTORY.replace("UNMANAGED", "judge") + "  - {id: a, name: alpha}\n")
    command = [os.environ["HUBDRIFT_BIN"], "snapshot", str(inventory), "-o", str(saved)]
    assert subprocess.run(command, env=environment).returncode == 0
    text = saved.read_text()
    assert SECRET not in text
    answers = {it["connector_id"]: it["body"] for it in json.loads(text)["targets"][0]["connectors"]}
    assert len(answers) == 3
    expected = body(3, "acme", {"AcmeDesk": {"X": 1}})
    assert answers[uuid(3)] == expected
