"""Settings, read beside botocore: whose account, in which region, at which endpoints.

Each set-up is an environment and the two files of ~/.aws. botocore is asked what it makes of them, with the variables in
the order that AWS CLI v2 documents (its own order is that of older programs), and hubdrift reads the emulator with
them. hubdrift may refuse what botocore reads, in words that are known here; it never reads elsewhere, and nothing that
botocore refuses. HUBDRIFT_BIN is the binary to test.
"""

import contextlib
import hashlib
import http.server
import json
import os
import random
import re
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
from pathlib import Path
from unittest import mock

import botocore.session
import pytest

REGIONS = ["us-east-1", "eu-west-1", "ap-south-1", "eu-central-1"]
# Whose account each key is: that says which one was used.
KEYS = {
    name: f"1000000000{number:02}"
    for number, name in enumerate(
        ["ENV", "DEFAULT", "ALPHA", "BETA", "GAMMA", "SHARED", "CONFIG", "PROCESS"], 10
    )
}
ROLES = {name: f"2000000000{number:02}" for number, name in enumerate(["one", "two", "web"], 10)}
INVENTORY = "version: 1\ntargets:\n  t: {%s}\nconnectors: []\n"
# The order of AWS CLI v2 (awscli/botocore/configprovider.py there).
ORDER = {
    "profile": (None, ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"], None, None),
    "region": ("region", ["AWS_REGION", "AWS_DEFAULT_REGION"], None, None),
}


def role(name):
    return f"arn:aws:iam::{ROLES[name]}:role/{name}"


def connector(account, region):
    number = "00000000-0000-4000-8000-000000000001"
    return {
        "connector_id": number,
        "body": {
            "ConnectorArn": f"arn:aws:securityhub:{region}:{account}:connectorv2/{number}",
            "ConnectorId": number,
            "Name": "there",
            "CreatedAt": "2026-01-02T03:04:05Z",
            "LastUpdatedAt": "2026-01-02T03:04:05Z",
            "Health": {"ConnectorStatus": "CONNECTED", "LastCheckedAt": "2026-11-22T09:00:00Z"},
            "ProviderDetail": {"JiraCloud": {"ProjectKey": "SEC", "AuthStatus": "ACTIVE"}},
        },
    }


def state(place):
    """Each account in each region; `there`, each has a connector, and callers have other names."""
    return {
        "schema": "hubdrift.snapshot/1",
        "targets": [
            {
                "name": f"{account}-{region}",
                "account": account,
                "region": region,
                "connectors": [connector(account, region)] if place == "there" else [],
            }
            for account in [*KEYS.values(), *ROLES.values()]
            for region in REGIONS
        ],
        "emulator": {
            "credentials": [
                {
                    "access_key_id": name,
                    "secret_access_key": f"{name} # secret",
                    "account": account,
                    "caller_arn": f"arn:aws:iam::{account}:user/{place}",
                }
                for name, account in KEYS.items()
            ],
            "roles": [{"role_arn": role(name), "trusts": ["*"]} for name in ["one", "two"]],
            "web_identity": [{"role_arn": role("web"), "token": "the token"}],
        },
    }


def scrubbed():
    keep = ("PATH", "TZ", "LANG", "LD_PRELOAD")
    return {name: value for name, value in os.environ.items() if name in keep or name.startswith(("LC_", "FAKETIME"))}


@pytest.fixture(scope="session")
def endpoints(tmp_path_factory):
    """The addresses of two emulators."""
    binary = os.environ["HUBDRIFT_BIN"]
    started, addresses = [], []
    for place in ["here", "there"]:
        home = tmp_path_factory.mktemp("emulator")
        path = home / "state.json"
        path.write_text(json.dumps(state(place)))
        command = [binary, "emulate", str(path), "--port", "0"]
        environment = scrubbed() | {"HOME": str(home)}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        started.append(process)
        addresses.append(re.search(r"http://[0-9.:]+", process.stdout.readline())[0])
    yield addresses
    for process in started:
        process.kill()
        process.wait()


class SetUp:
    """An environment, files, what is typed, and what the target has."""

    def __init__(self, tmp_path, endpoints, env, config=None, credentials=None, typed=(), own=None):
        self.home = tmp_path
        here, there = endpoints
        fill = {"@HERE": here, "@THERE": there, "@HOME": str(tmp_path)}

        def filled(text):
            for name, value in fill.items():
                text = text.replace(name, value)
            return text

        (tmp_path / ".aws").mkdir(exist_ok=True)
        for name, text in {"config": config, "credentials": credentials}.items():
            if text is not None:
                data = text if isinstance(text, bytes) else filled(text).encode()
                (tmp_path / ".aws" / name).write_bytes(data)
        (tmp_path / "token").write_text("the token")
        self.own = own or {}
        settings = ", ".join(f"{key}: {json.dumps(value)}" for key, value in self.own.items())
        (tmp_path / "hubdrift.yaml").write_text(INVENTORY % settings)
        base = {"HOME": str(tmp_path), "AWS_ENDPOINT_URL": here, "AWS_EC2_METADATA_DISABLED": "true"}
        base["AWS_MAX_ATTEMPTS"] = "1"  # so that botocore gives up at once
        environment = scrubbed() | base | {name: filled(value) for name, value in env.items()}
        self.environment = {name: value for name, value in environment.items() if value != "-"}
        self.typed = list(typed)

    def botocore(self):
        """(account, user or role, region, endpoint of Security Hub), or why not."""
        # An empty profile variable is as unset in hubdrift; the CLI stops there.
        empty = [it for it in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE") if self.environment.get(it) == ""]
        environment = {name: value for name, value in self.environment.items() if name not in empty}
        options = dict(zip(self.typed[::2], self.typed[1::2]))
        with mock.patch.dict(os.environ, environment, clear=True):
            try:
                profile = self.own.get("profile", options.get("--profile"))
                session = botocore.session.Session(session_vars=ORDER, profile=profile)
                region = self.own.get("region", options.get("--region"))
                if region is None:
                    region = session.get_config_variable("region")
                if not region:
                    return "no region"
                url = options.get("--endpoint-url")
                hub = session.create_client("securityhub", region_name=region, endpoint_url=url)
                sts = session.create_client("sts", region_name=region, endpoint_url=url)
                caller = sts.get_caller_identity()
                who = caller["Arn"].split("/")[1]
                return (caller["Account"], who, region, hub.meta.endpoint_url.rstrip("/"))
            except Exception as error:  # noqa: BLE001: whatever it is, botocore doesn't read
                return f"{type(error).__name__}: {error}"

    def hubdrift(self):
        """(account, user or role, region, whether Security Hub was asked there), or why not."""
        command = [os.environ["HUBDRIFT_BIN"], "check", "--now", "2026-11-22T12:00:00Z", "--allow-empty", "--quiet"]
        command += ["--max-attempts", "1", "--report", "json=report.json"]
        environment = dict(self.environment)
        for flag, value in zip(self.typed[::2], self.typed[1::2]):
            if flag[2:] in self.own:  # typed it has no effect, and is refused
                environment["HUBDRIFT_" + flag[2:].upper()] = value
            else:
                command += [flag, value]
        done = subprocess.run(command, cwd=self.home, env=environment, capture_output=True, text=True, timeout=60)
        assert "panicked" not in done.stderr, done.stderr
        report = json.loads((self.home / "report.json").read_text())
        if report["errors"]:
            assert done.returncode == 1, done
            assert {it["kind"] for it in report["errors"]} <= {"settings", "credentials"}, report["errors"]
            return "\n".join(it["message"] for it in report["errors"])
        [target] = report["targets"]
        if target["status"] != "read":
            assert done.returncode == 4, done
            return str(target)
        there = any(it["name"] == "there" for it in report["connectors"])
        return (target["account"], target["caller_arn"].split("/")[1], target["region"], there)

    def compare(self, endpoints):
        theirs, ours = self.botocore(), self.hubdrift()
        if isinstance(ours, tuple):
            assert isinstance(theirs, tuple), f"hubdrift reads {ours}, botocore says {theirs}"
            assert ours == (*theirs[:3], theirs[3] == endpoints[1])
        return theirs, ours


def keys(name):
    return f"aws_access_key_id = {name}\naws_secret_access_key = {name} # secret\n"


def env_keys(name="ENV"):
    return {"AWS_ACCESS_KEY_ID": name, "AWS_SECRET_ACCESS_KEY": f"{name} # secret"}


def process(name, home="@HOME"):
    return f"credential_process = /bin/sh -c 'cat \"{home}/printed {name}\"'\n"


PROFILES = (
    "[default]\nregion = us-east-1\n[profile alpha]\nregion = eu-west-1\n[profile beta]\n"
    "[profile \"gamma delta\"]\nregion = ap-south-1\n"
)
CREDENTIALS = f"[default]\n{keys('DEFAULT')}[alpha]\n{keys('ALPHA')}[beta]\n{keys('BETA')}[gamma delta]\n{keys('GAMMA')}"
FILES = {"config": PROFILES, "credentials": CREDENTIALS}
ROLE = f"[profile r]\nregion = eu-west-1\nrole_arn = {role('one')}\n"

# What both read, and as what.
READ = {
    "nothing but files": ({}, FILES, ("DEFAULT", "us-east-1")),
    "AWS_PROFILE": ({"AWS_PROFILE": "alpha"}, FILES, ("ALPHA", "eu-west-1")),
    "AWS_DEFAULT_PROFILE": ({"AWS_DEFAULT_PROFILE": "alpha"}, FILES, ("ALPHA", "eu-west-1")),
    "a quoted name": ({"AWS_PROFILE": "gamma delta"}, FILES, ("GAMMA", "ap-south-1")),
    "an empty profile variable": ({"AWS_PROFILE": "", "AWS_DEFAULT_PROFILE": "alpha"}, FILES, ("ALPHA", "eu-west-1")),
    "keys before AWS_PROFILE": ({"AWS_PROFILE": "alpha", **env_keys()}, FILES, ("ENV", "eu-west-1")),
    "--profile before keys": (env_keys(), FILES | {"typed": ["--profile", "alpha"]}, ("ALPHA", "eu-west-1")),
    "the target's profile before keys": (env_keys(), FILES | {"own": {"profile": "alpha"}}, ("ALPHA", "eu-west-1")),
    "AWS_REGION before AWS_DEFAULT_REGION": (
        {"AWS_REGION": "ap-south-1", "AWS_DEFAULT_REGION": "eu-central-1"},
        FILES,
        ("DEFAULT", "ap-south-1"),
    ),
    "AWS_DEFAULT_REGION": ({"AWS_DEFAULT_REGION": "eu-central-1"}, FILES, ("DEFAULT", "eu-central-1")),
    "--region": ({"AWS_REGION": ""}, FILES | {"typed": ["--region", "eu-central-1"]}, ("DEFAULT", "eu-central-1")),
    "other files": (
        {"AWS_CONFIG_FILE": "~/.aws/$NAME", "NAME": "credentials", "AWS_REGION": "us-east-1"},
        {"credentials": f"[default]\n{keys('SHARED')}"},
        ("SHARED", "us-east-1"),
    ),
    "no credentials file": (
        {"AWS_SHARED_CREDENTIALS_FILE": "", "AWS_REGION": "us-east-1"},
        FILES | {"config": f"[default]\n{keys('CONFIG')}"},
        ("CONFIG", "us-east-1"),
    ),
    "the credentials file before the configuration": (
        {},
        {"config": f"[default]\nregion = x\n{keys('CONFIG')}", "credentials": f"[default]\nregion = eu-west-1\n{keys('SHARED')}"},
        ("SHARED", "eu-west-1"),
    ),
    "a process before keys in the configuration": (
        {"AWS_REGION": "us-east-1"},
        {"config": f"[default]\n{keys('CONFIG')}{process('PROCESS')}"},
        ("PROCESS", "us-east-1"),
    ),
    "keys in the credentials file before a process": (
        {"AWS_REGION": "us-east-1"},
        {"config": f"[default]\n{process('PROCESS')}", "credentials": f"[default]\n{keys('SHARED')}"},
        ("SHARED", "us-east-1"),
    ),
    "a role": (
        {"AWS_PROFILE": "r"},
        {"config": ROLE + "source_profile = default\n", "credentials": CREDENTIALS},
        ("one", "eu-west-1"),
    ),
    "a role by the environment": (
        {"AWS_PROFILE": "r", **env_keys()},
        {"config": ROLE + "credential_source = Environment\n", "typed": ["--profile", "r"]},
        ("one", "eu-west-1"),
    ),
    "a role by a role": (
        {"AWS_PROFILE": "r"},
        {
            "config": ROLE + f"source_profile = q\n[profile q]\nrole_arn = {role('two')}\nsource_profile = alpha\n",
            "credentials": CREDENTIALS,
        },
        ("one", "eu-west-1"),
    ),
    "a role by its own keys": (
        {"AWS_PROFILE": "r"},
        {"config": ROLE + "source_profile = r\n" + keys("CONFIG")},
        ("one", "eu-west-1"),
    ),
    "a token in the environment before keys": (
        {"AWS_WEB_IDENTITY_TOKEN_FILE": "@HOME/token", "AWS_ROLE_ARN": role("web")},
        FILES,
        ("web", "us-east-1"),
    ),
    "a token in the profile": (
        {},
        {"config": f"[default]\nregion = us-east-1\nrole_arn = {role('web')}\nweb_identity_token_file = @HOME/token\n"},
        ("web", "us-east-1"),
    ),
    "a comment is a line": (
        {"AWS_PROFILE": "alpha"},
        FILES | {"config": "; [profile alpha]\n  # x\n[profile alpha] # mine\n; region = x\nregion = eu-west-1\n"},
        ("ALPHA", "eu-west-1"),
    ),
    "nested keys": (
        {},
        FILES | {"config": "[default]\ns3 =\n  region = ap-south-1\nRegion: us-east-1\r\n\r\n"},
        ("DEFAULT", "us-east-1"),
    ),
    "[DEFAULT] counts in each section": (
        {"AWS_PROFILE": "beta"},
        FILES | {"config": "[profile beta]\n[DEFAULT]\nregion = eu-central-1\n"},
        ("BETA", "eu-central-1"),
    ),
    "a profile that is written twice": (
        {},
        FILES | {"config": "[profile default]\nregion = us-east-1\n[default]\nregion = eu-west-1\n"},
        ("DEFAULT", "eu-west-1"),
    ),
    "a profile header without a blank": (
        {"AWS_PROFILE": "beta"},
        FILES | {"config": "[profilex beta]\nregion = eu-west-1\n"},
        ("BETA", "eu-west-1"),
    ),
    "the endpoint of a service": (
        {"AWS_ENDPOINT_URL_SECURITYHUB": "@THERE"},
        FILES,
        None,
    ),
    "the endpoint of a profile": (
        {"AWS_ENDPOINT_URL": "-"},
        FILES | {"config": "[default]\nregion = us-east-1\nendpoint_url = @HERE\n"},
        ("DEFAULT", "us-east-1"),
    ),
    "the endpoints of a section": (
        {"AWS_ENDPOINT_URL": "-"},
        FILES
        | {
            "config": "[default]\nregion = us-east-1\nendpoint_url = @THERE\nservices = s\n"
            "[services s]\nsts =\n  endpoint_url = @HERE\nsecurityhub =\n  endpoint_url = @HERE\n"
        },
        ("DEFAULT", "us-east-1"),
    ),
    "an empty endpoint": ({"AWS_ENDPOINT_URL_STS": "", "AWS_ENDPOINT_URL_SECURITYHUB": ""}, FILES, ("DEFAULT", "us-east-1")),
    "--endpoint-url before all": (
        {"AWS_ENDPOINT_URL": "@THERE", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
        FILES | {"typed": ["--endpoint-url", "@HERE"]},
        ("DEFAULT", "us-east-1"),
    ),
}


def prepare(tmp_path, endpoints, env, files):
    files = dict(files)
    if "typed" in files:
        files["typed"] = [it.replace("@HERE", endpoints[0]) for it in files["typed"]]
    made = SetUp(tmp_path, endpoints, env, **files)
    for name in KEYS:
        printed = {"Version": 1, "AccessKeyId": name, "SecretAccessKey": f"{name} # secret"}
        (tmp_path / f"printed {name}").write_text(json.dumps(printed))
    return made


@pytest.mark.parametrize("name", READ)
def test_both_read_the_same(name, tmp_path, endpoints):
    env, files, expected = READ[name]
    theirs, ours = prepare(tmp_path, endpoints, env, files).compare(endpoints)
    assert isinstance(theirs, tuple), theirs
    if expected is None:
        return
    who, region = expected
    assert isinstance(ours, tuple), ours
    assert ours == ((KEYS | ROLES)[who], who if who in ROLES else "here", region, False)


# What neither reads. hubdrift's words have these in them.
REFUSED = {
    "a profile that isn't there": ({"AWS_PROFILE": "x"}, FILES, "`x`"),
    "a profile that isn't there, beside keys": ({"AWS_PROFILE": "x", "AWS_REGION": "us-east-1", **env_keys()}, FILES, "`x`"),
    "a target's profile that isn't there": ({"AWS_REGION": "us-east-1"}, FILES | {"own": {"profile": "x"}}, "`x`"),
    "half a key": ({"AWS_ACCESS_KEY_ID": "ENV"}, FILES, "AWS_SECRET_ACCESS_KEY"),
    "half a key in a file": ({}, FILES | {"credentials": "[default]\naws_access_key_id = A\n"}, "credentials:2"),
    "halves in two files": (
        {},
        {"config": "[default]\nregion = us-east-1\naws_secret_access_key = A\n", "credentials": "[default]\naws_access_key_id = A\n"},
        "credentials:2",
    ),
    "no region": ({"AWS_PROFILE": "beta"}, FILES, "no region"),
    "the region of another profile": ({}, FILES | {"own": {"profile": "beta"}}, "no region"),
    "an empty AWS_REGION": ({"AWS_REGION": ""}, FILES, "AWS_REGION"),
    "an empty AWS_REGION beside the other": ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "us-east-1"}, FILES, "AWS_REGION"),
    "an empty region of a profile": ({}, FILES | {"config": "[default]\nregion =\n"}, "config:2"),
    "a region with a comment": ({}, FILES | {"config": "[default]\nregion = us-east-1 # home\n"}, "config:2"),
    "a region with a blank": ({"AWS_REGION": "us-east-1 "}, FILES, "AWS_REGION"),
    "a section twice": ({}, FILES | {"config": "[default]\n[default]\n"}, "config:2"),
    "a key twice": ({}, FILES | {"config": "[default]\nregion = us-east-1\nREGION = us-east-1\n"}, "config:3"),
    "a line that is none": ({}, FILES | {"config": "[default]\nregion\n"}, "config:2"),
    "no section": ({}, FILES | {"config": "region = us-east-1\n"}, "config:1"),
    "a byte order mark": ({}, FILES | {"config": "\ufeff[default]\nregion = us-east-1\n"}, "config:1"),
    "not UTF-8": ({}, FILES | {"config": b"[default]\nregion = us-east-1\nx = \xff\n"}, "UTF-8"),
    "a broken file beside keys": (env_keys() | {"AWS_REGION": "us-east-1"}, {"credentials": "x\n"}, "credentials:1"),
    "nested lines that are none": ({}, FILES | {"config": "[default]\ns3 =\n  x\n"}, "config:2"),
    "a role that nobody assumes": ({"AWS_PROFILE": "r"}, {"config": ROLE}, "source_profile"),
    "a role by a profile that isn't there": ({"AWS_PROFILE": "r"}, {"config": ROLE + "source_profile = x\n"}, "`x`"),
    "a role by itself": ({"AWS_PROFILE": "r"}, {"config": ROLE + "source_profile = r\n"}, "leads back"),
    "a circle": (
        {"AWS_PROFILE": "r"},
        {"config": ROLE + f"source_profile = q\n[profile q]\nrole_arn = {role('two')}\nsource_profile = r\n"},
        "leads back",
    ),
    "a role by two": (
        {"AWS_PROFILE": "r"},
        {"config": ROLE + "source_profile = default\ncredential_source = Environment\n", "credentials": CREDENTIALS},
        "credential_source",
    ),
    "a role by an environment without keys": ({"AWS_PROFILE": "r"}, {"config": ROLE + "credential_source = Environment\n"}, "Environment"),
    "a token without a role": ({"AWS_WEB_IDENTITY_TOKEN_FILE": "@HOME/token"}, FILES, "AWS_ROLE_ARN"),
    "Identity Center without its keys": ({}, {"config": "[default]\nregion = us-east-1\nsso_role_name = x\n"}, "sso_"),
    "a services section that isn't there": (
        {"AWS_ENDPOINT_URL": "-"},
        FILES | {"config": "[default]\nregion = us-east-1\nservices = s\n"},
        "[services s]",
    ),
    "an endpoint without a scheme": ({"AWS_ENDPOINT_URL": "127.0.0.1:1"}, FILES, "AWS_ENDPOINT_URL"),
    "FIPS and an endpoint": ({"AWS_USE_FIPS_ENDPOINT": "true"}, FILES, "AWS_USE_FIPS_ENDPOINT"),
    "no credentials": ({"AWS_REGION": "us-east-1"}, {}, "AWS_ACCESS_KEY_ID"),
    "a process that fails": ({}, {"config": "[default]\nregion = us-east-1\ncredential_process = /bin/false\n"}, "process"),
    "certificates that aren't there": ({"AWS_CA_BUNDLE": "@HOME/none.pem"}, FILES, "AWS_CA_BUNDLE"),
}
# What hubdrift alone refuses: botocore has no use for certificates at an endpoint without TLS, and passes over FIPS
# where it has an endpoint.
OURS = {"certificates that aren't there", "FIPS and an endpoint"}


@pytest.mark.parametrize("name", REFUSED)
def test_neither_reads(name, tmp_path, endpoints):
    env, files, words = REFUSED[name]
    made = prepare(tmp_path, endpoints, env, files)
    theirs, ours = made.compare(endpoints)
    assert name in OURS or not isinstance(theirs, tuple), theirs
    assert not isinstance(ours, tuple), ours
    assert words in ours, ours


def test_two_profile_variables_are_refused(tmp_path, endpoints):
    env = {"AWS_PROFILE": "alpha", "AWS_DEFAULT_PROFILE": "beta", "AWS_REGION": "us-east-1"}
    ours = prepare(tmp_path, endpoints, env, FILES).hubdrift()
    assert "AWS_PROFILE names `alpha`" in ours and "AWS_DEFAULT_PROFILE names `beta`" in ours


def test_nothing_that_a_process_prints_is_shown(tmp_path, endpoints):
    for text in ["echo printed-secret; exit 1", "echo printed-secret >&2; exit 1", "echo printed-secret", 'echo \'{"Version": 2, "AccessKeyId": "printed-secret", "SecretAccessKey": "x"}\'']:
        (tmp_path / "process").write_text(f"{text}\n")
        config = "[default]\nregion = us-east-1\ncredential_process = /bin/sh @HOME/process\n"
        made = prepare(tmp_path, endpoints, {}, {"config": config})
        ours = made.hubdrift()
        assert "process" in ours and "printed-secret" not in ours
        assert not isinstance(made.botocore(), tuple)


def test_a_line_break_in_a_key_is_refused(tmp_path, endpoints):
    printed = json.dumps({"Version": 1, "AccessKeyId": "PROCESS\n", "SecretAccessKey": "x"})
    (tmp_path / "broken").write_text(printed)
    config = "[default]\nregion = us-east-1\ncredential_process = cat @HOME/broken\n"
    for env, files in [({}, {"config": config}), (env_keys("ENV\n") | {"AWS_REGION": "us-east-1"}, {})]:
        theirs, ours = prepare(tmp_path, endpoints, env, files).compare(endpoints)
        assert not isinstance(theirs, tuple) and "line break" in ours, (theirs, ours)


def test_a_process_has_no_shell(tmp_path, endpoints):
    config = f"[default]\nregion = us-east-1\ncredential_process = cat \"@HOME/printed PROCESS\" $(touch @HOME/ran); touch @HOME/ran\n"
    made = prepare(tmp_path, endpoints, {}, {"config": config})
    assert not isinstance(made.hubdrift(), tuple)
    assert not (tmp_path / "ran").exists()


@contextlib.contextmanager
def served(answer):
    """A server whose answers `answer` gives, by method, path and headers: a status and a body."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, body = answer(self.command, self.path, self.headers)
            body = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "600")
            self.end_headers()
            self.wfile.write(body)

        do_PUT = do_POST = do_GET

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def session(tmp_path_factory, endpoints):
    """The credentials of a session of the role `one`."""
    files = {"config": ROLE + "source_profile = default\n", "credentials": CREDENTIALS}
    made = prepare(tmp_path_factory.mktemp("session"), endpoints, {"AWS_PROFILE": "r"}, files)
    with mock.patch.dict(os.environ, made.environment, clear=True):
        return botocore.session.Session().get_credentials().get_frozen_credentials()


def given(session):
    return {
        "AccessKeyId": session.access_key,
        "SecretAccessKey": session.secret_key,
        "Token": session.token,
        "Expiration": "2999-01-01T00:00:00Z",
    }


def test_the_container_is_asked_directly_and_given_its_token(tmp_path, endpoints, session):
    def answer(method, path, headers):
        return (200, given(session)) if headers["Authorization"] == "let me" else (403, "")

    with served(answer) as url:
        # Nobody is at the proxy.
        env = {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/x",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "let me",
            "AWS_REGION": "us-east-1",
            "HTTP_PROXY": "http://127.0.0.1:1",
            "NO_PROXY": endpoints[0].removeprefix("http://"),
        }
        _, ours = prepare(tmp_path, endpoints, env, {}).compare(endpoints)
        assert ours == (ROLES["one"], "one", "us-east-1", False)
        wrong = {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "x"}
        theirs, ours = prepare(tmp_path, endpoints, env | wrong, {}).compare(endpoints)
        assert not isinstance(theirs, tuple) and not isinstance(ours, tuple)


def test_the_instance_is_asked_last_for_credentials_and_region(tmp_path, endpoints, session):
    asked = []

    def answer(method, path, headers):
        asked.append(path)
        role = "/latest/meta-data/iam/security-credentials/"
        known = {
            "/latest/api/token": "token",
            role: "one",
            f"{role}one": {"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-01T00:00:00Z"} | given(session),
            "/latest/meta-data/placement/region": "eu-west-1",
            "/latest/meta-data/placement/availability-zone/": "eu-west-1a",
        }
        return (200, known[path]) if path in known else (404, "")

    with served(answer) as url:
        env = {"AWS_EC2_METADATA_DISABLED": "-", "AWS_EC2_METADATA_SERVICE_ENDPOINT": url}
        _, ours = prepare(tmp_path, endpoints, env | {"AWS_REGION": "us-east-1"}, {}).compare(endpoints)
        assert ours == (ROLES["one"], "one", "us-east-1", False)
        # botocore asks nobody for the region; AWS CLI v2 does.
        assert prepare(tmp_path, endpoints, env, {}).hubdrift() == (ROLES["one"], "one", "eu-west-1", False)
        asked.clear()
        for more in [{"AWS_REGION": "us-east-1", **env_keys()}, {"AWS_EC2_METADATA_DISABLED": "TRUE"}]:
            prepare(tmp_path, endpoints, env | more, {}).compare(endpoints)
        assert asked == []


@pytest.mark.parametrize("of", ["session", "legacy"])
def test_identity_center_is_asked_for_the_role(of, tmp_path, endpoints, session):
    asked = []

    def answer(method, path, headers):
        asked.append((path, headers["x-amz-sso_bearer_token"]))
        credentials = {
            "accessKeyId": session.access_key,
            "secretAccessKey": session.secret_key,
            "sessionToken": session.token,
            "expiration": 32503680000000,
        }
        return 200, {"roleCredentials": credentials}

    start = "https://d-1.awsapps.com/start"
    own = f"sso_account_id = {ROLES['one']}\nsso_role_name = audit\n"
    places = f"sso_start_url = {start}\nsso_region = eu-west-1\n"
    if of == "session":
        config, key = f"[default]\n{own}sso_session = s\n[sso-session s]\n{places}", "s"
    else:
        config, key = f"[default]\n{own}{places}", start
    cache = tmp_path / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    token = {"startUrl": start, "region": "eu-west-1", "accessToken": "of the person", "expiresAt": "2999-01-01T00:00:00Z"}
    (cache / f"{hashlib.sha1(key.encode()).hexdigest()}.json").write_text(json.dumps(token))
    with served(answer) as url:
        env = {"AWS_ENDPOINT_URL_SSO": url, "AWS_REGION": "us-east-1"}
        made = prepare(tmp_path, endpoints, env, {"config": config})
        # botocore looked for the cache in the home of the tests when it was loaded.
        ours = made.hubdrift()
        assert ours == (ROLES["one"], "one", "us-east-1", False)
        assert asked == [(f"/federation/credentials?role_name=audit&account_id={ROLES['one']}", "of the person")]
        # Credentials of another account than the profile's are nobody's.
        made = prepare(tmp_path, endpoints, env, {"config": config.replace(ROLES["one"], ROLES["two"])})
        assert "wrong_account" in made.hubdrift()


class Proxy(socketserver.StreamRequestHandler):
    """Notes which host is asked for, and goes nowhere."""

    def handle(self):
        self.server.asked.append(self.rfile.readline().decode().split(" ")[1])
        while self.rfile.readline() not in (b"\r\n", b""):
            pass
        self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


@pytest.fixture
def proxy():
    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Proxy) as server:
        server.asked = []
        server.address = "http://127.0.0.1:%d" % server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


HOSTS = {
    "usual": {"AWS_REGION": "us-east-1"},
    "another region": {"AWS_REGION": "eu-west-1"},
    "China": {"AWS_REGION": "cn-north-1"},
    "GovCloud": {"AWS_REGION": "us-gov-west-1"},
    "a region that nobody knows": {"AWS_REGION": "eu-north-9"},
    "FIPS": {"AWS_REGION": "us-west-2", "AWS_USE_FIPS_ENDPOINT": "true"},
    "dual-stack": {"AWS_REGION": "eu-west-1", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
    "FIPS and dual-stack": {
        "AWS_REGION": "us-west-2",
        "AWS_USE_FIPS_ENDPOINT": "TRUE",
        "AWS_USE_DUALSTACK_ENDPOINT": "True",
    },
    "endpoints ignored": {
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    },
    "an older setting": {"AWS_REGION": "eu-west-1", "AWS_STS_REGIONAL_ENDPOINTS": "legacy"},
}


def hosts_of_botocore(made, service):
    region = made.environment["AWS_REGION"]
    # AWS CLI v2 has no AWS_STS_REGIONAL_ENDPOINTS.
    environment = {name: it for name, it in made.environment.items() if name != "AWS_STS_REGIONAL_ENDPOINTS"}
    with mock.patch.dict(os.environ, environment, clear=True):
        session = botocore.session.Session(session_vars=ORDER)
        return session.create_client(service, region_name=region).meta.endpoint_url.removeprefix("https://") + ":443"


@pytest.mark.parametrize("name", HOSTS)
def test_both_ask_the_same_hosts(name, tmp_path, endpoints, proxy):
    env = {"AWS_ENDPOINT_URL": "-", "HTTPS_PROXY": proxy.address, **env_keys(), **HOSTS[name]}
    made = prepare(tmp_path, endpoints, env, {})
    made.hubdrift()
    assert set(proxy.asked) == {hosts_of_botocore(made, "sts")}
    if "AWS_USE_FIPS_ENDPOINT" in env or "AWS_USE_DUALSTACK_ENDPOINT" in env or "AWS_ENDPOINT_URL" in HOSTS[name]:
        return  # with an endpoint of STS these are refused, or passed over
    proxy.asked.clear()
    # STS answers with a caller of the region's partition, so that Security Hub is asked.
    partition = {"China": "aws-cn", "GovCloud": "aws-us-gov"}.get(name, "aws")
    caller = f"<Arn>arn:{partition}:iam::111122223333:user/x</Arn><UserId>x</UserId><Account>111122223333</Account>"
    identity = f"<GetCallerIdentityResult>{caller}</GetCallerIdentityResult>"
    identity = f'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">{identity}</GetCallerIdentityResponse>'
    with served(lambda *_: (200, identity)) as url:
        made = prepare(tmp_path, endpoints, env | {"AWS_ENDPOINT_URL_STS": url}, {})
        made.hubdrift()
    assert set(proxy.asked) == {hosts_of_botocore(made, "securityhub")}


PROXIES = {
    "a proxy": {"HTTP_PROXY": "@PROXY"},
    "without a scheme": {"HTTP_PROXY": "@BARE"},
    "lower case counts": {"HTTP_PROXY": "http://127.0.0.1:1", "http_proxy": "@PROXY"},
    "lower case counts, also empty": {"HTTP_PROXY": "@PROXY", "http_proxy": ""},
    "for another scheme": {"HTTPS_PROXY": "@PROXY"},
    "for all, which the CLI has not": {"ALL_PROXY": "@PROXY", "all_proxy": "@PROXY"},
    "not for this host": {"HTTP_PROXY": "@PROXY", "NO_PROXY": "x, 127.0.0.1"},
    "not for this host and port": {"HTTP_PROXY": "@PROXY", "no_proxy": "@ADDRESS"},
    "not for another port": {"HTTP_PROXY": "@PROXY", "NO_PROXY": "127.0.0.1:1"},
    "not for the end of the address": {"HTTP_PROXY": "@PROXY", "NO_PROXY": ".0.1"},
    "not for part of it": {"HTTP_PROXY": "@PROXY", "NO_PROXY": "0.0.1"},
    "not for a network": {"HTTP_PROXY": "@PROXY", "NO_PROXY": "127.0.0.0/8"},
    "for none": {"HTTP_PROXY": "@PROXY", "NO_PROXY": "*"},
    "for a star in a list": {"HTTP_PROXY": "@PROXY", "NO_PROXY": "x,*"},
}


@pytest.mark.parametrize("name", PROXIES)
def test_both_go_by_the_same_way(name, tmp_path, endpoints, proxy):
    address = endpoints[0].removeprefix("http://")
    fill = {"@PROXY": proxy.address, "@BARE": proxy.address.removeprefix("http://"), "@ADDRESS": address}
    env = {it: fill.get(value, value) for it, value in PROXIES[name].items()}
    made = prepare(tmp_path, endpoints, env | env_keys() | {"AWS_REGION": "us-east-1"}, {})
    theirs, asked = made.botocore(), set(proxy.asked)
    proxy.asked.clear()
    ours = made.hubdrift()
    assert isinstance(ours, tuple) == isinstance(theirs, tuple), (theirs, ours)
    assert bool(proxy.asked) == bool(asked), (asked, proxy.asked)


def test_usual_hosts_are_reached_without_a_proxy_where_the_environment_says(tmp_path, endpoints, proxy):
    env = {"AWS_ENDPOINT_URL": "-", "HTTPS_PROXY": proxy.address, "AWS_REGION": "eu-north-9", **env_keys()}
    for entry in [".amazonaws.com", "x, sts.eu-north-9.amazonaws.com", "*"]:
        made = prepare(tmp_path, endpoints, env | {"NO_PROXY": entry}, {})
        # There is no such region, so nobody is asked.
        made.typed = ["--attempt-timeout", "1s"]
        assert not isinstance(made.hubdrift(), tuple)
        assert proxy.asked == []
    for entry in ["sts.eu-north-9.amazonaws.com:443", "*.amazonaws.com", "x,*", "com.x"]:
        prepare(tmp_path, endpoints, env | {"NO_PROXY": entry}, {}).hubdrift()
        assert set(proxy.asked) == {"sts.eu-north-9.amazonaws.com:443"}, entry
        proxy.asked.clear()


def copy(source, to):
    try:
        while data := source.recv(65536):
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the other direction has ended


def relay(connection, address):
    """Both directions between a connection and an address, until one ends."""
    host, port = address.split(":")
    with connection, socket.create_connection((host, int(port))) as other:
        threading.Thread(target=copy, args=(other, connection), daemon=True).start()
        copy(connection, other)


@pytest.fixture
def tls(tmp_path, endpoints):
    """The first emulator behind TLS: its address, and the authority of its certificate."""
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl to make certificates with")
    made = tmp_path / "certificates"
    made.mkdir()

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=made, check=True, capture_output=True)

    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj"]
    for name in ["ca", "other"]:
        openssl("req", "-x509", *new, f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "3650")
    openssl("req", *new, "/CN=server", "-keyout", "server.key", "-out", "server.csr")
    (made / "extensions").write_text("subjectAltName = IP:127.0.0.1\n")
    sign = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "300", "-extfile", "extensions"]
    openssl("x509", "-req", "-in", "server.csr", *sign, "-out", "server.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made / "server.pem", made / "server.key")
    listener = socket.create_server(("127.0.0.1", 0))

    def one(connection):
        try:
            relay(context.wrap_socket(connection, server_side=True), endpoints[0].removeprefix("http://"))
        except OSError:
            connection.close()

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield "https://127.0.0.1:%d" % listener.getsockname()[1], made
    listener.close()


def test_both_trust_the_same_certificates(tmp_path, endpoints, tls):
    url, made = tls
    both = (made / "other.pem").read_text() + (made / "ca.pem").read_text()
    (made / "both.pem").write_text("# comments\n" + both)
    base = {"AWS_ENDPOINT_URL": url, "AWS_REGION": "us-east-1", **env_keys()}
    profile = f"[default]\nca_bundle = {made / 'ca.pem'}\n"
    for read, env, config in [
        (False, {}, ""),
        (True, {"AWS_CA_BUNDLE": str(made / "ca.pem")}, ""),
        (True, {"AWS_CA_BUNDLE": str(made / "both.pem")}, ""),
        (False, {"AWS_CA_BUNDLE": str(made / "other.pem")}, ""),
        (True, {}, profile),
        (False, {"AWS_CA_BUNDLE": str(made / "other.pem")}, profile),
        (False, {"AWS_CA_BUNDLE": str(made / "server.key")}, ""),
    ]:
        theirs, ours = prepare(tmp_path, endpoints, base | env, {"config": config}).compare(endpoints)
        assert (isinstance(theirs, tuple), isinstance(ours, tuple)) == (read, read), (env, theirs, ours)


# In which words hubdrift may refuse what botocore reads.
LOUD = re.compile(
    r"AWS_PROFILE names .* and AWS_DEFAULT_PROFILE names"
    r"|is an empty region"  # of the variable that doesn't count, or where the target has its own
    r"|can't be a region"
    r"|is empty \("
    r"|is neither `true` nor `false`"
    r"|is no role's ARN"
    r"|where one value is expected"
    r"|is empty and hides"
    r"|UnrecognizedClientException"  # the second emulator doesn't know the sessions of the first
)


def generated(dice):
    """A set-up nobody would think of."""

    def some(*values):
        return dice.choice(values)

    names = ["default", "alpha", "beta", "gamma delta", "r", "none"]
    env, lines, credentials = {}, [], []
    for variable in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]:
        if dice.random() < 0.3:
            env[variable] = some("", *names)
    for variable in ["AWS_REGION", "AWS_DEFAULT_REGION"]:
        if dice.random() < 0.25:
            env[variable] = some("", "x y", *REGIONS, *REGIONS)
    if dice.random() < 0.25:
        env |= env_keys()
    if dice.random() < 0.1:
        env["AWS_ACCESS_KEY_ID"] = some("", "ENV")
    if dice.random() < 0.15:
        env["AWS_WEB_IDENTITY_TOKEN_FILE"] = some("", "@HOME/token", "@HOME/token")
    if dice.random() < 0.15:
        env["AWS_ROLE_ARN"] = some("", role("web"))
    if dice.random() < 0.15:
        env["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = some("", "false", "FALSE")
    if dice.random() < 0.2:
        env["AWS_ENDPOINT_URL_SECURITYHUB"] = some("", "@HERE", "@THERE")
    if dice.random() < 0.1:
        env["AWS_ENDPOINT_URL"] = some("@HERE", "@HERE/")

    def body(name):
        said = []
        if dice.random() < 0.6:
            said.append(some("region = ", "region=", "Region : ", "region =\t") + some(*REGIONS, *REGIONS, "", "us-east-1 # x"))
        if dice.random() < 0.3:
            said += keys(some("CONFIG", "ALPHA")).splitlines()
        if dice.random() < 0.15:
            said.append(process("PROCESS").strip())
        if dice.random() < (0.8 if name == "r" else 0.1):
            said.append(f"role_arn = {role(some('one', 'two'))}")
            said.append(f"source_profile = {some(*names)}" if dice.random() < 0.8 else "credential_source = Environment")
        if dice.random() < 0.1:
            said += [f"role_arn = {role('web')}", "web_identity_token_file = @HOME/token"]
        if dice.random() < 0.2:
            said += ["s3 =", "  region = us-east-1", some("", "   ", "\t# c"), "  max = 1"]
        if dice.random() < 0.15:
            said.append(some("endpoint_url = @HERE", "services = s"))
        dice.shuffle(said) if dice.random() < 0.2 else None
        # A comment, a blank line, or an indentation, which makes a line part of the value before it.
        for _ in range(dice.randrange(3)):
            said.insert(dice.randrange(len(said) + 1), some("# region = x", "; x", "", "  # y", "\x1c", "\x0c"))
        if said and dice.random() < 0.1:
            at = dice.randrange(len(said))
            said[at] = some(" ", "\t", "\u00a0") + said[at]
        return said

    for name in dice.sample(names[:5], dice.randrange(1, 6)):
        quoted = {"gamma delta": some('"gamma delta"', "'gamma delta'", "gamma\\ delta", "gamma delta")}.get(name, name)
        header = f"[{name}]" if name == "default" else f"[profile {quoted}]"
        if dice.random() < 0.1:
            header = some(f"[profile {quoted}] # x", f"[profile  {quoted}]", f"[{name}]", f"[profile\t{quoted} ]", f" [profile {quoted}]")
        lines += [header, *body(name)]
    if dice.random() < 0.3:
        lines += ["[services s]", "securityhub =", "  endpoint_url = " + some("@HERE", "@THERE")]
    if dice.random() < 0.1:
        lines += ["[DEFAULT]", f"region = {some(*REGIONS)}"]
    if dice.random() < 0.05:
        lines.insert(dice.randrange(len(lines)), some("x", "[default]", "=", "[", "[]", "a = b"))
    for name in dice.sample(names[:5], dice.randrange(5)):
        credentials += [f"[{name}]", *keys(some("SHARED", "DEFAULT", "ALPHA", "BETA")).splitlines()]
        if dice.random() < 0.2:
            credentials.append(f"region = {some(*REGIONS)}")
        if dice.random() < 0.1:
            credentials.pop(dice.randrange(len(credentials)))
    ending = some("\n", "\n", "\r\n", "\r")
    files = {"config": ending.join(lines) + ending, "credentials": "\n".join(credentials) + "\n"}
    if dice.random() < 0.2:
        files["typed"] = some(["--profile", some(*names)], ["--region", some(*REGIONS)])
    if dice.random() < 0.2:
        files["own"] = some({"profile": some(*names)}, {"region": some(*REGIONS)})
    return env, files


SEEDS = range(int(os.environ.get("HUBDRIFT_SETTINGS_FROM", 0)), int(os.environ.get("HUBDRIFT_SETTINGS_TO", 120)))


@pytest.mark.parametrize("seed", SEEDS)
def test_generated_set_ups_lead_to_the_same_place(seed, tmp_path, endpoints):
    env, files = generated(random.Random(seed))
    made = prepare(tmp_path, endpoints, env, files)
    if "AttributeError" in made.botocore():
        return  # it falls over keys of S3
    theirs, ours = made.compare(endpoints)
    if isinstance(theirs, tuple) and not isinstance(ours, tuple):
        assert LOUD.search(ours), f"botocore reads {theirs}, hubdrift says {ours}"


def test_generated_set_ups_are_read_and_refused(tmp_path):
    """The generator makes both, or the test above would say nothing."""
    made = [generated(random.Random(seed)) for seed in range(120)]
    assert sum("AWS_PROFILE" in env for env, _ in made) > 20
    assert sum("role_arn" in files["config"] for _, files in made) > 20


def test_the_files_of_this_test_are_its_own(tmp_path, endpoints):
    made = prepare(tmp_path, endpoints, {}, FILES)
    assert "AWS_CA_BUNDLE" not in made.environment and Path(made.environment["HOME"]) == tmp_path


def test_each_setting_of_botocore_is_in_the_table():
    """docs/aws.md says of each what hubdrift does."""
    table = (Path(__file__).parents[2] / "docs" / "aws.md").read_text()
    named = set(re.findall(r"`([A-Za-z_0-9]+)[^`]*`", table))
    wanted = set()
    for key, variables, *_ in botocore.session.Session.SESSION_VARIABLES.values():
        wanted |= {it for it in [key, *([variables] if isinstance(variables, str) else variables or [])] if it}
    credentials = Path(botocore.session.__file__).with_name("credentials.py").read_text()
    wanted |= set(re.findall(r"'(AWS_[A-Z_]+)'", credentials))
    wanted |= set(re.findall(r"(?:get|keys|profile)\(\s*'([a-z_]+)'", credentials.split("class AssumeRoleProvider")[1])) & {
        "source_profile", "credential_source", "mfa_serial", "external_id", "role_session_name", "duration_seconds", "sso_session",
    }
    wanted |= {"login_session", "credential_process", "web_identity_token_file", "role_arn", "endpoint_url", "services"}
    # What is only about how something other than credentials, regions, endpoints, ways and times is done.
    wanted -= {"csm_enabled", "csm_host", "csm_port", "csm_client_id", "AWS_CSM_ENABLED", "AWS_CSM_HOST", "AWS_CSM_PORT", "AWS_CSM_CLIENT_ID"}
    assert len(wanted) > 60
    assert wanted - named == set()
