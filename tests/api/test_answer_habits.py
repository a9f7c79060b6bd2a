"""EC2's habits with members of answers: which empty lists are shown, and which times have milliseconds."""

import pytest
from network import Network


@pytest.fixture
def network(ec2):
    return Network(ec2)


def one(answer, *path):
    """What is at this path; lists on the way have one item."""
    for name in path:
        (answer,) = answer[name] if isinstance(answer[name], list) else [answer[name]]
    return answer


def test_prefixes_are_told_of_beside_addresses_but_no_addresses_beside_prefixes(ec2, network):
    interface = network.interface()
    assigned = ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, SecondaryPrivateIpAddressCount=1)
    assert assigned["AssignedIpv4Prefixes"] == [] and len(assigned["AssignedPrivateIpAddresses"]) == 1
    assigned = ec2.assign_private_ip_addresses(NetworkInterfaceId=interface, Ipv4PrefixCount=1)
    assert "AssignedPrivateIpAddresses" not in assigned and len(assigned["AssignedIpv4Prefixes"]) == 1


def test_a_new_vpc_has_no_ipv6_blocks_which_describes_do_not_mention(ec2):
    made = ec2.create_vpc(CidrBlock="10.5.0.0/16")["Vpc"]
    assert made["Ipv6CidrBlockAssociationSet"] == []
    assert "Ipv6CidrBlockAssociationSet" not in one(ec2.describe_vpcs(VpcIds=[made["VpcId"]]), "Vpcs")


@pytest.mark.parametrize(
    ("attribute", "member", "value"),
    [("productCodes", "ProductCodes", []), ("userData", "UserData", {}), ("kernel", "KernelId", {})],
)
def test_the_attribute_of_an_instance_that_was_asked_for_is_shown_though_it_is_empty(ec2, network, attribute, member, value):
    instance, _ = network.instance()
    answer = ec2.describe_instance_attribute(InstanceId=instance, Attribute=attribute)
    del answer["ResponseMetadata"]
    assert answer == {"InstanceId": instance, member: value}


def test_the_groups_of_an_interface_without_any_are_shown_when_asked_for(ec2, network):
    gateway = ec2.create_nat_gateway(SubnetId=network.subnet, ConnectivityType="private")["NatGateway"]["NatGatewayId"]
    shown = one(ec2.describe_nat_gateways(NatGatewayIds=[gateway]), "NatGateways")
    interface = one(shown, "NatGatewayAddresses", "NetworkInterfaceId")
    answer = ec2.describe_network_interface_attribute(NetworkInterfaceId=interface, Attribute="groupSet")
    assert answer["Groups"] == []
    answer = ec2.describe_network_interface_attribute(NetworkInterfaceId=interface, Attribute="description")
    assert "Groups" not in answer


