"""Network ACLs, as the API makes them: rules by number, no memory of connections, nothing within a subnet."""

import pytest

from lab import Known, soon

HTTP = {"From": 80, "To": 80}
EPHEMERAL = {"From": 1024, "To": 65535}
ECHO_REQUEST, ECHO_REPLY = {"Type": 8, "Code": -1}, {"Type": 0, "Code": -1}
ECHO_REPLY_V6 = {"Type": 129, "Code": 0}


class Acl:
    """A network ACL of a subnet's own, empty at first."""

    def __init__(self, lab, subnet):
        self.ec2 = lab.ec2
        by_subnet = [{"Name": "association.subnet-id", "Values": [subnet]}]
        (before,) = lab.ec2.describe_network_acls(Filters=by_subnet)["NetworkAcls"]
        (association,) = [each["NetworkAclAssociationId"] for each in before["Associations"] if each["SubnetId"] == subnet]
        self.before = before["NetworkAclId"]
        self.id = lab.ec2.create_network_acl(VpcId=lab.vpc)["NetworkAcl"]["NetworkAclId"]
        self.association = self.associate(association, self.id)

    def associate(self, association, acl):
        members = {"AssociationId": association, "NetworkAclId": acl}
        return self.ec2.replace_network_acl_association(**members)["NewAssociationId"]

    def leave(self):
        """The subnet has its first network ACL again."""
        self.associate(self.association, self.before)

    def rule(self, number, action, block, protocol="-1", out=False, **members):
        key = "Ipv6CidrBlock" if ":" in block else "CidrBlock"
        entry = {"NetworkAclId": self.id, "RuleNumber": number, "RuleAction": action, "Protocol": protocol, "Egress": out, key: block}
        self.ec2.create_network_acl_entry(**entry, **members)

    def delete(self, number, out=False):
        self.ec2.delete_network_acl_entry(NetworkAclId=self.id, RuleNumber=number, Egress=out)


@pytest.fixture
def ends(lab):
    """A client in one subnet, two instances in another one, of which the first serves, and that subnet's network ACL."""
    lab = lab(ipv6=True)
    (block,) = lab.ec2.describe_vpcs(VpcIds=[lab.vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
    blocks = {"CidrBlock": "10.0.1.0/24", "Ipv6CidrBlock": block["Ipv6CidrBlock"].replace("00::/56", "01::/64")}
    subnet = lab.ec2.create_subnet(VpcId=lab.vpc, **blocks)["Subnet"]["SubnetId"]
    client = lab.launch("10.0.0.10", ipv6=1)
    server, neighbour = (lab.launch(address, SubnetId=subnet, ipv6=1) for address in ("10.0.1.10", "10.0.1.11"))
    for address in [server.address, *server.ipv6]:
        server.answer(address)
    assert client.asks(server.address) == server.id
    return client, server, neighbour, Acl(lab, subnet)


def test_an_acl_lets_through_what_its_rules_say_in_each_direction(ends):
    client, server, neighbour, acl = ends
    (ipv6,) = server.ipv6
    assert client.asks(server.address) is None
    assert neighbour.asks(server.address) == server.id, "within a subnet it does not judge"
    acl.rule(100, "allow", "10.0.0.0/24", "6", PortRange=HTTP)
    assert client.asks(server.address) is None, "the answer does not get out"
    acl.rule(100, "allow", "10.0.0.0/24", "6", out=True, PortRange=EPHEMERAL)
    assert client.asks(server.address) == server.id
    assert client.asks(ipv6) is None, "IPv6 has rules of its own"
    acl.rule(101, "allow", "::/0", "6", PortRange=HTTP)
    acl.rule(101, "allow", "::/0", "6", out=True, PortRange=EPHEMERAL)
    assert client.asks(ipv6) == server.id
    acl.leave()
    assert client.pings(server.address) and server.pings(client.address)


def test_an_acl_tells_types_of_icmp_apart(ends):
    client, server, _, acl = ends
    (ipv6,) = server.ipv6
    acl.rule(100, "allow", "10.0.0.0/24", "1", IcmpTypeCode=ECHO_REQUEST)
    assert not client.pings(server.address)
    acl.rule(100, "allow", "10.0.0.0/24", "1", out=True, IcmpTypeCode=ECHO_REPLY)
    assert client.pings(server.address)
    assert not server.pings(client.address)
    acl.rule(101, "allow", "::/0", "58", IcmpTypeCode={"Type": -1, "Code": -1})
    acl.rule(101, "allow", "::/0", "58", out=True, IcmpTypeCode=ECHO_REPLY_V6)
    assert client.pings(ipv6)
    assert not server.pings(client.ipv6[0])


def test_the_lowest_number_that_matches_decides_also_of_flows_that_are_known(ends):
    client, server, _, acl = ends
    for out in (False, True):
        acl.rule(100, "allow", "0.0.0.0/0", out=out)
    assert "1 received" in client.run("ping", "-n", "-c", "1", "-s", "20000", server.address), "fragments are judged as a whole"
    with Known(server.address, inside=client) as known:
        assert known.lives()
        acl.rule(50, "deny", "10.0.0.10/32", "6", out=True, PortRange=EPHEMERAL)
        assert not known.lives()
        assert client.pings(server.address)
        acl.rule(40, "allow", "10.0.0.0/16", out=True)
        assert soon(known.lives)
        acl.delete(40, out=True)
        assert not known.lives()
        acl.delete(50, out=True)
        assert soon(known.lives)
