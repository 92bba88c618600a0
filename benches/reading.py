"""How long reading takes: whole runs of hubdrift against its emulator, with boto3 beside it.

    cargo build --release
    python3 -m venv venv && venv/bin/pip install -r tests/python/requirements.txt
    venv/bin/python benches/reading.py target/release/hubdrift [paced] [halved] [roles] [wide]

Loopback only; each scenario stops by itself. Prints a line a run; asserts nothing.
"""

import concurrent.futures
import contextlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

BINARY = Path(sys.argv[1]).resolve()
REGION = "us-east-1"
BASE = "111122223333"


def uuid(target, n):
    return f"00000000-0000-4000-8000-{target:04x}{n:08x}"


def body(account, target, n):
    """A healthy connector, about 650 bytes."""
    return {
        "ConnectorArn": f"arn:aws:securityhub:{REGION}:{account}:connectorv2/{uuid(target, n)}",
        "ConnectorId": uuid(target, n),
        "Name": f"jira-{n}",
        "Description": "Jira for a team",
        "KmsKeyArn": f"arn:aws:kms:{REGION}:{account}:key/0c0ffee0-0000-4000-8000-000000000001",
        "CreatedAt": "2026-01-02T03:04:05Z",
        "LastUpdatedAt": "2026-01-02T03:04:05Z",
        "Health": {"ConnectorStatus": "CONNECTED", "LastCheckedAt": "2026-11-22T09:00:00Z", "Issues": []},
        "ProviderDetail": {"JiraCloud": {"ProjectKey": "SEC", "Domain": "acme.atlassian.net", "AuthStatus": "ACTIVE"}},
        "EnablementStatus": "ENABLED",
    }


def account(target):
    return f"{200000000000 + target}"


class World:
    """An emulated set of accounts with an inventory for it, in a folder of its own."""

    def __init__(self, targets, connectors, roles=True, by_id=False, **emulator):
        self.folder = Path(tempfile.mkdtemp(prefix="hubdrift-bench-"))
        self.ids = [uuid(t, n) for t in range(targets) for n in range(connectors)]
        accounts = [account(t) if roles else BASE for t in range(targets)]
        state = {
            "schema": "hubdrift.snapshot/1",
            "targets": [
                {
                    "name": f"t{t}",
                    "account": accounts[t],
                    "region": REGION,
                    "connectors": [
                        {"connector_id": uuid(t, n), "body": body(accounts[t], t, n)} for n in range(connectors)
                    ],
                }
                for t in range(targets)
            ],
            "emulator": {
                "credentials": [{"access_key_id": "AKIABENCH", "secret_access_key": "bench", "account": BASE}],
                "roles": [{"role_arn": f"arn:aws:iam::{a}:role/hubdrift", "trusts": [BASE]} for a in accounts if roles],
                **emulator,
            },
        }
        (self.folder / "state.json").write_text(json.dumps(state))
        lines = ["version: 1", "targets:"]
        for t in range(targets):
            role = ", role_name: hubdrift" if roles else ""
            unmanaged = ", unmanaged: ignore" if by_id else ""
            lines.append(f'  t{t}: {{account: "{accounts[t]}", region: {REGION}{role}{unmanaged}}}')
        lines.append("connectors:")
        for t in range(targets):
            for n in range(connectors):
                identity = f"connector_id: {uuid(t, n)}" if by_id else f"name: jira-{n}"
                lines.append(f"  - {{id: c{n}, target: t{t}, {identity}}}")
        (self.folder / "hubdrift.yaml").write_text("\n".join(lines) + "\n")

    @contextlib.contextmanager
    def served(self):
        emulator = subprocess.Popen(
            [BINARY, "emulate", "state.json"],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            exports = dict(word.split("=", 1) for word in emulator.stdout.readline().split()[1:])
            self.endpoint = exports["AWS_ENDPOINT_URL"]
            yield exports
        finally:
            emulator.send_signal(2)
            _, said = emulator.communicate(timeout=30)
            self.requests = said.strip().splitlines()[-1] if said.strip() else ""

    def hubdrift(self, name, *arguments):
        with self.served() as exports:
            environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **exports}
            environment["AWS_EC2_METADATA_DISABLED"] = "true"
            begun = time.monotonic()
            run = subprocess.Popen(
                [BINARY, "check", "-q", "--report", "json=report.json", "--now", "2026-11-22T12:00:00Z", *arguments],
                cwd=self.folder, env=environment, stderr=(self.folder / "said").open("w"),
            )  # fmt: skip
            # The rusage of a child begins with the memory of this process, so its own is looked at.
            peak, ended = 0, 0
            while not ended:
                with contextlib.suppress(OSError, StopIteration):
                    lines = Path(f"/proc/{run.pid}/status").read_text().splitlines()
                    peak = max(peak, int(next(line for line in lines if line.startswith("VmHWM")).split()[1]))
                time.sleep(0.005)
                ended, status, usage = os.wait4(run.pid, os.WNOHANG)
            took = time.monotonic() - begun
            run.returncode = os.waitstatus_to_exitcode(status)
            said = (self.folder / "said").read_text()
        report = json.loads((self.folder / "report.json").read_text())
        coverage, requests = report["summary"]["coverage"]["read"], report["run"]["requests"]
        print(
            f"{name}: {took:.2f} s, exit {os.waitstatus_to_exitcode(status)}, read {coverage['done']}/{coverage['of']},"
            f" sent {requests['sent']}, throttled {requests['throttled']},"
            f" {peak / 1024:.0f} MiB at most, {usage.ru_utime + usage.ru_stime:.2f} s of processor"
            f" | emulator: {self.requests}{' | ' + said[:300] if said else ''}",
            flush=True,
        )

    def bare(self, name, threads):
        """The same requests by a client that neither signs nor reads: what the server and Python take."""
        with self.served():
            host = self.endpoint.removeprefix("http://")
            date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
            scope = f"AKIABENCH/{date[:8]}/{REGION}/securityhub/aws4_request"
            signature = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
            headers = {"Authorization": signature, "X-Amz-Date": date}

            def get(connectors):
                connection, read = http.client.HTTPConnection(host), 0
                for connector in connectors:
                    connection.request("GET", f"/connectorsv2/{connector}", headers=headers)
                    answer = connection.getresponse()
                    answer.read()
                    read += answer.status == 200
                return read

            begun = time.monotonic()
            with concurrent.futures.ThreadPoolExecutor(threads) as pool:
                read = sum(pool.map(get, [self.ids[i::threads] for i in range(threads)]))
            took = time.monotonic() - begun
        print(f"{name}: {took:.2f} s, read {read} | emulator: {self.requests}", flush=True)

    def boto3(self, name, mode, threads):
        with self.served():
            session = boto3.Session("AKIABENCH", "bench", region_name=REGION)
            config = Config(retries={"mode": mode}, max_pool_connections=threads)
            client = session.client("securityhub", endpoint_url=self.endpoint, config=config)
            calls, read, failed = [client], 0, 0

            def get(connector):
                try:
                    calls[0].get_connector_v2(ConnectorId=connector)
                    return True
                except ClientError:
                    return False

            begun = time.monotonic()
            with concurrent.futures.ThreadPoolExecutor(threads) as pool:
                for well in pool.map(get, self.ids):
                    read, failed = read + well, failed + (not well)
            took = time.monotonic() - begun
        print(
            f"{name}: {took:.2f} s, read {read}, failed {failed} | emulator: {self.requests}", flush=True
        )


