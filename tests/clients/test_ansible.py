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
