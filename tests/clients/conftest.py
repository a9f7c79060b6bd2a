"""Clients other than boto3, as their users run them."""

import os
import pathlib
import shutil
import subprocess

import pytest

from servers import ROOT


@pytest.fixture
def client(server):
    """Runs a program in a folder of the examples, with the settings of `enid env`, and gives what it printed."""

    def client(folder, program, *args):
        # Found beforehand, so that a missing program is called that.
        found = shutil.which(program) or pytest.fail(f"{program} is not there; `make clients` installs it")
        done = subprocess.run(
            [found, *args],
            cwd=ROOT / "examples" / folder,
            env={**os.environ, **server.env},
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return client


@pytest.fixture
def ansible():
    """The folder of Ansible's programs."""
    return pathlib.Path(os.environ.get("ANSIBLE_BIN", ROOT / ".venv-ansible" / "bin"))
