"""Ids that are not there or are none: EC2's codes and words, kind by kind and, where they differ, operation by operation."""

import pytest
from errors import refused

GONE = "0123456789abcdef0"

# Whatever the text is, there is none of it.
OF_ANY_FORM = [
    ("describe_vpcs", "VpcIds", "InvalidVpcID.NotFound", "The vpc ID '{}' does not exist"),
    ("describe_subnets", "SubnetIds", "InvalidSubnetID.NotFound", "The subnet ID '{}' does not exist"),
    ("describe_route_tables", "RouteTableIds", "InvalidRouteTableID.NotFound", "The routeTable ID '{}' does not exist"),
    ("describe_network_acls", "NetworkAclIds", "InvalidNetworkAclID.NotFound", "The networkAcl ID '{}' does not exist"),
    ("describe_internet_gateways", "InternetGatewayIds", "InvalidInternetGatewayID.NotFound", "The internetGateway ID '{}' does not exist"),
    ("describe_dhcp_options", "DhcpOptionsIds", "InvalidDhcpOptionID.NotFound", "The dhcpOption ID '{}' does not exist"),
    ("describe_addresses", "AllocationIds", "InvalidAllocationID.NotFound", "The allocation ID '{}' does not exist"),
    ("describe_egress_only_internet_gateways", "EgressOnlyInternetGatewayIds", "InvalidGatewayID.NotFound", "The eigw ID '{}' does not exist"),
    ("delete_vpc", "VpcId", "InvalidVpcID.NotFound", "The vpc ID '{}' does not exist"),
    ("delete_subnet", "SubnetId", "InvalidSubnetID.NotFound", "The subnet ID '{}' does not exist"),
    ("create_network_interface", "SubnetId", "InvalidSubnetID.NotFound", "The subnet ID '{}' does not exist"),
    ("create_route_table", "VpcId", "InvalidVpcID.NotFound", "The vpc ID '{}' does not exist"),
    ("delete_route_table", "RouteTableId", "InvalidRouteTableID.NotFound", "The routeTable ID '{}' does not exist"),
    ("delete_network_acl", "NetworkAclId", "InvalidNetworkAclID.NotFound", "The networkAcl ID '{}' does not exist"),
    ("release_address", "AllocationId", "InvalidAllocationID.NotFound", "The allocation ID '{}' does not exist"),
    ("disassociate_address", "AssociationId", "InvalidAssociationID.NotFound", "The association ID '{}' does not exist"),
    ("disassociate_route_table", "AssociationId", "InvalidAssociationID.NotFound", "The association ID '{}' does not exist"),
]


def given(parameter, *texts):
    return {parameter: list(texts)} if parameter.endswith("Ids") else {parameter: texts[0]}


@pytest.mark.parametrize("operation, parameter, code, message", OF_ANY_FORM, ids=[f"{case[0]}-{case[1]}" for case in OF_ANY_FORM])
def test_what_is_no_id_is_not_there_where_ec2_does_not_look_at_the_form(ec2, operation, parameter, code, message):
    for text in ["test", "my_vpc.id", "vpc-00000000", "subnet-", "", f"eni-{GONE}"]:
        with refused(code) as caught:
            getattr(ec2, operation)(**given(parameter, text))
        assert caught.value.response["Error"]["Message"] == message.format(text)


