"""DescribeImages, as boto3 sees it."""

import pytest

from errors import refused


def newest(ec2, owner, pattern, **more):
    filters = [{"Name": "name", "Values": [pattern]}, {"Name": "state", "Values": ["available"]}]
    images = ec2.describe_images(Owners=[owner], Filters=filters, **more)["Images"]
    return sorted(images, key=lambda image: image["CreationDate"])[-1]


def test_usual_look_ups_find_an_image(ec2):
    for owner, pattern, device in [
        ("amazon", "al2023-ami-2023.*-kernel-6.1-x86_64", "/dev/xvda"),
        ("137112412989", "amzn2-ami-kernel-5.10-hvm-2.0.*-arm64-gp2", "/dev/xvda"),
        ("099720109477", "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*", "/dev/sda1"),
        ("099720109477", "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*", "/dev/sda1"),
        ("136693071363", "debian-12-amd64-*", "/dev/xvda"),
        ("amazon", "al2023-ami-minimal-*-x86_64", "/dev/xvda"),
        ("amazon", "al2023-ami-minimal-*-arm64", "/dev/xvda"),
        ("amazon", "amzn2-ami-hvm-*-x86_64-gp2", "/dev/xvda"),
        ("amazon", "amzn2-ami-minimal-hvm-*-x86_64-ebs", "/dev/xvda"),
        ("amazon", "amzn2-ami-minimal-hvm-*-arm64-ebs", "/dev/xvda"),
        ("099720109477", "ubuntu/images/*ubuntu-focal-20.04-amd64-server-*", "/dev/sda1"),
        ("099720109477", "ubuntu/images/*ubuntu-bionic-18.04-arm64-server-*", "/dev/sda1"),
        ("136693071363", "debian-11-arm64-*", "/dev/xvda"),
        ("136693071363", "debian-13-amd64-*", "/dev/xvda"),
    ]:
        image = newest(ec2, owner, pattern)
        assert (image["RootDeviceName"], image["RootDeviceType"], image["VirtualizationType"]) == (device, "ebs", "hvm")
        assert image["BlockDeviceMappings"][0]["DeviceName"] == device
        assert image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"].startswith("snap-")
        assert image["State"] == "available" and image["Public"] is True
        assert ec2.describe_images(ImageIds=[image["ImageId"]])["Images"] == [image]


@pytest.mark.parametrize("version", ["2019", "2022", "2025"])
def test_windows_can_be_looked_up_and_not_launched(ec2, version):
    image = newest(ec2, "amazon", f"Windows_Server-{version}-English-Full-Base-*")
    assert newest(ec2, "801119661308", f"Windows_Server-{version}-English-Core-Base-*")["Platform"] == "windows"
    assert (image["Platform"], image["PlatformDetails"], image["UsageOperation"]) == ("windows", "Windows", "RunInstances:0002")
    assert (image["ImageOwnerAlias"], image["RootDeviceName"], image["Architecture"]) == ("amazon", "/dev/sda1", "x86_64")
    named = f"The image '{image['ImageId']}' ({image['Name']}) cannot be launched"
    for dry_run in [True, False]:
        with refused("UnsupportedOperation", named):
            ec2.run_instances(ImageId=image["ImageId"], InstanceType="m5.large", MinCount=1, MaxCount=1, DryRun=dry_run)
    data = {"ImageId": image["ImageId"], "InstanceType": "m5.large"}
    ec2.create_launch_template(LaunchTemplateName="windows", LaunchTemplateData=data)
    with refused("UnsupportedOperation", named):
        ec2.run_instances(LaunchTemplate={"LaunchTemplateName": "windows"}, MinCount=1, MaxCount=1)
    assert ec2.describe_instances()["Reservations"] == []
    by_platform = ec2.describe_images(Filters=[{"Name": "platform", "Values": ["windows"]}])["Images"]
    assert len(by_platform) == 6 and all(shown["Name"].startswith("Windows") for shown in by_platform)


def test_the_first_image_the_oldest_and_the_newest_one_can_be_launched(ec2):
    """Scripts and Ansible's modules, which sort by the date, take one of these."""
    images = ec2.describe_images(Owners=["amazon"])["Images"]
    assert "Platform" not in images[0]
    assert "Platform" not in min(images, key=lambda image: image["CreationDate"])
    assert "Platform" not in max(images, key=lambda image: image["CreationDate"])


def test_an_image_of_the_config_is_found_by_its_owner_s_alias(start, session, tmp_path):
    config = tmp_path / "enid.toml"
    listed = '[[images.listed]]\nid = "ami-0123456789abcdef{}"\nname = "mine-{}"\nowner = "{}"\n'
    owners = ["137112412989", "099720109477", "111122223333"]
    config.write_text("".join(listed.format(number, number, owner) for number, owner in enumerate(owners)))
    ec2 = start("--ephemeral", "--fabric", "none", "--config", config).client(session)
    mine = {"Name": "name", "Values": ["mine-*"]}
    found = ec2.describe_images(Owners=["amazon"], Filters=[mine])["Images"]
    assert [image["Name"] for image in found] == ["mine-0", "mine-1"]
    assert [image["ImageOwnerAlias"] for image in found] == ["amazon"] * 2
    assert found[0]["ImageLocation"] == "amazon/mine-0"
    assert ec2.describe_images(Filters=[mine, {"Name": "owner-alias", "Values": ["amazon"]}])["Images"] == found
    (other,) = ec2.describe_images(Owners=["111122223333"], Filters=[mine])["Images"]
    assert "ImageOwnerAlias" not in other


def test_owners_and_executable_users_narrow(ec2):
    everything = ec2.describe_images()["Images"]
    assert ec2.describe_images(Owners=["self"])["Images"] == []
    assert ec2.describe_images(ExecutableUsers=["self"])["Images"] == []
    assert ec2.describe_images(ExecutableUsers=["all"])["Images"] == everything
    arm = ec2.describe_images(Filters=[{"Name": "architecture", "Values": ["arm64"]}])["Images"]
    assert 0 < len(arm) < len(everything) and all(image["Architecture"] == "arm64" for image in arm)


def test_unknown_and_malformed_ids_are_refused_in_ec2s_words(ec2):
    with refused("InvalidAMIID.NotFound", "The image id '[ami-00000000]' does not exist"):
        ec2.describe_images(ImageIds=["ami-00000000"])
    with refused("InvalidAMIID.NotFound", "The image ids '[ami-00000000, ami-00000001]' do not exist"):
        ec2.describe_images(ImageIds=["ami-00000000", "ami-00000001"])
    with refused("InvalidAMIID.Malformed", 'Invalid id: "x" (expecting "ami-...")'):
        ec2.describe_images(ImageIds=["x"])


def test_pages_show_every_image_once(ec2):
    pages = ec2.get_paginator("describe_images").paginate(PaginationConfig={"PageSize": 5})
    ids = [image["ImageId"] for page in pages for image in page["Images"]]
    assert len(ids) > 5 and sorted(set(ids)) == sorted(image["ImageId"] for image in ec2.describe_images()["Images"])
    assert len(ids) == len(set(ids))
    with refused("InvalidParameterCombination", "imageIdsSet"):
        ec2.describe_images(ImageIds=ids[:1], MaxResults=5)


def test_any_id_is_an_image_where_the_config_accepts_any(start, session, tmp_path):
    config = tmp_path / "enid.toml"
    config.write_text("[images]\naccept_any = true\n")
    ec2 = start("--ephemeral", "--fabric", "none", "--config", config).client(session)
    assert ec2.describe_images(ImageIds=["ami-00000007"])["Images"][0]["ImageId"] == "ami-00000007"
