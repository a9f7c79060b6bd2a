"""Clients other than boto3, as their users run them."""

import contextlib
import io
import os
import pathlib
import shutil
import subprocess

import pytest
from awscli.clidriver import create_clidriver

from servers import OTHER_ACCOUNT, ROOT, Server


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


@pytest.fixture(scope="module")
def cli_server(tmp_path_factory):
    """A server for all tests of a module that run the CLI: it has a second account and a pool of addresses."""
    folder = tmp_path_factory.mktemp("cli")
    config = folder / "enid.toml"
    config.write_text(
        '[[accounts]]\nid = "999999999999"\n'
        f'access_key_id = "{OTHER_ACCOUNT["key"]}"\nsecret_access_key = "{OTHER_ACCOUNT["secret"]}"\n'
        '[pools]\npublic_ipv4 = ["198.51.100.0/28"]\n'
    )
    server = Server(folder / "enid", "--ephemeral", "--fabric", "none", "--config", config)
    yield server
    server.remove()


@pytest.fixture(scope="module")
def aws(cli_server, tmp_path_factory):
    """Runs a command of `aws ec2` in this process, and gives its status, answer and complaint."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in cli_server.env.items():
            patch.setenv(name, value)
        patch.setenv("HOME", str(home))
        patch.setenv("AWS_PAGER", "")
        # What the CLI reads of botocore's models, which takes longest, is read once. A driver is good for one command.
        models = create_clidriver().session.get_component("data_loader")

        def aws(*arguments):
            driver = create_clidriver()
            driver.session.register_component("data_loader", models)
            with contextlib.redirect_stdout(io.StringIO()) as answer, contextlib.redirect_stderr(io.StringIO()) as complaint:
                try:
                    status = driver.main(["ec2", *arguments])
                except SystemExit as exit:
                    status = exit.code
            return status, answer.getvalue(), complaint.getvalue()

        aws.home = home
        yield aws
