"""Subnets, their IPv6 blocks, attributes and reservations, as boto3 sees them."""

import ipaddress

import pytest
from errors import refused

UNKNOWN = "subnet-0123456789abcdef0"


@pytest.fixture
def vpc(ec2):
    """A VPC 10.0.0.0/16 with an IPv6 block."""
    return ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]


def part(vpc, number, length=64):
    """A part of the VPC's IPv6 block."""
    block = ipaddress.ip_network(vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"])
    return str(list(block.subnets(new_prefix=length))[number])


def create(ec2, vpc, **more):
    return ec2.create_subnet(VpcId=vpc["VpcId"], **more)["Subnet"]


def describe(ec2, subnet_id):
    [subnet] = ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"]
    return subnet


def test_the_default_vpc_has_a_default_subnet_in_each_zone(ec2):
    subnets = sorted(ec2.describe_subnets()["Subnets"], key=lambda subnet: subnet["AvailabilityZone"])
    assert [subnet["AvailabilityZone"][-1] for subnet in subnets] == list("abcdef")
    assert [subnet["CidrBlock"] for subnet in subnets] == [f"172.31.{16 * number}.0/20" for number in range(6)]
    for subnet in subnets:
        assert subnet["DefaultForAz"] and subnet["MapPublicIpOnLaunch"] and subnet["AvailableIpAddressCount"] == 4091


def test_a_new_subnet_is_available_at_once_with_all_but_five_addresses(ec2, vpc):
    tags = [{"Key": "name", "Value": "mine"}]
    made = create(ec2, vpc, CidrBlock="10.0.1.7/24", AvailabilityZone="us-east-1c", TagSpecifications=[{"ResourceType": "subnet", "Tags": tags}])
    assert made["CidrBlock"] == "10.0.1.0/24", "EC2 writes blocks in their canonical form"
    assert made["State"] == "available" and made["AvailableIpAddressCount"] == 251 and made["Tags"] == tags
    assert (made["AvailabilityZone"], made["AvailabilityZoneId"]) == ("us-east-1c", "use1-az3")
    assert made["SubnetArn"] == f"arn:aws:ec2:us-east-1:123456789012:subnet/{made['SubnetId']}"
    assert (made["DefaultForAz"], made["MapPublicIpOnLaunch"], made["AssignIpv6AddressOnCreation"], made["Ipv6Native"]) == (False,) * 4
    options = {"HostnameType": "ip-name", "EnableResourceNameDnsARecord": False, "EnableResourceNameDnsAAAARecord": False}
    assert made["PrivateDnsNameOptionsOnLaunch"] == options
    ec2.get_waiter("subnet_available").wait(SubnetIds=[made["SubnetId"]])
    assert create(ec2, vpc, CidrBlock="10.0.2.0/24", AvailabilityZoneId="use1-az6")["AvailabilityZone"] == "us-east-1f"


def test_a_subnet_is_a_part_of_its_vpc_that_no_other_has(ec2, vpc):
    create(ec2, vpc, CidrBlock="10.0.1.0/24")
    for block in ["10.0.1.0/24", "10.0.1.128/25", "10.0.0.0/16"]:
        with refused("InvalidSubnet.Conflict", f"The CIDR '{block}' conflicts with another subnet"):
            create(ec2, vpc, CidrBlock=block)
    for block in ["10.1.0.0/24", "10.0.0.0/29", "10.0.0.0/15"]:
        with refused("InvalidSubnet.Range", f"The CIDR '{block}' is invalid."):
            create(ec2, vpc, CidrBlock=block)
    with refused("InvalidParameterValue", "Value (10.0.0.0/33) for parameter cidrBlock is invalid. This is not a valid CIDR block."):
        create(ec2, vpc, CidrBlock="10.0.0.0/33")
    other = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]
    create(ec2, other, CidrBlock="10.0.1.0/24")


