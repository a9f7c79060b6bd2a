"""Tags, as boto3 sees them."""

import pytest

from errors import refused


@pytest.fixture
def gateway(ec2):
    return ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]


def tags_of(ec2, resource):
    shown = ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [resource]}])["Tags"]
    return {tag["Key"]: tag["Value"] for tag in shown}


def tags(**values):
    return [{"Key": key, "Value": value} for key, value in values.items()]


def test_tags_are_added_overwritten_and_shown_with_their_resource(ec2, gateway):
    ec2.create_tags(Resources=[gateway], Tags=tags(a="1", b="2"))
    ec2.create_tags(Resources=[gateway], Tags=tags(b="3"))
    assert tags_of(ec2, gateway) == {"a": "1", "b": "3"}
    shown = ec2.describe_internet_gateways(InternetGatewayIds=[gateway])["InternetGateways"][0]["Tags"]
    assert shown == tags(a="1", b="3")
    (tag,) = ec2.describe_tags(Filters=[{"Name": "key", "Values": ["a"]}])["Tags"]
    assert tag == {"Key": "a", "ResourceId": gateway, "ResourceType": "internet-gateway", "Value": "1"}


def test_a_tag_is_deleted_by_key_or_by_key_and_value_and_all_when_none_is_named(ec2, gateway):
    ec2.create_tags(Resources=[gateway], Tags=tags(a="1", b="2", c="", d="4", e="5"))
    ec2.delete_tags(Resources=[gateway], Tags=[{"Key": "a"}, {"Key": "b", "Value": "other"}, {"Key": "c", "Value": ""}, {"Key": "z"}])
    assert tags_of(ec2, gateway) == {"b": "2", "d": "4", "e": "5"}
    ec2.delete_tags(Resources=[gateway], Tags=[{"Key": "d", "Value": ""}])
    assert "d" in tags_of(ec2, gateway)
    ec2.delete_tags(Resources=[gateway])
    assert tags_of(ec2, gateway) == {}


@pytest.mark.parametrize(
    ("resource", "code", "message"),
    [
        ("vpc-00000000000000000", "InvalidVpcID.NotFound", "The vpc ID 'vpc-00000000000000000' does not exist"),
        ("subnet-00000000", "InvalidSubnetID.NotFound", "'subnet-00000000' does not exist"),
        ("igw-00000000", "InvalidInternetGatewayID.NotFound", "'igw-00000000' does not exist"),
        ("rtb-00000000", "InvalidRouteTableID.NotFound", "'rtb-00000000' does not exist"),
        ("sg-00000000", "InvalidGroup.NotFound", "'sg-00000000' does not exist"),
        ("sgr-00000000", "InvalidSecurityGroupRuleId.NotFound", "'sgr-00000000' does not exist"),
        ("eni-00000000", "InvalidNetworkInterfaceID.NotFound", "'eni-00000000' does not exist"),
        ("i-00000000", "InvalidInstanceID.NotFound", "'i-00000000' does not exist"),
        ("eipalloc-00000000", "InvalidAllocationID.NotFound", "'eipalloc-00000000' does not exist"),
        ("dopt-00000000", "InvalidDhcpOptionID.NotFound", "'dopt-00000000' does not exist"),
        ("vol-00000000", "InvalidVolume.NotFound", "'vol-00000000' does not exist"),
        ("ami-00000000", "InvalidAMIID.NotFound", "The image id '[ami-00000000]' does not exist"),
        ("vpc-xyz", "InvalidID", "vpc-xyz"),
        ("house-1", "InvalidID", "The ID 'house-1' is not valid"),
        ("rtbassoc-00000000", "InvalidID", "The ID 'rtbassoc-00000000' is not valid"),
    ],
)
def test_an_unknown_resource_gives_the_error_of_its_kind_and_none_is_tagged(ec2, gateway, resource, code, message):
    for change in [ec2.create_tags, ec2.delete_tags]:
        with refused(code, message):
            change(Resources=[gateway, resource], Tags=tags(a="1"))
    assert tags_of(ec2, gateway) == {}


def test_a_resource_has_fifty_tags_at_most(ec2, gateway):
    ec2.create_tags(Resources=[gateway], Tags=[{"Key": f"k{index}", "Value": ""} for index in range(50)])
    with refused("TagLimitExceeded", "More than 50 tags specified"):
        ec2.create_tags(Resources=[gateway], Tags=tags(one="more"))
    ec2.create_tags(Resources=[gateway], Tags=tags(k0="changed"))


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ({"Key": "aws:name", "Value": "x"}, "Tag keys starting with 'aws:' are reserved for internal use"),
        ({"Key": "", "Value": "x"}, "Tag key cannot be null or empty."),
        ({"Value": "x"}, "Tag key cannot be null or empty."),
        ({"Key": "k"}, "Value ( k ) for parameter value is invalid. Tag value cannot be null. Use empty string instead."),
        ({"Key": "k" * 129, "Value": "x"}, "Tag key exceeds the maximum length of 128 characters."),
        ({"Key": "k", "Value": "v" * 257}, "Tag value exceeds the maximum length of 256 characters."),
    ],
)
def test_a_tag_that_breaks_the_rules_is_refused(ec2, gateway, tag, message):
    with refused("InvalidParameterValue", message):
        ec2.create_tags(Resources=[gateway], Tags=[tag])
    with refused("InvalidParameterValue", message):
        ec2.create_internet_gateway(TagSpecifications=[{"ResourceType": "internet-gateway", "Tags": [tag]}])


