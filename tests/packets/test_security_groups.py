"""A change of a security group takes effect on the first packet of the next flow."""

from lab import Known, answers, asks, soon


def web(cidr="0.0.0.0/0"):
    return {"IpPermissions": [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": cidr}]}]}


def test_a_rule_takes_effect_on_the_next_flow_and_tracked_flows_go_on(lab):
    lab = lab()
    group = lab.group("web")
    instance = lab.launch("10.0.0.10", groups=[group])
    instance.answer("10.0.0.10")
    public = lab.elastic(instance.interface, "10.0.0.10")
    assert asks(public) is None
    lab.ec2.authorize_security_group_ingress(GroupId=group, **web("203.0.113.0/24"))
    assert asks(public) == instance.id
    with Known(public) as known:
        lab.ec2.revoke_security_group_ingress(GroupId=group, **web("203.0.113.0/24"))
        assert asks(public) is None
        # EC2 tracks connections that not everybody may open: the one that was allowed is not cut off.
        assert known.lives()


def test_a_flow_that_everybody_may_open_is_not_tracked_and_ends_with_its_rule(lab):
    lab = lab(ipv6=True)
    group = lab.group("web")
    instance = lab.launch("10.0.0.10", groups=[group], ipv6=1)
    (ipv6,) = instance.ipv6
    public = lab.elastic(instance.interface, "10.0.0.10")
    everybody = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}
    everybody |= {"IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
    for own, address in [("10.0.0.10", public), (ipv6, ipv6)]:
        instance.answer(own)
        lab.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[everybody])
        with Known(address) as known:
            assert known.lives()
            lab.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[everybody])
            assert not known.lives()
            # Nothing was tracked that could have ended.
            lab.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[everybody])
            assert soon(known.lives)
            lab.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[everybody])


def test_a_flow_is_not_tracked_only_where_all_its_answers_may_pass(lab):
    lab = lab()
    group, everything = lab.group("web"), {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    instance, other = lab.launch("10.0.0.10", groups=[group]), lab.launch("10.0.0.20")
    for server in (instance, other):
        server.answer(server.address)
    lab.ec2.authorize_security_group_ingress(GroupId=group, **web())
    # What it begins itself is tracked: not all answers would be let in unasked.
    with Known(other.address, inside=instance) as begun, Known(instance.address, inside=other) as received:
        lab.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[everything])
        assert begun.lives()
        assert not received.lives()
        # With nothing let out, what comes in is tracked from now on, and lets its answers out.
        with Known(instance.address, inside=other) as tracked:
            lab.ec2.revoke_security_group_ingress(GroupId=group, **web())
            assert tracked.lives()
            assert begun.lives()


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
