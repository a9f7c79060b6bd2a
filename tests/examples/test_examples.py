"""Each example works as it is given. What it claims it checks itself; here it is held to having said so."""

import re


def test_several_sites_with_a_certificate_each_are_served_by_one_instance(example):
    printed = example("several-sites.sh")
    for site in range(3):
        assert f"Welcome to site {site}" in printed
    assert "Every site showed its own certificate." in printed


def test_an_appliance_forwards_between_two_subnets_once_its_check_is_off(example):
    printed = example("appliance.sh")
    assert re.findall(r"(\d) of 5 pings answered, (\d+) packets", printed)[:2] == [("0", "0"), ("5", "10")]


def test_a_reassigned_address_takes_its_elastic_ip_and_its_flow_along_without_loss(example):
    printed = example("failover.sh")
    assert "lost 0, doubled 0, flows 1" in printed
