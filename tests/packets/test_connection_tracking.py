"""Connections are tracked for as long as their interfaces say."""

import re
import socket

import pytest

from lab import soon

TIMEOUTS = {"TcpEstablishedTimeout": 400, "UdpTimeout": 45, "UdpStreamTimeout": 120}
# Seconds that may be left: at most the timeout, and more than the one that would hold if it did not. A connection has 300 while data
# waits for its acknowledgement, and the kernel's own timeout of a stream is 120.
ASKED = {"tcp": (300, 400), "udp": (30, 45), "udp stream": (45, 120)}
DEFAULTS = {"tcp": (431_000, 432_000), "udp": (0, 30), "udp stream": (120, 180)}

CONNECT = """
import socket, sys
address, port = sys.argv[1], int(sys.argv[2])
connection = socket.create_connection((address, 80), source_address=("", port))
print("ready", flush=True)
while connection.recv(99):
    pass
"""
ECHO = """
import socket, sys
own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
own.bind((sys.argv[1], 7))
print("ready", flush=True)
while True:
    own.sendto(*own.recvfrom(99))
"""
ASK = """
import socket, sys
own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
own.settimeout(5)
own.bind(("", int(sys.argv[2])))
own.sendto(b"?", (sys.argv[1], 7))
own.recv(99)
"""


def left(lab, protocol, sender, receiver, port):
    """For how many seconds the VPC will remember the flow if nothing more is heard of it."""
    family = "ipv6" if ":" in sender else "ipv4"
    flow = ("-p", protocol, "--orig-src", sender, "--orig-dst", receiver, "--orig-port-src", str(port))
    listed = lab.namespace("conntrack", "-L", "-f", family, *flow)
    (seconds,) = re.findall(rf"^{protocol} +\d+ (\d+) ", listed, re.MULTILINE)
    return int(seconds)


def within(expected, kind, *flow):
    least, most = expected[kind]
    return least < left(flow[0], kind.split()[0], *flow[1:]) <= most


def serve(instance):
    """Lets an instance answer by TCP and UDP."""
    instance.answer(instance.address)
    assert instance.start("python3", "-c", ECHO, instance.address).stdout.readline() == "ready\n"


def connect(sender, address, port):
    """Opens a connection that stays."""
    assert sender.start("python3", "-c", CONNECT, address, str(port)).stdout.readline() == "ready\n"


def begin(sender, receiver, expected, port=5000):
    """Begins a flow of each kind from one instance to another, which must be remembered for so long."""
    flow = (sender.lab, sender.address, receiver.address, port)
    connect(sender, receiver.address, port)
    assert soon(lambda: within(expected, "tcp", *flow))

    def ask():
        sender.run("python3", "-c", ASK, receiver.address, str(port))
        return True

    assert ask() and within(expected, "udp", *flow)
    # Linux takes a flow for a stream when it goes on for two seconds.
    assert soon(lambda: ask() and within(expected, "udp stream", *flow))


def at_launch(lab):
    return lab.launch("10.0.0.10", ConnectionTrackingSpecification=TIMEOUTS)


def created(lab):
    members = {"SubnetId": lab.subnet, "Groups": [lab.open], "PrivateIpAddress": "10.0.0.10"}
    made = lab.ec2.create_network_interface(**members, ConnectionTrackingSpecification=TIMEOUTS)
    return lab.launch_with({"NetworkInterfaceId": made["NetworkInterface"]["NetworkInterfaceId"]})


def modified(lab):
    instance = lab.launch("10.0.0.10")
    modify(instance, TIMEOUTS)
    return instance


def modify(instance, timeouts):
    instance.lab.ec2.modify_network_interface_attribute(
        NetworkInterfaceId=instance.interface, ConnectionTrackingSpecification=timeouts
    )


@pytest.mark.parametrize("given", [at_launch, created, modified], ids=lambda given: given.__name__)
def test_timeouts_of_an_interface_hold_for_its_flows_and_no_others(lab, given):
    lab = lab()
    instance, neighbour, other = given(lab), lab.launch("10.0.0.20"), lab.launch("10.0.0.30")
    serve(instance)
    serve(other)
    begin(instance, other, ASKED)
    begin(neighbour, instance, ASKED)
    begin(neighbour, other, DEFAULTS, port=5001)


def test_a_flow_between_two_interfaces_has_the_timeouts_of_the_one_that_began_it(lab):
    lab = lab()
    one = lab.launch("10.0.0.10", ConnectionTrackingSpecification=TIMEOUTS)
    two = lab.launch("10.0.0.20", ConnectionTrackingSpecification={"TcpEstablishedTimeout": 600})
    serve(one)
    serve(two)
    begin(one, two, ASKED)
    # It says nothing of UDP, but the other one does.
    begin(two, one, ASKED | {"tcp": (400, 600)})


def test_a_change_of_timeouts_holds_for_new_flows(lab):
    lab = lab()
    instance, other = lab.launch("10.0.0.10", ConnectionTrackingSpecification=TIMEOUTS), lab.launch("10.0.0.20")
    serve(other)
    begin(instance, other, ASKED)
    modify(instance, {"TcpEstablishedTimeout": 3000, "UdpTimeout": 60, "UdpStreamTimeout": 170})
    begin(instance, other, {"tcp": (400, 3000), "udp": (45, 60), "udp stream": (120, 170)}, port=5001)
    # What is not said any more is as if it never had been.
    modify(instance, {"UdpTimeout": 60})
    begin(instance, other, DEFAULTS | {"udp": (30, 60)}, port=5002)


def test_timeouts_hold_for_ipv6(lab):
    lab = lab(ipv6=True)
    instance, other = lab.launch("10.0.0.10", ipv6=1, ConnectionTrackingSpecification=TIMEOUTS), lab.launch("10.0.0.20", ipv6=1)
    (own,), (others,) = instance.ipv6, other.ipv6
    other.answer(others)
    connect(instance, others, 5000)
    assert soon(lambda: within(ASKED, "tcp", lab, own, others, 5000))


def test_timeouts_hold_for_flows_from_the_internet(lab):
    lab = lab()
    instance = lab.launch("10.0.0.10", ConnectionTrackingSpecification=TIMEOUTS)
    instance.answer(instance.address)
    with socket.create_connection((lab.elastic(instance.interface, instance.address), 80), timeout=5) as connection:
        assert connection.recv(99).decode().strip() == instance.id
        host, port = connection.getsockname()
        assert soon(lambda: within(ASKED, "tcp", lab, host, instance.address, port))
