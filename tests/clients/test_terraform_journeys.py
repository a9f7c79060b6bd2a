"""What the Terraform AWS provider asks of EC2 for each resource, in its order, asserting what it reads and branches on."""

import time
from concurrent.futures import ThreadPoolExecutor

import botocore.exceptions
import pytest

from errors import refused

WAIT = {"Delay": 1, "MaxAttempts": 20}
POLLS_MAX = 100


def poll(read, pending, target):
    """Reads until the state is `target`, as the provider does: any state but those of `pending` is a mistake."""
    for _ in range(POLLS_MAX):
        state = read()
        if state == target:
            return
        assert state in pending, f"{state} is neither {target} nor one of {pending}"
        time.sleep(0.05)
    pytest.fail(f"it did not become {target}")


def retried(delete, **ids):
    """A delete as the provider retries it: as long as something depends on it."""
    for _ in range(POLLS_MAX):
        try:
            return delete(**ids)
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "DependencyViolation":
                raise
            time.sleep(0.05)
    pytest.fail(f"{ids} kept depending")


def ended(end, gone, **ids):
    """Ends an association or attachment; that it is gone already, the provider takes for done."""
    try:
        end(**ids)
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != gone:
            raise


@pytest.fixture
def vpc(ec2):
    """aws_vpc: create, wait, attributes, and the defaults that the provider looks up."""
    made = ec2.create_vpc(
        CidrBlock="10.0.0.0/16",
        InstanceTenancy="default",
        TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "main"}]}],
    )["Vpc"]["VpcId"]
    poll(lambda: ec2.describe_vpcs(VpcIds=[made])["Vpcs"][0]["State"], ["pending"], "available")
    for attribute in ("EnableDnsHostnames", "EnableDnsSupport"):
        ec2.modify_vpc_attribute(VpcId=made, **{attribute: {"Value": True}})
        name = attribute[0].lower() + attribute[1:]
        poll(lambda: ec2.describe_vpc_attribute(VpcId=made, Attribute=name)[attribute]["Value"], [False], True)
    return made


@pytest.fixture
def subnet(ec2, vpc):
    """aws_subnet: create, wait, then one attribute a call."""
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone="us-east-1b")["Subnet"]["SubnetId"]
    poll(lambda: ec2.describe_subnets(SubnetIds=[made])["Subnets"][0]["State"], ["pending"], "available")
    return made


def interface(ec2, subnet, **members):
    made = ec2.create_network_interface(SubnetId=subnet, **members)["NetworkInterface"]
    assert made["Status"] == "pending"
    name = made["NetworkInterfaceId"]
    poll(lambda: describe_interface(ec2, name)["Status"], ["pending"], "available")
    return name


def describe_interface(ec2, name):
    (shown,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[name])["NetworkInterfaces"]
    return shown


def launch(ec2, subnet, **members):
    """aws_instance: the image's root device, the launch, and the wait for it."""
    images = ec2.describe_images(Owners=["amazon"], Filters=[{"Name": "architecture", "Values": ["x86_64"]}])["Images"]
    (image,) = ec2.describe_images(ImageIds=[images[0]["ImageId"]])["Images"]
    assert image["RootDeviceName"] in [device["DeviceName"] for device in image["BlockDeviceMappings"]]
    members = {"InstanceType": "t3.small", "SubnetId": subnet, **members}
    (made,) = ec2.run_instances(ImageId=image["ImageId"], MinCount=1, MaxCount=1, **members)["Instances"]
    assert made["State"]["Name"] == "pending"
    assert [place["Attachment"]["Status"] for place in made["NetworkInterfaces"]] == ["attaching"]
    poll(lambda: describe_instance(ec2, made["InstanceId"])["State"]["Name"], ["pending"], "running")
    return made["InstanceId"]


def describe_instance(ec2, name):
    (reservation,) = ec2.describe_instances(InstanceIds=[name])["Reservations"]
    (shown,) = reservation["Instances"]
    return shown


def terminate(ec2, name):
    for attribute in ("DisableApiTermination", "DisableApiStop"):
        ec2.modify_instance_attribute(InstanceId=name, **{attribute: {"Value": False}})
    ec2.terminate_instances(InstanceIds=[name])
    pending = ["running", "shutting-down", "stopping", "stopped"]
    poll(lambda: describe_instance(ec2, name)["State"]["Name"], pending, "terminated")


def test_the_provider_starts_with_who_it_is(server, session, ec2):
    assert server.client(session, service="sts").get_caller_identity()["Account"] == "123456789012"
    (attribute,) = ec2.describe_account_attributes(AttributeNames=["supported-platforms"])["AccountAttributes"]
    assert [value["AttributeValue"] for value in attribute["AttributeValues"]] == ["VPC"]


