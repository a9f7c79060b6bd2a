"""NAT gateways, as boto3 sees them."""

import pytest

from errors import refused
from test_instances import launch


@pytest.fixture
def internet(ec2, vpc):
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    return gateway


def allocate(ec2):
    return ec2.allocate_address(Domain="vpc")["AllocationId"]


def create(ec2, subnet, **more):
    return ec2.create_nat_gateway(SubnetId=subnet, **more)["NatGateway"]["NatGatewayId"]


def describe(ec2, gateway):
    return ec2.describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"][0]


def test_a_public_gateway_holds_its_elastic_ip_on_an_interface_that_users_cannot_change(ec2, vpc, subnet, internet):
    address = ec2.allocate_address(Domain="vpc")
    tags = [{"Key": "name", "Value": "mine"}]
    made = ec2.create_nat_gateway(
        SubnetId=subnet,
        AllocationId=address["AllocationId"],
        ClientToken="once",
        TagSpecifications=[{"ResourceType": "natgateway", "Tags": tags}],
    )
    assert made["ClientToken"] == "once" and made["NatGateway"]["State"] == "pending"
    gateway = made["NatGateway"]["NatGatewayId"]
    assert made["NatGateway"]["NatGatewayAddresses"] == [{"AllocationId": address["AllocationId"]}]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[gateway])
    shown = describe(ec2, gateway)
    (held,) = shown["NatGatewayAddresses"]
    assert (shown["State"], shown["ConnectivityType"], shown["VpcId"], shown["SubnetId"]) == ("available", "public", vpc, subnet)
    assert shown["CreateTime"].microsecond == 0
    assert shown["Tags"] == tags and "CreateTime" in shown and "DeleteTime" not in shown
    assert (held["PublicIp"], held["AllocationId"], held["IsPrimary"], held["Status"]) == (
        address["PublicIp"],
        address["AllocationId"],
        True,
        "succeeded",
    )
    (interface,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[held["NetworkInterfaceId"]])["NetworkInterfaces"]
    assert interface["InterfaceType"] == "nat_gateway" and interface["Description"] == f"Interface for NAT Gateway {gateway}"
    assert interface["RequesterManaged"] is True and interface["Status"] == "in-use" and interface["Groups"] == []
    assert interface["PrivateIpAddress"] == held["PrivateIp"] and interface["Association"]["PublicIp"] == address["PublicIp"]
    with refused("InvalidParameterValue", "currently in use"):
        ec2.delete_network_interface(NetworkInterfaceId=held["NetworkInterfaceId"])
    with refused("AuthFailure", "You do not have permission to access the specified resource.", status=400):
        ec2.assign_private_ip_addresses(NetworkInterfaceId=held["NetworkInterfaceId"], SecondaryPrivateIpAddressCount=1)
    with refused("AuthFailure", "You do not have permission to access the specified resource.", status=400):
        ec2.disassociate_address(AssociationId=held["AssociationId"])
    with refused("AuthFailure", "You do not have permission to access the specified resource.", status=400):
        launch(ec2, NetworkInterfaces=[{"DeviceIndex": 0, "NetworkInterfaceId": held["NetworkInterfaceId"]}])


def test_a_deleted_gateway_lets_its_elastic_ip_go_and_leaves_a_blackhole(ec2, vpc, subnet, internet):
    allocation = allocate(ec2)
    gateway = create(ec2, subnet, AllocationId=allocation)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=gateway)

    def route():
        filters = [{"Name": "route.nat-gateway-id", "Values": [gateway]}]
        return ec2.describe_route_tables(Filters=filters)["RouteTables"][0]["Routes"][1]

    assert (route()["NatGatewayId"], route()["State"]) == (gateway, "active")
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnet)
    interface = describe(ec2, gateway)["NatGatewayAddresses"][0]["NetworkInterfaceId"]
    assert ec2.delete_nat_gateway(NatGatewayId=gateway)["NatGatewayId"] == gateway
    ec2.get_waiter("nat_gateway_deleted").wait(NatGatewayIds=[gateway])
    shown = describe(ec2, gateway)
    assert shown["State"] == "deleted" and "DeleteTime" in shown
    assert shown["NatGatewayAddresses"][0]["AllocationId"] == allocation
    assert route()["State"] == "blackhole"
    with refused("InvalidNetworkInterfaceID.NotFound"):
        ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])
    ec2.release_address(AllocationId=allocation)
    # It is shown still, so that deleting it again succeeds and changes nothing.
    assert ec2.delete_nat_gateway(NatGatewayId=gateway)["NatGatewayId"] == gateway
    assert describe(ec2, gateway) == shown
    with refused("NatGatewayNotFound", "nat-00000000000000000 was not found"):
        ec2.delete_nat_gateway(NatGatewayId="nat-00000000000000000")
    ec2.delete_subnet(SubnetId=subnet)


