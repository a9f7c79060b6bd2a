"""Egress-only internet gateways, as boto3 sees them."""

from errors import refused


def test_a_gateway_is_attached_to_its_vpc_until_it_is_deleted(ec2):
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_egress_only_internet_gateway(VpcId=vpc, ClientToken="once")
    gateway = made["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
    assert made["ClientToken"] == "once"
    shown = ec2.describe_egress_only_internet_gateways(EgressOnlyInternetGatewayIds=[gateway])["EgressOnlyInternetGateways"]
    assert shown == [{"Attachments": [{"State": "attached", "VpcId": vpc}], "EgressOnlyInternetGatewayId": gateway, "Tags": []}]
    with refused("InvalidParameterValue", f"Network {vpc} already has an egress-only internet gateway attached"):
        ec2.create_egress_only_internet_gateway(VpcId=vpc)
    with refused("DependencyViolation"):
        ec2.delete_vpc(VpcId=vpc)
    assert ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=gateway)["ReturnCode"] is True
    assert ec2.describe_egress_only_internet_gateways(EgressOnlyInternetGatewayIds=[gateway])["EgressOnlyInternetGateways"] == []
    with refused("InvalidGatewayID.NotFound"):
        ec2.describe_egress_only_internet_gateways(EgressOnlyInternetGatewayIds=[gateway, "eigw-x"])
    with refused("InvalidGatewayID.NotFound", f"The eigw ID '{gateway}' does not exist"):
        ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=gateway)


def test_only_ipv6_is_routed_to_it(ec2):
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_egress_only_internet_gateway(VpcId=vpc)["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    with refused("InvalidParameterValue"):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", EgressOnlyInternetGatewayId=gateway)
    ec2.create_route(RouteTableId=table, DestinationIpv6CidrBlock="::/0", EgressOnlyInternetGatewayId=gateway)

    def state():
        filters = [{"Name": "route.egress-only-internet-gateway-id", "Values": [gateway]}]
        return ec2.describe_route_tables(Filters=filters)["RouteTables"][0]["Routes"][1]["State"]

    assert state() == "active"
    ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=gateway)
    assert state() == "blackhole"
    with refused("InvalidGatewayID.NotFound"):
        ec2.replace_route(RouteTableId=table, DestinationIpv6CidrBlock="::/0", EgressOnlyInternetGatewayId=gateway)
    with refused("InvalidVpcID.NotFound"):
        ec2.create_egress_only_internet_gateway(VpcId="vpc-00000000")


def test_gateways_are_found_by_tags(ec2):
    vpc, other = (ec2.create_vpc(CidrBlock=f"10.{index}.0.0/16")["Vpc"]["VpcId"] for index in range(2))
    tags = [{"Key": "name", "Value": "mine"}]
    specification = [{"ResourceType": "egress-only-internet-gateway", "Tags": tags}]
    ec2.create_egress_only_internet_gateway(VpcId=other)
    ec2.create_egress_only_internet_gateway(VpcId=vpc, TagSpecifications=specification)
    (found,) = ec2.describe_egress_only_internet_gateways(Filters=[{"Name": "tag:name", "Values": ["mine"]}])["EgressOnlyInternetGateways"]
    assert found["Tags"] == tags