def test_a_vpc_has_the_defaults_that_are_read_with_it(ec2, vpc):
    (shown,) = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]
    assert shown["Tags"] == [{"Key": "Name", "Value": "main"}]
    assert (shown["CidrBlock"], shown["InstanceTenancy"], shown["OwnerId"]) == ("10.0.0.0/16", "default", "123456789012")
    assert ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableNetworkAddressUsageMetrics")[
        "EnableNetworkAddressUsageMetrics"
    ] == {"Value": False}
    of_vpc = {"Name": "vpc-id", "Values": [vpc]}
    (acl,) = ec2.describe_network_acls(Filters=[of_vpc, {"Name": "default", "Values": ["true"]}])["NetworkAcls"]
    (table,) = ec2.describe_route_tables(Filters=[of_vpc, {"Name": "association.main", "Values": ["true"]}])["RouteTables"]
    (group,) = ec2.describe_security_groups(Filters=[of_vpc, {"Name": "group-name", "Values": ["default"]}])["SecurityGroups"]
    assert acl["IsDefault"] and table["Associations"][0]["Main"] and group["Description"] == "default VPC security group"

    ec2.delete_vpc(VpcId=vpc)
    with refused("InvalidVpcID.NotFound", f"The vpc ID '{vpc}' does not exist"):
        ec2.describe_vpcs(VpcIds=[vpc])
    with refused("InvalidVpcID.NotFound"):
        ec2.delete_vpc(VpcId=vpc)


def test_a_vpc_s_ipv6_and_secondary_blocks_are_waited_for_by_their_associations(ec2, vpc):
    ipv6 = ec2.associate_vpc_cidr_block(VpcId=vpc, AmazonProvidedIpv6CidrBlock=True)["Ipv6CidrBlockAssociation"]
    ipv4 = ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="10.1.0.0/16")["CidrBlockAssociation"]
    for kind, given, filtered in [
        ("Ipv6CidrBlock", ipv6, "ipv6-cidr-block-association.association-id"),
        ("CidrBlock", ipv4, "cidr-block-association.association-id"),
    ]:
        state = f"{kind}State"
        assert given[state]["State"] == "associating"

        def current():
            shown = ec2.describe_vpcs(Filters=[{"Name": filtered, "Values": [given["AssociationId"]]}])["Vpcs"]
            sets = [block for vpc in shown for block in vpc[f"{kind}AssociationSet"]]
            found = next((block[state]["State"] for block in sets if block["AssociationId"] == given["AssociationId"]), None)
            # The provider takes one that is listed yet, but has ended, for one that is not found.
            return None if found == "disassociated" else found

        poll(current, ["associating"], "associated")
        ec2.disassociate_vpc_cidr_block(AssociationId=given["AssociationId"])
        poll(current, ["associated", "disassociating"], None)
        with refused("InvalidVpcCidrBlockAssociationID.NotFound"):
            ec2.disassociate_vpc_cidr_block(AssociationId=given["AssociationId"])


def test_a_subnet_s_attributes_are_changed_one_a_call_and_waited_for(ec2, vpc, subnet):
    ec2.associate_vpc_cidr_block(VpcId=vpc, AmazonProvidedIpv6CidrBlock=True)
    (block,) = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
    given = ec2.associate_subnet_cidr_block(SubnetId=subnet, Ipv6CidrBlock=block["Ipv6CidrBlock"].replace("/56", "/64"))
    association = given["Ipv6CidrBlockAssociation"]["AssociationId"]

    def shown():
        return ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]

    def block_state():
        filters = [{"Name": "ipv6-cidr-block-association.association-id", "Values": [association]}]
        found = ec2.describe_subnets(Filters=filters)["Subnets"]
        state = found[0]["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlockState"]["State"] if found else None
        # The provider takes one that is listed yet, but has ended, for one that is not found.
        return None if state == "disassociated" else state

    poll(block_state, ["associating"], "associated")
    for attribute in ("AssignIpv6AddressOnCreation", "EnableDns64", "MapPublicIpOnLaunch"):
        for value in (True, False):
            ec2.modify_subnet_attribute(SubnetId=subnet, **{attribute: {"Value": value}})
            poll(lambda: shown()[attribute], [not value], value)
    options = "PrivateDnsNameOptionsOnLaunch"
    for attribute, member in [
        ("EnableResourceNameDnsARecordOnLaunch", "EnableResourceNameDnsARecord"),
        ("EnableResourceNameDnsAAAARecordOnLaunch", "EnableResourceNameDnsAAAARecord"),
    ]:
        ec2.modify_subnet_attribute(SubnetId=subnet, **{attribute: {"Value": True}})
        poll(lambda: shown()[options][member], [False], True)
    ec2.modify_subnet_attribute(SubnetId=subnet, PrivateDnsHostnameTypeOnLaunch="resource-name")
    poll(lambda: shown()[options]["HostnameType"], ["ip-name"], "resource-name")
    ec2.disassociate_subnet_cidr_block(AssociationId=association)
    poll(block_state, ["associated", "disassociating"], None)