def test_tags_of_rules_are_told_of_by_describes_alone_unless_there_are_some(ec2, network):
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=network.vpc)["GroupId"]

    def authorize(port, **more):
        rule = {"GroupId": group, "IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "10.0.0.0/8", **more}
        return one(ec2.authorize_security_group_ingress(**rule), "SecurityGroupRules")

    made = authorize(80)
    assert "Tags" not in made
    asked = {"SecurityGroupRuleIds": [made["SecurityGroupRuleId"]]}
    assert one(ec2.describe_security_group_rules(**asked), "SecurityGroupRules")["Tags"] == []
    tags = [{"Key": "k", "Value": "v"}]
    made = authorize(81, TagSpecifications=[{"ResourceType": "security-group-rule", "Tags": tags}])
    assert made["Tags"] == tags


def test_tags_of_prefix_lists_are_not_told_of_by_changes_unless_there_are_some(ec2):
    made = ec2.create_managed_prefix_list(PrefixListName="mine", MaxEntries=5, AddressFamily="IPv4")["PrefixList"]
    list = made["PrefixListId"]
    shown = one(ec2.describe_managed_prefix_lists(PrefixListIds=[list]), "PrefixLists")
    assert made["Tags"] == shown["Tags"] == []
    add = {"CurrentVersion": 1, "AddEntries": [{"Cidr": "10.0.0.0/8"}]}
    assert "Tags" not in ec2.modify_managed_prefix_list(PrefixListId=list, **add)["PrefixList"]
    restore = {"CurrentVersion": 2, "PreviousVersion": 1}
    assert "Tags" not in ec2.restore_managed_prefix_list_version(PrefixListId=list, **restore)["PrefixList"]
    ec2.create_tags(Resources=[list], Tags=[{"Key": "k", "Value": "v"}])
    changed = ec2.modify_managed_prefix_list(PrefixListId=list, CurrentVersion=3, PrefixListName="renamed")["PrefixList"]
    assert changed["Tags"] == [{"Key": "k", "Value": "v"}]
    assert "Tags" not in ec2.delete_managed_prefix_list(PrefixListId=list)["PrefixList"]


def times(value):
    """Every time in an answer, with its member."""
    if isinstance(value, dict):
        for name, member in value.items():
            if hasattr(member, "microsecond"):
                yield name, member
            else:
                yield from times(member)
    elif isinstance(value, list):
        for item in value:
            yield from times(item)


def test_filters_by_time_compare_with_the_times_that_are_shown(ec2, network):
    def at(time):
        return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z"

    instance, interface = network.instance()
    ec2.create_launch_template(LaunchTemplateName="mine", LaunchTemplateData={"InstanceType": "m5.large"})
    vpcs = [ec2.create_vpc(CidrBlock=f"10.1{number}.0.0/16")["Vpc"]["VpcId"] for number in range(2)]
    ec2.create_vpc_peering_connection(VpcId=vpcs[0], PeerVpcId=vpcs[1])
    shown = one(ec2.describe_instances(InstanceIds=[instance]), "Reservations", "Instances")
    attached = network.describe(interface)["Attachment"]["AttachTime"]
    template = one(ec2.describe_launch_templates(), "LaunchTemplates")["CreateTime"]
    expires = one(ec2.describe_vpc_peering_connections(), "VpcPeeringConnections")["ExpirationTime"]
    volume = one(ec2.describe_volumes(), "Volumes")
    for describe, found, filter, time in [
        (ec2.describe_instances, "Reservations", "launch-time", shown["LaunchTime"]),
        (ec2.describe_instances, "Reservations", "usage-operation-update-time", shown["UsageOperationUpdateTime"]),
        (ec2.describe_instances, "Reservations", "network-interface.attachment.attach-time", attached),
        (ec2.describe_instances, "Reservations", "block-device-mapping.attach-time", one(shown, "BlockDeviceMappings", "Ebs")["AttachTime"]),
        (ec2.describe_network_interfaces, "NetworkInterfaces", "attachment.attach-time", attached),
        (ec2.describe_launch_templates, "LaunchTemplates", "create-time", template),
        (ec2.describe_vpc_peering_connections, "VpcPeeringConnections", "expiration-time", expires),
        (ec2.describe_volumes, "Volumes", "create-time", volume["CreateTime"]),
        (ec2.describe_volumes, "Volumes", "attachment.attach-time", one(volume, "Attachments")["AttachTime"]),
    ]:
        assert len(describe(Filters=[{"Name": filter, "Values": [at(time)]}])[found]) == 1, filter


# Of so many, one at least has milliseconds, if any can have: all but one in a thousand do.
MANY = 4


def test_times_are_of_whole_seconds_but_those_of_volumes_and_key_pairs(ec2, network):
    seen = {}

    def look(answer):
        for name, time in times({name: member for name, member in answer.items() if name != "ResponseMetadata"}):
            seen.setdefault(name, []).append(time.microsecond)

    peer = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    for number in range(MANY):
        instance, _ = network.instance()
        look(ec2.describe_instances(InstanceIds=[instance]))
        look(ec2.get_console_output(InstanceId=instance))
        gateway = ec2.create_nat_gateway(SubnetId=network.subnet, ConnectivityType="private")
        look(gateway)
        ec2.delete_nat_gateway(NatGatewayId=gateway["NatGateway"]["NatGatewayId"])
        data = {"InstanceType": "m5.large"}
        look(ec2.create_launch_template(LaunchTemplateName=f"number-{number}", LaunchTemplateData=data))
        look(ec2.create_launch_template_version(LaunchTemplateName=f"number-{number}", LaunchTemplateData=data))
        ec2.create_key_pair(KeyName=f"number-{number}", KeyType="ed25519")
        offered = {"AllocationId": network.elastic_ip(), "TransferAccountId": "210987654321"}
        look(ec2.enable_address_transfer(**offered))
        vpc = ec2.create_vpc(CidrBlock=f"10.1{number}.0.0/16")["Vpc"]["VpcId"]
        look(ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=peer))
    look({"Interfaces": ec2.describe_network_interfaces()["NetworkInterfaces"]})
    look({"Gateways": ec2.describe_nat_gateways()["NatGateways"]})
    for name in ["LaunchTime", "AttachTime", "UsageOperationUpdateTime", "Timestamp", "CreateTime", "DeleteTime"]:
        assert len(seen[name]) >= MANY and set(seen[name]) == {0}, name
    for name in ["TransferOfferExpirationTimestamp", "ExpirationTime"]:
        assert len(seen[name]) >= MANY and set(seen[name]) == {0}, name
    assert any(volume["CreateTime"].microsecond for volume in ec2.describe_volumes()["Volumes"])
    assert any(pair["CreateTime"].microsecond for pair in ec2.describe_key_pairs()["KeyPairs"])
    assert all(image["CreationDate"].endswith(".000Z") for image in ec2.describe_images()["Images"])
