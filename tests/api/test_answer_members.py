"""Members of answers that are filled only when a request gave them."""

import pytest
from network import Network

PUBLIC_KEY = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH7I8ZB+vi7WEWGzNDF/tvwZUOvzjEQlVocFBAxsSB9X walk"


@pytest.fixture
def network(ec2):
    return Network(ec2)


def test_idle_timeouts_show_on_the_interface_and_on_its_instance(ec2, network):
    timeouts = {"TcpEstablishedTimeout": 600, "UdpStreamTimeout": 120, "UdpTimeout": 45}
    interface = network.interface(ConnectionTrackingSpecification=timeouts)
    assert network.describe(interface)["ConnectionTrackingConfiguration"] == timeouts
    instance, _ = network.instance(NetworkInterfaces=[{"NetworkInterfaceId": interface, "DeviceIndex": 0}])
    [reservation] = ec2.describe_instances(InstanceIds=[instance])["Reservations"]
    shown = reservation["Instances"][0]["NetworkInterfaces"][0]["ConnectionTrackingConfiguration"]
    assert shown == timeouts


@pytest.mark.parametrize(
    ("attribute", "member", "value"),
    [
        ("instanceInitiatedShutdownBehavior", "InstanceInitiatedShutdownBehavior", {"Value": "stop"}),
        ("ebsOptimized", "EbsOptimized", {"Value": False}),
        ("enaSupport", "EnaSupport", {"Value": True}),
        ("enclaveOptions", "EnclaveOptions", {"Enabled": False}),
        ("rootDeviceName", "RootDeviceName", {"Value": "/dev/xvda"}),
    ],
)
def test_an_attribute_of_an_instance_is_answered_alone(ec2, network, attribute, member, value):
    instance, _ = network.instance()
    answer = ec2.describe_instance_attribute(InstanceId=instance, Attribute=attribute)
    del answer["ResponseMetadata"]
    assert answer.pop("InstanceId") == instance
    assert {name: shown for name, shown in answer.items() if shown != []} == {member: value}


def test_the_block_devices_of_an_instance_are_its_root_volume(ec2, network):
    instance, _ = network.instance()
    mappings = ec2.describe_instance_attribute(InstanceId=instance, Attribute="blockDeviceMapping")["BlockDeviceMappings"]
    assert [mapping["DeviceName"] for mapping in mappings] == ["/dev/xvda"]


def test_an_imported_key_answers_its_tags(ec2):
    tags = [{"Key": "team", "Value": "net"}]
    made = ec2.import_key_pair(
        KeyName="mine", PublicKeyMaterial=PUBLIC_KEY, TagSpecifications=[{"ResourceType": "key-pair", "Tags": tags}]
    )
    assert made["Tags"] == tags


def test_the_groups_that_a_vpc_can_use_show_their_tags(ec2, network):
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=network.vpc)["GroupId"]
    ec2.create_tags(Resources=[group], Tags=[{"Key": "team", "Value": "net"}])
    shown = {one["GroupId"]: one.get("Tags") for one in ec2.get_security_groups_for_vpc(VpcId=network.vpc)["SecurityGroupForVpcs"]}
    assert shown[group] == [{"Key": "team", "Value": "net"}]


def test_descriptions_of_egress_rules_are_updated(ec2, network):
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=network.vpc)["GroupId"]
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    [egress] = [rule["SecurityGroupRuleId"] for rule in rules if rule["IsEgress"] and "CidrIpv4" in rule]
    described = [{"SecurityGroupRuleId": egress, "Description": "everything"}]
    ec2.update_security_group_rule_descriptions_egress(GroupId=group, SecurityGroupRuleDescriptions=described)
    [rule] = ec2.describe_security_group_rules(SecurityGroupRuleIds=[egress])["SecurityGroupRules"]
    assert rule["Description"] == "everything"


