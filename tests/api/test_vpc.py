"""VPCs, their blocks and attributes, as boto3 sees them."""

import ipaddress

from errors import refused

UNKNOWN = "vpc-0123456789abcdef0"


def default_vpc(ec2):
    [vpc] = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    return vpc


def create(ec2, block="10.0.0.0/16", **more):
    return ec2.create_vpc(CidrBlock=block, **more)["Vpc"]


def describe(ec2, vpc_id):
    [vpc] = ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"]
    return vpc


def test_an_account_starts_with_awss_default_vpc(ec2):
    vpc = default_vpc(ec2)
    assert (vpc["CidrBlock"], vpc["State"], vpc["InstanceTenancy"]) == ("172.31.0.0/16", "available", "default")
    assert vpc["OwnerId"] == "123456789012" and vpc["DhcpOptionsId"].startswith("dopt-")
    assert ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute="enableDnsHostnames")["EnableDnsHostnames"] == {"Value": True}


def test_a_new_vpc_is_pending_in_its_answer_and_available_after(ec2):
    tags = [{"Key": "name", "Value": "mine"}]
    made = create(ec2, TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}])
    assert made["State"] == "pending" and made["IsDefault"] is False and made["Tags"] == tags
    assert made["Ipv6CidrBlockAssociationSet"] == []
    [block] = made["CidrBlockAssociationSet"]
    assert block["CidrBlock"] == "10.0.0.0/16" and block["CidrBlockState"] == {"State": "associated"}
    assert block["AssociationId"].startswith("vpc-cidr-assoc-")
    ec2.get_waiter("vpc_exists").wait(VpcIds=[made["VpcId"]])
    ec2.get_waiter("vpc_available").wait(VpcIds=[made["VpcId"]])
    assert describe(ec2, made["VpcId"])["State"] == "available"


def test_the_block_of_a_vpc_is_a_16_to_a_28_in_its_canonical_form(ec2):
    for block in ["10.0.0.0/8", "10.0.0.0/15", "10.0.0.0/29", "127.0.0.0/16", "0.0.0.0/16", "169.254.0.0/16", "224.0.0.0/16"]:
        with refused("InvalidVpc.Range", f"The CIDR '{block}' is invalid."):
            create(ec2, block)
    with refused("InvalidParameterValue", "Value (10.0.0.0) for parameter cidrBlock is invalid. This is not a valid CIDR block."):
        create(ec2, "10.0.0.0")
    with refused("MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided."):
        ec2.create_vpc()
    assert create(ec2, "100.68.0.18/18")["CidrBlock"] == "100.68.0.0/18"
    assert len(ec2.describe_vpcs()["Vpcs"]) == 2


def test_what_a_vpc_cannot_have_is_refused_by_name(ec2):
    for name, value in [("Ipv6Pool", "ipv6pool-ec2-1"), ("Ipv4IpamPoolId", "ipam-pool-1"), ("VpcEncryptionControl", {"Mode": "monitor"})]:
        with refused("UnsupportedOperation", name):
            create(ec2, **{name: value})
    with refused("UnsupportedTenancy", "The tenancy value host is not supported."):
        create(ec2, InstanceTenancy="host")


def test_amazons_ipv6_block_is_a_56_of_the_pool_but_never_the_hosts_own(ec2):
    made = create(ec2, AmazonProvidedIpv6CidrBlock=True)
    [block] = made["Ipv6CidrBlockAssociationSet"]
    assert block["Ipv6CidrBlockState"]["State"] == "associating"
    assert block["Ipv6Pool"] == "Amazon" and block["NetworkBorderGroup"] == "us-east-1"
    net = ipaddress.ip_network(block["Ipv6CidrBlock"])
    assert net.prefixlen == 56 and net.subnet_of(ipaddress.ip_network("2001:db8::/32"))
    assert net != ipaddress.ip_network("2001:db8::/56")
    [block] = describe(ec2, made["VpcId"])["Ipv6CidrBlockAssociationSet"]
    assert block["Ipv6CidrBlockState"] == {"State": "associated"}


