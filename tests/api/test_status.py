"""`enid status`: tables that people read, one thing in full, filters."""

import json
import os
import pty
import re
import select
import subprocess
import time

import pytest

from servers import ENID, OTHER_ACCOUNT


def enid(*args, **options):
    return subprocess.run([ENID, *map(str, args)], capture_output=True, text=True, timeout=30, **options)


@pytest.fixture
def status(server):
    """What a status command prints."""

    def status(*args, code=0):
        done = enid("status", "--data", server.data, *args)
        assert done.returncode == code, done
        return done.stdout if code == 0 else done.stderr

    return status


def launch(ec2, name=None, count=1, **options):
    image = ec2.describe_images(Owners=["amazon"], Filters=[{"Name": "architecture", "Values": ["x86_64"]}])["Images"][0]["ImageId"]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}] if name else []
    options = {"InstanceType": "t3.micro", **options}
    made = ec2.run_instances(ImageId=image, MinCount=count, MaxCount=count, TagSpecifications=tags, **options)["Instances"]
    ids = [instance["InstanceId"] for instance in made]
    ec2.get_waiter("instance_running").wait(InstanceIds=ids, WaiterConfig={"Delay": 1})
    found = ec2.describe_instances(InstanceIds=ids)["Reservations"]
    return [instance for reservation in found for instance in reservation["Instances"]]


def rows(text, head):
    """The rows of the table whose head begins so, as words by column."""
    lines = text.splitlines()
    at = next(number for number, line in enumerate(lines) if re.match(head, line))
    columns = [(found.group(), found.start()) for found in re.finditer(r"\S+", lines[at])]
    ends = [start for _, start in columns[1:]] + [None]
    table = []
    for line in lines[at + 1 :]:
        if not line:
            break
        table.append({name: line[start:end].strip() for (name, start), end in zip(columns, ends)})
    return table


def test_fifty_instances_are_a_table_of_a_line_each(ec2, status):
    named = {f"web-{number:02}": launch(ec2, f"web-{number:02}")[0] for number in range(2)}
    launch(ec2, count=48)
    table = rows(status(), r"NAME +ID")
    assert len(table) == 50
    # Those with names come first, in their order.
    assert [row["NAME"] for row in table[:3]] == ["web-00", "web-01", "-"]
    instance = named["web-00"]
    assert table[0] == {
        "NAME": "web-00",
        "ID": instance["InstanceId"],
        "STATE": "running",
        "TYPE": "t3.micro",
        "ZONE": instance["Placement"]["AvailabilityZone"],
        "PRIVATE": instance["PrivateIpAddress"],
        "PUBLIC": instance["PublicIpAddress"],
        "VPC": instance["VpcId"],
    }


def test_more_addresses_are_counted_and_shown_in_full_for_one(ec2, status):
    (instance,) = launch(ec2, "many")
    interface = instance["NetworkInterfaces"][0]["NetworkInterfaceId"]
    ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, SecondaryPrivateIpAddressCount=1)
    shown = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"][0]
    second = shown["PrivateIpAddresses"][1]["PrivateIpAddress"]
    elastic = ec2.allocate_address()
    ec2.associate_address(AllocationId=elastic["AllocationId"], NetworkInterfaceId=interface, PrivateIpAddress=second)
    (row,) = rows(status(), r"NAME +ID")
    assert row["PRIVATE"] == f"{instance['PrivateIpAddress']} +1" and row["PUBLIC"] == f"{instance['PublicIpAddress']} +1"
    for meant in ["many", instance["InstanceId"], instance["InstanceId"][:12], interface, interface[:14]]:
        full = status(meant)
        assert re.search(rf"{second} +{elastic['PublicIp']}", full) and "eth0" in full and shown["MacAddress"] in full, full
    assert json.loads(status("many", "--json"))["id"] == instance["InstanceId"]
    assert json.loads(status(interface, "--json"))["device"] == "eth0"


