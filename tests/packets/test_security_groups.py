"""A change of a security group takes effect on the first packet of the next flow."""

import socket

from lab import answers, asks


def web(cidr="0.0.0.0/0"):
    return {"IpPermissions": [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": cidr}]}]}


def test_a_rule_takes_effect_on_the_next_flow_and_known_flows_go_on(lab):
    lab = lab()
    group = lab.group("web")
    instance = lab.launch("10.0.0.10", groups=[group])
    instance.answer("10.0.0.10")
    public = lab.elastic(instance.interface, "10.0.0.10")
    assert asks(public) is None
    lab.ec2.authorize_security_group_ingress(GroupId=group, **web())
    assert asks(public) == instance.id
    with socket.create_connection((public, 80), timeout=2) as known:
        lines = known.makefile("rw")
        assert lines.readline().strip() == instance.id
        lab.ec2.revoke_security_group_ingress(GroupId=group, **web())
        assert asks(public) is None
        # EC2 tracks connections: the one that was allowed is not cut off.
        print("still here", file=lines, flush=True)
        assert lines.readline() == "still here\n"


def test_a_rule_lets_in_only_its_ports_protocols_and_addresses(lab):
    lab = lab()
    group = lab.group("web")
    instance, neighbour = lab.launch("10.0.0.10", groups=[group]), lab.launch("10.0.0.20")
    instance.answer("10.0.0.10", 80)
    instance.answer("10.0.0.10", 81)
    public = lab.elastic(instance.interface, "10.0.0.10")
    lab.ec2.authorize_security_group_ingress(GroupId=group, **web("10.0.0.20/32"))
    assert neighbour.asks("10.0.0.10", 80) == instance.id
    assert neighbour.asks("10.0.0.10", 81) is None
    assert not neighbour.pings("10.0.0.10")
    assert asks(public) is None


def test_the_sender_s_group_must_let_it_out(lab):
    lab = lab()
    group = lab.group("quiet")
    everything = {"IpPermissions": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]}
    sender, receiver = lab.launch("10.0.0.10", groups=[group]), lab.launch("10.0.0.20")
    assert sender.pings(receiver.address)
    lab.ec2.revoke_security_group_egress(GroupId=group, **everything)
    assert not sender.pings(receiver.address)
    # Nor may it answer unasked; but answers to what was let in go out.
    lab.ec2.authorize_security_group_ingress(GroupId=group, **everything)
    assert receiver.pings(sender.address)


def test_a_rule_that_names_a_group_follows_its_members(lab):
    lab = lab()
    servers, clients = lab.group("servers"), lab.group("clients")
    pair = [{"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "UserIdGroupPairs": [{"GroupId": clients}]}]
    lab.ec2.authorize_security_group_ingress(GroupId=servers, IpPermissions=pair)
    server, client = lab.launch("10.0.0.10", groups=[servers]), lab.launch("10.0.0.20", secondary=["10.0.0.21"])
    client.add("10.0.0.21/24")
    assert not client.pings(server.address)
    lab.ec2.modify_network_interface_attribute(NetworkInterfaceId=client.interface, Groups=[lab.open, clients])
    assert client.pings(server.address)
    # Groups are the interface's, so they hold for each of its addresses.
    assert client.pings(server.address, source="10.0.0.21")
    lab.ec2.modify_network_interface_attribute(NetworkInterfaceId=client.interface, Groups=[lab.open])
    assert not client.pings(server.address)


def test_the_default_group_lets_its_members_talk_and_nobody_else_in(lab):
    lab = lab()
    of_vpc = [{"Name": "vpc-id", "Values": [lab.vpc]}, {"Name": "group-name", "Values": ["default"]}]
    default = lab.ec2.describe_security_groups(Filters=of_vpc)["SecurityGroups"][0]["GroupId"]
    one, other = lab.launch("10.0.0.10", groups=[default]), lab.launch("10.0.0.20", groups=[default])
    stranger = lab.launch("10.0.0.30")
    public = lab.elastic(one.interface, one.address)
    assert one.pings(other.address) and other.pings(one.address)
    assert not stranger.pings(one.address)
    assert not answers(public)
