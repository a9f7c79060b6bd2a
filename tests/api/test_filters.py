"""What all filters have in common."""

import pytest
from errors import refused


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
    for name in ["tag:stage", "tag-key"]:
        with refused("InvalidParameterValue", f"The filter '{name}' is invalid"):
            getattr(ec2, operation)(Filters=[{"Name": name, "Values": ["x"]}])
