"""Every waiter and paginator that botocore has for an operation of enid's does its work."""

import json
import pathlib
import time

import botocore
import pytest
from botocore.exceptions import WaiterError

from servers import ROOT, Server

DATA = pathlib.Path(botocore.__file__).parent / "data" / "ec2" / "2016-11-15"
# Those of which there is nothing have a note in their line.
OPERATIONS = {line for line in (ROOT / "models" / "operations.txt").read_text().splitlines() if ":" not in line}
PAGINATORS = sorted(set(json.loads((DATA / "paginators-1.json").read_text())["pagination"]) & OPERATIONS)
MODEL = json.loads((DATA / "waiters-2.json").read_text())
WAITERS = sorted(name for name, waiter in MODEL["waiters"].items() if waiter["operation"] in OPERATIONS)

# Nothing here takes long, so there is no use in waiting as long as AWS needs between two looks.
SOON = {"Delay": 1, "MaxAttempts": 20}


class World:
    """An account with more than a page of most things."""

    def __init__(self, ec2):
        self.ec2 = ec2
        self.image = ec2.describe_images(Owners=["amazon"], Filters=[{"Name": "architecture", "Values": ["x86_64"]}])["Images"][0]["ImageId"]
        self.vpcs = [ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] for _ in range(6)]
        self.vpc = self.vpcs[0]
        self.subnet = ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        for _ in range(6):
            self.interface()
            self.gateway()
            self.instance()
        for port in range(1, 7):
            ec2.authorize_security_group_ingress(
                GroupId=self.default_group(), IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp="0.0.0.0/0"
            )
        ec2.create_tags(Resources=[self.vpc], Tags=[{"Key": f"key{number}", "Value": ""} for number in range(7)])

    def default_group(self):
        filters = [{"Name": "vpc-id", "Values": [self.vpc]}, {"Name": "group-name", "Values": ["default"]}]
        return self.ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]["GroupId"]

    def interface(self):
        return self.ec2.create_network_interface(SubnetId=self.subnet)["NetworkInterface"]["NetworkInterfaceId"]

    def gateway(self):
        return self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]

    def instance(self):
        launched = self.ec2.run_instances(ImageId=self.image, InstanceType="t3.small", SubnetId=self.subnet, MinCount=1, MaxCount=1)
        return launched["Instances"][0]["InstanceId"]

    def running(self):
        instance = self.instance()
        self.ec2.get_waiter("instance_running").wait(InstanceIds=[instance], WaiterConfig=SOON)
        return instance

    def stopped(self):
        instance = self.running()
        self.ec2.stop_instances(InstanceIds=[instance])
        return instance

    def terminated(self):
        instance = self.running()
        self.ec2.terminate_instances(InstanceIds=[instance])
        return instance

    def volume(self):
        instance = self.ec2.describe_instances(InstanceIds=[self.running()])["Reservations"][0]["Instances"][0]
        return instance["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]

    def deleted_volume(self):
        volume = self.volume()
        instance = self.ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["Attachments"][0]["InstanceId"]
        self.ec2.terminate_instances(InstanceIds=[instance])
        return volume

    def nat_gateway(self):
        made = self.ec2.create_nat_gateway(SubnetId=self.subnet, ConnectivityType="private")
        return made["NatGateway"]["NatGatewayId"]

    def deleted_nat_gateway(self):
        nat_gateway = self.nat_gateway()
        self.ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat_gateway], WaiterConfig=SOON)
        self.ec2.delete_nat_gateway(NatGatewayId=nat_gateway)
        return nat_gateway

    def peering(self):
        other = self.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
        made = self.ec2.create_vpc_peering_connection(VpcId=self.vpc, PeerVpcId=other)
        return made["VpcPeeringConnection"]["VpcPeeringConnectionId"]

    def deleted_peering(self):
        peering = self.peering()
        self.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
        return peering

    def key_pair(self):
        return self.ec2.create_key_pair(KeyName=f"key{len(self.ec2.describe_key_pairs()['KeyPairs'])}")["KeyName"]

    def prefix_list(self):
        entries = [{"Cidr": f"10.{number}.0.0/16"} for number in range(7)]
        made = self.ec2.create_managed_prefix_list(PrefixListName="list", MaxEntries=10, AddressFamily="IPv4", Entries=entries)
        return made["PrefixList"]["PrefixListId"]


