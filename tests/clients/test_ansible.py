"""Ansible's amazon.aws, unchanged."""

import re


def changed(printed):
    """How many tasks changed something."""
    (found,) = re.findall(r"changed=(\d+)", printed)
    return int(found)


def test_a_playbook_makes_a_network_changes_nothing_at_its_second_run_and_removes_it(client, ansible, ec2):
    vpcs = ec2.describe_vpcs()["Vpcs"]
    play = str(ansible / "ansible-playbook")
    assert changed(client("ansible", play, "playbook.yml")) == 8
    assert changed(client("ansible", play, "playbook.yml")) == 0
    assert changed(client("ansible", play, "remove.yml")) == 8
    assert changed(client("ansible", play, "remove.yml")) == 0
    assert ec2.describe_vpcs()["Vpcs"] == vpcs
    assert ec2.describe_addresses()["Addresses"] == []
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []


def test_a_private_network_with_nat_acl_and_groups_is_what_the_modules_think_they_made(client, ansible, ec2):
    before = ec2.describe_vpcs()["Vpcs"], ec2.describe_security_groups()["SecurityGroups"], ec2.describe_network_acls()["NetworkAcls"]
    play, folder = str(ansible / "ansible-playbook"), "../tests/clients/playbooks"
    assert changed(client(folder, play, "private_network.yml")) == 8
    assert changed(client(folder, play, "private_network.yml")) == 0
    (group,) = ec2.describe_security_groups(Filters=[{"Name": "tag:stage", "Values": ["test"]}])["SecurityGroups"]
    assert len(group["IpPermissions"]) == 6 and len(group["IpPermissionsEgress"]) == 1
    client(folder, play, "remove_private_network.yml")
    assert changed(client(folder, play, "remove_private_network.yml")) == 0
    after = ec2.describe_vpcs()["Vpcs"], ec2.describe_security_groups()["SecurityGroups"], ec2.describe_network_acls()["NetworkAcls"]
    assert after == before and ec2.describe_addresses()["Addresses"] == []


def test_an_ipv6_block_of_a_subnet_is_seen_to_end(client, ansible, ec2):
    client("../tests/clients/playbooks", str(ansible / "ansible-playbook"), "ipv6_subnet.yml")
    (subnet,) = ec2.describe_subnets(Filters=[{"Name": "cidr-block", "Values": ["10.30.1.0/24"]}])["Subnets"]
    blocks = subnet["Ipv6CidrBlockAssociationSet"]
    assert [block["Ipv6CidrBlockState"]["State"] for block in blocks] == ["disassociated"] * 2
    assert len({block["Ipv6CidrBlock"] for block in blocks}) == 2