def paced():
    """One target, 300 connectors, 10 a second with a burst of 30: the floor is 27.0 s."""
    world = World(1, 300, roles=False, by_id=True, limits={"rps": 10, "burst": 30})
    world.hubdrift("300 connectors, by id")
    world.boto3("boto3 standard, 50 threads", "standard", 50)
    world.boto3("boto3 adaptive, 50 threads", "adaptive", 50)
    World(1, 300, roles=False, limits={"rps": 10, "burst": 30}).hubdrift("300 connectors, by name (3 more requests)")


def halved():
    """The same, but the limit in force is half the published one, and nobody says so."""
    World(1, 300, roles=False, by_id=True, limits={"rps": 5, "burst": 30}).hubdrift("300 connectors, half the limit")


def roles():
    """500 targets with a role each, 4 connectors, 20 ms latency."""
    World(500, 4, latency_ms=20).hubdrift("500 roles, 2,000 connectors, 20 ms")


def wide():
    """20,000 connectors over 200 targets, no limit. boto3 reads one account of as many connectors."""
    open_wide = ("--max-rps", "10000", "--burst", "10000", "--concurrency", "64")
    World(200, 100, by_id=True).hubdrift("20,000 connectors over 200 targets", *open_wide)
    world = World(1, 20000, roles=False, by_id=True)
    world.hubdrift("20,000 connectors, one target", *open_wide)
    world.boto3("boto3, 16 threads", "standard", 16)
    # Without credentials in the state no signature is checked.
    state = json.loads((world.folder / "state.json").read_text())
    del state["emulator"]["credentials"]
    (world.folder / "state.json").write_text(json.dumps(state))
    world.bare("bare HTTP client, 16 threads", 16)


if __name__ == "__main__":
    for scenario in sys.argv[2:] or ["paced", "halved", "roles", "wide"]:
        {"paced": paced, "halved": halved, "roles": roles, "wide": wide}[scenario]()