# The form is looked at; {} is the text.
MALFORMED = [
    ("describe_instances", "InstanceIds", "InvalidInstanceID.Malformed", 'Invalid id: "{}"'),
    ("stop_instances", "InstanceIds", "InvalidInstanceID.Malformed", 'Invalid id: "{}"'),
    ("describe_instance_attribute", "InstanceId", "InvalidInstanceID.Malformed", 'Invalid id: "{}"'),
    ("describe_images", "ImageIds", "InvalidAMIID.Malformed", 'Invalid id: "{}" (expecting "ami-...")'),
    ("describe_network_interfaces", "NetworkInterfaceIds", "InvalidNetworkInterfaceId.Malformed", 'Invalid id: "{}" (expecting "eni-...")'),
    ("delete_network_interface", "NetworkInterfaceId", "InvalidNetworkInterfaceId.Malformed", 'Invalid id: "{}" (expecting "eni-...")'),
    ("detach_network_interface", "AttachmentId", "InvalidNetworkInterfaceAttachmentId.Malformed", "{}"),
    ("describe_security_groups", "GroupIds", "InvalidGroupId.Malformed", 'Invalid id: "{}" (expecting "sg-...")'),
    ("modify_security_group_rules", "GroupId", "InvalidGroupId.Malformed", 'Invalid id: "{}" (expecting "sg-...")'),
    ("delete_security_group", "GroupId", "InvalidGroupId.Malformed", "The security-group ID '{}' is malformed"),
    ("authorize_security_group_ingress", "GroupId", "InvalidGroupId.Malformed", "The security-group ID '{}' is malformed"),
    ("authorize_security_group_egress", "GroupId", "InvalidGroupId.Malformed", "The security-group ID '{}' is malformed"),
    ("revoke_security_group_ingress", "GroupId", "InvalidGroupId.Malformed", "The security-group ID '{}' is malformed"),
    ("describe_security_group_rules", "SecurityGroupRuleIds", "InvalidSecurityGroupRuleId.Malformed", "{}"),
    ("describe_volumes", "VolumeIds", "InvalidParameterValue", "Value ({}) for parameter volumes is invalid. Expected: 'vol-...'."),
    ("describe_nat_gateways", "NatGatewayIds", "NatGatewayMalformed", "{}"),
    ("describe_vpc_peering_connections", "VpcPeeringConnectionIds", "InvalidVpcPeeringConnectionId.Malformed", "{}"),
    ("describe_managed_prefix_lists", "PrefixListIds", "InvalidPrefixListId.Malformed", "{}"),
    ("describe_launch_templates", "LaunchTemplateIds", "InvalidLaunchTemplateId.Malformed", "{}"),
]


@pytest.mark.parametrize("operation, parameter, code, message", MALFORMED, ids=[case[0] for case in MALFORMED])
def test_what_is_no_id_is_malformed_where_ec2_looks_at_the_form(ec2, operation, parameter, code, message):
    more = {"describe_instance_attribute": {"Attribute": "userData"}, "modify_security_group_rules": {"SecurityGroupRules": [{"SecurityGroupRuleId": f"sgr-{GONE}"}]}}
    for text in ["test", "foo.id", f"vpc-{GONE}"]:
        with refused(code) as caught:
            getattr(ec2, operation)(**given(parameter, text), **more.get(operation, {}))
        answer = caught.value.response["Error"]["Message"]
        assert answer == message.format(text) or message == "{}" and text in answer


