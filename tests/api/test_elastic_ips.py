"""Elastic IP addresses, as boto3 sees them."""

import ipaddress

import pytest
from errors import refused
from network import Network


@pytest.fixture
def net(ec2):
    return Network(ec2)


def test_an_address_is_allocated_described_and_released(ec2):
    tags = [{"Key": "name", "Value": "web"}]
    made = ec2.allocate_address(Domain="vpc", TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": tags}])
    assert ipaddress.ip_address(made["PublicIp"]) in ipaddress.ip_network("203.0.113.0/24")
    expected = {key: made[key] for key in ["PublicIp", "AllocationId", "Domain", "PublicIpv4Pool", "NetworkBorderGroup"]}
    assert (made["Domain"], made["PublicIpv4Pool"], made["NetworkBorderGroup"]) == ("vpc", "amazon", "us-east-1")
    by = lambda **query: ec2.describe_addresses(**query)["Addresses"]
    assert by(AllocationIds=[made["AllocationId"]]) == [expected | {"Tags": tags}]
    assert by(PublicIps=[made["PublicIp"]]) == by(Filters=[{"Name": "tag:name", "Values": ["w*"]}]) == by()
    assert by(Filters=[{"Name": "public-ip", "Values": ["203.0.113.255"]}]) == []
    ec2.release_address(AllocationId=made["AllocationId"])
    assert by() == []
    with refused("InvalidAllocationID.NotFound", f"'{made['AllocationId']}' does not exist"):
        ec2.release_address(AllocationId=made["AllocationId"])
    with refused("InvalidAddress.NotFound", f"Address '{made['PublicIp']}' not found."):
        by(PublicIps=[made["PublicIp"]])


def test_a_released_address_can_be_had_again_by_naming_it(ec2):
    made = ec2.allocate_address()
    with refused("InvalidAddress.NotFound"):
        ec2.allocate_address(Address=made["PublicIp"])
    ec2.release_address(AllocationId=made["AllocationId"])
    assert ec2.allocate_address(Address=made["PublicIp"])["PublicIp"] == made["PublicIp"]
    with refused("InvalidAddress.Malformed"):
        ec2.allocate_address(Address="203.0.113")


def test_an_elastic_ip_stands_for_the_primary_address_unless_another_is_named(net):
    interface = net.interface("10.0.0.10")
    net.assign(interface, "10.0.0.11")
    one, two = net.elastic_ip(), net.elastic_ip()
    of_primary = net.ec2.associate_address(AllocationId=one, NetworkInterfaceId=interface)["AssociationId"]
    net.ec2.associate_address(AllocationId=two, NetworkInterfaceId=interface, PrivateIpAddress="10.0.0.11")
    address = net.address(one)
    assert (address["PrivateIpAddress"], address["AssociationId"]) == ("10.0.0.10", of_primary)
    assert (address["NetworkInterfaceId"], address["NetworkInterfaceOwnerId"]) == (interface, "123456789012")
    assert "InstanceId" not in address
    entries = net.describe(interface)["PrivateIpAddresses"]
    assert [entry["Association"]["AllocationId"] for entry in entries] == [one, two]
    association = net.describe(interface)["Association"]
    assert association["AssociationId"] == of_primary and association["IpOwnerId"] == "123456789012"
    for name, value in [("association-id", of_primary), ("private-ip-address", "10.0.0.10"), ("allocation-id", one)]:
        found = net.ec2.describe_addresses(Filters=[{"Name": name, "Values": [value]}])["Addresses"]
        assert [address["AllocationId"] for address in found] == [one], name
    for name, value in [("network-interface-id", interface), ("network-border-group", "us-east-1")]:
        assert len(net.ec2.describe_addresses(Filters=[{"Name": name, "Values": [value]}])["Addresses"]) == 2, name


def test_a_repeated_association_keeps_its_id(net):
    interface, elastic = net.interface("10.0.0.10"), net.elastic_ip()
    associate = lambda **more: net.ec2.associate_address(AllocationId=elastic, NetworkInterfaceId=interface, **more)["AssociationId"]
    first = associate()
    assert associate() == first
    assert associate(AllowReassociation=False, PrivateIpAddress="10.0.0.10") == first


def test_reassociation_is_automatic_unless_it_is_not_allowed(net):
    one, two, elastic = net.interface("10.0.0.10"), net.interface("10.0.0.20"), net.elastic_ip()
    first = net.ec2.associate_address(AllocationId=elastic, NetworkInterfaceId=one)["AssociationId"]
    with refused("Resource.AlreadyAssociated", f"resource {elastic} is already associated with associate-id {first}"):
        net.ec2.associate_address(AllocationId=elastic, NetworkInterfaceId=two, AllowReassociation=False)
    assert net.address(elastic)["NetworkInterfaceId"] == one
    second = net.ec2.associate_address(AllocationId=elastic, NetworkInterfaceId=two)["AssociationId"]
    assert second != first and net.address(elastic)["NetworkInterfaceId"] == two
    with refused("InvalidAssociationID.NotFound", first):
        net.ec2.disassociate_address(AssociationId=first)


def test_an_address_in_use_is_not_released(net):
    interface, elastic = net.interface("10.0.0.10"), net.elastic_ip()
    association = net.ec2.associate_address(AllocationId=elastic, NetworkInterfaceId=interface)["AssociationId"]
    with refused("InvalidIPAddress.InUse", net.address(elastic)["PublicIp"]):
        net.ec2.release_address(AllocationId=elastic)
    net.ec2.disassociate_address(AssociationId=association)
    assert "AssociationId" not in net.address(elastic)
    with refused("InvalidAddress.NotFound"):
        net.ec2.release_address(AllocationId=elastic, NetworkBorderGroup="us-west-2")
    net.ec2.release_address(AllocationId=elastic)


def test_an_unassigned_address_is_disassociated_and_so_is_a_deleted_interface_s(net):
    interface = net.interface("10.0.0.10")
    net.assign(interface, "10.0.0.11")
    one, two = net.elastic_ip(), net.elastic_ip()
    net.ec2.associate_address(AllocationId=one, NetworkInterfaceId=interface, PrivateIpAddress="10.0.0.11")
    net.ec2.associate_address(AllocationId=two, NetworkInterfaceId=interface)
    net.ec2.unassign_private_ip_addresses(NetworkInterfaceId=interface, PrivateIpAddresses=["10.0.0.11"])
    assert "AssociationId" not in net.address(one) and "AssociationId" in net.address(two)
    net.ec2.delete_network_interface(NetworkInterfaceId=interface)
    assert "AssociationId" not in net.address(two)


def test_the_vpc_needs_an_internet_gateway(ec2):
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    elastic = ec2.allocate_address()["AllocationId"]
    with refused("Gateway.NotAttached", f"Network {vpc} is not attached to any internet gateway"):
        ec2.associate_address(AllocationId=elastic, NetworkInterfaceId=interface)


def test_an_address_of_a_prefix_can_have_an_elastic_ip(net):
    interface = net.interface("10.0.0.10")
    net.ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, Ipv4Prefixes=["10.0.0.32/28"])
    elastic = net.elastic_ip()
    net.ec2.associate_address(AllocationId=elastic, NetworkInterfaceId=interface, PrivateIpAddress="10.0.0.40")
    assert net.address(elastic)["PrivateIpAddress"] == "10.0.0.40"
    with refused("InvalidParameterValue"):
        net.ec2.associate_address(AllocationId=elastic, NetworkInterfaceId=interface, PrivateIpAddress="10.0.0.99")


