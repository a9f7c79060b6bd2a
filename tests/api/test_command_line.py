"""The commands: what they print, what they refuse and how they exit."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

import pytest

from servers import ENID


def enid(*args, **options):
    return subprocess.run([ENID, *map(str, args)], capture_output=True, text=True, timeout=30, **options)


def refusal(*args, **options):
    """What the command says as it fails."""
    done = enid(*args, **options)
    assert done.returncode == 1 and done.stdout == "", done
    return done.stderr


def test_env_points_a_shell_at_the_server(server):
    shell = f'eval "$({ENID} env --data {server.data})" && env'
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, env={**os.environ, "AWS_PROFILE": "other"}, check=True)
    assert done.stderr == ""
    settings = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert server.env.items() <= settings.items() and "AWS_PROFILE" not in settings


def test_env_says_that_no_server_runs(start):
    server = start("--fabric", "none")
    server.process.kill()
    server.process.wait()
    done = enid("env", "--data", server.data)
    assert done.returncode == 0 and "127.0.0.1:8773" in done.stdout
    assert "no server is running" in done.stderr and str(server.data) in done.stderr


def test_commands_about_a_folder_that_is_not_there_make_none(tmp_path):
    absent = tmp_path / "absent"
    for command in ["env", "status", "check", "down"]:
        assert str(absent) in refusal(command, "--data", absent)
    assert not absent.exists()


def test_a_port_in_use_is_named_and_nothing_is_made(tmp_path, server):
    port = socket.create_server(("127.0.0.1", 0))
    listen = "127.0.0.1:%d" % port.getsockname()[1]
    message = refusal("up", "--data", tmp_path / "new", "--fabric", "none", "--listen", listen)
    assert f"cannot listen on {listen}" in message and "--listen" in message
    assert not (tmp_path / "new" / "credentials.json").exists()


def test_a_folder_has_one_server(start):
    server = start("--fabric", "none")
    message = refusal("up", "--data", server.data, "--fabric", "none", "--listen", "127.0.0.1:0")
    assert "another enid" in message and str(server.data) in message
    assert str(server.process.pid) in refusal("down", "--data", server.data)
    # The first is still asked.
    assert enid("status", "--data", server.data).returncode == 0


def test_a_folder_of_another_user_is_refused(tmp_path):
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, 65534)
    message = refusal("up", "--data", folder, "--fabric", "none", "--listen", "127.0.0.1:0")
    assert str(folder) in message and "belongs to user 65534" in message and "--data" in message
    assert list(folder.iterdir()) == []


def test_what_another_user_keeps_is_told_from_what_is_not_there(start):
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        binary = shutil.copy(ENID, folder)
        server = start("--fabric", "none", data=pathlib.Path(folder) / "data")
        for command in ["check", "status", "env", "down"]:
            nobody = {"user": 65534, "group": 65534, "extra_groups": []}
            done = subprocess.run([binary, command, "--data", server.data], capture_output=True, text=True, timeout=30, **nobody)
            assert done.returncode == 1 and "Permission denied" in done.stderr, done
            assert "start one" not in done.stderr and "no data yet" not in done.stderr
        server.stop()


@pytest.mark.parametrize("content, named", [(b"", "is empty"), (b"dear diary", "is damaged"), (b"\0" * 9000, "is damaged")])
def test_rows_that_cannot_be_read_are_named_with_a_remedy_and_kept(start, content, named):
    server = start("--fabric", "none")
    server.stop()
    store = server.data / "state.redb"
    store.write_bytes(content)
    for command in [["up", "--fabric", "none", "--listen", "127.0.0.1:0"], ["check"]]:
        message = refusal(*command, "--data", server.data)
        assert str(store) in message and named in message and "put back a copy" in message
        assert "bug" not in message and "panicked" not in message
        assert store.read_bytes() == content


def test_ephemeral_takes_no_folder_that_holds_something(tmp_path):
    (tmp_path / "mine").write_text("dear to me")
    assert "not empty" in refusal("up", "--ephemeral", "--fabric", "none", "--data", tmp_path, "--listen", "127.0.0.1:0")
    assert (tmp_path / "mine").read_text() == "dear to me"


@pytest.mark.parametrize(
    "config, line, named",
    [
        ("colour = 1", 1, "`pools`"),
        ("listen = 'localhost'", 1, "localhost:8773"),
        ("quotas = 'azure'", 1, "azure"),
        ("[quotas]\nvpcs = -1", 2, "quotas"),
        ("[quotas]\nvpcs = 1\nmoons = 1", 3, "`elastic_ips`"),
        ("[pools]\nipv4 = '127.0.0.0/8'", 2, "pools.ipv4"),
        ("[pools]\nipv4 = '203.0.113.5/24'", 2, "203.0.113.0/24"),
        ("[pools]\npublic_ipv4 = ['198.51.100.0/24',\n'198.51.100.128/25']", 3, "overlaps"),
        ("[[accounts]]\nid = '12'\naccess_key_id = 'A'\nsecret_access_key = 'tell'", 2, "twelve digits"),
        ("[[accounts]]\nid = '210987654321'\naccess_key_id = 'A'\nsecret_access_key = ''", 4, "empty"),
        ("[[accounts]]\nid = '210987654321'\naccess_key_id = 'A'\nsecret_access_key = hush", 4, "quoted"),
        ("\n[[accounts]]\nid = '210987654321'\naccess_key_id = 'A'\nsecret_access_key = 'tell'" * 2, 8, "A is used twice"),
    ],
)
def test_a_mistake_in_the_configuration_is_named_with_its_line_and_what_helps(tmp_path, config, line, named):
    file = tmp_path / "enid.toml"
    file.write_text(config)
    file.chmod(0o600)
    message = refusal("up", "--config", file, "--data", tmp_path / "data", "--fabric", "none", "--listen", "127.0.0.1:0")
    assert f"{file}: line {line}: " in message and named in message
    assert "tell" not in message and "hush" not in message
    assert not (tmp_path / "data").exists()


def test_a_pool_of_addresses_that_vpcs_have_too_is_warned_of(start, tmp_path):
    file = tmp_path / "enid.toml"
    file.write_text("[pools]\nipv4 = '10.7.0.0/16'\n")
    server = start("--ephemeral", "--fabric", "none", "--config", file)
    assert "VPCs have addresses of 10.0.0.0/8 too" in open(server.log.name).read()


def test_the_server_listens_at_a_name(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    file = tmp_path / "enid.toml"
    file.write_text(f"listen = 'localhost:{port}'\n")
    command = [ENID, "up", "--config", file, "--data", tmp_path / "data", "--fabric", "none", "--ephemeral"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert f"http://127.0.0.1:{port}" in server.stdout.readline()
        socket.create_connection(("127.0.0.1", port)).close()
        server.terminate()


@pytest.mark.parametrize("command", [["env"], ["status"], ["status", "--json"], ["doctor"], ["doctor", "--json"]])
def test_whoever_reads_may_stop_reading(server, command):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([ENID, *command, "--data", server.data], stdout=write, stderr=write, timeout=30)
    os.close(write)
    assert done.returncode == 0


@pytest.mark.parametrize("command, code", [(["env"], 0), (["status"], 1), (["exec", "i-0123456789abcdef0", "true"], 125), (["shell", "x"], 125)])
def test_a_failure_has_its_exit_code_though_nobody_reads_why(start, command, code):
    server = start("--fabric", "none")
    server.stop()
    read, write = os.pipe()
    os.close(read)
    name, *rest = command
    done = subprocess.run([ENID, name, "--data", server.data, *rest], stdout=write, stderr=write, timeout=30)
    os.close(write)
    assert done.returncode == code


def test_colour_is_for_terminals(tmp_path):
    assert "\x1b" not in enid("doctor", "--data", tmp_path).stdout


def test_json_is_json(server):
    assert json.loads(enid("status", "--json", "--data", server.data).stdout)["instances"] == []
    assert {"name", "ok", "required", "detail"} <= json.loads(enid("doctor", "--json", "--data", server.data).stdout)[0].keys()


def test_every_command_that_tells_something_tells_it_as_json(start):
    server = start("--fabric", "none")
    told = json.loads(enid("version", "--json").stdout)
    assert told["version"] in enid("version").stdout and told["api_version"] == "2016-11-15"
    assert enid("--version").stdout == f"enid {told['version']}\n"
    server.stop()
    assert json.loads(enid("check", "--json", "--data", server.data).stdout) == {"rows": 0, "violations": []}
    assert json.loads(enid("down", "--json", "--data", server.data).stdout) == {"instances": [], "namespaces": []}


def test_others_cannot_read_what_is_kept(start):
    server = start("--fabric", "none")
    assert server.data.stat().st_mode & 0o077 == 0
    for name in ["credentials.json", "state.redb", "control.sock"]:
        assert (server.data / name).stat().st_mode & 0o077 == 0, name


@pytest.mark.parametrize("mode, warned", [(0o644, True), (0o600, False)])
def test_a_configuration_with_secrets_that_others_can_read_is_told_of(start, config, mode, warned):
    config.chmod(mode)
    server = start("--fabric", "none", "--config", config)
    assert (f"secret access keys in {config}" in open(server.log.name).read()) == warned


def test_secrets_are_neither_logged_nor_among_the_arguments(start, session):
    server = start("--fabric", "none", "--verbose")
    ec2 = server.client(session)
    ec2.describe_vpcs()
    ec2.create_key_pair(KeyName="mine")
    secret = server.env["AWS_SECRET_ACCESS_KEY"]
    log = open(server.log.name).read()
    assert "DescribeVpcs" in log
    assert secret not in log and "PRIVATE KEY" not in log
    assert secret not in open(f"/proc/{server.process.pid}/cmdline").read()


@pytest.mark.parametrize("args", [[], ["bogus"], ["up", "--fabric", "maybe"], ["up", "--listen", "nowhere"], ["exec", "i-1"]])
def test_usage_mistakes_exit_with_2(args):
    done = enid(*args)
    assert done.returncode == 2 and done.stderr
