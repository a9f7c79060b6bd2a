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
    return {
        "links": [(link["ifname"], link["address"], [each["local"] for each in link["addr_info"]]) for link in addresses],
        "routes": run("ip", "route", "show", "table", "all") + run("ip", "-6", "route", "show", "table", "all"),
        "rules": run("ip", "rule") + run("ip", "-6", "rule"),
        "neighbours": run("ip", "neighbour", "show", "nud", "permanent"),
        "nft": run("nft", "list", "ruleset"),
        "sysctls": run("sysctl", "net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding", "net.ipv4.conf.default"),
    }


def namespaces():
    """Every network namespace that a process or a mount keeps."""
    kept = {line.split()[3] for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines() if " nsfs " in line}
    return kept | set(run("lsns", "--noheadings", "--type", "net", "--output", "NS").split())


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


def cgroups():
    root = pathlib.Path("/sys/fs/cgroup")
    return {str(path) for path in root.rglob("*enid*")} | {str(path) for path in root.rglob("i-*")}


def test_down_leaves_nothing_and_touches_nothing_else(host, start, session, lab):
    # What is not enid's, some of it of names that look alike.
    host("ip", "link", "add", "enid-mine", "type", "veth", "peer", "name", "mine")
    host("ip", "address", "add", "198.51.100.1/24", "dev", "mine")
    host("ip", "link", "set", "mine", "up")
    host("ip", "link", "set", "enid-mine", "up")
    host("ip", "route", "add", "203.0.113.250/32", "via", "198.51.100.2")
    host("ip", "rule", "add", "pref", "100", "fwmark", "7", "lookup", "77")
    host("nft", "add", "table", "inet", "enid")
    before, before_namespaces, before_cgroups = of_host(), namespaces(), cgroups()

    server = start("--fabric", "require")
    lab = lab(server=server, ec2=server.client(session), ipv6=True)
    instance = lab.launch("10.0.0.10", secondary=["10.0.0.11"], ipv6=1)
    public = lab.elastic(instance.interface, "10.0.0.10")
    assert answers(public)
    instance.answer("10.0.0.10")
    assert of_host() != before
    assert namespaces() > before_namespaces
    started = processes(instance)
    assert started

    # While the server runs it would make everything again.
    refused = subprocess.run([ENID, "down", "--data", server.data], capture_output=True, text=True)
    assert refused.returncode != 0 and "stop it first" in refused.stderr
    server.stop()
    assert instance.run("true") == ""
    host(ENID, "down", "--data", server.data)

    assert of_host() == before
    assert namespaces() == before_namespaces
    assert cgroups() == before_cgroups
    assert not [pid for pid in started if pathlib.Path(f"/proc/{pid}").exists()]
    # Again, with nothing to do.
    host(ENID, "down", "--data", server.data)
    assert of_host() == before

    # The data stays, and the next start makes the network again.
    again = start("--fabric", "require", data=server.data).client(session)
    assert again.describe_addresses()["Addresses"][0]["PublicIp"] == public
    assert soon(lambda: answers(public)), "the Elastic IP does not answer"