def test_what_an_association_is_with_must_be_said_once(net):
    interface, elastic = net.interface(), net.elastic_ip()
    with refused("MissingParameter"):
        net.ec2.associate_address(AllocationId=elastic)
    with refused("MissingParameter"):
        net.ec2.associate_address(NetworkInterfaceId=interface)
    with refused("InvalidInstanceID.NotFound"):
        net.ec2.associate_address(AllocationId=elastic, NetworkInterfaceId=interface, InstanceId="i-0123456789abcdef0")
    with refused("InvalidInstanceID.NotFound"):
        net.ec2.associate_address(AllocationId=elastic, InstanceId="i-0123456789abcdef0")
    with refused("InvalidAllocationID.NotFound"):
        net.ec2.associate_address(AllocationId="eipalloc-0123456789abcdef0", NetworkInterfaceId=interface)


def test_an_elastic_ip_is_associated_and_disassociated_by_its_address_but_not_released(net):
    one, two = net.interface("10.0.0.10"), net.interface("10.0.0.20")
    net.assign(one, "10.0.0.11")
    made = net.ec2.allocate_address()
    public, allocation = made["PublicIp"], made["AllocationId"]
    first = net.ec2.associate_address(PublicIp=public, NetworkInterfaceId=one, PrivateIpAddress="10.0.0.11")["AssociationId"]
    address = net.address(allocation)
    assert (address["AssociationId"], address["NetworkInterfaceId"], address["PrivateIpAddress"]) == (first, one, "10.0.0.11")
    with refused("Resource.AlreadyAssociated"):
        net.ec2.associate_address(PublicIp=public, NetworkInterfaceId=two, AllowReassociation=False)
    net.ec2.associate_address(PublicIp=public, NetworkInterfaceId=two)
    assert net.address(allocation)["NetworkInterfaceId"] == two
    with refused("InvalidParameterCombination", "You may specify public IP or association id, but not both in the same call"):
        net.ec2.disassociate_address(PublicIp=public, AssociationId=net.address(allocation)["AssociationId"])
    with refused("InvalidParameterCombination", "You may specify public IP or allocation id, but not both in the same call"):
        net.ec2.associate_address(PublicIp=public, AllocationId=allocation, NetworkInterfaceId=one)
    for _ in range(2):
        net.ec2.disassociate_address(PublicIp=public)
        assert "AssociationId" not in net.address(allocation)
    with refused("InvalidParameterValue", "You must specify an allocation id when releasing a VPC elastic IP address"):
        net.ec2.release_address(PublicIp=public)
    for change in [net.ec2.disassociate_address, net.ec2.release_address]:
        with refused("InvalidAddress.NotFound", "Address '192.0.2.1' not found."):
            change(PublicIp="192.0.2.1")
    with refused("InvalidAddress.NotFound", "Address '192.0.2.1' not found."):
        net.ec2.associate_address(PublicIp="192.0.2.1", NetworkInterfaceId=one)


