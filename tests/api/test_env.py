"""`enid env`: what it tells shells and AWS's tools."""

import json
import os
import subprocess
import sys
import pathlib

import boto3
import pytest

from servers import ENID

AWS = pathlib.Path(sys.executable).parent / "aws"


def enid(*args, **options):
    return subprocess.run([ENID, *map(str, args)], capture_output=True, text=True, timeout=30, **options)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home folder, and none of AWS's settings."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.mark.parametrize(
    "shell, load",
    [
        (["bash", "-ec"], 'eval "$({env})"'),
        (["sh", "-ec"], 'eval "$({env} --shell sh)"'),
        (["fish", "-c"], "{env} --shell fish | source"),
    ],
)
def test_a_shell_takes_the_settings_and_gives_them_back(server, shell, load):
    command = f"{ENID} env --data {server.data}"
    unset = load.format(env=f"{ENID} env --unset")
    script = f"{load.format(env=command)}\nenv\necho ----\n{unset}\nenv"
    before = {**os.environ, "AWS_PROFILE": "other", "AWS_SESSION_TOKEN": "other"}
    done = subprocess.run([*shell, script], capture_output=True, text=True, env=before, check=True)
    assert done.stderr == ""
    loaded, unloaded = (dict(line.split("=", 1) for line in part.splitlines() if "=" in line) for part in done.stdout.split("----"))
    assert server.env.items() <= loaded.items() and "AWS_PROFILE" not in loaded and "AWS_SESSION_TOKEN" not in loaded
    assert not server.env.keys() & unloaded.keys()


def test_powershell_is_told_in_its_own_words(server):
    done = enid("env", "--data", server.data, "--shell", "powershell")
    assert f"$Env:AWS_ENDPOINT_URL_EC2 = '{server.env['AWS_ENDPOINT_URL_EC2']}'\n" in done.stdout
    assert done.stdout.endswith("Remove-Item Env:AWS_SESSION_TOKEN, Env:AWS_PROFILE -ErrorAction SilentlyContinue\n")


def test_unset_needs_no_server(tmp_path):
    done = enid("env", "--unset", "--data", tmp_path / "absent")
    assert done.returncode == 0 and done.stdout.startswith("unset AWS_ENDPOINT_URL_EC2 ") and "no server" not in done.stderr


def test_a_profile_points_aws_s_tools_at_the_server_and_changes_no_other(server, home):
    (home / ".aws").mkdir()
    config, credentials = home / ".aws" / "config", home / ".aws" / "credentials"
    config.write_text("# mine\n[default]\nregion = eu-west-1\n\n[profile work]\ns3 =\n  max_queue_size = 7\n")
    credentials.write_text("[default]\naws_access_key_id = A\naws_secret_access_key = B\n")
    credentials.chmod(0o644)
    before = config.read_text(), credentials.read_text()
    done = enid("env", "--data", server.data, "--profile", "enid")
    assert done.returncode == 0 and str(config) in done.stdout and done.stderr == ""
    assert config.read_text().startswith(before[0]) and credentials.read_text().startswith(before[1])
    assert credentials.stat().st_mode & 0o777 == 0o600
    by_cli = subprocess.run([AWS, "--profile", "enid", "ec2", "describe-vpcs"], capture_output=True, text=True)
    assert by_cli.returncode == 0 and len(json.loads(by_cli.stdout)["Vpcs"]) == 1, by_cli.stderr
    assert len(boto3.session.Session(profile_name="enid").client("ec2").describe_subnets()["Subnets"]) > 0
    assert boto3.session.Session(profile_name="enid").client("sts").get_caller_identity()["Account"] == "123456789012"
    # Again, and back.
    written = config.read_text()
    assert enid("env", "--data", server.data, "--profile", "enid").returncode == 0 and config.read_text() == written
    assert enid("env", "--unset", "--profile", "enid").returncode == 0
    assert (config.read_text().rstrip(), credentials.read_text().rstrip()) == tuple(text.rstrip() for text in before)


def test_a_profile_of_somebody_else_is_kept_unless_forced(server, home):
    (home / ".aws").mkdir()
    config, credentials = home / ".aws" / "config", home / ".aws" / "credentials"
    config.write_text("[default]\nregion = eu-west-1\n")
    credentials.write_text("[work]\naws_access_key_id = A\naws_secret_access_key = B\n")
    for name in ["default", "work"]:
        before = config.read_text(), credentials.read_text()
        for command in [["env", "--data", server.data], ["env", "--unset"]]:
            done = enid(*command, "--profile", name)
            assert done.returncode == 1 and "--force" in done.stderr and f"a profile {name}" in done.stderr
        assert (config.read_text(), credentials.read_text()) == before
        assert enid("env", "--data", server.data, "--profile", name, "--force").returncode == 0
        assert len(boto3.session.Session(profile_name=name).client("ec2").describe_vpcs()["Vpcs"]) == 1
    assert "eu-west-1" not in config.read_text()


def test_a_profile_goes_where_aws_s_variables_say(server, home, monkeypatch, tmp_path):
    (tmp_path / "real").write_text("[default]\n")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "link"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "~/keys/mine")
    told = json.loads(enid("env", "--data", server.data, "--profile", "enid", "--json").stdout)
    assert told == {"profile": "enid", "config": str(tmp_path / "link"), "credentials": str(home / "keys" / "mine")}
    assert (tmp_path / "link").is_symlink() and "[profile enid]" in (tmp_path / "real").read_text()
    assert (home / "keys" / "mine").stat().st_mode & 0o777 == 0o600
    assert not (home / ".aws").exists()
    assert len(boto3.session.Session(profile_name="enid").client("ec2").describe_vpcs()["Vpcs"]) == 1


@pytest.mark.parametrize("name", ["", "a]", "a b", "a\nb"])
def test_a_name_that_is_none_for_a_profile_is_refused(server, home, name):
    done = enid("env", "--data", server.data, "--profile", name)
    assert done.returncode == 1 and "no name for a profile" in done.stderr
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("args", [["--force"], ["--shell", "fish", "--json"], ["--shell", "tcsh"], ["--wait=x"]])
def test_settings_that_do_not_go_together_are_usage_mistakes(args):
    assert enid("env", *args).returncode == 2