def test_a_launch_template_answers_all_that_it_was_given(ec2, network):
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=network.vpc)["GroupId"]
    data = {
        "EbsOptimized": True,
        "SecurityGroupIds": [group],
        "NetworkPerformanceOptions": {"BandwidthWeighting": "default"},
        "IamInstanceProfile": {"Name": "web"},
        "BlockDeviceMappings": [
            {
                "DeviceName": "/dev/xvda",
                "Ebs": {"VolumeSize": 12, "VolumeType": "gp3", "Iops": 3000, "Throughput": 125, "Encrypted": False, "DeleteOnTermination": True},
            }
        ],
        "NetworkInterfaces": [
            {
                "DeviceIndex": 0,
                "NetworkCardIndex": 0,
                "Description": "first",
                "SubnetId": network.subnet,
                "AssociatePublicIpAddress": True,
                "DeleteOnTermination": True,
                "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": "10.0.0.10"}],
                "Ipv6Addresses": [{"Ipv6Address": network.ipv6_address("10")}],
                "Ipv4Prefixes": [{"Ipv4Prefix": "10.0.0.32/28"}],
                "InterfaceType": "interface",
                "ConnectionTrackingSpecification": {"TcpEstablishedTimeout": 600, "UdpStreamTimeout": 120, "UdpTimeout": 45},
            }
        ],
        "ImageId": "ami-0123456789abcdef0",
        "InstanceType": "m5.large",
        "KeyName": "mine",
        "Monitoring": {"Enabled": True},
        "Placement": {"AvailabilityZone": "us-east-1a", "Tenancy": "default"},
        "DisableApiTermination": True,
        "DisableApiStop": True,
        "InstanceInitiatedShutdownBehavior": "terminate",
        "UserData": "ZWNobyBoaQ==",
        "CreditSpecification": {"CpuCredits": "standard"},
        "CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 2},
        "MetadataOptions": {
            "HttpTokens": "required",
            "HttpPutResponseHopLimit": 2,
            "HttpEndpoint": "enabled",
            "HttpProtocolIpv6": "disabled",
            "InstanceMetadataTags": "enabled",
        },
        "EnclaveOptions": {"Enabled": False},
        "PrivateDnsNameOptions": {
            "HostnameType": "ip-name",
            "EnableResourceNameDnsARecord": True,
            "EnableResourceNameDnsAAAARecord": False,
        },
    }
    template = ec2.create_launch_template(LaunchTemplateName="all", LaunchTemplateData=data)["LaunchTemplate"]
    [version] = ec2.describe_launch_template_versions(LaunchTemplateId=template["LaunchTemplateId"])["LaunchTemplateVersions"]
    assert holds(version["LaunchTemplateData"], data) == []


def holds(answer, given, path=""):
    """The paths of what was given and is not answered the same."""
    if isinstance(given, dict):
        return [one for name, value in given.items() for one in holds((answer or {}).get(name), value, f"{path}.{name}")]
    if isinstance(given, list):
        pairs = zip(answer or [None] * len(given), given, strict=True)
        return [one for index, (shown, value) in enumerate(pairs) for one in holds(shown, value, f"{path}[{index}]")]
    return [] if answer == given else [f"{path}: {answer!r}, given {given!r}"]


def test_route_tables_and_groups_come_in_pages(ec2, network):
    for number in range(6):
        ec2.create_route_table(VpcId=network.vpc)
        ec2.create_security_group(GroupName=f"group{number}", Description="one of many", VpcId=network.vpc)
    for describe in (ec2.describe_route_tables, ec2.describe_security_groups):
        first = describe(MaxResults=5)
        second = describe(MaxResults=100, NextToken=first["NextToken"])
        assert "NextToken" not in second and len(second) > 1


def test_every_kind_of_peer_of_a_rule_has_its_description(ec2, network):
    group, peer = (
        ec2.create_security_group(GroupName=name, Description=name, VpcId=network.vpc)["GroupId"] for name in ("web", "db")
    )
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "of IPv4"}],
        "Ipv6Ranges": [{"CidrIpv6": "::/0", "Description": "of IPv6"}],
        "UserIdGroupPairs": [{"GroupId": peer, "Description": "of a group"}],
    }
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    [shown] = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    for peers in ("IpRanges", "Ipv6Ranges"):
        assert shown[peers] == permission[peers]
    assert shown["UserIdGroupPairs"][0]["Description"] == "of a group"
    revoked = ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[permission])["RevokedSecurityGroupRules"]
    assert {rule["Description"] for rule in revoked} == {"of IPv4", "of IPv6", "of a group"}
    assert {rule["CidrIpv6"] for rule in revoked if "CidrIpv6" in rule} == {"::/0"}


def test_an_active_peering_shows_the_ipv6_blocks_of_both_sides(ec2, network):
    other = ec2.create_vpc(CidrBlock="10.9.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    asked = ec2.create_vpc_peering_connection(VpcId=network.vpc, PeerVpcId=other)["VpcPeeringConnection"]
    peering = ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=asked["VpcPeeringConnectionId"])["VpcPeeringConnection"]
    for side in ("RequesterVpcInfo", "AccepterVpcInfo"):
        [block] = ec2.describe_vpcs(VpcIds=[peering[side]["VpcId"]])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
        assert peering[side]["Ipv6CidrBlockSet"] == [{"Ipv6CidrBlock": block["Ipv6CidrBlock"]}]
