"""Private addresses as boto3 sees them: EC2's guide "Multiple IP Addresses", with the codes and words clients match."""

import re

import pytest
from errors import refused
from network import Network


@pytest.fixture
def net(ec2):
    return Network(ec2)


def test_a_secondary_address_is_assigned_by_name_and_by_count(net):
    interface = net.interface("10.0.0.10")
    answer = net.assign(interface, "10.0.0.12", "10.0.0.11")
    assert answer["NetworkInterfaceId"] == interface
    assert [entry["PrivateIpAddress"] for entry in answer["AssignedPrivateIpAddresses"]] == ["10.0.0.12", "10.0.0.11"]
    counted = net.ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, SecondaryPrivateIpAddressCount=2)
    assert len(counted["AssignedPrivateIpAddresses"]) == 2
    described = net.describe(interface)["PrivateIpAddresses"]
    assert [entry["Primary"] for entry in described] == [True, False, False, False, False]
    assert net.addresses(interface)[:3] == ["10.0.0.10", "10.0.0.12", "10.0.0.11"]


def test_only_what_is_new_is_answered(net):
    interface = net.interface("10.0.0.10")
    net.assign(interface, "10.0.0.11")
    answer = net.assign(interface, "10.0.0.11", "10.0.0.12")
    assert [entry["PrivateIpAddress"] for entry in answer["AssignedPrivateIpAddresses"]] == ["10.0.0.12"]


@pytest.mark.parametrize(
    "address, code, message",
    [
        ("10.0.1.10", "InvalidParameterValue", "Address does not fall within the subnet's address range"),
        ("10.0.0.2", "InvalidParameterValue", "Address 10.0.0.2 is in subnet's reserved address range"),
        ("10.0.0.255", "InvalidParameterValue", "Address 10.0.0.255 is in subnet's reserved address range"),
        ("10.0.0", "InvalidParameterValue", "invalid value for parameter address: 10.0.0"),
        ("[10.0.0.9, 10.0.0.8]", "InvalidParameterValue", "invalid value for parameter address: [10.0.0.9, 10.0.0.8]"),
    ],
)
def test_an_address_that_the_subnet_does_not_give_is_refused(net, address, code, message):
    interface = net.interface("10.0.0.10")
    with refused(code, message):
        net.assign(interface, "10.0.0.11", address)
    with refused(code, message):
        net.interface(address)
    assert net.addresses(interface) == ["10.0.0.10"]


def test_an_address_moves_only_if_reassignment_is_allowed(net):
    one, two = net.interface("10.0.0.10"), net.interface("10.0.0.20")
    net.assign(one, "10.0.0.11", "10.0.0.12")
    with refused("InvalidParameterValue") as caught:
        net.assign(two, "10.0.0.11")
    with pytest.raises(net.ec2.exceptions.ClientError) as caught:
        net.assign(two, "10.0.0.11", "10.0.0.21", "10.0.0.12")
    message = caught.value.response["Error"]["Message"]
    assert re.fullmatch(r"\[(.*)\] assigned, but move is not allowed\.", message)[1] == "10.0.0.11, 10.0.0.12"
    net.assign(two, "10.0.0.11", AllowReassignment=True)
    assert (net.addresses(one), net.addresses(two)) == (["10.0.0.10", "10.0.0.12"], ["10.0.0.20", "10.0.0.11"])


def test_a_primary_address_never_moves(net):
    net.interface("10.0.0.10")
    two = net.interface("10.0.0.20")
    with refused("InvalidParameterValue", "10.0.0.10"):
        net.assign(two, "10.0.0.10", AllowReassignment=True)


def test_an_address_in_use_is_not_given_to_a_new_interface(net):
    one = net.interface("10.0.0.10")
    net.assign(one, "10.0.0.11")
    for taken in ["10.0.0.10", "10.0.0.11"]:
        with refused("InvalidIPAddress.InUse", "The specified address is already in use."):
            net.interface(taken)


def test_the_whole_call_fails_if_one_address_cannot_be_assigned(net):
    one, two = net.interface("10.0.0.10"), net.interface("10.0.0.20")
    with refused("InvalidParameterValue"):
        net.assign(two, "10.0.0.21", "10.0.0.22", "10.0.0.10")
    assert net.addresses(two) == ["10.0.0.20"]
    net.ec2.assign_ipv6_addresses(NetworkInterfaceId=one, Ipv6Addresses=[net.ipv6_address("a")])
    with refused("InvalidIPAddress.InUse"):
        net.ec2.assign_ipv6_addresses(NetworkInterfaceId=two, Ipv6Addresses=[net.ipv6_address("b"), net.ipv6_address("a")])
    assert net.ipv6_addresses(two) == []


