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


def keep_namespace(file):
    """A network namespace of somebody else's, as `ip netns` keeps them."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    run("unshare", f"--net={file}", "true")
    return os.stat(file).st_ino


def test_down_refuses_a_folder_that_is_not_enid_s(host, tmp_path):
    folder = tmp_path / "run"
    inodes = {file: keep_namespace(folder / "netns" / file) for file in ("blue", "vpc-0123456789abcdef0", "i-0123456789abcdef0")}
    (folder / "instances" / "i-0123456789abcdef0").mkdir(parents=True)
    (folder / "letters").write_text("dear")
    for folder_of_others in (folder, folder / "netns", folder / "instances"):
        refused = subprocess.run([ENID, "down", "--data", folder_of_others], capture_output=True, text=True)
        assert refused.returncode != 0 and str(folder_of_others) in refused.stderr and "not a data folder" in refused.stderr
    # Nor does a server make such a folder its own.
    folder.chmod(0o700)
    refused = subprocess.run([ENID, "up", "--data", folder, "--listen", "127.0.0.1:0"], capture_output=True, text=True, timeout=30)
    assert refused.returncode != 0 and "letters" in refused.stderr
    assert {file: os.stat(folder / "netns" / file).st_ino for file in inodes} == inodes
    assert (folder / "letters").read_text() == "dear" and (folder / "instances" / "i-0123456789abcdef0").is_dir()


def test_down_and_the_end_of_an_ephemeral_server_leave_what_others_put_into_the_folder(host, start, session, lab):
    server = start("--ephemeral", "--fabric", "require")
    lab = lab(server=server, ec2=server.client(session))
    lab.launch("10.0.0.10")
    made = namespaces(server.data)
    theirs = server.data / "netns" / "mine"
    inode = keep_namespace(theirs)
    (server.data / "letters").write_text("dear")
    (server.data / "elsewhere").mkdir()
    host("mount", "--bind", theirs.parent.parent.parent, server.data / "elsewhere")
    server.process.terminate()
    assert server.process.wait(timeout=30) != 0, "not everything was removed"
    assert "stays" in pathlib.Path(server.log.name).read_text()
    assert os.stat(theirs).st_ino == inode
    assert sorted(entry.name for entry in server.data.iterdir()) == ["elsewhere", "letters", "netns"]
    assert not in_use({name.removeprefix("net:[").removesuffix("]") for name in made})
    # It is not enid's any more.
    refused = subprocess.run([ENID, "down", "--data", server.data], capture_output=True, text=True)
    assert refused.returncode != 0 and (server.data / "letters").exists()
    host("umount", server.data / "elsewhere")
    host("umount", theirs)
    host("umount", server.data / "netns")
    run("rm", "-r", server.data)


def test_down_ends_what_an_older_server_left_in_a_folder_that_it_did_not_mark(host, start, session, lab):
    server = start("--fabric", "require")
    lab = lab(server=server, ec2=server.client(session))
    lab.launch("10.0.0.10")
    theirs = server.data / "netns" / "mine"
    inode = keep_namespace(theirs)
    server.stop()
    (server.data / ".enid").unlink()
    host(ENID, "down", "--data", server.data)
    assert os.stat(theirs).st_ino == inode and len(namespaces(server.data)) == 1
    host("umount", theirs)
    theirs.unlink()
    host(ENID, "down", "--data", server.data)
    assert not (server.data / "netns").exists() and (server.data / "state.redb").exists()
