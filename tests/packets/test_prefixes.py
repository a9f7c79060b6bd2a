"""Delegated prefixes and Elastic IPs: packets are where the API says that addresses are."""

from lab import answers, asks, soon


def test_every_address_of_a_delegated_prefix_leads_to_its_interface(lab):
    here = lab(ipv6=True)
    holder, other = here.launch("10.0.0.10", ipv6=1), here.launch("10.0.0.11", ipv6=1)
    ipv4 = here.ec2.assign_private_ip_addresses(NetworkInterfaceId=holder.interface, Ipv4Prefixes=["10.0.0.32/28"])
    assert ipv4["AssignedIpv4Prefixes"] == [{"Ipv4Prefix": "10.0.0.32/28"}]
    (ipv6,) = here.ec2.assign_ipv6_addresses(NetworkInterfaceId=holder.interface, Ipv6PrefixCount=1)["AssignedIpv6Prefixes"]
    inside = ipv6.removesuffix("/80") + "77"
    holder.add("10.0.0.32/32", "10.0.0.47/32", f"{inside}/128")
    for address in ["10.0.0.32", "10.0.0.47", inside]:
        assert soon(lambda: other.pings(address)), address
        assert holder.pings(other.ipv6[0] if ":" in address else other.address, source=address), address
    assert not other.pings("10.0.0.48")
    here.ec2.unassign_private_ip_addresses(NetworkInterfaceId=holder.interface, Ipv4Prefixes=["10.0.0.32/28"])
    here.ec2.unassign_ipv6_addresses(NetworkInterfaceId=holder.interface, Ipv6Prefixes=[ipv6])
    for address in ["10.0.0.47", inside]:
        assert soon(lambda: not other.pings(address)), address


def test_an_elastic_ip_on_an_address_of_a_prefix_is_reached_from_the_internet(lab):
    here = lab()
    holder = here.launch("10.0.0.10")
    here.ec2.assign_private_ip_addresses(NetworkInterfaceId=holder.interface, Ipv4Prefixes=["10.0.0.32/28"])
    holder.add("10.0.0.40/32")
    holder.answer("10.0.0.40")
    public = here.elastic(holder.interface, "10.0.0.40")
    assert soon(lambda: asks(public) == holder.id)
    here.ec2.unassign_private_ip_addresses(NetworkInterfaceId=holder.interface, Ipv4Prefixes=["10.0.0.32/28"])
    assert soon(lambda: asks(public) is None)


def test_a_reassociated_elastic_ip_is_at_its_new_address_with_the_next_packet(lab):
    here = lab()
    one, two = here.launch("10.0.0.10"), here.launch("10.0.0.11")
    public = here.elastic(one.interface, "10.0.0.10")
    one.answer("10.0.0.10")
    two.answer("10.0.0.11")
    assert soon(lambda: asks(public) == one.id)
    (address,) = here.ec2.describe_addresses(PublicIps=[public])["Addresses"]
    here.ec2.associate_address(AllocationId=address["AllocationId"], NetworkInterfaceId=two.interface)
    assert soon(lambda: asks(public) == two.id)
    (address,) = here.ec2.describe_addresses(PublicIps=[public])["Addresses"]
    here.ec2.disassociate_address(AssociationId=address["AssociationId"])
    assert soon(lambda: asks(public) is None)


def test_an_attachment_is_attached_once_the_guest_has_its_link(lab):
    here = lab()
    instance = here.launch("10.0.0.10")
    made = here.ec2.create_network_interface(SubnetId=here.subnet, PrivateIpAddress="10.0.0.20", Groups=[here.open])
    interface = made["NetworkInterface"]["NetworkInterfaceId"]
    here.ec2.attach_network_interface(NetworkInterfaceId=interface, InstanceId=instance.id, DeviceIndex=1)
    status = lambda: here.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"][0]["Attachment"]["Status"]
    assert soon(lambda: status() == "attached")
    assert made["NetworkInterface"]["MacAddress"] in instance.run("ip", "link", "show", "eth1")


