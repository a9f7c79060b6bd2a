"""What one instance can take of what all of a VPC share: the memory for fragments, the kernel's table of neighbours."""

import re

import pytest

from host import run
from lab import soon

# First fragments of packets whose rest never comes, as fast as they can be sent.
FLOOD = """
import itertools, socket, struct, sys
family, source, target = (socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET), *sys.argv[1:]
rest = bytes(1400)
if family == socket.AF_INET:
    flood = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
    head = lambda number: struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(rest), number % 65535 + 1, 0x2000, 64, 17, 0,
                                      socket.inet_aton(source), socket.inet_aton(target))
else:
    flood = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_FRAGMENT)
    flood.bind((source, 0))
    head = lambda number: struct.pack("!BBHI", 17, 0, 1, number)
print("ready", flush=True)
for number in itertools.count():
    try:
        flood.sendto(head(number) + rest, (target, 0))
    except OSError:
        pass
    if number == 50_000:
        print("flooded", flush=True)
"""


# Asks for routers, with its Ethernet address, as soon as it has an address to ask from.
SOLICIT = """
import socket, struct, time
ask = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
ask.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
for _ in range(200):
    try:
        ask.sendto(struct.pack("!BBHI", 133, 0, 0, 0) + bytes([1, 1, 2, 0, 0, 0, 0, 1]), ("ff02::2", 0, 0, socket.if_nametoindex("eth0")))
        break
    except OSError:
        time.sleep(0.05)
else:
    raise SystemExit("no address to ask from")
"""


def lab_namespace(lab, *command):
    """What a command prints in the VPC's namespace."""
    return run("nsenter", f"--net={lab.server.data}/netns/{lab.vpc}", *command)


@pytest.mark.parametrize("family", ["IPv4", "IPv6"])
def test_large_pings_of_others_pass_while_an_instance_floods_first_fragments(lab, family):
    lab = lab(ipv6=True)
    flooder, asker, answerer = lab.launch("10.0.0.10"), lab.launch("10.0.0.20"), lab.launch("10.0.0.30")
    addresses = {}
    for instance in (flooder, asker, answerer):
        # Frames of the usual size, so that 3,000 bytes are several.
        instance.run("ip", "link", "set", "eth0", "mtu", "1500")
        addresses[instance] = instance.address
        if family == "IPv6":
            [addresses[instance]] = lab.ec2.assign_ipv6_addresses(NetworkInterfaceId=instance.interface, Ipv6AddressCount=1)["AssignedIpv6Addresses"]
            instance.add(f"{addresses[instance]}/128")
            instance.run("ip", "-6", "route", "replace", "default", "via", "fe80::1", "dev", "eth0")
    large = ["ping", "-q", "-n", "-s", "3000", "-c", "30", "-i", "0.02", "-W", "2", addresses[answerer]]
    assert " 0% packet loss" in asker.run(*large)
    flood = flooder.start("python3", "-c", FLOOD, addresses[flooder], addresses[answerer])
    assert flood.stdout.readline() == "ready\n" and flood.stdout.readline() == "flooded\n"
    assert " 0% packet loss" in asker.run(*large)
    assert flood.poll() is None
    flood.kill()
    # Not because the flood was too slow.
    rules = lab_namespace(lab, "nft", "list", "chain", "inet", "enid", "reassembly").splitlines()
    [dropped] = [int(re.search(r"packets (\d+)", rule)[1]) for rule in rules if f"too many fragments: {family} [" in rule]
    assert dropped > 0
    # What waits for its rest waits a second and not half a minute.
    waiting = lambda: lab_namespace(lab, "cat", "/proc/net/sockstat", "/proc/net/sockstat6")
    assert soon(lambda: all("FRAG" not in line or "inuse 0" in line for line in waiting().splitlines())), waiting()
    # And the flooder itself, a little later.
    assert soon(lambda: " 0% packet loss" in flooder.run(*large, check=False))


def test_instances_that_start_take_no_place_in_the_table_of_neighbours_of_all(lab):
    lab = lab(ipv6=True)
    instances = [lab.launch(f"10.0.0.{number}") for number in range(10, 15)]
    for instance in instances:
        # As every Linux does when its link comes up, and again while nobody answers.
        instance.run("python3", "-c", SOLICIT)
    entries = lab_namespace(lab, "ip", "-6", "neighbour", "show", "nud", "all").splitlines()
    assert len([entry for entry in entries if "PERMANENT" in entry]) >= len(instances)
    # Multicast needs no neighbour, and its entries are the first to go.
    assert [entry for entry in entries if "PERMANENT" not in entry and not entry.startswith("ff")] == []
