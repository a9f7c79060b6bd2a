"""What someone deletes by hand comes back."""

import os

import pytest

from lab import answers, soon


def of_host(lab):
    """The host's end of the VPC's internet gateway."""
    return "enid-" + lab.vpc.removeprefix("vpc-")[:10]


# How to break what packets need, and with what: each takes the Elastic IP away.
BREAKS = {
    "a route of the host": lambda lab, public, host: host("ip", "route", "del", f"{public}/32"),
    "all routes of addresses": lambda lab, public, host: lab.namespace("ip", "route", "flush", "table", "200"),
    "the rule that finds addresses": lambda lab, public, host: lab.namespace("ip", "rule", "del", "pref", "200"),
    "an element of the Elastic IPs": lambda lab, public, host: lab.namespace(
        "nft", "delete", "element", "inet", "enid", "elastic_in", f"{{ {public} : 10.0.0.10 }}"
    ),
    "all rules": lambda lab, public, host: lab.namespace("nft", "flush", "ruleset"),
    "the link to the internet": lambda lab, public, host: host("ip", "link", "del", of_host(lab)),
    "the host's own link": lambda lab, public, host: host("ip", "link", "del", "enid0"),
    "the link being up": lambda lab, public, host: host("ip", "link", "set", of_host(lab), "down"),
}


@pytest.mark.parametrize("what", BREAKS)
def test_what_is_deleted_by_hand_comes_back(lab, host, what):
    lab = lab()
    instance = lab.launch("10.0.0.10")
    public = lab.elastic(instance.interface, "10.0.0.10")
    assert answers(public)
    BREAKS[what](lab, public, host)
    assert soon(lambda: answers(public), seconds=10), f"{what} did not come back"


def test_an_interface_s_link_comes_back_with_what_the_guest_had_at_boot(lab):
    lab = lab()
    asker, instance = lab.launch("10.0.0.10"), lab.launch("10.0.0.20")
    public = lab.elastic(instance.interface, "10.0.0.20")
    # Twice: what is remembered of the link that went must not be taken for the one that came.
    for _ in range(2):
        assert asker.pings("10.0.0.20")
        lab.namespace("ip", "link", "del", "e" + instance.interface.removeprefix("eni-")[:14])
        assert soon(lambda: asker.pings("10.0.0.20"), seconds=10)
        # By way of the default route.
        assert soon(lambda: answers(public))


def test_a_vpc_s_namespace_comes_back_with_all_that_is_in_it(lab, host):
    lab = lab()
    asker, instance = lab.launch("10.0.0.10"), lab.launch("10.0.0.20")
    public = lab.elastic(instance.interface, "10.0.0.20")
    assert answers(public)
    namespace = lab.server.data / "netns" / lab.vpc
    host("umount", "-l", str(namespace))
    # The timer finds it: nothing tells of mounts.
    assert soon(lambda: os.path.ismount(namespace), seconds=60)
    assert soon(lambda: answers(public))
    assert soon(lambda: asker.pings("10.0.0.20"))


def test_an_instance_whose_namespace_came_back_can_be_rebooted_into_it(lab, host):
    lab = lab()
    instance = lab.launch("10.0.0.20")
    public = lab.elastic(instance.interface, "10.0.0.20")
    namespace = lab.server.data / "netns" / instance.id
    host("umount", "-l", str(namespace))
    assert soon(lambda: os.path.ismount(namespace), seconds=60)
    before = instance.run("readlink", "/proc/1/ns/pid")
    lab.ec2.reboot_instances(InstanceIds=[instance.id])
    rebooted = lambda: instance.run("readlink", "/proc/1/ns/pid", check=False) not in ("", before)
    assert soon(rebooted)
    assert soon(lambda: answers(public))
    assert "127.0.0.1" in instance.run("ip", "address", "show", "up", "dev", "lo")
