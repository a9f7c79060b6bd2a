"""VPC peering connections, within an account and between accounts and regions, as boto3 sees them."""

import pytest

from errors import refused

OTHER = "210987654321"


@pytest.fixture
def server(start, tmp_path):
    """A server that knows a second account."""
    config = tmp_path / "enid.toml"
    config.write_text(
        f'[[accounts]]\nid = "{OTHER}"\naccess_key_id = "AKIAOTHEROTHEROTHER0"\nsecret_access_key = "other-other-other-other-other-other-0000"\n'
    )
    return start("--ephemeral", "--fabric", "none", "--config", config)


@pytest.fixture
def other(server, session):
    """A client of the second account, in another region."""
    return server.client(session, region="eu-west-1", key="AKIAOTHEROTHEROTHER0", secret="other-other-other-other-other-other-0000")


def make_vpc(client, block):
    return client.create_vpc(CidrBlock=block)["Vpc"]["VpcId"]


def describe(client, peering):
    return client.describe_vpc_peering_connections(VpcPeeringConnectionIds=[peering])["VpcPeeringConnections"][0]


def request(client, vpc, peer, **more):
    return client.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=peer, **more)["VpcPeeringConnection"]


SIDES = ["RequesterVpcInfo", "AccepterVpcInfo"]

OPTIONS = {
    "AllowDnsResolutionFromRemoteVpc": False,
    "AllowEgressFromLocalClassicLinkToRemoteVpc": False,
    "AllowEgressFromLocalVpcToRemoteClassicLink": False,
}


def test_a_pending_request_tells_nothing_of_the_accepters_vpc_and_an_active_one_all(ec2):
    vpc, peer = make_vpc(ec2, "10.0.0.0/16"), make_vpc(ec2, "10.1.0.0/16")
    made = request(ec2, vpc, peer)
    assert made["Status"] == {"Code": "initiating-request", "Message": "Initiating Request to 123456789012"}
    peering = made["VpcPeeringConnectionId"]
    shown = describe(ec2, peering)
    assert "ExpirationTime" in shown and shown["Tags"] == []
    assert shown["Status"] == {"Code": "pending-acceptance", "Message": "Pending Acceptance by 123456789012"}
    assert shown["AccepterVpcInfo"] == {"OwnerId": "123456789012", "VpcId": peer, "Region": "us-east-1"}
    requester = {
        "CidrBlock": "10.0.0.0/16",
        "CidrBlockSet": [{"CidrBlock": "10.0.0.0/16"}],
        "OwnerId": "123456789012",
        "PeeringOptions": OPTIONS,
        "VpcId": vpc,
        "Region": "us-east-1",
    }
    assert shown["RequesterVpcInfo"] == requester
    assert ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)["VpcPeeringConnection"]["Status"]["Code"] == "provisioning"
    shown = describe(ec2, peering)
    assert "ExpirationTime" not in shown and shown["Status"] == {"Code": "active", "Message": "Active"}
    accepter = {**requester, "CidrBlock": "10.1.0.0/16", "CidrBlockSet": [{"CidrBlock": "10.1.0.0/16"}], "VpcId": peer}
    assert (shown["RequesterVpcInfo"], shown["AccepterVpcInfo"]) == (requester, accepter)


def test_another_account_in_another_region_accepts(ec2, other):
    vpc, peer = make_vpc(ec2, "10.0.0.0/16"), make_vpc(other, "10.1.0.0/16")
    tags = [{"Key": "name", "Value": "mine"}]
    specification = [{"ResourceType": "vpc-peering-connection", "Tags": tags}]
    made = request(ec2, vpc, peer, PeerOwnerId=OTHER, PeerRegion="eu-west-1", TagSpecifications=specification)
    peering = made["VpcPeeringConnectionId"]
    assert made["Tags"] == tags and describe(other, peering)["Tags"] == []
    for act, word in [(ec2.accept_vpc_peering_connection, "accept"), (ec2.reject_vpc_peering_connection, "reject")]:
        with refused("OperationNotPermitted", f"User 123456789012 cannot {word} peering {peering}"):
            act(VpcPeeringConnectionId=peering)
    other.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    ours, theirs = describe(ec2, peering), describe(other, peering)
    assert ours["AccepterVpcInfo"] == theirs["AccepterVpcInfo"] and ours["Status"] == theirs["Status"]
    assert (theirs["AccepterVpcInfo"]["OwnerId"], theirs["AccepterVpcInfo"]["Region"]) == (OTHER, "eu-west-1")
    with refused("InvalidStateTransition"):
        other.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    other.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    deleted = describe(ec2, peering)
    assert deleted["Status"] == {"Code": "deleted", "Message": f"Deleted by {OTHER}"}
    # Nothing is told of either VPC any more, but whose they were.
    assert deleted["RequesterVpcInfo"] == {"OwnerId": "123456789012", "VpcId": vpc, "Region": "us-east-1"}
    assert deleted["AccepterVpcInfo"] == {"OwnerId": OTHER, "VpcId": peer, "Region": "eu-west-1"}
    assert [describe(other, peering)[side] for side in SIDES] == [deleted[side] for side in SIDES]
    for side, block in [("requester", "10.0.0.0/16"), ("accepter", "10.1.0.0/16")]:
        filters = [{"Name": f"{side}-vpc-info.cidr-block", "Values": [block]}]
        assert ec2.describe_vpc_peering_connections(Filters=filters)["VpcPeeringConnections"] == []


