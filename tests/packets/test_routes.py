"""Routes decide where packets go: to the internet, to an appliance, to another subnet."""

import subprocess
import sys

from lab import answers, asks


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


def test_a_rule_that_names_a_group_means_what_comes_straight_and_not_what_an_appliance_forwards(lab):
    lab = lab()
    appliance = lab.launch("10.0.0.10")
    appliance.run("sysctl", "-w", "net.ipv4.ip_forward=1")
    lab.ec2.modify_network_interface_attribute(NetworkInterfaceId=appliance.interface, SourceDestCheck={"Value": False})
    clients, servers = lab.group("clients"), lab.group("servers")
    from_clients = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": clients}]}
    lab.ec2.authorize_security_group_ingress(GroupId=servers, IpPermissions=[from_clients])
    near, far = (lab.ec2.create_subnet(VpcId=lab.vpc, CidrBlock=f"10.0.{n}.0/24")["Subnet"]["SubnetId"] for n in (1, 2))
    client, server = lab.launch(groups=[clients], SubnetId=near), lab.launch(groups=[servers], SubnetId=far)
    server.answer(server.address)
    assert client.asks(server.address) == server.id
    by_appliance = []
    for subnet, destination in [(near, "10.0.2.0/24"), (far, "10.0.1.0/24")]:
        table = lab.ec2.create_route_table(VpcId=lab.vpc)["RouteTable"]["RouteTableId"]
        lab.ec2.create_route(RouteTableId=table, DestinationCidrBlock=destination, InstanceId=appliance.id)
        by_appliance.append(lab.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"])
    assert client.asks(server.address) is None
    from_near = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.1.0/24"}]}
    lab.ec2.authorize_security_group_ingress(GroupId=servers, IpPermissions=[from_near])
    assert client.asks(server.address) == server.id
    # The other direction alike: a rule that lets out to a group does not let out by way of the appliance.
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    lab.ec2.revoke_security_group_egress(GroupId=clients, IpPermissions=[everything])
    to_servers = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": servers}]}
    lab.ec2.authorize_security_group_egress(GroupId=clients, IpPermissions=[to_servers])
    assert client.asks(server.address) is None
    for association in by_appliance:
        lab.ec2.disassociate_route_table(AssociationId=association)
    assert client.asks(server.address) == server.id
    # An appliance that is itself meant is reached, and reaches, as any other.
    lab.ec2.modify_network_interface_attribute(NetworkInterfaceId=appliance.interface, Groups=[servers])
    assert client.pings(appliance.address)
    lab.ec2.modify_network_interface_attribute(NetworkInterfaceId=appliance.interface, Groups=[clients])
    assert appliance.pings(server.address)


def test_a_gateway_route_table_leads_what_comes_from_the_internet_through_an_appliance(lab):
    lab = lab()
    between = lab.ec2.create_subnet(VpcId=lab.vpc, CidrBlock="10.0.9.0/24")["Subnet"]["SubnetId"]
    table = lab.ec2.create_route_table(VpcId=lab.vpc)["RouteTable"]["RouteTableId"]
    lab.ec2.associate_route_table(RouteTableId=table, SubnetId=between)
    lab.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=lab.gateway)
    appliance, web = lab.launch(SubnetId=between), lab.launch("10.0.0.10")
    appliance.run("sysctl", "-w", "net.ipv4.ip_forward=1")
    lab.ec2.modify_network_interface_attribute(NetworkInterfaceId=appliance.interface, SourceDestCheck={"Value": False})
    web.answer(web.address)
    public = lab.elastic(web.interface, web.address)
    edge = lab.ec2.create_route_table(VpcId=lab.vpc)["RouteTable"]["RouteTableId"]
    lab.ec2.associate_route_table(RouteTableId=edge, GatewayId=lab.gateway)
    assert asks(public) == web.id
    assert appliance.heard("IpForwDatagrams") == 0
    lab.ec2.create_route(RouteTableId=edge, DestinationCidrBlock="10.0.0.0/24", NetworkInterfaceId=appliance.interface)
    lab.ec2.replace_route(RouteTableId=lab.routes, DestinationCidrBlock="0.0.0.0/0", NetworkInterfaceId=appliance.interface)
    assert asks(public) == web.id
    assert web.pings("203.0.113.1")
    assert appliance.heard("IpForwDatagrams") > 5
    lab.ec2.stop_instances(InstanceIds=[appliance.id])
    lab.await_state(appliance.id, "stopped")
    assert asks(public) is None
    (edge,) = lab.ec2.describe_route_tables(RouteTableIds=[edge])["RouteTables"]
    assert {route["State"] for route in edge["Routes"] if route["DestinationCidrBlock"] == "10.0.0.0/24"} == {"blackhole"}
