"""Route tables, as boto3 sees them."""

import pytest

from errors import refused


@pytest.fixture
def gateway(ec2, vpc):
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    return gateway


@pytest.fixture
def table(ec2, vpc):
    return ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]


def describe(ec2, table):
    return ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]


def main_table(ec2, vpc):
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}]
    return ec2.describe_route_tables(Filters=filters)["RouteTables"][0]


LOCAL = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"}


def test_a_new_table_has_the_local_route_and_nothing_else(ec2, vpc):
    made = ec2.create_route_table(VpcId=vpc)["RouteTable"]
    assert made.pop("RouteTableId").startswith("rtb-")
    assert made == {
        "Associations": [],
        "PropagatingVgws": [],
        "Routes": [LOCAL],
        "Tags": [],
        "VpcId": vpc,
        "OwnerId": "123456789012",
    }


def test_the_default_vpc_routes_to_its_gateway(ec2):
    (gateway,) = ec2.describe_internet_gateways()["InternetGateways"]
    main = main_table(ec2, gateway["Attachments"][0]["VpcId"])
    (association,) = main["Associations"]
    assert association.pop("RouteTableAssociationId").startswith("rtbassoc-")
    assert association == {"Main": True, "RouteTableId": main["RouteTableId"], "AssociationState": {"State": "associated"}}
    assert main["Routes"][1] == {
        "DestinationCidrBlock": "0.0.0.0/0",
        "GatewayId": gateway["InternetGatewayId"],
        "Origin": "CreateRoute",
        "State": "active",
    }


def test_a_route_is_made_replaced_and_deleted(ec2, vpc, gateway, table):
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="192.168.7.9/16", GatewayId=gateway)
    route = describe(ec2, table)["Routes"][1]
    assert (route["DestinationCidrBlock"], route["GatewayId"]) == ("192.168.0.0/16", gateway)
    with refused("RouteAlreadyExists", "The route identified by 192.168.0.0/16 already exists."):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="192.168.0.0/16", GatewayId=gateway)
    ec2.replace_route(RouteTableId=table, DestinationCidrBlock="192.168.0.0/16", GatewayId=gateway)
    ec2.delete_route(RouteTableId=table, DestinationCidrBlock="192.168.0.0/16")
    with refused("InvalidRoute.NotFound", f"no route with destination-cidr-block 192.168.0.0/16 in route table {table}"):
        ec2.delete_route(RouteTableId=table, DestinationCidrBlock="192.168.0.0/16")
    with refused("InvalidParameterValue", "There is no route defined for '192.168.0.0/16' in the route table."):
        ec2.replace_route(RouteTableId=table, DestinationCidrBlock="192.168.0.0/16", GatewayId=gateway)


def test_ipv6_destinations_are_their_own(ec2, gateway, table):
    ec2.create_route(RouteTableId=table, DestinationIpv6CidrBlock="::/0", GatewayId=gateway)
    assert describe(ec2, table)["Routes"][1]["DestinationIpv6CidrBlock"] == "::/0"
    with refused("InvalidRoute.NotFound", "no route with destination-ipv6-cidr-block"):
        ec2.delete_route(RouteTableId=table, DestinationIpv6CidrBlock="2001:db8::/32")
    with refused("InvalidParameterValue", "Value (::/0) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block."):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="::/0", GatewayId=gateway)


def test_a_detached_gateway_leaves_a_blackhole(ec2, vpc, gateway, table):
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    assert describe(ec2, table)["Routes"][1]["State"] == "blackhole"
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    assert describe(ec2, table)["Routes"][1]["State"] == "active"


