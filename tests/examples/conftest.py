"""Examples are run as a reader would, on a server of their own."""

import os
import pathlib
import sys

import pytest

from host import host, own_mounts, server  # noqa: F401
from servers import ENID, ROOT

# The `aws` that is tested is the one next to this Python.
TOOLS = pathlib.Path(sys.executable).parent
EXAMPLE_SECONDS_MAX = 300


@pytest.fixture
def tool(host, server):
    """Runs a command with what `eval "$(enid env)"` sets, and gives what it printed."""
    path = os.pathsep.join([str(TOOLS), str(ENID.parent), os.environ["PATH"]])
    env = {**os.environ, **server.env, "PATH": path, "ENID_DATA": str(server.data)}
    return lambda *command: host(*command, env=env, timeout=EXAMPLE_SECONDS_MAX)


@pytest.fixture
def example(tool, ec2):
    """Runs an example and gives what it printed. What it made, it has removed again."""

    def example(name):
        before = everything(ec2)
        printed = tool(ROOT / "examples" / name)
        assert everything(ec2) == before
        return printed

    return example


def everything(ec2):
    """The ids of all there is, but for what EC2 itself forgets only later: terminated instances."""
    ids = {
        "vpc": [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]],
        "subnet": [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]],
        "gateway": [gateway["InternetGatewayId"] for gateway in ec2.describe_internet_gateways()["InternetGateways"]],
        "table": [table["RouteTableId"] for table in ec2.describe_route_tables()["RouteTables"]],
        "group": [group["GroupId"] for group in ec2.describe_security_groups()["SecurityGroups"]],
        "interface": [interface["NetworkInterfaceId"] for interface in ec2.describe_network_interfaces()["NetworkInterfaces"]],
        "address": [address["AllocationId"] for address in ec2.describe_addresses()["Addresses"]],
        "instance": [
            instance["InstanceId"]
            for reservation in ec2.describe_instances()["Reservations"]
            for instance in reservation["Instances"]
            if instance["State"]["Name"] != "terminated"
        ],
    }
    return {kind: sorted(found) for kind, found in ids.items()}
