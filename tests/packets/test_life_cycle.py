"""Addresses stay where EC2 says they stay, and packets with them."""

import re
import subprocess
import time

from lab import answers, soon
from servers import ENID


def test_addresses_stay_with_an_interface_that_moves_to_another_instance(lab):
    lab = lab()
    asker, first, second = lab.launch("10.0.0.10"), lab.launch("10.0.0.20"), lab.launch("10.0.0.30")
    made = lab.ec2.create_network_interface(
        SubnetId=lab.subnet, Groups=[lab.open], PrivateIpAddress="10.0.0.50", SecondaryPrivateIpAddressCount=1
    )["NetworkInterface"]
    interface = made["NetworkInterfaceId"]
    secondary = [each["PrivateIpAddress"] for each in made["PrivateIpAddresses"] if not each["Primary"]][0]
    public = lab.elastic(interface, secondary)
    for instance in [first, second]:
        assert not asker.pings("10.0.0.50")
        attachment = lab.ec2.attach_network_interface(NetworkInterfaceId=interface, InstanceId=instance.id, DeviceIndex=1)
        # It appears a moment later, as a card that is plugged in.
        assert soon(lambda: "eth1" in instance.run("ip", "-brief", "link"))
        instance.run("ip", "link", "set", "eth1", "up")
        instance.add("10.0.0.50/32", f"{secondary}/32", device="eth1")
        # What comes in by eth1 is answered by eth1, since its addresses are not eth0's to send from.
        instance.run("ip", "route", "add", "10.0.0.1", "dev", "eth1", "table", "101")
        instance.run("ip", "route", "add", "default", "via", "10.0.0.1", "dev", "eth1", "table", "101")
        instance.run("ip", "rule", "add", "from", "10.0.0.50", "lookup", "101")
        instance.run("ip", "rule", "add", "from", secondary, "lookup", "101")
        assert asker.pings("10.0.0.50")
        assert asker.pings(secondary)
        assert answers(public)
        lab.ec2.detach_network_interface(AttachmentId=attachment["AttachmentId"], Force=True)
        assert soon(lambda: "eth1" not in instance.run("ip", "-brief", "link"))
    assert not answers(public)
    (address,) = lab.ec2.describe_addresses()["Addresses"]
    assert (address["PublicIp"], address["PrivateIpAddress"]) == (public, secondary)


def test_a_stopped_instance_is_silent_and_a_started_one_has_its_addresses_again(lab):
    lab = lab()
    asker, instance = lab.launch("10.0.0.10"), lab.launch("10.0.0.20", secondary=["10.0.0.21"])
    public = lab.elastic(instance.interface, "10.0.0.20")
    instance.answer("10.0.0.20")
    assert asker.asks("10.0.0.20") == instance.id
    lab.ec2.stop_instances(InstanceIds=[instance.id])
    lab.await_state(instance.id, "stopped")
    assert not asker.pings("10.0.0.20")
    assert not answers(public)
    # Addresses can be given to a stopped instance too.
    lab.ec2.assign_private_ip_addresses(NetworkInterfaceId=instance.interface, PrivateIpAddresses=["10.0.0.22"])
    lab.ec2.start_instances(InstanceIds=[instance.id])
    lab.await_state(instance.id, "running")
    assert asker.pings("10.0.0.20")
    assert answers(public)
    # Its processes have ended with it, and so has what the guest had configured by itself.
    assert asker.asks("10.0.0.21") is None
    instance.add("10.0.0.21/24", "10.0.0.22/24")
    assert asker.pings("10.0.0.21")
    assert asker.pings("10.0.0.22")


def test_a_terminated_instance_gives_its_address_back(lab):
    lab = lab()
    asker, instance = lab.launch("10.0.0.10"), lab.launch("10.0.0.20")
    assert asker.pings("10.0.0.20")
    lab.ec2.terminate_instances(InstanceIds=[instance.id])
    lab.await_state(instance.id, "terminated")
    assert not asker.pings("10.0.0.20")
    heir = lab.launch("10.0.0.20")
    assert asker.pings("10.0.0.20")
    assert heir.heard() == 1


