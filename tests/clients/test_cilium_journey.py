"""What Cilium's operator asks of EC2 in ENI mode, in its order, asserting what it reads."""

import pytest

from errors import refused

WAIT = {"Delay": 1, "MaxAttempts": 20}


@pytest.fixture
def subnet(ec2):
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    tags = [{"ResourceType": "subnet", "Tags": [{"Key": "cilium", "Value": "pods"}]}]
    return ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", TagSpecifications=tags)["Subnet"]


@pytest.fixture
def node(ec2, subnet):
    images = ec2.describe_images(Owners=["amazon"], Filters=[{"Name": "architecture", "Values": ["x86_64"]}])["Images"]
    launched = ec2.run_instances(ImageId=images[0]["ImageId"], InstanceType="m5.large", SubnetId=subnet["SubnetId"], MinCount=1, MaxCount=1)
    instance = launched["Instances"][0]["InstanceId"]
    ec2.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig=WAIT)
    return instance


def create(ec2, subnet, **members):
    made = ec2.create_network_interface(SubnetId=subnet["SubnetId"], Description="Cilium-CNI (node)", **members)["NetworkInterface"]
    return made["NetworkInterfaceId"]


def attach(ec2, interface, node, index):
    attachment = ec2.attach_network_interface(
        NetworkInterfaceId=interface, InstanceId=node, DeviceIndex=index, NetworkCardIndex=0
    )["AttachmentId"]
    ec2.modify_network_interface_attribute(
        NetworkInterfaceId=interface, Attachment={"AttachmentId": attachment, "DeleteOnTermination": True}
    )


def interfaces(ec2, size, *filters):
    pages = ec2.get_paginator("describe_network_interfaces").paginate(
        Filters=[{"Name": name, "Values": [value]} for name, value in filters], PaginationConfig={"PageSize": size}
    )
    return [interface for page in pages for interface in page["NetworkInterfaces"]]


def test_networks_are_read_at_the_start(ec2, subnet):
    ec2.associate_vpc_cidr_block(VpcId=subnet["VpcId"], CidrBlock="100.64.0.0/16")
    (vpc,) = ec2.describe_vpcs(VpcIds=[subnet["VpcId"]])["Vpcs"]
    assert vpc["CidrBlock"] == "10.0.0.0/16"
    assert [block["CidrBlock"] for block in vpc["CidrBlockAssociationSet"]] == ["10.0.0.0/16", "100.64.0.0/16"]

    (shown,) = ec2.describe_subnets(Filters=[{"Name": "tag:cilium", "Values": ["pods"]}])["Subnets"]
    names = ("CidrBlock", "AvailableIpAddressCount", "AvailabilityZone", "VpcId")
    assert [shown[name] for name in names] == ["10.0.1.0/24", 251, "us-east-1a", subnet["VpcId"]]
    assert shown["Tags"] == [{"Key": "cilium", "Value": "pods"}]

    table = ec2.create_route_table(VpcId=subnet["VpcId"])["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet["SubnetId"])
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [subnet["VpcId"]]}])["RouteTables"]
    (association,) = next(shown for shown in tables if shown["RouteTableId"] == table)["Associations"]
    assert (association["SubnetId"], association["AssociationState"]["State"]) == (subnet["SubnetId"], "associated")


def test_every_interface_of_the_account_is_listed_in_pages(ec2, subnet, node):
    made = {create(ec2, subnet) for _ in range(11)}
    # Cilium asks for all that have an address at all.
    listed = interfaces(ec2, 5, ("private-ip-address", "*"))
    assert made < {shown["NetworkInterfaceId"] for shown in listed}
    assert len(listed) == len({shown["NetworkInterfaceId"] for shown in listed}) == 12
    assert {shown["NetworkInterfaceId"] for shown in interfaces(ec2, 1000, ("status", "available"))} == made
    (primary,) = interfaces(ec2, 1000, ("attachment.instance-id", node))
    assert (primary["Attachment"]["DeviceIndex"], primary["Attachment"]["InstanceId"]) == (0, node)
    assert len(interfaces(ec2, 1000, ("subnet-id", subnet["SubnetId"]))) == 12


def test_ids_and_page_sizes_exclude_each_other(ec2, subnet):
    with refused("InvalidParameterCombination"):
        ec2.describe_network_interfaces(NetworkInterfaceIds=[create(ec2, subnet)], MaxResults=1000)