def test_an_instance_is_named_with_an_elastic_ip_s_address(net):
    instance, interface = net.instance()
    made = net.ec2.allocate_address()
    association = net.ec2.associate_address(InstanceId=instance, PublicIp=made["PublicIp"])["AssociationId"]
    address = net.address(made["AllocationId"])
    assert (address["InstanceId"], address["NetworkInterfaceId"], address["AssociationId"]) == (instance, interface, association)


def test_dry_runs_tell_what_would_happen(net):
    interface, elastic = net.interface(), net.elastic_ip()
    with refused("DryRunOperation"):
        net.ec2.allocate_address(DryRun=True)
    with refused("DryRunOperation"):
        net.ec2.associate_address(AllocationId=elastic, NetworkInterfaceId=interface, DryRun=True)
    with refused("InvalidAllocationID.NotFound"):
        net.ec2.release_address(AllocationId="eipalloc-0123456789abcdef0", DryRun=True)
    assert len(net.ec2.describe_addresses()["Addresses"]) == 1 and "AssociationId" not in net.address(elastic)


def test_what_enid_cannot_do_is_refused_by_name(ec2):
    with refused("UnsupportedOperation", "IpamPoolId"):
        ec2.allocate_address(IpamPoolId="ipam-pool-0123456789abcdef0")
    with refused("UnsupportedOperation", "CustomerOwnedIpv4Pool"):
        ec2.allocate_address(CustomerOwnedIpv4Pool="ipv4pool-coip-0123456789abcdef0")
    with refused("InvalidParameterValue", "domain"):
        ec2.allocate_address(Domain="standard")
    with refused("InvalidParameterValue", "networkBorderGroup"):
        ec2.allocate_address(NetworkBorderGroup="us-west-2")


