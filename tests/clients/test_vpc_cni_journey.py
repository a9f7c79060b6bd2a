"""What amazon-vpc-cni-k8s asks of EC2 on a node, in its order, asserting what it reads."""

import pytest

from errors import refused

WAIT = {"Delay": 1, "MaxAttempts": 20}
NODE_TAG = "node.k8s.amazonaws.com/instance_id"


@pytest.fixture
def subnet(ec2):
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    (block,) = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", Ipv6CidrBlock=block["Ipv6CidrBlock"].replace("/56", "/64"))["Subnet"]
    ec2.create_tags(Resources=[made["SubnetId"]], Tags=[{"Key": "kubernetes.io/role/cni", "Value": "1"}])
    return made


@pytest.fixture
def node(ec2, subnet):
    images = ec2.describe_images(Owners=["amazon"], Filters=[{"Name": "architecture", "Values": ["x86_64"]}])["Images"]
    launched = ec2.run_instances(ImageId=images[0]["ImageId"], InstanceType="t3.small", SubnetId=subnet["SubnetId"], MinCount=1, MaxCount=1)
    instance = launched["Instances"][0]["InstanceId"]
    ec2.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig=WAIT)
    return instance


def free_addresses(ec2, subnet):
    return ec2.describe_subnets(SubnetIds=[subnet["SubnetId"]])["Subnets"][0]["AvailableIpAddressCount"]


def create(ec2, subnet, node, **addresses):
    """CreateNetworkInterface as ipamd asks for it."""
    tags = [{"Key": NODE_TAG, "Value": node}, {"Key": "cluster.k8s.amazonaws.com/name", "Value": "test"}]
    group = ec2.describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [subnet["VpcId"]]}, {"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"][0]["GroupId"]
    return ec2.create_network_interface(
        Description=f"aws-K8S-{node}",
        Groups=[group],
        SubnetId=subnet["SubnetId"],
        TagSpecifications=[{"ResourceType": "network-interface", "Tags": tags}],
        **addresses,
    )["NetworkInterface"]["NetworkInterfaceId"]


def free_place(ec2, node):
    """The first device index of card 0 that no interface of the instance has, as ipamd finds it."""
    (instance,) = ec2.describe_instances(InstanceIds=[node])["Reservations"][0]["Instances"]
    places = [interface["Attachment"] for interface in instance["NetworkInterfaces"]]
    taken = {place["DeviceIndex"] for place in places if place["NetworkCardIndex"] == 0}
    return min(set(range(128)) - taken)


def attach(ec2, interface, node):
    attachment = ec2.attach_network_interface(
        NetworkInterfaceId=interface, InstanceId=node, DeviceIndex=free_place(ec2, node), NetworkCardIndex=0
    )["AttachmentId"]
    ec2.modify_network_interface_attribute(
        NetworkInterfaceId=interface, Attachment={"AttachmentId": attachment, "DeleteOnTermination": True}
    )
    return attachment


def test_a_type_tells_how_many_pods_fit(ec2):
    (shown,) = ec2.describe_instance_types(InstanceTypes=["m5.large"])["InstanceTypes"]
    network = shown["NetworkInfo"]
    assert (network["MaximumNetworkInterfaces"], network["Ipv4AddressesPerInterface"]) == (3, 10)
    assert (network["MaximumNetworkCards"], network["DefaultNetworkCardIndex"]) == (1, 0)
    (card,) = network["NetworkCards"]
    assert (card["NetworkCardIndex"], card["MaximumNetworkInterfaces"]) == (0, 3)
    assert (shown["Hypervisor"], shown["BareMetal"]) == ("nitro", False)


def test_subnets_are_discovered_by_zone_with_their_tags(ec2, subnet):
    filters = [
        {"Name": "vpc-id", "Values": [subnet["VpcId"]]},
        {"Name": "availability-zone", "Values": [subnet["AvailabilityZone"]]},
    ]
    (shown,) = ec2.describe_subnets(Filters=filters)["Subnets"]
    assert shown["AvailableIpAddressCount"] == 251
    assert shown["Tags"] == [{"Key": "kubernetes.io/role/cni", "Value": "1"}]


