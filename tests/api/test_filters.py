"""What all filters have in common."""

import pytest
from botocore import xform_name
from errors import refused
from servers import ROOT


def test_values_of_filters_have_a_greatest_length_and_number(ec2):
    describe = lambda *values: ec2.describe_vpcs(Filters=[{"Name": "tag:stage", "Values": list(values)}])["Vpcs"]
    assert describe("v" * 255) == describe(*map(str, range(200))) == []
    with refused("FilterLimitExceeded", "The maximum length for a filter value is 255 characters"):
        describe("v" * 256)
    with refused("FilterLimitExceeded", "The maximum number of filter values specified on a single call is 200"):
        describe(*map(str, range(201)))


@pytest.mark.parametrize(
    "operation",
    [
        "describe_iam_instance_profile_associations",
        "describe_instance_credit_specifications",
        "describe_instance_status",
        "describe_network_interface_permissions",
        "describe_prefix_lists",
        "describe_volume_status",
    ],
)
def test_what_shows_no_tags_is_not_filtered_by_them(ec2, operation):
    for name in ["tag:stage", "tag-key", "tag-value"]:
        with refused("InvalidParameterValue", f"The filter '{name}' is invalid"):
            getattr(ec2, operation)(Filters=[{"Name": name, "Values": ["x"]}])


def served_with_filters(ec2):
    """What answers a list that can be filtered, called with filters alone: its name, and the list that a call answers."""
    model = ec2.meta.service_model
    for operation in (ROOT / "models" / "operations.txt").read_text().splitlines():
        # What has a note is always empty: test_constant_reads.py.
        if not operation.startswith("Describe") or ":" in operation:
            continue
        shape = model.operation_model(operation)
        lists = [name for name, member in shape.output_shape.members.items() if member.type_name == "list"]
        if "Filters" in shape.input_shape.members and not shape.input_shape.required_members:
            call = getattr(ec2, xform_name(operation))
            yield operation, lambda *filters, call=call, lists=lists: [item for name in lists for item in call(Filters=list(filters)).get(name, [])]


def test_a_filter_without_values_matches_nothing(ec2):
    vpcs = lambda *filters: ec2.describe_vpcs(Filters=list(filters))["Vpcs"]
    assert vpcs() and vpcs({"Name": "vpc-id", "Values": []}) == vpcs({"Name": "vpc-id"}) == []
    # Beside one that matches, too.
    assert vpcs({"Name": "is-default", "Values": ["true"]}) and not vpcs({"Name": "is-default", "Values": ["true"]}, {"Name": "vpc-id"})
    with refused("InvalidParameterValue", "The filter 'colour' is invalid"):
        vpcs({"Name": "colour"})
    names = {
        "DescribeAvailabilityZones": "zone-name",
        "DescribeRegions": "region-name",
        "DescribeInstanceTypes": "instance-type",
        "DescribeInstanceTypeOfferings": "instance-type",
        "DescribeTags": "key",
        "DescribeSecurityGroups": "group-name",
        "DescribeSubnets": "state",
        "DescribeRouteTables": "association.main",
        "DescribeNetworkAcls": "default",
        "DescribeDhcpOptions": "dhcp-options-id",
        "DescribeInternetGateways": "attachment.vpc-id",
        "DescribeImages": "state",
    }
    answers = dict(served_with_filters(ec2))
    ec2.create_tags(Resources=[ec2.describe_vpcs()["Vpcs"][0]["VpcId"]], Tags=[{"Key": "stage", "Value": "a"}])
    for operation, name in names.items():
        assert answers[operation](), operation
        assert answers[operation]({"Name": name}) == [], operation


def test_tags_are_found_by_their_values_wherever_they_are_by_their_keys(ec2):
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
    ec2.create_tags(Resources=[vpc, *subnets[:2]], Tags=[{"Key": "Name", "Value": "public-a"}])
    ec2.create_tags(Resources=subnets[1:3], Tags=[{"Key": "stage", "Value": "public-a"}, {"Key": "public-a", "Value": "x"}])
    found = lambda *filters: {subnet["SubnetId"] for subnet in ec2.describe_subnets(Filters=list(filters))["Subnets"]}
    by_value = {"Name": "tag-value", "Values": ["public-?"]}
    assert found(by_value) == set(subnets[:3])
    # Which tag has the value is not asked: this is not the filter `tag:<key>`.
    assert found(by_value, {"Name": "tag-key", "Values": ["public-a"]}) == set(subnets[1:3])
    assert [each["VpcId"] for each in ec2.describe_vpcs(Filters=[by_value])["Vpcs"]] == [vpc]
    tried = 0
    for operation, answer in served_with_filters(ec2):
        taken = {}
        for name in ["tag-key", "tag-value"]:
            try:
                assert answer({"Name": name, "Values": ["no-such-tag"]}) == [], operation
                taken[name] = True
            except ec2.exceptions.ClientError as error:
                assert error.response["Error"]["Message"] == f"The filter '{name}' is invalid", operation
                taken[name] = False
        assert taken["tag-key"] == taken["tag-value"], operation
        tried += taken["tag-value"]
    assert tried >= 19
