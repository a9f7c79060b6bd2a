"""Terraform itself with its AWS provider: what it applied it finds again, changes in place, and takes away."""

import pathlib
import re
import socket
import time

import pytest

from errors import refused
from host import host, own_mounts  # noqa: F401
from terraform import Terraform, required

CONFIGURATIONS = pathlib.Path(__file__).parent / "terraform"
PINGS = ["-c", "3", "-i", "0.2", "-W", "2"]


@pytest.fixture
def server(host, start):
    """A server that moves packets."""
    required()
    return start("--ephemeral", "--fabric", "require")


@pytest.fixture
def terraform(server, tmp_path):
    """Terraform in a copy of one of the configurations."""
    return lambda name: Terraform(CONFIGURATIONS / name, tmp_path, server.env)


def counts(printed):
    """How many resources were added, changed and destroyed."""
    return tuple(map(int, re.findall(r"(\d+) (?:added|changed|destroyed)", printed)))


def everything(ec2):
    """What stays of everything that Terraform makes, by kind."""
    shown = {
        "vpc": ec2.describe_vpcs()["Vpcs"],
        "subnet": ec2.describe_subnets()["Subnets"],
        "group": ec2.describe_security_groups()["SecurityGroups"],
        "rule": ec2.describe_security_group_rules()["SecurityGroupRules"],
        "acl": ec2.describe_network_acls()["NetworkAcls"],
        "table": ec2.describe_route_tables()["RouteTables"],
        "gateway": ec2.describe_internet_gateways()["InternetGateways"],
        "interface": ec2.describe_network_interfaces()["NetworkInterfaces"],
        "address": ec2.describe_addresses()["Addresses"],
        "key": ec2.describe_key_pairs()["KeyPairs"],
        "template": ec2.describe_launch_templates()["LaunchTemplates"],
        "list": ec2.describe_managed_prefix_lists()["PrefixLists"],
        "options": ec2.describe_dhcp_options()["DhcpOptions"],
        "volume": ec2.describe_volumes()["Volumes"],
    }
    return shown


def test_a_network_of_all_kinds_is_applied_found_again_changed_and_destroyed(terraform, ec2):
    before = everything(ec2)
    network = terraform("network")
    assert counts(network.apply()) == (46, 0, 0)
    changed = network.apply(step=1)
    assert counts(changed) == (0, 11, 0)
    network.destroy(step=1)
    assert everything(ec2) == before


def test_addresses_by_value_count_and_prefix_change_in_place(terraform, ec2):
    before = everything(ec2)
    addresses = terraform("addresses")
    addresses.apply()
    first = addresses.outputs()["interfaces"]

    def shown(name):
        (interface,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[first[name]])["NetworkInterfaces"]
        of = {"PrivateIpAddresses": "PrivateIpAddress", "Ipv6Addresses": "Ipv6Address", "Ipv4Prefixes": "Ipv4Prefix", "Ipv6Prefixes": "Ipv6Prefix"}
        return [[item[member] for item in interface.get(group, [])] for group, member in of.items()]

    def lasts(name):
        """The last numbers of its IPv4 addresses."""
        return [int(address.rpartition(".")[2]) for address in shown(name)[0]]

    def lengths(name):
        return [len(items) for items in shown(name)]

    assert (sorted(lasts("listed")), lasts("ordered"), lasts("first")) == ([10, 11], [23, 21, 22], [30, 31, 32])
    assert [lengths(name) for name in ("counted", "prefixes_counted")] == [[4, 1, 0, 0], [1, 0, 1, 2]]
    assert shown("prefixes_listed")[2] == ["10.60.0.64/28"]

    assert counts(addresses.apply(step=1)) == (0, 8, 0)
    assert addresses.outputs()["interfaces"] == first
    assert (sorted(lasts("listed")), lasts("ordered"), sorted(lasts("first"))) == ([11, 12, 13], [23, 22, 21, 24], [30, 32, 33])
    assert [lengths(name) for name in ("counted", "prefixes_counted")] == [[2, 3, 0, 0], [1, 0, 2, 1]]
    assert sorted(shown("prefixes_listed")[2]) == ["10.60.0.80/28", "10.60.0.96/28"]

    # The provider waits two and a half minutes for an attachment that is gone, here as on EC2 (its issue 45835).
    addresses.forget("aws_network_interface_attachment.listed")
    addresses.destroy(step=1)
    assert everything(ec2) == before


