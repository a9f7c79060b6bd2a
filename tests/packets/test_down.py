"""`enid down` leaves nothing of enid's and touches nothing else."""

import json
import os
import pathlib
import subprocess

from host import run
from lab import answers, soon
from servers import ENID


def of_host():
    """Everything about the host's network that enid could have changed, but for counters."""
    addresses = json.loads(run("ip", "-json", "address"))
    found = {
        "links": [(link["ifname"], link["address"], [each["local"] for each in link["addr_info"]]) for link in addresses],
        "routes": run("ip", "route", "show", "table", "all") + run("ip", "-6", "route", "show", "table", "all"),
        "rules": run("ip", "rule") + run("ip", "-6", "rule"),
        "neighbours": run("ip", "neighbour", "show", "nud", "permanent"),
        "nft": run("nft", "list", "ruleset"),
        "sysctls": run("sysctl", "net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding", "net.ipv4.conf.default"),
    }
    return {kind: value.splitlines() if isinstance(value, str) else value for kind, value in found.items()}


def namespaces(folder):
    """The network namespaces that a mount in a folder keeps."""
    mounts = [line.split() for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines() if " nsfs " in line]
    return {mount[3] for mount in mounts if mount[4].startswith(f"{folder}/")}


def in_use(namespaces):
    """Whether a process is still in one of these namespaces."""
    return namespaces & set(run("lsns", "--noheadings", "--raw", "--type", "net", "--output", "NS").split())


def processes(instance):
    """The processes of an instance: those in the PID namespace that a command in it sees."""
    own = instance.run("readlink", "/proc/self/ns/pid").strip()
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(entry / "ns" / "pid") == own:
                found.append(entry.name)
        except OSError:
            # It has ended meanwhile.
            pass
    return found


def cgroups(folder):
    """The cgroups of a data folder's instances; those of other servers on this machine come and go."""
    there = folder.stat()
    return list(pathlib.Path("/sys/fs/cgroup").rglob(f"enid-{there.st_dev:x}-{there.st_ino:x}"))


def test_down_leaves_nothing_and_touches_nothing_else(host, start, session, lab, tmp_path):
    # What is not enid's, some of it of names that look alike.
    host("ip", "link", "add", "enid-mine", "type", "veth", "peer", "name", "mine")
    for end in ("mine", "enid-mine"):
        # Without addresses that come by themselves, later.
        host("ip", "link", "set", end, "addrgenmode", "none")
        host("ip", "link", "set", end, "up")
    host("ip", "address", "add", "198.51.100.1/24", "dev", "mine")
    # No address that enid hands out, though of its pool.
    host("ip", "route", "add", "203.0.113.255/32", "via", "198.51.100.2")
    host("ip", "rule", "add", "pref", "100", "fwmark", "7", "lookup", "77")
    host("nft", "add", "table", "inet", "enid")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "namespace").touch()
    host("mount", "--bind", "/proc/self/ns/net", tmp_path / "mine" / "namespace")
    before = of_host()

    server = start("--fabric", "require")
    lab = lab(server=server, ec2=server.client(session), ipv6=True)
    instance = lab.launch("10.0.0.10", secondary=["10.0.0.11"], ipv6=1)
    public = lab.elastic(instance.interface, "10.0.0.10")
    assert answers(public)
    instance.answer("10.0.0.10")
    assert of_host() != before
    made = namespaces(server.data)
    assert len(made) >= 2, "that of the VPC and that of the instance"
    started = processes(instance)
    assert started and cgroups(server.data)

    # While the server runs it would make everything again.
    refused = subprocess.run([ENID, "down", "--data", server.data], capture_output=True, text=True)
    assert refused.returncode != 0 and "stop it first" in refused.stderr
    server.stop()
    assert instance.run("true") == ""
    host(ENID, "down", "--data", server.data)

    assert of_host() == before
    assert namespaces(server.data) == set()
    assert len(namespaces(tmp_path)) == 1
    assert not in_use({name.removeprefix("net:[").removesuffix("]") for name in made})
    assert cgroups(server.data) == []
    # One that has ended waits for the machine's pid 1 to take note, which is that one's business.
    states = [run("ps", "--no-headers", "-o", "stat", "-p", pid, check=False).strip() for pid in started]
    assert set(states) <= {"", "Z"}
    # Again, with nothing to do.
    host(ENID, "down", "--data", server.data)
    assert of_host() == before

    # The data stays, and the next start makes the network again.
    again = start("--fabric", "require", data=server.data).client(session)
    assert again.describe_addresses()["Addresses"][0]["PublicIp"] == public
    assert soon(lambda: answers(public)), "the Elastic IP does not answer"