def test_a_new_interface_has_what_the_acceptance_tests_check(ec2, subnet, vpc):
    name = interface(ec2, subnet, ClientToken="terraform-1", Description="")
    shown = describe_interface(ec2, name)
    assert (shown["Description"], shown["InterfaceType"], shown["SourceDestCheck"]) == ("", "interface", True)
    (group,) = shown["Groups"]
    assert group["GroupName"] == "default"
    assert shown["PrivateDnsName"] == f"ip-{shown['PrivateIpAddress'].replace('.', '-')}.ec2.internal"
    assert "Attachment" not in shown and "OutpostArn" not in shown
    assert (shown["OwnerId"], shown["SubnetId"], shown["TagSet"]) == ("123456789012", subnet, [])
    assert shown["MacAddress"] == shown["MacAddress"].lower()
    ec2.delete_network_interface(NetworkInterfaceId=name)
    with refused("InvalidNetworkInterfaceID.NotFound", f"The networkInterface ID '{name}' does not exist"):
        ec2.describe_network_interfaces(NetworkInterfaceIds=[name])
    with refused("InvalidNetworkInterfaceID.NotFound"):
        ec2.delete_network_interface(NetworkInterfaceId=name)


def test_counts_of_private_addresses_go_up_and_down_in_place(ec2, subnet):
    name = interface(ec2, subnet, SecondaryPrivateIpAddressCount=1)

    def secondary():
        return [address["PrivateIpAddress"] for address in describe_interface(ec2, name)["PrivateIpAddresses"] if not address["Primary"]]

    ec2.assign_private_ip_addresses(NetworkInterfaceId=name, SecondaryPrivateIpAddressCount=1)
    assert len(secondary()) == 2
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=name, PrivateIpAddresses=secondary())
    assert secondary() == []
    ec2.assign_private_ip_addresses(NetworkInterfaceId=name, SecondaryPrivateIpAddressCount=1)
    assert len(secondary()) == 1


def test_ordered_addresses_are_assigned_one_a_call_and_keep_their_order(ec2, subnet):
    wanted = ["10.0.1.40", "10.0.1.30", "10.0.1.20", "10.0.1.35"]
    name = interface(ec2, subnet, PrivateIpAddresses=[{"PrivateIpAddress": wanted[0], "Primary": True}])
    for address in wanted[1:]:
        ec2.assign_private_ip_addresses(NetworkInterfaceId=name, PrivateIpAddresses=[address])
    shown = describe_interface(ec2, name)
    assert [address["PrivateIpAddress"] for address in shown["PrivateIpAddresses"]] == wanted
    assert [address["Primary"] for address in shown["PrivateIpAddresses"]] == [True, False, False, False]
    assert shown["PrivateIpAddress"] == wanted[0]


def test_prefixes_of_both_families_go_by_value_and_by_count(ec2, vpc):
    ec2.associate_vpc_cidr_block(VpcId=vpc, AmazonProvidedIpv6CidrBlock=True)
    (block,) = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
    block = block["Ipv6CidrBlock"].replace("/56", "/64")
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.2.0/24", Ipv6CidrBlock=block)["Subnet"]["SubnetId"]
    for assign, unassign, member, count, shown_as, given_as in [
        ("assign_private_ip_addresses", "unassign_private_ip_addresses", "Ipv4Prefixes", "Ipv4PrefixCount", "Ipv4Prefix", "AssignedIpv4Prefixes"),
        ("assign_ipv6_addresses", "unassign_ipv6_addresses", "Ipv6Prefixes", "Ipv6PrefixCount", "Ipv6Prefix", "AssignedIpv6Prefixes"),
    ]:
        name = interface(ec2, subnet, **{count: 1})

        def prefixes():
            return [prefix[shown_as] for prefix in describe_interface(ec2, name).get(member, [])]

        assert len(prefixes()) == 1
        assert len(getattr(ec2, assign)(NetworkInterfaceId=name, **{count: 1})[given_as]) == 1
        both = prefixes()
        assert len(both) == 2
        getattr(ec2, unassign)(NetworkInterfaceId=name, **{member: both})
        assert prefixes() == []
        getattr(ec2, assign)(NetworkInterfaceId=name, **{member: both[:1]})
        assert prefixes() == both[:1]


