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


S3 = {
    "PrefixListId": "pl-63a5400a",
    "AddressFamily": "IPv4",
    "State": "create-complete",
    "PrefixListArn": "arn:aws:ec2:us-east-1:aws:prefix-list/pl-63a5400a",
    "PrefixListName": "com.amazonaws.us-east-1.s3",
    "Tags": [],
    "OwnerId": "AWS",
}
# What a use of each counts for. Source: the user guide's page on AWS-managed prefix lists.
WEIGHTS = {
    "com.amazonaws.global.cloudfront.origin-facing": 55,
    "com.amazonaws.global.ipv6.cloudfront.origin-facing": 55,
    "com.amazonaws.global.groundstation": 5,
    "com.amazonaws.us-east-1.dynamodb": 1,
    "com.amazonaws.us-east-1.ec2-instance-connect": 2,
    "com.amazonaws.us-east-1.ipv6.ec2-instance-connect": 2,
    "com.amazonaws.us-east-1.route53-healthchecks": 25,
    "com.amazonaws.us-east-1.ipv6.route53-healthchecks": 25,
    "com.amazonaws.us-east-1.s3": 1,
    "com.amazonaws.us-east-1.s3express": 6,
    "com.amazonaws.us-east-1.vpc-lattice": 10,
    "com.amazonaws.us-east-1.ipv6.vpc-lattice": 10,
}


def of_aws(ec2, **filters):
    wanted = [{"Name": "owner-id", "Values": ["AWS"]}]
    wanted += [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
    return ec2.describe_managed_prefix_lists(Filters=wanted)["PrefixLists"]


def test_aws_has_lists_of_its_own_in_every_region(ec2, server, session, prefix_list):
    assert describe(ec2, S3["PrefixListId"]) == S3 and of_aws(ec2, prefix_list_name="*.s3") == [S3]
    assert {shown["PrefixListName"] for shown in of_aws(ec2)} == set(WEIGHTS)
    every = {shown["PrefixListId"] for shown in ec2.describe_managed_prefix_lists()["PrefixLists"]}
    assert len(every) == len(WEIGHTS) + 1 and prefix_list in every
    own = [{"Name": "owner-id", "Values": ["123456789012"]}]
    assert [shown["PrefixListId"] for shown in ec2.describe_managed_prefix_lists(Filters=own)["PrefixLists"]] == [prefix_list]
    for region in ec2.describe_regions()["Regions"]:
        there = server.client(session, region=region["RegionName"])
        names = {shown["PrefixListName"].replace(region["RegionName"], "us-east-1") for shown in of_aws(there)}
        assert names == set(WEIGHTS), region
    # An id is of one region, or of another list in another one.
    far = server.client(session, region="us-west-2")
    with refused("InvalidPrefixListID.NotFound"):
        describe(far, S3["PrefixListId"])
    assert of_aws(far, prefix_list_name="*.s3")[0]["PrefixListId"] == "pl-68a54001"
    tokyo, seoul = (server.client(session, region=region) for region in ("ap-northeast-1", "ap-northeast-2"))
    assert describe(tokyo, "pl-78a54011")["PrefixListName"] == "com.amazonaws.ap-northeast-1.dynamodb"
    assert describe(seoul, "pl-78a54011")["PrefixListName"] == "com.amazonaws.ap-northeast-2.s3"
    assert entries(tokyo, "pl-78a54011") == ["52.94.8.0/24"]


def test_lists_of_services_with_gateway_endpoints_are_told_with_their_blocks(ec2, prefix_list):
    shown = {known["PrefixListName"]: known for known in ec2.describe_prefix_lists()["PrefixLists"]}
    assert set(shown) == {"com.amazonaws.us-east-1.dynamodb", "com.amazonaws.us-east-1.s3"}
    s3 = shown["com.amazonaws.us-east-1.s3"]
    assert s3["PrefixListId"] == S3["PrefixListId"] and "52.216.0.0/15" in s3["Cidrs"]
    assert entries(ec2, S3["PrefixListId"]) == sorted(s3["Cidrs"], key=lambda block: [int(part) for part in block.split("/")[0].split(".")])
    assert ec2.describe_prefix_lists(PrefixListIds=[S3["PrefixListId"]])["PrefixLists"] == [s3]
    by_name = [{"Name": "prefix-list-name", "Values": ["*.s3"]}]
    assert ec2.describe_prefix_lists(Filters=by_name)["PrefixLists"] == [s3]
    assert ec2.describe_prefix_lists(PrefixListIds=[prefix_list])["PrefixLists"] == []
    for describe_all, code in [
        (ec2.describe_prefix_lists, "InvalidPrefixListId.NotFound"),
        (ec2.describe_managed_prefix_lists, "InvalidPrefixListID.NotFound"),
    ]:
        with refused(code, "The prefix list ID 'pl-0123456789abcdef0' does not exist"):
            describe_all(PrefixListIds=["pl-0123456789abcdef0"])


def test_nobody_changes_a_list_of_aws(ec2):
    list = S3["PrefixListId"]
    for change in [
        lambda: ec2.delete_managed_prefix_list(PrefixListId=list),
        lambda: add(ec2, list, 1, "10.0.0.0/8"),
        lambda: ec2.modify_managed_prefix_list(PrefixListId=list, PrefixListName="mine"),
        lambda: ec2.restore_managed_prefix_list_version(PrefixListId=list, PreviousVersion=1, CurrentVersion=1),
    ]:
        with refused("OperationNotPermitted", f"the AWS-managed prefix list {list}"):
            change()
    with refused("InvalidPrefixListID.NotFound"):
        ec2.create_tags(Resources=[list], Tags=[{"Key": "name", "Value": "mine"}])
    assert describe(ec2, list) == S3


@pytest.mark.parametrize("name", WEIGHTS)
def test_a_rule_for_a_list_of_aws_counts_with_its_weight(ec2, vpc, name):
    (known,) = of_aws(ec2, prefix_list_name=name)
    group = ec2.create_security_group(GroupName="web", Description="d", VpcId=vpc)["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": known["PrefixListId"]}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    blocks, key, cidr = ("Ipv6Ranges", "CidrIpv6", "2001:db8::/128") if known["AddressFamily"] == "IPv6" else ("IpRanges", "CidrIp", "10.0.0.1/32")
    one = lambda port: {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, blocks: [{key: cidr}]}  # noqa: E731
    left = 60 - WEIGHTS[name]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[one(port) for port in range(1, left + 1)])
    with refused("RulesPerSecurityGroupLimitExceeded"):
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[one(left + 1)])


