"""What the server bears: a terminal that is gone, a folder that is not its own, long values, a full disk."""

import contextlib
import resource
import socket
import subprocess
import urllib.parse

import botocore.exceptions
import pytest

from servers import ENID, Server


def test_a_terminal_that_is_gone_fails_no_request(tmp_path, session):
    reading, writing = socket.socketpair()
    process = subprocess.Popen(
        [ENID, "up", "--ephemeral", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--fabric", "none", "--verbose"],
        stdout=writing,
        stderr=writing,
    )
    writing.close()
    reading.recv(1)
    reading.close()
    try:
        server = Server.__new__(Server)
        server.data, server.process = tmp_path / "data", process
        server.env = server._wait()
        assert len(server.client(session).describe_vpcs()["Vpcs"]) == 1
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0


def test_a_folder_of_others_is_refused_and_left_as_it_is(tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "theirs").touch()
    done = subprocess.run([ENID, "up", "--data", tmp_path, "--fabric", "none"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and "choose another folder" in done.stderr
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    assert [path.name for path in tmp_path.iterdir()] == ["theirs"]


def test_long_filter_values_keep_nobody_waiting(ec2):
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    for number in range(50):
        ec2.create_security_group(GroupName=f"group-{number}", Description="x" * 200, VpcId=vpc)
    # Tried one way after the other, these would take longer than anyone waits.
    found = ec2.describe_security_groups(Filters=[{"Name": "description", "Values": ["*x" * 126 + "a"] * 200}])
    assert found["SecurityGroups"] == []


def test_a_full_disk_ends_the_server_and_loses_nothing_that_was_acknowledged(start, session):
    # With Python's own signal settings, under which a write beyond the limit below fails instead of ending the process.
    server = start("--fabric", "none", restore_signals=False)
    ec2 = server.client(session)
    ec2.describe_vpcs()
    acknowledged = []
    size_max = (server.data / "state.redb").stat().st_size + 500_000
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size_max, size_max))
    with pytest.raises((botocore.exceptions.EndpointConnectionError, botocore.exceptions.HTTPClientError)):
        for number in range(1000):
            made = ec2.create_launch_template(LaunchTemplateName=f"full-{number}", LaunchTemplateData={"UserData": "QUFB" * 5000})
            acknowledged.append(made["LaunchTemplate"]["LaunchTemplateName"])
    assert server.process.wait(timeout=30) == 70
    assert "cannot write the data folder" in open(server.log.name).read()
    kept = start("--fabric", "none", data=server.data).client(session).describe_launch_templates()["LaunchTemplates"]
    assert {template["LaunchTemplateName"] for template in kept} >= set(acknowledged) and len(acknowledged) > 1


def test_a_server_takes_as_many_descriptors_as_it_may_and_bears_few(start, session):
    server = start("--ephemeral", "--fabric", "none")
    [limits] = [line for line in open(f"/proc/{server.process.pid}/limits") if line.startswith("Max open files")]
    soft, hard = limits.split()[3:5]
    assert soft == hard
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (100, 100))
    address = urllib.parse.urlsplit(server.env["AWS_ENDPOINT_URL_EC2"])
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(socket.create_connection((address.hostname, address.port), timeout=10))
        assert len(server.client(session).describe_vpcs()["Vpcs"]) == 1