def test_ipv6_addresses_come_and_go_and_one_becomes_primary(ec2, vpc):
    ec2.associate_vpc_cidr_block(VpcId=vpc, AmazonProvidedIpv6CidrBlock=True)
    (block,) = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
    block = block["Ipv6CidrBlock"].replace("/56", "/64")
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.2.0/24", Ipv6CidrBlock=block)["Subnet"]["SubnetId"]
    name = interface(ec2, subnet, Ipv6AddressCount=1)

    def addresses():
        return [address["Ipv6Address"] for address in describe_interface(ec2, name)["Ipv6Addresses"]]

    first = addresses()
    more = ec2.assign_ipv6_addresses(NetworkInterfaceId=name, Ipv6AddressCount=1)["AssignedIpv6Addresses"]
    assert addresses() == first + more
    ec2.unassign_ipv6_addresses(NetworkInterfaceId=name, Ipv6Addresses=more)
    assert addresses() == first
    ec2.modify_network_interface_attribute(NetworkInterfaceId=name, EnablePrimaryIpv6=True)
    assert [address["IsPrimaryIpv6"] for address in describe_interface(ec2, name)["Ipv6Addresses"]] == [True]


def test_an_attachment_is_found_by_its_id_and_gone_after_the_detachment(ec2, subnet):
    instance, name = launch(ec2, subnet), interface(ec2, subnet)
    attachment = ec2.attach_network_interface(InstanceId=instance, NetworkInterfaceId=name, DeviceIndex=1)["AttachmentId"]

    def state():
        filters = [{"Name": "attachment.attachment-id", "Values": [attachment]}]
        found = ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
        return found[0]["Attachment"]["Status"] if found else "detached"

    poll(state, ["attaching"], "attached")
    shown = describe_interface(ec2, name)["Attachment"]
    names = ("DeviceIndex", "InstanceId", "NetworkCardIndex", "InstanceOwnerId", "DeleteOnTermination")
    assert [shown[each] for each in names] == [1, instance, 0, "123456789012", False]
    with refused("InvalidParameterValue", f"Network interface '{name}' is currently in use."):
        ec2.delete_network_interface(NetworkInterfaceId=name)
    ec2.detach_network_interface(AttachmentId=attachment, Force=True)
    poll(state, ["attached", "detaching"], "detached")
    with refused("InvalidAttachmentID.NotFound"):
        ec2.detach_network_interface(AttachmentId=attachment, Force=True)
    ec2.delete_network_interface(NetworkInterfaceId=name)


def test_an_elastic_ip_goes_from_nothing_to_an_interface_to_an_instance(ec2, vpc, subnet):
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    (attachment,) = ec2.describe_internet_gateways(InternetGatewayIds=[gateway])["InternetGateways"][0]["Attachments"]
    assert attachment == {"State": "available", "VpcId": vpc}
    allocation = ec2.allocate_address(Domain="vpc")["AllocationId"]
    name, instance = interface(ec2, subnet), launch(ec2, subnet)

    def address():
        (shown,) = ec2.describe_addresses(AllocationIds=[allocation])["Addresses"]
        return shown

    assert address()["Domain"] == "vpc" and "AssociationId" not in address()
    for target, interface_id in [
        ({"NetworkInterfaceId": name}, name),
        ({"InstanceId": instance}, describe_instance(ec2, instance)["NetworkInterfaces"][0]["NetworkInterfaceId"]),
    ]:
        association = ec2.associate_address(AllocationId=allocation, **target)["AssociationId"]
        (shown,) = ec2.describe_addresses(Filters=[{"Name": "association-id", "Values": [association]}])["Addresses"]
        assert (shown["AllocationId"], shown["NetworkInterfaceId"]) == (allocation, interface_id)
        assert describe_interface(ec2, interface_id)["PrivateIpAddress"] == shown["PrivateIpAddress"]
        dotted = shown["PublicIp"].replace(".", "-")
        assert describe_interface(ec2, interface_id)["Association"]["PublicDnsName"] == f"ec2-{dotted}.compute-1.amazonaws.com"
        with refused("InvalidIPAddress.InUse"):
            ec2.release_address(AllocationId=allocation)
        ec2.disassociate_address(AssociationId=association)
        with refused("InvalidAssociationID.NotFound"):
            ec2.disassociate_address(AssociationId=association)
    assert describe_instance(ec2, instance).get("PublicIpAddress") is None
    ec2.release_address(AllocationId=allocation, NetworkBorderGroup=address()["NetworkBorderGroup"])
    for gone in (ec2.describe_addresses, ec2.describe_addresses_attribute):
        with refused("InvalidAllocationID.NotFound"):
            gone(AllocationIds=[allocation])
    with refused("InvalidAllocationID.NotFound"):
        ec2.release_address(AllocationId=allocation)


def test_two_elastic_ips_stand_on_the_two_addresses_of_an_interface(ec2, vpc, subnet):
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    private = ["10.0.1.10", "10.0.1.11"]
    name = interface(ec2, subnet, PrivateIpAddresses=[{"PrivateIpAddress": address, "Primary": address == private[0]} for address in private])
    for address in private:
        allocation = ec2.allocate_address()["AllocationId"]
        ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=name, PrivateIpAddress=address)
        (shown,) = ec2.describe_addresses(AllocationIds=[allocation])["Addresses"]
        assert (shown["PrivateIpAddress"], shown["NetworkInterfaceId"]) == (address, name)
    both = [address["Association"]["PublicIp"] for address in describe_interface(ec2, name)["PrivateIpAddresses"]]
    assert len(set(both)) == 2


