"""Security groups and their rules, as boto3 sees them."""

import pytest

from errors import refused

ANYWHERE = [{"CidrIp": "0.0.0.0/0"}]


@pytest.fixture
def group(ec2, vpc):
    return ec2.create_security_group(GroupName="web", Description="Web servers", VpcId=vpc)["GroupId"]


def describe(ec2, group):
    return ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]


def tcp(port, **peers):
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peers}


def test_creating_a_group_answers_its_id_and_arn_and_no_tags(ec2, vpc):
    made = ec2.create_security_group(GroupName="web ", Description="Web servers", VpcId=vpc)
    assert made["SecurityGroupArn"] == f"arn:aws:ec2:us-east-1:123456789012:security-group/{made['GroupId']}"
    assert "Tags" not in made
    group = describe(ec2, made["GroupId"])
    assert group["GroupName"] == "web" and group["Description"] == "Web servers" and group["VpcId"] == vpc
    assert group["OwnerId"] == "123456789012" and group["SecurityGroupArn"] == made["SecurityGroupArn"]
    assert group["IpPermissions"] == []
    everywhere = {"IpProtocol": "-1", "IpRanges": ANYWHERE, "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}
    assert group["IpPermissionsEgress"] == [everywhere]


def test_tags_at_creation_are_in_the_answer(ec2, vpc):
    tags = [{"Key": "role", "Value": "web"}]
    specification = [{"ResourceType": "security-group", "Tags": tags}]
    made = ec2.create_security_group(GroupName="web", Description="d", VpcId=vpc, TagSpecifications=specification)
    assert made["Tags"] == tags
    found = ec2.describe_security_groups(Filters=[{"Name": "tag:role", "Values": ["web"]}])["SecurityGroups"]
    assert [group["GroupId"] for group in found] == [made["GroupId"]]


def test_without_a_vpc_a_group_is_made_in_the_default_one_and_found_by_its_name(ec2):
    made = ec2.create_security_group(GroupName="web", Description="d")
    default = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    found = ec2.describe_security_groups(GroupNames=["web"])["SecurityGroups"]
    assert [(group["GroupId"], group["VpcId"]) for group in found] == [(made["GroupId"], default)]
    with refused("InvalidGroup.NotFound", f"The security group 'nobody' does not exist in default VPC '{default}'"):
        ec2.describe_security_groups(GroupNames=["nobody"])
    ec2.delete_security_group(GroupName="web")
    with refused("InvalidGroup.NotFound", f"The security group '{made['GroupId']}' does not exist"):
        ec2.describe_security_groups(GroupIds=[made["GroupId"]])


def test_names_are_unique_in_a_vpc_whatever_their_case(ec2, vpc, group):
    with refused("InvalidGroup.Duplicate", f"The security group 'WEB' already exists for VPC '{vpc}'"):
        ec2.create_security_group(GroupName="WEB", Description="again", VpcId=vpc)
    with refused("InvalidGroup.Duplicate", f"The security group 'web' already exists for VPC '{vpc}'"):
        ec2.create_security_group(GroupName="web", Description="again", VpcId=vpc)


@pytest.mark.parametrize(
    ("name", "description", "message"),
    [
        ("sg-mine", "d", "Group names may not be in the format sg-*"),
        ("Default", "d", "Cannot use reserved security group name: Default"),
        ("default", "d", "Cannot use reserved security group name: default"),
        ("a" * 256, "d", "strings less than 256 characters"),
        ("wéb", "d", "Value (wéb) for parameter GroupName is invalid. Character sets beyond ASCII are not supported."),
        ("web", "it's", "Invalid security group description. Valid descriptions are strings less than 256 characters"),
    ],
)
def test_names_and_descriptions_follow_the_rules(ec2, vpc, name, description, message):
    with refused("InvalidParameterValue", message):
        ec2.create_security_group(GroupName=name, Description=description, VpcId=vpc)


def test_a_description_must_be_given(ec2, vpc):
    with refused("MissingParameter", "The request must contain the parameter GroupDescription"):
        ec2.create_security_group(GroupName="web", Description="", VpcId=vpc)


def test_an_unknown_vpc_or_group_is_named(ec2):
    with refused("InvalidVpcID.NotFound", "The vpc ID 'vpc-00000000000000000' does not exist"):
        ec2.create_security_group(GroupName="web", Description="d", VpcId="vpc-00000000000000000")
    with refused("InvalidGroup.NotFound", "The security group 'sg-00000000' does not exist"):
        ec2.describe_security_groups(GroupIds=["sg-00000000"])
    with refused("InvalidGroupId.Malformed"):
        ec2.describe_security_groups(GroupIds=["web"])


def test_rules_are_answered_with_ids_and_their_tags(ec2, group):
    tags = [{"Key": "why", "Value": "ssh"}]
    answer = ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[tcp(22, IpRanges=[{"CidrIp": "10.1.2.3/8", "Description": "inside"}])],
        TagSpecifications=[{"ResourceType": "security-group-rule", "Tags": tags}],
    )
    (rule,) = answer["SecurityGroupRules"]
    assert answer["Return"] is True
    assert rule.pop("SecurityGroupRuleId").startswith("sgr-")
    assert ":security-group-rule/sgr-" in rule.pop("SecurityGroupRuleArn")
    assert rule == {
        "GroupId": group,
        "GroupOwnerId": "123456789012",
        "IsEgress": False,
        "IpProtocol": "tcp",
        "FromPort": 22,
        "ToPort": 22,
        "CidrIpv4": "10.0.0.0/8",
        "Description": "inside",
        "Tags": tags,
    }