def test_unknown_zones_and_outposts_are_refused(ec2, vpc):
    words = "Value (us-east-1z) for parameter availabilityZone is invalid. Subnets can currently only be created in the following"
    with refused("InvalidParameterValue", words):
        create(ec2, vpc, CidrBlock="10.0.1.0/24", AvailabilityZone="us-east-1z")
    with refused("InvalidParameterCombination"):
        create(ec2, vpc, CidrBlock="10.0.1.0/24", AvailabilityZone="us-east-1a", AvailabilityZoneId="use1-az1")
    with refused("UnsupportedOperation", "OutpostArn"):
        create(ec2, vpc, CidrBlock="10.0.1.0/24", OutpostArn="arn:aws:outposts:us-east-1:1:outpost/op-1")
    with refused("InvalidVpcID.NotFound", "The vpc ID 'vpc-0123456789abcdef0' does not exist"):
        ec2.create_subnet(VpcId="vpc-0123456789abcdef0", CidrBlock="10.0.1.0/24")


def test_ipv6_blocks_are_parts_of_the_vpcs(ec2, vpc):
    first = part(vpc, 0)
    made = create(ec2, vpc, CidrBlock="10.0.1.0/24", Ipv6CidrBlock=first)
    [block] = made["Ipv6CidrBlockAssociationSet"]
    assert block["Ipv6CidrBlock"] == first and block["Ipv6CidrBlockState"]["State"] == "associating"
    assert block["AssociationId"].startswith("subnet-cidr-assoc-")
    [block] = describe(ec2, made["SubnetId"])["Ipv6CidrBlockAssociationSet"]
    assert block["Ipv6CidrBlockState"] == {"State": "associated"}
    with refused("InvalidSubnet.Conflict", f"The IPv6 CIDR '{first}' conflicts with another subnet"):
        create(ec2, vpc, CidrBlock="10.0.2.0/24", Ipv6CidrBlock=first)
    with refused("InvalidSubnet.Range", "The IPv6 CIDR '2001:db9::/64' is invalid."):
        create(ec2, vpc, CidrBlock="10.0.2.0/24", Ipv6CidrBlock="2001:db9::/64")
    odd = part(vpc, 1, 62)
    with refused("InvalidParameterValue", f"invalid value for parameter ipv6-cidr-block: {odd}"):
        create(ec2, vpc, CidrBlock="10.0.2.0/24", Ipv6CidrBlock=odd)


def test_an_ipv6_only_subnet_has_no_ipv4_at_all(ec2, vpc):
    with refused("MissingParameter", "Either 'ipv6CidrBlock' or 'ipv6IpamPoolId' should be provided."):
        create(ec2, vpc, Ipv6Native=True)
    words = "When specifying ipv4 parameters, cidrBlock or ipv4IpamPoolId, you cannot set ipv6Native to true."
    with refused("InvalidParameterCombination", words):
        create(ec2, vpc, Ipv6Native=True, CidrBlock="10.0.1.0/24")
    with refused("MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided."):
        create(ec2, vpc, Ipv6CidrBlock=part(vpc, 0))
    made = create(ec2, vpc, Ipv6Native=True, Ipv6CidrBlock=part(vpc, 0))
    assert made["Ipv6Native"] is True and "CidrBlock" not in made and made["AvailableIpAddressCount"] == 0
    assert made["AssignIpv6AddressOnCreation"] is True
    assert made["PrivateDnsNameOptionsOnLaunch"]["HostnameType"] == "resource-name"
    with refused("InvalidParameterValue", "map-public-ip-on-launch"):
        ec2.modify_subnet_attribute(SubnetId=made["SubnetId"], MapPublicIpOnLaunch={"Value": True})


