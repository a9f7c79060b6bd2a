"""Fixtures for tests with packets."""

from host import host, own_mounts, server  # noqa: F401
