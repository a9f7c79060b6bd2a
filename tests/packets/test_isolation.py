"""What reaches whom: only what an address is assigned to, only from who holds the source, only within a VPC."""

from lab import answers, count, soon


def test_vpcs_of_the_same_addresses_do_not_see_each_other(lab):
    one, other = lab(), lab()
    asker, twin = one.launch("10.0.0.10"), other.launch("10.0.0.10")
    here, there = one.launch("10.0.0.20"), other.launch("10.0.0.20")
    alone = other.launch("10.0.0.30")
    here.answer("10.0.0.20")
    there.answer("10.0.0.20")
    assert asker.asks("10.0.0.20") == here.id
    assert twin.asks("10.0.0.20") == there.id
    assert twin.pings(alone.address)
    assert not asker.pings(alone.address)


def test_an_elastic_ip_reaches_an_instance_and_a_private_address_does_not(lab):
    lab = lab()
    instance = lab.launch("10.0.0.10")
    public = lab.elastic(instance.interface, "10.0.0.10")
    assert answers(public)
    assert not answers("10.0.0.10")
    # And out again: the host, which plays the internet, sees the Elastic IP.
    instance.run("ping", "-q", "-c", "1", "-W", "2", "203.0.113.1")


def test_an_elastic_ip_without_association_gets_nowhere(lab):
    lab = lab()
    instance = lab.launch("10.0.0.10")
    public = lab.elastic(instance.interface, "10.0.0.10")
    assert answers(public)
    (address,) = lab.ec2.describe_addresses()["Addresses"]
    lab.ec2.disassociate_address(AssociationId=address["AssociationId"])
    assert not answers(public)
    assert not instance.pings("203.0.113.1")


def test_an_instance_is_reached_at_an_automatic_public_address_before_and_after_an_elastic_ip(lab):
    lab = lab()
    lab.ec2.modify_subnet_attribute(SubnetId=lab.subnet, MapPublicIpOnLaunch={"Value": True})
    instance = lab.launch("10.0.0.10")
    shown = lambda: lab.ec2.describe_network_interfaces(NetworkInterfaceIds=[instance.interface])["NetworkInterfaces"][0]["Association"]
    first = shown()["PublicIp"]
    assert answers(first)
    public = lab.elastic(instance.interface, "10.0.0.10")
    assert answers(public) and not answers(first)
    lab.ec2.disassociate_address(AssociationId=shown()["AssociationId"])
    assert answers(shown()["PublicIp"]) and not answers(public)
    instance.run("ping", "-q", "-c", "1", "-W", "2", "203.0.113.1")


def test_an_unassigned_address_answers_nobody_until_it_is_assigned(lab):
    lab = lab()
    asker, holder = lab.launch("10.0.0.10"), lab.launch("10.0.0.20")
    # The guest may believe what it likes.
    holder.add("10.0.0.50/24")
    assert not asker.pings("10.0.0.50")
    lab.ec2.assign_private_ip_addresses(NetworkInterfaceId=holder.interface, PrivateIpAddresses=["10.0.0.50"])
    assert asker.pings("10.0.0.50")
    lab.ec2.unassign_private_ip_addresses(NetworkInterfaceId=holder.interface, PrivateIpAddresses=["10.0.0.50"])
    assert not asker.pings("10.0.0.50")


def test_a_spoofed_source_gets_nowhere(lab, host):
    lab = lab()
    liar, honest, victim = lab.launch("10.0.0.10"), lab.launch("10.0.0.20"), lab.launch("10.0.0.30")
    lab.elastic(liar.interface, "10.0.0.10")
    # One address that nobody has, one that another has, one of elsewhere.
    for source in ["10.0.0.99", honest.address, "192.0.2.1"]:
        liar.add(f"{source}/32")
        before = victim.heard()
        assert not liar.pings(victim.address, source=source)
        assert victim.heard() == before, f"a packet from {source} arrived"
        before = count(host("nstat", "--ignore", "--noupdate", "--zeros", "IcmpInEchos"))
        assert not liar.pings("203.0.113.1", source=source)
        assert count(host("nstat", "--ignore", "--noupdate", "--zeros", "IcmpInEchos")) == before
    before = victim.heard()
    assert liar.pings(victim.address, source=liar.address)
    assert victim.heard() == before + 1


def test_a_spoofed_ipv6_source_gets_nowhere(lab, host):
    lab = lab(ipv6=True)
    liar, honest, victim = (lab.launch(ipv6=1) for _ in range(3))
    (target,) = victim.ipv6
    for source in [target[: target.rindex(":")] + ":99", honest.ipv6[0], "2001:db8:ffff::1"]:
        liar.add(f"{source}/128")
        before = victim.heard("Icmp6InEchos")
        assert not liar.pings(target, source=source)
        assert victim.heard("Icmp6InEchos") == before, f"a packet from {source} arrived"
        before = count(host("nstat", "--ignore", "--noupdate", "--zeros", "Icmp6InEchos"))
        assert not liar.pings("2001:db8::1", source=source)
        assert count(host("nstat", "--ignore", "--noupdate", "--zeros", "Icmp6InEchos")) == before
    # The liar's search for its router, in the false name, has to end first.
    assert soon(lambda: liar.pings(target, source=liar.ipv6[0]))


def test_an_ipv6_address_is_reached_from_the_internet_and_reaches_it(lab):
    lab = lab(ipv6=True)
    instance = lab.launch(ipv6=2)
    first, second = instance.ipv6
    assert any(answers(address) for address in (first, second))
    # Which of them is configured at boot is not promised, and adding one twice fails.
    configured = instance.run("ip", "-6", "address", "show", "dev", "eth0")
    instance.add(*(f"{address}/128" for address in (first, second) if f"{address}/" not in configured))
    assert answers(first) and answers(second)
    assert instance.pings("2001:db8::1")


def test_a_spoofed_ethernet_address_gets_nowhere_even_without_the_source_check(lab):
    lab = lab()
    liar, victim = lab.launch("10.0.0.10"), lab.launch("10.0.0.20")
    lab.ec2.modify_network_interface_attribute(NetworkInterfaceId=liar.interface, SourceDestCheck={"Value": False})
    assert liar.pings(victim.address)
    own = liar.run("cat", "/sys/class/net/eth0/address").strip()
    liar.run("ip", "link", "set", "eth0", "address", "02:00:00:00:00:09")
    before = victim.heard()
    assert not liar.pings(victim.address)
    assert victim.heard() == before
    liar.run("ip", "link", "set", "eth0", "address", own)
    assert soon(lambda: liar.pings(victim.address))