def test_a_gateway_that_cannot_work_is_made_and_has_failed(ec2, vpc, subnet):
    allocation = allocate(ec2)
    made = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=allocation)["NatGateway"]
    assert made["Tags"] == describe(ec2, made["NatGatewayId"])["Tags"] == []
    assert made["State"] == "pending" and "DeleteTime" not in made and "FailureCode" not in made
    failed = describe(ec2, made["NatGatewayId"])
    assert (failed["State"], failed["FailureCode"]) == ("failed", "Gateway.NotAttached")
    assert failed["FailureMessage"] == f"Network {vpc} has no Internet gateway attached"
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    create(ec2, subnet, AllocationId=allocation)
    failed = describe(ec2, create(ec2, subnet, AllocationId=allocation))
    assert (failed["State"], failed["FailureCode"]) == ("failed", "Resource.AlreadyAssociated")
    assert failed["FailureMessage"] == f"Elastic IP address [{allocation}] is already associated"


def test_a_private_gateway_has_private_addresses_only(ec2, subnet):
    gateway = create(
        ec2,
        subnet,
        ConnectivityType="private",
        PrivateIpAddress="10.0.1.10",
        SecondaryPrivateIpAddresses=["10.0.1.11"],
    )
    shown = describe(ec2, gateway)
    assert shown["ConnectivityType"] == "private"
    assert [(address["PrivateIp"], address["IsPrimary"]) for address in shown["NatGatewayAddresses"]] == [
        ("10.0.1.10", True),
        ("10.0.1.11", False),
    ]
    assert "PublicIp" not in shown["NatGatewayAddresses"][0]
    assigned = ec2.assign_private_nat_gateway_address(NatGatewayId=gateway, PrivateIpAddresses=["10.0.1.12"])["NatGatewayAddresses"]
    [interface] = {address["NetworkInterfaceId"] for address in shown["NatGatewayAddresses"]}
    assert assigned == [{"NetworkInterfaceId": interface, "IsPrimary": False, "Status": "assigning"}]
    assert describe(ec2, gateway)["NatGatewayAddresses"][2]["PrivateIp"] == "10.0.1.12"
    more = ec2.assign_private_nat_gateway_address(NatGatewayId=gateway, PrivateIpAddressCount=2)["NatGatewayAddresses"]
    assert len(more) == 2 and len(describe(ec2, gateway)["NatGatewayAddresses"]) == 5
    gone = ec2.unassign_private_nat_gateway_address(NatGatewayId=gateway, PrivateIpAddresses=["10.0.1.11"])["NatGatewayAddresses"]
    assert [(address["PrivateIp"], address["Status"]) for address in gone] == [("10.0.1.11", "unassigning")]
    with refused("InvalidParameterValue", "The primary IP address of an interface cannot be unassigned."):
        ec2.unassign_private_nat_gateway_address(NatGatewayId=gateway, PrivateIpAddresses=["10.0.1.10"])
    with refused("UnsupportedOperation"):
        ec2.associate_nat_gateway_address(NatGatewayId=gateway, AllocationIds=[allocate(ec2)])
    with refused("PrivateIpAddressLimitExceeded"):
        ec2.assign_private_nat_gateway_address(NatGatewayId=gateway, PrivateIpAddressCount=5)