def test_an_instance_can_be_named_together_with_an_interface_of_its_own(net):
    """As Terraform does when an `aws_eip` with `instance` moves."""
    (one, primary), (two, other) = net.instance(), net.instance()
    second, loose = net.interface("10.0.0.60"), net.interface()
    net.ec2.attach_network_interface(NetworkInterfaceId=second, InstanceId=one, DeviceIndex=1)
    net.assign(second, "10.0.0.61")
    elastic = net.elastic_ip()

    def associate(instance, interface, **more):
        net.ec2.associate_address(AllocationId=elastic, InstanceId=instance, NetworkInterfaceId=interface, **more)
        address = net.address(elastic)
        return address["InstanceId"], address["NetworkInterfaceId"], address["PrivateIpAddress"]

    assert associate(one, second) == (one, second, "10.0.0.60")
    assert associate(one, second, PrivateIpAddress="10.0.0.61") == (one, second, "10.0.0.61")
    assert associate(one, primary)[:2] == (one, primary)
    assert associate(two, other)[:2] == (two, other)
    # With the interface where it was, which is not the instance's: the instance is where it goes, if it has one interface.
    associate(one, second)
    assert associate(two, second) == (two, other, net.addresses(other)[0])
    assert associate(two, loose)[:2] == (two, other)
    with refused("InvalidInstanceID", f"There are multiple interfaces attached to instance '{one}'. Please specify an interface ID for the operation instead."):
        associate(one, other)
    with refused("InvalidNetworkInterfaceID.NotFound"):
        associate(two, "eni-0123456789abcdef0")
    with refused("InvalidParameterValue"):
        associate(two, other, PrivateIpAddress="10.0.0.61")
    assert net.address(elastic)["InstanceId"] == two
    net.ec2.terminate_instances(InstanceIds=[two])
    net.ec2.get_waiter("instance_terminated").wait(InstanceIds=[two], WaiterConfig={"Delay": 0.05, "MaxAttempts": 100})
    with refused("InvalidInstanceID", f"The terminated instance '{two}' is not in a valid state for this operation."):
        associate(two, loose)


def test_an_instance_with_one_interface_can_be_named_instead_of_it(net):
    instance, interface = net.instance()
    elastic = net.elastic_ip()
    net.ec2.associate_address(AllocationId=elastic, InstanceId=instance)
    address = net.address(elastic)
    assert (address["InstanceId"], address["NetworkInterfaceId"]) == (instance, interface)
    found = net.ec2.describe_addresses(Filters=[{"Name": "instance-id", "Values": [instance]}])["Addresses"]
    assert [address["AllocationId"] for address in found] == [elastic]
    second = net.interface()
    net.ec2.attach_network_interface(NetworkInterfaceId=second, InstanceId=instance, DeviceIndex=1)
    with refused("InvalidInstanceID", f"There are multiple interfaces attached to instance '{instance}'"):
        net.ec2.associate_address(AllocationId=elastic, InstanceId=instance)


def test_an_elastic_ip_takes_the_place_of_the_automatic_public_address(net):
    net.ec2.modify_subnet_attribute(SubnetId=net.subnet, MapPublicIpOnLaunch={"Value": True})
    _, interface = net.instance()
    automatic = net.describe(interface)["Association"]
    assert automatic["IpOwnerId"] == "amazon" and "AllocationId" not in automatic
    elastic = net.elastic_ip()
    association = net.ec2.associate_address(AllocationId=elastic, NetworkInterfaceId=interface)["AssociationId"]
    assert net.describe(interface)["Association"]["PublicIp"] == net.address(elastic)["PublicIp"] != automatic["PublicIp"]
    net.ec2.disassociate_address(AssociationId=association)
    again = net.describe(interface)["Association"]
    assert again["IpOwnerId"] == "amazon" and again["PublicIp"] != net.address(elastic)["PublicIp"]


