"""Reboots and shutdowns, asked for inside and by the API: which is which, and what is left of what the guest had made."""

import json
import os
import re
import signal

import pytest

from lab import answers, soon


def boot_of(instance):
    """What tells one boot from another; nothing while there is none."""
    # When its pid 1 began. The numbers of namespaces are given out again.
    return "".join(instance.run("cat", "/proc/1/stat", check=False).split()[21:22])


def reboots(instance, by):
    """Whether the instance comes up again after this."""
    before = boot_of(instance)
    assert before
    by()
    return soon(lambda: boot_of(instance) not in ("", before), seconds=30)


def console(lab, instance):
    return lab.ec2.get_console_output(InstanceId=instance.id)["Output"]


def state(lab, instance):
    return lab.ec2.describe_instances(InstanceIds=[instance.id])["Reservations"][0]["Instances"][0]["State"]["Name"]


def launch(lab, address, **more):
    """An instance whose launch has these parameters."""
    launched = lab.ec2.run_instances(
        ImageId=lab.image, InstanceType="m5.large", MinCount=1, MaxCount=1, SubnetId=lab.subnet, PrivateIpAddress=address,
        SecurityGroupIds=[lab.open], **more,
    )["Instances"][0]
    lab.await_state(launched["InstanceId"], "running")
    return lab.instance(launched["InstanceId"])


RESTART = "import ctypes; ctypes.CDLL(None).reboot(0x01234567)"
POWER_OFF = "import ctypes; ctypes.CDLL(None).reboot(0x4321fedc)"


@pytest.mark.parametrize("command", [["reboot"], ["shutdown", "-r", "now"], ["python3", "-c", RESTART]], ids=["reboot", "shutdown -r", "reboot(2)"])
def test_a_reboot_inside_is_a_reboot_whatever_a_shutdown_would_do(lab, command):
    lab = lab()
    asker = lab.launch("10.0.0.10")
    behaviour = "InstanceInitiatedShutdownBehavior"
    instance = launch(lab, "10.0.0.20", UserData="#!/bin/sh\necho first boot\n", **{behaviour: "terminate"})
    public = lab.elastic(instance.interface, "10.0.0.20")
    for _ in range(2):
        assert reboots(instance, lambda: instance.run(*command, check=False))
        assert state(lab, instance) == "running"
        assert asker.pings("10.0.0.20") and answers(public)
    assert console(lab, instance).count("first boot") == 1


@pytest.mark.parametrize("behaviour, end", [("stop", "stopped"), ("terminate", "terminated")])
@pytest.mark.parametrize("command", [["poweroff"], ["halt"], ["shutdown", "-h", "now"], ["python3", "-c", POWER_OFF]], ids=lambda command: command[0])
def test_a_shutdown_inside_does_what_its_behaviour_says(lab, command, behaviour, end):
    lab = lab()
    instance = launch(lab, "10.0.0.20", InstanceInitiatedShutdownBehavior=behaviour)
    instance.run(*command, check=False)
    lab.await_state(instance.id, end)
    found = lab.ec2.describe_instances(InstanceIds=[instance.id])["Reservations"][0]["Instances"][0]
    assert found["StateReason"]["Code"] == "Client.InstanceInitiatedShutdown"


def seen(instance):
    """The whole network of a guest, but for what tells one boot from another and what the host's load makes of it."""
    shown = "ip -brief address; ip -4 route show table all; ip rule; ip -6 rule; nft list ruleset; sysctl -n net.ipv4.ip_forward net.ipv4.conf.eth0.rp_filter"
    # The number of the other end is the kernel's to choose.
    return sorted(re.sub("@if[0-9]+ *", " ", line) for line in instance.run("sh", "-c", shown).splitlines())


def by_api(lab, instance):
    assert reboots(instance, lambda: lab.ec2.reboot_instances(InstanceIds=[instance.id]))


def by_itself(lab, instance):
    assert reboots(instance, lambda: instance.run("reboot"))


def by_stop_and_start(lab, instance):
    lab.ec2.stop_instances(InstanceIds=[instance.id])
    lab.await_state(instance.id, "stopped")
    lab.ec2.start_instances(InstanceIds=[instance.id])
    lab.await_state(instance.id, "running")


