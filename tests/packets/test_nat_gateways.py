"""NAT gateways and egress-only gateways: who gets out, from which address, and who does not get in."""

import subprocess
import sys

import pytest

from errors import refused
from host import run
from lab import Known, answers, asks, soon

HOST = "203.0.113.1"
# Tells each that asks from which address it asked.
WHO = """
import socket, sys
listener = socket.create_server((sys.argv[1], 7000))
print("ready", flush=True)
while True:
    connection, peer = listener.accept()
    connection.sendall(peer[0].encode())
    connection.close()
"""


@pytest.fixture
def who():
    """Starts a server that says who asks it, on the host or in an instance."""
    started = []

    def who(inside=None):
        command = [sys.executable if inside is None else "python3", "-c", WHO, inside.address if inside else HOST]
        server = subprocess.Popen(inside.command(*command) if inside else command, stdout=subprocess.PIPE, text=True)
        started.append(server)
        assert server.stdout.readline() == "ready\n"

    yield who
    for server in started:
        server.terminate()
        server.wait(timeout=10)


class Private:
    """A subnet with a route table of its own, which has no route to the internet, and an instance in it."""

    def __init__(self, lab, network="10.0.1", launch=True, **members):
        self.lab = lab
        self.subnet = lab.ec2.create_subnet(VpcId=lab.vpc, CidrBlock=f"{network}.0/24", **members)["Subnet"]["SubnetId"]
        self.routes = lab.ec2.create_route_table(VpcId=lab.vpc)["RouteTable"]["RouteTableId"]
        lab.ec2.associate_route_table(RouteTableId=self.routes, SubnetId=self.subnet)
        ipv6 = {"ipv6": 1} if members else {}
        self.instance = lab.launch(f"{network}.10", SubnetId=self.subnet, **ipv6) if launch else None

    def route(self, gateway, destination="0.0.0.0/0"):
        self.lab.ec2.create_route(RouteTableId=self.routes, DestinationCidrBlock=destination, NatGatewayId=gateway)


class Gateway:
    """A NAT gateway, public unless told otherwise, that is available."""

    def __init__(self, lab, subnet=None, **members):
        self.ec2 = lab.ec2
        if "ConnectivityType" not in members:
            members["AllocationId"] = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        self.id = self.ec2.create_nat_gateway(SubnetId=subnet or lab.subnet, **members)["NatGateway"]["NatGatewayId"]
        assert soon(lambda: self.describe()["State"] == "available")

    def describe(self):
        return self.ec2.describe_nat_gateways(NatGatewayIds=[self.id])["NatGateways"][0]

    def addresses(self, kind="PublicIp"):
        return {each[kind] for each in self.describe()["NatGatewayAddresses"] if each["Status"] == "succeeded"}


def seen(instance, address=HOST):
    """From which addresses a server sees an instance ask."""
    # A gateway chooses at random: one of two addresses is not chosen once in a thousand million runs.
    return {instance.asks(address, 7000) for _ in range(30)}


def test_a_private_subnet_reaches_the_internet_from_the_elastic_ip_of_its_gateway_and_is_not_reached(lab, who):
    lab = lab()
    who()
    private, other = Private(lab), Private(lab, "10.0.2")
    gateway = Gateway(lab)
    assert private.instance.asks(HOST, 7000) is None
    private.route(gateway.id)
    (public,) = gateway.addresses()
    assert private.instance.asks(HOST, 7000) == public
    assert private.instance.pings(HOST)
    assert other.instance.asks(HOST, 7000) is None, "its table has no route"
    assert private.instance.pings(other.instance.address)
    assert not answers(public)
    lab.ec2.delete_nat_gateway(NatGatewayId=gateway.id)
    assert soon(lambda: gateway.describe()["State"] == "deleted")
    assert private.instance.asks(HOST, 7000) is None, "the route is a blackhole"


def test_an_elastic_ip_behind_a_nat_gateway_is_not_reached_from_the_internet(lab):
    lab = lab()
    private = Private(lab)
    private.instance.answer(private.instance.address)
    private.route(Gateway(lab).id)
    public = lab.elastic(private.instance.interface, private.instance.address)
    # Its answers leave by the NAT gateway, which knows no connection that they belong to.
    assert not answers(public)
    assert asks(public) is None
    assert private.instance.pings(HOST)


