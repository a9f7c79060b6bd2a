"""Fixtures that several tests of the API share."""

import pytest


@pytest.fixture
def vpc(ec2):
    """A VPC that is not the default one."""
    return ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


@pytest.fixture
def subnet(ec2, vpc):
    return ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
