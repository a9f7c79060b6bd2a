"""Routes decide where packets go: to the internet, to an appliance, to another subnet."""

import subprocess
import sys

from lab import answers


def test_without_a_route_to_the_gateway_there_is_no_internet(lab):
    lab = lab()
    instance = lab.launch("10.0.0.10")
    public = lab.elastic(instance.interface, "10.0.0.10")
    assert answers(public)
    lab.ec2.delete_route(RouteTableId=lab.routes, DestinationCidrBlock="0.0.0.0/0")
    assert not answers(public)
    assert not instance.pings("203.0.113.1")
    lab.ec2.create_route(RouteTableId=lab.routes, DestinationCidrBlock="0.0.0.0/0", GatewayId=lab.gateway)
    assert answers(public)
    # A route more specific than that one, to nowhere but the instance itself.
    lab.ec2.create_route(RouteTableId=lab.routes, DestinationCidrBlock="203.0.113.0/24", NetworkInterfaceId=instance.interface)
    assert not answers(public)


def test_a_subnet_follows_the_route_table_that_is_associated_with_it(lab):
    lab = lab()
    instance = lab.launch("10.0.0.10")
    public = lab.elastic(instance.interface, "10.0.0.10")
    closed = lab.ec2.create_route_table(VpcId=lab.vpc)["RouteTable"]["RouteTableId"]
    association = lab.ec2.associate_route_table(RouteTableId=closed, SubnetId=lab.subnet)["AssociationId"]
    assert not answers(public)
    lab.ec2.disassociate_route_table(AssociationId=association)
    assert answers(public)


def test_subnets_of_a_vpc_reach_each_other_by_their_local_route(lab):
    lab = lab()
    first = lab.launch("10.0.0.10")
    lab.subnet = lab.ec2.create_subnet(VpcId=lab.vpc, CidrBlock="10.0.7.0/24")["Subnet"]["SubnetId"]
    second = lab.launch("10.0.7.10")
    assert first.pings(second.address)
    assert second.pings(first.address)


def test_an_error_message_comes_back_from_behind_an_elastic_ip(lab):
    lab = lab()
    instance = lab.launch("10.0.0.10")
    public = lab.elastic(instance.interface, "10.0.0.10")
    # The message quotes the packet that it is about: only with the Elastic IP in the quote does the sender know its own.
    ask = f"import socket; s = socket.socket(type=2); s.connect(('{public}', 9)); s.send(b''); s.settimeout(2); s.recv(1)"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True)
    assert "ConnectionRefusedError" in done.stderr, done.stderr


def test_a_flow_through_an_appliance_is_judged_by_the_groups_of_both_ends(lab):
    lab = lab()
    appliance = lab.launch("10.0.0.10")
    appliance.run("sysctl", "-w", "net.ipv4.ip_forward=1")
    lab.ec2.modify_network_interface_attribute(NetworkInterfaceId=appliance.interface, SourceDestCheck={"Value": False})
    group = lab.group("web")
    subnets = {
        here: lab.ec2.create_subnet(VpcId=lab.vpc, CidrBlock=f"{here}.0/24")["Subnet"]["SubnetId"] for here in ("10.0.1", "10.0.2")
    }
    ends = []
    for here, there, groups in [("10.0.1", "10.0.2", None), ("10.0.2", "10.0.1", [group])]:
        table = lab.ec2.create_route_table(VpcId=lab.vpc)["RouteTable"]["RouteTableId"]
        lab.ec2.create_route(RouteTableId=table, DestinationCidrBlock=f"{there}.0/24", InstanceId=appliance.id)
        lab.subnet = subnets[here]
        lab.ec2.associate_route_table(RouteTableId=table, SubnetId=lab.subnet)
        ends.append(lab.launch(f"{here}.10", groups=groups))
    client, server = ends
    server.answer(server.address)
    # The appliance's own groups let everything through; the server's do not, although they see the packet come from it.
    assert client.asks(server.address) is None
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.0.0.10/32"}]}
    lab.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    assert client.asks(server.address) is None
    rule["IpRanges"] = [{"CidrIp": f"{client.address}/32"}]
    lab.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    before = appliance.heard("IpForwDatagrams")
    assert client.asks(server.address) == server.id
    assert appliance.heard("IpForwDatagrams") > before