def test_the_security_groups_of_an_interface_judge_each_of_its_addresses(lab):
    here = lab(ipv6=True)
    asker = here.launch("10.0.0.10", ipv6=1)
    closed = here.group("closed")
    holder = here.launch("10.0.0.20", secondary=["10.0.0.21"], groups=[closed], ipv6=1)
    holder.add("10.0.0.21/32")
    here.ec2.assign_private_ip_addresses(NetworkInterfaceId=holder.interface, Ipv4Prefixes=["10.0.0.32/28"])
    holder.add("10.0.0.40/32")
    addresses = ["10.0.0.20", "10.0.0.21", "10.0.0.40", holder.ipv6[0]]
    assert not any(asker.pings(address) for address in addresses)
    here.ec2.modify_network_interface_attribute(NetworkInterfaceId=holder.interface, Groups=[here.open])
    for address in addresses:
        assert soon(lambda: asker.pings(address)), address


def test_an_elastic_ip_of_a_pool_that_was_brought_along_is_reached_from_the_internet(lab, start, session, tmp_path):
    config = tmp_path / "enid.toml"
    config.write_text('[pools]\npublic_ipv4 = ["198.51.100.0/28"]\n')
    server = start("--fabric", "require", "--ephemeral", "--config", config)
    here = lab(server=server, ec2=server.client(session))
    holder = here.launch("10.0.0.10")
    (pool,) = here.ec2.describe_public_ipv4_pools()["PublicIpv4Pools"]
    made = here.ec2.allocate_address(PublicIpv4Pool=pool["PoolId"])
    assert made["PublicIp"].startswith("198.51.100.")
    here.ec2.associate_address(AllocationId=made["AllocationId"], NetworkInterfaceId=holder.interface)
    holder.answer("10.0.0.10")
    assert soon(lambda: asks(made["PublicIp"]) == holder.id)


POD = """
set -e
ip netns add {pod}
ip link add v-{pod} type veth peer name eth0 netns {pod}
ip link set v-{pod} up
ip -n {pod} link set lo up
ip -n {pod} link set eth0 up
ip -n {pod} address add {ipv4}/32 dev eth0
ip -n {pod} route add 169.254.1.1 dev eth0
ip -n {pod} route add default via 169.254.1.1
ip -n {pod} neighbour add 169.254.1.1 lladdr $(cat /sys/class/net/v-{pod}/address) dev eth0 nud permanent
ip route add {ipv4}/32 dev v-{pod}
ip -n {pod} address add {ipv6}/128 dev eth0 nodad
ip address add fe80::1234/64 dev v-{pod} nodad
ip -n {pod} route add default via fe80::1234 dev eth0
ip route add {ipv6}/128 dev v-{pod}
"""


def test_namespaces_of_a_guest_live_on_addresses_of_its_prefixes_as_pods_do(lab):
    here = lab(ipv6=True)
    node, other = here.launch("10.0.0.10", ipv6=1), here.launch("10.0.0.11", ipv6=1)
    here.ec2.assign_private_ip_addresses(NetworkInterfaceId=node.interface, Ipv4Prefixes=["10.0.0.32/28"])
    (prefix,) = here.ec2.assign_ipv6_addresses(NetworkInterfaceId=node.interface, Ipv6PrefixCount=1)["AssignedIpv6Prefixes"]
    node.run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    # Named namespaces are the machine's, not the instance's, so the name is the instance's.
    pod, ipv6 = node.id[-8:], prefix.removesuffix("/80") + "5"
    node.run("sh", "-c", POD.format(pod=pod, ipv4="10.0.0.40", ipv6=ipv6))

    def pings(address):
        return "1 received" in node.run("ip", "netns", "exec", pod, "ping", "-n", "-c", "1", "-W", "1", address, check=False)

    try:
        for own, there in [("10.0.0.40", other.address), (ipv6, other.ipv6[0])]:
            assert soon(lambda: other.pings(own)), own
            assert pings(there), there
        assert pings("2001:db8::1") and answers(ipv6)
        assert not pings("203.0.113.1")
        assert answers(here.elastic(node.interface, "10.0.0.40")) and pings("203.0.113.1")
    finally:
        node.run("ip", "netns", "del", pod)
