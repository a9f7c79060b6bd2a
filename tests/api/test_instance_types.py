"""DescribeInstanceTypes, as boto3 sees it."""

import json
import re

import pytest
from errors import refused
from servers import ROOT


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
    timeouts = {"DefaultTcpEstablishedTimeout": 432_000, "DefaultUdpTimeout": 30, "DefaultUdpStreamTimeout": 180}
    assert network["ConnectionTrackingConfiguration"] == timeouts
    assert known["Hypervisor"] == "nitro" and known["BareMetal"] is False
    assert known["VCpuInfo"]["DefaultVCpus"] == 2 and known["MemoryInfo"]["SizeInMiB"] == 8192


M5D_LARGE = {
    "AutoRecoverySupported": False,
    "BareMetal": False,
    "BurstablePerformanceSupported": False,
    "CurrentGeneration": True,
    "DedicatedHostsSupported": True,
    "EbsInfo": {
        "AttachmentLimitType": "shared",
        "EbsOptimizedInfo": {
            "BaselineBandwidthInMbps": 650,
            "BaselineIops": 3600,
            "BaselineThroughputInMBps": 81.25,
            "MaximumBandwidthInMbps": 4750,
            "MaximumIops": 18750,
            "MaximumThroughputInMBps": 593.75,
        },
        "EbsOptimizedSupport": "default",
        "EncryptionSupport": "supported",
        "MaximumEbsAttachments": 26,
        "NvmeSupport": "required",
    },
    "FreeTierEligible": False,
    "HibernationSupported": True,
    "Hypervisor": "nitro",
    "InstanceStorageInfo": {
        "Disks": [{"Count": 1, "SizeInGB": 75, "Type": "ssd"}],
        "EncryptionSupport": "required",
        "NvmeSupport": "required",
        "TotalSizeInGB": 75,
    },
    "InstanceStorageSupported": True,
    "InstanceType": "m5d.large",
    "MemoryInfo": {"SizeInMiB": 8192},
    "NetworkInfo": {
        "ConnectionTrackingConfiguration": {
            "DefaultTcpEstablishedTimeout": 432000,
            "DefaultUdpStreamTimeout": 180,
            "DefaultUdpTimeout": 30,
        },
        "DefaultNetworkCardIndex": 0,
        "EfaSupported": False,
        "EnaSrdSupported": False,
        "EnaSupport": "required",
        "EncryptionInTransitSupported": False,
        "FlexibleEnaQueuesSupport": "unsupported",
        "Ipv4AddressesPerInterface": 10,
        "Ipv6AddressesPerInterface": 10,
        "Ipv6Supported": True,
        "MaximumNetworkCards": 1,
        "MaximumNetworkInterfaces": 3,
        "NetworkCards": [
            {
                "BaselineBandwidthInGbps": 0.75,
                "DefaultEnaQueueCountPerInterface": 8,
                "InterfaceTypes": ["interface"],
                "MaximumNetworkInterfaces": 3,
                "NetworkCardIndex": 0,
                "NetworkPerformance": "Up to 10 Gigabit",
                "PeakBandwidthInGbps": 10.0,
            }
        ],
        "NetworkPerformance": "Up to 10 Gigabit",
        "SecondaryNetworkSupported": False,
    },
    "NitroEnclavesSupport": "unsupported",
    "NitroTpmInfo": {"SupportedVersions": ["2.0"]},
    "NitroTpmSupport": "supported",
    "PhcSupport": "unsupported",
    "PlacementGroupInfo": {"SupportedStrategies": ["cluster", "partition", "spread"]},
    "ProcessorInfo": {"Manufacturer": "Intel", "SupportedArchitectures": ["x86_64"], "SustainedClockSpeedInGhz": 3.1},
    "RebootMigrationSupport": "unsupported",
    "SupportedBootModes": ["legacy-bios", "uefi"],
    "SupportedInRegion": True,
    "SupportedRootDeviceTypes": ["ebs"],
    "SupportedUsageClasses": ["on-demand", "spot"],
    "SupportedVirtualizationTypes": ["hvm"],
    "VCpuInfo": {"DefaultCores": 1, "DefaultThreadsPerCore": 2, "DefaultVCpus": 2, "ValidCores": [1], "ValidThreadsPerCore": [1, 2]},
}


def told(value):
    """What is told: an empty list says no more than none."""
    if isinstance(value, dict):
        return {name: told(below) for name, below in value.items() if below != []}
    return [told(item) for item in value] if isinstance(value, list) else value


def test_a_type_tells_all_that_aws_tells_of_it(ec2):
    (known,) = ec2.describe_instance_types(InstanceTypes=["m5d.large"])["InstanceTypes"]
    assert told(known) == M5D_LARGE


def test_accelerators_are_told(ec2):
    types = {known["InstanceType"]: known for known in ec2.describe_instance_types(InstanceTypes=["g4dn.xlarge", "inf1.xlarge", "f2.6xlarge"])["InstanceTypes"]}
    (gpu,) = types["g4dn.xlarge"]["GpuInfo"]["Gpus"]
    assert (gpu["Name"], gpu["Manufacturer"], gpu["Count"], gpu["MemoryInfo"]) == ("T4", "NVIDIA", 1, {"SizeInMiB": 16384})
    assert types["inf1.xlarge"]["InferenceAcceleratorInfo"]["Accelerators"][0]["Name"] == "Inferentia"
    assert types["f2.6xlarge"]["FpgaInfo"]["Fpgas"][0]["Manufacturer"] == "Xilinx"