def test_targets_must_exist_and_be_of_the_same_network(ec2, table):
    with refused("InvalidGatewayID.NotFound", "The gateway ID 'igw-00000000' does not exist"):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId="igw-00000000")
    with refused("InvalidGatewayID.NotFound", "The gateway ID 'local' does not exist"):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId="local")
    with refused("InvalidNetworkInterfaceID.NotFound", "The networkInterface ID 'eni-00000000' does not exist"):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NetworkInterfaceId="eni-00000000")
    with refused("InvalidInstanceID.NotFound"):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", InstanceId="i-00000000")
    other = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    with refused("InvalidParameterValue", f"route table {table} and network gateway {other} belong to different networks"):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=other)
    with refused("MissingParameter"):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    with refused("UnsupportedOperation", "TransitGatewayId"):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", TransitGatewayId="tgw-1")
    with refused("InvalidRouteTableID.NotFound", "The routeTable ID 'rtb-00000000' does not exist"):
        ec2.create_route(RouteTableId="rtb-00000000", DestinationCidrBlock="0.0.0.0/0", GatewayId=other)


def test_routes_inside_the_vpc_go_to_interfaces_of_whole_subnets(ec2, subnet, gateway, table):
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    with refused("InvalidParameterValue", "This route can target only an interface or an instance."):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.0.1.0/24", GatewayId=gateway)
    with refused("InvalidParameterValue", "10.0.2.0/24 must match"):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.0.2.0/24", NetworkInterfaceId=interface)
    with refused("RouteAlreadyExists"):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.0.0.0/16", NetworkInterfaceId=interface)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.0.1.0/24", NetworkInterfaceId=interface)
    route = describe(ec2, table)["Routes"][1]
    # No instance is attached to the interface yet.
    assert (route["NetworkInterfaceId"], route["State"]) == (interface, "blackhole")
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    assert describe(ec2, table)["Routes"][1]["State"] == "blackhole"


def test_the_local_route_takes_another_target_and_its_own_back_but_stays(ec2, subnet, table):
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    ec2.replace_route(RouteTableId=table, DestinationCidrBlock="10.0.0.0/16", NetworkInterfaceId=interface)
    (route,) = describe(ec2, table)["Routes"]
    assert (route["NetworkInterfaceId"], route["Origin"]) == (interface, "CreateRouteTable")
    ec2.replace_route(RouteTableId=table, DestinationCidrBlock="10.0.0.0/16", LocalTarget=True)
    assert describe(ec2, table)["Routes"] == [LOCAL]
    with refused("InvalidParameterValue", f"cannot remove local route 10.0.0.0/16 in route table {table}"):
        ec2.delete_route(RouteTableId=table, DestinationCidrBlock="10.0.0.0/16")


def test_a_subnet_is_associated_moved_and_let_go(ec2, vpc, subnet, table):
    made = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    assert made["AssociationState"] == {"State": "associated"}
    (association,) = describe(ec2, table)["Associations"]
    assert association == {
        "Main": False,
        "RouteTableAssociationId": made["AssociationId"],
        "RouteTableId": table,
        "SubnetId": subnet,
        "AssociationState": {"State": "associated"},
    }
    other = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    with refused("Resource.AlreadyAssociated", f"the specified association for route table {other} conflicts with an existing association"):
        ec2.associate_route_table(RouteTableId=other, SubnetId=subnet)
    with refused("DependencyViolation", f"The routeTable '{table}' has dependencies and cannot be deleted."):
        ec2.delete_route_table(RouteTableId=table)
    moved = ec2.replace_route_table_association(AssociationId=made["AssociationId"], RouteTableId=other)["NewAssociationId"]
    assert describe(ec2, table)["Associations"] == []
    ec2.disassociate_route_table(AssociationId=moved)
    with refused("InvalidAssociationID.NotFound", f"The association ID '{moved}' does not exist"):
        ec2.disassociate_route_table(AssociationId=moved)
    ec2.delete_route_table(RouteTableId=table)
    with refused("InvalidRouteTableID.NotFound", f"The routeTable ID '{table}' does not exist"):
        ec2.describe_route_tables(RouteTableIds=[table])


def test_the_main_table_changes_but_never_goes(ec2, vpc, table):
    main = main_table(ec2, vpc)
    association = main["Associations"][0]["RouteTableAssociationId"]
    with refused("InvalidParameterValue", f"cannot disassociate the main route table association {association}"):
        ec2.disassociate_route_table(AssociationId=association)
    with refused("DependencyViolation"):
        ec2.delete_route_table(RouteTableId=main["RouteTableId"])
    ec2.replace_route_table_association(AssociationId=association, RouteTableId=table)
    assert main_table(ec2, vpc)["RouteTableId"] == table


