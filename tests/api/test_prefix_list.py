"""Managed prefix lists, as boto3 sees them."""

import pytest

from errors import refused


def create(ec2, *blocks, size=10, **more):
    entries = [{"Cidr": block, "Description": f"block {block}"} for block in blocks]
    made = ec2.create_managed_prefix_list(
        PrefixListName="mine", Entries=entries, MaxEntries=size, AddressFamily=more.pop("family", "IPv4"), **more
    )
    return made["PrefixList"]


@pytest.fixture
def prefix_list(ec2):
    return create(ec2, "10.0.0.0/8")["PrefixListId"]


def describe(ec2, prefix_list):
    return ec2.describe_managed_prefix_lists(PrefixListIds=[prefix_list])["PrefixLists"][0]


def entries(ec2, prefix_list, **version):
    shown = ec2.get_managed_prefix_list_entries(PrefixListId=prefix_list, **version)["Entries"]
    return [entry["Cidr"] for entry in shown]


def add(ec2, prefix_list, version, block, **more):
    return ec2.modify_managed_prefix_list(
        PrefixListId=prefix_list, CurrentVersion=version, AddEntries=[{"Cidr": block, **more}]
    )["PrefixList"]


def test_a_list_is_created_in_its_first_version(ec2):
    tags = [{"Key": "name", "Value": "mine"}]
    made = create(ec2, "10.0.0.0/8", TagSpecifications=[{"ResourceType": "prefix-list", "Tags": tags}])
    assert made["State"] == "create-in-progress"
    shown = describe(ec2, made["PrefixListId"])
    assert shown == {
        "PrefixListId": made["PrefixListId"],
        "AddressFamily": "IPv4",
        "State": "create-complete",
        "PrefixListArn": f"arn:aws:ec2:us-east-1:123456789012:prefix-list/{made['PrefixListId']}",
        "PrefixListName": "mine",
        "MaxEntries": 10,
        "Version": 1,
        "Tags": tags,
        "OwnerId": "123456789012",
    }
    found = ec2.describe_managed_prefix_lists(Filters=[{"Name": "prefix-list-name", "Values": ["min?"]}])["PrefixLists"]
    assert found == [shown]


def test_entries_make_versions_which_can_be_read_and_restored(ec2, prefix_list):
    changed = add(ec2, prefix_list, 1, "192.168.0.1/16")
    # The new version is there when the change is complete.
    assert (changed["State"], changed["Version"]) == ("modify-in-progress", 1)
    ec2.modify_managed_prefix_list(PrefixListId=prefix_list, CurrentVersion=2, RemoveEntries=[{"Cidr": "10.0.0.0/8"}])
    assert entries(ec2, prefix_list) == ["192.168.0.0/16"]
    assert entries(ec2, prefix_list, TargetVersion=2) == ["10.0.0.0/8", "192.168.0.0/16"]
    restored = ec2.restore_managed_prefix_list_version(PrefixListId=prefix_list, PreviousVersion=1, CurrentVersion=3)["PrefixList"]
    assert (restored["State"], restored["Version"]) == ("restore-in-progress", 3)
    shown = describe(ec2, prefix_list)
    assert (shown["State"], shown["Version"]) == ("restore-complete", 4)
    assert entries(ec2, prefix_list) == ["10.0.0.0/8"]


def test_a_wrong_version_changes_nothing(ec2, prefix_list):
    with refused("PrefixListVersionMismatch", "The prefix list has the incorrect version number."):
        add(ec2, prefix_list, 7, "192.168.0.0/16")
    with refused("PrefixListVersionMismatch"):
        ec2.restore_managed_prefix_list_version(PrefixListId=prefix_list, PreviousVersion=1, CurrentVersion=2)
    with refused("MissingParameter", "CurrentVersion"):
        ec2.modify_managed_prefix_list(PrefixListId=prefix_list, AddEntries=[{"Cidr": "192.168.0.0/16"}])
    assert entries(ec2, prefix_list) == ["10.0.0.0/8"]


def test_a_name_and_a_size_change_without_a_version(ec2, prefix_list):
    ec2.modify_managed_prefix_list(PrefixListId=prefix_list, PrefixListName="other")
    ec2.modify_managed_prefix_list(PrefixListId=prefix_list, MaxEntries=1)
    shown = describe(ec2, prefix_list)
    assert (shown["PrefixListName"], shown["MaxEntries"], shown["Version"]) == ("other", 1, 1)
    with refused("PrefixListMaxEntriesExceeded"):
        add(ec2, prefix_list, 1, "192.168.0.0/16")
    with refused("InvalidParameterCombination", "You cannot modify the entries and the maximum entries"):
        ec2.modify_managed_prefix_list(
            PrefixListId=prefix_list, CurrentVersion=1, MaxEntries=5, AddEntries=[{"Cidr": "192.168.0.0/16"}]
        )