def test_links_are_named_as_the_guest_knows_them(ec2, status):
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    places = [(0, 0), (0, 1), (1, 1)]
    interfaces = [{"NetworkCardIndex": card, "DeviceIndex": device, "SubnetId": subnet} for card, device in places]
    (instance,) = launch(ec2, "cards", InstanceType="p4d.24xlarge", NetworkInterfaces=interfaces)
    assert [each["device"] for each in json.loads(status("cards", "--json"))["interfaces"]] == ["eth0", "eth1", "eth1n1"]
    for card, device in places:
        (found,) = [
            each["NetworkInterfaceId"]
            for each in instance["NetworkInterfaces"]
            if (each["Attachment"]["NetworkCardIndex"], each["Attachment"]["DeviceIndex"]) == (card, device)
        ]
        assert ("eth1n1" if card else f"eth{device}") in status(found)


def test_gateways_and_vpcs_are_shown(ec2, status, vpc, subnet):
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "mine"}])
    internet = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    table = {row["GATEWAY"]: row for row in rows(status(), r"NAME +GATEWAY")}
    assert (table[internet]["KIND"], table[internet]["STATE"], table[internet]["VPC"]) == ("internet", "detached", "-")
    ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=vpc)
    egress = ec2.create_egress_only_internet_gateway(VpcId=vpc)["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
    elastic = ec2.allocate_address()
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=elastic["AllocationId"])["NatGateway"]["NatGatewayId"]
    table = {row["GATEWAY"]: row for row in rows(status(), r"NAME +GATEWAY")}
    assert (table[internet]["STATE"], table[internet]["VPC"]) == ("attached", vpc)
    assert (table[egress]["KIND"], table[egress]["VPC"]) == ("egress-only", vpc)
    private = ec2.describe_nat_gateways()["NatGateways"][0]["NatGatewayAddresses"][0]["PrivateIp"]
    shown = table[nat]
    assert (shown["KIND"], shown["STATE"], shown["PRIVATE"], shown["PUBLIC"]) == ("nat", "available", private, elastic["PublicIp"])
    # Its interface is no user's.
    assert "NAME  INTERFACE" not in status()
    launch(ec2, "inside", SubnetId=subnet)
    full = status("mine")
    for part in [vpc, "10.0.0.0/16", "inside", nat, internet, egress]:
        assert part in full
    assert elastic["PublicIp"] in status(nat)
    ec2.delete_nat_gateway(NatGatewayId=nat)
    assert nat not in status()


def test_filters_are_ec2_s(ec2, status, vpc, subnet):
    web, web2, other = (launch(ec2, name, **options)[0] for name, options in [("web-1", {}), ("web-2", {}), ("db", {"SubnetId": subnet})])
    ec2.stop_instances(InstanceIds=[web2["InstanceId"]])
    ec2.get_waiter("instance_stopped").wait(InstanceIds=[web2["InstanceId"]], WaiterConfig={"Delay": 1})

    def found(*filters):
        flags = [flag for each in filters for flag in ("--filter", each)]
        return {instance["name"] for instance in json.loads(status("--json", *flags))["instances"]}

    assert found("name=web-*") == found("tag:Name=web-?") == {"web-1", "web-2"}
    assert found("name=web-1,db") == {"web-1", "db"}
    assert found("name=web-*", "state=running") == found("name=web-*", "instance-state-name=running") == {"web-1"}
    assert found(f"vpc={vpc}") == found(f"vpc-id={vpc}") == found(f"subnet={subnet}") == {"db"}
    assert found(f"zone={other['Placement']['AvailabilityZone']}", f"vpc={vpc}") == {"db"}
    assert found("type=t3.*") == found("account=123456789012") == found("region=us-east-1") == {"web-1", "web-2", "db"}
    assert found(f"private={web['PrivateIpAddress']}") == found(f"public={web['PublicIpAddress']}") == {"web-1"}
    assert found("name=WEB-1") == found("name=web") == set()
    assert "No instance is like that." in status("--filter", "name=web")
    assert len(rows(status("--filter", "state=stopped"), r"NAME +ID")) == 1
    # Rows of other kinds are held to it too.
    assert "GATEWAY" not in status("--filter", "type=t3.micro")