def test_a_domain_name_of_an_elastic_ip_is_waited_for(ec2):
    allocation = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.modify_address_attribute(AllocationId=allocation, DomainName="mail.example.com")

    def record():
        shown = ec2.describe_addresses_attribute(AllocationIds=[allocation], Attribute="domain-name")["Addresses"]
        return shown[0] if shown else {}

    poll(lambda: record().get("PtrRecordUpdate", {}).get("Status", ""), ["pending", "PENDING"], "")
    assert record()["PtrRecord"] == "mail.example.com."
    ec2.reset_address_attribute(AllocationId=allocation, Attribute="domain-name")
    poll(lambda: record().get("PtrRecord"), ["mail.example.com."], None)


def test_an_instance_is_read_with_all_that_hangs_on_it(ec2, subnet):
    tags = [{"Key": "Name", "Value": "web"}]
    name = launch(ec2, subnet, TagSpecifications=[{"ResourceType": kind, "Tags": tags} for kind in ("instance", "volume", "network-interface")])
    shown = describe_instance(ec2, name)
    (place,) = shown["NetworkInterfaces"]
    assert (place["Attachment"]["DeviceIndex"], place["Attachment"]["Status"], place["SourceDestCheck"]) == (0, "attached", True)
    assert (shown["MetadataOptions"]["State"], shown["Monitoring"]["State"]) == ("applied", "disabled")
    for attribute, member in [
        ("disableApiStop", "DisableApiStop"),
        ("disableApiTermination", "DisableApiTermination"),
        ("instanceInitiatedShutdownBehavior", "InstanceInitiatedShutdownBehavior"),
        ("userData", "UserData"),
    ]:
        # Nothing but what was asked for.
        answer = ec2.describe_instance_attribute(InstanceId=name, Attribute=attribute)
        assert set(answer) == {"InstanceId", member, "ResponseMetadata"}
    volume = shown["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    (root,) = ec2.describe_volumes(VolumeIds=[volume])["Volumes"]
    assert (root["Attachments"][0]["InstanceId"], root["Attachments"][0]["State"], root["Tags"]) == (name, "attached", tags)
    assert ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [volume]}])["Tags"][0]["Value"] == "web"
    (credits,) = ec2.describe_instance_credit_specifications(InstanceIds=[name])["InstanceCreditSpecifications"]
    assert credits["CpuCredits"] == "unlimited"
    assert ec2.describe_iam_instance_profile_associations(Filters=[{"Name": "instance-id", "Values": [name]}])[
        "IamInstanceProfileAssociations"
    ] == []
    terminate(ec2, name)
    with refused("InvalidNetworkInterfaceID.NotFound"):
        ec2.describe_network_interfaces(NetworkInterfaceIds=[place["NetworkInterfaceId"]])


def test_an_instance_s_secondary_addresses_and_groups_change_in_place(ec2, vpc, subnet):
    name = launch(ec2, subnet)
    (place,) = describe_instance(ec2, name)["NetworkInterfaces"]
    target = place["NetworkInterfaceId"]
    ec2.assign_private_ip_addresses(NetworkInterfaceId=target, PrivateIpAddresses=["10.0.1.77"])
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=target, PrivateIpAddresses=["10.0.1.77"])
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    ec2.modify_network_interface_attribute(NetworkInterfaceId=target, Groups=[group])
    assert [shown["GroupId"] for shown in describe_instance(ec2, name)["SecurityGroups"]] == [group]
    ec2.modify_instance_metadata_options(InstanceId=name, HttpTokens="required", HttpEndpoint="enabled")
    poll(lambda: describe_instance(ec2, name)["MetadataOptions"]["State"], ["pending"], "applied")
    ec2.monitor_instances(InstanceIds=[name])
    poll(lambda: describe_instance(ec2, name)["Monitoring"]["State"], ["pending"], "enabled")
    ec2.stop_instances(InstanceIds=[name])
    poll(lambda: describe_instance(ec2, name)["State"]["Name"], ["running", "stopping"], "stopped")
    ec2.modify_instance_attribute(InstanceId=name, InstanceType={"Value": "t3.medium"})
    ec2.start_instances(InstanceIds=[name])
    poll(lambda: describe_instance(ec2, name)["State"]["Name"], ["pending", "stopped"], "running")
    assert describe_instance(ec2, name)["InstanceType"] == "t3.medium"