class Facts:
    """The file of facts, which was compared with what AWS tells of every type when it was made."""

    def __init__(self):
        self.sections = json.loads((ROOT / "crates" / "model" / "src" / "instance-types.json").read_text())

    def all(self):
        return [self.whole("types", number) for number in range(len(self.sections["types"]["rows"]))]

    def whole(self, section, number):
        found = {}
        for member, value in zip(self.sections[section]["members"], self.sections[section]["rows"][number]):
            below = member if section == "types" else f"{section}.{member}"
            if value is None:
                continue
            if below in self.sections:
                value = [self.whole(below, each) for each in value] if isinstance(value, list) else self.whole(below, value)
            if member == "common":
                found.update(value)
            else:
                found[member.replace("_", "")] = value
        return {member.replace("_", ""): value for member, value in found.items()}


def plain(value):
    """With the names of members as in the file, but for their humps."""
    if isinstance(value, dict):
        return {name.lower(): plain(below) for name, below in value.items() if below != []}
    return [plain(item) for item in value] if isinstance(value, list) else value


def test_every_type_is_told_as_in_the_file_of_facts(ec2):
    pages = ec2.get_paginator("describe_instance_types").paginate()
    shown = [plain(known) for page in pages for known in page["InstanceTypes"]]
    expected = [plain(known) for known in Facts().all()]
    assert [known["instancetype"] for known in shown] == sorted(known["instancetype"] for known in expected)
    by_name = {known["instancetype"]: known for known in expected}
    assert [known["instancetype"] for known in shown if known != by_name[known["instancetype"]]] == []


def test_types_and_offerings_come_in_pages_though_none_were_asked_for(ec2):
    page = ec2.describe_instance_types()
    assert len(page["InstanceTypes"]) == 100 and page["NextToken"]
    page = ec2.describe_instance_type_offerings()
    assert len(page["InstanceTypeOfferings"]) == 1000 and page["NextToken"]


@pytest.mark.parametrize(
    "name, value, among, beside",
    [
        ("supported-usage-class", "spot", "m5.large", "mac1.metal"),
        ("instance-storage-supported", "true", "m5d.large", "m5.large"),
        ("instance-storage-info.total-size-in-gb", "75", "m5d.large", "m5.large"),
        ("instance-storage-info.disk.type", "hdd", "d2.xlarge", "m5d.large"),
        ("ebs-info.ebs-optimized-info.baseline-iops", "3600", "m5d.large", "m5.24xlarge"),
        ("ebs-info.ebs-optimized-info.maximum-throughput-in-mbps", "593.75", "m5d.large", "m5.24xlarge"),
        ("ebs-info.ebs-optimized-support", "unsupported", "t2.micro", "m5.large"),
        ("hibernation-supported", "true", "m5.large", "m5.metal"),
        ("dedicated-hosts-supported", "true", "m5.large", "t2.micro"),
        ("network-info.efa-supported", "true", "c5n.18xlarge", "m5.large"),
        ("network-info.encryption-in-transit-supported", "true", "m5n.large", "m5.large"),
        ("nitro-enclaves-support", "supported", "m5.xlarge", "m5.large"),
        ("vcpu-info.valid-cores", "1", "m5.large", "m5.metal"),
        ("vcpu-info.valid-threads-per-core", "2", "m5.large", "m6g.large"),
        ("processor-info.supported-architecture", "arm64", "m6g.large", "m5.large"),
        ("processor-info.sustained-clock-speed-in-ghz", "3.1", "m5.large", "m6g.large"),
        ("free-tier-eligible", "true", "t3.micro", "m5.large"),
    ],
)
def test_what_a_type_has_can_be_filtered_by(ec2, name, value, among, beside):
    filters = [{"Name": "instance-type", "Values": [among, beside]}, {"Name": name, "Values": [value]}]
    assert [known["InstanceType"] for known in ec2.describe_instance_types(Filters=filters)["InstanceTypes"]] == [among]


# Filters whose names are not the members' in another spelling.
SINGULAR = {"disk": "disks", "supported-boot-mode": "supportedbootmodes", "supported-usage-class": "supportedusageclasses"}


def test_every_documented_filter_finds_the_types_that_have_its_value(ec2):
    source = (ROOT / "crates" / "ops" / "src" / "instance_type.rs").read_text()
    names = re.findall(r'"([a-z0-9.-]+)"', source[source.index("const FILTERS") : source.index("];", source.index("const FILTERS"))])
    assert len(names) == 56
    facts = [plain(known) for known in Facts().all()]

    def values(known, path):
        for part in path:
            step = SINGULAR.get(part) or part.replace("-", "")
            found = [below.get(key) for below in known for key in (step, step + "s") if key in below]
            known = [item for value in found for item in (value if isinstance(value, list) else [value])]
        return [str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value) for value in known]

    for name in names:
        path = name.split(".") if "." in name else [name]
        having = [(known["instancetype"], values([known], path)) for known in facts]
        wanted = next(shown[0] for _, shown in having if shown)
        filters = [{"Name": name, "Values": [wanted]}]
        pages = ec2.get_paginator("describe_instance_types").paginate(Filters=filters)
        found = [known["InstanceType"] for page in pages for known in page["InstanceTypes"]]
        assert found == [known for known, shown in having if wanted in shown] != [], name


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
