"""A running `enid up`."""

import json
import os
import pathlib
import subprocess
import time

import boto3

ROOT = pathlib.Path(__file__).resolve().parent.parent
ENID = pathlib.Path(os.environ.get("ENID_BIN", ROOT / "target" / "debug" / "enid"))
# The keys of the second account in configurations.
OTHER_ACCOUNT = {"key": "AKIAOTHERACCOUNT0001", "secret": "other-secret-other-secret-other-secret-0"}
START_SECONDS_MAX = 20


class Server:
    """A running `enid up`; `within` is a command that runs it, such as `unshare -m`."""

    # What runs commands where the server's data is.
    enter = ()

    def __init__(self, data, *flags, within=(), **process):
        self.data = data
        self.log = open(f"{data}.log", "wb")
        self.process = subprocess.Popen(
            [*within, ENID, "up", "--data", data, "--listen", "127.0.0.1:0", *flags],
            stdout=self.log,
            stderr=subprocess.STDOUT,
            **process,
        )
        self.env = self._wait()

    def _wait(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            # A server that was killed leaves its file.
            file = self.data / "server.json"
            if file.exists() and json.loads(file.read_text())["pid"] == self.process.pid:
                return json.loads(subprocess.check_output([ENID, "env", "--json", "--data", self.data]))
            time.sleep(0.01)
        raise RuntimeError("enid did not start: " + pathlib.Path(self.log.name).read_text())

    def client(self, session, service="ec2", region=None, key=None, secret=None):
        """A boto3 client; `key` and `secret` name another account's key."""
        return session.client(
            service,
            endpoint_url=self.env["AWS_ENDPOINT_URL_EC2"],
            region_name=region or self.env["AWS_REGION"],
            aws_access_key_id=key or self.env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=secret or self.env["AWS_SECRET_ACCESS_KEY"],
            config=boto3.session.Config(retries={"max_attempts": 0}, parameter_validation=False),
        )

    def stop(self):
        self.process.terminate()
        assert self.process.wait(timeout=30) == 0, pathlib.Path(self.log.name).read_text()

    def remove(self):
        """Stops it if it runs, and removes the network that it left running."""
        if self.process.poll() is None:
            self.stop()
        self.log.close()
        if self.data.exists():
            subprocess.run([ENID, "down", "--data", self.data], check=True, stdout=subprocess.DEVNULL, timeout=60)
