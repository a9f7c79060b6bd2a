"""Pages: which sizes operations take, and that a walk over more than fit on one shows every one once."""

import pytest
from errors import refused
from network import Network

COUNT = 6


@pytest.fixture
def network(ec2):
    return Network(ec2)


def instances(ec2, network, **more):
    """Several running instances of a type with CPU credits."""
    image = ec2.describe_images(Filters=[{"Name": "architecture", "Values": ["x86_64"]}])["Images"][0]["ImageId"]
    made = ec2.run_instances(
        ImageId=image, InstanceType="t3.micro", MinCount=COUNT, MaxCount=COUNT, SubnetId=network.subnet, **more
    )["Instances"]
    ids = [instance["InstanceId"] for instance in made]
    ec2.get_waiter("instance_running").wait(InstanceIds=ids, WaiterConfig={"Delay": 0.05, "MaxAttempts": 100})
    return ids


def volumes(ec2, network):
    described = ec2.describe_instances(InstanceIds=instances(ec2, network))["Reservations"]
    return [instance["BlockDeviceMappings"][0]["Ebs"]["VolumeId"] for each in described for instance in each["Instances"]]


@pytest.fixture
def server(start, tmp_path):
    """A server whose configuration names an instance profile."""
    config = tmp_path / "profiles.toml"
    config.write_text('[iam]\ninstance_profiles = ["web"]\n')
    return start("--ephemeral", "--fabric", "none", "--config", config)


def with_profiles(ec2, network):
    return instances(ec2, network, IamInstanceProfile={"Name": "web"})


def named_addresses(ec2, network):
    allocations = [network.elastic_ip() for _ in range(COUNT)]
    for number, allocation in enumerate(allocations):
        ec2.modify_address_attribute(AllocationId=allocation, DomainName=f"host{number}.example.com")
    return allocations


def offered_addresses(ec2, network):
    allocations = [network.elastic_ip() for _ in range(COUNT)]
    for allocation in allocations:
        ec2.enable_address_transfer(AllocationId=allocation, TransferAccountId="111122223333")
    return allocations


def network_acls(ec2, network):
    """All of them, with those that the VPCs were made with."""
    for _ in range(COUNT - 2):
        ec2.create_network_acl(VpcId=network.vpc)
    return [acl["NetworkAclId"] for acl in ec2.describe_network_acls()["NetworkAcls"]]


def egress_only_gateways(ec2, network):
    vpcs = [ec2.create_vpc(CidrBlock="10.7.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"] for _ in range(COUNT)]
    made = [ec2.create_egress_only_internet_gateway(VpcId=vpc)["EgressOnlyInternetGateway"] for vpc in vpcs]
    return [gateway["EgressOnlyInternetGatewayId"] for gateway in made]


def templates(ec2, network):
    made = [
        ec2.create_launch_template(LaunchTemplateName=f"web{number}", LaunchTemplateData={"InstanceType": "t3.micro"})
        for number in range(COUNT)
    ]
    return [answer["LaunchTemplate"]["LaunchTemplateId"] for answer in made]


def nat_gateways(ec2, network):
    made = [ec2.create_nat_gateway(SubnetId=network.ipv4_subnet, ConnectivityType="private") for _ in range(COUNT)]
    return [answer["NatGateway"]["NatGatewayId"] for answer in made]


def permissions(ec2, network):
    interfaces = [network.interface() for _ in range(COUNT)]
    grant = {"AwsAccountId": "111122223333", "Permission": "INSTANCE-ATTACH"}
    made = [ec2.create_network_interface_permission(NetworkInterfaceId=interface, **grant) for interface in interfaces]
    return [answer["InterfacePermission"]["NetworkInterfacePermissionId"] for answer in made]


