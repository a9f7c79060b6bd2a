"""What the kernel says of an instance's network is what the status checks and `enid status` say."""

import json

from host import run
from lab import soon
from servers import ENID


def checks(lab, instance):
    (found,) = lab.ec2.describe_instance_status(InstanceIds=[instance.id])["InstanceStatuses"]
    return found["InstanceStatus"], found["SystemStatus"]


def words(lab, instance):
    of_instance, of_system = checks(lab, instance)
    return of_instance["Status"], of_instance["Details"][0]["Status"], of_system["Status"], of_system["Details"][0]["Status"]


def report(lab):
    return json.loads(run(ENID, "status", "--json", "--data", lab.server.data))


def told(lab, instance):
    (found,) = [each for each in report(lab)["instances"] if each["id"] == instance.id]
    return found


WELL = ("ok", "passed", "ok", "passed")


def test_an_interface_that_is_set_down_inside_impairs_its_instance_until_it_is_up(lab):
    lab = lab()
    instance, other = lab.launch("10.0.0.20"), lab.launch("10.0.0.30")
    assert words(lab, instance) == words(lab, other) == WELL
    instance.run("ip", "link", "set", "eth0", "down")
    assert soon(lambda: words(lab, instance) == ("impaired", "failed", "ok", "passed"), seconds=5)
    (detail,) = checks(lab, instance)[0]["Details"]
    started = lab.ec2.describe_instances(InstanceIds=[instance.id])["Reservations"][0]["Instances"][0]["LaunchTime"]
    assert detail["Name"] == "reachability" and detail["ImpairedSince"] >= started.replace(microsecond=0)
    by = lambda name, value: lab.ec2.describe_instance_status(Filters=[{"Name": name, "Values": [value]}])["InstanceStatuses"]
    for name, value in (("instance-status.status", "impaired"), ("instance-status.reachability", "failed")):
        assert [each["InstanceId"] for each in by(name, value)] == [instance.id]
    for name, value in (("system-status.status", "ok"), ("system-status.reachability", "passed"), ("attached-ebs-status.status", "ok")):
        assert {each["InstanceId"] for each in by(name, value)} == {instance.id, other.id}
    assert "impaired" in told(lab, instance)["problems"][0] and "down inside" in told(lab, instance)["interfaces"][0]["problems"][0]
    assert told(lab, other)["problems"] == []
    # It is the guest's to set down: nobody sets it up again.
    assert "DOWN" in instance.run("ip", "-brief", "link", "show", "dev", "eth0")
    since = detail["ImpairedSince"]
    assert checks(lab, instance)[0]["Details"][0]["ImpairedSince"] == since
    instance.run("ip", "link", "set", "eth0", "up")
    assert soon(lambda: words(lab, instance) == WELL, seconds=5)
    assert told(lab, instance)["problems"] == []


def test_a_server_that_takes_over_sees_what_is_down(lab, host, start, session):
    server = start("--fabric", "require")
    lab = lab(server=server, ec2=server.client(session))
    instance = lab.launch("10.0.0.20")
    server.stop()
    instance.run("ip", "link", "set", "eth0", "down")
    lab.ec2 = start("--fabric", "require", data=server.data).client(session)
    assert soon(lambda: words(lab, instance)[:2] == ("impaired", "failed"), seconds=5)


def test_a_guest_that_removes_its_interface_gets_it_back_as_a_card_that_cannot_be_removed(lab):
    lab = lab()
    asker, instance = lab.launch("10.0.0.10"), lab.launch("10.0.0.20")
    assert report(lab)["drift"] == []
    # Twice: what is remembered of the link that went must not be taken for the one that came.
    for count in (1, 2):
        before = instance.run("cat", "/sys/class/net/eth0/ifindex")
        instance.run("ip", "link", "del", "eth0")
        # Long before the timer of 30 seconds.
        assert soon(lambda: instance.run("cat", "/sys/class/net/eth0/ifindex", check=False) not in ("", before), seconds=5)
        assert soon(lambda: asker.pings("10.0.0.20"))
        link = "e" + instance.interface.removeprefix("eni-")[:14]
        assert sum(link in each for each in report(lab)["drift"]) == count, report(lab)["drift"]
    assert soon(lambda: words(lab, instance) == WELL, seconds=5)


def test_a_second_interface_that_is_down_is_told_and_does_not_impair(lab):
    lab = lab()
    instance = lab.launch("10.0.0.20")
    second = lab.ec2.create_network_interface(SubnetId=lab.subnet, Groups=[lab.open])["NetworkInterface"]["NetworkInterfaceId"]
    lab.ec2.attach_network_interface(NetworkInterfaceId=second, InstanceId=instance.id, DeviceIndex=1)
    assert soon(lambda: instance.run("cat", "/sys/class/net/eth1/operstate", check=False) == "up\n")
    instance.run("ip", "link", "set", "eth1", "down")
    assert soon(lambda: told(lab, instance)["interfaces"][1]["problems"], seconds=5)
    assert words(lab, instance) == WELL and told(lab, instance)["interfaces"][0]["problems"] == []
