"""Launch templates, as boto3 sees them."""

import pytest
from errors import refused
from test_instances import eni, image, see, subnet, wait  # noqa: F401


@pytest.fixture
def template(ec2, subnet):  # noqa: F811
    """A template that launches into the subnet, with a secondary address."""
    data = {
        "ImageId": image(ec2),
        "InstanceType": "m5.large",
        "NetworkInterfaces": [{**eni(subnet), "SecondaryPrivateIpAddressCount": 1, "Ipv6Addresses": []}],
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 12}}],
        "MetadataOptions": {"HttpTokens": "optional"},
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "from", "Value": "template"}, {"Key": "a", "Value": "1"}]}],
    }
    made = ec2.create_launch_template(
        LaunchTemplateName="web", VersionDescription="first", LaunchTemplateData=data,
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": [{"Key": "team", "Value": "net"}]}],
    )
    return made["LaunchTemplate"]


def by_id(template):
    return {"LaunchTemplateId": template["LaunchTemplateId"]}


def test_a_template_is_created_and_described(ec2, template, subnet):  # noqa: F811
    assert (template["DefaultVersionNumber"], template["LatestVersionNumber"]) == (1, 1)
    assert template["Tags"] == [{"Key": "team", "Value": "net"}] and template["CreatedBy"] == "arn:aws:iam::123456789012:root"
    for query in [
        {"LaunchTemplateIds": [template["LaunchTemplateId"]]},
        {"LaunchTemplateNames": ["web"]},
        {"Filters": [{"Name": "launch-template-name", "Values": ["w*"]}]},
        {"Filters": [{"Name": "tag:team", "Values": ["net"]}]},
    ]:
        assert ec2.describe_launch_templates(**query)["LaunchTemplates"] == [template]
    [version] = ec2.describe_launch_template_versions(**by_id(template))["LaunchTemplateVersions"]
    assert version["VersionDescription"] == "first" and version["DefaultVersion"] is True
    data = version["LaunchTemplateData"]
    assert data["InstanceType"] == "m5.large" and data["BlockDeviceMappings"] == [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 12}}]
    [interface] = data["NetworkInterfaces"]
    assert interface.pop("Groups", []) == []
    assert interface == {"DeviceIndex": 0, "SubnetId": subnet["SubnetId"], "SecondaryPrivateIpAddressCount": 1}
    assert data["MetadataOptions"] == {"HttpTokens": "optional"}
    assert "KeyName" not in data and "SecurityGroupIds" not in data


