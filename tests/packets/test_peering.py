"""Peered VPCs: security groups that name groups of the other side."""

from lab import soon


def test_a_rule_for_a_group_of_a_peered_vpc_is_for_the_addresses_of_its_members(lab):
    near, far = lab(), lab(network="10.1")
    ec2 = near.ec2
    peering = ec2.create_vpc_peering_connection(VpcId=near.vpc, PeerVpcId=far.vpc)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    for one, block in ((near, "10.1.0.0/16"), (far, "10.0.0.0/16")):
        ec2.create_route(RouteTableId=one.routes, DestinationCidrBlock=block, VpcPeeringConnectionId=peering)
    clients, servers = far.group("clients"), near.group("servers")
    server = near.launch("10.0.0.10", groups=[servers])
    client, stranger = far.launch("10.1.0.10", groups=[far.open, clients]), far.launch("10.1.0.20")
    assert not client.pings(server.address)
    rule = {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "UserIdGroupPairs": [{"GroupId": clients}]}
    ec2.authorize_security_group_ingress(GroupId=servers, IpPermissions=[rule])
    assert client.pings(server.address)
    assert not stranger.pings(server.address)
    # Members come and go, and their addresses with them.
    ec2.assign_private_ip_addresses(NetworkInterfaceId=client.interface, PrivateIpAddresses=["10.1.0.11"])
    client.add("10.1.0.11/24")
    assert client.pings(server.address, source="10.1.0.11")
    ec2.modify_network_interface_attribute(NetworkInterfaceId=stranger.interface, Groups=[clients, far.open])
    assert stranger.pings(server.address)
    ec2.modify_network_interface_attribute(NetworkInterfaceId=client.interface, Groups=[far.open])
    # A new flow; the kernel knows the old ones of the same addresses for as long as they are tracked.
    ec2.assign_private_ip_addresses(NetworkInterfaceId=client.interface, PrivateIpAddresses=["10.1.0.12"])
    client.add("10.1.0.12/24")
    assert not client.pings(server.address, source="10.1.0.12")
    # Outwards, too.
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.revoke_security_group_egress(GroupId=servers, IpPermissions=[everything])
    assert not server.pings(stranger.address)
    ec2.authorize_security_group_egress(GroupId=servers, IpPermissions=[rule])
    assert server.pings(stranger.address)
    assert not server.pings("10.1.0.12")
    # Without the peering, the rules are stale and for nobody.
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    assert soon(lambda: not server.pings(stranger.address))