def test_a_rejected_request_stays_so_and_frees_the_pair(ec2, other):
    vpc, peer = make_vpc(ec2, "10.0.0.0/16"), make_vpc(other, "10.1.0.0/16")
    whom = {"PeerOwnerId": OTHER, "PeerRegion": "eu-west-1"}
    peering = request(ec2, vpc, peer, **whom)["VpcPeeringConnectionId"]
    with refused("VpcPeeringConnectionAlreadyExists"):
        request(ec2, vpc, peer, **whom)
    other.reject_vpc_peering_connection(VpcPeeringConnectionId=peering)
    rejected = describe(ec2, peering)
    assert rejected["Status"]["Code"] == "rejected" and rejected["RequesterVpcInfo"]["CidrBlock"] == "10.0.0.0/16"
    assert "CidrBlock" not in rejected["AccepterVpcInfo"]
    # Terraform takes these words, by their end, for a deletion that is done.
    with refused("InvalidStateTransition", f"Invalid state transition for {peering}, attempted to transition from rejected to deleting"):
        ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    assert request(ec2, vpc, peer, **whom)["VpcPeeringConnectionId"] != peering


def test_vpcs_that_cannot_be_peers_make_a_connection_that_failed(ec2):
    vpc, same = make_vpc(ec2, "10.0.0.0/16"), make_vpc(ec2, "10.0.0.0/17")
    peering = request(ec2, vpc, same)["VpcPeeringConnectionId"]
    status = describe(ec2, peering)["Status"]
    assert status == {"Code": "failed", "Message": "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"}
    with refused("InvalidVpcID.NotFound"):
        request(ec2, vpc, "vpc-00000000")
    with refused("InvalidParameterValue"):
        request(ec2, vpc, vpc)
    with refused("InvalidVpcPeeringConnectionID.NotFound", "The vpcPeeringConnection ID 'pcx-00000000' does not exist"):
        describe(ec2, "pcx-00000000")


def test_routes_lead_through_an_active_connection(ec2):
    vpc, peer, stranger = (make_vpc(ec2, f"10.{index}.0.0/16") for index in range(3))
    peering = request(ec2, vpc, peer)["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.1.0.0/16", VpcPeeringConnectionId=peering)

    def route():
        filters = [{"Name": "route.vpc-peering-connection-id", "Values": [peering]}]
        return ec2.describe_route_tables(Filters=filters)["RouteTables"][0]["Routes"][1]

    assert (route()["VpcPeeringConnectionId"], route()["State"]) == (peering, "active")
    far = ec2.create_route_table(VpcId=stranger)["RouteTable"]["RouteTableId"]
    with refused("InvalidParameterValue", "belong to different networks"):
        ec2.create_route(RouteTableId=far, DestinationCidrBlock="10.1.0.0/16", VpcPeeringConnectionId=peering)
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    assert route()["State"] == "blackhole"


def test_a_request_is_answered_in_the_region_that_it_was_made_to(ec2, server, session):
    far = server.client(session, region="eu-west-1")
    vpc, peer = make_vpc(ec2, "10.0.0.0/16"), make_vpc(far, "10.1.0.0/16")
    peering = request(ec2, vpc, peer, PeerRegion="eu-west-1")["VpcPeeringConnectionId"]
    for act, word in [(ec2.accept_vpc_peering_connection, "accepted"), (ec2.reject_vpc_peering_connection, "rejected")]:
        with refused(
            "OperationNotPermitted",
            "Incorrect region (us-east-1) specified for this request. "
            f"VPC peering connection {peering} must be {word} in region eu-west-1",
        ):
            act(VpcPeeringConnectionId=peering)
    far.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    assert describe(ec2, peering)["Status"]["Code"] == "active"