def test_rules_of_the_same_ports_are_one_permission(ec2, group):
    for block in ["10.0.0.0/8", "192.168.0.0/16"]:
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[tcp(443, IpRanges=[{"CidrIp": block}])])
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[tcp(443, Ipv6Ranges=[{"CidrIpv6": "::/0"}], UserIdGroupPairs=[{"GroupId": group}]), tcp(80, IpRanges=ANYWHERE)],
    )
    https, http = describe(ec2, group)["IpPermissions"]
    assert https["IpRanges"] == [{"CidrIp": "10.0.0.0/8"}, {"CidrIp": "192.168.0.0/16"}]
    assert https["Ipv6Ranges"] == [{"CidrIpv6": "::/0"}]
    assert https["UserIdGroupPairs"] == [{"GroupId": group, "UserId": "123456789012"}]
    assert (http["FromPort"], http["IpRanges"]) == (80, ANYWHERE)


def test_a_duplicate_is_refused_in_ec2s_words(ec2, group):
    for permission, words in [
        (tcp(22, IpRanges=ANYWHERE), "peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW"),
        (tcp(22, UserIdGroupPairs=[{"GroupId": group}]), f"peer: {group}, TCP, from port: 22, to port: 22, ALLOW"),
        ({"IpProtocol": "-1", "IpRanges": ANYWHERE}, "peer: 0.0.0.0/0, ALL, ALLOW"),
    ]:
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
        with refused("InvalidPermission.Duplicate", f'the specified rule "{words}" already exists'):
            ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    with refused("InvalidParameterValue", "The same permission must not appear multiple times"):
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[tcp(80, IpRanges=ANYWHERE * 2)])


def test_a_group_can_be_named_instead_of_numbered_in_its_vpc(ec2, group):
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[tcp(22, UserIdGroupPairs=[{"GroupName": "default"}])])
    (permission,) = describe(ec2, group)["IpPermissions"]
    (pair,) = permission["UserIdGroupPairs"]
    peer = describe(ec2, pair["GroupId"])
    assert peer["GroupName"] == "default" and peer["VpcId"] == describe(ec2, group)["VpcId"]


def test_the_flat_form_of_a_permission_works_for_ingress(ec2, group):
    ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0")
    assert describe(ec2, group)["IpPermissions"][0]["IpRanges"] == ANYWHERE
    ec2.revoke_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0")
    assert describe(ec2, group)["IpPermissions"] == []
    ec2.authorize_security_group_ingress(GroupId=group, SourceSecurityGroupName="web")
    shown = {(permission["IpProtocol"], permission["FromPort"], permission["ToPort"]) for permission in describe(ec2, group)["IpPermissions"]}
    assert shown == {("tcp", 0, 65535), ("udp", 0, 65535), ("icmp", -1, -1)}
    with refused("UnsupportedOperation", "CidrIp"):
        ec2.authorize_security_group_egress(GroupId=group, CidrIp="0.0.0.0/0")


@pytest.mark.parametrize(
    ("permission", "code", "message"),
    [
        ({"IpRanges": ANYWHERE}, "InvalidParameterValue", "Invalid value 'null' for protocol."),
        ({"IpProtocol": "any", "IpRanges": ANYWHERE}, "InvalidParameterValue", "Invalid value 'any' for IP protocol."),
        ({"IpProtocol": "tcp", "IpRanges": ANYWHERE}, "InvalidParameterValue", "Must specify both from and to ports with TCP/UDP."),
        (tcp(-1, IpRanges=ANYWHERE), "InvalidPermission.Malformed", "TCP/UDP port (-1) out of range"),
        (tcp(22, IpRanges=[{"CidrIp": "10.0.0.0"}]), "InvalidParameterValue", "CIDR block 10.0.0.0 is malformed"),
        (tcp(22), "MissingParameter", "exactly one of: cidrIp, cidrIpv6, prefixListId, or referencedGroupId"),
        (tcp(22, UserIdGroupPairs=[{"GroupId": "sg-00000000"}]), "InvalidGroup.NotFound", "The security group 'sg-00000000' does not exist"),
        (tcp(22, IpRanges=[{"CidrIp": "10.0.0.0/8", "Description": "it's"}]), "InvalidParameterValue", "Invalid rule description."),
    ],
)
def test_a_malformed_permission_is_refused_and_changes_nothing(ec2, group, permission, code, message):
    with refused(code, message):
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[tcp(80, IpRanges=ANYWHERE), permission])
    assert describe(ec2, group)["IpPermissions"] == []


