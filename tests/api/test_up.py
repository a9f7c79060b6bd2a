"""How a server starts, is waited for, tells how it is, and ends."""

import http.client
import json
import os
import pathlib
import pty
import signal
import socket
import subprocess
import time

import pytest

from servers import ENID


def enid(*args, **options):
    return subprocess.run([ENID, *map(str, args)], capture_output=True, text=True, timeout=60, **options)


@pytest.fixture
def detached(tmp_path):
    """Starts a server in the background, and ends it with the test."""
    pids = []

    def up(*flags, **options):
        done = enid("up", "--data", tmp_path / "data", "--fabric", "none", "--listen", "127.0.0.1:0", "--detach", *flags, **options)
        if done.returncode == 0:
            pids.append(json.loads((tmp_path / "data" / "server.json").read_text())["pid"])
        return done

    yield up
    for pid in pids:
        end(pid)


def end(pid, how=signal.SIGTERM):
    """Ends a process that is no child of this one."""
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        return
    deadline = time.monotonic() + 30
    while is_there(pid):
        assert time.monotonic() < deadline, f"{pid} does not end"
        time.sleep(0.02)


def is_there(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ask(server, method="GET", path="/health", **options):
    """An HTTP request without a signature."""
    connection = http.client.HTTPConnection(server.env["AWS_ENDPOINT_URL_EC2"].removeprefix("http://"), timeout=10)
    connection.request(method, path, **options)
    answer = connection.getresponse()
    return answer, answer.read().decode()


def test_a_detached_server_serves_once_the_command_returns(detached, tmp_path, session):
    done = detached()
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("enid listens on http://127.0.0.1:") and done.stdout.count("enid listens") == 1
    found = json.loads((tmp_path / "data" / "server.json").read_text())
    # It is of no terminal, and holds none of the caller's files.
    stat = pathlib.Path(f"/proc/{found['pid']}/stat").read_text().rsplit(")", 1)[1].split()
    assert stat[3] == str(found["pid"]) and stat[4] == "0"
    log = tmp_path / "data" / "server.log"
    assert {os.readlink(f"/proc/{found['pid']}/fd/{each}") for each in (1, 2)} == {str(log)}
    assert log.stat().st_mode & 0o077 == 0
    env = json.loads(enid("env", "--json", "--data", tmp_path / "data").stdout)
    ec2 = session.client(
        "ec2",
        endpoint_url=env["AWS_ENDPOINT_URL_EC2"],
        region_name=env["AWS_REGION"],
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
    )
    assert len(ec2.describe_vpcs()["Vpcs"]) == 1


@pytest.mark.parametrize("flags", [["--detach"], ["--wait"], ["--wait=5"]])
def test_a_server_that_cannot_start_in_the_background_says_why(tmp_path, server, flags):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = "127.0.0.1:%d" % taken.getsockname()[1]
        done = enid("up", "--data", tmp_path / "new", "--fabric", "none", "--listen", listen, *flags)
    assert done.returncode == 1 and done.stdout == ""
    assert f"cannot listen on {listen}" in done.stderr and done.stderr.count("\n") == 1


def test_a_detached_server_tells_where_it_is_as_json(detached, tmp_path):
    told = json.loads(detached("--json", "--wait").stdout)
    found = json.loads((tmp_path / "data" / "server.json").read_text())
    assert told["pid"] == found["pid"] and told["url"] == f"http://{found['listen']}"
    assert told["data"] == str(tmp_path / "data") and told["log"] == str(tmp_path / "data" / "server.log")


def test_a_detached_server_that_keeps_nothing_leaves_nothing(tmp_path):
    done = enid("up", "--ephemeral", "--fabric", "none", "--listen", "127.0.0.1:0", "--detach", "--json", env={**os.environ, "TMPDIR": str(tmp_path)})
    told = json.loads(done.stdout)
    assert pathlib.Path(told["log"]).exists()
    end(told["pid"])
    assert list(tmp_path.iterdir()) == []


def test_env_waits_for_a_server_that_is_about_to_start(start, tmp_path):
    data = tmp_path / "later"
    waiting = subprocess.Popen([ENID, "env", "--data", data, "--json", "--wait=20"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert not data.exists()
    server = start("--fabric", "none", data=data)
    out, err = waiting.communicate(timeout=30)
    assert waiting.returncode == 0 and err == ""
    assert json.loads(out) == server.env


def test_env_says_when_no_server_came_in_time(tmp_path):
    done = enid("env", "--data", tmp_path / "never", "--wait=1")
    assert done.returncode == 1 and done.stdout == ""
    assert "no server serves" in done.stderr and "after 1 s" in done.stderr
    assert enid("env", "--wait=0").returncode == 2


def test_health_needs_no_signature_and_tells_how_the_server_is(server):
    answer, body = ask(server)
    health = json.loads(body)
    assert answer.status == 200 and answer.headers["content-type"] == "application/json"
    assert health["status"] == "serving" and health["api_version"] == "2016-11-15" and health["version"].count(".") == 2
    assert health["fabric"]["state"] == "none"
    answer, body = ask(server, "HEAD")
    assert answer.status == 200 and body == ""


def test_health_is_not_mixed_up_with_the_api(server, session):
    # What is asked of the API there is refused as everywhere: it has no signature.
    for method, path in [("POST", "/health"), ("GET", "/?health"), ("GET", "/"), ("GET", "/health/"), ("GET", "/Health")]:
        answer, body = ask(server, method, path, body="Action=DescribeVpcs&Version=2016-11-15" if method == "POST" else None)
        assert answer.status in (400, 401, 403) and "<Response>" in body, (method, path)
    # What stands in the query is nobody's request.
    answer, body = ask(server, path="/health?Action=TerminateInstances")
    assert answer.status == 200 and json.loads(body)["status"] == "serving"
    assert len(server.client(session).describe_vpcs()["Vpcs"]) == 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP])
def test_a_signal_to_end_ends_the_server_with_a_word(start, how):
    server = start("--fabric", "none")
    server.process.send_signal(how)
    assert server.process.wait(timeout=30) == 0
    assert f"enid ends, as {how.name} asks." in open(server.log.name).read()
    # It closed what it keeps.
    assert not (server.data / "server.json").exists()


@pytest.mark.parametrize("how", [signal.SIGUSR1, signal.SIGUSR2])
def test_a_signal_that_asks_is_answered_with_a_line(start, session, how):
    server = start("--fabric", "none")
    image = server.client(session).describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    server.client(session).run_instances(ImageId=image, InstanceType="t3.micro", MinCount=2, MaxCount=2)
    server.process.send_signal(how)
    deadline = time.monotonic() + 20
    while "2 instances" not in open(server.log.name).read():
        assert time.monotonic() < deadline and server.process.poll() is None
        time.sleep(0.02)
    server.process.send_signal(signal.SIGPIPE)
    assert len(server.client(session).describe_vpcs()["Vpcs"]) == 1


def test_a_hangup_opens_a_detached_server_s_log_anew(detached, tmp_path):
    detached()
    data = tmp_path / "data"
    pid = json.loads((data / "server.json").read_text())["pid"]
    (data / "server.log").rename(data / "old.log")
    os.kill(pid, signal.SIGHUP)
    deadline = time.monotonic() + 20
    while not (data / "server.log").exists():
        assert time.monotonic() < deadline and is_there(pid)
        time.sleep(0.02)
    end(pid)
    assert "SIGTERM" in (data / "server.log").read_text()


def test_in_the_background_of_a_terminal_the_first_lines_do_not_go_into_the_prompt(tmp_path):
    """As `enid up &` typed at an interactive shell."""
    shell, terminal = pty.openpty()
    bash = subprocess.Popen(
        ["bash", "--norc", "-i"], stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True, env={**os.environ, "PS1": "PROMPT> "}
    )
    os.close(terminal)

    def read_until(word):
        seen = b""
        while word not in seen:
            seen += os.read(shell, 4096)
        return seen.decode()

    try:
        read_until(b"PROMPT> ")
        command = f"{ENID} up --data {tmp_path}/data --fabric none --listen 127.0.0.1:0 & server=$!\n"
        os.write(shell, command.encode())
        seen = read_until(b"describe-vpcs")
        lines = [line.strip("\r") for line in seen.splitlines()]
        assert seen.count("enid listens on") == 1
        assert any(line.startswith("enid listens on") for line in lines), seen
        assert "To use it:" in lines
    finally:
        os.write(shell, b"kill $server; wait; exit\n")
        bash.wait(timeout=30)
        os.close(shell)
