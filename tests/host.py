"""A network namespace that plays the host: a test in it, the server and every command it runs touch nothing else."""

import ctypes
import os
import subprocess

import pytest

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
MS_REC = 0x4000
MS_PRIVATE = 1 << 18

libc = ctypes.CDLL(None, use_errno=True)


def checked(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}; these tests need root")


def run(*command, check=True, timeout=60, **options):
    """Runs a command in the host's namespace and gives what it printed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))} gave {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


@pytest.fixture(scope="session", autouse=True)
def own_mounts():
    """Mounts of the tests' servers are gone with the test process, whatever happens."""
    checked(libc.unshare(CLONE_NEWNS), "unshare")
    checked(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "mount")


@pytest.fixture
def host():
    """Moves the test into a new network namespace."""
    checked(libc.unshare(CLONE_NEWNET), "unshare")
    run("ip", "link", "set", "lo", "up")
    return run


@pytest.fixture
def server(host, start):
    """A server that moves packets."""
    return start("--ephemeral", "--fabric", "require")