def test_a_group_takes_sixty_rules_in_each_direction(ec2, group):
    sixty = [tcp(port, IpRanges=ANYWHERE) for port in range(1, 61)]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=sixty)
    message = "The maximum number of rules per security group has been reached."
    with refused("RulesPerSecurityGroupLimitExceeded", message):
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[tcp(61, IpRanges=ANYWHERE)])
    with refused("RulesPerSecurityGroupLimitExceeded", message):
        ec2.authorize_security_group_egress(GroupId=group, IpPermissions=sixty)


def test_revoking_answers_what_was_revoked(ec2, group):
    permission = tcp(22, IpRanges=ANYWHERE)
    rule = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])["SecurityGroupRules"][0]
    revoked = ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[permission])
    assert [rule["SecurityGroupRuleId"] for rule in revoked["RevokedSecurityGroupRules"]] == [rule["SecurityGroupRuleId"]]
    with refused("InvalidPermission.NotFound", "The specified rule does not exist in this security group."):
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[permission])


def test_rules_are_revoked_by_their_ids(ec2, group):
    (rule,) = ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[tcp(22, IpRanges=ANYWHERE)])["SecurityGroupRules"]
    ids = [rule["SecurityGroupRuleId"]]
    with refused("InvalidSecurityGroupRuleId.NotFound", f"The security group rule ID '{ids[0]}' does not exist"):
        ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=ids)
    ec2.revoke_security_group_egress(GroupId=group, SecurityGroupRuleIds=ids)
    assert len(describe(ec2, group)["IpPermissionsEgress"]) == 1


def test_in_the_default_vpc_an_unknown_rule_is_told_not_refused(ec2, group):
    own = ec2.create_security_group(GroupName="web", Description="d")["GroupId"]
    for revoke in ec2.revoke_security_group_ingress, ec2.revoke_security_group_egress:
        answer = revoke(GroupId=own, IpPermissions=[tcp(22, IpRanges=ANYWHERE)])
        assert [permission["FromPort"] for permission in answer["UnknownIpPermissions"]] == [22]
        with refused("InvalidPermission.NotFound"):
            revoke(GroupId=group, IpPermissions=[tcp(22, IpRanges=ANYWHERE)])


def test_a_group_that_is_named_by_another_or_is_the_default_one_stays(ec2, vpc, group):
    other = ec2.create_security_group(GroupName="other", Description="d", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=[tcp(22, UserIdGroupPairs=[{"GroupId": group}])])
    with refused("DependencyViolation", f"resource {group} has a dependent object"):
        ec2.delete_security_group(GroupId=group)
    ec2.delete_security_group(GroupId=other)
    assert ec2.delete_security_group(GroupId=group)["GroupId"] == group
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    (default,) = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    with refused("CannotDelete", f'the specified group: "{default["GroupId"]}" name: "default" cannot be deleted by a user'):
        ec2.delete_security_group(GroupId=default["GroupId"])


def test_every_filter_finds_the_group_and_only_it(ec2, vpc, group):
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 1001, "ToPort": 1002, "IpRanges": [{"CidrIp": "10.9.0.0/16"}]},
            {"IpProtocol": "tcp", "FromPort": 1001, "ToPort": 1002, "UserIdGroupPairs": [{"GroupId": group}]},
        ],
    )
    ec2.authorize_security_group_egress(
        GroupId=group,
        IpPermissions=[
            {"IpProtocol": "udp", "FromPort": 2001, "ToPort": 2002, "Ipv6Ranges": [{"CidrIpv6": "fd00::/64"}]},
            {"IpProtocol": "udp", "FromPort": 2001, "ToPort": 2002, "UserIdGroupPairs": [{"GroupId": group}]},
        ],
    )
    for name, value in [
        ("description", "Web*"),
        ("group-id", group),
        ("group-name", "web"),
        ("ip-permission.cidr", "10.9.0.0/16"),
        ("ip-permission.from-port", "1001"),
        ("ip-permission.to-port", "1002"),
        ("ip-permission.group-id", group),
        ("ip-permission.group-name", "web"),
        ("ip-permission.protocol", "tcp"),
        ("egress.ip-permission.ipv6-cidr", "fd00::/64"),
        ("egress.ip-permission.from-port", "2001"),
        ("egress.ip-permission.to-port", "2002"),
        ("egress.ip-permission.group-id", group),
        ("egress.ip-permission.user-id", "123456789012"),
        ("egress.ip-permission.protocol", "udp"),
    ]:
        found = ec2.describe_security_groups(Filters=[{"Name": name, "Values": [value]}])["SecurityGroups"]
        assert [shown["GroupId"] for shown in found] == [group], name
    found = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "owner-id", "Values": ["123456789012"]}])
    assert len(found["SecurityGroups"]) == 2
