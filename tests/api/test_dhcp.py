"""Sets of DHCP options, as boto3 sees them."""

from errors import refused


def create(ec2, options, **more):
    configurations = [{"Key": key, "Values": values} for key, values in options.items()]
    return ec2.create_dhcp_options(DhcpConfigurations=configurations, **more)["DhcpOptions"]


def options_of(answer):
    return {option["Key"]: [value["Value"] for value in option["Values"]] for option in answer["DhcpConfigurations"]}


def dhcp_options_id(ec2, vpc):
    return ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["DhcpOptionsId"]


def test_a_region_starts_with_amazons_set(ec2):
    [own] = ec2.describe_dhcp_options()["DhcpOptions"]
    assert options_of(own) == {"domain-name": ["ec2.internal"], "domain-name-servers": ["AmazonProvidedDNS"]}
    assert own["OwnerId"] == "123456789012" and own["Tags"] == []


def test_a_set_is_created_associated_and_deleted(ec2):
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    own = dhcp_options_id(ec2, vpc)
    tags = [{"Key": "k", "Value": "v"}]
    wanted = {
        "domain-name": ["example.com"],
        "domain-name-servers": ["10.2.5.1", "10.2.5.2"],
        "ntp-servers": ["169.254.169.123", "fd00:ec2::123"],
        "netbios-name-servers": ["10.2.5.1"],
        "netbios-node-type": ["2"],
        "ipv6-address-preferred-lease-time": ["140"],
    }
    made = create(ec2, wanted, TagSpecifications=[{"ResourceType": "dhcp-options", "Tags": tags}])
    assert options_of(made) == wanted and made["Tags"] == tags
    options = made["DhcpOptionsId"]
    ec2.associate_dhcp_options(DhcpOptionsId=options, VpcId=vpc)
    assert dhcp_options_id(ec2, vpc) == options
    with refused("DependencyViolation", f"The dhcpOptions '{options}' has dependencies and cannot be deleted."):
        ec2.delete_dhcp_options(DhcpOptionsId=options)
    ec2.associate_dhcp_options(DhcpOptionsId="default", VpcId=vpc)
    assert dhcp_options_id(ec2, vpc) == "default"
    ec2.delete_dhcp_options(DhcpOptionsId=options)
    with refused("InvalidDhcpOptionID.NotFound", f"'{options}' does not exist"):
        ec2.describe_dhcp_options(DhcpOptionsIds=[options])
    with refused("InvalidDhcpOptionID.NotFound"):
        ec2.associate_dhcp_options(DhcpOptionsId=options, VpcId=vpc)
    for _ in range(5):
        create(ec2, {"domain-name": ["example.com"]})
    assert ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["DhcpOptionsId"] == own, "new VPCs take the region's own set"


def test_what_is_no_option_is_refused(ec2):
    with refused("InvalidParameterValue", "router"):
        create(ec2, {"router": ["10.0.0.1"]})
    for key, values in [
        ("domain-name-servers", ["ns.example.com"]),
        ("domain-name-servers", [f"10.0.0.{number}" for number in range(5)]),
        ("ntp-servers", ["time"]),
        ("netbios-node-type", ["3"]),
        ("ipv6-address-preferred-lease-time", ["139"]),
    ]:
        with refused("InvalidParameterValue", key):
            create(ec2, {key: values})
    with refused("MissingParameter"):
        ec2.create_dhcp_options(DhcpConfigurations=[])
    assert len(ec2.describe_dhcp_options()["DhcpOptions"]) == 1


def test_sets_are_found_by_every_filter(ec2):
    tags = [{"ResourceType": "dhcp-options", "Tags": [{"Key": "k", "Value": "v"}]}]
    made = create(ec2, {"ntp-servers": ["10.9.9.9"]}, TagSpecifications=tags)["DhcpOptionsId"]
    filters = {"dhcp-options-id": made, "key": "ntp-*", "value": "10.9.9.9", "owner-id": "123456789012", "tag:k": "v", "tag-key": "k"}
    for name, value in filters.items():
        found = ec2.describe_dhcp_options(Filters=[{"Name": name, "Values": [value]}])["DhcpOptions"]
        assert made in [one["DhcpOptionsId"] for one in found] and len(found) == (2 if name == "owner-id" else 1), name
        assert ec2.describe_dhcp_options(Filters=[{"Name": name, "Values": ["other"]}])["DhcpOptions"] == [], name
    for _ in range(5):
        create(ec2, {"ntp-servers": ["10.9.9.9"]})
    pages = list(ec2.get_paginator("describe_dhcp_options").paginate(PaginationConfig={"PageSize": 5}))
    assert [len(page["DhcpOptions"]) for page in pages] == [5, 2]
