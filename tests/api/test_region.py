"""Regions, zones and the account's attributes, as boto3 sees them."""

from errors import refused


def test_regions_have_endpoints_and_need_no_opting_in(ec2):
    regions = ec2.describe_regions()["Regions"]
    assert {"us-east-1", "eu-central-1", "ap-northeast-1"} <= {region["RegionName"] for region in regions}
    [frankfurt] = ec2.describe_regions(RegionNames=["eu-central-1"])["Regions"]
    assert frankfurt["Endpoint"] == "ec2.eu-central-1.amazonaws.com" and frankfurt["OptInStatus"] == "opt-in-not-required"
    for name, value in [("endpoint", "ec2.eu-central-1.*"), ("region-name", "eu-central-1")]:
        assert ec2.describe_regions(Filters=[{"Name": name, "Values": [value]}])["Regions"] == [frankfurt]
    assert ec2.describe_regions(AllRegions=True, Filters=[{"Name": "opt-in-status", "Values": ["not-opted-in"]}])["Regions"] == []
    with refused("InvalidParameterValue", "nowhere-1"):
        ec2.describe_regions(RegionNames=["nowhere-1"])


def test_zones_are_answered_as_ec2_does(ec2):
    zone = {
        "State": "available",
        "OptInStatus": "opt-in-not-required",
        "Messages": [],
        "RegionName": "us-east-1",
        "ZoneName": "us-east-1a",
        "ZoneId": "use1-az1",
        "GroupName": "us-east-1-zg-1",
        "GroupLongName": "US East (N. Virginia) 1",
        "NetworkBorderGroup": "us-east-1",
        "ZoneType": "availability-zone",
    }
    empty = {"Geography": [], "SubGeography": []}
    assert [each["ZoneName"][-1] for each in ec2.describe_availability_zones()["AvailabilityZones"]] == list("abcdef")
    ways = [{"ZoneNames": ["us-east-1a"]}, {"ZoneIds": ["use1-az1"]}, {"Filters": [{"Name": "zone-name", "Values": ["us-east-1a"]}]}]
    for way in ways:
        [found] = ec2.describe_availability_zones(**way)["AvailabilityZones"]
        assert {key: value for key, value in found.items() if key not in empty} == zone
    for name, value in [("state", "available"), ("zone-type", "availability-zone"), ("group-name", "us-east-1-zg-1"), ("region-name", "us-east-1")]:
        assert len(ec2.describe_availability_zones(Filters=[{"Name": name, "Values": [value]}])["AvailabilityZones"]) == 6, name
    assert ec2.describe_availability_zones(Filters=[{"Name": "zone-type", "Values": ["local-zone"]}])["AvailabilityZones"] == []
    with refused("InvalidParameterValue", "Invalid availability zone: [us-east-1z]"):
        ec2.describe_availability_zones(ZoneNames=["us-east-1z"])


def test_neither_regions_nor_zones_are_filtered_by_tags(ec2):
    for describe in [ec2.describe_regions, ec2.describe_availability_zones]:
        for name in ["tag:stage", "tag-key"]:
            with refused("InvalidParameterValue", f"The filter '{name}' is invalid"):
                describe(Filters=[{"Name": name, "Values": ["x"]}])


def test_regions_have_zones_and_vpcs_of_their_own(server, session, ec2):
    ireland = server.client(session, region="eu-west-1")
    zones = ireland.describe_availability_zones()["AvailabilityZones"]
    assert [zone["ZoneId"] for zone in zones] == ["euw1-az1", "euw1-az2", "euw1-az3"]
    ireland.create_vpc(CidrBlock="10.0.0.0/16")
    assert len(ireland.describe_vpcs()["Vpcs"]) == 2 and len(ec2.describe_vpcs()["Vpcs"]) == 1
    assert len(ireland.describe_subnets()["Subnets"]) == 3
    [options] = ireland.describe_dhcp_options(Filters=[{"Name": "value", "Values": ["eu-west-1.compute.internal"]}])["DhcpOptions"]
    assert options["DhcpConfigurations"][0]["Key"] == "domain-name"


def test_account_attributes_name_the_default_vpc(ec2):
    answer = ec2.describe_account_attributes()["AccountAttributes"]
    values = {each["AttributeName"]: [value["AttributeValue"] for value in each["AttributeValues"]] for each in answer}
    [vpc] = ec2.describe_vpcs()["Vpcs"]
    assert values["default-vpc"] == [vpc["VpcId"]] and values["supported-platforms"] == ["VPC"]
    assert values["vpc-max-security-groups-per-interface"] == ["5"]
    assert {"max-instances", "max-elastic-ips", "vpc-max-elastic-ips"} <= values.keys()
    [platforms] = ec2.describe_account_attributes(AttributeNames=["supported-platforms"])["AccountAttributes"]
    assert platforms["AttributeName"] == "supported-platforms"
    with refused("InvalidParameterValue", "colour"):
        ec2.describe_account_attributes(AttributeNames=["colour"])