def test_unassigning_gives_the_address_back(net):
    interface = net.interface("10.0.0.10")
    free = lambda: net.ec2.describe_subnets(SubnetIds=[net.subnet])["Subnets"][0]["AvailableIpAddressCount"]
    assert free() == 250
    net.assign(interface, "10.0.0.11", "10.0.0.12")
    assert free() == 248
    net.ec2.unassign_private_ip_addresses(NetworkInterfaceId=interface, PrivateIpAddresses=["10.0.0.11"])
    assert (free(), net.addresses(interface)) == (249, ["10.0.0.10", "10.0.0.12"])


def test_neither_the_primary_nor_a_foreign_address_is_unassigned(net):
    interface = net.interface("10.0.0.10")
    net.assign(interface, "10.0.0.11")
    with refused("InvalidParameterValue", "The primary IP address of an interface cannot be unassigned."):
        net.ec2.unassign_private_ip_addresses(NetworkInterfaceId=interface, PrivateIpAddresses=["10.0.0.11", "10.0.0.10"])
    with refused("InvalidParameterValue", f"Some of the specified addresses are not assigned to interface {interface}"):
        net.ec2.unassign_private_ip_addresses(NetworkInterfaceId=interface, PrivateIpAddresses=["10.0.0.11", "10.0.0.99"])
    assert net.addresses(interface) == ["10.0.0.10", "10.0.0.11"]


def test_a_request_must_say_what_it_wants_and_say_it_once(net):
    interface = net.interface("10.0.0.10")
    with refused("MissingParameter"):
        net.ec2.assign_private_ip_addresses(NetworkInterfaceId=interface)
    with refused("MissingParameter"):
        net.ec2.assign_ipv6_addresses(NetworkInterfaceId=interface)
    with refused("InvalidParameterCombination"):
        net.assign(interface, "10.0.0.11", SecondaryPrivateIpAddressCount=1)
    with refused("InvalidParameterCombination"):
        net.ec2.assign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6AddressCount=1, Ipv6Addresses=[net.ipv6_address("a")])
    with refused("InvalidParameterCombination"):
        net.ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, Ipv4PrefixCount=1, Ipv4Prefixes=["10.0.0.32/28"])
    with refused("InvalidParameterValue"):
        net.ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, SecondaryPrivateIpAddressCount=-1)


def test_an_interface_that_does_not_exist_is_named_in_quotes(net):
    missing = "eni-0123456789abcdef0"
    with refused("InvalidNetworkInterfaceID.NotFound", f"The networkInterface ID '{missing}' does not exist"):
        net.assign(missing, "10.0.0.11")
    with refused("InvalidNetworkInterfaceId.Malformed"):
        net.assign("eni-xyz", "10.0.0.11")


def test_a_full_subnet_says_so(net):
    small = net.make_subnet("10.0.2.0/28")
    interface = net.interface(SubnetId=small)
    net.ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, SecondaryPrivateIpAddressCount=10)
    with refused("InsufficientFreeAddressesInSubnet"):
        net.ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, SecondaryPrivateIpAddressCount=1)
    with refused("InsufficientFreeAddressesInSubnet"):
        net.interface(SubnetId=small)


def test_ipv6_addresses_need_an_ipv6_subnet_and_are_never_reassigned(net):
    without = net.interface(SubnetId=net.ipv4_subnet)
    with refused("InvalidParameterValue", "does not have an associated IPv6 CIDR block"):
        net.ec2.assign_ipv6_addresses(NetworkInterfaceId=without, Ipv6AddressCount=1)
    one, two = net.interface("10.0.0.10"), net.interface("10.0.0.20")
    wanted = net.ipv6_address("a")
    answer = net.ec2.assign_ipv6_addresses(NetworkInterfaceId=one, Ipv6Addresses=[wanted])
    assert (answer["NetworkInterfaceId"], answer["AssignedIpv6Addresses"]) == (one, [wanted])
    with refused("InvalidIPAddress.InUse"):
        net.ec2.assign_ipv6_addresses(NetworkInterfaceId=two, Ipv6Addresses=[wanted])
    gone = net.ec2.unassign_ipv6_addresses(NetworkInterfaceId=one, Ipv6Addresses=[wanted])
    assert (gone["NetworkInterfaceId"], gone["UnassignedIpv6Addresses"]) == (one, [wanted])
    net.ec2.assign_ipv6_addresses(NetworkInterfaceId=two, Ipv6Addresses=[wanted])
    assert (net.ipv6_addresses(one), net.ipv6_addresses(two)) == ([], [wanted])
    with refused("InvalidParameterValue", "range"):
        net.ec2.assign_ipv6_addresses(NetworkInterfaceId=two, Ipv6Addresses=[net.ipv6_address("a", subnet=9)])