def test_a_second_interface_brings_addresses_until_the_type_is_full(ec2, subnet, node):
    assert free_addresses(ec2, subnet) == 250
    interface = create(ec2, subnet, node, SecondaryPrivateIpAddressCount=2)
    attachment = attach(ec2, interface, node)
    (shown,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"]
    assert (shown["Status"], shown["InterfaceType"], shown["SubnetId"]) == ("in-use", "interface", subnet["SubnetId"])
    assert [address["Primary"] for address in shown["PrivateIpAddresses"]] == [True, False, False]
    assert shown["Attachment"]["AttachmentId"] == attachment
    assert (shown["Attachment"]["DeviceIndex"], shown["Attachment"]["NetworkCardIndex"]) == (1, 0)
    assert shown["Attachment"]["DeleteOnTermination"] is True
    assert {tag["Key"]: tag["Value"] for tag in shown["TagSet"]}[NODE_TAG] == node

    assigned = ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, SecondaryPrivateIpAddressCount=1)
    (address,) = [given["PrivateIpAddress"] for given in assigned["AssignedPrivateIpAddresses"]]
    assert free_addresses(ec2, subnet) == 246
    with refused("PrivateIpAddressLimitExceeded", "Number of private addresses will exceed limit."):
        ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, SecondaryPrivateIpAddressCount=1)

    ec2.unassign_private_ip_addresses(NetworkInterfaceId=interface, PrivateIpAddresses=[address])
    assert free_addresses(ec2, subnet) == 247
    ec2.detach_network_interface(AttachmentId=attachment)
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    assert free_addresses(ec2, subnet) == 250


def test_a_place_that_is_taken_and_a_type_that_is_full_are_told_apart(ec2, subnet, node):
    first, second, third = (create(ec2, subnet, node) for _ in range(3))
    attach(ec2, first, node)
    with refused("InvalidParameterValue", f"Instance '{node}' already has an interface attached at device index '1'."):
        ec2.attach_network_interface(NetworkInterfaceId=second, InstanceId=node, DeviceIndex=1, NetworkCardIndex=0)
    attach(ec2, second, node)
    with refused("AttachmentLimitExceeded", "Interface count 4 exceeds the limit for t3.small"):
        attach(ec2, third, node)


def test_prefixes_are_delegated_instead_of_addresses(ec2, subnet, node):
    interface = create(ec2, subnet, node, Ipv4PrefixCount=1)
    attach(ec2, interface, node)
    (shown,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"]
    assert [prefix["Ipv4Prefix"][-3:] for prefix in shown["Ipv4Prefixes"]] == ["/28"]
    assert free_addresses(ec2, subnet) == 250 - 16 - 1

    assigned = ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, Ipv4PrefixCount=1)
    (prefix,) = [given["Ipv4Prefix"] for given in assigned["AssignedIpv4Prefixes"]]
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=interface, Ipv4Prefixes=[prefix])
    with refused("PrivateIpAddressLimitExceeded"):
        ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, Ipv4PrefixCount=9)

    assigned = ec2.assign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6PrefixCount=1)["AssignedIpv6Prefixes"]
    (shown,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"]
    assert [prefix["Ipv6Prefix"] for prefix in shown["Ipv6Prefixes"]] == assigned
    ec2.unassign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6Prefixes=assigned)
    (shown,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"]
    assert "Ipv6Prefixes" not in shown or shown["Ipv6Prefixes"] == []


def test_a_subnet_without_room_says_of_what(ec2, subnet, node):
    small = ec2.create_subnet(VpcId=subnet["VpcId"], CidrBlock="10.0.2.0/28")["Subnet"]
    interface = create(ec2, small, node, SecondaryPrivateIpAddressCount=9)
    with refused("InvalidParameterValue", "There aren't sufficient free Ipv4 addresses or prefixes"):
        ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, Ipv4PrefixCount=1)
    with refused("InsufficientFreeAddressesInSubnet", "The specified subnet does not have enough free addresses to satisfy the request."):
        ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, SecondaryPrivateIpAddressCount=2)
    assert free_addresses(ec2, small) == 1


