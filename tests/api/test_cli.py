"""The commands that EC2's guide "Multiple IP Addresses" names, with the AWS CLI itself."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

AWS = pathlib.Path(sys.executable).with_name("aws")


@pytest.fixture
def aws(server):
    """Runs a command of `aws ec2` with the settings of `enid env`, and gives its answer."""

    def aws(*arguments):
        command = [AWS, "ec2", *arguments, "--output", "json"]
        done = subprocess.run(command, env=os.environ | server.env, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    return aws


@pytest.fixture
def subnet(ec2):
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    (block,) = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
    ipv6 = block["Ipv6CidrBlock"].replace("::/56", "::/64")
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    return ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", Ipv6CidrBlock=ipv6)["Subnet"]


@pytest.fixture
def launch(aws, ec2, subnet):
    """Launches an instance with options of `run-instances`, and gives its interface."""
    x86 = [{"Name": "architecture", "Values": ["x86_64"]}]
    image = ec2.describe_images(Owners=["amazon"], Filters=x86)["Images"][0]["ImageId"]

    def launch(*options):
        made = aws("run-instances", "--image-id", image, "--instance-type", "m5.large", "--subnet-id", subnet["SubnetId"], *options)
        return made["Instances"][0]["NetworkInterfaces"][0]

    return launch


def ipv6_of(subnet, last):
    (block,) = subnet["Ipv6CidrBlockAssociationSet"]
    return block["Ipv6CidrBlock"].replace("::/64", f"::{last}")


def addresses(interface):
    return [entry["PrivateIpAddress"] for entry in interface["PrivateIpAddresses"]]


def test_secondary_addresses_are_assigned_at_launch(launch):
    # Without --private-ip-address, since the CLI leaves the secondary ones out beside it (aws-cli issue 2070).
    named = launch("--secondary-private-ip-addresses", "10.0.0.11", "10.0.0.12")
    assert addresses(named)[1:] == ["10.0.0.11", "10.0.0.12"]
    counted = launch("--secondary-private-ip-address-count", "2")
    assert len(addresses(counted)) == 3


def test_ipv6_addresses_are_assigned_at_launch(launch, subnet):
    named = launch("--ipv6-addresses", f"Ipv6Address={ipv6_of(subnet, 'a')}", f"Ipv6Address={ipv6_of(subnet, 'b')}")
    assert [entry["Ipv6Address"] for entry in named["Ipv6Addresses"]] == [ipv6_of(subnet, "a"), ipv6_of(subnet, "b")]
    assert len(launch("--ipv6-address-count", "3")["Ipv6Addresses"]) == 3


def test_addresses_are_assigned_moved_and_unassigned_later(aws, launch, subnet):
    one, two = (launch("--private-ip-address", f"10.0.0.{last}")["NetworkInterfaceId"] for last in (10, 20))
    now = lambda interface: addresses(aws("describe-network-interfaces", "--network-interface-ids", interface)["NetworkInterfaces"][0])
    aws("assign-private-ip-addresses", "--network-interface-id", one, "--private-ip-addresses", "10.0.0.11", "10.0.0.12")
    aws("assign-private-ip-addresses", "--network-interface-id", two, "--private-ip-addresses", "10.0.0.11", "--allow-reassignment")
    assert (now(one), now(two)) == (["10.0.0.10", "10.0.0.12"], ["10.0.0.20", "10.0.0.11"])
    aws("unassign-private-ip-addresses", "--network-interface-id", one, "--private-ip-addresses", "10.0.0.12")
    assert now(one) == ["10.0.0.10"]
    counted = aws("assign-private-ip-addresses", "--network-interface-id", one, "--secondary-private-ip-address-count", "3")
    assert len(counted["AssignedPrivateIpAddresses"]) == 3
    assigned = aws("assign-ipv6-addresses", "--network-interface-id", one, "--ipv6-addresses", ipv6_of(subnet, "a"))
    assert assigned["AssignedIpv6Addresses"] == [ipv6_of(subnet, "a")]
    gone = aws("unassign-ipv6-addresses", "--network-interface-id", one, "--ipv6-addresses", ipv6_of(subnet, "a"))
    assert gone["UnassignedIpv6Addresses"] == [ipv6_of(subnet, "a")]


def test_an_elastic_ip_is_associated_with_a_secondary_address(aws, subnet):
    made = aws("create-network-interface", "--subnet-id", subnet["SubnetId"], "--secondary-private-ip-address-count", "1")
    interface = made["NetworkInterface"]
    secondary = addresses(interface)[1]
    allocated = aws("allocate-address", "--domain", "vpc")
    association = aws(
        *("associate-address", "--allocation-id", allocated["AllocationId"]),
        *("--network-interface-id", interface["NetworkInterfaceId"], "--private-ip-address", secondary),
    )
    (found,) = aws("describe-addresses", "--filters", f"Name=association-id,Values={association['AssociationId']}")["Addresses"]
    assert (found["PublicIp"], found["PrivateIpAddress"]) == (allocated["PublicIp"], secondary)
    aws("disassociate-address", "--association-id", association["AssociationId"])
    aws("release-address", "--allocation-id", allocated["AllocationId"])
    aws("delete-network-interface", "--network-interface-id", interface["NetworkInterfaceId"])