def test_a_reassigned_address_is_at_its_new_holder_with_the_next_packet(lab):
    lab = lab()
    asker, first, standby = lab.launch("10.0.0.10"), lab.launch("10.0.0.20", secondary=["10.0.0.100"]), lab.launch("10.0.0.30")
    for instance in (first, standby):
        instance.add("10.0.0.100/24")
    assert asker.pings("10.0.0.100")
    assert (first.heard(), standby.heard()) == (1, 0)
    lab.ec2.assign_private_ip_addresses(
        NetworkInterfaceId=standby.interface, PrivateIpAddresses=["10.0.0.100"], AllowReassignment=True
    )
    assert asker.pings("10.0.0.100")
    assert (first.heard(), standby.heard()) == (1, 1)


def test_an_assigned_address_is_reachable_a_moment_after_the_answer(lab):
    lab = lab()
    asker, holder = lab.launch("10.0.0.10"), lab.launch("10.0.0.20")
    holder.add("10.0.0.100/24")
    # Nobody waits for the kernel here but the ping itself, which asks every 10 ms.
    lab.ec2.meta.events.unregister("after-call.ec2", unique_id="settle")
    ping = asker.start("ping", "-n", "-D", "-i", "0.01", "-c", "200", "-W", "1", "10.0.0.100")
    time.sleep(0.3)
    lab.ec2.assign_private_ip_addresses(NetworkInterfaceId=holder.interface, PrivateIpAddresses=["10.0.0.100"])
    answered = time.time()
    printed = ping.communicate(timeout=60)[0]
    first = min(float(at) for at in re.findall(r"^\[([0-9.]+)\] 64 bytes", printed, re.MULTILINE))
    # Milliseconds by themselves; the rest is for a machine that has other things to do.
    assert first - answered < 0.25


def test_an_ipv6_address_that_is_unassigned_may_go_to_an_instance_that_had_none(lab):
    lab = lab(ipv6=True)
    first, second = lab.launch(ipv6=1), lab.launch()
    (interface,) = lab.ec2.describe_network_interfaces(NetworkInterfaceIds=[first.interface])["NetworkInterfaces"]
    (address,) = [each["Ipv6Address"] for each in interface["Ipv6Addresses"]]
    assert answers(address)
    lab.ec2.unassign_ipv6_addresses(NetworkInterfaceId=first.interface, Ipv6Addresses=[address])
    assert not answers(address)
    lab.ec2.assign_ipv6_addresses(NetworkInterfaceId=second.interface, Ipv6Addresses=[address])
    second.add(f"{address}/128")
    # By the default route, which routers advertise to whoever is in a subnet with IPv6.
    assert answers(address)


def test_commands_take_a_name_or_the_beginning_of_an_id(start, session, lab):
    server = start("--fabric", "require")
    lab = lab(server=server, ec2=server.client(session))
    web, db = lab.launch("10.0.0.10"), lab.launch("10.0.0.11")
    lab.ec2.create_tags(Resources=[web.id], Tags=[{"Key": "Name", "Value": "web server"}])
    data = ["--data", lab.server.data]

    def enters(meant):
        done = subprocess.run([ENID, "exec", *data, meant, "--", "hostname"], capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else (done.returncode, done.stderr)

    assert enters("web server") == enters(web.id) == enters(web.id[:-4]) == "ip-10-0-0-10"
    assert enters(db.id[:-4]) == "ip-10-0-0-11"
    code, message = enters("i-")
    assert code == 125 and "there is no instance" in message
    lab.ec2.create_tags(Resources=[db.id], Tags=[{"Key": "Name", "Value": "web server"}])
    code, message = enters("web server")
    assert code == 125 and web.id in message and db.id in message
    shell = subprocess.run([ENID, "shell", *data, web.id[:-4]], input="hostname\n", capture_output=True, text=True)
    assert "ip-10-0-0-10" in shell.stdout
    # Without a server, ids are known and names are not.
    lab.server.stop()
    assert enters(db.id[:-4]) == "ip-10-0-0-11"
    code, message = enters("web server")
    assert code == 125 and "enid up" in message