def test_each_side_sets_its_own_options_of_an_active_connection(ec2, other):
    vpc, peer = make_vpc(ec2, "10.0.0.0/16"), make_vpc(other, "10.1.0.0/16")
    peering = request(ec2, vpc, peer, PeerOwnerId=OTHER, PeerRegion="eu-west-1")["VpcPeeringConnectionId"]
    wanted = {"AllowDnsResolutionFromRemoteVpc": True}
    with refused("OperationNotPermitted", f"Peering {peering} is not active. Peering options can be added only to active peerings."):
        ec2.modify_vpc_peering_connection_options(VpcPeeringConnectionId=peering, RequesterPeeringConnectionOptions=wanted)
    other.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    answer = ec2.modify_vpc_peering_connection_options(VpcPeeringConnectionId=peering, RequesterPeeringConnectionOptions=wanted)
    assert answer["RequesterPeeringConnectionOptions"] == wanted and "AccepterPeeringConnectionOptions" not in answer
    every = {**OPTIONS, **wanted}
    answer = ec2.modify_vpc_peering_connection_options(VpcPeeringConnectionId=peering, RequesterPeeringConnectionOptions=every)
    assert answer["RequesterPeeringConnectionOptions"] == every
    assert describe(other, peering)["RequesterVpcInfo"]["PeeringOptions"] == {**OPTIONS, **wanted}
    with refused("OperationNotPermitted", "User 123456789012 does not have permission to modify the accepter side peering options"):
        ec2.modify_vpc_peering_connection_options(VpcPeeringConnectionId=peering, AccepterPeeringConnectionOptions=wanted)
    with refused("UnsupportedOperation", "ClassicLink"):
        classic = {"AllowEgressFromLocalClassicLinkToRemoteVpc": True}
        ec2.modify_vpc_peering_connection_options(VpcPeeringConnectionId=peering, RequesterPeeringConnectionOptions=classic)


def test_every_filter_finds_the_connection_and_only_it(ec2):
    vpc, peer, third = (make_vpc(ec2, f"10.{index}.0.0/16") for index in range(3))
    peering = request(ec2, vpc, peer)["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    request(ec2, third, vpc)
    for name, value in [
        ("accepter-vpc-info.cidr-block", "10.1.0.0/16"),
        ("accepter-vpc-info.vpc-id", peer),
        ("requester-vpc-info.cidr-block", "10.0.0.0/16"),
        ("requester-vpc-info.vpc-id", vpc),
        ("status-code", "active"),
        ("status-message", "Active"),
        ("vpc-peering-connection-id", peering),
    ]:
        found = ec2.describe_vpc_peering_connections(Filters=[{"Name": name, "Values": [value]}])["VpcPeeringConnections"]
        assert [shown["VpcPeeringConnectionId"] for shown in found] == [peering], name
    owned = [{"Name": "requester-vpc-info.owner-id", "Values": ["123456789012"]}, {"Name": "accepter-vpc-info.owner-id", "Values": ["*"]}]
    assert len(ec2.describe_vpc_peering_connections(Filters=owned)["VpcPeeringConnections"]) == 2


def test_a_peered_vpc_stays(ec2):
    vpc, peer = make_vpc(ec2, "10.0.0.0/16"), make_vpc(ec2, "10.1.0.0/16")
    peering = request(ec2, vpc, peer)["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    with refused("DependencyViolation"):
        ec2.delete_vpc(VpcId=peer)
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    ec2.delete_vpc(VpcId=peer)


def test_groups_of_another_account_in_the_same_region_can_be_peers(ec2, server, session):
    neighbour = server.client(session, key="AKIAOTHEROTHEROTHER0", secret="other-other-other-other-other-other-0000")
    vpc, peer = make_vpc(ec2, "10.0.0.0/16"), make_vpc(neighbour, "10.1.0.0/16")
    ours = ec2.create_security_group(GroupName="ours", Description="d", VpcId=vpc)["GroupId"]
    theirs = neighbour.create_security_group(GroupName="theirs", Description="d", VpcId=peer)["GroupId"]

    def authorize(**pair):
        permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [{"GroupId": theirs, **pair}]}
        return ec2.authorize_security_group_ingress(GroupId=ours, IpPermissions=[permission])

    with refused("InvalidGroup.NotFound", f"The security group '{theirs}' does not exist"):
        authorize(UserId=OTHER)
    peering = request(ec2, vpc, peer, PeerOwnerId=OTHER)["VpcPeeringConnectionId"]
    neighbour.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    with refused("InvalidGroup.NotFound"):
        authorize(UserId="111111111111")
    (rule,) = authorize(UserId=OTHER)["SecurityGroupRules"]
    assert rule["ReferencedGroupInfo"] == {
        "GroupId": theirs,
        "PeeringStatus": "active",
        "UserId": OTHER,
        "VpcId": peer,
        "VpcPeeringConnectionId": peering,
    }
    references = neighbour.describe_security_group_references(GroupId=[theirs])["SecurityGroupReferenceSet"]
    assert [reference["ReferencingVpcId"] for reference in references] == [vpc]
    # What names it does not keep a group of another account: the rule becomes stale.
    neighbour.delete_security_group(GroupId=theirs)
    (stale,) = ec2.describe_stale_security_groups(VpcId=vpc)["StaleSecurityGroupSet"]
    assert stale["StaleIpPermissions"][0]["UserIdGroupPairs"][0]["PeeringStatus"] == "active"
    assert stale["GroupId"] == ours
