"""Which sizes of pages operations take."""

import pytest
from errors import refused


@pytest.mark.parametrize(
    ("operation", "least", "most"),
    [
        ("describe_vpcs", 5, 1000),
        ("describe_subnets", 5, 1000),
        ("describe_network_interfaces", 5, 1000),
        ("describe_security_groups", 5, 1000),
        ("describe_route_tables", 5, 100),
        ("describe_egress_only_internet_gateways", 5, 255),
        ("describe_instance_types", 5, 100),
        ("describe_addresses_attribute", 1, 1000),
        ("describe_address_transfers", 5, 10),
        ("describe_public_ipv4_pools", 1, 10),
    ],
)
def test_a_size_out_of_bounds_is_refused(ec2, operation, least, most):
    describe = getattr(ec2, operation)
    for legal in [least, most]:
        describe(MaxResults=legal)
    with refused("InvalidParameterValue", f"Value ( {least - 1} ) for parameter maxResults is invalid."):
        describe(MaxResults=least - 1)
    with refused("InvalidParameterValue", f"Value ( {most + 1} ) for parameter maxResults is invalid."):
        describe(MaxResults=most + 1)


@pytest.mark.parametrize("operation", ["describe_instances", "describe_tags", "describe_volumes", "describe_instance_status"])
def test_the_oldest_operations_cut_a_size_that_is_too_large(ec2, operation):
    getattr(ec2, operation)(MaxResults=5000)
    with refused("InvalidParameterValue", "Value ( 4 ) for parameter maxResults is invalid."):
        getattr(ec2, operation)(MaxResults=4)


@pytest.mark.parametrize(
    ("operation", "member", "example", "words"),
    [
        ("describe_vpcs", "VpcIds", "vpc", "The parameter VpcIds cannot be used with the parameter MaxResults"),
        ("describe_network_interfaces", "NetworkInterfaceIds", "eni", "The parameter NetworkInterfaceIds cannot be"),
        ("describe_instances", "InstanceIds", "i", "The parameter instancesSet cannot be used with the parameter maxResults"),
        ("describe_images", "ImageIds", "ami", "The parameter imageIdsSet cannot be used with the parameter maxResults"),
        ("describe_volumes", "VolumeIds", "vol", "The parameter volumeSet cannot be used with the parameter maxResults"),
        ("describe_address_transfers", "AllocationIds", "eipalloc", "The parameter AllocationIds cannot be"),
        ("describe_public_ipv4_pools", "PoolIds", "ipv4pool-ec2", "The parameter PoolIds cannot be"),
    ],
)
def test_a_request_names_ids_or_asks_for_pages(ec2, operation, member, example, words):
    ids = {member: [f"{example}-0123456789abcdef0"]}
    # Whether or not there is such a thing; instances are looked up first.
    if operation == "describe_instances":
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        made = ec2.run_instances(ImageId=image, InstanceType="m5.large", MinCount=1, MaxCount=1)["Instances"]
        ids = {member: [made[0]["InstanceId"]]}
    with refused("InvalidParameterCombination", words):
        getattr(ec2, operation)(**ids, MaxResults=5)