def test_a_gateway_uses_a_table_too(ec2, vpc, gateway, table):
    ec2.associate_route_table(RouteTableId=table, GatewayId=gateway)
    assert describe(ec2, table)["Associations"][0]["GatewayId"] == gateway
    with refused("InvalidParameterValue"):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)


def test_networks_do_not_mix(ec2, subnet, table):
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    other = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    with refused("InvalidParameterValue", f"route table {other} and subnet {subnet} belong to different networks"):
        ec2.associate_route_table(RouteTableId=other, SubnetId=subnet)


def test_every_filter_finds_the_table_and_only_it(ec2, vpc, subnet, gateway, table):
    association = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="192.168.0.0/16", GatewayId=gateway)
    ec2.create_route(RouteTableId=table, DestinationIpv6CidrBlock="::/0", GatewayId=gateway)
    ec2.create_tags(Resources=[table], Tags=[{"Key": "name", "Value": "mine"}])
    for name, value in [
        ("association.route-table-association-id", association),
        ("association.route-table-id", table),
        ("association.subnet-id", subnet),
        ("route-table-id", table),
        ("route.destination-cidr-block", "192.168.*"),
        ("route.destination-ipv6-cidr-block", "::/0"),
        ("route.gateway-id", gateway),
        ("tag:name", "mine"),
        ("tag-key", "name"),
    ]:
        found = ec2.describe_route_tables(Filters=[{"Name": name, "Values": [value]}])["RouteTables"]
        assert [shown["RouteTableId"] for shown in found] == [table], name
    in_vpc = {"Name": "vpc-id", "Values": [vpc]}
    for name, value, count in [
        ("association.main", "false", 1),
        ("route.origin", "CreateRoute", 1),
        ("route.state", "active", 2),
        ("owner-id", "123456789012", 2),
    ]:
        found = ec2.describe_route_tables(Filters=[in_vpc, {"Name": name, "Values": [value]}])["RouteTables"]
        assert len(found) == count, name


def test_a_route_to_an_instance_leads_to_its_only_interface_while_it_runs(ec2, subnet, table):
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    launch = {"ImageId": image, "InstanceType": "m5.large", "SubnetId": subnet, "MinCount": 1, "MaxCount": 1}
    instance = ec2.run_instances(**launch)["Instances"][0]
    ec2.get_waiter("instance_running").wait(InstanceIds=[instance["InstanceId"]])
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", InstanceId=instance["InstanceId"])

    def route():
        return describe(ec2, table)["Routes"][1]

    primary = instance["NetworkInterfaces"][0]["NetworkInterfaceId"]
    assert route() == {
        "DestinationCidrBlock": "0.0.0.0/0",
        "InstanceId": instance["InstanceId"],
        "InstanceOwnerId": "123456789012",
        "NetworkInterfaceId": primary,
        "Origin": "CreateRoute",
        "State": "active",
    }
    filters = [{"Name": "route.instance-id", "Values": [instance["InstanceId"]]}]
    assert [shown["RouteTableId"] for shown in ec2.describe_route_tables(Filters=filters)["RouteTables"]] == [table]
    ec2.stop_instances(InstanceIds=[instance["InstanceId"]])
    ec2.get_waiter("instance_stopped").wait(InstanceIds=[instance["InstanceId"]])
    assert route()["State"] == "blackhole"
    second = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    ec2.attach_network_interface(NetworkInterfaceId=second, InstanceId=instance["InstanceId"], DeviceIndex=1)
    with refused("InvalidInstanceID", f"There are multiple interfaces attached to instance '{instance['InstanceId']}'."):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="192.168.0.0/16", InstanceId=instance["InstanceId"])


def test_a_detached_gateway_is_served_by_no_table(ec2, vpc, gateway, table):
    ec2.associate_route_table(RouteTableId=table, GatewayId=gateway)
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    assert describe(ec2, table)["Associations"] == []
    ec2.delete_route_table(RouteTableId=table)
