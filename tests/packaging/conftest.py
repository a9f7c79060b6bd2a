"""Fixtures for tests of what is given to others: a package made of the debug build, and a copy of this machine to install it on."""

import os
import subprocess

import pytest

from host import checked, libc, own_mounts, run  # noqa: F401
from servers import ROOT

CLONE_NEWNET = 0x40000000


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The folder with the binary, its debug information, manual pages, completions and the Debian package."""
    folder = tmp_path_factory.mktemp("package")
    command = ["cargo", "run", "--quiet", "--package", "xtask", "--", "package", "--debug", folder]
    subprocess.run(command, cwd=ROOT, check=True, timeout=1800)
    return folder


@pytest.fixture
def machine(tmp_path):
    """Runs commands on a copy of this machine, whose changes are gone with the test, in a network of its own."""
    checked(libc.unshare(CLONE_NEWNET), "unshare")
    run("ip", "link", "set", "lo", "up")
    layers, root = tmp_path / "layers", tmp_path / "root"
    layers.mkdir()
    root.mkdir()
    # Upper layers cannot lie on an overlay, which is what containers' own folders are on.
    run("mount", "-t", "tmpfs", "none", layers)
    for layer in ("upper", "work"):
        (layers / layer).mkdir()
    run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={layers}/upper,workdir={layers}/work", root)
    for system in ("proc", "dev", "sys"):
        run("mount", "--rbind", f"/{system}", root / system)

    def machine(*command, **options):
        return run("chroot", root, *command, **options)

    machine.root = root
    yield machine
    run("umount", "--recursive", "--lazy", root)
    run("umount", layers)


@pytest.fixture
def bare(tmp_path):
    """A root folder with nothing in it but what is put there: files by the names that they have in it."""

    def bare(files):
        root = tmp_path / "bare"
        for to, source in files.items():
            place = root / to.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(open(source, "rb").read())
            os.chmod(place, 0o755)
        return lambda *command: run("chroot", root, *command)

    return bare