def test_a_gateway_speaks_from_all_of_its_elastic_ips_and_no_longer_from_one_that_was_taken_away(lab, who):
    lab = lab()
    who()
    private = Private(lab)
    gateway = Gateway(lab)
    private.route(gateway.id)
    first = gateway.addresses()
    assert seen(private.instance) == first
    more = lab.ec2.allocate_address(Domain="vpc")["AllocationId"]
    lab.ec2.associate_nat_gateway_address(NatGatewayId=gateway.id, AllocationIds=[more])
    assert soon(lambda: len(gateway.addresses()) == 2)
    assert seen(private.instance) == gateway.addresses()
    (second,) = [each["AssociationId"] for each in gateway.describe()["NatGatewayAddresses"] if each.get("AllocationId") == more]
    lab.ec2.disassociate_nat_gateway_address(NatGatewayId=gateway.id, AssociationIds=[second], MaxDrainDurationSeconds=1)
    assert soon(lambda: gateway.addresses() == first)
    assert seen(private.instance) == first


def test_a_private_gateway_speaks_from_its_private_addresses_given_by_list_and_by_count(lab, who):
    lab = lab()
    private, server = Private(lab), lab.launch("10.0.0.10")
    who(server)
    gateway = Gateway(
        lab,
        Private(lab, "10.0.2", launch=False).subnet,
        ConnectivityType="private",
        PrivateIpAddress="10.0.2.50",
        SecondaryPrivateIpAddresses=["10.0.2.51"],
    )
    private.route(gateway.id, "10.0.0.0/24")
    assert seen(private.instance, server.address) == {"10.0.2.50", "10.0.2.51"}
    lab.ec2.unassign_private_nat_gateway_address(NatGatewayId=gateway.id, PrivateIpAddresses=["10.0.2.51"], MaxDrainDurationSeconds=1)
    assert soon(lambda: gateway.addresses("PrivateIp") == {"10.0.2.50"})
    lab.ec2.assign_private_nat_gateway_address(NatGatewayId=gateway.id, PrivateIpAddressCount=1)
    assert soon(lambda: len(gateway.addresses("PrivateIp")) == 2)
    assert seen(private.instance, server.address) == gateway.addresses("PrivateIp")
    assert private.instance.asks(HOST, 7000) is None


def test_a_private_gateway_stands_for_its_subnet_in_a_peered_vpc(lab, who):
    here, there = lab(), lab(network="10.1")
    private, server = Private(here), there.launch("10.1.0.10")
    who(server)
    gateway = Gateway(here, ConnectivityType="private", PrivateIpAddress="10.0.0.77")
    ec2 = here.ec2
    made = ec2.create_vpc_peering_connection(VpcId=here.vpc, PeerVpcId=there.vpc)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=made)
    ec2.create_route(RouteTableId=here.routes, DestinationCidrBlock="10.1.0.0/16", VpcPeeringConnectionId=made)
    # The other VPC has a way back to the gateway's subnet, and none to the private one.
    ec2.create_route(RouteTableId=there.routes, DestinationCidrBlock="10.0.0.0/24", VpcPeeringConnectionId=made)
    private.route(gateway.id, "10.1.0.0/16")
    assert private.instance.asks(server.address, 7000) == "10.0.0.77"


def test_elastic_ips_of_the_same_vpc_and_of_another_are_reached_through_a_gateway(lab, who):
    here, there = lab(), lab(network="10.1")
    private, neighbour, other = Private(here), here.launch("10.0.0.10"), there.launch("10.1.0.10")
    for server in (neighbour, other):
        who(server)
    gateway = Gateway(here)
    private.route(gateway.id)
    (public,) = gateway.addresses()
    assert private.instance.asks(there.elastic(other.interface, other.address), 7000) == public
    own = here.elastic(neighbour.interface, neighbour.address)
    assert private.instance.asks(own, 7000) == public
    assert neighbour.asks(own, 7000) == own


