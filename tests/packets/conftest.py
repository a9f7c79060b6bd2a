"""Fixtures for tests with packets."""

import pytest

from host import host, own_mounts, server  # noqa: F401
from lab import Flow, Lab


@pytest.fixture
def lab(server, ec2):
    """Makes VPCs on the test's server."""
    labs = []

    def lab(**options):
        labs.append(Lab(options.pop("server", server), options.pop("ec2", ec2), **options))
        return labs[-1]

    yield lab
    for each in labs:
        each.close()


@pytest.fixture
def flow(tmp_path):
    """A flow of packets that can be counted."""
    return Flow(tmp_path)
