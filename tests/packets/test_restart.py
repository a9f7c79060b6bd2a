"""The server may stop, or be killed, and start again while packets flow: the network does not depend on it."""

import json
import os
import signal
import urllib.request

import pytest

from lab import answers, soon
from servers import ENID


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_restart_in_the_middle_of_a_flow_loses_no_packet(host, start, session, lab, flow, how):
    server = start("--fabric", "require")
    lab = lab(server=server, ec2=server.client(session))
    first, standby = lab.launch("10.0.0.10", secondary=["10.0.0.100"]), lab.launch("10.0.0.20")
    public = lab.elastic(first.interface, "10.0.0.100")
    for instance in (first, standby):
        instance.add("10.0.0.100/24")
        flow.receive(instance, "10.0.0.100")
    flow.send(public)
    assert answers(public, count=3)
    server.process.send_signal(how)
    assert server.process.wait(timeout=30) == (0 if how == signal.SIGTERM else -how)
    assert answers(public, count=3)
    again = start("--fabric", "require", data=server.data)
    # The server that took over is in charge.
    again.client(session).assign_private_ip_addresses(
        NetworkInterfaceId=standby.interface, PrivateIpAddresses=["10.0.0.100"], AllowReassignment=True
    )
    assert answers(public, count=3)
    sent, (before, after) = flow.end()
    assert before and after
    assert sorted(before + after) == list(range(sent))


def test_a_server_in_the_background_returns_once_the_network_is_complete(host, start, session, lab):
    server = start("--fabric", "require")
    lab = lab(server=server, ec2=server.client(session))
    public = lab.elastic(lab.launch("10.0.0.10").interface, "10.0.0.10")
    assert answers(public)
    server.stop()
    host("ip", "route", "del", f"{public}/32")
    lab.namespace("nft", "flush", "ruleset")
    assert not answers(public)
    up = [ENID, "up", "--data", server.data, "--fabric", "require", "--listen", "127.0.0.1:0", "--wait=30", "--json"]
    told = json.loads(host(*up))
    assert answers(public)
    with urllib.request.urlopen(told["url"] + "/health") as health:
        assert json.load(health)["fabric"]["state"] == "programmed"
    os.kill(told["pid"], signal.SIGTERM)
    assert soon(lambda: not (server.data / "server.json").exists()) and answers(public)


def test_what_was_answered_just_before_a_kill_is_in_the_network_after_it(host, start, session, lab):
    server = start("--fabric", "require")
    lab = lab(server=server, ec2=server.client(session))
    asker, holder = lab.launch("10.0.0.10"), lab.launch("10.0.0.20")
    lab.ec2.meta.events.unregister("after-call.ec2", unique_id="settle")
    for last in range(100, 105):
        lab.ec2.assign_private_ip_addresses(NetworkInterfaceId=holder.interface, PrivateIpAddresses=[f"10.0.0.{last}"])
        server.process.kill()
        server.process.wait()
        server = start("--fabric", "require", data=server.data)
        lab.ec2 = server.client(session)
        holder.add(f"10.0.0.{last}/24")
        assert soon(lambda: asker.pings(f"10.0.0.{last}"))


def test_what_broke_while_no_server_ran_is_mended_at_the_start(host, start, session, lab):
    server = start("--fabric", "require")
    lab = lab(server=server, ec2=server.client(session))
    asker, other = lab.launch("10.0.0.10"), lab.launch("10.0.0.20")
    public = lab.elastic(asker.interface, "10.0.0.10")
    assert answers(public) and asker.pings("10.0.0.20")
    server.stop()
    host("ip", "route", "del", f"{public}/32")
    lab.namespace("ip", "route", "flush", "table", "200")
    lab.namespace("ip", "route", "add", "10.0.0.99/32", "dev", "igw", "table", "200")
    lab.namespace("nft", "flush", "ruleset")
    assert not answers(public)
    start("--fabric", "require", data=server.data)
    assert soon(lambda: answers(public))
    assert soon(lambda: asker.pings("10.0.0.20"))
    # What is too much is taken away too.
    assert soon(lambda: "10.0.0.99" not in lab.namespace("ip", "route", "show", "table", "200"))


def switch_off(server, instance):
    """Ends an instance as a machine that loses its power."""
    os.kill(json.loads((server.data / "instances" / instance.id / "running.json").read_text())["pid"], signal.SIGKILL)


def test_an_instance_that_ended_by_itself_is_stopped_and_starts_again(lab):
    lab = lab()
    asker, instance = lab.launch("10.0.0.10"), lab.launch("10.0.0.20")
    switch_off(lab.server, instance)
    lab.await_state(instance.id, "stopped")
    assert not asker.pings("10.0.0.20")
    lab.ec2.start_instances(InstanceIds=[instance.id])
    lab.await_state(instance.id, "running")
    assert asker.pings("10.0.0.20")


def test_an_instance_that_ended_while_no_server_ran_is_booted_at_the_start_as_after_a_power_cut(start, session, lab):
    server = start("--fabric", "require")
    lab = lab(server=server, ec2=server.client(session))
    asker, instance = lab.launch("10.0.0.10"), lab.launch("10.0.0.20")
    server.stop()
    switch_off(server, instance)
    start("--fabric", "require", data=server.data)
    assert soon(lambda: instance.run("echo", "here", check=False) == "here\n")
    assert asker.pings("10.0.0.20")


def test_a_running_instance_can_be_ended_by_itself_and_by_the_api_at_once(lab):
    lab = lab()
    instance = lab.launch("10.0.0.10")
    switch_off(lab.server, instance)
    lab.ec2.terminate_instances(InstanceIds=[instance.id])
    lab.await_state(instance.id, "terminated")
