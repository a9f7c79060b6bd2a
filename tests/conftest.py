"""Fixtures for tests with real clients: each test gets a server of its own, with an empty account."""

import os
import pathlib

import boto3
import pytest

from record import Record
from servers import ENID, OTHER_ACCOUNT, Server


@pytest.fixture(scope="session")
def session():
    """One boto3 session for all tests: reading EC2's model takes half a second."""
    assert ENID.exists(), f"{ENID} is not built: cargo build"
    session = boto3.session.Session()
    record = Record()
    session.events.register("after-call.ec2", record.after_call)
    yield session
    if folder := os.environ.get("ENID_COVERAGE"):
        record.write(pathlib.Path(folder) / "api.txt")


@pytest.fixture
def start(tmp_path):
    """Starts servers with flags and settings of the process of the test's own; all are stopped at its end, and nothing is left of them."""
    servers = []

    def start(*flags, data=None, **process):
        server = Server(data or tmp_path / f"enid{len(servers)}", *flags, **process)
        servers.append(server)
        return server

    yield start
    for server in reversed(servers):
        server.remove()


@pytest.fixture
def server(start):
    """A server that answers the API only and keeps nothing."""
    return start("--ephemeral", "--fabric", "none")


@pytest.fixture
def ec2(server, session):
    """An EC2 client on a server of the test's own."""
    return server.client(session)


@pytest.fixture
def config(tmp_path):
    """A configuration with a second account, 999999999999, and a pool of addresses."""
    config = tmp_path / "enid.toml"
    config.write_text(
        '[[accounts]]\nid = "999999999999"\n'
        f'access_key_id = "{OTHER_ACCOUNT["key"]}"\nsecret_access_key = "{OTHER_ACCOUNT["secret"]}"\n'
        '[pools]\npublic_ipv4 = ["198.51.100.0/28"]\n'
    )
    return config


@pytest.fixture
def accounts(start, session, config):
    """Clients of two accounts."""
    server = start("--ephemeral", "--fabric", "none", "--config", config)
    return server.client(session), server.client(session, **OTHER_ACCOUNT)