def peerings(ec2, network):
    peers = [ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"] for number in range(20, 20 + COUNT)]
    made = [ec2.create_vpc_peering_connection(VpcId=network.vpc, PeerVpcId=peer)["VpcPeeringConnection"] for peer in peers]
    return [peering["VpcPeeringConnectionId"] for peering in made]


def groups(ec2, network):
    """All groups of the VPC, with the one that it was made with."""
    for number in range(COUNT):
        ec2.create_security_group(GroupName=f"group{number}", Description="one of many", VpcId=network.vpc)
    in_vpc = [{"Name": "vpc-id", "Values": [network.vpc]}]
    return [group["GroupId"] for group in ec2.describe_security_groups(Filters=in_vpc)["SecurityGroups"]]


def stale_groups(ec2, network):
    """Groups with a rule for a group of a VPC that is a peer no more."""
    neighbour = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    asked = ec2.create_vpc_peering_connection(VpcId=network.vpc, PeerVpcId=neighbour)["VpcPeeringConnection"]
    peering = {"VpcPeeringConnectionId": asked["VpcPeeringConnectionId"]}
    ec2.accept_vpc_peering_connection(**peering)
    far = ec2.create_security_group(GroupName="far", Description="far", VpcId=neighbour)["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [{"GroupId": far}]}
    own = [
        ec2.create_security_group(GroupName=f"near{number}", Description="near", VpcId=network.vpc)["GroupId"] for number in range(COUNT)
    ]
    for group in own:
        ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[rule])
    ec2.delete_vpc_peering_connection(**peering)
    return own


@pytest.mark.parametrize(
    ("operation", "result", "id", "make"),
    [
        ("describe_address_transfers", "AddressTransfers", "AllocationId", offered_addresses),
        ("describe_addresses_attribute", "Addresses", "AllocationId", named_addresses),
        ("describe_egress_only_internet_gateways", "EgressOnlyInternetGateways", "EgressOnlyInternetGatewayId", egress_only_gateways),
        ("describe_iam_instance_profile_associations", "IamInstanceProfileAssociations", "InstanceId", with_profiles),
        ("describe_instance_credit_specifications", "InstanceCreditSpecifications", "InstanceId", instances),
        ("describe_instance_status", "InstanceStatuses", "InstanceId", instances),
        ("describe_launch_templates", "LaunchTemplates", "LaunchTemplateId", templates),
        ("describe_network_acls", "NetworkAcls", "NetworkAclId", network_acls),
        ("describe_nat_gateways", "NatGateways", "NatGatewayId", nat_gateways),
        ("describe_network_interface_permissions", "NetworkInterfacePermissions", "NetworkInterfacePermissionId", permissions),
        ("describe_volumes", "Volumes", "VolumeId", volumes),
        ("describe_volume_status", "VolumeStatuses", "VolumeId", volumes),
        ("describe_vpc_peering_connections", "VpcPeeringConnections", "VpcPeeringConnectionId", peerings),
    ],
)
def test_pages_show_every_one_once(ec2, network, operation, result, id, make):
    made = make(ec2, network)
    pages = list(ec2.get_paginator(operation).paginate(PaginationConfig={"PageSize": 5}))
    assert len(pages) == 2 and len(pages[0][result]) == 5
    assert sorted(one[id] for page in pages for one in page[result]) == sorted(made)


def test_groups_for_a_vpc_come_in_pages(ec2, network):
    made = groups(ec2, network)
    pages = ec2.get_paginator("get_security_groups_for_vpc").paginate(VpcId=network.vpc, PaginationConfig={"PageSize": 5})
    shown = [[group["GroupId"] for group in page["SecurityGroupForVpcs"]] for page in pages]
    assert [len(page) for page in shown] == [5, 2] and sorted(sum(shown, [])) == sorted(made)


def test_stale_groups_come_in_pages_with_their_egress_rules(ec2, network):
    made = stale_groups(ec2, network)
    pages = ec2.get_paginator("describe_stale_security_groups").paginate(VpcId=network.vpc, PaginationConfig={"PageSize": 5})
    shown = [page["StaleSecurityGroupSet"] for page in pages]
    assert [len(page) for page in shown] == [5, 1] and sorted(group["GroupId"] for page in shown for group in page) == sorted(made)
    for group in sum(shown, []):
        assert group["StaleIpPermissions"] == []
        assert [(rule["FromPort"], rule["ToPort"]) for rule in group["StaleIpPermissionsEgress"]] == [(22, 22)]


def test_who_uses_a_prefix_list_comes_in_pages(ec2, network):
    entries = [{"Cidr": "10.0.0.0/8"}]
    made = ec2.create_managed_prefix_list(PrefixListName="own", MaxEntries=1, AddressFamily="IPv4", Entries=entries)["PrefixList"]
    peers = [{"PrefixListId": made["PrefixListId"], "Description": "of a list"}]
    users = groups(ec2, network)
    for group in users:
        rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": peers}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
        [shown] = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
        assert [rule["PrefixListIds"] for rule in shown["IpPermissions"] if rule["PrefixListIds"]] == [peers]
    pages = ec2.get_paginator("get_managed_prefix_list_associations").paginate(
        PrefixListId=made["PrefixListId"], PaginationConfig={"PageSize": 5}
    )
    shown = [[user["ResourceId"] for user in page["PrefixListAssociations"]] for page in pages]
    assert [len(page) for page in shown] == [5, 2] and sorted(sum(shown, [])) == sorted(users)


def test_pools_of_addresses_come_in_pages_with_their_tags(start, session, tmp_path):
    config = tmp_path / "enid.toml"
    config.write_text('[pools]\npublic_ipv4 = ["198.51.100.0/28", "198.51.100.32/28"]\n')
    ec2 = start("--ephemeral", "--fabric", "none", "--config", config).client(session)
    pages = list(ec2.get_paginator("describe_public_ipv4_pools").paginate(PaginationConfig={"PageSize": 1}))
    [first], [second] = ([pool["PoolId"] for pool in page["PublicIpv4Pools"]] for page in pages)
    assert first != second
    tags = [{"Key": "team", "Value": "net"}]
    ec2.create_tags(Resources=[second], Tags=tags)
    assert [pool.get("Tags") for pool in ec2.describe_public_ipv4_pools()["PublicIpv4Pools"]] == [None, tags]


@pytest.mark.parametrize(
    ("operation", "least", "most"),
    [
        ("describe_vpcs", 5, 1000),
        ("describe_subnets", 5, 1000),
        ("describe_network_interfaces", 5, 1000),
        ("describe_security_groups", 5, 1000),
        ("describe_route_tables", 5, 100),
        ("describe_egress_only_internet_gateways", 5, 255),
        ("describe_network_interface_permissions", 5, 255),
        ("describe_instance_types", 5, 100),
        ("describe_addresses_attribute", 1, 1000),
        ("describe_address_transfers", 5, 10),
        ("describe_public_ipv4_pools", 1, 10),
    ],
)
def test_a_size_out_of_bounds_is_refused(ec2, operation, least, most):
    describe = getattr(ec2, operation)
    for legal in [least, most]:
        describe(MaxResults=legal)
    with refused("InvalidParameterValue", f"Value ( {least - 1} ) for parameter maxResults is invalid."):
        describe(MaxResults=least - 1)
    with refused("InvalidParameterValue", f"Value ( {most + 1} ) for parameter maxResults is invalid."):
        describe(MaxResults=most + 1)


@pytest.mark.parametrize("operation", ["describe_instances", "describe_tags", "describe_volumes", "describe_instance_status"])
def test_the_oldest_operations_cut_a_size_that_is_too_large(ec2, operation):
    getattr(ec2, operation)(MaxResults=5000)
    with refused("InvalidParameterValue", "Value ( 4 ) for parameter maxResults is invalid."):
        getattr(ec2, operation)(MaxResults=4)


@pytest.mark.parametrize(
    ("operation", "member", "example", "words"),
    [
        ("describe_vpcs", "VpcIds", "vpc", "The parameter VpcIds cannot be used with the parameter MaxResults"),
        ("describe_network_interfaces", "NetworkInterfaceIds", "eni", "The parameter NetworkInterfaceIds cannot be"),
        ("describe_instances", "InstanceIds", "i", "The parameter instancesSet cannot be used with the parameter maxResults"),
        ("describe_images", "ImageIds", "ami", "The parameter imageIdsSet cannot be used with the parameter maxResults"),
        ("describe_volumes", "VolumeIds", "vol", "The parameter volumeSet cannot be used with the parameter maxResults"),
        ("describe_address_transfers", "AllocationIds", "eipalloc", "The parameter AllocationIds cannot be"),
        ("describe_public_ipv4_pools", "PoolIds", "ipv4pool-ec2", "The parameter PoolIds cannot be"),
    ],
)
def test_a_request_names_ids_or_asks_for_pages(ec2, operation, member, example, words):
    ids = {member: [f"{example}-0123456789abcdef0"]}
    # Whether or not there is such a thing; instances are looked up first.
    if operation == "describe_instances":
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        made = ec2.run_instances(ImageId=image, InstanceType="m5.large", MinCount=1, MaxCount=1)["Instances"]
        ids = {member: [made[0]["InstanceId"]]}
    with refused("InvalidParameterCombination", words):
        getattr(ec2, operation)(**ids, MaxResults=5)