# What a waiter is to wait for.
AWAITED = {
    "ImageAvailable": lambda world: {"ImageIds": [world.image]},
    "ImageExists": lambda world: {"ImageIds": [world.image]},
    "InstanceExists": lambda world: {"InstanceIds": [world.instance()]},
    "InstanceRunning": lambda world: {"InstanceIds": [world.instance()]},
    "InstanceStatusOk": lambda world: {"InstanceIds": [world.running()]},
    "InstanceStopped": lambda world: {"InstanceIds": [world.stopped()]},
    "InstanceTerminated": lambda world: {"InstanceIds": [world.terminated()]},
    "InternetGatewayExists": lambda world: {"InternetGatewayIds": [world.gateway()]},
    "KeyPairExists": lambda world: {"KeyNames": [world.key_pair()]},
    "NatGatewayAvailable": lambda world: {"NatGatewayIds": [world.nat_gateway()]},
    "NatGatewayDeleted": lambda world: {"NatGatewayIds": [world.deleted_nat_gateway()]},
    "NetworkInterfaceAvailable": lambda world: {"NetworkInterfaceIds": [world.interface()]},
    "SecurityGroupExists": lambda world: {"GroupIds": [world.default_group()]},
    "SubnetAvailable": lambda world: {"SubnetIds": [world.subnet]},
    "SystemStatusOk": lambda world: {"InstanceIds": [world.running()]},
    # Enid's volumes are roots of instances, so one by itself is none: what is to be seen is that none is available.
    "VolumeAvailable": None,
    "VolumeDeleted": lambda world: {"VolumeIds": [world.deleted_volume()]},
    "VolumeInUse": lambda world: {"VolumeIds": [world.volume()]},
    "VpcAvailable": lambda world: {"VpcIds": [world.vpc]},
    "VpcExists": lambda world: {"VpcIds": [world.vpc]},
    "VpcPeeringConnectionDeleted": lambda world: {"VpcPeeringConnectionIds": [world.deleted_peering()]},
    "VpcPeeringConnectionExists": lambda world: {"VpcPeeringConnectionIds": [world.peering()]},
}

# What a paginated operation cannot do without.
REQUIRED = {
    "DescribeStaleSecurityGroups": lambda world: {"VpcId": world.vpc},
    "GetManagedPrefixListAssociations": lambda world: {"PrefixListId": world.prefix_list()},
    "GetManagedPrefixListEntries": lambda world: {"PrefixListId": world.prefix_list()},
    "GetSecurityGroupsForVpc": lambda world: {"VpcId": world.vpc},
    "DescribeAddressesAttribute": lambda world: {"Attribute": "domain-name"},
    "DescribeLaunchTemplateVersions": lambda world: {"Versions": ["$Latest"]},
}

# What the world has more than five of.
MANY = {
    "DescribeInstanceStatus",
    "DescribeInstanceTypeOfferings",
    "DescribeInstanceTypes",
    "DescribeInstances",
    "DescribeInternetGateways",
    "DescribeNetworkInterfaces",
    "DescribeRouteTables",
    "DescribeSecurityGroupRules",
    "DescribeSecurityGroups",
    "DescribeSubnets",
    "DescribeTags",
    "DescribeVpcs",
    "GetManagedPrefixListEntries",
}


@pytest.fixture(scope="module")
def world(session, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("world") / "enid", "--ephemeral", "--fabric", "none")
    yield World(server.client(session))
    server.remove()


# Of operations that EC2 gives no larger pages than these.
LARGEST = {"DescribeAddressTransfers": 10, "DescribePublicIpv4Pools": 10}


def snake(name):
    return botocore.xform_name(name)


@pytest.mark.parametrize("waiter", WAITERS)
def test_a_waiter_sees_what_it_waits_for(world, waiter):
    given = AWAITED[waiter]
    if given is None:
        with pytest.raises(WaiterError):
            world.ec2.get_waiter(snake(waiter)).wait(VolumeIds=["vol-00000000000000000"], WaiterConfig=SOON)
    else:
        world.ec2.get_waiter(snake(waiter)).wait(**given(world), WaiterConfig=SOON)


def pages(world, operation, size, given):
    paginator = world.ec2.get_paginator(snake(operation))
    # The first result key is what is paged; a second one, as of DescribeSpotFleetInstances, would be something else.
    (key, *_) = paginator.result_keys
    # Only as text, since that has an order: within a page EC2 promises none.
    return [[repr(item) for item in key.search(page) or []] for page in paginator.paginate(**given, PaginationConfig={"PageSize": size})]


@pytest.mark.parametrize("operation", PAGINATORS)
def test_a_paginator_walks_everything_once(world, operation):
    given = REQUIRED.get(operation, lambda _: {})(world)
    for _ in range(10):
        small = pages(world, operation, 5, given)
        large = pages(world, operation, LARGEST.get(operation, 100), given)
        if sorted(sum(small, [])) == sorted(sum(large, [])):
            break
        # An instance that was just told to end may have done so between the two walks.
        time.sleep(0.5)
    assert all(len(page) <= 5 for page in small)
    assert sorted(sum(small, [])) == sorted(sum(large, []))
    if operation in MANY:
        assert len(small) > 1