def test_a_node_s_interface_says_all_that_the_agent_needs(ec2, subnet, node):
    group = ec2.create_security_group(GroupName="pods", Description="pods", VpcId=subnet["VpcId"])["GroupId"]
    interface = create(
        ec2,
        subnet,
        Groups=[group],
        SecondaryPrivateIpAddressCount=3,
        TagSpecifications=[{"ResourceType": "network-interface", "Tags": [{"Key": "io.cilium", "Value": "eni"}]}],
    )
    attach(ec2, interface, node, 1)
    (shown,) = interfaces(ec2, 1000, ("tag:io.cilium", "eni"))
    assert (shown["NetworkInterfaceId"], shown["Description"]) == (interface, "Cilium-CNI (node)")
    assert (shown["SubnetId"], shown["VpcId"]) == (subnet["SubnetId"], subnet["VpcId"])
    assert shown["MacAddress"].count(":") == 5
    assert shown["Attachment"]["InstanceId"] == node and shown["Attachment"]["DeviceIndex"] == 1
    addresses = shown["PrivateIpAddresses"]
    assert [address["Primary"] for address in addresses] == [True, False, False, False]
    assert shown["PrivateIpAddress"] == addresses[0]["PrivateIpAddress"]
    assert [group["GroupId"] for group in shown["Groups"]] == [group]

    ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, SecondaryPrivateIpAddressCount=2)
    (shown,) = interfaces(ec2, 1000, ("tag:io.cilium", "eni"))
    assert [address["PrivateIpAddress"] for address in shown["PrivateIpAddresses"][:4]] == [
        address["PrivateIpAddress"] for address in addresses
    ]
    release = [address["PrivateIpAddress"] for address in shown["PrivateIpAddresses"][2:]]
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=interface, PrivateIpAddresses=release)
    (shown,) = interfaces(ec2, 1000, ("tag:io.cilium", "eni"))
    assert len(shown["PrivateIpAddresses"]) == 2
    assert ec2.describe_subnets(SubnetIds=[subnet["SubnetId"]])["Subnets"][0]["AvailableIpAddressCount"] == 251 - 1 - 2


def test_instances_and_types_are_read_in_pages(ec2, node):
    pages = ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 5})
    found = [instance for page in pages for reservation in page["Reservations"] for instance in reservation["Instances"]]
    assert [(instance["InstanceId"], instance["InstanceType"]) for instance in found] == [(node, "m5.large")]
    pages = ec2.get_paginator("describe_instance_types").paginate()
    limits = {
        shown["InstanceType"]: (shown["NetworkInfo"]["MaximumNetworkInterfaces"], shown["NetworkInfo"]["Ipv4AddressesPerInterface"])
        for page in pages
        for shown in page["InstanceTypes"]
    }
    assert limits["m5.large"] == (3, 10) and len(limits) > 1000


def test_prefixes_are_delegated_until_the_subnet_has_none(ec2, subnet, node):
    interface = create(ec2, subnet, Ipv4PrefixCount=1)
    attach(ec2, interface, node, 1)
    ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, Ipv4PrefixCount=1)
    (shown,) = interfaces(ec2, 1000, ("attachment.device-index", "1"))
    prefixes = [prefix["Ipv4Prefix"] for prefix in shown["Ipv4Prefixes"]]
    assert len(prefixes) == 2
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=interface, Ipv4Prefixes=prefixes[:1])
    small = ec2.create_subnet(VpcId=subnet["VpcId"], CidrBlock="10.0.2.0/28")["Subnet"]
    scattered = ec2.create_subnet(VpcId=subnet["VpcId"], CidrBlock="10.0.2.32/27")["Subnet"]
    # On these Cilium falls back to single addresses, whether it asks for an interface or for more on one.
    full = ("InvalidParameterValue", "There aren't sufficient free Ipv4 addresses or prefixes")
    for where, why in [(small, full), (scattered, ("InsufficientCidrBlocks", None))]:
        with refused(*why):
            create(ec2, where, Ipv4PrefixCount=1)
        with refused(*why):
            ec2.assign_private_ip_addresses(NetworkInterfaceId=create(ec2, where), Ipv4PrefixCount=1)


def test_an_elastic_ip_is_taken_only_while_it_is_free(ec2, subnet, node):
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=subnet["VpcId"])
    tags = [{"ResourceType": "elastic-ip", "Tags": [{"Key": "egress", "Value": "yes"}]}]
    allocation = ec2.allocate_address(Domain="vpc", TagSpecifications=tags)["AllocationId"]
    (address,) = ec2.describe_addresses(Filters=[{"Name": "tag:egress", "Values": ["yes"]}])["Addresses"]
    assert (address["AllocationId"], "AssociationId" in address) == (allocation, False)
    (primary,) = interfaces(ec2, 1000, ("attachment.instance-id", node))
    name = primary["NetworkInterfaceId"]
    ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=name, AllowReassociation=False)
    (primary,) = interfaces(ec2, 1000, ("attachment.instance-id", node))
    assert primary["Association"]["PublicIp"] == primary["PrivateIpAddresses"][0]["Association"]["PublicIp"] == address["PublicIp"]
    with refused("Resource.AlreadyAssociated"):
        ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=create(ec2, subnet), AllowReassociation=False)


def test_tags_are_described_by_resource_and_key(ec2, subnet):
    interface = create(ec2, subnet)
    ec2.create_tags(Resources=[interface], Tags=[{"Key": "cluster", "Value": "one"}, {"Key": "other", "Value": "two"}])
    filters = [
        {"Name": "resource-type", "Values": ["network-interface"]},
        {"Name": "resource-id", "Values": [interface]},
        {"Name": "key", "Values": ["cluster"]},
    ]
    (tag,) = ec2.describe_tags(Filters=filters)["Tags"]
    assert (tag["ResourceId"], tag["Value"]) == (interface, "one")