def test_subnets_are_found_by_every_filter(ec2, vpc):
    tags = [{"ResourceType": "subnet", "Tags": [{"Key": "k", "Value": "v"}]}]
    made = create(ec2, vpc, CidrBlock="10.0.1.0/28", Ipv6CidrBlock=part(vpc, 7), AvailabilityZone="us-east-1b", TagSpecifications=tags)
    ec2.modify_subnet_attribute(SubnetId=made["SubnetId"], EnableDns64={"Value": True})
    ec2.modify_subnet_attribute(SubnetId=made["SubnetId"], PrivateDnsHostnameTypeOnLaunch="resource-name")
    ec2.modify_subnet_attribute(SubnetId=made["SubnetId"], EnableResourceNameDnsARecordOnLaunch={"Value": True})
    ec2.modify_subnet_attribute(SubnetId=made["SubnetId"], EnableResourceNameDnsAAAARecordOnLaunch={"Value": True})
    create(ec2, vpc, Ipv6Native=True, Ipv6CidrBlock=part(vpc, 8))
    [v6] = made["Ipv6CidrBlockAssociationSet"]
    options = "private-dns-name-options-on-launch."
    expected = {
        "availability-zone": ("us-east-1b", 2),
        "availabilityZone": ("us-east-1b", 2),
        "availability-zone-id": ("use1-az2", 2),
        "available-ip-address-count": ("11", 1),
        "cidr-block": ("10.0.1.0/28", 1),
        "cidr": ("10.0.1.0/28", 1),
        "cidrBlock": ("10.0.1.*", 1),
        "default-for-az": ("false", 2),
        "defaultForAz": ("false", 2),
        "enable-dns64": ("true", 1),
        "ipv6-cidr-block-association.association-id": (v6["AssociationId"], 1),
        "ipv6-cidr-block-association.ipv6-cidr-block": (v6["Ipv6CidrBlock"], 1),
        "ipv6-cidr-block-association.state": ("associated", 2),
        "ipv6-native": ("false", 7),
        "map-customer-owned-ip-on-launch": ("false", 8),
        "map-public-ip-on-launch": ("false", 2),
        "owner-id": ("123456789012", 8),
        options + "hostname-type": ("resource-name", 2),
        options + "enable-resource-name-dns-a-record": ("true", 1),
        options + "enable-resource-name-dns-aaaa-record": ("true", 1),
        "state": ("available", 8),
        "subnet-arn": (made["SubnetArn"], 1),
        "subnet-id": (made["SubnetId"], 1),
        "tag:k": ("v", 1),
        "tag-key": ("k", 1),
        "vpc-id": (vpc["VpcId"], 2),
    }
    for name, (value, count) in expected.items():
        found = [subnet["SubnetId"] for subnet in ec2.describe_subnets(Filters=[{"Name": name, "Values": [value]}])["Subnets"]]
        assert made["SubnetId"] in found and len(found) == count, name
        assert ec2.describe_subnets(Filters=[{"Name": name, "Values": ["other"]}])["Subnets"] == [], name
    for name in ["outpost-arn", "customer-owned-ipv4-pool", "enable-lni-at-device-index"]:
        assert ec2.describe_subnets(Filters=[{"Name": name, "Values": ["*"]}])["Subnets"] == []


def test_pages_show_every_subnet_once(ec2, vpc):
    made = {create(ec2, vpc, CidrBlock=f"10.0.{number}.0/24")["SubnetId"] for number in range(7)}
    pages = ec2.get_paginator("describe_subnets").paginate(
        Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}], PaginationConfig={"PageSize": 5}
    )
    shown = [subnet["SubnetId"] for page in pages for subnet in page["Subnets"]]
    assert len(shown) == 7 and set(shown) == made


def test_a_deleted_subnet_is_gone(ec2, vpc):
    subnet = create(ec2, vpc, CidrBlock="10.0.1.0/24")["SubnetId"]
    with refused("DryRunOperation"):
        ec2.delete_subnet(SubnetId=subnet, DryRun=True)
    ec2.delete_subnet(SubnetId=subnet)
    with refused("InvalidSubnetID.NotFound", f"The subnet ID '{subnet}' does not exist"):
        ec2.delete_subnet(SubnetId=subnet)
    create(ec2, vpc, CidrBlock="10.0.1.0/24")