def test_network_acls_of_the_gateways_subnet_judge_what_passes_it(lab, who):
    lab = lab()
    who()
    private = Private(lab)
    private.route(Gateway(lab).id)
    (default,) = lab.ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [lab.vpc]}])["NetworkAcls"]
    (association,) = [each for each in default["Associations"] if each["SubnetId"] == lab.subnet]
    acl = lab.ec2.create_network_acl(VpcId=lab.vpc)["NetworkAcl"]["NetworkAclId"]

    def allow(number, egress, block, protocol="-1", **members):
        entry = {"RuleNumber": number, "Egress": egress, "RuleAction": "allow", "CidrBlock": block, "Protocol": protocol}
        lab.ec2.create_network_acl_entry(NetworkAclId=acl, **entry, **members)

    allow(100, False, "10.0.1.0/24")
    allow(100, True, "0.0.0.0/0")
    lab.ec2.replace_network_acl_association(AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl)
    assert private.instance.asks(HOST, 7000) is None
    allow(110, False, "0.0.0.0/0", "6", PortRange={"From": 1024, "To": 65535})
    assert private.instance.asks(HOST, 7000)
    assert not private.instance.pings(HOST)


def test_too_large_a_packet_is_answered_with_the_mtu_through_a_gateway(lab):
    lab = lab()
    private = Private(lab)
    private.route(Gateway(lab).id)
    told = private.instance.run("ping", "-n", "-c", "2", "-W", "1", "-M", "do", "-s", "3000", HOST, check=False)
    assert "mtu = 1500" in told or "mtu=1500" in told, told
    assert private.instance.pings(HOST)


def test_a_connection_that_the_gateway_has_forgotten_is_reset(lab):
    here, there = lab(), lab(network="10.1")
    private, server = Private(here), there.launch("10.1.0.10")
    server.answer(server.address)
    gateway = Gateway(here)
    private.route(gateway.id)
    public = there.elastic(server.interface, server.address)
    with Known(public, inside=private.instance) as connection:
        assert connection.lives()
        # As after 350 idle seconds.
        run("nsenter", f"--net={here.server.data}/netns/{gateway.id}", "conntrack", "-D", "-p", "tcp")
        assert not connection.lives()
        assert connection.said == "reset"


def test_a_connection_through_a_gateway_is_tracked_even_if_everybody_may_open_it(lab):
    here, there = lab(), lab(network="10.1")
    private, server = Private(here), there.launch("10.1.0.10")
    server.answer(server.address)
    private.route(Gateway(here).id)
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    with Known(there.elastic(server.interface, server.address), inside=private.instance) as connection:
        here.ec2.revoke_security_group_egress(GroupId=here.open, IpPermissions=[everything])
        assert connection.lives()


def test_ipv6_behind_an_egress_only_gateway_is_not_reached_although_the_vpc_has_an_internet_gateway(lab):
    lab = lab(ipv6=True)
    (block,) = lab.ec2.describe_vpcs(VpcIds=[lab.vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
    private = Private(lab, Ipv6CidrBlock=block["Ipv6CidrBlock"].replace("00::/56", "01::/64"))
    public = lab.launch("10.0.0.10", ipv6=1)
    (own,) = private.instance.ipv6
    private.instance.answer(own)
    made = lab.ec2.create_egress_only_internet_gateway(VpcId=lab.vpc)["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
    assert not private.instance.pings("2001:db8::1")
    lab.ec2.create_route(RouteTableId=private.routes, DestinationIpv6CidrBlock="::/0", EgressOnlyInternetGatewayId=made)
    assert private.instance.pings("2001:db8::1")
    assert not answers(own)
    assert asks(own) is None
    assert answers(public.ipv6[0]), "whose subnet has a route to the internet gateway"
    assert public.asks(own) == private.instance.id
    assert private.instance.pings("2001:db8::1")


def test_the_interface_of_a_gateway_is_not_its_owners_to_change(lab):
    lab = lab()
    (address,) = Gateway(lab).describe()["NatGatewayAddresses"]
    interface = {"NetworkInterfaceId": address["NetworkInterfaceId"]}
    other = lab.ec2.allocate_address(Domain="vpc")["AllocationId"]
    for call, members in [
        (lab.ec2.assign_private_ip_addresses, {"SecondaryPrivateIpAddressCount": 1, **interface}),
        (lab.ec2.modify_network_interface_attribute, {"SourceDestCheck": {"Value": True}, **interface}),
        (lab.ec2.associate_address, {"AllocationId": other, "AllowReassociation": True, **interface}),
        (lab.ec2.disassociate_address, {"AssociationId": address["AssociationId"]}),
    ]:
        with refused("AuthFailure"):
            call(**members)
