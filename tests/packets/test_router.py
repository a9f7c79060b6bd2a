"""What is seen of a VPC's router, and what is not."""

import pytest


@pytest.mark.parametrize("hops", [1, 255])
def test_the_router_is_no_hop_to_neighbours_that_count_on_being_next_to_each_other(lab, hops):
    lab = lab(ipv6=True)
    elsewhere = lab.ec2.create_subnet(VpcId=lab.vpc, CidrBlock="10.0.7.0/24")["Subnet"]["SubnetId"]
    one, near, far = lab.launch(ipv6=1), lab.launch(ipv6=1), lab.launch(SubnetId=elsewhere)
    for other in (near, far):
        other.run("sysctl", "-q", "-w", "net.ipv4.ip_default_ttl=255", "net.ipv6.conf.eth0.hop_limit=255")
    for address in [near.address, far.address, *near.ipv6]:
        # The way there with the hops that are asked for, the way back with all of them.
        assert "ttl=255" in one.run("ping", "-n", "-c", "1", "-W", "1", "-t", str(hops), address)