def test_a_public_gateway_takes_further_elastic_ips(ec2, subnet, internet):
    first, second, third = (allocate(ec2) for _ in range(3))
    gateway = create(
        ec2, subnet, AllocationId=first, SecondaryAllocationIds=[second], SecondaryPrivateIpAddresses=["10.0.1.20"]
    )
    addresses = describe(ec2, gateway)["NatGatewayAddresses"]
    assert [address["AllocationId"] for address in addresses] == [first, second]
    assert addresses[1]["PrivateIp"] == "10.0.1.20" and addresses[1]["IsPrimary"] is False
    (coming,) = ec2.associate_nat_gateway_address(NatGatewayId=gateway, AllocationIds=[third])["NatGatewayAddresses"]
    interface = addresses[0]["NetworkInterfaceId"]
    assert coming == {"AllocationId": third, "NetworkInterfaceId": interface, "IsPrimary": False, "Status": "associating"}
    added = describe(ec2, gateway)["NatGatewayAddresses"][2]
    assert added["AllocationId"] == third and added["Status"] == "succeeded"
    (gone,) = ec2.disassociate_nat_gateway_address(NatGatewayId=gateway, AssociationIds=[added["AssociationId"]])["NatGatewayAddresses"]
    assert (gone["AllocationId"], gone["Status"]) == (third, "disassociating")
    assert len(describe(ec2, gateway)["NatGatewayAddresses"]) == 2
    with refused("InvalidAssociationID.NotFound"):
        ec2.disassociate_nat_gateway_address(NatGatewayId=gateway, AssociationIds=[added["AssociationId"]])
    with refused("InvalidParameterValue"):
        ec2.disassociate_nat_gateway_address(NatGatewayId=gateway, AssociationIds=[addresses[0]["AssociationId"]])
    with refused("UnsupportedOperation"):
        ec2.assign_private_nat_gateway_address(NatGatewayId=gateway, PrivateIpAddressCount=1)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({}, "MissingParameter"),
        ({"AllocationId": "eipalloc-00000000"}, "InvalidAllocationID.NotFound"),
        ({"ConnectivityType": "secret"}, "InvalidParameterValue"),
        ({"ConnectivityType": "private", "AllocationId": "eipalloc-00000000"}, "InvalidParameterCombination"),
        ({"ConnectivityType": "private", "PrivateIpAddress": "10.9.0.1"}, "InvalidParameterValue"),
        ({"ConnectivityType": "private", "SecondaryPrivateIpAddressCount": 8}, "PrivateIpAddressLimitExceeded"),
        ({"AvailabilityMode": "regional"}, "UnsupportedOperation"),
    ],
)
def test_a_malformed_request_is_refused_and_makes_nothing(ec2, subnet, wrong, code):
    with refused(code):
        create(ec2, subnet, **wrong)
    assert ec2.describe_nat_gateways()["NatGateways"] == []


def test_every_filter_finds_the_gateway_and_only_it(ec2, vpc, subnet):
    tags = [{"Key": "name", "Value": "mine"}]
    gateway = create(ec2, subnet, ConnectivityType="private", TagSpecifications=[{"ResourceType": "natgateway", "Tags": tags}])
    elsewhere = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    other = ec2.create_subnet(VpcId=elsewhere, CidrBlock="10.1.1.0/24")["Subnet"]["SubnetId"]
    ec2.delete_nat_gateway(NatGatewayId=create(ec2, other, ConnectivityType="private"))
    for name, value in [
        ("nat-gateway-id", gateway),
        ("state", "available"),
        ("subnet-id", subnet),
        ("vpc-id", vpc),
        ("tag:name", "mine"),
    ]:
        found = ec2.describe_nat_gateways(Filter=[{"Name": name, "Values": [value]}])["NatGateways"]
        assert [shown["NatGatewayId"] for shown in found] == [gateway], name
    with refused("NatGatewayNotFound"):
        ec2.describe_nat_gateways(NatGatewayIds=["nat-00000000000000000"])
