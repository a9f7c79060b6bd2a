"""enid as a service of a real systemd, which runs the unit as it is, on a copy of this machine's files that goes with the test."""

import json
import os
import pathlib
import signal
import subprocess

import pytest

from host import run
from lab import answers, soon
from servers import ENID, ROOT, Server

UNIT = ROOT / "packaging" / "enid.service"
# Becomes pid 1 of namespaces that it was started in: systemd, over an overlay of the machine's own files, with no unit but enid's.
BOOT = """
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cd "$1/root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
for folder in run tmp var/tmp var/lib/systemd; do mount -t tmpfs tmpfs "$folder"; done
mount --rbind /dev dev
rm -rf etc/systemd/system etc/default/enid var/lib/enid
mkdir -p etc/systemd/system/enid.service.d mnt/old
cp "$3" etc/systemd/system/enid.service
ln -sf "$2" usr/bin/enid
# The machine's other units, the journal among them, do not run.
printf '[Unit]\nDefaultDependencies=no\n[Service]\nStandardOutput=append:/run/enid.log\nStandardError=inherit\n' \
    > etc/systemd/system/enid.service.d/test.conf
printf '[Unit]\nDefaultDependencies=no\n' > etc/systemd/system/alone.target
pivot_root . mnt/old
umount -l /mnt/old
export container=enid-test
exec /lib/systemd/systemd --system --unit=alone.target --log-target=console --show-status=no
"""


class Service:
    """The service, and the systemd that runs it."""

    data = pathlib.Path("/var/lib/enid")

    def __init__(self, folder):
        (folder / "machine").mkdir()
        command = ["unshare", "--fork", "--pid", "--mount", "--uts", "--ipc", "--cgroup", "sh", "-c", BOOT, "sh"]
        self.log = open(folder / "systemd.log", "wb")
        self.process = subprocess.Popen(
            [*command, folder / "machine", ENID, UNIT], stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT
        )
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        self.pid = soon(lambda: children.read_text().strip())
        self.enter = ("nsenter", "--target", self.pid, "--mount", "--pid", "--cgroup", "--root", "--wd")
        up = lambda: "active" in run(*self.enter, "systemctl", "is-active", "alone.target", check=False)
        assert soon(up, seconds=30), (folder / "systemd.log").read_text()

    def systemctl(self, *command, check=True):
        done = run(*self.enter, "systemctl", *command, check=False)
        if check and command[0] in ("start", "restart"):
            assert self.is_active(), self.inside("sh", "-c", "systemctl status enid; cat /run/enid.log")
        return done

    def is_active(self):
        return run(*self.enter, "systemctl", "is-active", "enid", check=False) == "active\n"

    def inside(self, *command, check=True):
        """Runs a command on the machine that systemd runs."""
        return run(*self.enter, *command, check=check)

    def main_pid(self):
        return int(self.inside("systemctl", "show", "--property", "MainPID", "--value", "enid"))

    def client(self, session):
        self.env = json.loads(self.inside(ENID, "env", "--json"))
        return Server.client(self, session)

    def end(self):
        self.inside(ENID, "down", check=False)
        # The first process of the namespace takes all others with it.
        os.kill(int(self.pid), signal.SIGKILL)
        self.process.wait(timeout=30)
        self.log.close()


@pytest.fixture
def service(host, tmp_path):
    service = Service(tmp_path)
    yield service
    service.end()


def test_the_unit_is_well_formed(tmp_path):
    unit = tmp_path / "enid.service"
    unit.write_text(UNIT.read_text().replace("/usr/bin/enid", str(ENID)))
    checked = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0 and "enid.service" not in checked.stderr, checked.stderr


def test_no_packet_is_lost_when_the_service_stops_is_killed_and_starts(service, session, lab, flow):
    service.systemctl("start", "enid")
    lab = lab(server=service, ec2=service.client(session))
    first, standby = lab.launch("10.0.0.10", secondary=["10.0.0.100"]), lab.launch("10.0.0.20")
    public = lab.elastic(first.interface, "10.0.0.100")
    for instance in (first, standby):
        instance.add("10.0.0.100/24")
        flow.receive(instance, "10.0.0.100")
    assert soon(lambda: answers(public))
    flow.send(public)
    assert soon(lambda: first.heard("UdpInDatagrams") > 100)
    assert answers(public, count=2)

    # Instances have cgroups of their own; where they cannot, systemd leaves them alone all the same.
    assert "KillMode=process" in service.inside("systemctl", "show", "--property", "KillMode", "enid")
    service.systemctl("stop", "enid")
    assert not service.is_active()
    # Nothing is left in the service's cgroup, which systemd may end.
    assert service.inside("sh", "-c", "cat /sys/fs/cgroup/system.slice/enid.service/cgroup.procs", check=False) == ""
    assert answers(public, count=2)
    service.systemctl("start", "enid")
    killed = service.main_pid()
    # All of the unit's processes, and the service comes back by itself.
    service.systemctl("kill", "--signal=KILL", "enid")
    assert soon(lambda: service.is_active() and service.main_pid() not in (0, killed), seconds=30)
    service.client(session).assign_private_ip_addresses(
        NetworkInterfaceId=standby.interface, PrivateIpAddresses=["10.0.0.100"], AllowReassignment=True
    )
    service.systemctl("restart", "enid")
    assert answers(public, count=2)
    sent, (before, after) = flow.end()
    assert before and after
    assert sorted(before + after) == list(range(sent))

    service.systemctl("stop", "enid")
    assert "2 instances" in service.inside(ENID, "down")
    assert "enid" not in run("ip", "link")


def test_the_server_is_confined_and_its_instances_are_not(service, session, lab):
    service.systemctl("start", "enid")
    lab = lab(server=service, ec2=service.client(session))
    instance = lab.launch("10.0.0.10")
    server = ("nsenter", "--target", str(service.main_pid()), "--mount", "--root")
    for file in ("/usr/written", "/etc/written", "/root/written"):
        refused = subprocess.run([*service.enter, *server, "touch", file], capture_output=True, text=True)
        assert refused.returncode != 0, file
        instance.run("touch", file)
        assert service.inside("ls", file)
    service.inside(*server, "touch", "/tmp/of-the-server")
    instance.run("touch", "/tmp/of-the-instance")
    assert set(service.inside("ls", "/tmp").split()) >= {"of-the-instance"}
    assert "of-the-server" not in service.inside("ls", "/tmp")
    # What is in force in the server is so in instances too, and does not keep them from being machines.
    instance.run("sh", "-c", "mknod /tmp/null c 1 3 && mount -t tmpfs tmpfs /mnt && unshare --net true")
    instance.run("python3", "-c", "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW); socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)")
    service.systemctl("stop", "enid")
    assert instance.run("ls", "/tmp/of-the-instance") == "/tmp/of-the-instance\n"