def test_rules_of_a_group_begin_with_taking_the_default_egress_away(ec2, vpc):
    group = ec2.create_security_group(GroupName="web", Description="Managed by Terraform", VpcId=vpc)["GroupId"]
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)
    # The VPC has no IPv6, so that this one is not there: the provider takes the code for done.
    with refused("InvalidPermission.NotFound"):
        ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[{"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}])
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "in"}]}
    (made,) = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])["SecurityGroupRules"]
    with refused("InvalidPermission.Duplicate"):
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    (shown,) = ec2.describe_security_group_rules(SecurityGroupRuleIds=[made["SecurityGroupRuleId"]])["SecurityGroupRules"]
    assert (shown["CidrIpv4"], shown["Description"], shown["IsEgress"]) == ("10.0.0.0/8", "in", False)
    change = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIpv4": "10.0.0.0/16"}
    ec2.modify_security_group_rules(
        GroupId=group, SecurityGroupRules=[{"SecurityGroupRuleId": made["SecurityGroupRuleId"], "SecurityGroupRule": change}]
    )
    ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[made["SecurityGroupRuleId"]])
    with refused("InvalidSecurityGroupRuleId.NotFound"):
        ec2.describe_security_group_rules(SecurityGroupRuleIds=[made["SecurityGroupRuleId"]])
    ec2.delete_security_group(GroupId=group)
    with refused("InvalidGroup.NotFound"):
        ec2.describe_security_groups(GroupIds=[group])


def test_routes_and_associations_are_read_from_their_table(ec2, vpc, subnet):
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc, ClientToken="terraform-2")["RouteTable"]["RouteTableId"]

    def routes():
        (shown,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
        return {route.get("DestinationCidrBlock"): route for route in shown["Routes"]}

    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    assert routes()["0.0.0.0/0"] == {
        "DestinationCidrBlock": "0.0.0.0/0",
        "GatewayId": gateway,
        "Origin": "CreateRoute",
        "State": "active",
    }
    name = interface(ec2, subnet)
    ec2.replace_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NetworkInterfaceId=name)
    assert (routes()["0.0.0.0/0"]["NetworkInterfaceId"], routes()["0.0.0.0/0"]["State"]) == (name, "blackhole")
    ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    with refused("InvalidRoute.NotFound"):
        ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")

    given = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)

    def association():
        filters = [{"Name": "association.route-table-association-id", "Values": [given["AssociationId"]]}]
        found = ec2.describe_route_tables(Filters=filters)["RouteTables"]
        return found[0]["Associations"][0]["AssociationState"]["State"] if found else None

    poll(association, ["associating"], "associated")
    (main,) = ec2.describe_route_tables(
        Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}]
    )["RouteTables"]
    moved = ec2.replace_route_table_association(AssociationId=given["AssociationId"], RouteTableId=main["RouteTableId"])
    assert moved["AssociationState"]["State"] == "associated"
    ec2.disassociate_route_table(AssociationId=moved["NewAssociationId"])
    with refused("InvalidAssociationID.NotFound"):
        ec2.disassociate_route_table(AssociationId=moved["NewAssociationId"])
    ec2.delete_route_table(RouteTableId=table)
    with refused("InvalidRouteTableID.NotFound"):
        ec2.describe_route_tables(RouteTableIds=[table])


def test_the_main_table_is_exchanged_and_given_back(ec2, vpc):
    """aws_main_route_table_association, which puts the first table back when it is destroyed."""
    of_vpc = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}]

    def main():
        (table,) = ec2.describe_route_tables(Filters=of_vpc)["RouteTables"]
        (association,) = [association for association in table["Associations"] if association["Main"]]
        return table["RouteTableId"], association["RouteTableAssociationId"]

    first, association = main()
    own = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    given = ec2.replace_route_table_association(AssociationId=association, RouteTableId=own)["NewAssociationId"]
    assert main() == (own, given)
    with refused("DependencyViolation"):
        ec2.delete_route_table(RouteTableId=own)
    back = ec2.replace_route_table_association(AssociationId=given, RouteTableId=first)["NewAssociationId"]
    assert main() == (first, back)
    ec2.delete_route_table(RouteTableId=own)


def test_a_stopped_instance_is_found_by_its_status(ec2, subnet):
    """aws_ec2_instance_state, which reads the state from DescribeInstanceStatus."""
    name = launch(ec2, subnet)
    ec2.stop_instances(InstanceIds=[name])

    def state():
        (status,) = ec2.describe_instance_status(InstanceIds=[name], IncludeAllInstances=True)["InstanceStatuses"]
        return status["InstanceState"]["Name"]

    poll(state, ["pending", "running", "shutting-down", "stopping"], "stopped")
    ec2.start_instances(InstanceIds=[name])
    poll(state, ["pending", "stopped"], "running")