def test_what_is_not_an_entry_is_refused(ec2, prefix_list):
    with refused("InvalidPrefixListModification", "An entry with the CIDR (10.0.0.0/8) and description (block 10.0.0.0/8) already exists."):
        add(ec2, prefix_list, 1, "10.0.0.0/8", Description="block 10.0.0.0/8")
    with refused("InvalidPrefixListModification", "192.168.0.0/16"):
        ec2.modify_managed_prefix_list(PrefixListId=prefix_list, CurrentVersion=1, RemoveEntries=[{"Cidr": "192.168.0.0/16"}])
    with refused("InvalidParameterValue", "IPv4"):
        add(ec2, prefix_list, 1, "fd00::/8")
    with refused("InvalidParameterValue"):
        add(ec2, prefix_list, 1, "home")
    with refused("InvalidParameterValue", "com.amazonaws"):
        ec2.create_managed_prefix_list(PrefixListName="com.amazonaws.mine", MaxEntries=1, AddressFamily="IPv4")
    with refused("InvalidParameterValue", "Must specify a max size between 1 and 1000"):
        create(ec2, size=0)


def test_a_list_in_use_says_by_whom_and_stays(ec2, prefix_list):
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="web", Description="d", VpcId=vpc)["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": prefix_list}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"][0]["PrefixListIds"] == [
        {"PrefixListId": prefix_list}
    ]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationPrefixListId=prefix_list, GatewayId=gateway)
    filters = [{"Name": "route.destination-prefix-list-id", "Values": [prefix_list]}]
    (shown,) = ec2.describe_route_tables(Filters=filters)["RouteTables"]
    assert shown["Routes"][1]["DestinationPrefixListId"] == prefix_list
    users = ec2.get_managed_prefix_list_associations(PrefixListId=prefix_list)["PrefixListAssociations"]
    assert {user["ResourceId"] for user in users} == {group, table}
    # The request is accepted; what becomes of it is told later.
    assert ec2.delete_managed_prefix_list(PrefixListId=prefix_list)["PrefixList"]["State"] == "delete-in-progress"
    failed = describe(ec2, prefix_list)
    assert failed["State"] == "delete-failed" and failed["StateMessage"]
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"][0]["PrefixListIds"]
    # Forty more entries than the ten it has do not fit into the table's fifty routes beside another one.
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    with refused("RouteLimitExceeded"):
        ec2.modify_managed_prefix_list(PrefixListId=prefix_list, MaxEntries=50)
    ec2.delete_route(RouteTableId=table, DestinationPrefixListId=prefix_list)
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[permission])
    assert ec2.delete_managed_prefix_list(PrefixListId=prefix_list)["PrefixList"]["State"] == "delete-in-progress"
    with refused("InvalidPrefixListID.NotFound"):
        ec2.describe_managed_prefix_lists(PrefixListIds=[prefix_list])


def test_pages_of_entries_are_whole(ec2):
    blocks = [f"10.{index}.0.0/16" for index in range(7)]
    prefix_list = create(ec2, *blocks)["PrefixListId"]
    pages = ec2.get_paginator("get_managed_prefix_list_entries").paginate(PrefixListId=prefix_list, PaginationConfig={"PageSize": 3})
    pages = [[entry["Cidr"] for entry in page["Entries"]] for page in pages]
    assert [len(page) for page in pages] == [3, 3, 1] and sum(pages, []) == blocks


def test_there_are_no_lists_of_services(ec2):
    assert ec2.describe_prefix_lists()["PrefixLists"] == []
    for describe, code in [
        (ec2.describe_prefix_lists, "InvalidPrefixListId.NotFound"),
        (ec2.describe_managed_prefix_lists, "InvalidPrefixListID.NotFound"),
    ]:
        with refused(code, "The prefix list ID 'pl-0123456789abcdef0' does not exist"):
            describe(PrefixListIds=["pl-0123456789abcdef0"])


def test_lists_come_one_by_one_if_wanted(ec2):
    made = {create(ec2)["PrefixListId"] for _ in range(3)}
    pages = ec2.get_paginator("describe_managed_prefix_lists").paginate(PaginationConfig={"PageSize": 1})
    shown = [[shown["PrefixListId"] for shown in page["PrefixLists"]] for page in pages]
    assert [len(page) for page in shown] == [1, 1, 1] and {page[0] for page in shown} == made