def test_operations_that_say_it_in_other_words(ec2, vpc, subnet):
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    attach = lambda text: ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=text)
    nat = lambda **wrong: ec2.create_nat_gateway(**{"SubnetId": subnet, "AllocationId": f"eipalloc-{GONE}"} | wrong)
    route = lambda **target: ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target)
    x86 = [{"Name": "architecture", "Values": ["x86_64"]}]
    image = ec2.describe_images(Owners=["amazon"], Filters=x86)["Images"][0]["ImageId"]
    launch = lambda **wrong: ec2.run_instances(**{"ImageId": image, "MinCount": 1, "MaxCount": 1, "InstanceType": "m5.large"} | wrong)
    tag = lambda *ids: ec2.create_tags(Resources=list(ids), Tags=[{"Key": "k", "Value": "v"}])
    for call, code, message in [
        (lambda: attach("MalformedVpcId"), "InvalidVpcId.Malformed", 'Invalid id: "MalformedVpcId" (expecting "vpc-...")'),
        (lambda: attach(f"vpc-{GONE}"), "InvalidVpcID.NotFound", f"The vpc ID 'vpc-{GONE}' does not exist"),
        (lambda: ec2.create_vpc_peering_connection(VpcId="", PeerVpcId=vpc), "InvalidVpcId.Malformed", 'Invalid id: ""'),
        (lambda: nat(SubnetId="InvalidSubnet"), "InvalidSubnet", "The subnet ID 'InvalidSubnet' is malformed"),
        (lambda: nat(AllocationId="no-eip"), "InvalidElasticIpID.Malformed", "The elastic-ip ID 'no-eip' is malformed"),
        (lambda: nat(AllocationId=""), "MissingParameter", "The request must include the AllocationId parameter. Add the required"),
        (nat, "InvalidAllocationID.NotFound", f"The allocation ID 'eipalloc-{GONE}' does not exist"),
        (lambda: route(NatGatewayId="nat-test"), "InvalidNatGatewayID.NotFound", "The natGateway ID 'nat-test' does not exist"),
        (lambda: route(NatGatewayId=f"nat-{GONE}"), "InvalidNatGatewayID.NotFound", f"The natGateway ID 'nat-{GONE}' does not exist"),
        (lambda: route(GatewayId=f"nat-{GONE}"), "InvalidGatewayID.NotFound", f"The gateway ID 'nat-{GONE}' does not exist"),
        (lambda: launch(ImageId=""), "InvalidAMIID.Malformed", 'Invalid id: "" (expecting "ami-...")'),
        (lambda: launch(SubnetId="x"), "InvalidSubnetID.NotFound", "The subnet ID 'x' does not exist"),
        (lambda: launch(SecurityGroupIds=[""]), "InvalidParameterValue", "Value () for parameter groupId is invalid. The value cannot be empty"),
        (lambda: launch(SecurityGroupIds=["web"]), "InvalidGroupId.Malformed", 'Invalid id: "web" (expecting "sg-...")'),
        (lambda: tag("web"), "InvalidID", "The ID 'web' is not valid"),
        (lambda: tag(vpc, "i-eCHmOTcEW0OZ9KbNe"), "InvalidID", "The ID 'i-eCHmOTcEW0OZ9KbNe' is not valid"),
        (lambda: tag(f"snap-{GONE}"), "InvalidSnapshot.NotFound", f"The snapshot 'snap-{GONE}' does not exist."),
        (
            lambda: ec2.get_managed_prefix_list_entries(PrefixListId=f"pl-{GONE}"),
            "InvalidPrefixListID.NotFound",
            f"The prefix list (pl-{GONE}) does not exist.",
        ),
        (
            lambda: ec2.describe_launch_template_versions(LaunchTemplateName="timski"),
            "InvalidLaunchTemplateName.NotFoundException",
            "The specified launch template, with template name timski, does not exist.",
        ),
    ]:
        with refused(code, message):
            call()


def test_empty_ids_of_instances_are_missing_where_they_are_looked_at(ec2):
    missing = "The request must contain the parameter InstanceId"
    for operation in ["describe_instances", "describe_instance_status", "describe_instance_credit_specifications"]:
        with refused("MissingParameter", missing):
            getattr(ec2, operation)(InstanceIds=[""])
    with refused("MissingParameter", missing):
        ec2.describe_instance_attribute(InstanceId="", Attribute="userData")
    with refused("InvalidInstanceID.Malformed", 'Invalid id: "" (expecting "i-...")'):
        ec2.stop_instances(InstanceIds=[""])


def test_naming_no_instances(ec2):
    with refused("InvalidParameterCombination", "No instances specified"):
        ec2.terminate_instances(InstanceIds=[])
    for operation in ["start_instances", "stop_instances", "reboot_instances", "monitor_instances"]:
        with refused("MissingParameter", "The request must contain the parameter InstanceId"):
            getattr(ec2, operation)(InstanceIds=[])


def test_several_ids_that_are_not_there(ec2):
    for operation, parameter, prefix, code, message in [
        ("describe_instances", "InstanceIds", "i", "InvalidInstanceID.NotFound", "The instance IDs '{}, {}' do not exist"),
        ("terminate_instances", "InstanceIds", "i", "InvalidInstanceID.NotFound", "The instance IDs '{}, {}' do not exist"),
        ("describe_images", "ImageIds", "ami", "InvalidAMIID.NotFound", "The image ids '[{}, {}]' do not exist"),
        ("describe_volumes", "VolumeIds", "vol", "InvalidVolume.NotFound", "The volume '{}' does not exist."),
        ("describe_network_interfaces", "NetworkInterfaceIds", "eni", "InvalidNetworkInterfaceID.NotFound", "ID '{}' does not exist"),
    ]:
        ids = [f"{prefix}-0123456789abcdef{last}" for last in (0, 1)]
        with refused(code, message.format(*ids)):
            getattr(ec2, operation)(**{parameter: ids})