def test_an_egress_only_gateway_that_is_gone_is_an_empty_list(ec2, vpc):
    name = ec2.create_egress_only_internet_gateway(VpcId=vpc)["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]

    def shown():
        return ec2.describe_egress_only_internet_gateways(EgressOnlyInternetGatewayIds=[name])["EgressOnlyInternetGateways"]

    assert shown()[0]["Attachments"] == [{"State": "attached", "VpcId": vpc}]
    ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=name)
    # The provider has no error for it when reading, and this one when deleting.
    assert shown() == []
    with refused("InvalidGatewayID.NotFound"):
        ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=name)


def test_a_local_route_is_not_created(ec2, vpc):
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    # In these words the provider tells its user to import the route.
    with refused("InvalidGatewayID.NotFound", "The gateway ID 'local' does not exist"):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.7.0.0/16", GatewayId="local")


def test_a_nat_gateway_goes_through_its_states(ec2, vpc, subnet):
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    allocation = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=allocation, ClientToken="terraform-3")["NatGateway"]
    assert made["State"] == "pending"

    def shown():
        (gateway,) = ec2.describe_nat_gateways(NatGatewayIds=[made["NatGatewayId"]])["NatGateways"]
        return gateway

    poll(lambda: shown()["State"], ["pending"], "available")
    (address,) = shown()["NatGatewayAddresses"]
    assert (address["AllocationId"], address["IsPrimary"], address["Status"]) == (allocation, True, "succeeded")
    assert {"NetworkInterfaceId", "PrivateIp", "PublicIp", "AssociationId"} <= set(address)
    # Terraform deletes the gateway beside its subnet and address.
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnet)
    with refused("DependencyViolation"):
        ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.delete_nat_gateway(NatGatewayId=made["NatGatewayId"])
    poll(lambda: shown()["State"], ["deleting"], "deleted")
    ec2.delete_nat_gateway(NatGatewayId=made["NatGatewayId"])
    ec2.release_address(AllocationId=allocation)


def test_an_acl_s_entries_and_associations_are_moved(ec2, vpc, subnet):
    acl = ec2.create_network_acl(VpcId=vpc, ClientToken="terraform-4")["NetworkAcl"]["NetworkAclId"]
    entry = {"NetworkAclId": acl, "RuleNumber": 100, "Egress": False}
    ec2.create_network_acl_entry(**entry, Protocol="6", RuleAction="allow", CidrBlock="0.0.0.0/0", PortRange={"From": 80, "To": 80})
    with refused("NetworkAclEntryAlreadyExists"):
        ec2.create_network_acl_entry(**entry, Protocol="6", RuleAction="allow", CidrBlock="0.0.0.0/0", PortRange={"From": 80, "To": 80})
    # aws_network_acl_rule finds its entry so.
    found = {"entry.egress": "false", "entry.rule-number": "100"}
    found = [{"Name": filtered, "Values": [value]} for filtered, value in found.items()]
    (shown,) = ec2.describe_network_acls(NetworkAclIds=[acl], Filters=found)["NetworkAcls"]
    assert [entry["Protocol"] for entry in shown["Entries"] if (entry["RuleNumber"], entry["Egress"]) == (100, False)] == ["6"]
    filters = [{"Name": "association.subnet-id", "Values": [subnet]}]

    def of_subnet():
        (shown,) = ec2.describe_network_acls(Filters=filters)["NetworkAcls"]
        (association,) = [association for association in shown["Associations"] if association["SubnetId"] == subnet]
        return association

    default = of_subnet()
    moved = ec2.replace_network_acl_association(AssociationId=default["NetworkAclAssociationId"], NetworkAclId=acl)
    assert of_subnet()["NetworkAclAssociationId"] == moved["NewAssociationId"]
    with refused("InvalidAssociationID.NotFound"):
        ec2.replace_network_acl_association(AssociationId=default["NetworkAclAssociationId"], NetworkAclId=acl)
    with refused("DependencyViolation"):
        ec2.delete_network_acl(NetworkAclId=acl)
    ec2.replace_network_acl_association(AssociationId=moved["NewAssociationId"], NetworkAclId=default["NetworkAclId"])
    ec2.delete_network_acl_entry(**entry)
    with refused("InvalidNetworkAclEntry.NotFound"):
        ec2.delete_network_acl_entry(**entry)
    ec2.delete_network_acl(NetworkAclId=acl)
    with refused("InvalidNetworkAclID.NotFound"):
        ec2.describe_network_acls(NetworkAclIds=[acl])