def test_a_vpc_is_deleted_only_when_nothing_but_ec2s_own_is_left(ec2):
    vpc = create(ec2)["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    with refused("DependencyViolation", f"The vpc '{vpc}' has dependencies and cannot be deleted."):
        ec2.delete_vpc(VpcId=vpc)
    ec2.delete_subnet(SubnetId=subnet)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    with refused("DependencyViolation"):
        ec2.delete_vpc(VpcId=vpc)
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.delete_vpc(VpcId=vpc)
    with refused("InvalidVpcID.NotFound", f"The vpc ID '{vpc}' does not exist"):
        ec2.describe_vpcs(VpcIds=[vpc])
    with refused("InvalidVpcID.NotFound"):
        ec2.delete_vpc(VpcId=vpc)
    with refused("InvalidVpcID.NotFound", "The vpc ID 'vpc-x' does not exist"):
        ec2.delete_vpc(VpcId="vpc-x")


def test_vpcs_are_found_by_every_filter(ec2):
    made = create(ec2, AmazonProvidedIpv6CidrBlock=True, TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "k", "Value": "v"}]}])
    [v4], [v6] = made["CidrBlockAssociationSet"], made["Ipv6CidrBlockAssociationSet"]
    # The default VPC shares these with it.
    shared = {"state": "available", "owner-id": "123456789012", "dhcp-options-id": made["DhcpOptionsId"], "cidr-block-association.state": "associated"}
    own = {
        "cidr": "10.0.0.0/16",
        "cidr-block-association.association-id": v4["AssociationId"],
        "cidr-block-association.cidr-block": "10.0.*",
        "ipv6-cidr-block-association.association-id": v6["AssociationId"],
        "ipv6-cidr-block-association.ipv6-cidr-block": v6["Ipv6CidrBlock"],
        "ipv6-cidr-block-association.ipv6-pool": "Amazon",
        "ipv6-cidr-block-association.state": "associated",
        "is-default": "false",
        "tag:k": "v",
        "tag-key": "k",
        "vpc-id": made["VpcId"],
    }
    for filters, count in [(shared, 2), (own, 1)]:
        for name, value in filters.items():
            found = [vpc["VpcId"] for vpc in ec2.describe_vpcs(Filters=[{"Name": name, "Values": [value]}])["Vpcs"]]
            assert made["VpcId"] in found and len(found) == count, name
            assert ec2.describe_vpcs(Filters=[{"Name": name, "Values": ["other"]}])["Vpcs"] == [], name
    with refused("InvalidParameterValue", "The filter 'null' is invalid"):
        ec2.describe_vpcs(Filters=[{"Values": ["x"]}])
    with refused("InvalidParameterValue", "The filter 'colour' is invalid"):
        ec2.describe_vpcs(Filters=[{"Name": "colour", "Values": ["red"]}])


def test_pages_show_every_vpc_once(ec2):
    made = {create(ec2)["VpcId"] for _ in range(11)} | {default_vpc(ec2)["VpcId"]}
    pages = list(ec2.get_paginator("describe_vpcs").paginate(PaginationConfig={"PageSize": 5}))
    assert [len(page["Vpcs"]) for page in pages] == [5, 5, 2]
    assert {vpc["VpcId"] for page in pages for vpc in page["Vpcs"]} == made


def test_secondary_blocks_come_and_go_under_ec2s_restrictions(ec2):
    vpc = create(ec2)["VpcId"]
    answer = ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="100.64.0.0/16")
    added = answer["CidrBlockAssociation"]
    assert answer["VpcId"] == vpc and added["CidrBlock"] == "100.64.0.0/16"
    assert added["CidrBlockState"]["State"] == "associating"
    blocks = describe(ec2, vpc)["CidrBlockAssociationSet"]
    assert [block["CidrBlock"] for block in blocks] == ["10.0.0.0/16", "100.64.0.0/16"]
    assert {block["CidrBlockState"]["State"] for block in blocks} == {"associated"}
    for block in ["192.168.0.0/16", "172.16.0.0/16", "198.19.0.0/16"]:
        with refused("InvalidVpc.Range", f"The CIDR '{block}' is restricted."):
            ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock=block)
    with refused("InvalidVpc.Range", "conflicts"):
        ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="10.0.128.0/24")
    with refused("OperationNotPermitted", "It is the primary IPv4 CIDR block of the VPC"):
        ec2.disassociate_vpc_cidr_block(AssociationId=blocks[0]["AssociationId"])
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="100.64.1.0/24")["Subnet"]["SubnetId"]
    with refused("InvalidCidrBlock.InUse", f"The vpc {vpc} currently has a subnet within CIDR block 100.64.0.0/16"):
        ec2.disassociate_vpc_cidr_block(AssociationId=added["AssociationId"])
    ec2.delete_subnet(SubnetId=subnet)
    removed = ec2.disassociate_vpc_cidr_block(AssociationId=added["AssociationId"])["CidrBlockAssociation"]
    assert removed["CidrBlockState"]["State"] == "disassociating"
    ended = {**added, "CidrBlockState": {"State": "disassociated"}}
    assert describe(ec2, vpc)["CidrBlockAssociationSet"] == [blocks[0], ended]
    with refused("InvalidVpcCidrBlockAssociationID.NotFound", added["AssociationId"]):
        ec2.disassociate_vpc_cidr_block(AssociationId=added["AssociationId"])
    again = ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="100.64.0.0/16")["CidrBlockAssociation"]
    again["CidrBlockState"] = {"State": "associated"}
    assert describe(ec2, vpc)["CidrBlockAssociationSet"] == [blocks[0], ended, again]
    for name, value in [("state", "disassociated"), ("association-id", added["AssociationId"]), ("cidr-block", "100.64.0.0/16")]:
        found = ec2.describe_vpcs(Filters=[{"Name": f"cidr-block-association.{name}", "Values": [value]}])["Vpcs"]
        assert [shown["VpcId"] for shown in found] == [vpc], name


