"""What is asked for in quick succession, or when the server ends, happens all the same."""

import os
import subprocess
import time

from servers import ENID

SECONDS_MAX = 20


def states(ec2):
    return {i["InstanceId"]: i["State"]["Name"] for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]}


def come_to(ec2, state):
    deadline = time.monotonic() + SECONDS_MAX
    while set(states(ec2).values()) != {state}:
        assert time.monotonic() < deadline, states(ec2)
        time.sleep(0.05)


def launch(ec2, count, **more):
    image = ec2.describe_images()["Images"][0]["ImageId"]
    launched = ec2.run_instances(ImageId=image, MinCount=count, MaxCount=count, **more)["Instances"]
    return [instance["InstanceId"] for instance in launched]


def processes_of(data):
    """The processes that run for a data folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if str(data) in open(f"/proc/{pid}/cmdline").read():
                found.append(pid)
        except OSError:
            pass
    return found


def pid_1(server, instance):
    return (server.data / "instances" / instance / "running.json").read_text()


def test_what_is_launching_when_the_server_ends_runs_under_the_next(host, start, session):
    server = start("--fabric", "require")
    instances = launch(server.client(session), 40)
    server.stop()
    ec2 = start("--fabric", "require", data=server.data).client(session)
    come_to(ec2, "running")
    assert sorted(states(ec2)) == sorted(instances)


def test_nothing_is_left_of_an_ephemeral_server_that_ends_while_instances_launch(host, start, session):
    server = start("--fabric", "require", "--ephemeral")
    launch(server.client(session), 12)
    server.stop()
    assert not server.data.exists()
    assert processes_of(server.data) == []


def test_a_reboot_asked_for_just_before_a_kill_happens(host, start, session):
    server = start("--fabric", "require")
    ec2 = server.client(session)
    [instance] = launch(ec2, 1)
    come_to(ec2, "running")
    first = pid_1(server, instance)
    ec2.reboot_instances(InstanceIds=[instance])
    server.process.kill()
    server.process.wait()
    start("--fabric", "require", data=server.data)
    deadline = time.monotonic() + SECONDS_MAX
    while not (server.data / "instances" / instance / "running.json").exists() or pid_1(server, instance) == first:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_terminating_at_once_what_was_launched_leaves_nothing_running(host, server, ec2):
    ec2.terminate_instances(InstanceIds=launch(ec2, 12))
    come_to(ec2, "terminated")
    assert processes_of(server.data / "instances") == []


def test_an_instance_that_shuts_down_as_soon_as_it_boots_does_not_come_back(host, server, ec2):
    launch(ec2, 4, UserData="#!/bin/sh\nkill -TERM 1\n", InstanceInitiatedShutdownBehavior="terminate")
    come_to(ec2, "terminated")


def test_stopping_what_is_shutting_itself_down_ends_stopped(host, server, ec2):
    instances = launch(ec2, 6)
    come_to(ec2, "running")
    inside = [subprocess.Popen([ENID, "exec", "--data", server.data, i, "--", "kill", "-TERM", "1"]) for i in instances]
    for instance in instances:
        ec2.stop_instances(InstanceIds=[instance])
    for process in inside:
        process.wait()
    come_to(ec2, "stopped")
    ec2.start_instances(InstanceIds=instances)
    come_to(ec2, "running")


def test_nothing_is_kept_of_an_instance_whose_end_was_committed_just_before_a_kill(host, start, session):
    server = start("--fabric", "require")
    ec2 = server.client(session)
    [instance] = launch(ec2, 1, UserData="#!/bin/sh\n")
    come_to(ec2, "running")
    stored = server.data / "instances" / instance
    kept = {path.name: path.read_bytes() for path in stored.iterdir() if path.name != "running.json"}
    ec2.terminate_instances(InstanceIds=[instance])
    come_to(ec2, "terminated")
    server.process.kill()
    server.process.wait()
    stored.mkdir(exist_ok=True)
    for name, content in kept.items():
        (stored / name).write_bytes(content)
    start("--fabric", "require", data=server.data)
    assert not stored.exists()
