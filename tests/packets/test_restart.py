"""The server may stop, or be killed, and start again while packets flow: the network does not depend on it."""

import signal

import pytest

from lab import answers


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