def test_an_elastic_ip_that_moves_on_leaves_an_automatic_public_address_behind(net):
    net.ec2.modify_subnet_attribute(SubnetId=net.subnet, MapPublicIpOnLaunch={"Value": True})
    _, interface = net.instance()
    elastic = net.elastic_ip()
    net.ec2.associate_address(AllocationId=elastic, NetworkInterfaceId=interface)
    net.ec2.associate_address(AllocationId=elastic, NetworkInterfaceId=net.interface())
    assert net.describe(interface)["Association"]["IpOwnerId"] == "amazon"


@pytest.mark.parametrize("why", ["a second interface", "an elastic ip of a secondary address", "none at launch"])
def test_no_automatic_public_address_follows_an_elastic_ip(net, why):
    net.ec2.modify_subnet_attribute(SubnetId=net.subnet, MapPublicIpOnLaunch={"Value": why != "none at launch"})
    instance, interface = net.instance()
    association = net.ec2.associate_address(AllocationId=net.elastic_ip(), NetworkInterfaceId=interface)["AssociationId"]
    if why == "a second interface":
        net.ec2.attach_network_interface(NetworkInterfaceId=net.interface(), InstanceId=instance, DeviceIndex=1)
    if why == "an elastic ip of a secondary address":
        [second] = net.ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, SecondaryPrivateIpAddressCount=1)["AssignedPrivateIpAddresses"]
        net.ec2.associate_address(AllocationId=net.elastic_ip(), NetworkInterfaceId=interface, **second)
    net.ec2.disassociate_address(AssociationId=association)
    assert "Association" not in net.describe(interface)


def test_a_second_interface_leaves_no_automatic_public_address_after_a_restart(net):
    net.ec2.modify_subnet_attribute(SubnetId=net.subnet, MapPublicIpOnLaunch={"Value": True})
    instance, interface = net.instance()
    net.ec2.attach_network_interface(NetworkInterfaceId=net.interface(), InstanceId=instance, DeviceIndex=1)
    wait = {"Delay": 0.05, "MaxAttempts": 100}
    net.ec2.stop_instances(InstanceIds=[instance])
    net.ec2.get_waiter("instance_stopped").wait(InstanceIds=[instance], WaiterConfig=wait)
    assert "Association" not in net.describe(interface)
    net.ec2.start_instances(InstanceIds=[instance])
    net.ec2.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig=wait)
    assert "Association" not in net.describe(interface)


def test_hundreds_of_instances_and_elastic_ips_get_public_addresses_each_its_own(ec2):
    (image,) = ec2.describe_images(Owners=["amazon"], Filters=[{"Name": "architecture", "Values": ["x86_64"]}])["Images"][:1]
    for _ in range(3):
        ec2.run_instances(ImageId=image["ImageId"], InstanceType="t3.micro", MinCount=100, MaxCount=100)
    last = ec2.allocate_address()["PublicIp"]
    pages = ec2.get_paginator("describe_instances").paginate()
    instances = [instance for page in pages for reservation in page["Reservations"] for instance in reservation["Instances"]]
    public = [ipaddress.ip_address(instance["PublicIpAddress"]) for instance in instances] + [ipaddress.ip_address(last)]
    assert len(set(public)) == 301
    first, further = (ipaddress.ip_network(pool) for pool in ("203.0.113.0/24", "198.18.0.0/15"))
    # But for the network's own address, the broadcast address and the host's.
    assert len([address for address in public if address in first]) == 253
    assert len([address for address in public if address in further]) == 301 - 253