def test_timeouts_of_connection_tracking_are_read_back(ec2, subnet, node):
    timeouts = {"TcpEstablishedTimeout": 432000, "UdpStreamTimeout": 120, "UdpTimeout": 45}
    interface = create(ec2, subnet, node, ConnectionTrackingSpecification=timeouts)
    (shown,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"]
    assert shown["ConnectionTrackingConfiguration"] == timeouts


def test_a_gone_interface_is_named_in_quotes(ec2, subnet, node):
    interface = create(ec2, subnet, node)
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    # ipamd takes the id out of the quotes, to ask for the others without it.
    with refused("InvalidNetworkInterfaceID.NotFound", f"The networkInterface ID '{interface}' does not exist"):
        ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])


def test_leaked_interfaces_are_found_by_tags_and_pages(ec2, subnet, node):
    leaked = {create(ec2, subnet, node) for _ in range(7)}
    ec2.create_network_interface(SubnetId=subnet["SubnetId"])
    used = leaked.pop()
    attach(ec2, used, node)
    filters = [
        {"Name": "tag-key", "Values": [NODE_TAG]},
        {"Name": "tag:cluster.k8s.amazonaws.com/name", "Values": ["test"]},
        {"Name": "status", "Values": ["available"]},
        {"Name": "vpc-id", "Values": [subnet["VpcId"]]},
    ]
    pages = list(ec2.get_paginator("describe_network_interfaces").paginate(Filters=filters, PaginationConfig={"PageSize": 5}))
    found = [interface["NetworkInterfaceId"] for page in pages for interface in page["NetworkInterfaces"]]
    assert [len(page["NetworkInterfaces"]) for page in pages] == [5, 1]
    assert set(found) == leaked


def test_tags_of_an_interface_are_read_and_added(ec2, subnet, node):
    interface = create(ec2, subnet, node)
    ec2.create_tags(Resources=[interface], Tags=[{"Key": "node.k8s.amazonaws.com/no_manage", "Value": "true"}])
    filters = [{"Name": "resource-id", "Values": [interface]}, {"Name": "key", "Values": ["node.k8s.amazonaws.com/no_manage"]}]
    (tag,) = ec2.describe_tags(Filters=filters)["Tags"]
    assert (tag["ResourceType"], tag["Value"]) == ("network-interface", "true")


def test_pods_interfaces_go_with_the_node(ec2, subnet, node):
    kept, gone = create(ec2, subnet, node), create(ec2, subnet, node)
    attach(ec2, gone, node)
    ec2.attach_network_interface(NetworkInterfaceId=kept, InstanceId=node, DeviceIndex=2)
    ec2.terminate_instances(InstanceIds=[node])
    ec2.get_waiter("instance_terminated").wait(InstanceIds=[node], WaiterConfig=WAIT)
    with refused("InvalidNetworkInterfaceID.NotFound", f"'{gone}'"):
        ec2.describe_network_interfaces(NetworkInterfaceIds=[gone])
    (shown,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[kept])["NetworkInterfaces"]
    assert (shown["Status"], "Attachment" in shown) == ("available", False)
    assert free_addresses(ec2, subnet) == 250


def test_groups_of_pods_are_changed_in_place_and_stay_while_used(ec2, subnet, node):
    interface = create(ec2, subnet, node)
    groups = [
        ec2.create_security_group(GroupName=name, Description=name, VpcId=subnet["VpcId"])["GroupId"] for name in ("pods", "nodes")
    ]
    ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=groups)
    (shown,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"]
    assert [group["GroupId"] for group in shown["Groups"]] == groups
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=groups[0])