def test_reserved_tags_cannot_be_deleted_and_keys_are_given_once(ec2, gateway):
    with refused("InvalidParameterValue", "reserved for internal use"):
        ec2.delete_tags(Resources=[gateway], Tags=[{"Key": "aws:name"}])
    with refused("InvalidParameterValue", "Tag key cannot be null or empty."):
        ec2.delete_tags(Resources=[gateway], Tags=[{"Value": "x"}])
    with refused("InvalidParameterValue", "Duplicate tag key 'a' specified."):
        ec2.create_tags(Resources=[gateway], Tags=tags(a="1") * 2)
    with refused("MissingParameter"):
        ec2.create_tags(Resources=[gateway], Tags=[])


def test_filters_narrow_by_key_value_type_and_resource(ec2, gateway):
    group = ec2.create_security_group(GroupName="web", Description="d")["GroupId"]
    ec2.create_tags(Resources=[gateway, group], Tags=tags(stage="test"))
    ec2.create_tags(Resources=[group], Tags=tags(owner="me"))

    def found(**filters):
        named = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
        return [(tag["ResourceId"], tag["Key"]) for tag in ec2.describe_tags(Filters=named)["Tags"]]

    assert sorted(found(key="stage")) == sorted([(gateway, "stage"), (group, "stage")])
    assert found(value="m?") == [(group, "owner")]
    assert sorted(found(resource_type="security-group")) == [(group, "owner"), (group, "stage")]
    assert found(resource_id=gateway) == [(gateway, "stage")]
    assert found(resource_id="igw-00000000") == []


def test_a_filter_on_a_tag_shows_that_tag_and_not_the_others_of_its_resource(ec2, gateway):
    ec2.create_tags(Resources=[gateway], Tags=tags(stage="test", owner="me"))

    def found(*values):
        return [tag["Key"] for tag in ec2.describe_tags(Filters=[{"Name": "tag:stage", "Values": list(values)}])["Tags"]]

    assert found("test") == found("t*", "me") == ["stage"]
    assert found("me") == []
    with refused("InvalidParameterValue", "The filter 'tag-key' is invalid"):
        ec2.describe_tags(Filters=[{"Name": "tag-key", "Values": ["stage"]}])


def test_pages_show_every_tag_once(ec2, gateway):
    group = ec2.create_security_group(GroupName="web", Description="d")["GroupId"]
    ec2.create_tags(Resources=[gateway, group], Tags=[{"Key": f"key {index}", "Value": ""} for index in range(8)])
    pages = list(ec2.get_paginator("describe_tags").paginate(PaginationConfig={"PageSize": 5}))
    shown = [(tag["ResourceId"], tag["Key"]) for page in pages for tag in page["Tags"]]
    assert [len(page["Tags"]) for page in pages] == [5, 5, 5, 1] and len(set(shown)) == 16


def test_a_deleted_resource_leaves_no_tags(ec2, gateway):
    ec2.create_tags(Resources=[gateway], Tags=tags(a="1"))
    ec2.delete_internet_gateway(InternetGatewayId=gateway)
    assert tags_of(ec2, gateway) == {}


def test_instances_and_their_volumes_have_tags_even_when_terminated(ec2):
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    instance = ec2.run_instances(ImageId=image, InstanceType="m5.large", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    ec2.get_waiter("instance_running").wait(InstanceIds=[instance])
    ec2.create_tags(Resources=[instance, image], Tags=tags(stage="test"))
    assert tags_of(ec2, image) == {"stage": "test"}
    assert ec2.describe_images(ImageIds=[image])["Images"][0]["Tags"] == tags(stage="test")
    ec2.terminate_instances(InstanceIds=[instance])
    ec2.get_waiter("instance_terminated").wait(InstanceIds=[instance])
    assert tags_of(ec2, instance) == {"stage": "test"}
    (reservation,) = ec2.describe_instances(Filters=[{"Name": "tag:stage", "Values": ["test"]}])["Reservations"]
    assert reservation["Instances"][0]["InstanceId"] == instance
    ec2.delete_tags(Resources=[instance])
    assert tags_of(ec2, instance) == {}


@pytest.mark.parametrize("without", [{}, {"ResourceType": ""}])
def test_tags_at_creation_say_for_what_they_are(ec2, without):
    with refused("InvalidParameterValue", "Tag specification resource type must have a value"):
        ec2.create_internet_gateway(TagSpecifications=[{**without, "Tags": [{"Key": "name", "Value": "mine"}]}])
    assert len(ec2.describe_internet_gateways()["InternetGateways"]) == 1