def test_lists_of_aws_are_destinations_and_peers_of_their_region_only(ec2, vpc):
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    group = ec2.create_security_group(GroupName="web", Description="d", VpcId=vpc)["GroupId"]
    ec2.create_route(RouteTableId=table, DestinationPrefixListId="pl-63a5400a", GatewayId=gateway)
    (shown,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    assert shown["Routes"][1]["DestinationPrefixListId"] == "pl-63a5400a" and shown["Routes"][1]["State"] == "active"
    peer = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": "pl-63a5400a"}]}
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[peer])
    users = ec2.get_managed_prefix_list_associations(PrefixListId="pl-63a5400a")["PrefixListAssociations"]
    assert {user["ResourceId"] for user in users} == {group, table}
    # That of us-west-2.
    peer["PrefixListIds"] = [{"PrefixListId": "pl-68a54001"}]
    with refused("InvalidPrefixListID.NotFound"):
        ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[peer])
    with refused("InvalidPrefixListID.NotFound"):
        ec2.create_route(RouteTableId=table, DestinationPrefixListId="pl-68a54001", GatewayId=gateway)
    # CloudFront's 55 do not fit into the 50 routes of a table.
    with refused("RouteLimitExceeded"):
        ec2.create_route(RouteTableId=table, DestinationPrefixListId="pl-3b927c52", GatewayId=gateway)
    egress_only = ec2.create_egress_only_internet_gateway(VpcId=vpc)["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
    (lattice,) = of_aws(ec2, prefix_list_name="*.ipv6.vpc-lattice")
    ec2.create_route(RouteTableId=table, DestinationPrefixListId=lattice["PrefixListId"], EgressOnlyInternetGatewayId=egress_only)
    ec2.delete_route(RouteTableId=table, DestinationPrefixListId="pl-63a5400a")


def test_lists_come_one_by_one_if_wanted(ec2):
    made = {create(ec2)["PrefixListId"] for _ in range(3)} | {shown["PrefixListId"] for shown in of_aws(ec2)}
    pages = ec2.get_paginator("describe_managed_prefix_lists").paginate(PaginationConfig={"PageSize": 1})
    shown = [[shown["PrefixListId"] for shown in page["PrefixLists"]] for page in pages]
    assert {len(page) for page in shown} == {1} and len(shown) == len(made) and {page[0] for page in shown} == made
