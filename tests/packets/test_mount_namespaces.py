"""A server may run in a mount namespace of its own, and the next one in another: the network that one leaves, the other takes over."""

import json
import os
import pathlib
import signal
import socket
import struct
import subprocess

import pytest

from host import run
from lab import answers, soon
from servers import ENID

OWN_MOUNTS = ("unshare", "--mount")


def holders(data):
    """The processes that hold the namespaces of a data folder."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if command[1:2] == [b"netns-holder"] and pathlib.Path(command[2].decode()) == data:
            found.append(int(entry.name))
    return found


def holder(data):
    (found,) = holders(data)
    return found


def held(data):
    """The inodes of the namespaces that are held."""
    device = os.stat("/proc/self/ns/net").st_dev
    found = set()
    for process in holders(data):
        try:
            open_files = [descriptor.stat() for descriptor in pathlib.Path(f"/proc/{process}/fd").iterdir()]
        except (FileNotFoundError, ProcessLookupError):
            # It has ended or closed something meanwhile.
            continue
        found |= {str(each.st_ino) for each in open_files if each.st_dev == device}
    return found


def pins(server):
    """The namespaces that are mounted where a server runs."""
    mounts = [line.split() for line in pathlib.Path(f"/proc/{server.process.pid}/mountinfo").read_text().splitlines() if " nsfs " in line]
    return {pathlib.Path(mount[4]).name: mount[3].removeprefix("net:[").removesuffix("]") for mount in mounts if str(server.data) in mount[4]}


def namespace_of(instance):
    return instance.run("readlink", "/proc/self/ns/net").strip().removeprefix("net:[").removesuffix("]")


def in_use(namespaces):
    return namespaces & set(run("lsns", "--noheadings", "--raw", "--type", "net", "--output", "NS").split())


def end(server, how):
    server.process.send_signal(how)
    assert server.process.wait(timeout=30) == (-how if how == signal.SIGKILL else 0)


@pytest.fixture
def named(host):
    """The name, for `ip netns`, of the namespace that plays the host."""
    name = f"enid-test-{os.getpid()}"
    host("ip", "netns", "attach", name, str(os.getpid()))
    yield name
    host("ip", "netns", "delete", name)


@pytest.fixture(params=["unshare", "ip netns"])
def within(request):
    """A command that runs another with mounts of its own."""
    return OWN_MOUNTS if request.param == "unshare" else ("ip", "netns", "exec", request.getfixturevalue("named"))


def test_no_packet_is_lost_when_servers_with_mounts_of_their_own_follow_each_other(host, start, session, lab, flow, within):
    server = start("--fabric", "require", within=within)
    lab = lab(server=server, ec2=server.client(session))
    first, standby = lab.launch("10.0.0.10", secondary=["10.0.0.100"]), lab.launch("10.0.0.20")
    public = lab.elastic(first.interface, "10.0.0.100")
    for instance in (first, standby):
        instance.add("10.0.0.100/24")
        flow.receive(instance, "10.0.0.100")
    assert soon(lambda: answers(public))
    flow.send(public)
    assert soon(lambda: first.heard("UdpInDatagrams") > 100)
    assert answers(public, count=3)
    before = pins(server)
    assert before[first.id] == namespace_of(first)
    # Each ends in another way, and the next one is in charge: it moves the address.
    for how, target in ((signal.SIGINT, standby), (signal.SIGKILL, first)):
        end(server, how)
        assert answers(public, count=2)
        server = start("--fabric", "require", data=server.data, within=within)
        assert soon(lambda: pins(server) == before), "what was there is there again, and nothing else"
        server.client(session).assign_private_ip_addresses(
            NetworkInterfaceId=target.interface, PrivateIpAddresses=["10.0.0.100"], AllowReassignment=True
        )
        assert answers(public, count=2)
        # Commands run in other mount namespaces than the server's: the test's, and one of their own.
        assert namespace_of(target) == before[target.id]
        assert run(*OWN_MOUNTS, *target.command("echo", "here")) == "here\n"
        assert target.id in run(*OWN_MOUNTS, ENID, "status", "--data", server.data)
    sent, (one, other) = flow.end()
    assert one and other
    assert sorted(one + other) == list(range(sent))
    assert "warn" not in pathlib.Path(server.log.name).read_text()


def test_down_in_another_mount_namespace_leaves_nothing(host, start, session, lab):
    server = start("--fabric", "require", within=OWN_MOUNTS)
    lab = lab(server=server, ec2=server.client(session))
    instance = lab.launch("10.0.0.10")
    public = lab.elastic(instance.interface, "10.0.0.10")
    assert answers(public)
    made, keeper = held(server.data), holder(server.data)
    assert made == set(pins(server).values()) and {lab.vpc, instance.id} <= pins(server).keys()
    server.stop()
    assert held(server.data) == made and answers(public)
    assert "everything holds" in run(*OWN_MOUNTS, ENID, "check", "--data", server.data)
    # It keeps nothing else busy, and is nobody's: neither of the server's session nor of its mounts.
    assert len(pathlib.Path(f"/proc/{keeper}/mountinfo").read_text().splitlines()) <= 1
    assert os.getsid(keeper) not in (os.getsid(0), server.process.pid)
    said = run(*OWN_MOUNTS, ENID, "down", "--data", server.data)
    assert "1 instances" in said and f"{len(made)} network namespaces" in said
    assert holders(server.data) == [] and not (server.data / "netns").exists() and not (server.data / "holder.sock").exists()
    assert soon(lambda: not in_use(made))
    assert "enid" not in run("ip", "link")


def test_a_holder_that_is_killed_is_replaced_and_no_packet_is_lost(host, start, session, lab, flow):
    server = start("--fabric", "require", within=OWN_MOUNTS)
    lab = lab(server=server, ec2=server.client(session))
    instance = lab.launch("10.0.0.10")
    public = lab.elastic(instance.interface, "10.0.0.10")
    flow.receive(instance, "10.0.0.10")
    assert soon(lambda: answers(public))
    flow.send(public)
    assert soon(lambda: instance.heard("UdpInDatagrams") > 100)
    made, killed = held(server.data), holder(server.data)
    os.kill(killed, signal.SIGKILL)
    assert soon(lambda: killed not in holders(server.data) and len(holders(server.data)) == 1)
    assert soon(lambda: held(server.data) == made)
    end(server, signal.SIGKILL)
    start("--fabric", "require", data=server.data, within=OWN_MOUNTS)
    assert answers(public, count=2)
    sent, (got,) = flow.end()
    assert got == list(range(sent))


def test_what_only_mounts_keep_is_taken_over_where_they_are_seen(host, start, session, lab, flow):
    """As servers left it that had no holder."""
    server = start("--fabric", "require")
    lab = lab(server=server, ec2=server.client(session))
    instance = lab.launch("10.0.0.10")
    public = lab.elastic(instance.interface, "10.0.0.10")
    flow.receive(instance, "10.0.0.10")
    assert soon(lambda: answers(public))
    flow.send(public)
    assert soon(lambda: instance.heard("UdpInDatagrams") > 100)
    made = held(server.data)
    end(server, signal.SIGKILL)
    os.kill(holder(server.data), signal.SIGKILL)
    again = start("--fabric", "require", data=server.data)
    assert soon(lambda: held(server.data) == made)
    assert answers(public, count=2)
    end(again, signal.SIGINT)
    start("--fabric", "require", data=server.data, within=OWN_MOUNTS)
    assert answers(public, count=2)
    sent, (got,) = flow.end()
    assert got == list(range(sent))


def test_a_network_that_nothing_kept_is_made_anew_around_the_instances(host, start, session, lab):
    server = start("--fabric", "require", within=OWN_MOUNTS)
    lab = lab(server=server, ec2=server.client(session))
    asker, instance = lab.launch("10.0.0.10"), lab.launch("10.0.0.20")
    public = lab.elastic(instance.interface, "10.0.0.20")
    assert answers(public) and asker.pings("10.0.0.20")
    namespace, processes = namespace_of(instance), instance.run("readlink", "/proc/1/ns/pid")
    server.stop()
    os.kill(holder(server.data), signal.SIGKILL)
    assert soon(lambda: not answers(public))
    checked = subprocess.run([ENID, "check", "--data", server.data], capture_output=True, text=True)
    assert checked.returncode != 0 and f"the network of {lab.vpc} ended" in checked.stdout
    again = start("--fabric", "require", data=server.data, within=OWN_MOUNTS)
    assert soon(lambda: answers(public)) and soon(lambda: asker.pings("10.0.0.20"))
    # They are the same, and nothing was done to them behind their backs without a word.
    assert (namespace_of(instance), instance.run("readlink", "/proc/1/ns/pid")) == (namespace, processes)
    assert f"the network of {lab.vpc} ended" in pathlib.Path(again.log.name).read_text()
    assert json.loads(run(ENID, "status", "--json", "--data", server.data))["problems"] == []


def test_an_instance_that_is_not_in_the_namespace_of_its_name_gets_its_network_back(host, start, session, lab):
    """As servers left it that took namespaces for lost which they could not see."""
    server = start("--fabric", "require")
    lab = lab(server=server, ec2=server.client(session))
    asker, instance = lab.launch("10.0.0.10"), lab.launch("10.0.0.20")
    public = lab.elastic(instance.interface, "10.0.0.20")
    right = namespace_of(instance)
    server.stop()
    os.kill(holder(server.data), signal.SIGKILL)
    # Another namespace has its name and its link, and lives on.
    pin = server.data / "netns" / instance.id
    link = "e" + instance.interface.removeprefix("eni-")[:14]
    in_vpc = ("nsenter", f"--net={server.data}/netns/{lab.vpc}", "ip")
    (was,) = json.loads(host(*in_vpc, "-json", "link", "show", "dev", link))
    host(*in_vpc, "link", "delete", link)
    host("umount", "--lazy", pin)
    host("unshare", f"--net={pin}", "true")
    inhabitant = subprocess.Popen(["nsenter", f"--net={pin}", "sleep", "300"])
    lab.processes.append(inhabitant)
    there = lambda: os.readlink(f"/proc/{inhabitant.pid}/ns/net") == f"net:[{os.stat(pin).st_ino}]"
    assert soon(there)
    pair = ("address", was["address"], "mtu", str(was["mtu"]), "type", "veth", "peer", "name", "eth0", "netns", str(inhabitant.pid))
    host(*in_vpc, "link", "add", link, *pair)
    host(*in_vpc, "link", "set", link, "up", "alias", was["ifalias"])
    checked = subprocess.run([ENID, "check", "--data", server.data], capture_output=True, text=True)
    assert checked.returncode != 0 and f"{instance.id} runs in another network namespace" in checked.stdout
    wrong = start("--fabric", "require", data=server.data)
    assert f"{instance.id} had another network namespace" in pathlib.Path(wrong.log.name).read_text()
    assert soon(lambda: pins(wrong)[instance.id] == right)
    assert soon(lambda: asker.pings("10.0.0.20")) and soon(lambda: answers(public))


def test_an_instance_boots_again_under_a_server_with_other_mounts(host, start, session, lab):
    server = start("--fabric", "require", within=OWN_MOUNTS)
    lab = lab(server=server, ec2=server.client(session))
    instance = lab.launch("10.0.0.10")
    public = lab.elastic(instance.interface, "10.0.0.10")
    end(server, signal.SIGKILL)
    server = start("--fabric", "require", data=server.data, within=OWN_MOUNTS)
    lab.ec2 = server.client(session)
    before = instance.run("readlink", "/proc/1/ns/pid")
    lab.ec2.reboot_instances(InstanceIds=[instance.id])
    assert soon(lambda: instance.run("readlink", "/proc/1/ns/pid", check=False) not in ("", before))
    assert soon(lambda: answers(public))
    # What goes is let go of everywhere.
    gone = {namespace_of(instance)}
    lab.ec2.terminate_instances(InstanceIds=[instance.id])
    lab.await_state(instance.id, "terminated")
    assert soon(lambda: not gone & held(server.data) and not in_use(gone))


def test_a_holder_that_cannot_be_reached_any_more_ends(host, start, session, lab):
    server = start("--fabric", "require")
    lab = lab(server=server, ec2=server.client(session))
    lab.launch("10.0.0.10")
    made = held(server.data)
    (server.data / "holder.sock").unlink()
    end(server, signal.SIGKILL)
    assert soon(lambda: holders(server.data) == [])
    # The mounts are still there, so nothing is lost.
    again = start("--fabric", "require", data=server.data)
    assert soon(lambda: held(again.data) == made)
    assert subprocess.run([ENID, "check", "--data", again.data], capture_output=True).returncode != 0, "it is in use"


def test_without_a_holder_instances_run_and_the_status_says_what_lacks(host, start, session, lab):
    data = pathlib.Path(start("--fabric", "none").data)
    # A holder cannot listen where a folder is.
    (data.parent / "held").mkdir(mode=0o700)
    (data.parent / "held" / "holder.sock").mkdir()
    server = start("--fabric", "require", data=data.parent / "held")
    lab = lab(server=server, ec2=server.client(session))
    instance = lab.launch("10.0.0.10")
    assert answers(lab.elastic(instance.interface, "10.0.0.10"))
    (problem,) = json.loads(run(ENID, "status", "--json", "--data", server.data))["problems"]
    assert "the networks end with this server" in problem
    assert "the networks end with this server" in pathlib.Path(server.log.name).read_text()
    (server.data / "holder.sock").rmdir()
    # The timer finds that one can listen now.
    assert soon(lambda: instance.id in pins(server) and held(server.data) == set(pins(server).values()), seconds=60)
    assert soon(lambda: json.loads(run(ENID, "status", "--json", "--data", server.data))["problems"] == [])


def test_what_ends_under_a_later_server_ends_in_the_mount_namespace_of_the_earlier_one_too(host, start, session, lab):
    server = start("--fabric", "require")
    lab = lab(server=server, ec2=server.client(session))
    kept, ended = lab.launch("10.0.0.10"), lab.launch("10.0.0.20")
    gone = {namespace_of(ended)}
    server.stop()
    server = start("--fabric", "require", data=server.data, within=OWN_MOUNTS)
    lab.ec2 = server.client(session)
    lab.ec2.terminate_instances(InstanceIds=[ended.id])
    lab.await_state(ended.id, "terminated")
    assert soon(lambda: not in_use(gone) and not gone & held(server.data))
    # The test's mounts, which were the first server's, hold nothing of it.
    mounts = pathlib.Path("/proc/self/mountinfo").read_text()
    assert ended.id not in mounts and kept.id in mounts
    # Nor does what is left of one that nobody wants.
    server.stop()
    stale = server.data / "netns" / "vpc-0123456789abcdef0"
    stale.touch()
    start("--fabric", "require", data=server.data, within=OWN_MOUNTS)
    assert soon(lambda: not stale.exists())
    assert kept.run("true") == ""


def test_a_holder_holds_thousands_and_names_them_all(host, start):
    server = start("--fabric", "require")
    count = 2345
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asker, open("/proc/self/ns/net") as namespace:
        asker.connect(str(server.data / "holder.sock"))
        # Who asks may have to end it, by this pid.
        pid, _, _ = struct.unpack("3i", asker.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
        assert pid == holder(server.data)
        asker.send(b"list ")
        before = len(asker.recv(1 << 16).splitlines()) - 1
        for number in range(count):
            socket.send_fds(asker, [b"hold vpc-%017x" % number], [namespace.fileno()])
            assert asker.recv(100) == b"ok"
        # Neither a name that enid does not give nor a question without a namespace changes anything.
        for wrong in (b"hold ../x", b"hold vpc-1", b"hold vpc-%017x" % (count + 1), b"nonsense"):
            asker.send(wrong)
            assert asker.recv(100).startswith(b"error ")
    server.process.kill()
    server.process.wait()
    assert f"removed {count + before} network namespaces" in run(ENID, "down", "--data", server.data)
    assert holders(server.data) == []