def test_prefixes_are_delegated_by_name_and_by_count(net):
    interface = net.interface("10.0.0.10")
    named = net.ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, Ipv4Prefixes=["10.0.0.32/28"])
    assert named["AssignedIpv4Prefixes"] == [{"Ipv4Prefix": "10.0.0.32/28"}]
    counted = net.ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, Ipv4PrefixCount=2)
    assert len(counted["AssignedIpv4Prefixes"]) == 2
    ipv6 = net.ec2.assign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6PrefixCount=1)["AssignedIpv6Prefixes"]
    described = net.describe(interface)
    assert described["Ipv4Prefixes"] == [{"Ipv4Prefix": "10.0.0.32/28"}, *counted["AssignedIpv4Prefixes"]]
    assert described["Ipv6Prefixes"] == [{"Ipv6Prefix": ipv6[0]}] and ipv6[0].endswith("/80")
    with refused("InvalidParameterValue"):
        net.ec2.unassign_private_ip_addresses(NetworkInterfaceId=interface, PrivateIpAddresses=["10.0.0.33"])
    net.ec2.unassign_private_ip_addresses(NetworkInterfaceId=interface, Ipv4Prefixes=["10.0.0.32/28"])
    gone = net.ec2.unassign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6Prefixes=ipv6)
    assert gone["UnassignedIpv6Prefixes"] == ipv6
    assert net.describe(interface)["Ipv4Prefixes"] == counted["AssignedIpv4Prefixes"]
    assert "Ipv6Prefixes" not in net.describe(interface)


def test_a_subnet_without_a_free_prefix_says_so(net):
    # 26 addresses are free, but each half holds some that EC2 keeps for itself.
    scattered = net.make_subnet("10.0.2.0/27")
    interface = net.interface(SubnetId=scattered)
    with refused("InsufficientCidrBlocks", "The specified subnet does not have enough free cidr blocks to satisfy the request."):
        net.ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, Ipv4PrefixCount=1)
    with refused("InvalidParameterValue", "There aren't sufficient free Ipv4 addresses or prefixes"):
        net.ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, Ipv4PrefixCount=2)
    with refused("InsufficientCidrBlocks"):
        net.interface(SubnetId=scattered, Ipv4PrefixCount=1)
    for malformed in ["10.0.0.33/28", "10.0.0.32/27", "10.0.0.32"]:
        with refused("InvalidParameterValue"):
            net.ec2.assign_private_ip_addresses(NetworkInterfaceId=net.interface(), Ipv4Prefixes=[malformed])


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_addresses_come_and_go_on_running_and_on_stopped_instances(net, state):
    _, interface = net.instance(state=state)
    net.assign(interface, "10.0.0.111")
    net.ec2.assign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6Addresses=[net.ipv6_address("a")])
    assert net.addresses(interface)[1:] == ["10.0.0.111"]
    net.ec2.unassign_private_ip_addresses(NetworkInterfaceId=interface, PrivateIpAddresses=["10.0.0.111"])
    net.ec2.unassign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6Addresses=[net.ipv6_address("a")])
    assert net.addresses(interface)[1:] == [] and net.ipv6_addresses(interface) == []


def test_the_instance_type_limits_the_addresses_of_an_interface(net):
    # t3.micro: two interfaces, two addresses of each family on each.
    instance, interface = net.instance("t3.micro")
    net.assign(interface, "10.0.0.111")
    with refused("PrivateIpAddressLimitExceeded", "Number of private addresses will exceed limit."):
        net.assign(interface, "10.0.0.112")
    with refused("PrivateIpAddressLimitExceeded"):
        net.ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, Ipv4PrefixCount=1)
    with refused("PrivateIpAddressLimitExceeded"):
        net.ec2.assign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6AddressCount=3)
    full = net.interface("10.0.0.120", SecondaryPrivateIpAddressCount=2)
    with refused("InvalidInterface.IpAddressLimitExceeded", f"Address count 3 on interface {full} exceeds the limit for t3.micro"):
        net.ec2.attach_network_interface(NetworkInterfaceId=full, InstanceId=instance, DeviceIndex=1)
    crowded = net.interface("10.0.0.130", Ipv6AddressCount=3)
    with refused("InvalidInterface.IpAddressLimitExceeded", f"Address count 3 on interface {crowded} exceeds the limit for t3.micro"):
        net.ec2.attach_network_interface(NetworkInterfaceId=crowded, InstanceId=instance, DeviceIndex=1)


def test_prefixes_are_for_nitro_instances_only(net):
    _, interface = net.instance("t2.micro")
    with refused("UnsupportedOperation", "t2.micro"):
        net.ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, Ipv4PrefixCount=1)


def test_a_secondary_address_of_a_primary_interface_moves_to_a_standby(net):
    _, active = net.instance()
    _, standby = net.instance()
    net.assign(active, "10.0.0.111")
    elastic = net.elastic_ip()
    first = net.ec2.associate_address(AllocationId=elastic, NetworkInterfaceId=active, PrivateIpAddress="10.0.0.111")
    net.assign(standby, "10.0.0.111", AllowReassignment=True)
    assert net.addresses(standby)[1:] == ["10.0.0.111"] and net.addresses(active)[1:] == []
    address = net.address(elastic)
    assert (address["NetworkInterfaceId"], address["PrivateIpAddress"]) == (standby, "10.0.0.111")
    assert address["AssociationId"] == first["AssociationId"]