def test_a_launch_takes_from_the_template_what_it_does_not_say(ec2, template, subnet):  # noqa: F811
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "2"}]}]
    [instance] = ec2.run_instances(
        LaunchTemplate={"LaunchTemplateName": "web"}, InstanceType="t3.small", MinCount=1, MaxCount=1, TagSpecifications=tags
    )["Instances"]
    assert instance["InstanceType"] == "t3.small" and instance["SubnetId"] == subnet["SubnetId"]
    assert len(instance["NetworkInterfaces"][0]["PrivateIpAddresses"]) == 2
    assert instance["MetadataOptions"]["HttpTokens"] == "optional"
    assert {tag["Key"]: tag["Value"] for tag in instance["Tags"]} == {
        "from": "template", "a": "2",
        "aws:ec2launchtemplate:id": template["LaunchTemplateId"], "aws:ec2launchtemplate:version": "1",
    }
    volume = see(ec2, instance)["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    assert ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["Size"] == 12


def test_versions_build_on_one_another(ec2, template):
    made = ec2.create_launch_template_version(**by_id(template), SourceVersion="1", LaunchTemplateData={"InstanceType": "t3.nano"})
    version = made["LaunchTemplateVersion"]
    assert version["VersionNumber"] == 2 and version["DefaultVersion"] is False
    data = version["LaunchTemplateData"]
    assert data["InstanceType"] == "t3.nano" and "ImageId" in data
    alone = ec2.create_launch_template_version(**by_id(template), LaunchTemplateData={"InstanceType": "t3.nano"})
    assert alone["LaunchTemplateVersion"]["LaunchTemplateData"] == {"InstanceType": "t3.nano"}

    def numbers(**query):
        found = ec2.describe_launch_template_versions(**query)["LaunchTemplateVersions"]
        return [version["VersionNumber"] for version in found]

    assert numbers(**by_id(template)) == [3, 2, 1]
    assert numbers(**by_id(template), Versions=["$Default", "2"]) == [2, 1]
    assert numbers(**by_id(template), MinVersion="2") == [3, 2]
    assert numbers(Versions=["$Latest"]) == [3]
    assert numbers(**by_id(template), Filters=[{"Name": "instance-type", "Values": ["t3.*"]}]) == [3, 2]
    pages = ec2.get_paginator("describe_launch_template_versions").paginate(**by_id(template), PaginationConfig={"PageSize": 2})
    assert [[v["VersionNumber"] for v in page["LaunchTemplateVersions"]] for page in pages] == [[3, 2], [1]]


def test_the_default_version_is_what_launches_use(ec2, template):
    ec2.create_launch_template_version(**by_id(template), SourceVersion="1", LaunchTemplateData={"InstanceType": "t3.small"})
    assert ec2.modify_launch_template(**by_id(template), DefaultVersion="2")["LaunchTemplate"]["DefaultVersionNumber"] == 2

    def launched(**version):
        reference = {"LaunchTemplateId": template["LaunchTemplateId"], **version}
        return ec2.run_instances(LaunchTemplate=reference, MinCount=1, MaxCount=1)["Instances"][0]["InstanceType"]

    assert (launched(), launched(Version="1"), launched(Version="$Latest")) == ("t3.small", "m5.large", "t3.small")
    with refused("InvalidLaunchTemplateId.VersionNotFound", "Could not find the specified version 7"):
        launched(Version="7")


def test_versions_and_templates_are_deleted(ec2, template):
    for _ in range(2):
        ec2.create_launch_template_version(**by_id(template), LaunchTemplateData={"InstanceType": "t3.nano"})
    with refused("OperationNotPermitted"):
        ec2.delete_launch_template_versions(**by_id(template), Versions=["2", "1"])
    answer = ec2.delete_launch_template_versions(**by_id(template), Versions=["2", "9"])
    assert [v["VersionNumber"] for v in answer["SuccessfullyDeletedLaunchTemplateVersions"]] == [2]
    [failed] = answer["UnsuccessfullyDeletedLaunchTemplateVersions"]
    assert failed["VersionNumber"] == 9 and failed["ResponseError"]["Code"] == "launchTemplateVersionDoesNotExist"
    assert ec2.delete_launch_template(LaunchTemplateName="web")["LaunchTemplate"]["LaunchTemplateId"] == template["LaunchTemplateId"]
    with refused("InvalidLaunchTemplateName.NotFoundException", "does not exist"):
        ec2.describe_launch_templates(LaunchTemplateNames=["web"])
    with refused("InvalidLaunchTemplateId.NotFound", f"template ID {template['LaunchTemplateId']}, does not exist."):
        ec2.describe_launch_templates(LaunchTemplateIds=[template["LaunchTemplateId"]])
    with refused("InvalidLaunchTemplateId.NotFound"):
        ec2.run_instances(LaunchTemplate=by_id(template), MinCount=1, MaxCount=1)


def test_names_and_data_are_checked(ec2, template):
    data = {"InstanceType": "t3.nano"}
    with refused("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use."):
        ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)
    with refused("InvalidLaunchTemplateName.MalformedException", "between 3 and 128 characters"):
        ec2.create_launch_template(LaunchTemplateName="w b", LaunchTemplateData=data)
    with refused("MissingParameter"):
        ec2.create_launch_template(LaunchTemplateName="other", LaunchTemplateData={})
    with refused("UnsupportedOperation", "InstanceMarketOptions"):
        ec2.create_launch_template(LaunchTemplateName="other", LaunchTemplateData={"InstanceMarketOptions": {"MarketType": "spot"}})
    with refused("InvalidParameterCombination"):
        ec2.describe_launch_template_versions(**by_id(template), LaunchTemplateName="web")


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        ({"UserData": "#!/bin/sh"}, "InvalidUserData.Malformed", "Invalid BASE64 encoding of user data."),
        ({"TagSpecifications": [{"Tags": [{"Key": "a", "Value": "b"}]}]}, "InvalidTagSpecification.Malformed", "resource type"),
        ({"TagSpecifications": [{"ResourceType": "instance"}]}, "InvalidTagSpecification.Malformed", "The tags cannot be null or empty."),
        ({"TagSpecifications": [{"ResourceType": "vpc", "Tags": [{"Key": "a", "Value": "b"}]}]}, "InvalidParameterValue", "'vpc'"),
    ],
)
def test_user_data_and_tags_are_checked_when_the_template_is_made(ec2, template, data, code, message):
    with refused(code, message):
        ec2.create_launch_template(LaunchTemplateName="other", LaunchTemplateData={"InstanceType": "t3.nano", **data})
    with refused(code, message):
        ec2.create_launch_template_version(**by_id(template), LaunchTemplateData=data)


def test_tags_for_spot_requests_tag_nothing_in_a_launch_that_makes_none(ec2):
    tags = [{"Key": "team", "Value": "net"}]
    specifications = [{"ResourceType": kind, "Tags": tags} for kind in ["spot-instances-request", "network-interface"]]
    data = {"ImageId": image(ec2), "InstanceType": "m5.large", "TagSpecifications": specifications}
    ec2.create_launch_template(LaunchTemplateName="tagged", LaunchTemplateData=data)
    instance = ec2.run_instances(LaunchTemplate={"LaunchTemplateName": "tagged"}, MinCount=1, MaxCount=1)["Instances"][0]
    tagged = ec2.describe_tags(Filters=[{"Name": "tag:team", "Values": ["net"]}])["Tags"]
    assert [tag["ResourceId"] for tag in tagged] == [instance["NetworkInterfaces"][0]["NetworkInterfaceId"]]


def test_requests_keep_to_the_documented_sizes(ec2, template):
    for wanted in [0, 201]:
        with refused("InvalidParameterValue", "Maximum results allowed are between 1 and 200"):
            ec2.describe_launch_templates(MaxResults=wanted)
        with refused("InvalidParameterValue", "Maximum results allowed are between 1 and 200"):
            ec2.describe_launch_template_versions(**by_id(template), MaxResults=wanted)
    with refused("InvalidParameterValue", "at most 255 characters"):
        ec2.create_launch_template(LaunchTemplateName="other", VersionDescription="x" * 256, LaunchTemplateData={"InstanceType": "t3.nano"})
    with refused("InvalidParameterValue", "at most 255 characters"):
        ec2.create_launch_template_version(**by_id(template), VersionDescription="x" * 256, LaunchTemplateData={"InstanceType": "t3.nano"})
    with refused("InvalidParameterValue", "200"):
        ec2.delete_launch_template_versions(**by_id(template), Versions=[str(number) for number in range(2, 203)])
