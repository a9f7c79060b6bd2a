"""Each example works as it is given. What it claims it checks itself; here it is held to having said so."""

import re

import pytest

from conftest import everything
from servers import ROOT
from terraform import Terraform


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


@pytest.fixture
def terraform(server, tmp_path):
    return Terraform(ROOT / "examples" / "terraform", tmp_path, server.env)


def test_terraform_moves_an_elastic_ip_and_finds_nothing_else_to_do(terraform, tool, ec2):
    def page():
        return tool("curl", "--silent", "--show-error", "--retry", "9", "--retry-connrefused", f"http://{terraform.outputs()['public_ip']}")

    before = everything(ec2)
    # Each time Terraform is held to an empty plan afterwards.
    assert "14 added, 0 changed, 0 destroyed" in terraform.apply()
    assert page() == "You reached 10.30.0.11\n"
    assert "0 added, 1 changed, 0 destroyed" in terraform.apply(elastic_ip_on="10.30.0.12")
    assert page() == "You reached 10.30.0.12\n"
    terraform.destroy(elastic_ip_on="10.30.0.12")
    assert everything(ec2) == before
