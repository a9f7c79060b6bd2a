"""Delegated prefixes and Elastic IPs: packets are where the API says that addresses are."""

from lab import asks, soon


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
