"""boto3 and the AWS CLI read what the emulator serves: clients we did not write.

HUBDRIFT_BIN is the binary to test.
"""

import datetime
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

ACCOUNT = "111122223333"
REGION = "us-east-1"
CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/audit/ci"
OTHER = "222233334444"
ROLE = f"arn:aws:iam::{OTHER}:role/hubdrift"
CI_ROLE = f"arn:aws:iam::{OTHER}:role/ci"


def uuid(number):
    return f"00000000-0000-4000-8000-{number:012d}"


def arn(number):
    return f"arn:aws:securityhub:{REGION}:{ACCOUNT}:connectorv2/{uuid(number)}"


def body(number, provider):
    return {
        "ConnectorArn": arn(number),
        "ConnectorId": uuid(number),
        "Name": f"connector-{number}",
        "Description": "Jira für secops",
        "CreatedAt": "2026-01-02T03:04:05.678Z",
        "LastUpdatedAt": "2026-02-03T04:05:06Z",
        "Health": {"ConnectorStatus": "CONNECTED", "LastCheckedAt": "2026-11-22T09:00:00Z"},
        "ProviderDetail": provider,
        "EnablementStatus": "ENABLED",
    }


JIRA = {"JiraCloud": {"ProjectKey": "SEC", "Domain": "acme.atlassian.net", "AuthStatus": "ACTIVE"}}
GCP = {
    "GCP": {
        "AWSConfigConnectorArn": "arn:aws:config:us-east-1:111122223333:connector/x",
        "ScopeConfiguration": {"ScopeType": "PROJECT", "ScopeValues": ["p"]},
        "GCPRegions": ["europe-west1"],
    }
}

# Each error the service model has, by the connector whose reading ends in it.
ERRORS = {
    10: ("AccessDeniedException", 403),
    11: ("InternalServerException", 500),
    12: ("ValidationException", 400),
    13: ("ThrottlingException", 429),
    14: ("ConflictException", 409),
    15: ("ResourceNotFoundException", 404),
}

