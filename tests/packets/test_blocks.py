"""Blocks that a VPC or a subnet gets while instances run in it."""

from lab import answers, soon


def test_a_block_that_is_added_is_reached_from_what_ran_before(lab):
    lab = lab()
    first = lab.launch("10.0.0.10")
    for network in ["10.5", "100.64"]:
        lab.ec2.associate_vpc_cidr_block(VpcId=lab.vpc, CidrBlock=f"{network}.0.0/16")
        address = f"{network}.1.10"
        subnet = lab.ec2.create_subnet(VpcId=lab.vpc, CidrBlock=f"{network}.1.0/24")["Subnet"]["SubnetId"]
        added = lab.launch(address, SubnetId=subnet)
        assert first.pings(address) and added.pings(first.address)
        assert answers(lab.elastic(added.interface, address))


def test_ipv6_that_comes_to_a_vpc_and_its_subnet_reaches_an_instance_that_runs(lab):
    lab = lab()
    one, other = lab.launch("10.0.0.10"), lab.launch("10.0.0.11")
    lab.ec2.associate_vpc_cidr_block(VpcId=lab.vpc, AmazonProvidedIpv6CidrBlock=True)
    (block,) = lab.ec2.describe_vpcs(VpcIds=[lab.vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
    lab.ec2.associate_subnet_cidr_block(SubnetId=lab.subnet, Ipv6CidrBlock=block["Ipv6CidrBlock"].replace("::/56", "::/64"))
    lab.ec2.create_route(RouteTableId=lab.routes, DestinationIpv6CidrBlock="::/0", GatewayId=lab.gateway)
    addresses = []
    for instance in (one, other):
        assigned = lab.ec2.assign_ipv6_addresses(NetworkInterfaceId=instance.interface, Ipv6AddressCount=1)
        addresses += assigned["AssignedIpv6Addresses"]
        instance.add(f"{addresses[-1]}/128")
        # There are no router advertisements: a guest that booted before IPv6 came is told the way.
        instance.run("ip", "-6", "route", "replace", "default", "via", "fe80::1", "dev", "eth0", "onlink")
    assert soon(lambda: one.pings(addresses[1]))
    assert soon(lambda: all(answers(address) for address in addresses))
    lab.ec2.unassign_ipv6_addresses(NetworkInterfaceId=one.interface, Ipv6Addresses=addresses[:1])
    assert not answers(addresses[0]) and answers(addresses[1])
