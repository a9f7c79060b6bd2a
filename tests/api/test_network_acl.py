"""Network ACLs, as boto3 sees them."""

import pytest

from errors import refused


@pytest.fixture
def acl(ec2, vpc):
    return ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]


def describe(ec2, acl):
    return ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"][0]


def default(ec2, vpc):
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "default", "Values": ["true"]}]
    (acl,) = ec2.describe_network_acls(Filters=filters)["NetworkAcls"]
    return acl


def entry(number, **more):
    return {"RuleNumber": number, "Protocol": "-1", "RuleAction": "allow", "Egress": False, "CidrBlock": "10.0.0.0/8", **more}


def last(egress):
    return {"CidrBlock": "0.0.0.0/0", "Egress": egress, "Protocol": "-1", "RuleAction": "deny", "RuleNumber": 32767}


def test_a_new_acl_denies_everything(ec2, vpc):
    tags = [{"Key": "name", "Value": "mine"}]
    made = ec2.create_network_acl(VpcId=vpc, TagSpecifications=[{"ResourceType": "network-acl", "Tags": tags}])["NetworkAcl"]
    acl = made.pop("NetworkAclId")
    assert made == {
        "Associations": [],
        "Entries": [last(True), last(False)],
        "IsDefault": False,
        "Tags": tags,
        "VpcId": vpc,
        "OwnerId": "123456789012",
    }
    ec2.delete_network_acl(NetworkAclId=acl)
    with refused("InvalidNetworkAclID.NotFound", f"The networkAcl ID '{acl}' does not exist"):
        ec2.describe_network_acls(NetworkAclIds=[acl])


def test_every_vpc_has_a_default_acl_that_lets_everything_through_and_stays(ec2, vpc):
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    acl = default(ec2, vpc)
    through = {"CidrBlock": "0.0.0.0/0", "Protocol": "-1", "RuleAction": "allow", "RuleNumber": 100}
    assert acl["Entries"] == [{**through, "Egress": True}, last(True), {**through, "Egress": False}, last(False)]
    assert [association["SubnetId"] for association in acl["Associations"]] == [subnet]
    with refused("InvalidParameterValue", f"cannot delete default network ACL {acl['NetworkAclId']}"):
        ec2.delete_network_acl(NetworkAclId=acl["NetworkAclId"])
    ec2.delete_subnet(SubnetId=subnet)
    assert default(ec2, vpc)["Associations"] == []
    ec2.delete_vpc(VpcId=vpc)


def test_an_ipv6_block_brings_entries_for_ipv6(ec2, vpc):
    ec2.associate_vpc_cidr_block(VpcId=vpc, AmazonProvidedIpv6CidrBlock=True)
    inwards = [entry for entry in default(ec2, vpc)["Entries"] if not entry["Egress"]]
    assert [(entry["RuleNumber"], entry.get("Ipv6CidrBlock")) for entry in inwards] == [
        (100, None),
        (101, "::/0"),
        (32767, None),
        (32768, "::/0"),
    ]


def test_entries_are_made_replaced_and_deleted(ec2, acl):
    ec2.create_network_acl_entry(NetworkAclId=acl, **entry(20, Protocol="6", PortRange={"From": 80, "To": 90}))
    ec2.create_network_acl_entry(NetworkAclId=acl, **entry(10, Protocol="1", IcmpTypeCode={"Type": 8, "Code": -1}, CidrBlock="10.1.2.3/16"))
    first, second = describe(ec2, acl)["Entries"][1:3]
    assert first["CidrBlock"] == "10.1.0.0/16" and first["IcmpTypeCode"] == {"Type": 8, "Code": -1}
    assert (second["RuleNumber"], second["Protocol"], second["PortRange"]) == (20, "6", {"From": 80, "To": 90})
    with refused("NetworkAclEntryAlreadyExists", "The network acl entry identified by 20 already exists."):
        ec2.create_network_acl_entry(NetworkAclId=acl, **entry(20))
    ec2.replace_network_acl_entry(NetworkAclId=acl, **entry(20, RuleAction="deny"))
    assert describe(ec2, acl)["Entries"][2]["RuleAction"] == "deny"
    with refused("InvalidNetworkAclEntry.NotFound", "no ingress entry with number 30"):
        ec2.replace_network_acl_entry(NetworkAclId=acl, **entry(30))
    ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=20, Egress=False)
    with refused("InvalidNetworkAclEntry.NotFound", "no egress entry with number 10"):
        ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=10, Egress=True)