STATE = {
    "schema": "hubdrift.snapshot/1",
    "targets": [
        {
            "name": "prod",
            "account": ACCOUNT,
            "region": REGION,
            "caller_arn": CALLER,
            "hub": "enabled",
            "status": "read",
            "connectors": [
                {"connector_id": uuid(1), "body": body(1, JIRA), "tags": {"team": "secops"}},
                {"connector_id": uuid(2), "body": body(2, GCP)},
                {"connector_id": uuid(3), "body": body(3, JIRA), "tags": None},
                {"connector_id": uuid(4), "missing": True},
                {"connector_id": uuid(5), "body": body(5, JIRA)},
                {"connector_id": uuid(6), "body": body(6, JIRA)},
            ],
        },
        {"name": "off", "account": ACCOUNT, "region": "eu-west-1", "hub": "disabled"},
        {
            "name": "other",
            "account": OTHER,
            "region": REGION,
            "connectors": [
                {
                    "connector_id": uuid(1),
                    "body": body(1, JIRA) | {"Name": "other-1"},
                    "tags": {"team": "platform"},
                }
            ],
        },
        {"name": "slow", "account": ACCOUNT, "region": "ap-south-1"},
    ],
    "emulator": {
        "page_size": 2,
        "roles": [
            {"role_arn": ROLE, "trusts": [ACCOUNT], "external_id": "x-42"},
            {
                "role_arn": f"arn:aws:iam::{OTHER}:role/brief",
                "trusts": [CALLER],
                "session_seconds": 0,
            },
        ],
        "web_identity": [{"role_arn": CI_ROLE, "token": "e.y.z"}],
        "limits": {
            "targets": [{"account": ACCOUNT, "region": "ap-south-1", "rps": 0.01, "burst": 2}]
        },
        "credentials": [
            {"access_key_id": "AKIDPROD", "secret_access_key": "secret", "account": ACCOUNT}
        ],
        "faults": [
            {
                "operation": "get",
                "connector_id": uuid(number),
                "error": {"type": kind, "message": f"it is {kind}"},
            }
            for number, (kind, _) in ERRORS.items()
        ]
        + [
            {"connector_id": uuid(20), "drop": True},
            {"connector_id": uuid(6), "truncate": True},
            {"connector_id": uuid(22), "answer": {"content_type": "text/html", "body": "<html>"}},
        ],
    },
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The environment of a client, as the emulator's own line exports it."""
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
        export, *pairs = process.stdout.readline().split()
        assert export == "export"
        yield clean | dict(pair.split("=", 1) for pair in pairs)
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def client(environment):
    def make(service="securityhub", **overrides):
        settings = {
            "endpoint_url": environment["AWS_ENDPOINT_URL"],
            "aws_access_key_id": environment["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": environment["AWS_SECRET_ACCESS_KEY"],
            "region_name": environment["AWS_REGION"],
            "config": Config(retries={"total_max_attempts": 1}),
        }
        return boto3.session.Session().client(service, **(settings | overrides))

    return make


def pages(client, **arguments):
    token = {}
    while True:
        page = client.list_connectors_v2(**arguments, **token)
        yield page["Connectors"]
        if "NextToken" not in page:
            return
        token = {"NextToken": page["NextToken"]}


def test_get(client):
    answer = client().get_connector_v2(ConnectorId=uuid(1))
    metadata = answer.pop("ResponseMetadata")
    assert len(metadata["RequestId"]) == 36
    assert answer["Name"] == "connector-1"
    assert answer["Description"] == "Jira für secops"
    assert answer["ProviderDetail"] == JIRA
    assert answer["CreatedAt"].isoformat() == "2026-01-02T03:04:05.678000+00:00"
    assert client().get_connector_v2(ConnectorId=uuid(2))["ProviderDetail"] == GCP


def test_list_page_by_page(client):
    got = list(pages(client()))
    assert [[entry["ConnectorId"] for entry in page] for page in got] == [
        [uuid(1), uuid(2)],
        [uuid(3), uuid(5)],
        [uuid(6)],
    ]
    summary = got[0][0]
    assert summary["Name"] == "connector-1"
    assert summary["ConnectorArn"] == arn(1)
    assert summary["CreatedAt"].year == 2026
    assert summary["EnablementStatus"] == "ENABLED"
    assert summary["ProviderSummary"] == {
        "ProviderName": "JIRA_CLOUD",
        "ConnectorStatus": "CONNECTED",
        "ProviderConfiguration": JIRA,
    }
    assert [len(page) for page in pages(client(), MaxResults=1)] == [1, 1, 1, 1, 1]
    gcp = list(pages(client(), ProviderName="GCP", ConnectorStatus="CONNECTED"))
    assert [[entry["ConnectorId"] for entry in page] for page in gcp] == [[uuid(2)]]
    assert list(pages(client(), EnablementStatus="PENDING_DELETION")) == [[]]


def test_tags(client):
    assert client().list_tags_for_resource(ResourceArn=arn(1))["Tags"] == {"team": "secops"}
    assert client().list_tags_for_resource(ResourceArn=arn(3))["Tags"] == {}
    hub = client()
    with pytest.raises(hub.exceptions.ResourceNotFoundException):
        hub.list_tags_for_resource(ResourceArn=arn(4))
    with pytest.raises(hub.exceptions.InvalidInputException):
        hub.list_tags_for_resource(ResourceArn="arn:aws:s3:::bucket")


def test_identity(client):
    answer = client("sts").get_caller_identity()
    assert (answer["Account"], answer["Arn"]) == (ACCOUNT, CALLER)
    assert len(answer["ResponseMetadata"]["RequestId"]) == 36


@pytest.mark.parametrize("number", ERRORS)
def test_errors_are_their_classes(client, number):
    kind, status = ERRORS[number]
    hub = client()
    with pytest.raises(getattr(hub.exceptions, kind)) as caught:
        hub.get_connector_v2(ConnectorId=uuid(number))
    response = caught.value.response
    assert response["Error"]["Code"] == kind
    assert response["Error"]["Message"] == f"it is {kind}"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert len(response["ResponseMetadata"]["RequestId"]) == 36


def test_errors_without_a_fault(client):
    hub = client()
    with pytest.raises(hub.exceptions.ResourceNotFoundException):
        hub.get_connector_v2(ConnectorId=uuid(4))
    with pytest.raises(hub.exceptions.ValidationException):
        hub.get_connector_v2(ConnectorId="no-uuid")
    # MaxResults below 1 is refused by boto3 itself.
    for wrong in ({"MaxResults": 101}, {"NextToken": "what"}):
        with pytest.raises(hub.exceptions.ValidationException):
            hub.list_connectors_v2(**wrong)
    off = client(region_name="eu-west-1")
    with pytest.raises(off.exceptions.ConflictException, match="Security Hub V2 is not enabled"):
        off.list_connectors_v2()


@pytest.mark.parametrize(
    ("service", "wrong", "code"),
    [
        ("securityhub", {"aws_access_key_id": "WHO"}, "UnrecognizedClientException"),
        ("securityhub", {"region_name": "us-west-2"}, "InvalidSignatureException"),
        ("sts", {"aws_access_key_id": "WHO"}, "InvalidClientTokenId"),
        ("securityhub", {"aws_secret_access_key": "wrong"}, "InvalidSignatureException"),
        ("sts", {"aws_secret_access_key": "wrong"}, "SignatureDoesNotMatch"),
        ("securityhub", {"aws_session_token": "what"}, "UnrecognizedClientException"),
    ],
)
def test_strangers_are_refused(client, service, wrong, code):
    stranger = client(service, **wrong)
    ask = stranger.get_caller_identity if service == "sts" else stranger.list_connectors_v2
    with pytest.raises(ClientError) as caught:
        ask()
    assert caught.value.response["Error"]["Code"] == code


def session(credentials):
    """The arguments of a client with what AssumeRole handed out."""
    return {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }


def assume(client, role=ROLE, **arguments):
    arguments = {"RoleSessionName": "ci@x", "ExternalId": "x-42"} | arguments
    return client("sts").assume_role(RoleArn=role, **arguments)


def test_assume_role(client):
    before = datetime.datetime.now(datetime.UTC)
    answer = assume(client, DurationSeconds=900)
    user = answer["AssumedRoleUser"]
    assert user["Arn"] == f"arn:aws:sts::{OTHER}:assumed-role/hubdrift/ci@x"
    lasts = answer["Credentials"]["Expiration"] - before
    assert 890 < lasts.total_seconds() < 910

    assumed = session(answer["Credentials"])
    identity = client("sts", **assumed).get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (OTHER, user["Arn"])
    assert identity["UserId"] == user["AssumedRoleId"]
    hub = client(**assumed)
    # The same id as in the other account, and another connector.
    assert hub.get_connector_v2(ConnectorId=uuid(1))["Name"] == "other-1"
    listed = [entry["ConnectorId"] for page in pages(hub, MaxResults=1) for entry in page]
    assert listed == [uuid(1)]
    tags = hub.list_tags_for_resource(ResourceArn=arn(1).replace(ACCOUNT, OTHER))
    assert tags["Tags"] == {"team": "platform"}


def test_sessions_are_checked_too(client):
    assumed = session(assume(client)["Credentials"])
    for wrong, code in [
        ({"aws_secret_access_key": "secret"}, "InvalidSignatureException"),
        ({"aws_session_token": "what"}, "UnrecognizedClientException"),
        ({"aws_session_token": None}, "UnrecognizedClientException"),
    ]:
        with pytest.raises(ClientError) as caught:
            client(**assumed | wrong).list_connectors_v2()
        assert caught.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("role", "arguments"),
    [
        (ROLE, {"ExternalId": "x-43"}),
        (f"arn:aws:iam::{OTHER}:role/nobody", {}),
    ],
)
def test_roles_that_are_closed(client, role, arguments):
    said = f"User: {CALLER} is not authorized to perform: sts:AssumeRole on resource: {role}"
    with pytest.raises(ClientError, match=re.escape(said)) as caught:
        assume(client, role, **arguments)
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_without_an_external_id(client):
    with pytest.raises(ClientError, match="is not authorized to perform: sts:AssumeRole"):
        client("sts").assume_role(RoleArn=ROLE, RoleSessionName="ci")


def test_what_sts_does_not_take(client):
    for wrong in ({"RoleSessionName": "a b"}, {"DurationSeconds": 43201}):
        with pytest.raises(ClientError) as caught:
            assume(client, **wrong)
        assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_expired(client):
    brief = assume(client, f"arn:aws:iam::{OTHER}:role/brief")
    for service, code in [("securityhub", "ExpiredTokenException"), ("sts", "ExpiredToken")]:
        late = client(service, **session(brief["Credentials"]))
        with pytest.raises(ClientError) as caught:
            late.get_caller_identity() if service == "sts" else late.list_connectors_v2()
        assert caught.value.response["Error"]["Code"] == code


def test_web_identity(client):
    def with_token(token):
        return client("sts").assume_role_with_web_identity(
            RoleArn=CI_ROLE, RoleSessionName="run", WebIdentityToken=token
        )

    hub = client(**session(with_token("e.y.z")["Credentials"]))
    assert hub.get_connector_v2(ConnectorId=uuid(1))["Name"] == "other-1"
    with pytest.raises(ClientError) as caught:
        with_token("e.y.x")
    assert caught.value.response["Error"]["Code"] == "InvalidIdentityToken"


def test_limits(client):
    slow = client(region_name="ap-south-1")
    for _ in range(2):
        assert slow.list_connectors_v2()["Connectors"] == []
    with pytest.raises(slow.exceptions.ThrottlingException, match="Rate exceeded") as caught:
        slow.list_connectors_v2()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    # The other targets are not slowed down with it.
    assert client().get_connector_v2(ConnectorId=uuid(1))["Name"] == "connector-1"


def test_broken_answers(client):
    with pytest.raises(ConnectionClosedError):
        client().get_connector_v2(ConnectorId=uuid(20))
    # boto3 looks at neither the length nor the form of a 200: half an answer, or no JSON at
    # all, is an empty success to it. What its users saved may therefore be `{}`.
    for number in (6, 22):
        answer = client().get_connector_v2(ConnectorId=uuid(number))
        assert set(answer) == {"ResponseMetadata"}


def cli(environment, *arguments, refused=False):
    # The one that was installed beside this interpreter.
    aws = Path(sys.executable).parent / "aws"
    done = subprocess.run(
        [aws, *arguments, "--output", "json"],
        env=environment | {"AWS_MAX_ATTEMPTS": "1", "AWS_PAGER": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    # Version 1 of the CLI ends with 255 when the service refuses, version 2 with 254.
    assert done.returncode in ((254, 255) if refused else (0,)), done.stderr
    return done.stderr if refused else json.loads(done.stdout)


def test_cli(environment):
    got = cli(environment, "securityhub", "get-connector-v2", "--connector-id", uuid(1))
    assert got["ProviderDetail"] == JIRA

    seen, token = [], []
    while True:
        page = cli(environment, "securityhub", "list-connectors-v2", "--max-results", "2", *token)
        seen.append([entry["ConnectorId"] for entry in page["Connectors"]])
        if "NextToken" not in page:
            break
        token = ["--next-token", page["NextToken"]]
    assert seen == [[uuid(1), uuid(2)], [uuid(3), uuid(5)], [uuid(6)]]

    tags = cli(environment, "securityhub", "list-tags-for-resource", "--resource-arn", arn(1))
    assert tags == {"Tags": {"team": "secops"}}
    assert cli(environment, "sts", "get-caller-identity")["Account"] == ACCOUNT
    said = cli(
        environment, "securityhub", "get-connector-v2", "--connector-id", uuid(4), refused=True
    )
    assert "(ResourceNotFoundException) when calling the GetConnectorV2 operation" in said


def test_cli_assumes_roles(environment, tmp_path):
    config = tmp_path / "config"
    config.write_text(
        f"[profile other]\nrole_arn = {ROLE}\ncredential_source = Environment\n"
        "external_id = x-42\nrole_session_name = cli\n"
        f"[profile wrong]\nrole_arn = {ROLE}\ncredential_source = Environment\n",
        encoding="utf-8",
    )
    # The session is kept in a cache below the home directory.
    profiles = environment | {"AWS_CONFIG_FILE": str(config), "HOME": str(tmp_path)}
    identity = cli(profiles, "sts", "get-caller-identity", "--profile", "other")
    assert identity["Arn"] == f"arn:aws:sts::{OTHER}:assumed-role/hubdrift/cli"
    get = ("securityhub", "get-connector-v2", "--connector-id", uuid(1), "--profile")
    assert cli(profiles, *get, "other")["Name"] == "other-1"
    assert "(AccessDenied) when calling the AssumeRole" in cli(
        profiles, *get, "wrong", refused=True
    )
    mistyped = environment | {"AWS_SECRET_ACCESS_KEY": "wrong"}
    assert "(InvalidSignatureException)" in cli(mistyped, *get[:-1], refused=True)