def test_a_sixth_block_is_one_too_many(ec2):
    vpc = create(ec2, "10.2.0.0/16")["VpcId"]
    for number in range(3, 7):
        ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock=f"10.{number}.0.0/16")
    with refused("CidrLimitExceeded", f"This network '{vpc}' has met its maximum number of allowed CIDRs: 5"):
        ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="10.7.0.0/16")


def test_ipv6_blocks_come_from_amazon_only(ec2):
    vpc = create(ec2)["VpcId"]
    added = ec2.associate_vpc_cidr_block(VpcId=vpc, AmazonProvidedIpv6CidrBlock=True)["Ipv6CidrBlockAssociation"]
    assert added["Ipv6CidrBlockState"]["State"] == "associating"
    assert describe(ec2, vpc)["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"] == added["Ipv6CidrBlock"]
    with refused("UnsupportedOperation", "Ipv6Pool"):
        ec2.associate_vpc_cidr_block(VpcId=vpc, Ipv6Pool="ipv6pool-ec2-1", Ipv6CidrBlock="2001:db8:1::/56")
    with refused("MissingParameter"):
        ec2.associate_vpc_cidr_block(VpcId=vpc)
    removed = ec2.disassociate_vpc_cidr_block(AssociationId=added["AssociationId"])["Ipv6CidrBlockAssociation"]
    assert removed["Ipv6CidrBlockState"]["State"] == "disassociating"
    ended = {**added, "Ipv6CidrBlockState": {"State": "disassociated"}}
    assert describe(ec2, vpc)["Ipv6CidrBlockAssociationSet"] == [ended]
    again = ec2.associate_vpc_cidr_block(VpcId=vpc, AmazonProvidedIpv6CidrBlock=True)["Ipv6CidrBlockAssociation"]
    assert describe(ec2, vpc)["Ipv6CidrBlockAssociationSet"] == [ended, {**again, "Ipv6CidrBlockState": {"State": "associated"}}]
    for name, value in [
        ("state", "disassociated"),
        ("association-id", added["AssociationId"]),
        ("ipv6-cidr-block", added["Ipv6CidrBlock"]),
        ("ipv6-pool", "Amazon"),
    ]:
        found = ec2.describe_vpcs(Filters=[{"Name": f"ipv6-cidr-block-association.{name}", "Values": [value]}])["Vpcs"]
        assert [shown["VpcId"] for shown in found] == [vpc], name


def test_attributes_are_modified_one_at_a_time(ec2):
    vpc = create(ec2)["VpcId"]

    def get(attribute):
        member = attribute[0].upper() + attribute[1:]
        return ec2.describe_vpc_attribute(VpcId=vpc, Attribute=attribute)[member]["Value"]

    assert (get("enableDnsSupport"), get("enableDnsHostnames"), get("enableNetworkAddressUsageMetrics")) == (True, False, False)
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    ec2.modify_vpc_attribute(VpcId=vpc, EnableNetworkAddressUsageMetrics={"Value": True})
    assert (get("enableDnsHostnames"), get("enableNetworkAddressUsageMetrics")) == (True, True)
    with refused("InvalidParameterCombination"):
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True}, EnableDnsHostnames={"Value": False})
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False})
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": False})
    with refused("InvalidParameterValue"):
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    assert get("enableDnsSupport") is False
    with refused("InvalidParameterValue", "Value (colour) for parameter attribute is invalid. Unknown attribute."):
        ec2.describe_vpc_attribute(VpcId=vpc, Attribute="colour")
    with refused("InvalidVpcID.NotFound", UNKNOWN):
        ec2.modify_vpc_attribute(VpcId=UNKNOWN, EnableDnsSupport={"Value": True})


def test_tenancy_can_become_default_only(ec2):
    vpc = create(ec2, InstanceTenancy="dedicated")["VpcId"]
    assert describe(ec2, vpc)["InstanceTenancy"] == "dedicated"
    assert ec2.modify_vpc_tenancy(VpcId=vpc, InstanceTenancy="default")["ReturnValue"] is True
    assert describe(ec2, vpc)["InstanceTenancy"] == "default"
    with refused("UnsupportedTenancy"):
        ec2.modify_vpc_tenancy(VpcId=vpc, InstanceTenancy="dedicated")
    with refused("InvalidTenancy", vpc):
        ec2.modify_vpc_tenancy(VpcId=vpc, InstanceTenancy="default")


def test_a_deleted_default_vpc_is_made_again(ec2):
    with refused("DefaultVpcAlreadyExists", "A Default VPC already exists for this account in this region."):
        ec2.create_default_vpc()
    vpc = default_vpc(ec2)["VpcId"]
    for subnet in ec2.describe_subnets()["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    [gateway] = ec2.describe_internet_gateways()["InternetGateways"]
    ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)
    ec2.delete_vpc(VpcId=vpc)
    with refused("DefaultVpcDoesNotExist"):
        ec2.create_default_subnet(AvailabilityZone="us-east-1a")
    made = ec2.create_default_vpc()["Vpc"]
    assert made["IsDefault"] is True and made["State"] == "pending" and made["VpcId"] != vpc
    assert len(ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [made["VpcId"]]}])["Subnets"]) == 6