def test_a_subnet_with_an_interface_counts_its_addresses_and_stays(ec2, vpc):
    made = create(ec2, vpc, CidrBlock="10.0.1.0/24", Ipv6CidrBlock=part(vpc, 0))
    subnet, [block] = made["SubnetId"], made["Ipv6CidrBlockAssociationSet"]
    interface = ec2.create_network_interface(SubnetId=subnet, SecondaryPrivateIpAddressCount=2, Ipv6AddressCount=1)["NetworkInterface"]
    assert describe(ec2, subnet)["AvailableIpAddressCount"] == 248
    with refused("DependencyViolation", f"The subnet '{subnet}' has dependencies and cannot be deleted."):
        ec2.delete_subnet(SubnetId=subnet)
    with refused("InvalidCidrBlock.InUse", block["AssociationId"]):
        ec2.disassociate_subnet_cidr_block(AssociationId=block["AssociationId"])
    ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
    assert describe(ec2, subnet)["AvailableIpAddressCount"] == 251
    ec2.disassociate_subnet_cidr_block(AssociationId=block["AssociationId"])
    ec2.delete_subnet(SubnetId=subnet)


def test_automatic_addresses_keep_out_of_reservations(ec2, vpc):
    subnet = create(ec2, vpc, CidrBlock="10.0.1.0/28")["SubnetId"]
    ec2.create_subnet_cidr_reservation(SubnetId=subnet, Cidr="10.0.1.8/29", ReservationType="explicit")
    # The first four are EC2's own, so that only .4 to .7 are left to choose from.
    chosen = {ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["PrivateIpAddress"] for _ in range(4)}
    assert chosen == {f"10.0.1.{number}" for number in range(4, 8)}
    with refused("InsufficientFreeAddressesInSubnet"):
        ec2.create_network_interface(SubnetId=subnet)
    named = ec2.create_network_interface(SubnetId=subnet, PrivateIpAddress="10.0.1.9")["NetworkInterface"]
    assert named["PrivateIpAddress"] == "10.0.1.9"


def test_a_default_subnet_can_be_ipv6_only(ec2):
    [first] = ec2.describe_subnets(Filters=[{"Name": "availability-zone", "Values": ["us-east-1b"]}])["Subnets"]
    ec2.delete_subnet(SubnetId=first["SubnetId"])
    block = ec2.associate_vpc_cidr_block(VpcId=first["VpcId"], AmazonProvidedIpv6CidrBlock=True)["Ipv6CidrBlockAssociation"]
    made = ec2.create_default_subnet(AvailabilityZone="us-east-1b", Ipv6Native=True)["Subnet"]
    assert made["DefaultForAz"] and made["Ipv6Native"] and "CidrBlock" not in made and not made["MapPublicIpOnLaunch"]
    own = ipaddress.ip_network(made["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"])
    assert own.prefixlen == 64 and own.subnet_of(ipaddress.ip_network(block["Ipv6CidrBlock"]))


def test_a_zone_has_one_default_subnet(ec2):
    [first] = ec2.describe_subnets(Filters=[{"Name": "availability-zone", "Values": ["us-east-1d"]}])["Subnets"]
    with refused("DefaultSubnetAlreadyExistsInAvailabilityZone", f"'{first['SubnetId']}' is already the default subnet in us-east-1d."):
        ec2.create_default_subnet(AvailabilityZone="us-east-1d")
    ec2.delete_subnet(SubnetId=first["SubnetId"])
    made = ec2.create_default_subnet(AvailabilityZoneId="use1-az4")["Subnet"]
    assert made["CidrBlock"] == first["CidrBlock"] and made["DefaultForAz"] and made["MapPublicIpOnLaunch"]