def test_icmpv6_has_types_for_ipv6_only(ec2, acl):
    ec2.create_network_acl_entry(NetworkAclId=acl, **entry(10, Protocol="58"))
    ec2.create_network_acl_entry(NetworkAclId=acl, **entry(20, Protocol="58", IcmpTypeCode={"Type": 128, "Code": 0}))
    assert all("IcmpTypeCode" not in one for one in describe(ec2, acl)["Entries"])
    ipv6 = {**entry(30, Protocol="58", Ipv6CidrBlock="::/0")}
    del ipv6["CidrBlock"]
    with refused("MissingParameter", "Icmp"):
        ec2.create_network_acl_entry(NetworkAclId=acl, **ipv6)
    ec2.create_network_acl_entry(NetworkAclId=acl, **ipv6, IcmpTypeCode={"Type": 128, "Code": 0})
    assert describe(ec2, acl)["Entries"][3]["IcmpTypeCode"] == {"Type": 128, "Code": 0}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (entry(0), "InvalidParameterValue"),
        (entry(32767), "InvalidParameterValue"),
        (entry(1, RuleAction="maybe"), "InvalidParameterValue"),
        (entry(1, Protocol="300"), "InvalidParameterValue"),
        (entry(1, Protocol="6"), "MissingParameter"),
        (entry(1, Protocol="6", PortRange={"From": 90, "To": 80}), "InvalidParameterValue"),
        (entry(1, Protocol="1"), "MissingParameter"),
        (entry(1, CidrBlock="10.0.0.0"), "InvalidParameterValue"),
        (entry(1, Ipv6CidrBlock="::/0"), "InvalidParameterCombination"),
    ],
)
def test_a_malformed_entry_is_refused(ec2, acl, wrong, code):
    with refused(code):
        ec2.create_network_acl_entry(NetworkAclId=acl, **wrong)
    assert len(describe(ec2, acl)["Entries"]) == 2


def test_an_acl_takes_twenty_entries_a_direction(ec2, acl):
    for number in range(1, 21):
        ec2.create_network_acl_entry(NetworkAclId=acl, **entry(number))
    with refused("NetworkAclEntryLimitExceeded"):
        ec2.create_network_acl_entry(NetworkAclId=acl, **entry(21))


def test_a_subnet_moves_to_another_acl(ec2, vpc, acl):
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    (association,) = default(ec2, vpc)["Associations"]
    new = ec2.replace_network_acl_association(AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl)
    assert describe(ec2, acl)["Associations"] == [
        {"NetworkAclAssociationId": new["NewAssociationId"], "NetworkAclId": acl, "SubnetId": subnet}
    ]
    with refused("DependencyViolation"):
        ec2.delete_network_acl(NetworkAclId=acl)
    with refused("InvalidAssociationID.NotFound"):
        ec2.replace_network_acl_association(AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl)
    other = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    with refused("InvalidParameterValue", "belong to different networks"):
        ec2.replace_network_acl_association(AssociationId=new["NewAssociationId"], NetworkAclId=default(ec2, other)["NetworkAclId"])


def test_every_filter_finds_the_acl_and_only_it(ec2, vpc, acl):
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    (association,) = default(ec2, vpc)["Associations"]
    new = ec2.replace_network_acl_association(AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl)
    ec2.create_network_acl_entry(NetworkAclId=acl, **entry(7, Protocol="6", PortRange={"From": 80, "To": 90}))
    ec2.create_network_acl_entry(NetworkAclId=acl, **entry(8, Protocol="1", IcmpTypeCode={"Type": 8, "Code": 0}))
    for name, value in [
        ("association.association-id", new["NewAssociationId"]),
        ("association.network-acl-id", acl),
        ("association.subnet-id", subnet),
        ("entry.cidr", "10.0.0.0/8"),
        ("entry.icmp.code", "0"),
        ("entry.icmp.type", "8"),
        ("entry.port-range.from", "80"),
        ("entry.port-range.to", "90"),
        ("entry.protocol", "6"),
        ("entry.protocol", "tcp"),
        ("entry.rule-number", "7"),
        ("network-acl-id", acl),
    ]:
        filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": name, "Values": [value]}]
        found = ec2.describe_network_acls(Filters=filters)["NetworkAcls"]
        assert [shown["NetworkAclId"] for shown in found] == [acl], name


def test_entries_are_found_by_their_direction(ec2, vpc, acl):
    for egress in ("true", "false"):
        found = ec2.describe_network_acls(NetworkAclIds=[acl], Filters=[{"Name": "entry.egress", "Values": [egress]}])["NetworkAcls"]
        assert [shown["NetworkAclId"] for shown in found] == [acl]
    none = ec2.describe_network_acls(NetworkAclIds=[acl], Filters=[{"Name": "entry.egress", "Values": ["maybe"]}])["NetworkAcls"]
    assert none == []


def test_the_action_of_an_entry_is_taken_in_any_case(ec2, acl):
    ec2.create_network_acl_entry(NetworkAclId=acl, **entry(100, RuleAction="ALLOW"))
    ec2.create_network_acl_entry(NetworkAclId=acl, **entry(101, RuleAction="Deny"))
    ec2.replace_network_acl_entry(NetworkAclId=acl, **entry(100, RuleAction="Allow", CidrBlock="10.1.0.0/16"))
    actions = {shown["RuleNumber"]: shown["RuleAction"] for shown in describe(ec2, acl)["Entries"]}
    assert (actions[100], actions[101]) == ("allow", "deny")
    with refused("InvalidParameterValue", "Value (ALLOWED) for parameter ruleAction is invalid."):
        ec2.create_network_acl_entry(NetworkAclId=acl, **entry(102, RuleAction="ALLOWED"))