# Which private address each of two Elastic IPs stands for, by step.
STANDS_FOR = [("10.70.0.10", "10.70.0.20"), ("10.70.0.11", "10.70.0.20"), ("10.70.0.21", "10.70.0.11")]


def told_at(public):
    """The private address at which a connection to a public one arrives."""
    for _ in range(10):
        try:
            with socket.create_connection((public, 80), timeout=1) as connection:
                return connection.recv(100).decode()
        except ConnectionRefusedError:
            # The instance has not come so far yet.
            time.sleep(0.5)
    pytest.fail(f"nobody listens at {public}")


def test_elastic_ips_move_between_addresses_and_instances_with_their_packets(terraform, ec2):
    before = everything(ec2)
    configuration = terraform("elastic_ips")
    kept = None
    for step, privates in enumerate(STANDS_FOR):
        configuration.apply(step=step)
        public = [configuration.outputs()[name] for name in ("own", "apart")]
        assert kept in (None, public), "an Elastic IP was exchanged for another"
        kept = public
        shown = [ec2.describe_addresses(PublicIps=[address])["Addresses"][0]["PrivateIpAddress"] for address in public]
        assert shown == list(privates)
        assert [told_at(address) for address in public] == list(privates)
    configuration.destroy(step=2)
    assert everything(ec2) == before


def test_what_others_made_is_imported_as_it_is(terraform, ec2):
    """What the provider reads of a resource without having made it, it would write the same way."""
    vpc = ec2.create_vpc(CidrBlock="10.80.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.80.1.0/24")["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    web = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "all"}]}
    (rule,) = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[web])["SecurityGroupRules"]
    interface = ec2.create_network_interface(SubnetId=subnet, Groups=[group], SecondaryPrivateIpAddressCount=2, Description="three")
    interface = interface["NetworkInterface"]["NetworkInterfaceId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    association = ec2.associate_address(AllocationId=address, NetworkInterfaceId=interface)["AssociationId"]
    image = ec2.describe_images(Owners=["amazon"], Filters=[{"Name": "architecture", "Values": ["x86_64"]}])["Images"][0]["ImageId"]
    place = {"SubnetId": subnet, "SecurityGroupIds": [group], "PrivateIpAddress": "10.80.1.10", "InstanceType": "t3.micro"}
    instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, **place)["Instances"][0]["InstanceId"]
    ec2.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    entries = [{"Cidr": "192.0.2.0/24", "Description": "an office"}]
    offices = ec2.create_managed_prefix_list(PrefixListName="offices", AddressFamily="IPv4", MaxEntries=2, Entries=entries)

    made = {
        "aws_vpc.main": vpc,
        "aws_internet_gateway.main": gateway,
        "aws_subnet.main": subnet,
        "aws_route_table.main": table,
        "aws_route_table_association.main": f"{subnet}/{table}",
        "aws_security_group.web": group,
        "aws_vpc_security_group_ingress_rule.web": rule["SecurityGroupRuleId"],
        "aws_network_interface.main": interface,
        "aws_eip.main": address,
        "aws_eip_association.main": association,
        "aws_instance.main": instance,
        "aws_network_acl.main": acl,
        "aws_ec2_managed_prefix_list.offices": offices["PrefixList"]["PrefixListId"],
    }
    configuration = terraform("import")
    imports = [f'import {{\n  to = {place}\n  id = "{id}"\n}}\n' for place, id in made.items()]
    (configuration.folder / "imports.tf").write_text("".join(imports))
    printed = configuration.apply(image=image)
    assert f"{len(made)} imported, 0 added, 0 changed, 0 destroyed" in printed
    configuration.destroy(image=image)
    with refused("InvalidVpcID.NotFound"):
        ec2.describe_vpcs(VpcIds=[vpc])
