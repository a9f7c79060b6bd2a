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


def test_what_a_launch_would_refuse_or_take_is_answered_by_its_template_alike(ec2, network):
    """Members that do not go together in one launch, or that no launch takes, spread over interfaces and devices."""
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=network.vpc)["GroupId"]
    interfaces = [
        {"DeviceIndex": 0, "Groups": [group], "PrivateIpAddress": "10.0.0.10", "Ipv6AddressCount": 2, "PrimaryIpv6": True},
        {"DeviceIndex": 1, "Ipv4PrefixCount": 1, "Ipv6PrefixCount": 1, "SecondaryPrivateIpAddressCount": 1},
        {"DeviceIndex": 2, "NetworkInterfaceId": network.interface()},
        {"DeviceIndex": 3, "Ipv6Prefixes": [{"Ipv6Prefix": f"{network.ipv6_address('a0000')}/80"}], "AssociateCarrierIpAddress": True},
        {"DeviceIndex": 4, "EnaQueueCount": 4, "EnaSrdSpecification": {"EnaSrdEnabled": True, "EnaSrdUdpSpecification": {"EnaSrdUdpEnabled": True}}},
    ]
    volume = {"SnapshotId": "snap-0123456789abcdef0", "KmsKeyId": "alias/mine", "VolumeInitializationRate": 200, "EbsCardIndex": 1}
    data = {
        "NetworkInterfaces": interfaces,
        "BlockDeviceMappings": [
            {"DeviceName": "/dev/sdf", "Ebs": volume},
            {"DeviceName": "/dev/sdg", "VirtualName": "ephemeral0"},
            {"DeviceName": "/dev/sdh", "NoDevice": "1"},
        ],
        "SecurityGroups": ["default"],
        "IamInstanceProfile": {"Arn": "arn:aws:iam::123456789012:instance-profile/web"},
        "CpuOptions": {"AmdSevSnp": "enabled", "NestedVirtualization": "enabled"},
        "MaintenanceOptions": {"AutoRecovery": "disabled"},
        "HibernationOptions": {"Configured": True},
        "CapacityReservationSpecification": {
            "CapacityReservationPreference": "open",
            "CapacityReservationTarget": {
                "CapacityReservationId": "cr-0123456789abcdef0",
                "CapacityReservationResourceGroupArn": "arn:aws:resource-groups:us-east-1:123456789012:group/mine",
            },
        },
        "Placement": {
            "Affinity": "host",
            "AvailabilityZoneId": "use1-az1",
            "GroupId": "pg-0123456789abcdef0",
            "GroupName": "near",
            "HostId": "h-0123456789abcdef0",
            "HostResourceGroupArn": "arn:aws:resource-groups:us-east-1:123456789012:group/hosts",
            "PartitionNumber": 2,
            "SpreadDomain": "mine",
        },
    }
    ec2.create_launch_template(LaunchTemplateName="all", LaunchTemplateData=data)
    [version] = ec2.describe_launch_template_versions(LaunchTemplateName="all")["LaunchTemplateVersions"]
    assert holds(version["LaunchTemplateData"], data) == []
    assert version["Operator"] == {"Managed": False}


def test_nothing_is_managed_by_a_service(ec2, network):
    instance, interface = network.instance()
    ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"InstanceType": "t3.micro"})
    [described] = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
    assert described["Operator"] == {"Managed": False, "HiddenByDefault": False}
    for managed in [
        network.describe(interface),
        described["NetworkInterfaces"][0],
        ec2.describe_instance_status(InstanceIds=[instance])["InstanceStatuses"][0],
        ec2.describe_volumes()["Volumes"][0],
        ec2.describe_volume_status()["VolumeStatuses"][0],
        ec2.describe_launch_templates()["LaunchTemplates"][0],
    ]:
        assert managed["Operator"] == {"Managed": False}


def test_a_volume_shows_its_tags_its_arn_and_that_it_is_complete(ec2, network):
    tags = [{"Key": "team", "Value": "net"}]
    instance, _ = network.instance(TagSpecifications=[{"ResourceType": "volume", "Tags": tags}])
    [described] = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
    root = described["BlockDeviceMappings"][0]["Ebs"]
    [volume] = ec2.describe_volumes(VolumeIds=[root["VolumeId"]])["Volumes"]
    assert volume["Tags"] == tags
    assert volume["VolumeArn"] == f"arn:aws:ec2:us-east-1:123456789012:volume/{root['VolumeId']}"
    assert root["EbsCardIndex"] == volume["Attachments"][0]["EbsCardIndex"] == 0
    [status] = ec2.describe_volume_status(VolumeIds=[root["VolumeId"]])["VolumeStatuses"]
    assert status["InitializationStatusDetails"] == {"InitializationType": "default", "Progress": 100}
    assert {"Name": "initialization-state", "Status": "completed"} in status["VolumeStatus"]["Details"]


def test_an_instance_tells_its_maintenance_and_that_it_has_no_secondary_interface(ec2, network):
    instance, _ = network.instance()
    [described] = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
    assert described["MaintenanceOptions"] == {"AutoRecovery": "default", "RebootMigration": "default"}
    assert described["SecondaryInterfaces"] == []


def test_an_interface_without_ipv4_says_so(ec2, network):
    made = ec2.create_subnet(VpcId=network.vpc, Ipv6CidrBlock=network.ipv6_block(7), Ipv6Native=True)["Subnet"]
    native = ec2.create_network_interface(SubnetId=made["SubnetId"])["NetworkInterface"]["NetworkInterfaceId"]
    assert network.describe(native)["Ipv6Native"] is True
    assert "Ipv6Native" not in network.describe(network.interface())


def test_options_of_both_sides_of_a_peering_are_answered(ec2, network):
    other = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    asked = ec2.create_vpc_peering_connection(VpcId=network.vpc, PeerVpcId=other)["VpcPeeringConnection"]
    peering = {"VpcPeeringConnectionId": asked["VpcPeeringConnectionId"]}
    ec2.accept_vpc_peering_connection(**peering)
    sides = {f"{side}PeeringConnectionOptions": {"AllowDnsResolutionFromRemoteVpc": True} for side in ("Requester", "Accepter")}
    answer = ec2.modify_vpc_peering_connection_options(**peering, **sides)
    for side in sides:
        assert answer[side]["AllowDnsResolutionFromRemoteVpc"] is True