def test_filters_that_do_not_exist_are_usage_mistakes(server):
    for given in ["colour=red", "state", "tag:=x"]:
        done = enid("status", "--data", server.data, "--filter", given)
        assert done.returncode == 2 and given.split("=")[0] in done.stderr
    assert "instance-state-name" in done.stderr


def test_what_is_not_clear_is_asked_for(ec2, status):
    twins = launch(ec2, "twin", count=2)
    message = status("twin", code=1)
    assert all(twin["InstanceId"] in message for twin in twins)
    assert "there is no" in status("nobody", code=1)
    ec2.terminate_instances(InstanceIds=[twins[0]["InstanceId"]])
    ec2.get_waiter("instance_terminated").wait(InstanceIds=[twins[0]["InstanceId"]], WaiterConfig={"Delay": 1})
    assert twins[1]["InstanceId"] in status("twin")


def test_a_name_moves_no_cursor(ec2, status):
    launch(ec2, "a\x1b[2Jb\nc")
    assert "\x1b" not in status() and rows(status(), r"NAME +ID")[0]["NAME"] == "a?[2Jb?c"


def test_the_kernel_s_counts_are_asked_for(status):
    assert "Kernel:" not in status() and "Kernel: nothing" in status("--kernel")


def test_accounts_are_told_apart_where_there_are_several(start, session, config):
    server = start("--ephemeral", "--fabric", "none", "--config", config)
    launch(server.client(session), "mine")
    shown = enid("status", "--data", server.data).stdout
    assert "ACCOUNT" not in shown
    launch(server.client(session, **OTHER_ACCOUNT), "theirs")
    table = {row["NAME"]: row["ACCOUNT/REGION"] for row in rows(enid("status", "--data", server.data).stdout, r"NAME +ID")}
    assert table == {"mine": "123456789012/us-east-1", "theirs": "999999999999/us-east-1"}


def on_terminal(command, seconds, environment=None):
    """What a command draws on a terminal of 10 rows within so much time."""
    master, terminal = pty.openpty()
    subprocess.run(["stty", "rows", "10", "cols", "80"], stdin=terminal, check=True)
    process = subprocess.Popen(command, stdout=terminal, stderr=terminal, env={**os.environ, "TERM": "xterm", **(environment or {})})
    os.close(terminal)
    seen, deadline = b"", time.monotonic() + seconds
    while time.monotonic() < deadline:
        if select.select([master], [], [], 0.1)[0]:
            try:
                seen += os.read(master, 65536)
            except OSError:
                break
    process.kill()
    process.wait()
    os.close(master)
    return seen.decode()


def test_colours_are_for_terminals_and_for_who_wants_them(ec2, server, status):
    launch(ec2, "web")
    command = [ENID, "status", "--data", server.data]
    assert "\x1b[32mrunning" in on_terminal(command, 5, {"NO_COLOR": ""})
    assert "\x1b" not in on_terminal(command, 5, {"NO_COLOR": "1"})
    assert "\x1b" not in on_terminal(command, 5, {"TERM": "dumb"})
    assert "\x1b" not in status()


def test_watch_draws_anew_what_has_changed(ec2, server):
    launch(ec2, "before", count=12)
    master, terminal = pty.openpty()
    subprocess.run(["stty", "rows", "10", "cols", "60"], stdin=terminal, check=True)
    process = subprocess.Popen([ENID, "status", "--data", server.data, "--watch=1"], stdout=terminal, stderr=terminal)
    os.close(terminal)
    seen = ""

    def read_until(word):
        nonlocal seen
        deadline = time.monotonic() + 20
        while word not in seen:
            assert time.monotonic() < deadline, seen
            if select.select([master], [], [], 0.5)[0]:
                seen += os.read(master, 65536).decode()

    try:
        read_until("more lines")
        # A screen is never scrolled.
        assert seen.split("\x1b[H")[1].count("\n") <= 9
        seen = ""
        launch(ec2, "after")
        read_until("after")
    finally:
        process.kill()
        process.wait()
        os.close(master)


def test_watch_is_for_terminals(server):
    done = enid("status", "--data", server.data, "--watch")
    assert done.returncode == 1 and "--watch" in done.stderr and done.stdout == ""
    assert enid("status", "--watch=0").returncode == 2