def test_attributes_are_modified_one_at_a_time(ec2, vpc):
    subnet = create(ec2, vpc, CidrBlock="10.0.1.0/24")["SubnetId"]
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    assert describe(ec2, subnet)["MapPublicIpOnLaunch"] is True
    for member, attribute in [
        ("AssignIpv6AddressOnCreation", "assign-ipv6-address-on-creation"),
        ("EnableDns64", "enable-dns64"),
        ("EnableResourceNameDnsAAAARecordOnLaunch", "enable-resource-name-dns-aaaa-record-on-launch"),
    ]:
        words = (
            f"Invalid value 'true' for {attribute}. Cannot set {attribute} to true unless the subnet ({subnet}) "
            "has an IPv6 CIDR block associated with it."
        )
        with refused("InvalidParameterValue", words):
            ec2.modify_subnet_attribute(SubnetId=subnet, **{member: {"Value": True}})
    with refused("InvalidParameterCombination"):
        ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": False}, EnableDns64={"Value": False})
    with refused("UnsupportedOperation", "EnableLniAtDeviceIndex"):
        ec2.modify_subnet_attribute(SubnetId=subnet, EnableLniAtDeviceIndex=1)
    with refused("InvalidParameterValue", "privateDnsHostnameTypeOnLaunch"):
        ec2.modify_subnet_attribute(SubnetId=subnet, PrivateDnsHostnameTypeOnLaunch="colour")
    with refused("InvalidSubnetID.NotFound", UNKNOWN):
        ec2.modify_subnet_attribute(SubnetId=UNKNOWN, MapPublicIpOnLaunch={"Value": True})


def test_an_ipv6_block_is_associated_later_and_stays_while_it_is_given_out(ec2, vpc):
    subnet = create(ec2, vpc, CidrBlock="10.0.1.0/24")["SubnetId"]
    answer = ec2.associate_subnet_cidr_block(SubnetId=subnet, Ipv6CidrBlock=part(vpc, 3))
    block = answer["Ipv6CidrBlockAssociation"]
    assert answer["SubnetId"] == subnet and block["Ipv6CidrBlockState"]["State"] == "associating"
    with refused("CidrLimitExceeded"):
        ec2.associate_subnet_cidr_block(SubnetId=subnet, Ipv6CidrBlock=part(vpc, 4))
    ec2.modify_subnet_attribute(SubnetId=subnet, AssignIpv6AddressOnCreation={"Value": True})
    words = (
        f"The subnet IPv6 CIDR block with association ID {block['AssociationId']} may not be disassociated, "
        "because its subnet has assign-ipv6-address-on-creation set to true."
    )
    with refused("InvalidCidrBlock.InUse", words):
        ec2.disassociate_subnet_cidr_block(AssociationId=block["AssociationId"])
    ec2.modify_subnet_attribute(SubnetId=subnet, AssignIpv6AddressOnCreation={"Value": False})
    removed = ec2.disassociate_subnet_cidr_block(AssociationId=block["AssociationId"])["Ipv6CidrBlockAssociation"]
    assert removed["Ipv6CidrBlockState"]["State"] == "disassociating"
    ended = {**block, "Ipv6CidrBlockState": {"State": "disassociated"}}
    assert describe(ec2, subnet)["Ipv6CidrBlockAssociationSet"] == [ended]
    # The block is free at once, also to its VPC.
    again = ec2.associate_subnet_cidr_block(SubnetId=subnet, Ipv6CidrBlock=part(vpc, 3))["Ipv6CidrBlockAssociation"]
    current = {**again, "Ipv6CidrBlockState": {"State": "associated"}}
    assert describe(ec2, subnet)["Ipv6CidrBlockAssociationSet"] == [ended, current]
    # What Ansible's ec2_vpc_subnet waits for.
    for name, value in [
        ("state", "disassociated"),
        ("association-id", block["AssociationId"]),
        ("ipv6-cidr-block", block["Ipv6CidrBlock"]),
    ]:
        found = ec2.describe_subnets(Filters=[{"Name": f"ipv6-cidr-block-association.{name}", "Values": [value]}])["Subnets"]
        assert [shown["SubnetId"] for shown in found] == [subnet], name
    ec2.disassociate_subnet_cidr_block(AssociationId=again["AssociationId"])
    (of_vpc,) = vpc["Ipv6CidrBlockAssociationSet"]
    ec2.disassociate_vpc_cidr_block(AssociationId=of_vpc["AssociationId"])
    assert len(describe(ec2, subnet)["Ipv6CidrBlockAssociationSet"]) == 2
    with refused("InvalidSubnetCidrBlockAssociationID.NotFound", block["AssociationId"]):
        ec2.disassociate_subnet_cidr_block(AssociationId=block["AssociationId"])


