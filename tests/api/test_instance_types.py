"""DescribeInstanceTypes, as boto3 sees it."""

import pytest
from errors import refused


def test_every_type_is_listed_once_over_pages(ec2):
    pages = ec2.get_paginator("describe_instance_types").paginate(PaginationConfig={"PageSize": 100})
    names = [known["InstanceType"] for page in pages for known in page["InstanceTypes"]]
    assert len(names) == len(set(names)) == 1395


def test_a_type_tells_its_network_limits(ec2):
    known = ec2.describe_instance_types(InstanceTypes=["m5.large"])["InstanceTypes"][0]
    network = known["NetworkInfo"]
    assert network["MaximumNetworkInterfaces"] == 3
    assert network["Ipv4AddressesPerInterface"] == network["Ipv6AddressesPerInterface"] == 10
    assert network["Ipv6Supported"] is True and network["DefaultNetworkCardIndex"] == 0
    assert network["NetworkCards"] == [
        {
            "NetworkCardIndex": 0,
            "NetworkPerformance": "Up to 10 Gigabit",
            "MaximumNetworkInterfaces": 3,
            "PeakBandwidthInGbps": 10.0,
            "InterfaceTypes": ["interface"],
        }
    ]
    timeouts = {"DefaultTcpEstablishedTimeout": 432_000, "DefaultUdpTimeout": 30, "DefaultUdpStreamTimeout": 180}
    assert network["ConnectionTrackingConfiguration"] == timeouts
    assert known["Hypervisor"] == "nitro" and known["BareMetal"] is False
    assert known["VCpuInfo"]["DefaultVCpus"] == 2 and known["MemoryInfo"]["SizeInMiB"] == 8192


def test_a_type_of_several_cards_tells_each(ec2):
    network = ec2.describe_instance_types(InstanceTypes=["p4d.24xlarge"])["InstanceTypes"][0]["NetworkInfo"]
    assert network["MaximumNetworkCards"] == 4
    assert [card["NetworkCardIndex"] for card in network["NetworkCards"]] == [0, 1, 2, 3]
    for card in network["NetworkCards"]:
        assert card["NetworkPerformance"] == "100 Gigabit"
        assert card["BaselineBandwidthInGbps"] == card["PeakBandwidthInGbps"] == 100.0


@pytest.mark.parametrize(
    ("name", "baseline", "peak"),
    [("m5.24xlarge", 25.0, 25.0), ("c5n.9xlarge", 50.0, 50.0), ("m1.small", None, None), ("p5.48xlarge", None, None)],
)
def test_a_cards_bandwidth_is_told_where_the_types_is_that_of_one_card(ec2, name, baseline, peak):
    card = ec2.describe_instance_types(InstanceTypes=[name])["InstanceTypes"][0]["NetworkInfo"]["NetworkCards"][0]
    assert (card.get("BaselineBandwidthInGbps"), card.get("PeakBandwidthInGbps")) == (baseline, peak)


def test_what_is_refused_here_is_told_to_be_unsupported(ec2):
    [known] = ec2.describe_instance_types(InstanceTypes=["m5.large"])["InstanceTypes"]
    network = known["NetworkInfo"]
    for told in [known["HibernationSupported"], known["DedicatedHostsSupported"], network["EncryptionInTransitSupported"]]:
        assert told is False
    assert network["EnaSrdSupported"] is False and network["SecondaryNetworkSupported"] is False
    for told in ["NitroEnclavesSupport", "NitroTpmSupport", "RebootMigrationSupport"]:
        assert known[told] == "unsupported", told
    assert network["FlexibleEnaQueuesSupport"] == "unsupported"
    for name, here, elsewhere in [
        ("hibernation-supported", "false", "true"),
        ("dedicated-hosts-supported", "false", "true"),
        ("network-info.encryption-in-transit-supported", "false", "true"),
        ("network-info.flexible-ena-queues-support", "unsupported", "supported"),
        ("nitro-enclaves-support", "unsupported", "supported"),
        ("nitro-tpm-support", "unsupported", "supported"),
        ("reboot-migration-support", "unsupported", "supported"),
    ]:
        for value, found in [(here, 1), (elsewhere, 0)]:
            filters = [{"Name": "instance-type", "Values": ["m5.large"]}, {"Name": name, "Values": [value]}]
            assert len(ec2.describe_instance_types(Filters=filters)["InstanceTypes"]) == found, (name, value)


def test_filters(ec2):
    def names(**filters):
        wanted = [{"Name": name.replace("__", ".").replace("_", "-"), "Values": values} for name, values in filters.items()]
        pages = ec2.get_paginator("describe_instance_types").paginate(Filters=wanted)
        return [known["InstanceType"] for page in pages for known in page["InstanceTypes"]]

    assert names(instance_type=["t3.*"], burstable_performance_supported=["true"]) == names(instance_type=["t3.*"]) != []
    assert names(network_info__maximum_network_cards=["4"], current_generation=["true"])
    assert "m5.metal" in names(bare_metal=["true"])
    with refused("InvalidParameterValue", "The filter 'color' is invalid"):
        names(color=["red"])


def test_unknown_types_are_named(ec2):
    with refused("InvalidInstanceType", "The following supplied instance types do not exist: [m5.huge]"):
        ec2.describe_instance_types(InstanceTypes=["m5.large", "m5.huge"])


def test_every_type_is_offered_everywhere(ec2):
    def offered(**more):
        pages = ec2.get_paginator("describe_instance_type_offerings").paginate(**more)
        return [(o["InstanceType"], o["LocationType"], o["Location"]) for page in pages for o in page["InstanceTypeOfferings"]]

    one = [{"Name": "instance-type", "Values": ["m5.large"]}]
    assert offered(Filters=one) == [("m5.large", "region", "us-east-1")]
    zones = offered(Filters=one, LocationType="availability-zone")
    assert [location for _, _, location in zones] == [f"us-east-1{letter}" for letter in "abcdef"]
    in_zone = [{"Name": "location", "Values": ["use1-az2"]}]
    paged = offered(LocationType="availability-zone-id", Filters=in_zone, PaginationConfig={"PageSize": 500})
    assert len(paged) == len(set(paged)) == 1395
    with refused("InvalidParameterValue", "LocationType"):
        offered(LocationType="planet")