def by_power_cut(lab, instance):
    """Its pid 1 dies while no server runs."""
    lab.server.stop()
    os.kill(json.loads((lab.server.data / "instances" / instance.id / "running.json").read_text())["pid"], signal.SIGKILL)
    again = lab.start("--fabric", "require", data=lab.server.data)
    lab.ec2 = again.client(lab.session)
    assert soon(lambda: boot_of(instance) != "")


@pytest.mark.parametrize("how", [by_api, by_itself, by_stop_and_start, by_power_cut])
def test_nothing_that_the_guest_had_made_of_its_network_outlives_a_boot(lab, host, start, session, how):
    server = start("--fabric", "require")
    lab = lab(server=server, ec2=server.client(session))
    lab.start, lab.session = start, session
    asker, instance = lab.launch("10.0.0.10"), launch(lab, "10.0.0.20")
    second = lab.ec2.create_network_interface(SubnetId=lab.subnet, Groups=[lab.open], PrivateIpAddress="10.0.0.50")["NetworkInterface"]
    lab.ec2.attach_network_interface(NetworkInterfaceId=second["NetworkInterfaceId"], InstanceId=instance.id, DeviceIndex=1)
    # By the same rule as at a boot, with nobody's help.
    assert soon(lambda: "10.0.0.50/24" in instance.run("ip", "-brief", "address", "show", "dev", "eth1", check=False))
    public = lab.elastic(instance.interface, "10.0.0.20")
    lab.ec2.create_route(RouteTableId=lab.routes, DestinationCidrBlock="192.168.99.0/24", NetworkInterfaceId=instance.interface)
    led = lambda: "192.168.99.0/24" in lab.namespace("ip", "route", "show", "table", "all")
    assert led()
    before = seen(instance)
    instance.run("sh", "-ec", """
        ip address add 10.0.0.99/24 dev eth0
        ip route add 172.31.0.0/16 via 10.0.0.1
        ip route add default via 10.0.0.1 table 101
        ip rule add from 10.0.0.99 lookup 101
        ip -6 rule add from fd00::/8 lookup 101
        ip link add veth0 type veth peer name veth1
        ip link set eth1 down
        ip address del 10.0.0.20/24 dev eth0
        nft add table inet own
        sysctl -q -w net.ipv4.ip_forward=1 net.ipv4.conf.eth0.rp_filter=2
    """)
    assert seen(instance) != before and not asker.pings("10.0.0.20")
    how(lab, instance)
    assert seen(instance) == before
    assert asker.pings("10.0.0.20") and answers(public)
    # It is answered by way of eth0, which the guest would have to change.
    heard = instance.heard()
    asker.pings("10.0.0.50")
    assert instance.heard() == heard + 1
    assert led()


def test_what_ended_while_no_server_ran_is_what_it_asked_for(lab, host, start, session):
    server = start("--fabric", "require")
    lab = lab(server=server, ec2=server.client(session))
    off, gone, again = (
        launch(lab, f"10.0.0.{last}", InstanceInitiatedShutdownBehavior=behaviour) for last, behaviour in ((20, "stop"), (21, "terminate"), (22, "terminate"))
    )
    first = boot_of(again)
    server.stop()
    for instance, command in ((off, "poweroff"), (gone, "poweroff"), (again, "reboot")):
        instance.run(command)
        assert soon(lambda: boot_of(instance) == "")
    server = start("--fabric", "require", data=server.data)
    lab.ec2 = server.client(session)
    lab.await_state(off.id, "stopped")
    lab.await_state(gone.id, "terminated")
    assert soon(lambda: boot_of(again) not in ("", first))
    assert state(lab, again) == "running"
    # And once for all: the next server finds nothing new.
    server.stop()
    lab.ec2 = start("--fabric", "require", data=server.data).client(session)
    assert [state(lab, each) for each in (off, gone, again)] == ["stopped", "terminated", "running"]


def test_user_data_that_is_not_run_is_said_so(lab):
    lab = lab()
    instance = launch(lab, "10.0.0.20", UserData="#cloud-config\nruncmd: [reboot]\n")
    assert soon(lambda: "user data is kept and not run: #cloud-config" in console(lab, instance)), console(lab, instance)
    by_api(lab, instance)
    assert console(lab, instance).count("not run") == 1
