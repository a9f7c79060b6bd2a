"""The rules of security groups as things of their own, as boto3 sees them."""

import pytest

from errors import refused


@pytest.fixture
def group(ec2, vpc):
    return ec2.create_security_group(GroupName="web", Description="Web servers", VpcId=vpc)["GroupId"]


@pytest.fixture
def rule(ec2, group):
    """The id of a rule that lets SSH in."""
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    made = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    return made["SecurityGroupRules"][0]["SecurityGroupRuleId"]


def describe(ec2, rule):
    return ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule])["SecurityGroupRules"][0]


def modify(ec2, group, rule, **wanted):
    return ec2.modify_security_group_rules(
        GroupId=group, SecurityGroupRules=[{"SecurityGroupRuleId": rule, "SecurityGroupRule": wanted}]
    )


def test_rules_are_found_by_id_group_and_tag(ec2, group, rule):
    ec2.create_tags(Resources=[rule], Tags=[{"Key": "why", "Value": "ssh"}])
    by_group = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    assert {shown["IsEgress"] for shown in by_group} == {True, False} and len(by_group) == 2
    by_tag = ec2.describe_security_group_rules(Filters=[{"Name": "tag:why", "Values": ["ssh"]}])["SecurityGroupRules"]
    assert [shown["SecurityGroupRuleId"] for shown in by_tag] == [rule]
    by_id = ec2.describe_security_group_rules(Filters=[{"Name": "security-group-rule-id", "Values": [rule]}])["SecurityGroupRules"]
    assert by_id == by_tag
    with refused("InvalidSecurityGroupRuleId.NotFound", "The security group rule ID 'sgr-00000000' does not exist"):
        ec2.describe_security_group_rules(SecurityGroupRuleIds=["sgr-00000000"])


def test_a_rule_of_all_protocols_has_ports_of_minus_one(ec2, group):
    shown = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"][0]
    assert (shown["IpProtocol"], shown["FromPort"], shown["ToPort"]) == ("-1", -1, -1)


def test_pages_show_every_rule_once(ec2, group):
    permissions = [
        {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]} for port in range(1, 12)
    ]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=permissions)
    for filters in [[], [{"Name": "group-id", "Values": [group]}]]:
        whole = ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
        pages = ec2.get_paginator("describe_security_group_rules").paginate(Filters=filters, PaginationConfig={"PageSize": 5})
        assert [rule for page in pages for rule in page["SecurityGroupRules"]] == whole


def test_a_rule_is_modified_in_place_and_keeps_its_tags(ec2, group, rule):
    ec2.create_tags(Resources=[rule], Tags=[{"Key": "why", "Value": "ssh"}])
    modify(ec2, group, rule, IpProtocol="udp", FromPort=53, ToPort=54, CidrIpv4="10.1.2.3/24", Description="dns")
    shown = describe(ec2, rule)
    assert (shown["IpProtocol"], shown["FromPort"], shown["ToPort"]) == ("udp", 53, 54)
    assert (shown["CidrIpv4"], shown["Description"]) == ("10.1.2.0/24", "dns")
    assert shown["Tags"] == [{"Key": "why", "Value": "ssh"}]
    modify(ec2, group, rule, IpProtocol="-1", CidrIpv4="10.1.2.0/24")
    shown = describe(ec2, rule)
    assert shown["IpProtocol"] == "-1" and "Description" not in shown


def test_a_rule_keeps_naming_the_same_kind_of_peer(ec2, vpc, group, rule):
    ports = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    before = describe(ec2, rule)
    with refused("InvalidParameterValue", "You may not specify a referenced group id for an existing IPv4 CIDR rule."):
        modify(ec2, group, rule, **ports, ReferencedGroupId=group)
    with refused("InvalidParameterValue", "You may not specify an IPv6 CIDR for an existing IPv4 CIDR rule."):
        modify(ec2, group, rule, **ports, CidrIpv6="::/0")
    made = ec2.create_managed_prefix_list(PrefixListName="mine", AddressFamily="IPv4", MaxEntries=1)["PrefixList"]["PrefixListId"]
    with refused("InvalidParameterValue", "You may not specify a prefix list for an existing IPv4 CIDR rule."):
        modify(ec2, group, rule, **ports, PrefixListId=made)
    assert describe(ec2, rule) == before
    permission = {**ports, "UserIdGroupPairs": [{"GroupId": group}]}
    added = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])["SecurityGroupRules"][0]
    with refused("InvalidParameterValue", "You may not specify an IPv4 CIDR for an existing referenced group id rule."):
        modify(ec2, group, added["SecurityGroupRuleId"], **ports, CidrIpv4="10.0.0.0/8")
    other = ec2.create_security_group(GroupName="other", Description="d", VpcId=vpc)["GroupId"]
    modify(ec2, group, added["SecurityGroupRuleId"], **ports, ReferencedGroupId=other)
    assert describe(ec2, added["SecurityGroupRuleId"])["ReferencedGroupInfo"] == {"GroupId": other, "UserId": "123456789012"}