def test_parts_of_a_subnet_are_reserved_without_overlap(ec2, vpc):
    subnet = create(ec2, vpc, CidrBlock="10.0.1.0/24", Ipv6CidrBlock=part(vpc, 0))["SubnetId"]
    tags = [{"Key": "k", "Value": "v"}]

    def reserve(cidr, kind, **more):
        return ec2.create_subnet_cidr_reservation(SubnetId=subnet, Cidr=cidr, ReservationType=kind, **more)["SubnetCidrReservation"]

    specification = [{"ResourceType": "subnet-cidr-reservation", "Tags": tags}]
    made = reserve("10.0.1.32/28", "prefix", Description="pods", TagSpecifications=specification)
    assert made["SubnetCidrReservationId"].startswith("scr-") and made["OwnerId"] == "123456789012"
    assert (made["SubnetId"], made["Cidr"], made["ReservationType"]) == (subnet, "10.0.1.32/28", "prefix")
    assert made["Description"] == "pods" and made["Tags"] == tags
    six = reserve(str(ipaddress.ip_network(part(vpc, 0)).network_address) + "/80", "explicit")
    reserve("10.0.1.64/32", "explicit")
    with refused("InvalidParameterValue", "Reservation CIDR 10.0.1.0/25 has overlap with existing reserved CIDR block"):
        reserve("10.0.1.0/25", "explicit")
    with refused("InvalidParameterValue"):
        reserve("10.0.2.0/28", "explicit")
    with refused("InvalidParameterValue", "reservationType"):
        reserve("10.0.1.128/28", "colour")
    found = ec2.get_subnet_cidr_reservations(SubnetId=subnet)
    assert len(found["SubnetIpv4CidrReservations"]) == 2 and found["SubnetIpv6CidrReservations"] == [six]
    for filters in [("reservationType", "prefix"), ("tag:k", "v"), ("tag-key", "k")]:
        found = ec2.get_subnet_cidr_reservations(SubnetId=subnet, Filters=[{"Name": filters[0], "Values": [filters[1]]}])
        assert found["SubnetIpv4CidrReservations"] == [made], filters
    for number in range(4):
        reserve(f"10.0.1.{128 + 16 * number}/28", "prefix")
    first = ec2.get_subnet_cidr_reservations(SubnetId=subnet, MaxResults=5)
    second = ec2.get_subnet_cidr_reservations(SubnetId=subnet, MaxResults=5, NextToken=first["NextToken"])
    pages = [page["SubnetIpv4CidrReservations"] + page["SubnetIpv6CidrReservations"] for page in (first, second)]
    assert [len(page) for page in pages] == [5, 2] and "NextToken" not in second
    assert len({each["Cidr"] for page in pages for each in page}) == 7
    deleted = ec2.delete_subnet_cidr_reservation(SubnetCidrReservationId=made["SubnetCidrReservationId"])
    assert deleted["DeletedSubnetCidrReservation"] == made
    with refused("InvalidSubnetCidrReservationID.NotFound", made["SubnetCidrReservationId"]):
        ec2.delete_subnet_cidr_reservation(SubnetCidrReservationId=made["SubnetCidrReservationId"])
    ec2.delete_subnet(SubnetId=subnet)
    with refused("InvalidSubnetID.NotFound"):
        ec2.get_subnet_cidr_reservations(SubnetId=subnet)
