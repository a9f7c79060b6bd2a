"""Fixtures for tests with packets."""

import pytest

from host import host, own_mounts, server  # noqa: F401
from lab import Flow, Lab


@pytest.fixture
def lab(request, host):
    """Makes VPCs, on the test's usual server or on one that it has started itself."""
    labs = []

    def lab(server=None, ec2=None, **options):
        server = server or request.getfixturevalue("server")
        labs.append(Lab(server, ec2 or request.getfixturevalue("ec2"), **options))
        return labs[-1]

    yield lab
    for each in labs:
        each.close()


@pytest.fixture
def flow(tmp_path):
    """A flow of packets that can be counted."""
    return Flow(tmp_path)