@pytest.mark.parametrize(
    ("wanted", "code", "message"),
    [
        ({"CidrIpv4": "0.0.0.0/0"}, "InvalidParameterValue", "Invalid value 'null' for protocol."),
        (
            {"IpProtocol": "tcp", "CidrIpv4": "0.0.0.0/0"},
            "InvalidParameterValue",
            "Invalid value for portRange. Must specify both from and to ports with TCP/UDP.",
        ),
        ({"IpProtocol": "-1"}, "MissingParameter", "exactly one of: cidrIp, cidrIpv6, prefixListId, or referencedGroupId"),
        (
            {"IpProtocol": "-1", "CidrIpv4": "0.0.0.0/0", "CidrIpv6": "::/0"},
            "InvalidParameterCombination",
            "Only one of cidrIp, cidrIpv6, prefixListId, or referencedGroupId can be specified",
        ),
    ],
)
def test_a_malformed_modification_is_refused(ec2, group, rule, wanted, code, message):
    before = describe(ec2, rule)
    with refused(code, message):
        modify(ec2, group, rule, **wanted)
    assert describe(ec2, rule) == before


def test_only_rules_of_the_group_are_modified_and_none_twice(ec2, vpc, group, rule):
    wanted = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIpv4": "0.0.0.0/0"}
    with refused("InvalidGroup.NotFound", "The security group 'sg-00000000' does not exist"):
        modify(ec2, "sg-00000000", rule, **wanted)
    with refused("InvalidSecurityGroupRuleId.NotFound", "The security group rule ID 'sgr-00000000' does not exist"):
        modify(ec2, group, "sgr-00000000", **wanted)
    other = ec2.create_security_group(GroupName="other", Description="d", VpcId=vpc)["GroupId"]
    with refused("InvalidSecurityGroupRuleId.NotFound"):
        modify(ec2, other, rule, **wanted)
    permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    with refused("InvalidPermission.Duplicate", 'the specified rule "peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW"'):
        modify(ec2, group, rule, **wanted)


def test_rules_are_described_by_permission_or_by_id(ec2, group, rule):
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "ssh"}]}
    ec2.update_security_group_rule_descriptions_ingress(GroupId=group, IpPermissions=[permission])
    assert describe(ec2, rule)["Description"] == "ssh"
    described = [{"SecurityGroupRuleId": rule, "Description": "shell"}]
    ec2.update_security_group_rule_descriptions_ingress(GroupId=group, SecurityGroupRuleDescriptions=described)
    assert describe(ec2, rule)["Description"] == "shell"
    ec2.update_security_group_rule_descriptions_ingress(GroupId=group, SecurityGroupRuleDescriptions=[{"SecurityGroupRuleId": rule}])
    assert "Description" not in describe(ec2, rule)
    with refused("InvalidPermission.NotFound"):
        ec2.update_security_group_rule_descriptions_egress(GroupId=group, IpPermissions=[permission])
    with refused("InvalidSecurityGroupRuleId.NotFound"):
        ec2.update_security_group_rule_descriptions_egress(GroupId=group, SecurityGroupRuleDescriptions=described)


def test_the_groups_for_a_vpc_are_those_of_it(ec2, vpc, group):
    found = ec2.get_security_groups_for_vpc(VpcId=vpc)["SecurityGroupForVpcs"]
    default = next(shown for shown in found if shown["GroupName"] == "default")
    assert len(found) == 2
    assert default.pop("GroupId").startswith("sg-")
    assert default == {
        "Description": "default VPC security group",
        "GroupName": "default",
        "OwnerId": "123456789012",
        "PrimaryVpcId": vpc,
        "Tags": [],
    }
    named = ec2.get_security_groups_for_vpc(VpcId=vpc, Filters=[{"Name": "group-name", "Values": ["w*"]}])["SecurityGroupForVpcs"]
    assert [shown["GroupId"] for shown in named] == [group]
    with refused("InvalidVpcID.NotFound"):
        ec2.get_security_groups_for_vpc(VpcId="vpc-00000000")


def test_groups_of_peered_vpcs_can_be_peers_until_the_peering_goes(ec2, vpc, group):
    peer = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    far = ec2.create_security_group(GroupName="far", Description="d", VpcId=peer)["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [{"GroupId": far}]}
    with refused("InvalidGroup.NotFound", "You have specified two resources that belong to different networks."):
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    peering = ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=peer)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    (pair,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"][0]["UserIdGroupPairs"]
    assert pair == {
        "GroupId": far,
        "UserId": "123456789012",
        "VpcId": peer,
        "VpcPeeringConnectionId": peering,
        "PeeringStatus": "active",
    }
    (reference,) = ec2.describe_security_group_references(GroupId=[far])["SecurityGroupReferenceSet"]
    assert reference == {"GroupId": far, "ReferencingVpcId": vpc, "VpcPeeringConnectionId": peering}
    assert ec2.describe_stale_security_groups(VpcId=vpc)["StaleSecurityGroupSet"] == []
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    (stale,) = ec2.describe_stale_security_groups(VpcId=vpc)["StaleSecurityGroupSet"]
    assert stale["GroupId"] == group and stale["StaleIpPermissions"][0]["UserIdGroupPairs"] == [{**pair, "PeeringStatus": "deleted"}]
    (shown,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    assert shown["IpPermissions"][0]["UserIdGroupPairs"] == [{**pair, "PeeringStatus": "deleted"}]
    assert ec2.describe_security_group_references(GroupId=[far])["SecurityGroupReferenceSet"] == []
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[permission])
    assert ec2.describe_stale_security_groups(VpcId=vpc)["StaleSecurityGroupSet"] == []


def test_a_group_that_rules_are_asked_of_by_filter_must_have_the_form_of_an_id(ec2, group):
    def rules(*groups):
        return ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": list(groups)}])["SecurityGroupRules"]

    with refused("InvalidGroupId.Malformed", 'Invalid id: "foobar" (expecting "sg-...")'):
        rules(group, "foobar")
    assert rules("sg-0123456789abcdef0") == []
    assert len(rules(group)) == 1