def test_a_prefix_list_is_versioned_under_the_provider(ec2):
    made = ec2.create_managed_prefix_list(
        PrefixListName="offices", AddressFamily="IPv4", MaxEntries=2, ClientToken="terraform-5", Entries=[{"Cidr": "10.0.0.0/8"}]
    )["PrefixList"]
    name = made["PrefixListId"]

    def shown():
        return ec2.describe_managed_prefix_lists(PrefixListIds=[name])["PrefixLists"][0]

    poll(lambda: shown()["State"], ["create-in-progress"], "create-complete")
    ec2.modify_managed_prefix_list(
        PrefixListId=name, CurrentVersion=shown()["Version"], AddEntries=[{"Cidr": "11.0.0.0/8"}], RemoveEntries=[{"Cidr": "10.0.0.0/8"}]
    )
    poll(lambda: shown()["State"], ["modify-in-progress"], "modify-complete")
    pages = ec2.get_paginator("get_managed_prefix_list_entries").paginate(PrefixListId=name)
    assert [entry["Cidr"] for page in pages for entry in page["Entries"]] == ["11.0.0.0/8"]
    with refused("PrefixListVersionMismatch"):
        ec2.modify_managed_prefix_list(PrefixListId=name, CurrentVersion=1, AddEntries=[{"Cidr": "12.0.0.0/8"}])
    ec2.delete_managed_prefix_list(PrefixListId=name)
    with refused("InvalidPrefixListID.NotFound"):
        ec2.describe_managed_prefix_lists(PrefixListIds=[name])


def test_a_peering_is_accepted_by_its_requester_s_own_provider(ec2, vpc):
    peer = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    name = ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=peer)["VpcPeeringConnection"]["VpcPeeringConnectionId"]

    def state():
        return ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[name])["VpcPeeringConnections"][0]["Status"]["Code"]

    poll(state, ["initiating-request", "provisioning"], "pending-acceptance")
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=name)
    poll(state, ["initiating-request", "pending-acceptance", "provisioning"], "active")
    options = ec2.modify_vpc_peering_connection_options(
        VpcPeeringConnectionId=name, RequesterPeeringConnectionOptions={"AllowDnsResolutionFromRemoteVpc": True}
    )
    assert options["RequesterPeeringConnectionOptions"]["AllowDnsResolutionFromRemoteVpc"] is True
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=name)
    poll(state, ["active", "deleting"], "deleted")


def test_dhcp_options_are_let_go_by_default(ec2, vpc):
    name = ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name", "Values": ["example.com"]}])["DhcpOptions"]["DhcpOptionsId"]
    ec2.associate_dhcp_options(DhcpOptionsId=name, VpcId=vpc)
    with refused("DependencyViolation"):
        ec2.delete_dhcp_options(DhcpOptionsId=name)
    (holder,) = ec2.describe_vpcs(Filters=[{"Name": "dhcp-options-id", "Values": [name]}])["Vpcs"]
    ec2.associate_dhcp_options(DhcpOptionsId="default", VpcId=holder["VpcId"])
    ec2.delete_dhcp_options(DhcpOptionsId=name)
    for gone in (lambda: ec2.describe_dhcp_options(DhcpOptionsIds=[name]), lambda: ec2.delete_dhcp_options(DhcpOptionsId=name)):
        with refused("InvalidDhcpOptionID.NotFound"):
            gone()


def test_everything_goes_when_all_is_destroyed_at_once(ec2, vpc, subnet):
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    association = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    instance = launch(ec2, subnet, SecurityGroupIds=[group])
    second = interface(ec2, subnet, Groups=[group])
    attachment = ec2.attach_network_interface(InstanceId=instance, NetworkInterfaceId=second, DeviceIndex=1)["AttachmentId"]
    allocation = ec2.allocate_address(Domain="vpc")["AllocationId"]
    associated = ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=second)["AssociationId"]

    def release():
        ended(ec2.disassociate_address, "InvalidAssociationID.NotFound", AssociationId=associated)
        ec2.release_address(AllocationId=allocation)

    def detach():
        ended(ec2.detach_network_interface, "InvalidAttachmentID.NotFound", AttachmentId=attachment, Force=True)
        ec2.delete_network_interface(NetworkInterfaceId=second)

    def tables():
        ec2.disassociate_route_table(AssociationId=association)
        ec2.delete_route_table(RouteTableId=table)

    def gateways():
        retried(ec2.detach_internet_gateway, InternetGatewayId=gateway, VpcId=vpc)
        retried(ec2.delete_internet_gateway, InternetGatewayId=gateway)

    with ThreadPoolExecutor(max_workers=8) as pool:
        jobs = [
            pool.submit(retried, ec2.delete_vpc, VpcId=vpc),
            pool.submit(retried, ec2.delete_subnet, SubnetId=subnet),
            pool.submit(retried, ec2.delete_security_group, GroupId=group),
            pool.submit(gateways),
            pool.submit(tables),
            pool.submit(release),
            pool.submit(detach),
            pool.submit(terminate, ec2, instance),
        ]
        for job in jobs:
            job.result()
    with refused("InvalidVpcID.NotFound"):
        ec2.describe_vpcs(VpcIds=[vpc])
